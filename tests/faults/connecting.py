"""Every fault on the connect screen: a sentence, what was typed stays, and the same input connects afterwards."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from matomo_tui.api.secret import Secret
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session, open_session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from tests.config.keyrings import NO_KEYRING
from tests.faults.meters import LoopMeter, MemoryMeter, judge_cost
from tests.faults.program import PATIENCE, SIZE, TIMEOUT, StillAsking, happening
from tests.faults.raw_server import RawServer
from tests.faults.screens import MOST_TOKENS
from tests.faults.table import Fault
from tests.ui import idle, painting, parsing

FRAMES = re.compile(r"[\s│┃┆╭╮╰╯─▌▐]+")
TRIES = 2
"""A rejected token is sent again only when the key is pressed twice: the first time it is asked about."""


@dataclass
class ConnectOutcome:
    """What the connect screen did under a fault."""

    connecting: str
    fault: Fault
    sentence: str = ""
    asked: int = 0
    connected: bool = False
    seconds: float = 0.0
    held: float = 0.0
    grown: float = 0.0
    problems: list[str] = field(default_factory=list)


class Connecting:
    """The application without a connection, at the connect screen."""

    def __init__(self, app: MatomoApp, pilot: Pilot[int], server: RawServer) -> None:
        self.app, self.pilot, self.server = app, pilot, server

    @property
    def screen(self) -> ConnectScreen:
        """The connect screen."""
        return next(one for one in self.app.screen_stack if isinstance(one, ConnectScreen))

    @property
    def text(self) -> str:
        """What is on the screen, in one line."""
        strips = self.app.screen._compositor.render_strips()
        lines = ("".join(segment.text for segment in strip) for strip in strips)
        return FRAMES.sub(" ", "\n".join(lines))

    @property
    def typed(self) -> tuple[str, str]:
        """The address and the token."""
        return self.screen.query_one("#address", Input).value, self.screen.query_one("#token", Input).value

    async def test(self) -> bool | None:
        """Test the connection until there is an outcome. Returns whether a key was answered meanwhile, ``None`` if the
        server held no answer. Raises ``StillAsking``."""
        answered = None
        await self.pilot.press("ctrl+t")
        end = time.monotonic() + PATIENCE
        while self.screen._busy:
            if time.monotonic() > end:
                raise StillAsking
            await asyncio.sleep(0.005)
            await self.pilot.pause()
            if self.server.held:
                if answered is None:
                    answered = await self._moves_on()
                idle.skip(TIMEOUT / 4)
        await self.pilot.pause()
        return answered

    async def _moves_on(self) -> bool:
        before = self.app.focused
        await self.pilot.press("tab")
        moved = self.app.focused is not before
        await self.pilot.press("shift+tab")
        return moved and self.app.focused is before


@asynccontextmanager
async def connecting(server: RawServer, ca_bundle: str = "") -> AsyncIterator[Connecting]:
    """Start the program with an address, as for the first time, and type the token."""
    for module in (idle, parsing, painting):
        module.install()
    LoopMeter.install()
    address = f"{'http' if server.tls is None else 'https'}://localhost:{server.port}/"
    settings = Settings(url=address, timeout=TIMEOUT, ca_bundle=ca_bundle)

    async def connect(wanted: Settings, token: Secret | None) -> Session:
        return await open_session(wanted, token)

    with tempfile.TemporaryDirectory() as folder:
        app = MatomoApp(None, settings, connect, profiles=ProfileStore(Path(folder), NO_KEYRING))
        try:
            async with app.run_test(size=SIZE, notifications=True) as pilot:
                while not isinstance(app.screen, ConnectScreen):
                    await idle.wait_for_more(pilot)
                on = Connecting(app, pilot, server)
                on.screen.query_one("#token", Input).value = server.demo.tokens["superuser"]
                await pilot.pause()
                yield on
        except Exception:
            if app._exception is None:  # else it is a finding already
                raise


async def try_connecting(on: Connecting, fault: Fault) -> ConnectOutcome:
    """Test the connection under ``fault``, and again with a good server."""
    outcome, started, memory = ConnectOutcome("connect screen", fault), time.monotonic(), MemoryMeter()
    sent, typed = len(on.server.sent), on.typed
    LoopMeter.reset()
    try:
        with happening(on.server, fault):
            answered = await on.test()
            outcome.held, outcome.grown = LoopMeter.longest, memory.grown
            shown, requests = on.text, on.server.sent[sent:]
            outcome.sentence = " ".join(remark.text for remark in on.screen._remarks.remarks)
            outcome.asked, outcome.connected = len(requests), on.screen._tested is not None
            outcome.problems += _judge(on, outcome, shown, answered)
            if fault.state == "stopped":
                await on.test()
                tokens = sum(one.has_token for one in on.server.sent[sent:])
                if tokens > MOST_TOKENS:
                    outcome.problems.append(f"the token was sent {tokens} times")
        if on.typed != typed:
            outcome.problems.append("what was typed is gone")
        for _ in range(TRIES):
            if on.screen._tested is None or outcome.connected:
                await on.test()
                outcome.connected = False
        outcome.connected = on.screen._tested is not None
        if not outcome.connected:
            outcome.problems.append("it does not connect afterwards")
    except StillAsking:
        outcome.problems.append("it asks without end")
    if on.app._exception is not None:
        outcome.problems.append(f"the program crashed: {on.app._exception!r}")
    outcome.problems += judge_cost(outcome)
    outcome.seconds = time.monotonic() - started
    return outcome


def _judge(on: Connecting, outcome: ConnectOutcome, shown: str, answered: bool | None) -> list[str]:
    fault, found = outcome.fault, []
    if answered is False:
        found.append("a key is not answered while the server holds its answer")
    if not outcome.sentence:
        found.append("no sentence")
    begins = " ".join(outcome.sentence.split())[:40].rstrip()
    if begins not in shown:
        found.append(f"no word of “{begins}”")
    told_by_nothing = fault.group == "bulk" or fault.name in ("empty object",)
    if fault.state in ("stale", "stopped") and outcome.connected and not told_by_nothing:
        found.append("connected in spite of the fault")
    token: Any = on.server.demo.tokens["superuser"]
    if token in shown or token in outcome.sentence or any(token in one.target for one in on.server.sent):
        found.append("the token is on the screen or in an address")
    return found
