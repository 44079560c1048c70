"""A dialog that chooses several of a list, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

COLUMNS = (Column("chosen", "", 1), Column("name", "", 20, flex=3))
NOTE = Column("note", "", 11, hides=1)
"""The column of the notes, if there are any."""


class OrderedChoiceDialog(Dialog[tuple[str, ...] | None]):
    """Dismisses with the chosen keys in order; ``()`` stands for the default choice. At least one stays chosen."""

    DEFAULT_CSS = """
    OrderedChoiceDialog > .dialog--box { width: 60; }
    OrderedChoiceDialog VirtualTable { height: auto; max-height: 100%; }
    """
    KEEP = "done"
    BINDINGS: ClassVar[list[BindingType]] = bindings("columns")

    def __init__(
        self,
        title: str,
        names: Mapping[str, str],
        chosen: Sequence[str],
        default: Sequence[str],
        notes: Mapping[str, str] | None = None,
    ) -> None:
        """``names`` are all choices by key, ``notes`` a word about each; both are clean words."""
        super().__init__(title)
        self._names = dict(names)
        self._notes = notes
        self._default = list(default)
        self._chosen = [key for key in chosen if key in self._names] or list(default)
        self._order = [*self._chosen, *(key for key in self._names if key not in self._chosen)]
        self._table: VirtualTable[str] = VirtualTable(COLUMNS if notes is None else (*COLUMNS, NOTE))

    def compose_body(self) -> ComposeResult:
        yield self._table

    def on_mount(self) -> None:
        self._table.styles.height = max(1, min(len(self._order), self.app.size.height - 6))
        self._fill()
        self._table.focus()

    def _fill(self) -> None:
        sign = glyphs_of(self).chosen
        self._table.set_rows(ListRows([self._row(key, sign) for key in self._order]))

    def _row(self, key: str, sign: str) -> Row[str]:
        chosen = key in self._chosen
        cells: list[Cell] = [
            ((sign if chosen else "", "good"),),
            ((self._names[key], "strong" if chosen else "muted"),),
        ]
        if self._notes is not None:
            cells.append(((self._notes[key], "muted"),))
        return Row(key, tuple(cells))

    def action_choose(self) -> None:
        """Choose the row under the cursor, or drop it."""
        key = self._table.cursor_key
        if key is None:
            return
        if key not in self._chosen:
            self._chosen.append(key)
        elif len(self._chosen) > 1:
            self._chosen.remove(key)
        self._chosen.sort(key=self._order.index)
        self._fill()

    def action_move(self, by: int) -> None:
        """Move the row under the cursor within the order."""
        key, at = self._table.cursor_key, self._table.cursor
        if key is not None and 0 <= at + by < len(self._order):
            self._order.insert(at + by, self._order.pop(at))
            self._chosen.sort(key=self._order.index)
            self._fill()
            self._table.move_cursor(at + by)

    def action_reset(self) -> None:
        """Choose the default."""
        self._chosen = list(self._default)
        self._order = list(self._names)
        self._fill()

    def action_done(self) -> None:
        """Apply the choice."""
        self.dismiss(() if self._chosen == self._default else tuple(self._chosen))
