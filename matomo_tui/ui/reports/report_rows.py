"""Converts a report's lines into rows of the virtual table."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len

from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.lines import ReportLine
from matomo_tui.reports.table import MissingPage, TableModel
from matomo_tui.ui.drawing.formatting import cut_middle
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.reports.report_columns import CHANGE, LABEL, ColumnLayout, change_cell, table_figure
from matomo_tui.ui.reports.report_title import UNKNOWN
from matomo_tui.ui.widgets.table.columns import Cell, Plain, Span, StyleName
from matomo_tui.ui.widgets.table.rows import Row
from matomo_tui.ui.widgets.table.tinted_table import OverBar

Key = tuple[str, ...]
"""The labels from the top level down to the row."""


class AddressLabel(Struct, frozen=True):
    """An address as label. Addresses differ at their ends, so one that is too long is cut in the middle; ``head``
    before it is never cut."""

    head: Span
    text: str
    look: StyleName
    ellipsis: str

    def __call__(self, width: int) -> Plain:
        room = width - cell_len(self.head[0])
        return (self.head, (cut_middle(self.text, room, ellipsis=self.ellipsis), self.look))


class ReportRows:
    """Formats the lines of ``table`` for the virtual table. ``want`` is called with the range in view; ``failed``
    returns True for a page that failed, whose lines show ``failed_text``."""

    def __init__(
        self,
        table: TableModel,
        layout: ColumnLayout,
        currency: str,
        glyphs: Glyphs,
        want: Callable[[int, int], None],
        marked: Collection[Key] = (),
        failed: Callable[[MissingPage], bool] = lambda _wanted: False,
        failed_text: str = "failed",
    ) -> None:
        self.table = table
        self.layout = layout
        self._currency = currency
        self._glyphs = glyphs
        self._want = want
        self._marked = marked
        self._failed, self._failed_text = failed, failed_text
        self._cache: dict[int, Row[Key]] = {}
        self._version = table.version

    def __len__(self) -> int:
        return len(self.table)

    def row(self, index: int) -> Row[Key] | None:
        if self._version != self.table.version or len(self._cache) > 2000:
            self._cache.clear()
            self._version = self.table.version
        found = self._cache.get(index)
        if found is None:
            line = self.table.line(index)
            if line is None:
                return self._failed_row(index)
            found = self._cache[index] = Row(self.table.path(index), tuple(self._cells(index, line)))
        return replace(found, mark=(self._glyphs.chosen, "good")) if found.key in self._marked else found

    def _failed_row(self, index: int) -> Row[Key] | None:
        """The row in place of one whose page failed; ``None`` for one that is still to be loaded."""
        if not any(map(self._failed, self.table.wanted(index, index + 1))):
            return None
        depth, above = 0, self.table.parent(index)
        while above is not None:
            depth, above = depth + 1, self.table.parent(above)
        failed: tuple[Span, ...] = (("  " * (depth + 1), ""), (self._failed_text, "bad"))
        return Row((), tuple(failed if column.key == LABEL else "" for column in self.layout.columns))

    def index_of(self, key: Key) -> int | None:
        return self.table.find(key)

    def want(self, start: int, stop: int) -> None:
        self._want(start, stop)

    def _cells(self, index: int, line: ReportLine) -> list[Cell]:
        cells: list[Cell] = []
        metrics = {metric.key: metric for metric in self.layout.metrics}
        for column in self.layout.columns:
            key = column.key
            if key == LABEL:
                share = self.table.bar(index, self.layout.main) if self.layout.main else 0.0
                cells.append(OverBar(self._label(line), share, self._glyphs.ellipsis))
            elif key.startswith(CHANGE):
                cells.append(self._change(line, metrics[key.removeprefix(CHANGE)]))
            else:
                metric = metrics[key]
                top, fractions = self.table.top(key), self.table.has_fractions(key)
                text = table_figure(metric, line.value(key), self._currency, top, fractions=fractions)
                cells.append(
                    ((text, "strong"),) if key == self.layout.main else text or ((self._glyphs.dash, "muted"),)
                )
        return cells

    def _change(self, line: ReportLine, metric: ReportColumn) -> Plain:
        """The change of a figure; a question mark if its earlier value is unknown."""
        if not line.compared and isinstance(line.value(metric.key), int | float):
            return ((UNKNOWN, "muted"),)
        is_new = line.is_new and metric is self.layout.metrics[0]
        change = None if line.is_new else line.change(metric.key)
        return change_cell(change, is_new=is_new, kind=metric.type, glyphs=self._glyphs, growing=line.growing)

    def _label(self, line: ReportLine) -> Cell:
        glyphs = self._glyphs
        sign = glyphs.opened if line.expanded else glyphs.closed if line.expandable else " "
        indent = "  " * min(line.indent, 12)
        head: Span = (f"{indent}{sign} ", "accent")
        look: StyleName = "muted" if line.row.is_summary else ""
        if "/" in line.label and " " not in line.label:
            return AddressLabel(head, line.label, look, glyphs.ellipsis)
        return (head, (line.label, look))
