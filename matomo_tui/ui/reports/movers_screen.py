"""The movers-and-shakers screen of the chosen period."""

from __future__ import annotations

from textual.app import ComposeResult

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.query import Comparison, ReportRequest
from matomo_tui.ui.reports.evolution import EvolutionPane
from matomo_tui.ui.reports.movers import ChangedPane
from matomo_tui.ui.reports.section_screen import SECTIONS
from matomo_tui.ui.reports.single_pane_screen import SinglePaneScreen
from matomo_tui.ui.widgets.workers import deferred

VISITS = "VisitsSummary.get"
LEAST_CHART = 10
"""Lines that the chart below the changes has at least."""


class ChangedScreen(SinglePaneScreen):
    """The changes under the period, segment and site of the other sections; where there is room, below them the visits
    over time, which the changes are measured against."""

    PANE = ChangedPane
    _alone: ChangedPane | EvolutionPane | None = None
    """The pane that is shown alone."""

    def make_pane(self) -> ChangedPane:
        """Create the pane."""
        return ChangedPane(self.context.loader)

    def compose_below(self) -> ComposeResult:
        """The visits over time."""
        yield EvolutionPane(self.context.loader, self.context.annotations, id="chart")

    def prepare(self) -> None:
        """Begin without the chart."""
        self.query_one(EvolutionPane).display = False

    def on_changed_pane_drawn(self, message: ChangedPane.Drawn) -> None:
        """Show the chart if the changes leave room for it."""
        message.stop()
        self._share_lines()

    def resized(self) -> None:
        super().resized()
        self._share_lines()

    def _share_lines(self) -> None:
        for pane, chart in zip(self.query(ChangedPane), self.query(EvolutionPane), strict=True):
            wanted, height = pane.wanted_height, self.query_one("#section").size.height
            fits = wanted is not None and wanted <= height - LEAST_CHART
            both = fits and self._alone is None
            pane.display, chart.display = self._alone is not chart, both or self._alone is chart
            pane.styles.height = wanted if both else None
            chart.styles.height = "1fr"
            if chart.display:
                self.run_worker(deferred(self._show_chart, chart), group="chart", exclusive=True)

    def action_whole_pane(self) -> None:
        """Show only the pane with the focus, or both again."""
        chart = self.query_one(EvolutionPane)
        in_chart = self.focused is not None and chart in self.focused.ancestors
        self._alone = None if self._alone is not None else chart if in_chart else self.query_one(ChangedPane)
        self._share_lines()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A pane can be shown alone while there are two."""
        if action == "whole_pane":
            return self._alone is not None or any(chart.display for chart in self.query(EvolutionPane))
        return super().check_action(action, parameters)

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible here; ``None`` if there is no particular reason."""
        return "There is no other pane now." if action == "whole_pane" else super().refusal(action)

    async def _show_chart(self, chart: EvolutionPane) -> None:
        query = self.context.query.compared(Comparison.NONE)
        try:
            report = (await self.context.catalogue(query.site.id)).find(VISITS)
        except MatomoError:
            report = None  # the changes are there; what fails shows where the reports are
        if report is not None:
            chart.show(ReportRequest(query, report), "nb_visits")
        else:
            chart.display = False

    def on_changed_pane_narrow(self, message: ChangedPane.Narrow) -> None:
        """Add the row's segment to the query of all sections."""
        message.stop()
        self.context.add_segment(message.segment)

    def on_changed_pane_opened(self, message: ChangedPane.Opened) -> None:
        """Open the report in its section."""
        message.stop()
        self.shown_pane.request(self._open, message.report)

    async def _open(self, name: str) -> None:
        catalogue = await self.context.catalogue(self.context.query.site.id)
        if not self.is_active:
            return
        report = next((one for one in catalogue if one.name.casefold() == name.casefold()), None)
        if report is None:
            self.notify(f"This Matomo has no report called {name}.", timeout=3, markup=False)
            return
        panes = [section for section in SECTIONS if section.pane is not None]
        home = next((one.name for one in panes if one.pane and report in catalogue.pane(one.pane)), "all")
        self.context.open_request(home, ReportRequest(self.context.query, report), came_from=self.section.name)
