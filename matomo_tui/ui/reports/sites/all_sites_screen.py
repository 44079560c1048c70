"""The all-sites screen: the chosen period's figures and those of now, the wall, and a key that opens a site live."""

from __future__ import annotations

from msgspec.structs import replace
from textual import events, on
from textual.widget import Widget

from matomo_tui.api import sites
from matomo_tui.live.sites_poller import INTERVAL, SitesPoller, SitesSnapshot
from matomo_tui.live.snapshot import Phase, PollState
from matomo_tui.ui.reports.remembered_columns import remembered_of
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.section_layout import query_crumbs
from matomo_tui.ui.reports.sections import Section
from matomo_tui.ui.reports.single_pane_screen import SinglePaneScreen
from matomo_tui.ui.reports.sites.all_sites import AllSitesPane
from matomo_tui.ui.reports.sites.marked_sites import MarkedSites
from matomo_tui.ui.reports.sites.wall_screen import WallScreen
from matomo_tui.ui.widgets.breadcrumbs import Crumb
from matomo_tui.ui.widgets.section_tabs import numbered
from matomo_tui.ui.widgets.visibility import is_visible


class AllSitesScreen(SinglePaneScreen):
    """The figures of all sites, under the period and segment of the other sections."""

    PANE = AllSitesPane
    CSS_PATH = "../section.tcss"

    def __init__(self, section: Section, context: ReportContext) -> None:
        super().__init__(section, context)
        settings, client = context.session.settings, context.session.client
        self.poller = SitesPoller(client, context.clock, interval=max(INTERVAL, settings.interval))
        """Polls the sites in view, or those on the wall; it pauses while neither is on the screen."""
        self.poller.subscribe(self._polled)
        self.marks = MarkedSites(remembered_of(self.app), settings.profile or context.session.address)

    def make_pane(self) -> AllSitesPane:
        """Create the pane, which loads many sites page by page."""
        context = self.context
        return AllSitesPane(
            context.loader, lambda: len(context.access.sites), self.poller, self.marks, context.clock.now
        )

    def _polled(self, _snapshot: SitesSnapshot) -> None:
        if is_visible(self):
            self._draw_crumbs()

    @on(events.ScreenResume)
    def _poll(self) -> None:
        for pane in self.query(AllSitesPane):
            pane.watch_now(True)

    @on(events.ScreenSuspend)
    def _pause(self) -> None:
        if self not in self.app.screen_stack or not is_visible(self):
            for pane in self.query(AllSitesPane):
                pane.watch_now(False)

    def token_replaced(self) -> None:
        """Poll on, also for the wall."""
        self.poller.resume(accepted=True)

    @property
    def poll(self) -> PollState:
        """The state of the live connection, which is not said to be live over figures of earlier."""
        poll, pane = super().poll, self.query_one_optional(AllSitesPane)
        if poll.phase is Phase.LIVE and pane is not None and pane.awaits_live:
            return replace(poll, phase=Phase.STALE)
        return poll

    def crumbs(self) -> list[Crumb]:
        """Section and query, without a site."""
        title = numbered(self, self.section.name, self.section.title)
        return query_crumbs([title], self.context.query, self.context.segment_text())

    def _focusable(self) -> list[Widget]:
        return [self.query_one(AllSitesPane).focus_target]

    def go_back(self) -> bool:
        """Leave what a key asked for, then the search. Returns False if there is neither."""
        return super().go_back() or self.query_one(AllSitesPane).clear_search()

    def on_all_sites_pane_wall_requested(self, message: AllSitesPane.WallRequested) -> None:
        """Show the wall above the list."""
        message.stop()
        context, query = self.context, self.context.query

        def chosen(site_id: int | None) -> None:
            if site_id is not None:
                self._open(site_id)

        screen = WallScreen(
            self.poller,
            context.clock,
            message.sites,
            self.marks,
            segment=query.segment,
            demo=context.session.settings.demo,
        )
        self.app.push_screen(screen, chosen)

    def on_all_sites_pane_opened(self, message: AllSitesPane.Opened) -> None:
        """Open the site on the live screen."""
        message.stop()
        self._open(message.site_id)

    def _open(self, site_id: int) -> None:
        self.shown_pane.request(self._open_live, site_id)

    async def _open_live(self, site_id: int) -> None:
        site = await self.context.session.client.call(sites.get_site_from_id(site_id))
        if not self.is_active:
            return
        if site.id != self.context.query.site.id:
            self.context.set_query(self.context.query.of(site))
        self.context.on_go_live("")
