"""Every fault at every other place: it asks again under the fault, and once more when the server is good."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from matomo_tui.ui.help_screen import HelpScreen
from tests.faults.meters import LoopMeter, MemoryMeter
from tests.faults.places import Place
from tests.faults.program import Program, Said, StillAsking, happening
from tests.faults.table import Fault

WAITS = re.compile(r"\b(?:loading|asking Matomo|connecting)\b", re.IGNORECASE)
NO_ACCESS = ("no access",)
"""Faults after which nothing may stay."""
IN_BACKGROUND = frozenset(("API.getReportMetadata", "API.getSegmentsMetadata", "Annotations.getAll"))
"""Methods that only complete a screen: their errors are not shown over what is there."""
SHOWN = 28
"""Characters of a sentence that must be on the screen."""
KEPT = 0.6
"""Share of a screen's words that must stay while it cannot be reloaded."""
BACK = 0.9
"""Share of them that must be there again afterwards."""
MOST_TOKENS = 2
MOST_MEMORY = 100.0
"""MB that a fault may need at the most, with the server's own part."""
LONGEST_STEP = 0.5
"""Seconds of the processor's that a key may have to wait."""


@dataclass
class ScreenOutcome:
    """What one fault did at one place."""

    screen: str
    fault: Fault
    sentence: str = ""
    stays: float = 1.0
    asked: int = 0
    later: int = 0
    """Requests in the ten minutes after."""
    seconds: float = 0.0
    held: float = 0.0
    """Seconds of the processor's for the longest step of the event loop."""
    grown: float = 0.0
    problems: list[str] = field(default_factory=list)


async def try_screen(on: Program, place: Place, fault: Fault) -> ScreenOutcome:
    """Ask again at ``place``, which is open and has its data, under ``fault``, and then without it."""
    outcome = ScreenOutcome(place.name, fault)
    before, sent, told = set(on.text.split()), len(on.server.sent), len(on.said)
    started, memory = time.monotonic(), MemoryMeter()
    LoopMeter.reset()
    try:
        with happening(on.server, fault):
            await place.ask_again(on)
            shown = on.text
            outcome.asked = len(on.server.sent) - sent
            outcome.held, outcome.grown = LoopMeter.longest, memory.grown
            said = on.said[told:]
            outcome.sentence = said[-1].sentence if said else ""
            outcome.problems += _look(on, said, shown)
            outcome.problems += await _keep(on, place, fault, before, outcome)
            outcome.problems += await _stop(on, fault, sent)
        on.app.clear_notifications()
        # What is not an error may have been taken for the truth, of figures and of the list of reports.
        for _ in range(1 if outcome.sentence else 2):
            await place.ask_again(on)
        after = on.text
        back = len(before & set(after.split())) / len(before)
        if fault.state != "stopped" and (back < BACK or WAITS.search(after)):
            outcome.problems.append(f"{back:.0%} of the words come back")
    except StillAsking:
        outcome.problems.append("it asks without end")
    outcome.seconds = time.monotonic() - started
    return outcome


def _look(on: Program, said: list[Said], shown: str) -> list[str]:
    found = []
    if on.app._exception is not None:
        found.append(f"the program crashed: {on.app._exception!r}")
    if WAITS.search(shown):
        found.append("it still waits")
    said = [one for one in said if one.method not in IN_BACKGROUND]
    if said and not any(_begin(one.sentence) in shown for one in said):
        found.append(f"no word of “{_begin(said[-1].sentence)}”")
    return found


async def _keep(on: Program, place: Place, fault: Fault, before: set[str], outcome: ScreenOutcome) -> list[str]:
    """What is gone though nothing replaced it, and what the fault cost."""
    found = []
    if not place.opens:
        outcome.stays = len(before & set(on.text.split())) / len(before)
        if outcome.sentence and fault.name not in NO_ACCESS and outcome.stays < KEPT:
            found.append(f"{outcome.stays:.0%} of the words stay")
    if not outcome.asked and not fault.place and fault.tls is None:
        found.append("nothing was asked")
    if outcome.held > LONGEST_STEP:
        found.append(f"the event loop was held for {outcome.held:.2f} s")
    if outcome.grown > MOST_MEMORY:
        found.append(f"{outcome.grown:.0f} MB more memory")
    return found


async def _stop(on: Program, fault: Fault, sent: int) -> list[str]:
    """How often a rejected token was sent, also when the user asks once more and time goes by."""
    if fault.state != "stopped":
        return []
    await on.press("r", "r")
    await on.clock.advance(600)
    await on.settle()
    tokens = sum(one.has_token for one in on.server.sent[sent:])
    return [f"the token was sent {tokens} times"] if tokens > MOST_TOKENS else []


async def answers_a_key(on: Program) -> bool:
    """Whether the help opens and closes while the server still holds its answer."""
    here = on.app.screen
    await on.pilot.press("question_mark")
    opened = isinstance(on.app.screen, HelpScreen)
    await on.pilot.press("escape")
    return opened and on.app.screen is here and on.server.held > 0


def _begin(sentence: str) -> str:
    """The beginning of a sentence, which a narrow title shows too."""
    return " ".join(sentence.split())[:SHOWN].rstrip()
