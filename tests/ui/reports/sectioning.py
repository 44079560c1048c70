"""The application over a Matomo for reports: recorded metadata, rows made here, figures over time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace
from textual.message import Message

from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.secret import Secret
from matomo_tui.api.site import Site
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.reports.section_screen import SectionScreen
from tests.recorded import load
from tests.reports.matomo import NOW, SITE, ReportMatomo
from tests.ui import bare_live, snapshots
from tests.ui.conftest import HandPoller, Stage, StandingClock, until
from tests.ui.reports.reporting import over_time, visits

PAGES = "Actions.getPageUrls"


def page_row(number: int, label: str = "", **changes: Any) -> dict[str, Any]:
    """A page's row; each third has rows below it."""
    opens = {"idsubdatatable": number + 1} if number % 3 == 0 and not changes.get("url") else {}
    return {
        "label": label or f"page{number}",
        "nb_hits": 90_000 - number,
        "nb_visits": 50_000 - number,
        "bounce_rate": 0.25,
        "exit_rate": 0.5,
        "avg_time_on_page": 57 + number % 60,
        "segment": f"pageUrl==page{number}",
        **opens,
        **changes,
    }


def matomo(pages: int = 40, **tables: list[dict[str, Any]]) -> ReportMatomo:
    """``pages`` rows of pages, five below each row that opens; other ``tables`` by method (``Module__action``)."""
    (metadata,) = load("metadata")
    found: dict[Any, list[dict[str, Any]]] = {PAGES: [page_row(number) for number in range(pages)]}
    for number in range(0, min(pages, 300), 3):
        found[PAGES, number + 1] = [
            page_row(below, f"/in{number}-{below}", url=f"https://shop.example/in{number}-{below}")
            for below in range(5)
        ]
    found |= {name.replace("__", "."): rows for name, rows in tables.items()}
    return ReportMatomo(
        found,
        API__getReportMetadata=metadata.json,
        VisitsSummary__get=over_time(visits),
        Actions__get=over_time(lambda day: {"nb_pageviews": 900 + day.day}),
        Goals__get=over_time(lambda day: {"nb_conversions": 9}),
        API__getSegmentsMetadata=[{"segment": "pageUrl", "name": "Page URL", "type": "dimension", "category": "Pages"}],
        Annotations__getAll=[],
    )


class Reports(Stage):
    """The application with a section in front."""

    transport: ReportMatomo

    @property
    def section(self) -> SectionScreen:
        """The section in front."""
        screen = self.app.screen
        assert isinstance(screen, SectionScreen)
        return screen

    async def settle(self) -> None:
        """Wait until nothing is asked for and everything is drawn."""
        for _ in range(2):  # what came may ask for more
            await self.pilot.pause()
            await until(self.pilot, lambda: not any(self._busy()))
        await self.pilot.pause()
        await self.pilot.pause()

    def _busy(self) -> list[bool]:
        return [worker.node is not self.app and worker.is_running for worker in self.app.workers]

    async def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, and wait for what that brings."""
        await self.pilot.resize_terminal(width, height)
        await self.settle()

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they bring."""
        await self.pilot.press(*keys)
        await self.settle()

    def line(self, words: str) -> str:
        """The one line with ``words``."""
        found = [line for line in self.lines if words in line]
        assert len(found) == 1, f"{words!r} in {len(found)} lines of\n{self.text}"
        return found[0]

    def asked(self, method: str) -> list[dict[str, str]]:
        """The calls of one method so far."""
        return [call for call in self.transport.calls if call["method"] == method]


@asynccontextmanager
async def reports(
    transport: ReportMatomo | None = None,
    *,
    section: str = "3",
    size: tuple[int, int] = (80, 24),
    settings: Settings | None = None,
    site: Site = SITE,
    hook: Callable[[Message], None] | None = None,
    live: bool = False,
) -> AsyncIterator[Reports]:
    """The application with the section at the key ``section`` in front; below it the live screen, with its panes where
    ``live`` is set."""
    transport = transport if transport is not None else matomo()
    settings = settings or Settings(profile="prod")
    clock = StandingClock(NOW)
    session = Session(
        client=Client(transport, now=clock.now, read_only=settings.read_only),
        settings=settings,
        site=site,
        access=Access(sites={1: "view", 2: "write"}),
        version="5.0.2",
        address="https://matomo.example",
    )
    poller = HandPoller(session.client, replace(snapshots.busy(), site=site), clock)

    async def connector(_settings: Settings, _token: Secret | None) -> Session:
        return session

    app = MatomoApp(session, settings, connector, clock=clock, poller_for=lambda _session, _clock: poller)
    if not live:
        bare_live.strip(app)
    async with app.run_test(size=size, notifications=True, message_hook=hook) as pilot:
        await pilot.pause()
        await pilot.pause()
        stage = Reports(app, pilot, clock, poller)
        stage.transport = transport
        if section:
            await stage.press(section)
        yield stage
