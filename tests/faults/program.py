"""The program on the server of faults: its clock is the test's, its sockets are real."""

from __future__ import annotations

import asyncio
import gc
import random
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch

from textual.pilot import Pilot
from textual.screen import Screen

from matomo_tui.api.address import Address
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.api.sites import get_site_from_id
from matomo_tui.api.transport import Transport
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.demo.options import V5_0, V5_8, DemoOptions, Version
from matomo_tui.live.clock import Clock
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import LiveSnapshot, Phase
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.help_screen import HelpScreen
from tests.faults.meters import LoopMeter
from tests.faults.raw_server import RawServer
from tests.faults.table import Fault
from tests.live.fake_clock import START, FakeClock
from tests.ui import idle, painting, parsing

T = TypeVar("T")

INTERVAL = 5.0
TIMEOUT = 20.0
SIZE = (120, 40)
PATIENCE = 240.0
"""Seconds of the machine's after which a screen that still asks is a finding."""


_BLANK = re.compile(r"[\s│┃┆╭╮╰╯─▌▐█▀▄▒▓]+")
QUIET, QUIET_ROUNDS = 0.02, 4
"""Seconds of the machine's without a request or a worker after which nothing is asked any more, in so many turns."""


LONGEST_WAIT = 4000.0
"""Seconds until the next poll at the most."""


def plain(lines: Sequence[str]) -> str:
    """The words of ``lines``, with one space for any run of blanks, frames, large digits and line ends."""
    return _BLANK.sub(" ", "\n".join(lines))


def data_in(lines: Sequence[str]) -> set[str]:
    """The words without the header, the footer and the titles of panes, which are the place for sentences."""
    return set(plain([line for line in lines[1:-1] if "──" not in line]).split())


class StillAsking(Exception):
    """A request or a worker did not end."""


class Steady(random.Random):
    """No jitter: polls run when they are due."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


class Said(NamedTuple):
    """The sentence of an error, and the method that failed."""

    method: str
    sentence: str


class NotingClient(Client):
    """Remembers the sentences of the errors that it raises or returns."""

    def __init__(self, transport: Transport, **options: Any) -> None:
        super().__init__(transport, **options)
        self.said: list[Said] = []
        self.asking = 0
        """Calls that are not answered yet."""
        self.known: dict[str, Call[Any]] = {}
        """The last call of each method."""
        self.read = 0
        """Calls that were answered."""

    async def call(self, call: Call[T], **options: Any) -> T:
        """As the client's."""
        self.known[call.method] = call
        self.asking += 1
        try:
            answer = await super().call(call, **options)
        except MatomoError as error:
            self.said.append(Said(call.method, str(error)))
            raise
        finally:
            self.asking -= 1
        self.read += 1
        return answer

    async def bulk(self, calls: Sequence[Call[Any]], **options: Any) -> list[Any]:
        """As the client's."""
        self.known |= {call.method: call for call in calls}
        self.asking += 1
        try:
            answers = await super().bulk(calls, **options)
        except MatomoError as error:
            self.said.append(Said(calls[0].method, str(error)))
            raise
        finally:
            self.asking -= 1
        self.read += sum(not isinstance(answer, MatomoError) for answer in answers)
        refused = ((call, one) for call, one in zip(calls, answers, strict=True) if isinstance(one, MatomoError))
        self.said += [Said(call.method, str(error)) for call, error in refused]
        return answers


async def while_held(server: RawServer, work: Coroutine[Any, Any, T], clock: FakeClock | None = None) -> T:
    """The result of ``work``; a server that holds its answer is waited for by the loop's clock. ``clock`` goes on, if
    the work waits for it.

    Raises ``StillAsking``."""
    task, end = asyncio.ensure_future(work), time.monotonic() + PATIENCE
    while not task.done():
        if time.monotonic() > end:
            task.cancel()
            raise StillAsking
        await asyncio.wait({task}, timeout=0.01)
        if server.held:
            idle.skip(TIMEOUT / 4)
        elif clock is not None and not task.done():
            await clock.advance(1.0)
    return await task


class Program:
    """The running application, its clock, and the server it is connected to."""

    def __init__(self, app: MatomoApp, pilot: Pilot[int], clock: FakeClock, server: RawServer) -> None:
        self.app, self.pilot, self.clock, self.server = app, pilot, clock, server
        self.below: Screen[Any] = app.screen
        """The screen below a dialog."""
        self.toasts: list[str] = []
        """The messages that were shown for a moment."""
        self.is_probing = False
        """A key is pressed while the server holds its answer."""
        self.answers_a_key: bool | None = None
        """Whether that key was answered meanwhile; ``None`` if the server held no answer."""

    @property
    def snapshot(self) -> LiveSnapshot:
        """The newest snapshot of the live screen."""
        assert self.app.poller is not None
        return self.app.poller.snapshot

    @property
    def said(self) -> list[Said]:
        """The sentences of all errors of the server of the faults so far."""
        return self.clients[0].said if self.clients else []

    @property
    def read(self) -> int:
        """The number of calls that the server of the faults has answered so far."""
        return self.clients[0].read if self.clients else 0

    @property
    def clients(self) -> list[NotingClient]:
        """The clients of all tabs."""
        found = (one.session.client for one in self.app.connections if one.session is not None)
        return [client for client in found if isinstance(client, NotingClient)]

    @property
    def lines(self) -> list[str]:
        """The screen, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    @property
    def text(self) -> str:
        """The screen, with one space for any run of blanks, frames, large digits and line ends."""
        return plain(self.lines)

    async def settle(self) -> None:
        """Wait until nothing is asked any more. A server that holds its answer is waited for by the loop's clock.

        Raises ``StillAsking``."""
        rounds, end = 0, time.monotonic() + PATIENCE
        while rounds < QUIET_ROUNDS:  # by a busy machine's clock it would soon be quiet
            if time.monotonic() > end:
                raise StillAsking
            await asyncio.sleep(QUIET / QUIET_ROUNDS)
            await self.pilot.pause()
            rounds += 1
            if self.server.held:
                if self.answers_a_key is None and self.is_probing:
                    self.answers_a_key = await self._opens_help()
                idle.skip(TIMEOUT / 4)
            if self._is_asking():
                rounds = 0

    async def _opens_help(self) -> bool:
        """Whether the help opens and closes while the server still holds its answer."""
        here = self.app.screen
        await self.pilot.press("question_mark")
        opened = isinstance(self.app.screen, HelpScreen)
        await self.pilot.press("escape")
        return opened and self.app.screen is here and self.server.held > 0

    def _is_asking(self) -> bool:
        working = (worker.is_running for worker in self.app.workers if worker.node is not self.app)
        return any(client.asking for client in self.clients) or any(working)

    async def poll(self) -> None:
        """Let the next poll come, and be answered."""
        before = self.snapshot.poll.polls
        due = self.snapshot.poll.next_poll_at
        wait = INTERVAL if due is None else due - self.clock.now() + 0.1
        if not 0 <= wait <= LONGEST_WAIT:
            wait = INTERVAL * 1.2  # this computer's clock is years away
        await self.clock.advance(wait)
        await self.settle()
        if self.snapshot.poll.polls == before and self.snapshot.poll.phase not in (Phase.STOPPED, Phase.PAUSED):
            await self.clock.advance(INTERVAL * 1.2)
            await self.settle()

    async def let_pass(self, seconds: float) -> None:
        """Let time pass, also for the timers of the screen, until what is asked then is answered."""
        while seconds > 0:  # step by step: a request takes the time that passes until it is settled
            step = min(seconds, INTERVAL)
            await self.clock.advance(step)
            await self.settle()
            idle.skip(step)
            await self.settle()
            seconds -= step
        await self.drawn()

    async def drawn(self) -> None:
        """Wait until what came last is drawn, which may be with the next second."""
        idle.skip(1.0)
        await self.settle()

    async def first_data(self) -> None:
        """Wait for the live screen's first figures."""
        end = time.monotonic()
        while self.app.poller is None or self.snapshot.poll.last_success_at is None:
            if time.monotonic() - end > PATIENCE:
                raise StillAsking
            await self.pilot.pause()
            await self.settle()
        for _ in range(2):
            await self.poll()

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they ask."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()


def _poller(session: Session, clock: Clock) -> Poller:
    return Poller(session.client, session.site, interval=session.settings.interval, clock=clock, rng=Steady())


@contextmanager
def serving(clock: FakeClock, tls: ssl.SSLContext | None = None, version: Version = V5_8) -> Iterator[RawServer]:
    """The server on the loopback interface."""
    server = RawServer(DemoMatomo(now=lambda: clock.true, options=DemoOptions(matomo=version)), tls)
    try:
        yield server
    finally:
        server.close()


def _address(server: RawServer) -> str:
    return f"{'http' if server.tls is None else 'https'}://localhost:{server.port}/"


@asynccontextmanager
async def program(
    server: RawServer,
    clock: FakeClock,
    *,
    ca_bundle: str = "",
    other: RawServer | None = None,
    kiosk: bool = False,
) -> AsyncIterator[Program]:
    """Start the application as superuser, connected to ``server``, and to ``other`` in a second tab."""
    for module in (idle, parsing, painting):
        module.install()
    LoopMeter.install()
    servers = {_address(one): one for one in (server, other) if one is not None}

    async def connect(wanted: Settings, _token: Secret | None) -> Session:
        token = Secret(servers[wanted.url].demo.tokens["superuser"])
        transport = HttpTransport(Address.parse(wanted.url), token, timeout=TIMEOUT, ca_bundle=ca_bundle)
        client = NotingClient(transport, now=clock.now)
        info = await client.server_info()
        site = await client.call(get_site_from_id(1))
        return Session(client, wanted, site, info.access, info.version, wanted.url)

    wanted = [
        Settings(url=url, interval=INTERVAL, profile=f"test{number}", kiosk=kiosk, night=None)
        for number, url in enumerate(servers, 1)
    ]
    more = [(one, lambda: Secret("its own")) for one in wanted[1:]]
    first = await connect(wanted[0], None)
    app = MatomoApp(first, wanted[0], connect, clock=clock, poller_for=_poller, more=more)
    try:
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            on = Program(app, pilot, clock, server)
            notify = app.notify

            def noted(message: str, **options: Any) -> None:
                on.toasts.append(" ".join(message.split()))
                notify(message, **options)

            app.__dict__["notify"] = noted
            await on.first_data()
            gc.collect()
            gc.freeze()  # the server's world, which this process would not have
            yield on
    except Exception:
        if app._exception is None:  # else it is a finding already
            raise
    finally:
        gc.unfreeze()


@contextmanager
def happening(server: RawServer, fault: Fault, clock: FakeClock | None = None) -> Iterator[None]:
    """Let ``fault`` answer while the block runs, or this computer's ``clock`` be as wrong as it says."""
    looked_up = socket.getaddrinfo

    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    good_tls = server.tls
    server.script = fault.act
    if fault.place == "refuse":
        server.refuse()
    if fault.tls is not None:
        server.tls = fault.tls() if good_tls is not None else None
    server.drop()
    demo = server.demo
    if fault.place == "older":
        server.demo = DemoMatomo(now=demo.store.now, options=DemoOptions(matomo=V5_0))
    if clock is not None and fault.own_clock is not None:
        clock.error = fault.own_clock - clock.true
    answers: Callable[..., Any] = unknown if fault.place == "dns" else looked_up
    try:
        with patch.object(socket, "getaddrinfo", answers):
            yield
    finally:
        server.script, server.tls, server.demo = None, good_tls, demo
        if clock is not None:
            clock.error = 0.0
        if fault.place == "refuse":
            server.listen()
        server.drop()


def new_clock() -> FakeClock:
    """A clock that stands at the afternoon of the demo."""
    return FakeClock(START)
