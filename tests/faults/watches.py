"""Every fault under what runs for days without a screen: ``watch``, ``metrics``, and the live screen as lines."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from matomo_tui import session
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Transport
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.headless.metrics_poller import MetricsPoller
from matomo_tui.headless.plain_lines import PlainScreen
from matomo_tui.headless.visit_stream import VisitStream
from matomo_tui.headless.watch_lines import counters_line, visit_line
from matomo_tui.headless.watch_loop import Watching, watch_snapshots, watch_visits
from tests.faults.meters import LONGEST_STEP, LoopMeter
from tests.faults.program import INTERVAL, TIMEOUT, NotingClient, happening
from tests.faults.raw_server import RawServer
from tests.faults.table import NOTHING, Fault
from tests.live.fake_clock import FakeClock
from tests.ui import idle

MOST_TOKENS = 2
QUIET = 0.03
QUIET_ROUNDS = 6
"""Turns of the loop without a request after which nothing is asked any more, of ``QUIET`` seconds together."""
MOST_STEPS = 14
"""Seconds of the test's clock that are let pass one by one until a poll is due."""


@dataclass
class WatchOutcome:
    """What a watch did under a fault."""

    watch: str
    fault: Fault
    state: str = ""
    sentence: str = ""
    next_in: float = 0.0
    tokens: int = 0
    recovered: bool = False
    seconds: float = 0.0
    held: float = 0.0
    problems: list[str] = field(default_factory=list)


class Watch:
    """A watch that runs. ``lines`` counts what it printed, ``notes`` are its remarks; ``error`` ended it."""

    def __init__(self, server: RawServer, clock: FakeClock) -> None:
        self.server, self.clock = server, clock
        self.lines, self.notes = 0, list[str]()
        self.error: MatomoError | None = None
        self.is_down = False
        self._clients: list[NotingClient] = []

    def client(self, transport: Transport, **options: Any) -> NotingClient:
        """A client with the test's clock."""
        found = NotingClient(transport, **options, now=self.clock.now)
        self._clients.append(found)
        return found

    @property
    def _is_asking(self) -> bool:
        return not self._clients or any(client.asking for client in self._clients)

    async def next_poll(self, most: float = 4000.0) -> float:
        """Let time pass until something is asked and answered. Returns the seconds until then, ``most`` at the most."""
        asked, waited = len(self.server.sent), 0.0
        noted = len(self.notes)
        while waited < most and self.error is None:
            await self.clock.advance(1.0)
            waited += 1.0
            if self._is_asking or len(self.server.sent) > asked or len(self.notes) > noted:
                await self._settle()
            if len(self.server.sent) > asked or len(self.notes) > noted:
                break
        return waited

    async def _settle(self) -> None:
        rounds, end = 0, time.monotonic() + 60
        while rounds < QUIET_ROUNDS and time.monotonic() < end:
            await asyncio.sleep(QUIET / QUIET_ROUNDS)
            rounds += 1
            if self.server.held:
                idle.skip(TIMEOUT / 4)
            if self._is_asking:
                rounds = 0


Run = Callable[[ReadConnection, Watch], Coroutine[Any, Any, None]]


def _watching(watch: Watch) -> Watching:
    return Watching(INTERVAL, False, watch.notes.append, clock=watch.clock)


async def _visits(connection: ReadConnection, watch: Watch) -> None:
    site = (await connection.session()).site
    stream = VisitStream(site, "", int(watch.clock.now()) - 60)
    async for update in watch_visits(connection, stream, _watching(watch)):
        visit_line(update, site)
        watch.lines += 1


async def _counters(connection: ReadConnection, watch: Watch) -> None:
    site = (await connection.session()).site
    async for snapshot in watch_snapshots(connection, site, "", _watching(watch)):
        counters_line(snapshot)
        watch.lines += 1


async def _metrics(connection: ReadConnection, watch: Watch) -> None:
    poller = MetricsPoller(connection, ["1"], interval=INTERVAL, clock=watch.clock, on_note=watch.notes.append)

    def updated(metrics: Any) -> None:
        watch.is_down = not metrics.up
        watch.lines += metrics.up

    poller.on_update = updated
    await poller.run()


async def _plain(connection: ReadConnection, watch: Watch) -> None:
    site = (await connection.session()).site
    screen = PlainScreen()
    async for snapshot in watch_snapshots(connection, site, "", _watching(watch)):
        watch.lines += len(list(screen.lines(snapshot)))


WATCHES: dict[str, Run] = {
    "watch visits": _visits,
    "watch counters": _counters,
    "metrics": _metrics,
    "--plain": _plain,
}


@asynccontextmanager
async def watching(server: RawServer, clock: FakeClock, run: Run) -> AsyncIterator[Watch]:
    """Run a watch with a good server, up to its first lines."""
    idle.install()
    LoopMeter.install()
    url = f"http://localhost:{server.port}/"
    settings = Settings(url=url, site="1", timeout=TIMEOUT, profile="f")
    source = TokenSource(settings, environment=Secret(server.demo.tokens["superuser"]))
    watch = Watch(server, clock)

    async def work() -> None:
        try:
            async with ReadConnection(settings, source) as connection:
                await run(connection, watch)
        except MatomoError as error:
            watch.error = error

    task = asyncio.ensure_future(work())
    try:
        # Without a screen the client has the computer's clock.
        with patch.object(session, "Client", watch.client):
            await watch.next_poll()
        while not watch.lines and watch.error is None:
            await watch.next_poll()
        yield watch
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def try_watch(watch: Watch, name: str, fault: Fault) -> WatchOutcome:
    """Let ``fault`` answer one poll, then let the server be good again."""
    outcome, started, server = WatchOutcome(name, fault), time.monotonic(), watch.server
    sent, noted, lines = len(server.sent), len(watch.notes), watch.lines
    LoopMeter.reset()
    with happening(server, fault, watch.clock):
        await watch.next_poll()
        outcome.held = LoopMeter.longest
        requests = server.sent[sent:]
        outcome.tokens = max(Counter(one.body for one in requests if one.has_token).values(), default=0)
        said = watch.notes[noted:]
        outcome.sentence = str(watch.error) if watch.error is not None else said[0] if said else ""
        ended = watch.error is not None or any("No more requests" in note for note in said)
        outcome.state = "stopped" if ended else "stale" if said else "live"
        if ended:
            await watch.clock.advance(7200)
            await watch._settle()
            if sum(one.has_token for one in server.sent[sent:]) > MOST_TOKENS:
                outcome.problems.append("the token was sent again")
    if not ended:
        lines = watch.lines
        outcome.next_in = await watch.next_poll()
        for _ in range(MOST_STEPS):
            if watch.lines > lines:
                break
            await watch.next_poll()
        outcome.recovered = watch.lines > lines
        await watch.next_poll()  # what it says after its first line
        if outcome.state == "stale" and not any("answers again" in note for note in watch.notes[noted:]):
            outcome.problems.append("it does not say that Matomo answers again")
    outcome.seconds = time.monotonic() - started
    outcome.problems += _judge(watch, outcome)
    return outcome


def _judge(watch: Watch, outcome: WatchOutcome) -> list[str]:
    fault, found = outcome.fault, []
    # The parts of a poll differ, and there may be nothing new.
    refused = fault.name in ("no access", *NOTHING) or fault.group == "bulk"
    if fault.state in ("stale", "stopped") and not refused:
        if outcome.state != fault.state:
            found.append(f"{outcome.state} instead of {fault.state}")
        elif fault.says not in outcome.sentence:
            found.append(f"no word of “{fault.says}”")
    if outcome.tokens > MOST_TOKENS:
        found.append(f"the token was sent {outcome.tokens} times")
    if outcome.state == "stale" and outcome.next_in < fault.retry_after - 1:
        found.append("it does not wait as asked")
    if outcome.state != "stopped" and not outcome.recovered:
        found.append("it does not recover")
    if outcome.held > LONGEST_STEP:
        found.append(f"the event loop was held for {outcome.held:.2f} s")
    if any(watch.server.demo.tokens["superuser"] in note for note in watch.notes):
        found.append("the token is in a remark")
    return found
