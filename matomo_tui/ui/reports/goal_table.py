"""The table of all goals, orders and abandoned carts, each with a sparkline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from msgspec import Struct, structs
from textual.app import ComposeResult
from textual.binding import BindingType

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow
from matomo_tui.reports import computed_metrics, values
from matomo_tui.reports.catalogue import Report
from matomo_tui.reports.loader import REBUILT_EVERY, ReportLoader
from matomo_tui.reports.pages import ReportPage, Series
from matomo_tui.reports.query import Comparison, Query, ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import money, percent
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.drawing.plotting import squeeze
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.metrics import table_of
from matomo_tui.ui.reports.report_columns import CHANGE_WIDTH, change_cell, figure, with_cents
from matomo_tui.ui.reports.report_title import compared_with
from matomo_tui.ui.widgets.async_pane import AsyncPane, age_words
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.pane import FAILED, PaneState, state_of
from matomo_tui.ui.widgets.table.columns import Cell, Column, Plain
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.visibility import is_visible
from matomo_tui.ui.widgets.workers import deferred

COLUMNS = (
    Column("name", "Goal", 16, flex=3, most=40),
    Column("conversions", "Conversions", 11, align="right"),
    Column("change", "Change", CHANGE_WIDTH, align="right", hides=2),
    Column("rate", "Rate", 7, align="right"),
    Column("revenue", "Revenue", 11, align="right"),
    Column("course", "", 10, flex=2, most=40, hides=1),
)
CONVERSIONS, RATE, REVENUE = "nb_conversions", "conversion_rate", "revenue"
ABANDONED = "ecommerceAbandonedCart"
"""The id of the goal for abandoned carts, of which fewer are better."""
REST = 0.25
"""Seconds without moving the cursor before the details of its goal are loaded."""
SETTLED = 0.1
"""Seconds without scrolling before the sparklines in view are loaded: each costs a request."""
_AROUND_ROWS = 3
LEAST_SPAN = 0.2
"""Smallest range of a sparkline, as a fraction of its highest value."""


class GoalHistory(Struct, frozen=True):
    """A sparkline of a goal's conversions. Equal objects draw equal cells.

    The sparkline spans the goal's own lowest and highest value, so that its course is visible, but at least
    ``LEAST_SPAN`` of the highest value, so that a small change looks small. The highest block is never used: it would
    touch the line above.
    """

    line: tuple[float | None, ...]
    """Conversions of each period, oldest first; ``None`` if unknown."""
    signs: str
    """The blocks from low to high."""

    def __call__(self, width: int) -> Plain:
        """The sparkline in ``width`` cells."""
        line = squeeze(self.line, width)
        known = [value for value in line if value is not None]
        top = max(known, default=0.0)
        low = max(0.0, top - max(top - min(known, default=0.0), top * LEAST_SPAN))
        return (("".join(self._sign(value, low, top) for value in line), "accent"),)

    def _sign(self, value: float | None, low: float, top: float) -> str:
        if value is None or not top:
            return " " if value is None else self.signs[0]
        return self.signs[max(1 if value else 0, round((value - low) / (top - low) * (len(self.signs) - 2)))]


class GoalTable(AsyncPane):
    """A line for each goal: conversions and their change, rate, revenue, and a sparkline."""

    TITLE = "Goals"
    TELLS_WAIT = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("goal list")]

    class Rested(FieldMessage):
        """The cursor rests on the goal of ``report``."""

        report: Report

    class Opened(FieldMessage):
        """The user opened the goal of ``report``."""

        report: Report

    def __init__(self, loader: ReportLoader, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._loader = loader
        self._table: VirtualTable[str] = VirtualTable(COLUMNS, header=True, spacing=2)
        self._reports: tuple[Report, ...] = ()
        self._query: Query | None = None
        self._pages: dict[str, ReportPage | MatomoError] = {}
        self._series: dict[str, Series] = {}
        self._renews_series = False
        """The sparklines that are missing are to be loaded again, not taken from the cache."""
        self._resting = Debouncer(self, REST, self._post_rested)
        self._settling = Debouncer(self, SETTLED, self._load_view)

    def compose_content(self) -> ComposeResult:
        yield self._table

    @property
    def table(self) -> VirtualTable[str]:
        """The widget that takes the focus."""
        return self._table

    @property
    def goal(self) -> Report | None:
        """The report of the goal under the cursor; ``None`` while the goals of another site are awaited."""
        key = self._table.cursor_key if self._query is not None else None
        return next((report for report in self._reports if report.id == key), None)

    @property
    def page(self) -> ReportPage | None:
        """The totals of all goals; ``None`` before they are loaded and after a failure."""
        first = self._pages.get(self._reports[0].id) if self._reports else None
        return first if isinstance(first, ReportPage) else None

    @property
    def data(self) -> TableModel | None:
        """The table to export: a row for each goal."""
        totals = self.page
        if totals is None:
            return None
        rows: list[ReportRow] = []
        before: dict[str, ReportRow] = {}
        for report in self._reports:
            page, name = self._pages.get(report.id), self._goal_name(report)
            if not isinstance(page, ReportPage) or page.only is None:
                continue
            if any(row.label == name for row in rows):
                name = f"{name} ({report.goal_id})"  # Matomo lets several goals have the same name
            rows.append(structs.replace(page.only, label=name))
            earlier = page.only_before
            if earlier is None and page.before_complete:
                earlier = ReportRow(values={column.key: 0 for column in report.columns if values.is_count(column.key)})
            if earlier is not None:
                before[name] = structs.replace(earlier, label=name)
        request = replace(totals.request, report=structs.replace(totals.request.report, dimension="Goal"))
        page = structs.replace(totals, request=request, rows=tuple(rows), before=before, single=False)
        return table_of(
            structs.replace(page, before_complete=False)
        )  # of some goals the earlier figures may be unknown

    def update_age(self) -> None:
        """Update the age. Reload figures that still grow once Matomo can have rebuilt them."""
        page = self.page
        if page is None or self.is_waiting or self.state is not PaneState.CONTENT:
            return
        self._update_title(page)
        if page.any_growing and self._loader.age(page.asked_at) >= REBUILT_EVERY:
            self.reload()

    def show(self, reports: Sequence[Report], query: Query) -> None:
        """Load these goals under ``query``. If they are shown already, load only the sparklines that are missing."""
        if (tuple(reports), query) != (self._reports, self._query):
            self._reports, self._query = tuple(reports), query
            self._request()
        elif self._pages and not self.is_waiting:
            self.call_after_refresh(self._load_view)

    def forget_request(self) -> None:
        """Load again in :meth:`show`."""
        self._query = None

    def forget_answer(self) -> None:
        """Forget the goals' figures."""
        super().forget_answer()
        self._pages, self._series = {}, {}

    def discard_answer(self) -> None:
        """Forget also that the details of a goal were to be loaded."""
        super().discard_answer()
        self._resting.cancel()

    @property
    def wanted_height(self) -> int:
        """The lines that the title, the headings and all goals take."""
        return len(self._reports) + _AROUND_ROWS

    def reload(self) -> None:
        """Load the goals again from Matomo."""
        self._request(reload=True)

    @property
    def has_failed(self) -> bool:
        return super().has_failed or bool(self._failed)

    @property
    def _failed(self) -> list[Report]:
        """The goals without figures, though others have them."""
        answers = ((report, self._pages.get(report.id)) for report in self._reports)
        return [report for report, page in answers if isinstance(page, MatomoError) and state_of(page) in FAILED]

    def retry(self) -> None:
        """Load all goals again if none came, else those that did not."""
        query = self._query
        if super().has_failed or query is None:
            self.reload()
        else:
            self.begin_request(quietly=True)
            self.run_worker(deferred(self._load_failed, self._failed, query), group="goals", exclusive=True)

    async def _load_failed(self, reports: Sequence[Report], query: Query) -> None:
        try:
            pages = await self._loader.pages([self._request_of(report, query) for report in reports], reload=True)
        except MatomoError:
            self.end_request()
            return  # the lines say already why they have no figures
        self.end_request()
        self._pages |= {report.id: page for report, page in zip(reports, pages, strict=True)}
        self._draw()
        self.call_after_refresh(self._load_view)

    @staticmethod
    def _request_of(report: Report, query: Query) -> ReportRequest:
        return ReportRequest(query if query.before is not None else query.compared(Comparison.PREVIOUS), report)

    def _request(self, *, reload: bool = False) -> None:
        query = self._query
        if query is not None:
            self.workers.cancel_group(self, "series")  # they would be drawn beside other figures
            self.ask((self._reports, query), again=reload)
            self.run_worker(deferred(self._load, self._reports, query, reload), group="goals", exclusive=True)

    async def _load(self, reports: Sequence[Report], query: Query, reload: bool) -> None:
        requests = [self._request_of(report, query) for report in reports]
        try:
            pages = await self._loader.pages(requests, reload=reload)
        except MatomoError as error:
            pages = [error]
        failed = [page for page in pages if isinstance(page, MatomoError)]
        if failed and len(failed) == len(pages):
            self.failed(failed[0])
            return
        self.answered()
        self._pages = {report.id: page for report, page in zip(reports, pages, strict=True)}
        self._series, self._renews_series = {}, reload
        self.set_state(PaneState.CONTENT)
        self._draw()
        self._post_rested()
        self.call_after_refresh(self._load_view)

    def _load_view(self) -> None:
        if self._query is not None and self._pages and not self.is_waiting:
            self.run_worker(deferred(self._load_series, self._query), group="series", exclusive=True)

    async def _load_series(self, query: Query) -> None:
        """Load the sparklines of the lines in view, one after another while they are visible: they are many requests,
        and others wait."""
        first, after = self._table.view
        for report in self._reports[first:after]:
            if report.id in self._series:
                continue
            if not is_visible(self.screen):
                return
            request = ReportRequest(structs.replace(query, comparison=Comparison.NONE), report)
            try:
                self._series[report.id] = await self._loader.evolution(request, reload=self._renews_series)
            except MatomoError:
                continue  # the line keeps its figures; the chart of the goal shows the error
            self._draw()

    def on_virtual_table_scrolled(self, event: VirtualTable.Scrolled) -> None:
        """Load the sparklines that came into view when the view stands still."""
        event.stop()
        self._settling.restart()

    def on_resize(self) -> None:
        """Load the sparklines for which there is room now."""
        self._settling.restart()

    def draw_bare_title(self) -> None:
        """Draw the title without the count of the earlier goals."""
        self.set_title()

    def _draw(self) -> None:
        pages = [page for page in self._pages.values() if isinstance(page, ReportPage)]
        cents = with_cents(_figure(page.only, REVENUE) for page in pages)
        self._table.set_rows(ListRows([self._row(report, cents=cents) for report in self._reports]))
        self._update_title(self.page)

    def _update_title(self, page: ReportPage | None) -> None:
        growing = "not over yet" if page is not None and page.growing else ""
        compared = compared_with(page) if page is not None else ""
        age = age_words(self._loader.age(page.asked_at)) if page is not None else ""
        parts = (str(max(0, len(self._reports) - 1)), growing, compared)
        self.set_title(tuple(filter(None, parts)), headings=age)

    def _goal_name(self, report: Report) -> str:
        """The goal's name in the list."""
        return "All goals" if report is self._reports[0] else report.goal_name or report.name

    def _row(self, report: Report, *, cents: bool) -> Row[str]:
        glyphs, page = glyphs_of(self), self._pages.get(report.id)
        first, name = report is self._reports[0], self._goal_name(report)
        if not isinstance(page, ReportPage):
            error = str(page) if page is not None else ""
            return Row(report.id, (name, "", "", "", "", ((error, "bad"),)))
        row, currency = page.only, page.request.query.site.currency
        conversions, rate, revenue = (_figure(row, key) for key in (CONVERSIONS, RATE, REVENUE))
        change = values.change(CONVERSIONS, conversions, _figure(page.only_before, CONVERSIONS))
        if change is not None and report.goal_id == ABANDONED:
            change = structs.replace(change, good=-change.good)
        series = self._series.get(report.id)
        cells: tuple[Cell, ...] = (
            ((name, "strong" if first else ""),),
            ((figure(conversions, "number", "") or glyphs.dash, "strong"),),
            change_cell(change, is_new=False, kind="number", glyphs=glyphs, growing=page.any_growing),
            percent(rate, 1) if rate is not None else glyphs.dash,
            money(revenue, currency, glyphs.dash, cents=cents),
            GoalHistory(series.figures(CONVERSIONS), glyphs.sparks) if series is not None else "",
        )
        return Row(report.id, cells)

    # The cursor

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[str]) -> None:
        """Post :class:`Rested` when the cursor stops."""
        event.stop()
        self._resting.restart()
        self.refresh_bindings()

    def _post_rested(self) -> None:
        self._resting.cancel()
        goal = self.goal
        if goal is not None and self.has_content:
            self.post_message(self.Rested(goal))

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        event.stop()
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Disable opening the totals: they are open."""
        goal = self.goal
        return goal is not None and goal is not self._reports[0] if action == "open" else True

    def action_open(self) -> None:
        """Open the goal by itself."""
        goal = self.goal
        if goal is not None and goal is not self._reports[0]:
            self.post_message(self.Opened(goal))


def _figure(row: ReportRow | None, key: str) -> float | None:
    value = computed_metrics.value(row, key) if row is not None else None
    return value if isinstance(value, int | float) else None
