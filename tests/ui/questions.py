"""The application over the demo, with the keys counted that answer a question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.session import Session, open_demo
from matomo_tui.ui.app import MatomoApp
from tests.live.fake_clock import FakeClock
from tests.reports.matomo import NOW
from tests.ui.conftest import HandPoller, StandingClock, until
from tests.ui.reports.sectioning import Reports


class Counted(Reports):
    """Counts the keys that are pressed, and those that are typed as text."""

    def __init__(self, app: MatomoApp, session: Session, *rest: object) -> None:
        super().__init__(app, *rest)  # type: ignore[arg-type]
        self.session = session
        self.keys = 0

    async def press(self, *keys: str) -> None:
        self.keys += len(keys)
        await super().press(*keys)

    async def type(self, words: str) -> None:
        """Type a text, which does not count as keys."""
        names = {" ": "space", ".": "full_stop", "/": "slash"}
        await self.pilot.press(*(names.get(character, character) for character in words))

    async def sees(self, *words: str) -> None:
        """Wait until each of ``words`` is on the screen."""
        await until(self.pilot, lambda: all(word in self.text for word in words))


async def polled(session: Session, clock: FakeClock) -> LiveSnapshot:
    """The snapshot after the first polls of the demo."""
    poller = Poller(session.client, session.site, clock=clock)
    running = asyncio.ensure_future(poller.run())
    while not poller.snapshot.feed.ready:
        await clock.advance(1)
        await asyncio.sleep(0.005)
    running.cancel()
    return poller.snapshot


@asynccontextmanager
async def demo() -> AsyncIterator[Counted]:
    """The application over the demo, with the live screen in front, which shows the demo's visits and stands still."""
    moving = FakeClock(NOW)
    session = await open_demo(Settings(demo=True), now=moving.now)
    snapshot = await polled(session, moving)
    clock = StandingClock(moving.now())
    poller = HandPoller(session.client, snapshot, clock)

    async def connector(_settings: Settings, _token: Secret | None) -> Session:
        return session

    app = MatomoApp(session, session.settings, connector, clock=clock, poller_for=lambda _session, _clock: poller)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        yield Counted(app, session, pilot, clock, poller)
