"""What changed: the movers and shakers of the chosen period."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.desk import Place
from matomo_tui.ui.panes.changed import ChangedPane
from matomo_tui.ui.panes.section_header import SectionHeader
from matomo_tui.ui.screens.section import SECTIONS, SectionScreen
from matomo_tui.ui.widgets.keybar import KeyBar
from matomo_tui.ui.working import later


class ChangedScreen(SectionScreen):
    """One pane, of whatever period, segment and site the other sections show."""

    def compose(self) -> ComposeResult:
        yield SectionHeader(id="crumbs")
        with Container(id="section"):
            yield ChangedPane(self.desk.loader, id="changed")
        yield Static(id="small", markup=False)
        yield KeyBar(id="keys")

    @property
    def shown_pane(self) -> ChangedPane:
        """The one pane there is."""
        return self.query_one(ChangedPane)

    def prepare(self) -> None:
        """There is nothing to hide."""

    def follow(self, place: Place) -> None:
        """Show what changed under the desk's query."""
        if place.section != self.section.name:
            self.desk.visit(self.section.name, None)
        self._draw_crumbs()
        self.shown_pane.show_query(self.desk.query)
        self.refresh_bindings()
        self.call_after_refresh(self.keep_focus)

    def _focusable(self) -> list[Widget]:
        return [self.shown_pane.table]

    def go_back(self) -> bool:
        """There is nothing to leave but the section."""
        return False

    def action_reload(self) -> None:
        """Ask Matomo again."""
        self.shown_pane.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What a list of changes has no use for."""
        if action in ("show_list", "export", "compare"):
            return False
        return super().check_action(action, parameters)

    def on_changed_pane_narrow(self, message: ChangedPane.Narrow) -> None:
        """Only those visits, everywhere."""
        message.stop()
        self.desk.narrow(message.segment)

    def on_changed_pane_opened(self, message: ChangedPane.Opened) -> None:
        """The report in the section that it belongs to."""
        message.stop()
        self.run_worker(later(self._open, message.report), group="open", exclusive=True)

    async def _open(self, name: str) -> None:
        try:
            catalogue = await self.desk.catalogue(self.desk.query.site.id)
        except MatomoError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        report = next((one for one in catalogue if one.name.casefold() == name.casefold()), None)
        if report is None:
            self.notify(f"This Matomo has no report called {name}.", timeout=3, markup=False)
            return
        panes = [section for section in SECTIONS if section.pane is not None]
        home = next((one.name for one in panes if one.pane and report in catalogue.pane(one.pane)), "all")
        self.desk.open(home, ReportRequest(self.desk.query, report))
