"""Records a live screen's polls of the demo, under a clock that a test moves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.errors import Unreachable
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Response, Transport
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.live.timezones import zone
from matomo_tui.recording.masking import Masker
from matomo_tui.recording.player import Player
from matomo_tui.recording.recorder import Recorder
from matomo_tui.recording.recording import read_recording
from matomo_tui.recording.recording_transport import RecordingTransport
from matomo_tui.recording.replay_transport import ReplayTransport
from matomo_tui.recording.rotation import Limits
from matomo_tui.session import Session, _ready, open_replay
from tests.live.fake_clock import FakeClock

START = 1795437064.0


class Steady(random.Random):
    """Polls exactly when they are due."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


class Cable:
    """Passes requests on, unless it is pulled out, or everything is answered by one ``page``."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.out = False
        self.page: Response | None = None

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        if self.out:
            raise Unreachable("shop.example refused the connection.")
        return self.page or await self._inner.post(fields, timeout=timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()


async def until(true: Callable[[], bool]) -> None:
    """Let the event loop and its threads go on until ``true``."""
    for _ in range(60_000):
        if true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come about")


def _polled(poller: Poller, count: int) -> bool:
    return poller.snapshot.poll.polls >= count and not poller.snapshot.poll.in_flight


class Studio:
    """A poller whose answers are recorded, and the snapshots that it published."""

    def __init__(self, clock: FakeClock, poller: Poller, cable: Cable, recorder: Recorder) -> None:
        self.clock, self.poller, self.cable, self.recorder = clock, poller, cable, recorder
        self.seen: list[LiveSnapshot] = []
        poller.subscribe(self.seen.append)

    async def polls(self, count: int) -> None:
        """Let ``count`` polls of five seconds pass."""
        for _ in range(count * 5):
            await self.clock.advance(1)
            await until(lambda: not self.poller.snapshot.poll.in_flight)

    @property
    def snapshot(self) -> LiveSnapshot:
        return self.poller.snapshot


@asynccontextmanager
async def recording_of_the_demo(
    file: Path, *, personal: bool = False, limits: Limits | None = None, start: float = START, ahead: float = 0.0
) -> AsyncIterator[Studio]:
    """A session of the demo that is recorded to ``file``, which is complete after the block. The clock of the computer
    that records it is ``ahead`` of the demo's."""
    clock = FakeClock(start)
    demo = DemoMatomo(now=lambda: clock.now() - ahead)
    secret = Secret(demo.tokens["superuser"])
    cable = Cable(HttpTransport(Address.parse("http://127.0.0.1/"), secret, app=demo))
    recorder = Recorder(
        file, personal=personal, limits=limits, now=clock.now, masker=Masker(personal=personal, key=b"k")
    )
    recorder.open()
    client = Client(RecordingTransport(cable, recorder, "https://shop.example"), now=clock.now)
    session = await _ready(client, Settings(), "https://shop.example", (), secret)
    poller = Poller(client, session.site, clock=clock, rng=Steady())
    task = asyncio.ensure_future(poller.run())
    try:
        yield Studio(clock, poller, cable, recorder)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await client.aclose()
        recorder.close(timeout=30.0)


class Hand:
    """The seconds that a replay's speed refers to, moved by a test."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


async def replay(file: Path) -> tuple[Player, Session]:
    """The clock and the session of a replay of ``file``; time stands still until the test moves it."""
    recording = read_recording(file)
    player = Player(recording, real=Hand())
    player.pause()
    subject = recording.subject_at(recording.begin)
    settings = Settings(url=recording.address, site=str(subject[0]) if subject else "", read_only=True)
    transport = ReplayTransport(recording, player, zone)
    return player, await open_replay(settings, transport, recording.address, now=player.now)


async def replayed(player: Player, session: Session, at: float, polls: int = 2) -> LiveSnapshot:
    """The snapshot of a live screen that begins at the epoch ``at`` of the replay, after ``polls`` polls."""
    player.seek(at)
    poller = Poller(session.client, session.site, clock=player, rng=Steady())
    task = asyncio.ensure_future(poller.run())
    try:
        for count in range(1, polls + 1):
            await until(partial(_polled, poller, count))
            if count < polls:
                player.seek(player.now())
                poller.resume()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return poller.snapshot
