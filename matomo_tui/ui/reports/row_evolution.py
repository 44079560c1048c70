"""The row evolution screen: one or several rows over time, with summary figures."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import BindingType

from matomo_tui.api.errors import MatomoError
from matomo_tui.live.snapshot import LiveSnapshot, PollState
from matomo_tui.page_url import shown
from matomo_tui.reports import values
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.report_calls import alone
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.chart_data import ChartSubject, LoadedChart, load_chart
from matomo_tui.ui.reports.evolution import EvolutionPane
from matomo_tui.ui.reports.report_columns import change_cell, figure
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.section_layout import query_crumbs
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader
from matomo_tui.ui.widgets.key_footer import BACK, KeyFooter
from matomo_tui.ui.widgets.line_chart import MOST_CURVES, ChartData
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.retries import Retries, RetryingScreen
from matomo_tui.ui.widgets.screens import TabbedScreen
from matomo_tui.ui.widgets.section_tabs import SectionTabs
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

COLUMNS = (
    Column("name", "", 18, flex=3, most=60),
    Column("last", "Last", 12, align="right"),
    Column("change", "Since the first", 16, align="right"),
    Column("low", "Lowest", 11, align="right", hides=1),
    Column("high", "Highest", 11, align="right", hides=2),
    Column("mean", "Average", 11, align="right", hides=3),
)


class SeriesSummary(Struct, frozen=True):
    """Summary figures of a curve over its complete periods; ``None`` if no figure is known."""

    first: float | None
    last: float | None
    low: float | None
    high: float | None
    mean: float | None


def summarize(data: ChartData, curve: int) -> SeriesSummary:
    """First, last, lowest, highest and average value of a curve (by index); an unfinished last period is left out."""
    line = data.curves[curve].values
    over = line[:-1] if curve < data.open_curves and len(line) > 1 else line
    known = [value for value in over if value is not None]
    if not known:
        return SeriesSummary(None, None, None, None, None)
    mean = sum(known) / len(known)
    return SeriesSummary(known[0], known[-1], min(known), max(known), mean if isfinite(mean) else None)


class SummaryPane(AsyncPane):
    """Summary figures: a line for each metric of one row, or for each of several rows."""

    TITLE = "Summary"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._table: VirtualTable[str] = VirtualTable(COLUMNS, header=True, spacing=2)

    def compose_content(self) -> ComposeResult:
        yield self._table

    @property
    def table(self) -> VirtualTable[str]:
        """The widget that takes the focus."""
        return self._table

    def show(self, lines: Sequence[tuple[str, str, LoadedChart, int]], open_key: str) -> None:
        """Draw ``lines``: key, name, chart and index of the curve of each. The line of ``open_key`` is highlighted."""
        self.end_request()
        self.set_state(PaneState.CONTENT)
        self._table.set_rows(ListRows([self._row(*line, here=line[0] == open_key) for line in lines]))
        self.styles.height = len(lines) + 2
        self.set_title(_periods_text(lines[0][2].data) if lines else "")

    def _row(self, key: str, words: str, found: LoadedChart, curve: int, *, here: bool) -> Row[str]:
        summary, kind, currency = summarize(found.data, curve), found.column.type, found.data.currency
        change = values.change(found.column.key, summary.last, summary.first)
        glyphs = glyphs_of(self)

        def cell(value: float | None, *, strong: bool = False) -> Cell:
            return ((figure(value, kind, currency, found.column.key) or glyphs.dash, "strong" if strong else ""),)

        return Row(
            key,
            (
                ((words, "accent" if here else ""),),
                cell(summary.last, strong=True),
                change_cell(change, is_new=False, kind=kind, glyphs=glyphs),
                cell(summary.low),
                cell(summary.high),
                cell(
                    round(summary.mean)
                    if kind == "number" and summary.mean is not None and summary.mean >= 100
                    else summary.mean
                ),
            ),
        )

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        """Chart the metric double-clicked."""
        event.stop()
        if isinstance(self.screen, RowEvolutionScreen):
            self.screen.action_chart()


def _periods_text(data: ChartData) -> str:
    """The periods summarized: ``12 days``, ``11 weeks that are over``."""
    count = len(data.periods) - bool(data.open_curves)
    kind = data.periods[0].kind if data.periods else "day"
    return f"{count} {kind}{'' if count == 1 else 's'}{' that are over' if data.open_curves else ''}"


class RowEvolutionScreen(TabbedScreen[None], RetryingScreen):
    """The evolution of rows of a report. ``paths`` has for each row its labels from the top level down, as the server
    sent them; the first six rows are charted."""

    DEFAULT_CSS = """
    RowEvolutionScreen { layout: vertical; overflow: hidden; }
    RowEvolutionScreen EvolutionPane { height: 3fr; min-height: 9; margin: 0 1; }
    RowEvolutionScreen SummaryPane { height: 2fr; max-height: 40%; margin: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("row evolution")]
    AUTO_FOCUS = ""

    def __init__(
        self,
        context: ReportContext,
        request: ReportRequest,
        paths: Sequence[Sequence[str]],
        poll: PollState | None = None,
    ) -> None:
        super().__init__()
        self.context = context
        self._subject = ChartSubject(request, tuple(tuple(path) for path in paths)[:MOST_CURVES])
        self._wanted = len(paths)
        self._poll = poll or PollState()
        self._chart = EvolutionPane(context.loader, context.annotations)
        self._summary = SummaryPane()
        self.retries = Retries(
            lambda: self._chart.has_failed, lambda: self._chart.is_waiting, self._chart.retry, context.clock.monotonic
        )
        self.retries.show_live(self._poll.phase)

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader()
        yield self._chart
        yield self._summary
        yield SectionTabs("")
        yield KeyFooter(keep=BACK)

    def on_mount(self) -> None:
        """Draw the breadcrumbs and load the chart."""
        request, paths = self._subject.request, self._subject.paths
        self._draw_crumbs()
        sort = request.sorted_by
        self._chart.show(request, sort.column if sort is not None else "", paths)
        self.call_after_refresh(self._chart.focus_content)

    def show_live(self, snapshot: LiveSnapshot) -> None:
        """Show the state of the live connection; once that is good again, load the chart if that failed meanwhile."""
        self._poll = snapshot.poll
        self._draw_crumbs()
        self.follow_phase(snapshot.poll.phase)

    def _draw_crumbs(self) -> None:
        request, paths = self._subject.request, self._subject.paths
        names = [sanitize(request.query.site.name), request.report.name]
        names += [shown(label).strip() for label in paths[0]] if len(paths) == 1 else [self._count_text()]
        crumbs = query_crumbs(names, request.query, self.context.segment_text())
        demo = self.context.session.settings.demo
        for header in self.query(BreadcrumbHeader):  # not there yet, or gone already
            header.show(crumbs, self._poll, demo=demo)

    def _count_text(self) -> str:
        """``3 rows``, ``6 of 8 rows``."""
        count = len(self._subject.paths)
        return f"{count} rows" if count == self._wanted else f"{count} of {self._wanted} rows"

    def on_evolution_pane_drawn(self, message: EvolutionPane.Drawn) -> None:
        """Draw the summary of the chart."""
        message.stop()
        found = message.chart
        if len(self._subject.paths) > 1:
            curves = enumerate(found.data.curves)
            self._summary.show([(curve.name, f"{n + 1} {curve.name}", found, n) for n, curve in curves], "")
        else:
            self.run_worker(deferred(self._all_metrics, found), group="summary", exclusive=True)

    async def _all_metrics(self, drawn: LoadedChart) -> None:
        """Draw every metric of the single row that Matomo sends over time. They are in the answer for the chart; only
        the columns of goals cost another request."""
        lines = []
        try:
            for column in self._subject.columns:
                found = await self._metric(column, drawn)
                if found.empty_text and column.key != drawn.column.key:
                    continue
                lines.append((column.key, column.name, found, 0))
        except MatomoError as error:
            self._summary.fail(error)
            return
        self._summary.show(lines, drawn.column.key)

    async def _metric(self, column: ReportColumn, drawn: LoadedChart) -> LoadedChart:
        if column.key == drawn.column.key:
            return drawn
        subject = ChartSubject(alone(self._subject.request), self._subject.paths)
        return await load_chart(self.context.loader, subject, column)

    def on_async_pane_state_changed(self, message: AsyncPane.StateChanged) -> None:
        """Keep the focus in the chart."""
        message.stop()
        if self.focused is None:
            self.call_after_refresh(self._chart.focus_content)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Enable charting a metric in the table of one row's metrics."""
        return self._summary.table.has_focus and len(self._subject.paths) == 1 if action == "chart" else True

    def action_chart(self) -> None:
        """Chart the metric under the cursor."""
        key = self._summary.table.cursor_key
        if key is not None and len(self._subject.paths) == 1:
            self._chart.show(self._subject.request, key, self._subject.paths)

    def action_reload(self) -> None:
        """Load the chart again from Matomo."""
        self.context.loader.resume()
        self._chart.reload()
