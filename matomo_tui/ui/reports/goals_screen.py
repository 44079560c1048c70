"""The goals screen: all goals, single goals, orders, carts and products."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.catalogue import Report
from matomo_tui.reports.query import Comparison, ReportRequest
from matomo_tui.ui.reports.evolution import EvolutionPane
from matomo_tui.ui.reports.goal_table import CONVERSIONS, GoalTable
from matomo_tui.ui.reports.overview import ColumnsPane
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.section_screen import Section, SectionContent, SectionScreen
from matomo_tui.ui.widgets.screens import TINY
from matomo_tui.ui.widgets.visibility import is_visible
from matomo_tui.ui.widgets.workers import deferred

GOALS = "Goals.get"
PARTS = {"Goals.getDaysToConversion": "days", "Goals.getVisitsUntilConversion": "visits"}
"""The id of the pane for each report about the goal under the cursor."""


class GoalsScreen(SectionScreen):
    """A list of goals in place of their totals. The charts below show the goal under the cursor."""

    def __init__(self, section: Section, context: ReportContext) -> None:
        super().__init__(section, context)
        self._goal: Report | None = None
        self._detail: tuple[ReportRequest, Report] | None = None

    def compose_above(self) -> ComposeResult:
        """The list of goals; for the goal under the cursor its evolution, and the time and visits to conversion."""
        yield GoalTable(self.context.loader, id="goals")
        yield EvolutionPane(self.context.loader, self.context.annotations, id="chart")
        with Container(id="overview"):
            yield ColumnsPane("Days to conversion", CONVERSIONS, id="days")
            yield ColumnsPane("Visits to conversion", CONVERSIONS, id="visits")

    @property
    def begins_with_rows(self) -> bool:
        """The list of goals takes the place of the first report."""
        return False

    @property
    def shows_overview(self) -> bool:
        """Returns True if the list of goals is open, and not a single goal."""
        report = self.request.report if self.request is not None else None
        return report is not None and report.method == GOALS and not report.goal_id

    @property
    def goals(self) -> GoalTable:
        """The list of goals."""
        return self.query_one(GoalTable)

    def chart_subject(self, request: ReportRequest) -> tuple[ReportRequest, str] | None:
        """The report of the goal under the cursor."""
        if self.shows_overview and self._goal is not None:
            return ReportRequest(request.query, self._goal), ""
        return super().chart_subject(request)

    @property
    def shown_pane(self) -> SectionContent:
        """The list of goals if it is open."""
        return self.goals if self.has_class("-overview") else super().shown_pane

    def _share_height(self) -> None:
        """Give the chart what the list of goals leaves."""
        super()._share_height()
        self.goals.styles.max_height = None if self.maximized is not None else self.goals.wanted_height

    def load_shown(self, request: ReportRequest) -> None:
        """Load the list of goals. Its first line has the totals, so they need no request of their own."""
        self.set_class(self.shows_overview, "-overview")
        if not self.shows_overview or self.catalogue is None:
            super().load_shown(request)
            return
        self.metrics_pane.display = False
        found = [one for one in self.reports_of(self.catalogue) if one.method == GOALS and one.goal_id != "0"]
        if self._goal not in found:
            self._goal = found[0]
        self.goals.show(found, request.query)
        self._request_detail(request)

    def on_goal_table_rested(self, message: GoalTable.Rested) -> None:
        """Chart another goal; if the screen was left meanwhile, when it is shown again."""
        message.stop()
        self._goal = message.report
        if self.request is not None and self.has_catalogue and self.shows_overview and is_visible(self):
            self.report_shown(self.request)
            self._request_detail(self.request)

    def on_goal_table_opened(self, message: GoalTable.Opened) -> None:
        """Open one goal by itself."""
        message.stop()
        self.open_report(message.report)

    def show_start(self) -> bool:
        """Show the list of goals. Returns False if it is shown, or no single goal, or if there is no room for it."""
        request, catalogue = self.request, self.catalogue
        if request is None or catalogue is None or request.report.method != GOALS or self.shows_overview:
            return False
        if self.has_class(TINY):
            return False
        overview = next((one for one in self.reports_of(catalogue) if one.method == GOALS and not one.goal_id), None)
        if overview is not None:
            self.open_report(overview)
        return overview is not None

    def _request_detail(self, request: ReportRequest, *, reload: bool = False) -> None:
        goal = self._goal
        if goal is None or ((request, goal) == self._detail and not reload):
            return
        self._detail = (request, goal)
        parts = self._detail_requests(request, goal)
        for pane, asked in parts:
            pane.ask(asked, again=reload)
        self.run_worker(deferred(self._load_detail, parts, reload), group="overview", exclusive=True)

    def cancel_requests(self) -> None:
        """Cancel all loading, the details of the goal included."""
        if any(self.query_one(f"#{name}", ColumnsPane).is_waiting for name in PARTS.values()):
            self._detail = None
        super().cancel_requests()

    def _detail_requests(self, request: ReportRequest, goal: Report) -> list[tuple[ColumnsPane, ReportRequest]]:
        """Each pane about ``goal`` with its request; panes whose report this Matomo lacks are hidden."""
        query = request.query.compared(Comparison.NONE)
        parts = []
        for method, name in PARTS.items():
            pane = self.query_one(f"#{name}", ColumnsPane)
            report = self.catalogue.find(method, **dict(goal.parameters)) if self.catalogue is not None else None
            pane.display = report is not None
            if report is not None:
                parts.append((pane, ReportRequest(query, report)))
        return parts

    async def _load_detail(self, parts: Sequence[tuple[ColumnsPane, ReportRequest]], reload: bool) -> None:
        try:
            answers = (
                list(await self.context.loader.pages([request for _, request in parts], reload=reload)) if parts else []
            )
        except MatomoError as error:
            answers = [error] * len(parts)
        for (pane, _), answer in zip(parts, answers, strict=True):
            pane.show(answer)

    def reload_shown(self) -> None:
        """Load the list of goals and the details of the one under the cursor again."""
        if self.shows_overview and self.request is not None:
            self.goals.reload()
            self._request_detail(self.request, reload=True)
        else:
            super().reload_shown()

    def retry_failed(self) -> None:
        """Load the panes that failed again; those about the goal under the cursor come together."""
        request = self.request if self.has_catalogue else None
        if request is not None and any(isinstance(pane, ColumnsPane) for pane in self.failed_panes):
            self._request_detail(request, reload=True)
        super().retry_failed()

    def update_shown_age(self) -> None:
        """Update the age of the list of goals if it is open."""
        if self.shows_overview:
            self.goals.update_age()
        else:
            super().update_shown_age()

    def _focusable(self) -> list[Widget]:
        if not self.shows_overview or self.has_class("-list"):
            return super()._focusable()
        return [self.goals.table, self.list_pane.table]
