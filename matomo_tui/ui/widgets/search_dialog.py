"""A dialog to choose from a very long list, searched after a pause in typing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.widgets import Input, Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

PAUSE = 0.2
"""Seconds without a key before the search starts."""
SAY_AFTER = 0.3
"""Seconds without an answer before the status line says that one is awaited."""


class SearchResult(Struct, Generic[K, R], frozen=True):
    """One match."""

    row: Row[K]
    """Its line in the list."""
    result: R
    """What the dialog dismisses with when it is chosen."""
    is_present: bool = False
    """Whether it is the present value."""


class RemoteSearchDialog(Dialog[R | None], Generic[K, R]):
    """Dismisses with the chosen result, or with ``None``.

    ``typed`` is the initial search text; ``why`` is a sentence above it, for a dialog that opens unasked. Subclasses
    search and count; they bind keys to ``choose``, ``close``, ``move`` and ``page``.
    """

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    PLACEHOLDER: ClassVar[str] = "type to search"
    DEFAULT_CSS = """
    RemoteSearchDialog > .dialog--box { height: 20; }
    RemoteSearchDialog Input.-textual-compact { background: transparent; }
    RemoteSearchDialog Input.-textual-compact:focus { background: transparent; }
    RemoteSearchDialog .find--why { height: auto; padding: 0 2 1 2; color: $text-warning; }
    """
    AUTO_FOCUS = "Input"

    def __init__(self, title: str, *, typed: str = "", why: str = "") -> None:
        super().__init__(title, " ")
        self._why = why
        self._input = Input(typed, placeholder=self.PLACEHOLDER, compact=True, select_on_focus=False)
        self.table: VirtualTable[K] = VirtualTable(self.COLUMNS)
        self.table.one_click = True
        self._results: dict[K, R] = {}
        self._pause = Debouncer(self, PAUSE, self._ask)
        self._waiting = Debouncer(self, SAY_AFTER, self._say_waiting)
        self._asked: str | None = None
        self._shown: str | None = None
        self._choose_it = False

    # For subclasses

    @abstractmethod
    async def find(self, text: str) -> Sequence[SearchResult[K, R]]:
        """The matches of ``text``, or the first of all if it is empty. Raises ``MatomoError``."""

    @abstractmethod
    def counted(self, count: int, text: str) -> str:
        """The sentence for ``count`` matches of ``text``."""

    # Searching

    def compose_body(self) -> ComposeResult:
        if self._why:
            yield Static(self._why, classes="find--why", markup=False)
        yield self._input
        yield self.table

    def on_mount(self) -> None:
        """Show the first values. The focus stays in the input."""
        self.table.can_focus = False
        self._ask()

    @property
    def is_stale(self) -> bool:
        """Whether the list shows the matches of an earlier text."""
        return self._text != self._shown

    @property
    def _text(self) -> str:
        return self._input.value.strip()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search after a pause, and drop the search before."""
        event.stop()
        self._choose_it = False
        self._pause.cancel()
        if self._text != self._asked:
            self._asked = None
            self.workers.cancel_group(self, "find")
            self._pause.restart()

    def _ask(self) -> None:
        text = self._asked = self._text
        self._pause.cancel()
        self._waiting.restart()
        self.run_worker(deferred(self._find, text), group="find", exclusive=True)

    async def _find(self, text: str) -> None:
        try:
            found = await self.find(text)
        except MatomoError as error:
            self._waiting.cancel()
            self._asked = None
            self.set_status(f"{error} Enter retries.", error=True)
            return
        self._waiting.cancel()
        self._show(found, text)

    def _say_waiting(self) -> None:
        self.set_status(f"Asking Matomo{glyphs_of(self).ellipsis}")

    def _show(self, found: Sequence[SearchResult[K, R]], text: str) -> None:
        self._shown = text
        self._results = {one.row.key: one.result for one in found}
        self.table.set_rows(ListRows([one.row for one in found]), keep_cursor=False)
        present = [place for place, one in enumerate(found) if one.is_present]
        if present and not text:
            self.table.move_cursor(present[0])
        sentence = self.counted(len(found), text)
        self.table.set_empty_text(sentence)
        self.set_status(sentence if found else "")
        if self._choose_it and len(found) == 1:
            self.dismiss(found[0].result)

    # Keys

    def action_choose(self) -> None:
        """Choose the value under the cursor. If the list is stale, search first and choose a single match."""
        if self.is_stale:
            self._choose_it = bool(self._text)
            if self._asked != self._text:
                self._ask()
        else:
            self._end_with(self.table.cursor_key)

    def _end_with(self, key: K | None) -> None:
        if key is not None and key in self._results:
            self.dismiss(self._results[key])

    def action_move(self, by: int) -> None:
        """Move the cursor while typing."""
        self.table.move_cursor(self.table.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self.table.move_cursor(self.table.cursor + by * self.table.page_size)

    def on_virtual_table_selected(self, event: VirtualTable.Selected[K]) -> None:
        event.stop()
        self._end_with(event.key)
