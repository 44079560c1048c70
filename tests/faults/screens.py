"""Every fault on every other screen: it reloads under the fault, and again when the server is good."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from tests.faults.program import Program, StillAsking, happening
from tests.faults.table import Fault

ADMIN = ("goals", "sites", "users", "access", "tracking", "audit")
SCREENS: dict[str, tuple[str, ...]] = {
    "visits": ("2",),
    "pages": ("3",),
    "referrers": ("4",),
    "goals": ("5",),
    "events": ("6",),
    "all reports": ("7",),
    "all sites": ("8",),
    "what changed": ("0",),
    "visit log": ("V",),
    "visit": ("enter",),
    **{f"admin: {part}": ("9", "l", "home", *["down"] * n, "enter") for n, part in enumerate(ADMIN)},
}
"""The keys that open each screen from the live screen."""

WAITS = re.compile(r"\b(?:loading|asking Matomo|connecting)\b", re.IGNORECASE)
NO_ACCESS = ("no access",)
"""Faults after which nothing may stay."""
SHOWN = 28
"""Characters of a sentence that must be on the screen."""
KEPT = 0.6
"""Share of a screen's words that must stay while it cannot be reloaded."""


@dataclass
class ScreenOutcome:
    """What one fault did on one screen."""

    screen: str
    fault: Fault
    sentence: str = ""
    kept: float = 1.0
    asked: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


async def try_screen(on: Program, screen: str, fault: Fault) -> ScreenOutcome:
    """Reload ``screen``, which is open and has its data, under ``fault``, and then without it."""
    outcome = ScreenOutcome(screen, fault)
    before, sent, told = set(on.text.split()), len(on.server.sent), len(on.said)
    started = time.monotonic()
    try:
        with happening(on.server, fault):
            await on.press("r")
            shown = on.text
            outcome.asked = len(on.server.sent) - sent
            outcome.kept = len(before & set(shown.split())) / len(before)
            said = on.said[told:]
            outcome.problems += _look(on, said, shown)
            outcome.sentence = said[-1] if said else ""
            if said and fault.name not in NO_ACCESS and outcome.kept < KEPT:
                outcome.problems.append(f"{outcome.kept:.0%} of the words stay")
        on.app.clear_notifications()
        # What is not an error may have been taken for the truth, of figures and of the list of reports.
        for _ in range(1 if outcome.sentence else 2):
            await on.press("r")
        after = on.text
        back = len(before & set(after.split())) / len(before)
        if fault.state != "stopped" and (back < 0.9 or WAITS.search(after)):
            outcome.problems.append(f"{back:.0%} of the words come back")
    except StillAsking:
        outcome.problems.append("it asks without end")
    outcome.seconds = time.monotonic() - started
    return outcome


def _look(on: Program, said: list[str], shown: str) -> list[str]:
    found = []
    if on.app._exception is not None:
        found.append(f"the program crashed: {on.app._exception!r}")
    if WAITS.search(shown):
        found.append("it still waits")
    if said and not any(_begin(sentence) in shown for sentence in said):
        found.append(f"no word of “{_begin(said[-1])}”")
    return found


def _begin(sentence: str) -> str:
    """The beginning of a sentence, which a narrow title shows too."""
    return " ".join(sentence.split())[:SHOWN].rstrip()
