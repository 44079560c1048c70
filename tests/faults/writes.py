"""Every fault in the middle of a write: it is sent once, and what the screen says of it is true."""

from __future__ import annotations

import asyncio
import json
import string
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

from matomo_tui.ui.admin.review_dialog import ReviewDialog
from tests.faults.meters import LONGEST_STEP, LoopMeter
from tests.faults.program import Program, StillAsking, happening
from tests.faults.raw_server import RawServer, Script, Sent, Wire, as_http
from tests.faults.screens import MOST_TOKENS
from tests.faults.table import Fault
from tests.ui import idle

TO_GOALS = ("9", "l", "home", "enter", "ctrl+e")
CHANGED = frozenset(("done", "already"))
"""Outcomes that claim that the server has the change."""
UNCHANGED = frozenset(("not done", "refused", "not sent", "skipped"))
SHOWN = 40
PATIENCE = 60.0


@dataclass
class WriteOutcome:
    """What became of one write under a fault."""

    screen: str
    fault: Fault
    kind: str = ""
    sentence: str = ""
    sent: int = 0
    stored: bool = False
    """True if the server has the change."""
    seconds: float = 0.0
    held: float = 0.0
    problems: list[str] = field(default_factory=list)


def write_faults(fault: Fault) -> Iterator[Fault]:
    """``fault`` in place of every answer, and of the write's own answer, whether the server carried it out or not."""
    if fault.place == "older":
        return  # a server that is another one has nothing of this one
    yield replace(fault, name=f"{fault.name}, from before the write on")
    if fault.act is not None:
        yield replace(fault, name=f"{fault.name}, and not written", act=_only_the_write(fault.act, carried_out=False))
        yield replace(fault, name=f"{fault.name}, but written", act=_only_the_write(fault.act, carried_out=True))


def _only_the_write(script: Script, *, carried_out: bool) -> Script:
    def act(wire: Wire, sent: Sent) -> None:
        if sent.changes_nothing:
            wire.send(as_http(*wire.server.good(sent)))
            return
        if carried_out:
            wire.server.good(sent)
        script(_Answered(wire), sent)

    return act


class _Answered(Wire):
    """The wire of a write: its answer is made without carrying it out."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(_Success(wire.server), wire.peer)  # type: ignore[arg-type] # a server that only answers


class _Success:
    def __init__(self, server: RawServer) -> None:
        self._server = server

    def good(self, _: Sent) -> tuple[int, list[tuple[str, str]], bytes]:
        body = b'{"result":"success","message":"ok"}'
        return 200, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)


class Writer:
    """Changes the name of the first goal, by another letter each time."""

    def __init__(self, on: Program) -> None:
        self._on = on
        self._letters = cycle(string.ascii_lowercase)

    async def begin(self) -> None:
        """Open the list of goals, and unlock editing."""
        await self._on.press(*TO_GOALS)

    async def stored(self) -> str:
        """The goal's name on the server."""
        server = self._on.server
        form = {"module": "API", "method": "Goals.getGoals", "idSite": 1, "format": "json"}
        body = urlencode(form | {"token_auth": server.demo.tokens["superuser"]}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}
        goals = json.loads((await asyncio.to_thread(server.good, Sent("/index.php", headers, body)))[2])
        return str(goals[0]["name"])

    async def try_write(self, fault: Fault) -> WriteOutcome:
        """Change the name under ``fault``; afterwards the list is open and good."""
        on, outcome = self._on, WriteOutcome("write", fault)
        started, before = time.monotonic(), await self.stored()
        await on.press("enter", "end", "backspace", next(self._letters), "ctrl+o")
        dialog = on.app.screen
        if not isinstance(dialog, ReviewDialog):
            raise RuntimeError(on.text)  # without a fault the form must be there
        sent = len(on.server.sent)
        LoopMeter.reset()
        try:
            with happening(on.server, fault):
                await on.press("y")
                await self._written(dialog)
            outcome.held = LoopMeter.longest
            shown = on.text + " ".join(on.toasts)
            if dialog.result is None:
                outcome.problems.append("no outcome")
            else:
                outcome.kind, outcome.sentence = dialog.result.outcomes[0].kind, dialog.result.outcomes[0].sentence
            requests = on.server.sent[sent:]
            outcome.sent = sum(not one.changes_nothing for one in requests)
            outcome.stored = await self.stored() != before
            outcome.problems += self._judge(fault, outcome, shown, sum(one.has_token for one in requests))
            await self._back()
        except StillAsking:
            outcome.problems.append("it asks without end")
        if on.app._exception is not None:
            outcome.problems.append(f"the program crashed: {on.app._exception!r}")
        outcome.seconds = time.monotonic() - started
        return outcome

    async def _written(self, dialog: ReviewDialog) -> None:
        """Wait for the outcome, with the pauses before it is read back."""
        end = time.monotonic() + PATIENCE
        while dialog.is_writing:
            if time.monotonic() > end:
                raise StillAsking
            idle._clock_of(asyncio.get_running_loop()).ahead += 1.0
            await self._on.settle()

    def _judge(self, fault: Fault, outcome: WriteOutcome, shown: str, tokens: int) -> list[str]:
        found = []
        if outcome.sent > 1:
            found.append(f"the write was sent {outcome.sent} times")
        if outcome.kind in CHANGED and not outcome.stored:
            found.append(f"“{outcome.kind}”, but the server does not have it")
        if outcome.kind in UNCHANGED and outcome.stored:
            found.append(f"“{outcome.kind}”, but the server has it")
        if " ".join(outcome.sentence.split())[:SHOWN].rstrip() not in shown:
            found.append(f"no word of “{outcome.sentence[:SHOWN]}”")
        if fault.state == "stopped" and "no access" not in fault.name and tokens > MOST_TOKENS + 1:
            found.append(f"the token was sent {tokens} times")
        if outcome.held > LONGEST_STEP:
            found.append(f"the event loop was held for {outcome.held:.2f} s")
        if self._on.server.demo.tokens["superuser"] in shown:
            found.append("the token is shown")
        return found

    async def _back(self) -> None:
        """Close what is open, drop what was typed, and load the list again."""
        on = self._on
        on.app.clear_notifications()
        for _ in range(6):
            if type(on.app.screen).__name__ == "AdminScreen":
                break
            if type(on.app.screen).__name__ == "GoalForm":
                await on.press("ctrl+r", "ctrl+r")
            await on.press("escape")
        await on.press("r")
