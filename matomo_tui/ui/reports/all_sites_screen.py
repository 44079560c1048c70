"""The all-sites screen: the chosen period's figures, and a key that opens a site live."""

from __future__ import annotations

from matomo_tui.api import sites
from matomo_tui.api.errors import MatomoError
from matomo_tui.ui.reports.all_sites import AllSitesPane
from matomo_tui.ui.reports.single_pane_screen import SinglePaneScreen
from matomo_tui.ui.widgets.breadcrumbs import Crumb, path_crumbs
from matomo_tui.ui.widgets.workers import deferred


class AllSitesScreen(SinglePaneScreen):
    """One pane, of whatever period and segment the other sections show."""

    PANE = AllSitesPane

    def make_pane(self) -> AllSitesPane:
        """It has to know of how many sites it is."""
        return AllSitesPane(self.context.loader, lambda: len(self.context.access.sites))

    def crumbs(self) -> list[Crumb]:
        """No one site stands above all of them."""
        query = self.context.query
        found = [*path_crumbs([self.section.title]), Crumb(query.period.label(), "text", 3, least=10)]
        if query.segment:
            found.append(Crumb(self.context.segment_text(), "only", 2, least=10))
        return found

    def go_back(self) -> bool:
        """Out of the search."""
        return self.query_one(AllSitesPane).clear_search()

    def on_all_sites_pane_opened(self, message: AllSitesPane.Opened) -> None:
        """Watch the site live."""
        message.stop()
        self.run_worker(deferred(self._watch, message.site_id), group="watch", exclusive=True)

    async def _watch(self, site_id: int) -> None:
        try:
            site = await self.context.session.client.call(sites.get_site_from_id(site_id))
        except MatomoError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if site.id != self.context.query.site.id:
            self.context.set_query(self.context.query.of(site))
        self.context.on_go_live("")
