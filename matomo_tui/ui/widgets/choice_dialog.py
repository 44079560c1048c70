"""A dialog to choose from a short list, by cursor or number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from matomo_tui.ui.widgets.screens import ModalScreen
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

COLUMNS = (Column("number", "", 1), Column("words", "", 10, flex=1))
_NUMBERED = 9


class ChoiceDialog(ModalScreen[str | None]):
    """Dismisses with the key of the choice, or with ``None``. ``choices`` are (key, clean words) pairs."""

    DEFAULT_CSS = """
    ChoiceDialog { align: center middle; }
    ChoiceDialog > Vertical {
        width: 56; max-width: 90%; height: auto; max-height: 90%; background: $background;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    ChoiceDialog VirtualTable { height: auto; max-height: 16; }
    ChoiceDialog .pick--hint { color: $text-muted; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", priority=True, tooltip="Choose nothing"),
        Binding("enter", "choose", "choose", tooltip="Choose the row under the cursor"),
        *(Binding(str(number), f"number({number})", "", show=False) for number in range(1, _NUMBERED + 1)),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], current: str = "") -> None:
        super().__init__()
        self._heading = title
        self._choices = list(choices)
        self._current = current
        self._table: VirtualTable[str] = VirtualTable(COLUMNS)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(self._heading)
            yield self._table
            yield Static("Arrows or a number; enter chooses, esc closes", classes="pick--hint", markup=False)

    def on_mount(self) -> None:
        rows = [
            Row(
                key,
                (
                    ((str(place) if place <= _NUMBERED else "", "accent"),),
                    ((words, "strong" if key == self._current else ""),),
                ),
            )
            for place, (key, words) in enumerate(self._choices, 1)
        ]
        self._table.styles.height = max(1, min(16, len(rows)))
        self._table.set_rows(ListRows(rows))
        here = next((place for place, (key, _) in enumerate(self._choices) if key == self._current), 0)
        self._table.move_cursor(here)
        self._table.focus()

    def action_close(self) -> None:
        """Choose nothing."""
        self.dismiss(None)

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        self.action_number(self._table.cursor + 1)

    def action_number(self, number: int) -> None:
        """Choose by number."""
        if 1 <= number <= len(self._choices):
            self.dismiss(self._choices[number - 1][0])

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        event.stop()
        self.dismiss(event.key)
