"""The dialog that chooses a report's columns and their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from matomo_tui.reports.catalogue import Report, ReportColumn
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

COLUMNS = (Column("chosen", "", 1), Column("name", "", 20, flex=3), Column("type", "", 11, hides=1))
_TYPES = {
    "number": "number",
    "percent": "percent",
    "money": "money",
    "duration_s": "time",
    "duration_ms": "time",
    "byte": "size",
    "text": "text",
}


class ColumnsDialog(Dialog[tuple[str, ...] | None]):
    """Dismisses with the keys of the columns to show, in order; ``()`` stands for Matomo's own choice."""

    DEFAULT_CSS = "ColumnsDialog VirtualTable { height: auto; max-height: 100%; }"
    KEEP = "done"
    BINDINGS: ClassVar[list[BindingType]] = bindings("columns")

    def __init__(self, report: Report, shown: Sequence[str]) -> None:
        super().__init__(f"Columns of {report.name}")
        self._report = report
        self._metrics = _unique((*report.columns, *report.goal_columns))
        self._shown = [key for key in shown if key in self._metrics] or _default(report)
        self._order = [*self._shown, *(key for key in self._metrics if key not in self._shown)]
        self._table: VirtualTable[str] = VirtualTable(COLUMNS)

    def compose_body(self) -> ComposeResult:
        yield self._table

    def on_mount(self) -> None:
        self._table.styles.height = max(1, min(len(self._order), self.app.size.height - 6))
        self._fill()
        self._table.focus()

    def _fill(self) -> None:
        sign = glyphs_of(self).chosen
        rows = []
        for key in self._order:
            metric, chosen = self._metrics[key], key in self._shown
            rows.append(
                Row(
                    key,
                    (
                        ((sign if chosen else "", "good"),),
                        ((metric.name, "strong" if chosen else "muted"),),
                        ((_TYPES[metric.type], "muted"),),
                    ),
                )
            )
        self._table.set_rows(ListRows(rows))

    def action_choose(self) -> None:
        """Show or hide the column under the cursor. The last shown one stays."""
        key = self._table.cursor_key
        if key is None:
            return
        if key not in self._shown:
            self._shown.append(key)
        elif len(self._shown) > 1:
            self._shown.remove(key)
        self._shown.sort(key=self._order.index)
        self._fill()

    def action_move(self, by: int) -> None:
        """Move the column under the cursor within the order."""
        key, at = self._table.cursor_key, self._table.cursor
        if key is not None and 0 <= at + by < len(self._order):
            self._order.insert(at + by, self._order.pop(at))
            self._shown.sort(key=self._order.index)
            self._fill()
            self._table.move_cursor(at + by)

    def action_reset(self) -> None:
        """Show the columns that Matomo describes, in its order."""
        self._shown = _default(self._report)
        self._order = list(self._metrics)
        self._fill()

    def action_done(self) -> None:
        """Apply the choice."""
        default = self._shown == _default(self._report)
        self.dismiss(() if default else tuple(self._shown))


def _unique(metrics: Sequence[ReportColumn]) -> dict[str, ReportColumn]:
    return {metric.key: metric for metric in metrics if metric.key != "label"}


def _default(report: Report) -> list[str]:
    return [column.key for column in report.columns if column.key != "label"]
