"""The application without a Matomo: a poller that publishes what a test hands it, and a clock that stands still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from textual.message import Message
from textual.pilot import Pilot

from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.secret import Secret
from matomo_tui.api.site import Site
from matomo_tui.api.transport import Response
from matomo_tui.config.remembered import Remembered
from matomo_tui.config.settings import Settings
from matomo_tui.live.clock import Clock
from matomo_tui.live.poller import Poller, Subscriber
from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.drawing import plotting
from tests.ui import closing, dispatching, idle, painting, parsing, snapshots, styling

closing.install()
dispatching.install()
idle.install()
parsing.install()
painting.install()
styling.install()
# Else the first chart of a process is drawn twice, and a thread decides which one a test sees.
plotting.load()


class StandingClock:
    """A clock that a test sets."""

    def __init__(self, at: float = snapshots.NOW) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        await event.wait()
        return True


class SilentTransport:
    """Answers nothing but an empty list; counts."""

    def __init__(self) -> None:
        self.closed = False

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        return Response(200, b"[]")

    async def aclose(self) -> None:
        self.closed = True


class HandPoller(Poller):
    """Publishes the snapshots that a test hands it, and remembers what the screen wished for."""

    def __init__(self, client: Client, first: LiveSnapshot, clock: Clock) -> None:
        super().__init__(client, first.site, clock=clock)
        self.snapshot = first
        self.wishes: list[tuple[str, object]] = []
        self._subscribers: list[Subscriber] = []

    def publish(self, snapshot: LiveSnapshot) -> None:
        """As after a poll."""
        self.snapshot = snapshot
        for subscriber in list(self._subscribers):
            subscriber(snapshot)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    async def run(self) -> None:
        await asyncio.Event().wait()

    def pause(self) -> None:
        self.wishes.append(("pause", None))
        self.publish(replace(self.snapshot, poll=replace(self.snapshot.poll, phase=Phase.PAUSED, next_poll_at=None)))

    def resume(self) -> None:
        self.wishes.append(("resume", None))
        self.publish(replace(self.snapshot, poll=replace(self.snapshot.poll, phase=Phase.LIVE)))

    def poll_now(self) -> None:
        self.wishes.append(("poll_now", None))

    def set_interval(self, seconds: float) -> None:
        self.wishes.append(("interval", seconds))
        self.publish(replace(self.snapshot, poll=replace(self.snapshot.poll, interval=seconds, effective=seconds)))

    def set_unseen(self, unseen: bool) -> None:
        self._pacer.unseen = unseen

    def switch(self, *, site: Site | None = None, segment: str | None = None) -> None:
        self.wishes.append(("switch", (site, segment)))
        fresh = LiveSnapshot(
            site=site or self.snapshot.site,
            segment=self.snapshot.segment if segment is None else segment,
            taken_at=self.snapshot.taken_at,
            poll=PollState(phase=Phase.STARTING, in_flight=True),
        )
        self.publish(fresh)

    def update_site(self, site: Site) -> None:
        self.wishes.append(("update_site", site))
        self.publish(replace(self.snapshot, site=site))


class Stage:
    """The running application with what a test steers it by."""

    def __init__(self, app: MatomoApp, pilot: Pilot[int], clock: StandingClock, poller: HandPoller) -> None:
        self.app, self.pilot, self.clock, self.poller = app, pilot, clock, poller

    async def publish(self, snapshot: LiveSnapshot) -> None:
        """Hand a snapshot to the screen and wait until it is drawn."""
        self.poller.publish(snapshot)
        await self.pilot.pause()

    @property
    def lines(self) -> list[str]:
        """The screen as text."""
        return screen_lines(self.app)

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)


async def until(pilot: Pilot[int], true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until ``true``, for ``seconds`` of this process's own: a busy machine may take its time."""
    deadline = time.process_time() + seconds
    while not true():
        assert time.process_time() < deadline, "it did not come about"
        await idle.wait_for_more(pilot)


def screen_lines(app: MatomoApp) -> list[str]:
    """What is on the screen, line by line, without trailing blanks."""
    return painting.lines_of(app)


def session_for(snapshot: LiveSnapshot, settings: Settings) -> Session:
    """A session whose Matomo says nothing."""
    return Session(
        client=Client(SilentTransport(), read_only=settings.read_only),
        settings=settings,
        site=snapshot.site,
        access=Access(sites={1: "view", 2: "write"}),
        version="5.2.1",
        address="https://matomo.example",
    )


@asynccontextmanager
async def stage(
    snapshot: LiveSnapshot,
    size: tuple[int, int] = (80, 24),
    settings: Settings | None = None,
    hook: Callable[[Message], None] | None = None,
    remembered: Remembered | None = None,
    keymap: Mapping[str, str] | None = None,
    notice: Callable[[], str] | None = None,
) -> AsyncIterator[Stage]:
    """The application on ``snapshot`` in a terminal of ``size``; ``hook`` sees every message."""
    settings = settings or Settings(profile="prod")
    clock = StandingClock()
    session = session_for(snapshot, settings)
    poller = HandPoller(session.client, snapshot, clock)

    async def connector(_settings: Settings, _token: Secret | None) -> Session:
        return session

    app = MatomoApp(
        session,
        settings,
        connector,
        clock=clock,
        poller_for=lambda _session, _clock: poller,
        remembered=remembered,
        keymap=keymap,
        notice=notice,
    )
    async with app.run_test(size=size, notifications=True, message_hook=hook) as pilot:
        await pilot.pause()
        await pilot.pause()
        yield Stage(app, pilot, clock, poller)


@pytest.fixture
def painted() -> Iterator[None]:
    """Paint each frame in this test."""
    with painting.painted():
        yield
