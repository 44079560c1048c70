"""The row dialog: all figures of one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.lines import ReportLine
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import ReportRequest
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.row_figures import LONGEST, figure_columns, figure_rows, row_figures, row_head
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.table.rows import ListRows
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

_AROUND = 5
"""Lines of the terminal's header and footer, of the border and of the keys."""


class RowDialog(Dialog[None]):
    """The labels down to the row, its URL, and all of its figures, including those without a column.

    A long head scrolls: the figures get half of the height if they need it.
    """

    DEFAULT_CSS = """
    RowDialog > .dialog--box { width: 90; max-height: 100%; }
    RowDialog VerticalScroll { max-height: 100%; }
    RowDialog .row--head { height: auto; padding: 0 2; color: $text; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("row"), *bindings("dialog")]

    def __init__(
        self, request: ReportRequest, line: ReportLine, path: Sequence[str], loader: ReportLoader | None = None
    ) -> None:
        """``request`` is the request of the row's level; a ``loader`` loads the figures that it left out."""
        super().__init__(request.dimension or request.report.name)
        self._request = request
        self._line = line
        self._loader = loader
        self._path = path
        self._figures = row_figures(request, line)
        self._table: VirtualTable[str] = VirtualTable(figure_columns(line), header=True, spacing=2)

    def compose_body(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(row_head(self._line, self._path, glyphs_of(self)), classes="row--head", markup=False)
        yield self._table

    def on_mount(self) -> None:
        self._fill()
        self._table.focus()
        if self._loader is not None:
            self.run_worker(deferred(self._load, self._loader), group="row", exclusive=True)

    def _fill(self) -> None:
        self._table.set_rows(ListRows(figure_rows(self._request, self._line, self._figures, glyphs_of(self))))

    async def _load(self, loader: ReportLoader) -> None:
        line = self._line
        try:
            row = await loader.whole_row(self._request, line.index, line.row.label)
        except MatomoError as error:
            self.set_subtitle(f"only the table's figures: {str(error).split('. ', 1)[0]}")
            return
        if row is not None:
            self._line = replace(line, row=row)
            self._figures = row_figures(self._request, self._line)
            self._fill()
            self._arrange()

    def on_resize(self) -> None:
        self.call_after_refresh(self._arrange)

    def _arrange(self) -> None:
        head, words = self.query_one(VerticalScroll), self.query_one(".row--head", Static)
        room = self.size.height - _AROUND
        figures = len(self._figures) + 1
        said = min(words.size.height, max(room - figures, room // 2))
        head.styles.height = said
        self._table.styles.height = max(2, min(figures, room - said))
        head.can_focus = said < words.size.height

    def action_copy(self) -> None:
        """Copy the figure under the cursor."""
        if self._figures:
            _, name, text, _ = self._figures[self._table.cursor]
            self.app.copy_to_clipboard(sanitize(text, LONGEST))
            self.app.notify(f"{name} copied", timeout=2, markup=False)
