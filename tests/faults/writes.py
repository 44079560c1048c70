"""Every fault in the middle of a write: it is sent once, and what the screen says of it is true."""

from __future__ import annotations

import asyncio
import gc
import json
import string
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.admin.review_dialog import ReviewDialog
from tests.faults.meters import LONGEST_STEP, LoopMeter
from tests.faults.program import Program, StillAsking, happening
from tests.faults.raw_server import RawServer, Script, Sent, Wire, as_http
from tests.faults.screens import MOST_TOKENS
from tests.faults.table import Fault
from tests.ui import idle

TO_ADMINISTRATION = ("9", "l", "home")
CHANGED = frozenset(("done", "already"))
"""Outcomes that claim that the server has the change."""
UNCHANGED = frozenset(("not done", "refused", "not sent", "skipped"))
SHOWN = 40
PATIENCE = 60.0


@dataclass(frozen=True)
class Write:
    """The change of the last letter of a form's first field, in the part ``place`` of the administration.

    ``method`` with ``params`` reads what the server has in ``column``. ``confirms`` are the keys that confirm it."""

    name: str
    place: int
    line: int
    method: str
    params: tuple[tuple[str, str], ...]
    column: str
    confirms: tuple[str, ...] = ("y",)


WRITES = {
    one.name: one
    for one in (
        Write("write", 0, 0, "Goals.getGoals", (("idSite", "1"),), "name"),
        Write("write of a site", 1, 0, "SitesManager.getSitesWithAdminAccess", (), "name"),
        Write("write of a user", 2, 2, "UsersManager.getUsers", (), "email", (*"root-password", "enter")),
    )
}


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
        if fault.state != "stopped":  # Matomo looks at token and rights before it does anything
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


def _tokens(fault: Fault, requests: list[Sent]) -> int:
    """How often the token was sent from the first answer on that ``fault`` spoiled."""
    if fault.name.endswith("written"):
        writes = [number for number, one in enumerate(requests) if not one.changes_nothing]
        requests = requests[writes[0] :] if writes else []
    return sum(one.has_token for one in requests)


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
    """Changes a goal, a site or a user, by another letter each time."""

    def __init__(self, on: Program, write: Write = WRITES["write"]) -> None:
        self._on, self._write = on, write
        self._letters = cycle(string.ascii_lowercase)

    async def begin(self) -> None:
        """Open the list, unlock editing, and go to the line."""
        below, line = ["down"] * self._write.place, ["down"] * self._write.line
        await self._on.press(*TO_ADMINISTRATION, *below, "enter", "ctrl+e", *line)

    async def stored(self) -> list[str]:
        """The column on the server, of all rows."""
        server, write = self._on.server, self._write
        form = {"module": "API", "method": write.method, "format": "json", "filter_limit": "-1", **dict(write.params)}
        body = urlencode(form | {"token_auth": server.demo.tokens["superuser"]}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}
        rows = json.loads((await asyncio.to_thread(server.good, Sent("/index.php", headers, body)))[2])
        return [str(row[write.column]) for row in rows]

    async def try_write(self, fault: Fault) -> WriteOutcome:
        """Change the name under ``fault``; afterwards the list is open and good."""
        on, outcome = self._on, WriteOutcome(self._write.name, fault)
        started, before = time.monotonic(), await self.stored()
        ends = {text[-1:] for text in before}
        letter = next(letter for letter in self._letters if letter not in ends)
        await on.press("enter", "end", "backspace", letter, "ctrl+o")
        dialog = on.app.screen
        if not isinstance(dialog, ReviewDialog):
            raise RuntimeError(on.text)  # without a fault the form must be there
        *typed, last = self._write.confirms
        await on.press(*typed)
        sent = len(on.server.sent)
        # After each write the server's demo computes its visits again. It lives in this process, which must not look
        # through them in a step of the program.
        gc.collect()
        gc.freeze()
        LoopMeter.reset()
        try:
            with happening(on.server, fault):
                await on.press(last)
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
            outcome.problems += self._judge(fault, outcome, shown, _tokens(fault, requests))
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
            idle.skip(1.0)
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
        if fault.state == "stopped" and "no access" not in fault.name and tokens > MOST_TOKENS:
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
            if isinstance(on.app.screen, FormScreen):
                await on.press("ctrl+r", "ctrl+r")
            await on.press("escape")
        await on.press("r")
