"""Scenes of the kiosk, of the past and of a replay."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, TokenRejected, Unreachable
from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Response
from matomo_tui.config.settings import Settings
from matomo_tui.live.timezones import zone
from matomo_tui.recording.player import Player
from matomo_tui.recording.recording import read_recording
from matomo_tui.recording.replay_transport import ReplayTransport
from matomo_tui.session import Session, open_replay
from matomo_tui.ui.app import MatomoApp
from tests.live.fake_clock import FakeClock
from tests.recording.studio import Hand, recording_of_the_demo
from tests.screenshots.stage import AFTERNOON, Theatre

Drive = Callable[[Theatre], Awaitable[None]]


class Refusing:
    """Answers every request with ``error``."""

    def __init__(self, error: MatomoError) -> None:
        self._error = error

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        raise self._error

    async def aclose(self) -> None:
        pass


async def kiosk(on: Theatre) -> None:
    """The kiosk while all is well."""
    await on.live(polls=60)


def kiosk_after(error: MatomoError, minutes: int) -> Drive:
    """The kiosk some minutes after requests began to fail."""

    async def drive(on: Theatre) -> None:
        await on.live(polls=60)
        if on.app.session is not None:
            await on.app.session.client.take_over(Client(Refusing(error)))
        for _ in range(minutes):
            await on.clock.advance(60)
        await on.settle()

    return drive


async def past(on: Theatre) -> None:
    """The live screen as it was five minutes before."""
    await on.live(polls=240)
    await on.press(*["less_than_sign"] * 5)


async def replay(on: Theatre) -> None:
    """A replay that stands still after an outage."""
    await on.until(lambda: on.app.live.snapshot.feed.ready)
    await on.press("p", "greater_than_sign")
    await on.until(lambda: on.app.live.snapshot.counters.revenue.value is not None)
    await on.settle()


SCENES: dict[str, Drive] = {
    "kiosk": kiosk,
    "kiosk-stale": kiosk_after(Unreachable("shop.example refuses connections on port 443."), 12),
    "kiosk-stopped": kiosk_after(TokenRejected("shop.example does not accept the token (401)."), 3),
    "past": past,
    "replay": replay,
}


@asynccontextmanager
async def replaying(size: tuple[int, int], settings: Settings) -> AsyncIterator[Theatre]:
    """The application on a recorded quarter of an hour with an outage in it."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "recording"
        async with recording_of_the_demo(file, start=AFTERNOON) as studio:
            await studio.polls(70)
            studio.cable.out = True
            await studio.polls(24)
            studio.cable.out = False
            studio.poller.resume()
            await studio.polls(80)
        recording = read_recording(file)
        player = Player(recording, real=Hand())
        player.seek(recording.begin + 640)

        async def connect(wanted: Settings, _token: Secret | None) -> Session:
            transport = ReplayTransport(recording, player, zone)
            return await open_replay(wanted, transport, recording.address, now=player.now)

        given = replace(settings, url=recording.address, site="1", read_only=True)
        app = MatomoApp(None, given, connect, player=player)
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Theatre(app, pilot, FakeClock(AFTERNOON), studio.poller._connection.client)
        recording.close()
