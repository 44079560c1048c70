"""Questions of a working day on the demo, with their keys counted: one visitor, and one group of visitors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from matomo_tui.api import live
from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session, open_demo
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.live.visit_screen import VisitScreen
from tests.reports.matomo import NOW
from tests.ui import snapshots
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
        names = {" ": "space", ".": "full_stop"}
        await self.pilot.press(*(names.get(character, character) for character in words))


@asynccontextmanager
async def demo() -> AsyncIterator[Counted]:
    """The application over the demo, with the live screen in front."""
    clock = StandingClock(NOW)
    session = await open_demo(Settings(demo=True), now=clock.now)
    poller = HandPoller(session.client, replace(snapshots.busy(), site=session.site), clock)

    async def connector(_settings: Settings, _token: Secret | None) -> Session:
        return session

    app = MatomoApp(session, session.settings, connector, clock=clock, poller_for=lambda _session, _clock: poller)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        yield Counted(app, session, pilot, clock, poller)


async def test_the_visitor_with_this_ip_of_the_last_week() -> None:
    async with demo() as stage:
        (sought,) = await stage.session.client.call(
            live.get_last_visits_details(
                stage.session.site.id, limit=1, offset=40, period="range", date="2026-11-21,2026-11-21"
            )
        )
        await stage.press("V", "slash")
        await stage.type(sought.visit_ip)
        await stage.press("enter")
        assert f"with “{sought.visit_ip}”" in stage.lines[1]
        await stage.press("enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, VisitScreen))
        shown = stage.app.screen
        assert isinstance(shown, VisitScreen)
        assert shown.visit.ip == sought.visit_ip
        assert stage.keys == 4


async def test_the_pages_of_last_month_from_germany_on_phones() -> None:
    async with demo() as stage:
        await stage.press("3", "M", "left_square_bracket", "S")
        await stage.type("phones germany")
        await stage.press("enter", "enter")
        assert "Oct 2026" in stage.lines[0]
        assert stage.app.live.segment == "deviceType==smartphone;countryCode==de"
        assert "/index" in stage.text
        assert stage.keys == 6
