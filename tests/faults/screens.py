"""Every fault at every other place: it asks again under the fault, and once more when the server is good."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from matomo_tui.api.rejections import LOCKOUT_PAUSE
from tests.faults.answers import fault_of, good_answers, misread, spoilings
from tests.faults.meters import LoopMeter, MemoryMeter, judge_cost, undisturbed
from tests.faults.places import Place
from tests.faults.program import Program, Said, StillAsking, data_in, happening, plain
from tests.faults.table import Fault

WAITS = re.compile(r"\b(?:loading|asking Matomo|connecting)\b", re.IGNORECASE)
UNREADABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]|\b(?:nan|inf|None|True|False)\b")
"""What no answer may put on the screen: controls, halves of characters, and Python's own words."""
IN_LOWER_CASE = ("deviceType",)
"""Texts that are shown in lower case: the server's own “NaN” is then no figure of Python's."""
NO_ACCESS = ("no access",)
"""Faults after which nothing may stay."""
LOCKOUTS = ("locked out",)
"""Faults that say nothing against the token, so that the user may ask again with the same."""
IN_BACKGROUND = frozenset(("API.getReportMetadata", "API.getSegmentsMetadata", "Annotations.getAll"))
"""Methods that only complete a screen: their errors are not shown over what is there."""
CATALOGUE = {"API.getReportMetadata": 12}
"""The list of all reports is asked for at most places. Where it is not the subject, so many of its fields are spoiled
at once."""
SHOWN = 28
"""Characters of a sentence that must be on the screen."""
KEPT = 0.95
"""Share of the words outside the titles that must stay while a screen cannot be reloaded: the sentence takes a line."""
BACK = 0.9
"""Share of them that must be there again afterwards."""
GROWN = 0.5
"""The same where what is shown grows with time."""
MOST_TOKENS = 2
BY_ITSELF = 105.0
"""Seconds in which a screen must have loaded again what failed: two looks, and the first delay."""
LONGEST_REST = 3700.0
"""Seconds after which a place that asks by itself must have asked again: servers may wish for an hour's pause."""


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
    await on.drawn()
    lines, sent, told, read = on.lines, len(on.server.sent), len(on.said), on.read
    before, data = set(plain(lines).split()), _data(place, lines)
    started, memory = time.monotonic(), MemoryMeter()
    LoopMeter.reset()
    on.is_probing, on.answers_a_key = not place.opens, None
    try:
        with happening(on.server, fault, on.clock):
            await place.ask_again(on)
            lines = on.lines
            if on.answers_a_key is False:
                outcome.problems.append("a key is not answered while the server holds its answer")
            outcome.asked = len(on.server.sent) - sent
            outcome.held, outcome.grown = LoopMeter.longest, memory.grown
            said = on.said[told:]
            outcome.sentence = said[-1].sentence if said else ""
            # What came without an error is the truth, and takes the place of what was there.
            failed = bool(said) and on.read == read
            outcome.problems += _look(on, said if failed else [], plain(lines))
            if not place.opens:
                on.app.clear_notifications()  # They cover figures that are still there.
                await on.settle()
                outcome.stays = len(data & _data(place, on.lines)) / max(1, len(data))
            outcome.problems += _keep(place, fault, outcome, failed=failed)
            outcome.problems += await _stop(on, fault, sent)
        on.app.clear_notifications()
        back, after = 0.0, ""
        if fault.name in LOCKOUTS:
            await on.let_pass(LOCKOUT_PAUSE)
        for _ in range(_rounds(place, fault, failed=failed)):
            if place.opens and (not failed or fault.name in LOCKOUTS):
                await place.leave_dialog(on)
                await on.press("r")
            if failed and _comes_by_itself(place, fault):
                await on.let_pass(BY_ITSELF)
            else:
                await place.ask_again(on)
            after = on.text
            back = len(before & set(after.split())) / len(before)
            if place.seconds and not is_said(outcome.sentence, after):
                break
        least = GROWN if place.polls or place.of_today else BACK
        if fault.state != "stopped" and (back < least or WAITS.search(after)):
            outcome.problems.append(f"{back:.0%} of the words come back")
        asks = place.seconds and fault.state != "stopped"
        asks = asks or (not place.seconds and fault.name in LOCKOUTS)  # what it shows has grown meanwhile
        if asks and is_said(outcome.sentence, after):
            outcome.problems.append("it does not ask again")
    except StillAsking:
        outcome.problems.append("it asks without end")
    outcome.seconds = time.monotonic() - started
    return outcome


def is_said(sentence: str, text: str) -> bool:
    """Whether ``text`` has the beginning of ``sentence``; a single letter counts only as a word of its own."""
    begin = _begin(sentence)
    return (
        bool(begin) and re.search(rf"\b{re.escape(begin)}\b" if len(begin) < 3 else re.escape(begin), text) is not None
    )


def _data(place: Place, lines: Sequence[str]) -> set[str]:
    """The words that must stay while they cannot be renewed."""
    if not place.figures:
        return data_in(lines)
    found = re.search(place.figures, "\n".join(lines))
    return set(found.group(1).split()) if found is not None else set()


def _comes_by_itself(place: Place, fault: Fault) -> bool:
    """Whether a place must come back without a key, once the server is good again."""
    return not (place.opens or place.seconds or fault.state == "stopped" or fault.name in NO_ACCESS)


def _rounds(place: Place, fault: Fault, *, failed: bool) -> int:
    """How often a place is asked again until it is as before."""
    if place.seconds and fault.state != "stopped":
        return int(LONGEST_REST / place.seconds)
    return 1 if failed else 2  # after a false list of reports the true one comes first


def _look(on: Program, said: list[Said], shown: str) -> list[str]:
    found = []
    if on.app._exception is not None:
        found.append(f"the program crashed: {on.app._exception!r}")
    if WAITS.search(shown):
        found.append("it still waits")
    subject = [one for one in said if one.method not in IN_BACKGROUND]
    if subject and not any(_begin(one.sentence) in shown for one in said):
        found.append(f"no word of “{_begin(subject[-1].sentence)}”")
    return found


def _keep(place: Place, fault: Fault, outcome: ScreenOutcome, *, failed: bool) -> list[str]:
    """What is gone though nothing replaced it, and what the fault cost."""
    found = []
    if not place.opens and failed and fault.name not in NO_ACCESS and outcome.stays < KEPT:
        found.append(f"{outcome.stays:.0%} of the words stay")
    if not outcome.asked and not fault.place and fault.tls is None:
        found.append("nothing was asked")
    return found + judge_cost(outcome)


async def _stop(on: Program, fault: Fault, sent: int) -> list[str]:
    """How often a rejected token was sent, also when the user asks once more and time goes by."""
    if fault.state != "stopped" or fault.name in NO_ACCESS:
        return []
    await on.press("r", "r")
    await on.clock.advance(600)
    await on.settle()
    tokens = sum(one.has_token for one in on.server.sent[sent:])
    return [f"the token was sent {tokens} times"] if tokens > MOST_TOKENS else []


def _begin(sentence: str) -> str:
    """The beginning of a sentence, which a narrow title shows too."""
    return " ".join(sentence.split())[:SHOWN].rstrip()


async def try_fields(on: Program, place: Place, skipped: int = 0) -> AsyncIterator[ScreenOutcome]:
    """Spoil every field of every answer at ``place``, which is open; the program is not told to recover between.

    The first ``skipped`` outcomes were tried before."""
    before, sent = set(on.text.split()), len(on.server.sent)
    await place.ask_again(on)
    answers = good_answers(on.server, on.server.sent[sent:])
    known = {method: call for client in on.clients for method, call in client.known.items()}
    if not skipped:
        tried, wrong = misread(known, answers)
        yield ScreenOutcome(place.name, Fault("wrong fields", f"{tried} answers read", None, ""), problems=wrong)
    together = {} if place.whole_catalogue else CATALOGUE
    for number, spoiled in enumerate(spoilings(answers, together), 1):
        if number >= skipped:
            yield await undisturbed(partial(_try_spoiled, on, place, fault_of(spoiled)))
    on.app.clear_notifications()
    for _ in range(2):
        if place.opens:
            await place.leave_dialog(on)
            await on.press("r")
        await place.ask_again(on)
    back = len(before & set(on.text.split())) / len(before)
    found = [f"{back:.0%} of the words come back"] if back < (GROWN if place.polls else BACK) else []
    yield ScreenOutcome(place.name, Fault("wrong fields", "good answers again", None, ""), problems=found)


async def _try_spoiled(on: Program, place: Place, fault: Fault) -> ScreenOutcome:
    outcome = ScreenOutcome(place.name, fault)
    sent, told, read = len(on.server.sent), len(on.said), on.read
    started, memory = time.monotonic(), MemoryMeter()
    LoopMeter.reset()
    try:
        with happening(on.server, fault, on.clock):
            await place.ask_again(on)
        said, shown = on.said[told:], on.text
        outcome.asked = len(on.server.sent) - sent
        outcome.held, outcome.grown = LoopMeter.longest, memory.grown
        outcome.sentence = said[-1].sentence if said else ""
        outcome.problems = _look(on, said if on.read == read else [], shown) + judge_cost(outcome)
        if leak := UNREADABLE.search(shown):
            is_text = leak.group() == "nan" and any(name in fault.name.split() for name in IN_LOWER_CASE)
            outcome.problems += [] if is_text else [f"{leak.group()!r} is on the screen"]
    except StillAsking:
        outcome.problems.append("it asks without end")
    outcome.seconds = time.monotonic() - started
    return outcome
