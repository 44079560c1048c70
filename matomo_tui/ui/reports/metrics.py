"""The pane of a single-row report: its metrics with their changes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.empty_reason import emptiness
from matomo_tui.reports.lines import Metric, metrics
from matomo_tui.reports.loader import REBUILT_EVERY, ReportLoader
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.report_columns import CHANGE_WIDTH, change_cell, figure, heading
from matomo_tui.ui.reports.report_title import not_compared, so_far
from matomo_tui.ui.widgets.async_pane import AsyncPane, age_words, not_renewed
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

COLUMNS = (
    Column("name", "Metric", 20, flex=2, most=44),
    Column("value", "Value", 14, align="right"),
    Column("change", "Change", CHANGE_WIDTH, align="right", hides=1),
    Column("before", "Before", 12, align="right", hides=2),
    Column("absence", "", 0, flex=3, hides=0),
)

_AROUND_ROWS = 2
"""Lines of the title and below the rows."""


def table_of(page: ReportPage) -> TableModel:
    """The export table of a single-row report: one row."""
    found = TableModel(page.request)
    found.add(page)
    return found


class MetricsPane(AsyncPane):
    """The metrics of one single-row report, a line each."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("metrics")]

    class RowsChanged(FieldMessage):
        """Other metrics were drawn."""

    def __init__(self, loader: ReportLoader, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._loader = loader
        self._table: VirtualTable[str] = VirtualTable(COLUMNS, spacing=2)
        self.request: ReportRequest | None = None
        """The request shown or being loaded."""
        self.live_visits = 0
        """Visits of the last 30 minutes by the live counters: they tell why a report of today is empty."""
        self.page: ReportPage | None = None
        """The answer shown; ``None`` before the first and after a failure."""
        self._renewal_error: MatomoError | None = None

    def compose_content(self) -> ComposeResult:
        yield self._table

    @property
    def table(self) -> VirtualTable[str]:
        """The widget that takes the focus."""
        return self._table

    @property
    def wanted_height(self) -> int | None:
        """The lines that the title and all metrics take; ``None`` as long as they are unknown."""
        known = self.state in (PaneState.CONTENT, PaneState.STALE)
        return len(self._table.rows) + _AROUND_ROWS if known else None

    @property
    def data(self) -> TableModel | None:
        """The table to export: one row."""
        return table_of(self.page) if self.page is not None else None

    def show(self, request: ReportRequest) -> None:
        """Load ``request``, unless it is shown already."""
        if request == self.request:
            return
        self.request = request
        self._request()

    def forget_request(self) -> None:
        """Load again in :meth:`show`."""
        self.request = None

    def forget_answer(self) -> None:
        """Forget the metrics."""
        super().forget_answer()
        self.page = None

    def reload(self) -> None:
        """Load the report again from Matomo."""
        if self.request is not None:
            self._request(reload=True)

    def retry(self) -> None:
        self.reload()

    def _request(self, *, reload: bool = False) -> None:
        request = self.request
        if request is not None:
            self.ask(request, again=reload)
            self.run_worker(deferred(self._load, request, reload), group="metrics", exclusive=True)

    async def _load(self, request: ReportRequest, reload: bool) -> None:
        try:
            page = await self._loader.page(request, reload=reload)
        except MatomoError as error:
            self.failed(error)
            return
        self.answered()
        self._draw(page)

    def tell_not_renewed(self, error: MatomoError) -> None:
        """Draw the age of the figures and the error in the title."""
        known, self._renewal_error = str(self._renewal_error), error
        self.draw_title()
        if known != str(error):
            self.notify(str(error), severity="warning", markup=False)

    def _draw(self, page: ReportPage) -> None:
        self.page = page
        self._renewal_error = None
        nothing = emptiness(page, self.live_visits)
        if nothing is not None:
            self.set_state(PaneState.EMPTY, nothing.value)
        else:
            self.set_state(PaneState.CONTENT)
        compared = page.request.query.before is not None
        columns = COLUMNS if compared else tuple(one for one in COLUMNS if one.key not in ("change", "before"))
        self._table.set_columns(columns)
        currency = page.request.query.site.currency
        found = metrics(page)
        rows = [self._row(metric, currency, columns, growing=page.any_growing) for metric in found]
        self._table.set_rows(ListRows(rows))
        self.post_message(self.RowsChanged())
        self.draw_title()

    def _row(self, metric: Metric, currency: str, columns: tuple[Column, ...], *, growing: bool) -> Row[str]:
        glyphs, kind = glyphs_of(self), metric.column.type
        cells: dict[str, Cell] = {
            "name": heading(metric.column),
            "value": ((figure(metric.value, kind, currency, metric.column.key) or glyphs.dash, "strong"),),
            "change": change_cell(metric.change, is_new=False, kind=kind, glyphs=glyphs, growing=growing),
            "before": ((figure(metric.before, kind, currency, metric.column.key), "muted"),),
            "absence": ((metric.absence, "muted"),),
        }
        return Row(metric.column.key, tuple(cells[column.key] for column in columns))

    def draw_title(self) -> None:
        """Draw the report's name, errors, a warning about unfinished periods, and the age."""
        page = self.page
        if self.request is None:
            return
        if page is None:
            self.draw_bare_title()
            return
        detail = not_compared(page.before_error) if page.before_error is not None else ""
        if page.any_growing and page.request.query.before is not None:
            detail = detail or so_far(page)
        if self._renewal_error is not None:
            detail = not_renewed(self._renewal_error)
        self.set_title(detail, title=self.request.report.name, headings=age_words(self._loader.age(page.asked_at)))

    def draw_bare_title(self) -> None:
        """Draw the name of the report that is being loaded."""
        if self.request is not None:
            self.set_title(title=self.request.report.name)

    def update_age(self) -> None:
        """Update the age. Reload a report that still grows once Matomo can have rebuilt it."""
        page = self.page
        if page is not None and page.request == self.request:
            self.draw_title()
            due = page.any_growing and self._loader.age(page.asked_at) >= REBUILT_EVERY
            if due and self._renewal_error is None and not self.is_waiting:
                self._request(reload=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Disable copying without a metric under the cursor."""
        return self.page is not None and self._table.cursor_key is not None if action == "copy" else True

    def action_copy(self) -> None:
        """Copy the metric's name and figure."""
        row = self._table.rows.row(self._table.cursor) if len(self._table.rows) else None
        if row is not None and self.page is not None:
            metric = metrics(self.page)[self._table.cursor]
            column, currency = metric.column, self.page.request.query.site.currency
            text = figure(metric.value, column.type, currency, column.key)
            self.app.copy_to_clipboard(sanitize(f"{column.name}: {text}"))
            self.app.notify(f"{column.name} copied", timeout=2, markup=False)
