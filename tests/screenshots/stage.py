"""The application with the demo and a clock that stands still unless a scene advances it."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from unittest.mock import patch

from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot

from matomo_tui.admin.tracking_test import TrackingTest
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.api.sites import get_site_from_id
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.live.clock import Clock
from matomo_tui.live.poller import Poller
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from tests.live.fake_clock import FakeClock

AFTERNOON = datetime(2026, 11, 18, 13, 32, 10, tzinfo=UTC).timestamp()
"""A Wednesday, 14:32 in Berlin, where the demo's first site is."""
INTERVAL = 2
QUIET = 0.35
"""Seconds of the machine's own that nothing happens: longer than any pause after typing, and than 'loading' waits."""
PATIENCE = 60.0


class Steady(random.Random):
    """A random source without variation: polls run exactly when they are due."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def _poller(session: Session, clock: Clock) -> Poller:
    interval = session.settings.interval
    return Poller(session.client, session.site, interval=interval, clock=clock, rng=Steady())


class Theatre:
    """The running application, the methods for scenes to control it, and a superuser's client for the same demo."""

    def __init__(self, app: MatomoApp, pilot: Pilot[int], clock: FakeClock, superuser: Client) -> None:
        self.app, self.pilot, self.clock, self.superuser = app, pilot, clock, superuser

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for a condition."""
        end = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > end:
                raise SystemExit("the screen did not get as far as its picture")
            await self.pilot.pause(0.01)

    async def settle(self) -> None:
        """Wait until all requests are answered and everything is drawn."""
        quiet = time.monotonic()
        while time.monotonic() - quiet < QUIET:
            await self.pilot.pause(0.02)
            if self._is_asking():
                quiet = time.monotonic()

    def _is_asking(self) -> bool:
        return self._is_polling() or any(w.node is not self.app and w.is_running for w in self.app.workers)

    def _is_polling(self) -> bool:
        return self.app.poller is not None and self.app.poller.snapshot.poll.in_flight

    async def live(self, polls: int = 3) -> None:
        """Advance the clock until the live screen has all its data, and then by ``polls`` polls."""
        await self.until(lambda: self.app.poller is not None)
        await self.settle()
        while not self._knows_all():
            await self.poll()
        for _ in range(polls):
            await self.poll()
        await self.settle()

    async def poll(self) -> None:
        """Advance the clock to the end of the next poll, in whole seconds, so that requests take no time."""
        for _ in range(INTERVAL):
            await self.clock.advance(1)
            await self.until(lambda: not self._is_polling())

    def _knows_all(self) -> bool:
        snapshot = self.app.live.snapshot
        return snapshot.feed.ready and snapshot.counters.revenue.value is not None

    async def press(self, *keys: str) -> None:
        """Press keys, and wait after each."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def dismiss_toasts(self) -> None:
        """Remove notifications from the picture."""
        if self.app._notifications:
            self.app.clear_notifications()
            await self.settle()

    async def type(self, text: str) -> None:
        """Type a text at the cursor."""
        focused = self.app.focused
        if focused is None:
            raise SystemExit(f"nothing takes {text!r}")
        focused.post_message(events.Paste(text))
        await self.settle()


@asynccontextmanager
async def theatre(
    size: tuple[int, int], settings: Settings, role: str = "superuser", *, profiles: ProfileStore | None = None
) -> AsyncIterator[Theatre]:
    """Start the application with a token of ``role``; with ``profiles`` unconnected, as at the first start."""
    clock = FakeClock(AFTERNOON)
    demo = DemoMatomo(now=clock.now)

    def client(of: str) -> Client:
        transport = HttpTransport(Address.parse("http://127.0.0.1/"), Secret(demo.tokens[of]), app=demo)
        return Client(transport, now=clock.now)

    async def connect(wanted: Settings, _token: Secret | None) -> Session:
        connected = client(role)
        info = await connected.server_info()
        site = await connected.call(get_site_from_id(min(info.access.sites, default=1)))
        return Session(connected, wanted, site, info.access, info.version, "demo")

    chance, ticks = random.Random(1), count()
    settings = settings if profiles else replace(settings, demo=True, interval=INTERVAL)
    app = MatomoApp(None, settings, connect, clock=clock, profiles=profiles, poller_for=_poller)
    superuser = client("superuser")
    try:
        with (
            patch("secrets.token_hex", lambda count: chance.randbytes(count).hex()),
            patch("secrets.choice", chance.choice),
            patch.object(Path, "cwd", lambda: Path("/home/ana/matomo")),
            patch.dict(TrackingTest.__init__.__kwdefaults__ or {}, monotonic=lambda: next(ticks) * 0.15),
        ):
            async with app.run_test(size=size, notifications=True) as pilot:
                yield Theatre(app, pilot, clock, superuser)
    finally:
        await superuser.aclose()
