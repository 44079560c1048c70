"""The command palette: one line for everything the program can do or open, found by any word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from matomo_tui.api.errors import MatomoError
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.palette_items import PaletteItem, matching
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

PAUSE = 0.25
"""Seconds without a key before the server is searched."""


class PaletteSource(Protocol):
    """Where the entries come from."""

    def at_hand(self) -> Sequence[PaletteItem]:
        """The entries that need no request."""

    @property
    def loaders(self) -> Sequence[Callable[[], Awaitable[Sequence[PaletteItem]]]]:
        """Functions that load the others. They raise ``MatomoError``."""

    def elsewhere(self, text: str) -> str:
        """A sentence about what ``text`` names on other screens; ``""`` if nothing."""

    async def search(self, text: str) -> Sequence[PaletteItem]:
        """The entries that only the server finds. Raises ``MatomoError``."""


class PaletteDialog(Dialog[PaletteItem | None]):
    """Dismisses with the entry chosen.

    Entries at hand are listed at once. The others are loaded with the first letter, or at once if one of them is
    among the recent ones, and join the list; what cannot be loaded is named in the status line.
    """

    COLUMNS = (
        Column("name", "", 20, flex=1),
        Column("kind", "", 7),
        Column("keys", "", 9, align="right"),
    )
    DEFAULT_CSS = """
    PaletteDialog { align: center top; }
    PaletteDialog > .dialog--box { width: 84; height: 20; }
    PaletteDialog Input { margin: 0 1; }
    PaletteDialog Input.-textual-compact, PaletteDialog Input.-textual-compact:focus { background: transparent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("search")
    AUTO_FOCUS = "Input"

    def __init__(self, source: PaletteSource, recent: Sequence[str]) -> None:
        """``recent`` has ids, the newest first."""
        super().__init__("Go to, or do", " ")
        self._source = source
        self._recent = recent
        self._items: dict[str, PaletteItem] = {}
        self._shown: dict[str, PaletteItem] = {}
        self._input = Input(placeholder="A report, site, segment, profile, theme, setting or action", compact=True)
        self._table: VirtualTable[str] = VirtualTable(self.COLUMNS)
        self._table.one_click = True
        self._pause = Debouncer(self, PAUSE, self._search)
        self._is_loading = False
        self._awaited = 0
        """Answers that are still to come."""

    def compose_body(self) -> ComposeResult:
        yield self._input
        yield self._table

    def on_mount(self) -> None:
        """List what is at hand. The focus stays in the input."""
        self._table.can_focus = False
        self._add(self._source.at_hand())
        if any(id not in self._items for id in self._recent):
            self._load()

    def _add(self, items: Sequence[PaletteItem]) -> None:
        self._items.update((item.id, item) for item in items)
        self._fill(keep_cursor=self._table.cursor > 0)

    def _fill(self, *, keep_cursor: bool = False) -> None:
        text = self._input.value.strip()
        self._shown = {item.id: item for item in matching(self._items.values(), text, self._recent)}
        rows = [Row(item.id, _cells(item, recent=item.id in self._recent)) for item in self._shown.values()]
        if not rows:
            is_searching = self._awaited or self._pause.is_pending
            nothing = f"Searching{glyphs_of(self).ellipsis}" if is_searching else f'Nothing has "{sanitize(text, 40)}"'
            self._table.set_empty_text(self._source.elsewhere(text) or nothing)
        self._table.set_rows(ListRows(rows), keep_cursor=keep_cursor)

    def _load(self) -> None:
        if not self._is_loading:
            self._is_loading = True
            for number, loader in enumerate(self._source.loaders):
                self.run_worker(deferred(self._join, loader), group=f"palette-{number}", exit_on_error=False)

    async def _join(self, loader: Callable[[], Awaitable[Sequence[PaletteItem]]]) -> None:
        items: Sequence[PaletteItem] = ()
        self._awaited += 1
        try:
            items = await loader()
        except MatomoError as error:
            self.set_status(str(error), error=True)
        finally:
            self._awaited -= 1
        self._add(items)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list at once, and search the server after a pause."""
        event.stop()
        if event.value.strip():
            self._load()
            self._pause.restart()
        else:
            self._pause.cancel()
        self._fill()

    def _search(self) -> None:
        text = self._input.value.strip()
        self.run_worker(deferred(self._join, lambda: self._source.search(text)), group="search", exclusive=True)

    # Keys

    def action_choose(self) -> None:
        """Dismiss with the entry under the cursor."""
        key = self._table.cursor_key
        if key is not None:
            self.dismiss(self._shown[key])

    def action_move(self, by: int) -> None:
        """Move the cursor while typing."""
        self._table.move_cursor(self._table.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self.action_move(by * self._table.page_size)

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[str]) -> None:
        """Write the whole sentence of the entry below the list, if the list cuts it."""
        event.stop()
        if not self.has_error:
            self.set_status(self._table.cut_label)

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        """Dismiss with the entry clicked, unless typing has narrowed the list since the click."""
        event.stop()
        item = self._shown.get(event.key)
        if item is not None:
            self.dismiss(item)


def _cells(item: PaletteItem, *, recent: bool) -> tuple[Cell, ...]:
    kind = "" if item.kind == "action" else item.kind
    return (((item.name, ""),), (("recent" if recent else kind, "muted"),), ((item.keys, "accent"),))
