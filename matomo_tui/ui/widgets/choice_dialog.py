"""A dialog to choose from a short list, by cursor or number."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

R = TypeVar("R", bound=Hashable)

NUMBERED = 9
"""Choices that have a number key."""
MOST_ROWS = 16
"""Rows of the list before it scrolls."""


class ListDialog(Dialog[R | None], Generic[R]):
    """Dismisses with the result of the chosen row, or with ``None``.

    ``choices`` are (result, cells) pairs, with a cell for each of ``COLUMNS``. The results, which are the keys of the
    rows, are all different. The cursor begins on the row ``at``.
    """

    DEFAULT_CSS = """
    ListDialog > .dialog--box { width: 56; max-width: 90%; }
    ListDialog VirtualTable { height: auto; max-height: 16; }
    """
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    HAS_NUMBERS: ClassVar[bool] = True
    """Digits choose at once."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "choose", tooltip="Choose the row under the cursor"),
        *(Binding(str(number), f"number({number})", "", show=False) for number in range(1, NUMBERED + 1)),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[R, Sequence[Cell]]], at: int = 0) -> None:
        super().__init__(title)
        self._results = [result for result, _ in choices]
        self._at = at
        self._table: VirtualTable[R] = VirtualTable((Column("number", "", 1), *self.COLUMNS))
        self._table.one_click = True
        self._rows = [
            Row(result, (((str(place) if self.HAS_NUMBERS and place <= NUMBERED else "", "accent"),), *cells))
            for place, (result, cells) in enumerate(choices, 1)
        ]

    def compose_body(self) -> ComposeResult:
        yield self._table

    def on_mount(self) -> None:
        self._table.styles.height = max(1, min(MOST_ROWS, len(self._rows)))
        self._table.set_rows(ListRows(self._rows))
        self._table.move_cursor(self._at)
        self._table.focus()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Digits do nothing without numbers."""
        return self.HAS_NUMBERS or action != "number"

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        self.action_number(self._table.cursor + 1)

    def action_number(self, number: int) -> None:
        """Choose the row with this number, counted from 1."""
        if 1 <= number <= len(self._results):
            self.dismiss(self._results[number - 1])

    def on_virtual_table_selected(self, event: VirtualTable.Selected[R]) -> None:
        event.stop()
        self.dismiss(event.key)


class ChoiceDialog(ListDialog[str]):
    """Dismisses with the key of the choice, or with ``None``. ``choices`` are (key, clean words) pairs; ``current`` is
    the key of the present choice."""

    COLUMNS = (Column("words", "", 10, flex=1),)

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], current: str = "") -> None:
        at = next((place for place, (key, _) in enumerate(choices) if key == current), 0)
        rows: list[tuple[str, Sequence[Cell]]] = [
            (key, [((words, "strong" if key == current else ""),)]) for key, words in choices
        ]
        super().__init__(title, rows, at)


class ConfirmationDialog(ChoiceDialog):
    """A choice that a digit, typed for the field below before the dialog came, must not answer."""

    HAS_NUMBERS = False
