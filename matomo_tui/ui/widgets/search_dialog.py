"""A dialog to choose from a very long list, searched after a pause in typing."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.screens import ModalScreen
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

PAUSE = 0.2
"""Seconds without a key after which it is searched."""
SAY_AFTER = 0.3
"""Seconds after which waiting is said: what comes sooner needs no word."""


@dataclass(frozen=True, slots=True)
class SearchResult(Generic[K, R]):
    """Something found: how it is shown, what the dialog ends with when it is chosen, and whether that is what was
    chosen before."""

    row: Row[K]
    result: R
    is_present: bool = False


class RemoteSearchDialog(ModalScreen[R | None], Generic[K, R]):
    """Dismisses with what was chosen, or with ``None``. ``typed`` is what the search begins with; ``why`` is said above
    where the person did not ask for it.

    Subclasses search and count; their keys are bound to ``choose``, ``close``, ``move`` and ``page``.
    """

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    PLACEHOLDER: ClassVar[str] = "type to search"
    DEFAULT_CSS = """
    RemoteSearchDialog > Vertical {
        height: 20; max-height: 90%; background: $background;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    RemoteSearchDialog Input { background: transparent; margin: 0 1; height: 1; }
    RemoteSearchDialog .find--why { height: auto; padding: 0 2 1 2; color: $text-warning; }
    RemoteSearchDialog .find--said { height: auto; padding: 0 2; color: $text-muted; }
    RemoteSearchDialog .find--said.-error { color: $text-error; }
    """
    AUTO_FOCUS = "Input"

    def __init__(self, title: str, *, typed: str = "", why: str = "") -> None:
        super().__init__()
        self._heading = title
        self._why = why
        self._input = Input(typed, placeholder=self.PLACEHOLDER, compact=True, select_on_focus=False)
        self.table: VirtualTable[K] = VirtualTable(self.COLUMNS)
        self._said = Static("", classes="find--said", markup=False)
        self._results: dict[K, R] = {}
        self._pause: Timer | None = None
        self._waiting: Timer | None = None
        self._asked: str | None = None
        self._shown: str | None = None
        self._choose_it = False

    # For subclasses

    @abstractmethod
    async def find(self, text: str) -> Sequence[SearchResult[K, R]]:
        """What has ``text`` in it, or the first of all. Raises a ``MatomoError``."""

    @abstractmethod
    def counted(self, count: int, text: str) -> str:
        """How many were found, or that nothing was."""

    # What is searched

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(self._heading)
            if self._why:
                yield Static(self._why, classes="find--why", markup=False)
            yield self._input
            yield self.table
            yield self._said

    def on_mount(self) -> None:
        """The table is only looked at, typing goes on; begin with what there is to choose from."""
        self.table.can_focus = False
        self._ask()

    @property
    def is_stale(self) -> bool:
        """Whether something else was typed than what is shown."""
        return self._text != self._shown

    @property
    def _text(self) -> str:
        return self._input.value.strip()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search when the keys have rested; what was asked before is no longer wanted."""
        event.stop()
        self._choose_it = False
        if self._pause is not None:
            self._pause.stop()
        if self._text != self._asked:
            self._asked = None
            self.workers.cancel_group(self, "find")
            self._pause = self.set_timer(PAUSE, self._ask)

    def _ask(self) -> None:
        text = self._asked = self._text
        if self._pause is not None:
            self._pause.stop()
        self._stop_waiting()
        self._waiting = self.set_timer(SAY_AFTER, self._say_waiting)
        self.run_worker(deferred(self._find, text), group="find", exclusive=True)

    async def _find(self, text: str) -> None:
        try:
            found = await self.find(text)
        except MatomoError as error:
            self._stop_waiting()
            self._asked = None
            self._say(f"{error} Enter retries.", error=True)
            return
        self._stop_waiting()
        self._show(found, text)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None

    def _say_waiting(self) -> None:
        self._say(f"Asking Matomo{glyphs_of(self).ellipsis}")

    def _show(self, found: Sequence[SearchResult[K, R]], text: str) -> None:
        self._shown = text
        self._results = {one.row.key: one.result for one in found}
        self.table.set_rows(ListRows([one.row for one in found]), keep_cursor=False)
        present = [place for place, one in enumerate(found) if one.is_present]
        if present and not text:
            self.table.move_cursor(present[0])
        sentence = self.counted(len(found), text)
        self.table.set_empty_text(sentence)
        self._say(sentence if found else "")
        if self._choose_it and len(found) == 1:
            self.dismiss(found[0].result)

    def _say(self, text: str, *, error: bool = False) -> None:
        self._said.set_class(error, "-error")
        self._said.update(text)

    # Keys

    def action_choose(self) -> None:
        """Choose the value under the cursor. Text typed since the list came is searched first, and a single match is
        chosen."""
        if self.is_stale:
            self._choose_it = bool(self._text)
            if self._asked != self._text:
                self._ask()
        else:
            self._end_with(self.table.cursor_key)

    def _end_with(self, key: K | None) -> None:
        if key is not None and key in self._results:
            self.dismiss(self._results[key])

    def action_close(self) -> None:
        """Choose nothing."""
        self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Move the cursor while typing."""
        self.table.move_cursor(self.table.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self.table.move_cursor(self.table.cursor + by * self.table.page_size)

    def on_virtual_table_selected(self, event: VirtualTable.Selected[K]) -> None:
        event.stop()
        self._end_with(event.key)
