"""All sites: each on a line for the period that the desk shows, and one key from being watched live."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.api import sites
from matomo_tui.api.errors import MatomoError
from matomo_tui.ui.desk import Place
from matomo_tui.ui.panes.all_sites import AllSitesPane
from matomo_tui.ui.panes.section_header import Crumb, SectionHeader, path_crumbs
from matomo_tui.ui.screens.section import SectionScreen
from matomo_tui.ui.widgets.keybar import KeyBar
from matomo_tui.ui.working import later


class AllSitesScreen(SectionScreen):
    """One pane, of whatever period and segment the other sections show."""

    def compose(self) -> ComposeResult:
        yield SectionHeader(id="crumbs")
        with Container(id="section"):
            yield AllSitesPane(self.desk.loader, id="sites")
        yield Static(id="small", markup=False)
        yield KeyBar(id="keys")

    @property
    def shown_pane(self) -> AllSitesPane:
        """The one pane there is."""
        return self.query_one(AllSitesPane)

    def prepare(self) -> None:
        """There is nothing to hide."""

    def follow(self, place: Place) -> None:
        """Show the sites under the desk's query."""
        if place.section != self.section.name:
            self.desk.visit(self.section.name, None)
        self._draw_crumbs()
        self.shown_pane.show_query(self.desk.query)
        self.refresh_bindings()
        self.call_after_refresh(self.keep_focus)

    def crumbs(self) -> list[Crumb]:
        """No one site stands above all of them."""
        query = self.desk.query
        found = [*path_crumbs([self.section.title]), Crumb(query.period.label(), "text", 3, least=10)]
        if query.segment:
            found.append(Crumb(self.desk.segment_words(), "only", 2, least=10))
        return found

    def _focusable(self) -> list[Widget]:
        return [self.shown_pane.table]

    def go_back(self) -> bool:
        """Out of the search."""
        return self.shown_pane.clear_search()

    def action_reload(self) -> None:
        """Ask Matomo again."""
        self.shown_pane.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What a list of sites has no use for."""
        if action in ("show_list", "export", "compare"):
            return False
        return super().check_action(action, parameters)

    def on_all_sites_pane_opened(self, message: AllSitesPane.Opened) -> None:
        """Watch the site live."""
        message.stop()
        self.run_worker(later(self._watch, message.site_id), group="watch", exclusive=True)

    async def _watch(self, site_id: int) -> None:
        try:
            site = await self.desk.session.client.call(sites.get_site_from_id(site_id))
        except MatomoError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if site.id != self.desk.query.site.id:
            self.desk.ask(self.desk.query.of(site))
        self.desk.go_live()
