"""The row dialog: all figures of one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.page_url import shown
from matomo_tui.reports import segments
from matomo_tui.reports.lines import ReportLine, absence
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.names import undescribed
from matomo_tui.reports.query import ReportRequest
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.report_columns import CHANGE_WIDTH, LABEL, change_cell, figure
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

_LONGEST = 2048
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
        self._path = [shown(label, _LONGEST).strip() or line.label for label in path]
        self._figures = _figures(request, line)
        self._table: VirtualTable[str] = VirtualTable(self._columns(), header=True, spacing=2)

    def _columns(self) -> tuple[Column, ...]:
        columns = [Column("name", "Metric", 20, flex=2, most=40), Column("value", "Value", 16, align="right")]
        if self._line.compared:
            columns += [
                Column("change", "Change", CHANGE_WIDTH, align="right"),
                Column("before", "Before", 12, align="right", hides=1),
            ]
        return (*columns, Column("why", "", 0, flex=1))

    def compose_body(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(self._head(), classes="row--head", markup=False)
        yield self._table

    def _head(self) -> Content:
        glyphs = glyphs_of(self)
        lines = [Content.styled(f" {glyphs.crumb} ".join(self._path), "bold")]
        if self._line.row.url:
            lines.append(Content.styled(shown(self._line.row.url, _LONGEST), "$text-muted"))
        if self._line.row.segment:
            words = segments.describe(self._line.row.segment)
            lines.append(Content.styled(f"Segment: {words}", "$text-muted"))
        return Content("\n").join(lines)

    def on_mount(self) -> None:
        self._fill()
        self._table.focus()
        if self._loader is not None:
            self.run_worker(deferred(self._load, self._loader), group="row", exclusive=True)

    def _fill(self) -> None:
        self._table.set_rows(ListRows([self._row(*one) for one in self._figures]))

    async def _load(self, loader: ReportLoader) -> None:
        line = self._line
        try:
            row = await loader.whole_row(self._request, line.index, line.row.label)
        except MatomoError as error:
            self.set_subtitle(f"only the table's figures: {str(error).split('. ', 1)[0]}")
            return
        if row is not None:
            self._line = replace(line, row=row)
            self._figures = _figures(self._request, self._line)
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

    def _row(self, key: str, name: str, text: str, why: str) -> Row[str]:
        column, glyphs = self._request.column(key), glyphs_of(self)
        kind = column.type if column is not None else "number"
        currency = self._request.query.site.currency
        cells: list[Cell] = [name, ((text or glyphs.dash, "strong"),)]
        if self._line.compared:
            change = self._line.change(key) if column is not None and not self._line.is_new else None
            before = figure(self._line.value_before(key), kind, currency) if column is not None else ""
            cells += [
                change_cell(change, is_new=self._line.is_new, kind=kind, glyphs=glyphs, growing=self._line.growing),
                ((before, "muted"),),
            ]
        return Row(key, (*cells, ((why, "muted"),)))

    def action_copy(self) -> None:
        """Copy the figure under the cursor."""
        if self._figures:
            _, name, text, _ = self._figures[self._table.cursor]
            self.app.copy_to_clipboard(sanitize(text, _LONGEST))
            self.app.notify(f"{name} copied", timeout=2, markup=False)


def _figures(request: ReportRequest, line: ReportLine) -> list[tuple[str, str, str, str]]:
    """Key, name, text and reason of absence: the described columns first, then all else that the server sent."""
    report, currency = request.report, request.query.site.currency
    described = {column.key: column for column in (*request.described, *report.goal_columns) if column.key != LABEL}
    found = []
    for key, column in described.items():
        value = line.value(key)
        why = absence(key, request.query.period) if value is None else ""
        if value or (not column.goal and (value is not None or why)):
            found.append((key, column.name, figure(value, column.type, currency), why))
    for key, value in line.row.values.items():
        if key not in described and value is not None:
            column = undescribed(key)
            text = shown(value, _LONGEST) if isinstance(value, str) else figure(value, column.type, currency)
            found.append((key, column.name, text, ""))
    return found
