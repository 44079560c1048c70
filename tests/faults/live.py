"""Every fault on the live screen and the kiosk: state, sentence, what is asked next, what stays, how it recovers."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from matomo_tui.api.rejections import LOCKOUT_PAUSE
from matomo_tui.live.snapshot import Phase
from matomo_tui.ui.kiosk_mode import AFTER_LOCKOUT
from tests.faults.meters import LoopMeter, MemoryMeter, judge_cost
from tests.faults.program import Program, StillAsking, happening
from tests.faults.table import Fault

STATES = {Phase.LIVE: "live", Phase.STALE: "stale", Phase.STOPPED: "stopped"}
MOST_TOKENS = 2
MOST_POLLS = 15
"""Good polls within which all figures must be back: those of the archive are asked for once a minute."""


@dataclass
class Outcome:
    """What one fault did on one screen. ``problems`` are findings; an empty list is what is wanted."""

    fault: Fault
    state: str = ""
    sentence: str = ""
    next_in: float | None = None
    tokens: int = 0
    seconds: float = 0.0
    held: float = 0.0
    """Seconds of the processor's for the longest step of the event loop."""
    grown: float = 0.0
    recovered: str = ""
    problems: list[str] = field(default_factory=list)


def words(text: str) -> str:
    """As ``Program.text`` gives them."""
    return " ".join(text.split())


async def try_live(on: Program, fault: Fault) -> Outcome:
    """Let ``fault`` answer one poll and the next, then let the server be good again."""
    outcome, found = Outcome(fault), []
    server, before = on.server, on.snapshot
    kept = {visit.id_visit for visit in before.feed.visits}
    sent, started, memory = len(server.sent), time.monotonic(), MemoryMeter()
    LoopMeter.reset()
    on.is_probing, on.answers_a_key = not on.app.settings.kiosk, None
    try:
        with happening(server, fault, on.clock):
            await on.poll()
            poll = on.snapshot.poll
            # The further pages of a burst are other requests.
            outcome.tokens = max(Counter(e.body for e in server.sent[sent:] if e.has_token).values(), default=0)
            outcome.state = STATES.get(poll.phase, str(poll.phase))
            outcome.sentence = str(poll.error or "")
            if poll.next_poll_at is not None:
                outcome.next_in = poll.next_poll_at - on.clock.now()
            outcome.held, outcome.grown = LoopMeter.longest, memory.grown
            found += _look(on, outcome)
            if poll.phase is not Phase.LIVE and kept - {visit.id_visit for visit in on.snapshot.feed.visits}:
                found.append("visits are gone")
            if poll.phase is Phase.STOPPED and on.app.settings.kiosk:
                await on.let_pass(600)
            elif poll.phase is Phase.STOPPED:
                await on.clock.advance(7200)
                await on.settle()
            if poll.phase is Phase.STOPPED and sum(e.has_token for e in server.sent[sent:]) > MOST_TOKENS:
                found.append("the token was sent again")
        outcome.recovered = await _recover(on)
    except StillAsking:
        found.append("it asks without end")
    outcome.seconds = time.monotonic() - started
    token = server.demo.tokens["superuser"]
    if any(token in each.target for each in server.sent[sent:]) or token in on.text:
        found.append("the token is in an address or on the screen")
    outcome.problems = found + _judge(fault, outcome)
    return outcome


def _look(on: Program, outcome: Outcome) -> list[str]:
    """What the screen fails to say."""
    if on.app._exception is not None:
        return ["the program crashed"]
    if on.answers_a_key is False:
        return ["a key is not answered while the server holds its answer"]
    if outcome.state == "live":
        return []
    shown = on.text
    begins = words(outcome.sentence)[:60]
    return [] if begins in shown else [f"the screen does not say “{begins}”"]


async def _recover(on: Program) -> str:
    """How the screen came back: by itself, with ``r``, or not at all."""
    if STATES.get(on.snapshot.poll.phase) == "stopped" and on.app.settings.kiosk:
        for seconds in (2.0, AFTER_LOCKOUT, 2.0):
            await on.let_pass(seconds)
        for _ in range(MOST_POLLS):
            if _is_live(on):
                return "by itself"
            await on.poll()
        return ""
    if STATES.get(on.snapshot.poll.phase) == "stopped":
        await on.let_pass(LOCKOUT_PAUSE)
        await on.press("r")
        return "r" if _is_live(on) else "new token"
    for polls in range(1, MOST_POLLS + 1):
        await on.poll()
        if _is_live(on):
            return "by itself" if polls == 1 else f"by itself, after {polls} polls"
    return ""


def _is_live(on: Program) -> bool:
    return on.snapshot.poll.phase is Phase.LIVE and not on.snapshot.poll.failing


def _judge(fault: Fault, outcome: Outcome) -> list[str]:
    found = []
    if fault.state and outcome.state != fault.state:
        found.append(f"{outcome.state or 'nothing'} instead of {fault.state}")
    if fault.says and fault.says not in outcome.sentence:
        found.append(f"no word of “{fault.says}”")
    if outcome.tokens > MOST_TOKENS:
        found.append(f"the token was sent {outcome.tokens} times")
    if outcome.next_in is not None and outcome.next_in < fault.retry_after - 1:
        found.append("it does not wait as asked")
    if not outcome.recovered:
        found.append("it does not recover")
    return found + judge_cost(outcome)
