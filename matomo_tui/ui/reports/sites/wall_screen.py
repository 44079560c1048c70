"""The wall of sites: a screen of tiles that polls by itself."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.worker import Worker

from matomo_tui.live.clock import Clock
from matomo_tui.live.site_activity import TODAY, Focus
from matomo_tui.live.sites_poller import SitesPoller, SitesSnapshot
from matomo_tui.live.snapshot import Phase, PollState
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import format_age
from matomo_tui.ui.reports.section_layout import WIDTHS
from matomo_tui.ui.reports.sites.marked_sites import MarkedSites
from matomo_tui.ui.reports.sites.site_wall import SiteWall
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader, Crumb
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.screens import ResponsiveScreen
from matomo_tui.ui.widgets.section_tabs import SectionTabs
from matomo_tui.ui.widgets.visibility import is_visible

_REST = 0.2
"""Seconds without scrolling before other tiles are polled."""


_AGES_EVERY = 5
"""Seconds between two drawings of the ages of the last hits."""


class WallScreen(ResponsiveScreen[int]):
    """Tiles of ``sites``, given by id and name. Returns the id of the site to open, or ``None``.

    All figures but the last hit are of the visits of ``segment``.
    """

    DEFAULT_CSS = """
    WallScreen { layout: vertical; overflow: hidden; }
    """
    HORIZONTAL_BREAKPOINTS = WIDTHS
    BINDINGS: ClassVar[list[BindingType]] = bindings("wall")
    AUTO_FOCUS = "SiteWall"

    def __init__(
        self,
        poller: SitesPoller,
        clock: Clock,
        sites: list[tuple[int, str]],
        marks: MarkedSites,
        *,
        segment: str,
        demo: bool = False,
    ) -> None:
        super().__init__()
        self._poller = poller
        self._clock = clock
        self._sites = sites
        self._marks = marks
        self._segment = segment
        self._demo = demo
        self._polling: Worker[Any] | None = None
        self._looking = Debouncer(self, _REST, self._look_at_view)
        self._ticks = 0

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader(id="crumbs")
        yield SiteWall()
        yield SectionTabs("sites")
        yield KeyFooter(id="keys")

    def on_mount(self) -> None:
        self.query_one(SiteWall).set_sites(self._sites)
        self._unsubscribe = self._poller.subscribe(self._show)
        self.set_interval(1.0, self._tick)
        self._show(self._poller.snapshot)

    def on_unmount(self) -> None:
        self._unsubscribe()
        self._pause()

    @on(events.ScreenResume)
    def _resume(self) -> None:
        self.call_after_refresh(self._look_at_view)
        if self._polling is None:
            self._polling = self.app.run_worker(self._poller.run, group=f"wall {id(self)}", exit_on_error=False)

    @on(events.ScreenSuspend)
    def _suspend(self) -> None:
        if self not in self.app.screen_stack or not is_visible(self):
            self._pause()

    def _pause(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            self._polling = None

    def resized(self) -> None:
        """Poll the tiles that came into view."""
        self._looking.restart()

    def _look_at_view(self) -> None:
        sites = self.query_one(SiteWall).in_view
        if sites:
            self._poller.look_at(Focus(sites, recent=True, until=TODAY, segment=self._segment))

    def _tick(self) -> None:
        self._ticks += 1
        if self.is_active and self._ticks % _AGES_EVERY == 0:
            self._look_at_view()  # a day may have begun
            self._show(self._poller.snapshot)
        elif self.is_active:
            self._draw_header(self._poller.snapshot)

    def _show(self, snapshot: SitesSnapshot) -> None:
        if not self.is_active or not self.query(SiteWall):
            return
        self.query_one(SiteWall).show(snapshot, self._clock.now())
        self._draw_header(snapshot)

    def _draw_header(self, snapshot: SitesSnapshot) -> None:
        count = len(self._sites)
        crumbs = [
            Crumb("All sites", "site", 0, action="back"),
            Crumb("Wall", "here", 1, joined=True),
            Crumb(f"{count:,} site{'' if count == 1 else 's'}", "text", 3),
            Crumb("" if self._marks else "space in the list chooses them", "muted", 6),
            Crumb(self._age(snapshot.poll), "muted", 4),
        ]
        self.query_one(BreadcrumbHeader).show(crumbs, snapshot.poll, demo=self._demo)

    def _age(self, poll: PollState) -> str:
        """How old the figures are, and the error if the last poll failed, or the part of it about a site."""
        if poll.error is not None:
            return str(poll.error)
        if trouble := self.query_one(SiteWall).trouble:
            return trouble
        if poll.last_success_at is None or poll.phase is Phase.STARTING:
            return ""
        return f"{format_age(self._clock.now() - poll.last_success_at)} ago"

    def on_site_wall_opened(self, message: SiteWall.Opened) -> None:
        message.stop()
        self.dismiss(message.site)

    # Keys

    def action_open(self) -> None:
        """Watch the site under the cursor live."""
        site = self.query_one(SiteWall).site
        if site is not None:
            self.dismiss(site)

    def action_unmark(self) -> None:
        """Take the site under the cursor off the wall."""
        wall = self.query_one(SiteWall)
        site = wall.site
        if site is None or site not in self._marks:
            self.notify("space in the list of sites chooses the sites of the wall.", markup=False)
            return
        self._marks.turn(site, "")
        self._sites = [one for one in self._sites if one[0] != site]
        if not self._sites:
            self.dismiss(None)
            return
        wall.set_sites(self._sites)
        self._show(self._poller.snapshot)

    def action_poll(self) -> None:
        """Poll now, also after an error that stopped polling."""
        self._poller.resume()

    def action_back(self) -> None:
        """Back to the list."""
        self.dismiss(None)
