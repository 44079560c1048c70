"""One of very many, found by typing a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.text import clean
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.screens.base import ModalScreen
from matomo_tui.ui.widgets.picker import Option, Search
from matomo_tui.ui.widgets.table_columns import Column
from matomo_tui.ui.widgets.table_rows import ListRows, Row
from matomo_tui.ui.widgets.virtual_table import VirtualTable
from matomo_tui.ui.working import later

COLUMNS = (Column("words", "", 12, flex=2), Column("value", "", 8, flex=1, most=24))
PAUSE = 0.15
"""Seconds without a key after which it is searched."""


class SearchDialog(ModalScreen[str | None]):
    """Dismisses with the value chosen, or with ``None``. ``typed`` is what the search begins with."""

    DEFAULT_CSS = """
    SearchDialog { align: center middle; }
    SearchDialog > Vertical {
        width: 72; max-width: 94%; height: 20; max-height: 90%; background: $background;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    SearchDialog Input { background: transparent; margin: 0 1; height: 1; }
    SearchDialog .search--said { height: 1; padding: 0 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("search")
    AUTO_FOCUS = "Input"

    def __init__(self, title: str, search: Search, current: str = "", typed: str = "") -> None:
        super().__init__()
        self._heading = title
        self._search = search
        self._current = current
        self._input = Input(typed, placeholder="type a part of it", compact=True, select_on_focus=False)
        self._table: VirtualTable[str] = VirtualTable(COLUMNS)
        self._said = Static("", classes="search--said", markup=False)
        self._pause: Timer | None = None
        self._stale = True

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(self._heading)
            yield self._input
            yield self._table
            yield self._said

    def on_mount(self) -> None:
        """The table is only looked at, typing goes on."""
        self._table.can_focus = False
        self._ask()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search when the keys have rested."""
        event.stop()
        self._stale = True
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._ask)

    def _ask(self) -> None:
        self.run_worker(later(self._find, self._input.value.strip()), group="search", exclusive=True)

    async def _find(self, text: str) -> None:
        try:
            found = await self._search(text)
        except MatomoError as error:
            self._said.update(str(error))
            return
        self._show(found, text)

    def _show(self, found: Sequence[Option], text: str) -> None:
        self._stale = False
        rows = [
            Row(value, (((words, "strong" if value == self._current else ""),), ((clean(value, 60), "muted"),)))
            for value, words in found
        ]
        self._table.set_rows(ListRows(rows), keep_cursor=False)
        here = next((at for at, (value, _) in enumerate(found) if value == self._current), 0)
        self._table.move_cursor(0 if text else here)
        self._said.update(f"{len(found):,}" if found else f"Nothing has “{clean(text, 40)}” in it.")

    # Keys

    def action_choose(self) -> None:
        """Take what is under the cursor, once it is what was searched for."""
        key = self._table.cursor_key
        if key is not None and not self._stale:
            self.dismiss(key)

    def action_close(self) -> None:
        """Choose nothing."""
        self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Move the cursor while typing."""
        self._table.move_cursor(self._table.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self._table.move_cursor(self._table.cursor + by * self._table.page_size)

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        event.stop()
        self.dismiss(event.key)
