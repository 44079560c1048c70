"""The pane beside a report on wide screens: all figures of the row under the cursor."""

from __future__ import annotations

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.widgets import Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.lines import ReportLine
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.row_figures import figure_columns, figure_rows, row_figures, row_head
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.pane import Pane
from matomo_tui.ui.widgets.table.rows import ListRows
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

REST = 0.5
"""Seconds without moving the cursor before the figures without a column are loaded."""


class RowPane(Pane):
    """The row's labels, URL, segment and figures. Those of its columns are drawn at once; the others follow when the
    cursor rests. It never takes the focus."""

    TITLE = "Row"
    DEFAULT_CSS = """
    RowPane { display: none; width: 26%; min-width: 46; max-width: 64; height: 1fr; margin-left: 2; }
    RowPane .row--head { height: auto; max-height: 12; padding: 0 1 1 2; color: $text; }
    """

    def __init__(self, loader: ReportLoader, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._loader = loader
        self._head = Static("", classes="row--head", markup=False)
        self._table: VirtualTable[str] = VirtualTable((), spacing=1)
        self._row: tuple[ReportRequest, ReportLine, tuple[str, ...]] | None = None
        self._resting = Debouncer(self, REST, self._load)

    def compose_content(self) -> ComposeResult:
        yield self._head
        yield self._table

    def on_mount(self) -> None:
        """The figures cannot be selected."""
        self._table.can_focus = False
        self.set_title(title=self.TITLE)

    def show(self, request: ReportRequest, line: ReportLine, path: tuple[str, ...]) -> None:
        """Draw the row ``line`` of the level that ``request`` loaded; ``path`` has the labels down to it."""
        figures = (request, path, line.row, line.before)
        if self._row is not None:
            old_request, old_line, old_path = self._row
            if figures == (old_request, old_path, old_line.row, old_line.before):
                return
        self._row = (request, line, path)
        self._draw(request, line, path)
        self._resting.restart()

    def clear(self) -> None:
        """There is no row."""
        self._row = None
        self._resting.cancel()
        self.workers.cancel_group(self, "row")
        self._head.update("")
        self._table.set_rows(ListRows([]))

    def _draw(self, request: ReportRequest, line: ReportLine, path: tuple[str, ...]) -> None:
        glyphs = glyphs_of(self)
        self._head.update(row_head(line, path, glyphs))
        self._table.set_columns(figure_columns(line))
        self._table.set_rows(ListRows(figure_rows(request, line, row_figures(request, line), glyphs)))
        self.set_title(f"{bound_key(self, 'report.details')} opens it", title=request.dimension or self.TITLE)

    def _load(self) -> None:
        if self._row is not None and self.display:
            self.run_worker(deferred(self._load_whole, *self._row), group="row", exclusive=True)

    async def _load_whole(self, request: ReportRequest, line: ReportLine, path: tuple[str, ...]) -> None:
        try:
            row = await self._loader.whole_row(request, line.index, line.row.label)
        except MatomoError:
            return  # the figures of the table are there
        if row is not None and self._row == (request, line, path):
            self._draw(request, replace(line, row=row), path)
