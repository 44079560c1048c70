"""The visits screen: an overview of the period, then the single reports."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.loader import REBUILT_EVERY
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison, ReportRequest
from matomo_tui.ui.reports.evolution import EvolutionPane
from matomo_tui.ui.reports.overview import (
    ColumnsPane,
    FrequencyPane,
    OverviewPane,
    PerformancePane,
    TilesPane,
)
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.section_screen import Section, SectionContent, SectionScreen
from matomo_tui.ui.widgets.line_chart import LineChart
from matomo_tui.ui.widgets.workers import deferred

SUMMARY = "VisitsSummary.get"
WEEKDAYS = "VisitTime.getByDayOfWeek"
PARTS = {
    SUMMARY: "tiles",
    "VisitTime.getVisitInformationPerServerTime": "site-hours",
    "VisitTime.getVisitInformationPerLocalTime": "local-hours",
    WEEKDAYS: "weekdays",
    "VisitFrequency.get": "frequency",
    "PagePerformance.get": "performance",
}
"""The id of the overview pane for each report."""
ORDER = (
    "nb_visits",
    "nb_uniq_visitors",
    "nb_actions",
    "nb_actions_per_visit",
    "avg_time_on_site",
    "bounce_rate",
    "max_actions",
    "nb_users",
)
_FOUR_WEEKS = 28


class VisitsScreen(SectionScreen):
    """An overview in place of the summary's metrics, loaded in one bulk request."""

    def __init__(self, section: Section, context: ReportContext) -> None:
        super().__init__(section, context)
        self._overview: ReportRequest | None = None

    def compose_above(self) -> ComposeResult:
        """Tiles, the chart, and panes for hours, weekdays, returning visitors and performance."""
        yield TilesPane("Visits", ORDER, id="tiles")
        yield EvolutionPane(self.context.loader, self.context.annotations, id="chart")
        with Container(id="overview"):
            yield ColumnsPane("By hour, site time", suffix=":00", id="site-hours")
            yield ColumnsPane("By hour, visitors' time", suffix=":00", id="local-hours")
            yield ColumnsPane("By weekday", short=3, id="weekdays")
            yield FrequencyPane("New and returning", id="frequency")
            yield PerformancePane("Performance", id="performance")

    @property
    def begins_with_rows(self) -> bool:
        """The overview takes the place of the first report."""
        return False

    @property
    def shows_overview(self) -> bool:
        """Returns True if the overview is open."""
        return self.request is not None and self.request.report.method == SUMMARY

    def prepare(self) -> None:
        """Hide the overview until the catalogue is loaded."""
        super().prepare()
        self.set_class(False, "-overview")

    def chart_subject(self, request: ReportRequest) -> tuple[ReportRequest, str] | None:
        """The summary, at first its visits."""
        return (request, "nb_visits") if request.report.method == SUMMARY else super().chart_subject(request)

    @property
    def tiles(self) -> TilesPane:
        """The summary's metrics."""
        return self.query_one(TilesPane)

    @property
    def shown_pane(self) -> SectionContent:
        """The tiles, which stand for the whole overview."""
        return self.tiles if self.has_class("-overview") else super().shown_pane

    def load_shown(self, request: ReportRequest) -> None:
        """Load the overview. Its tiles are the summary, which needs no request of its own."""
        self.set_class(self.shows_overview, "-overview")
        if not self.shows_overview:
            super().load_shown(request)
            return
        self.metrics_pane.display = False
        if request != self._overview:
            self._overview = request
            self._request_overview()

    def cancel_requests(self) -> None:
        """Cancel all loading, the overview included."""
        if any(pane.is_waiting for pane in self._parts()):
            self._overview = None
        super().cancel_requests()

    def _parts(self) -> list[OverviewPane]:
        return [self.query_one(f"#{name}", OverviewPane) for name in PARTS.values()]

    def _request_overview(self, *, reload: bool = False) -> None:
        request = self._overview
        if request is None:
            return
        parts = self._requests(request)
        for pane, asked in parts:
            pane.ask(asked, again=reload)
        self.run_worker(deferred(self._load, request, parts, reload), group="overview", exclusive=True)

    def _requests(self, request: ReportRequest) -> list[tuple[OverviewPane, ReportRequest]]:
        """Each pane with its request; panes whose report this Matomo lacks are hidden."""
        query = request.query
        found: list[tuple[OverviewPane, ReportRequest]] = []
        for method, name in PARTS.items():
            report = self.catalogue.find(method) if self.catalogue is not None else None
            pane = self.query_one(f"#{name}", OverviewPane)
            pane.display = report is not None
            if report is None:
                continue
            alone = query.compared(Comparison.NONE)
            if method == SUMMARY:
                alone = query if query.before is not None else query.compared(Comparison.PREVIOUS)
            elif method == WEEKDAYS and isinstance(pane, ColumnsPane):
                pane.note = ""
                if query.period.kind == "day":  # one day has only one weekday
                    first = query.period.step(1 - _FOUR_WEEKS, query.period.last).first
                    alone = replace(alone, period=Period.days_between(first, query.period.last))
                    pane.note = "4 weeks"
            found.append((pane, ReportRequest(alone, report)))
        return found

    async def _load(
        self, request: ReportRequest, parts: Sequence[tuple[OverviewPane, ReportRequest]], reload: bool
    ) -> None:
        answers: Sequence[ReportPage | MatomoError]
        try:
            answers = await self.context.loader.pages([request for _, request in parts], reload=reload)
        except MatomoError as error:
            answers = [error] * len(parts)
        summary = next((answer for (pane, _), answer in zip(parts, answers, strict=True) if pane is self.tiles), None)
        # Where the summary has visits, an empty part is really empty: a site may have no page timings.
        live_visits = self.live_visits if _has_no_visits(summary) else 0
        for (pane, _), answer in zip(parts, answers, strict=True):
            pane.show(_explained(answer, summary), live_visits)
        for (pane, asked), answer in zip(parts, answers, strict=True):
            # A report of more days than the summary: ask only if it is empty whether those days had visits.
            if isinstance(answer, ReportPage) and not answer.rows and asked.query.period != request.query.period:
                with suppress(MatomoError):  # the pane shows already that there is nothing
                    pane.show(await self.context.loader.page(asked))

    def reload_shown(self) -> None:
        """Load the whole overview again if it is open."""
        if self.shows_overview:
            self._request_overview(reload=True)
        else:
            super().reload_shown()

    def retry_failed(self) -> None:
        """Load the overview again if a part of it failed; and other panes that did."""
        if self.has_catalogue and any(isinstance(pane, OverviewPane) for pane in self.failed_panes):
            self._request_overview(reload=True)
        super().retry_failed()

    def update_shown_age(self) -> None:
        """Reload the overview once Matomo can have new figures."""
        if not self.shows_overview:
            super().update_shown_age()
            return
        if self.tiles.is_waiting:
            return  # for these figures or for others: another request would only cancel that one
        page = self.tiles.page if not self.tiles.has_failed else None
        if page is not None and page.any_growing and self.context.loader.age(page.asked_at) >= REBUILT_EVERY:
            self._request_overview(reload=True)

    def _focusable(self) -> list[Widget]:
        if not self.shows_overview or self.has_class("-list"):
            return super()._focusable()
        return [self.query_one("#chart LineChart", LineChart), self.list_pane.table]


def _has_no_visits(summary: ReportPage | MatomoError | None) -> bool:
    return isinstance(summary, ReportPage) and (summary.only is None or not summary.only.number("nb_visits"))


def _explained(answer: ReportPage | MatomoError, summary: ReportPage | MatomoError | None) -> ReportPage | MatomoError:
    """``answer`` with the number of visits from ``summary``, which decides what an empty part says. For a part of more
    days than the summary only a number above 0 is conclusive."""
    if (
        not isinstance(answer, ReportPage)
        or answer.single
        or not isinstance(summary, ReportPage)
        or summary.only is None
    ):
        return answer
    visits = summary.only.number("nb_visits")
    same = answer.request.query.period == summary.request.query.period
    return replace(answer, visits=int(visits)) if visits is not None and (visits or same) else answer
