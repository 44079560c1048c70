"""The all-sites screen: the chosen period's figures, and a key that opens a site live."""

from __future__ import annotations

from textual.widget import Widget

from matomo_tui.api import sites
from matomo_tui.api.errors import MatomoError
from matomo_tui.ui.reports.all_sites import AllSitesPane
from matomo_tui.ui.reports.section_layout import query_crumbs
from matomo_tui.ui.reports.single_pane_screen import SinglePaneScreen
from matomo_tui.ui.reports.site_activity import SiteActivity
from matomo_tui.ui.widgets.breadcrumbs import Crumb
from matomo_tui.ui.widgets.section_tabs import numbered
from matomo_tui.ui.widgets.workers import deferred


class AllSitesScreen(SinglePaneScreen):
    """The figures of all sites, under the period and segment of the other sections."""

    PANE = AllSitesPane

    def make_pane(self) -> AllSitesPane:
        """Create the pane, which loads many sites page by page."""
        activity = SiteActivity(self.context.session.client, self.context.clock.now)
        return AllSitesPane(self.context.loader, lambda: len(self.context.access.sites), activity)

    def crumbs(self) -> list[Crumb]:
        """Section and query, without a site."""
        title = numbered(self, self.section.name, self.section.title)
        return query_crumbs([title], self.context.query, self.context.segment_text())

    def _focusable(self) -> list[Widget]:
        return [self.query_one(AllSitesPane).focus_target]

    def go_back(self) -> bool:
        """Leave the search. Returns True if there was one."""
        return self.query_one(AllSitesPane).clear_search()

    def on_all_sites_pane_opened(self, message: AllSitesPane.Opened) -> None:
        """Open the site on the live screen."""
        message.stop()
        self.run_worker(deferred(self._open_live, message.site_id), group="open", exclusive=True)

    async def _open_live(self, site_id: int) -> None:
        try:
            site = await self.context.session.client.call(sites.get_site_from_id(site_id))
        except MatomoError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if site.id != self.context.query.site.id:
            self.context.set_query(self.context.query.of(site))
        self.context.on_go_live("")
