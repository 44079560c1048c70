"""Base class of admin lists that the server pages and searches."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.admin_pane import AdminPane
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.paging import PAGE, REST, PagedRows
from matomo_tui.ui.widgets.table.rows import Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

PAUSE = 0.25
"""Seconds without a key after which the server is asked what was typed."""


class PagedPane(AdminPane, Generic[K, T]):
    """Shows ``fetch``'s pages as they come into view. Subclasses give columns, pages, keys and rows."""

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    FIND: ClassVar[str] = ""
    NOTHING: ClassVar[str] = ""
    DEFAULT_CSS = """
    PagedPane > .paged--closed { height: auto; padding: 0 1; color: $text-warning; }
    """

    def __init__(self, desk: AdminContext) -> None:
        super().__init__(desk)
        self.table: VirtualTable[K] = VirtualTable(self.COLUMNS, header=True)
        self.filter = FilterLine(self.FIND)
        self._notice = Static("", classes="paged--closed", markup=False)
        self._filling = Debouncer(self, REST, self._fill_view)
        self.rows: PagedRows[K, T] = PagedRows(self.key_of, self.row_of, self._filling.start)
        self._asked = ""
        self._edition = 0
        self._searching = Debouncer(self, PAUSE, self.reload)

    def compose_content(self) -> ComposeResult:
        yield self._notice
        yield self.filter
        yield self.table

    def focus_target(self) -> Widget | None:
        return self.table

    # For subclasses

    @abstractmethod
    async def fetch(self, pattern: str, offset: int, limit: int) -> tuple[Sequence[T], int | None]:
        """A page, and how many there are in all where that is known. Raises a ``MatomoError``."""

    @abstractmethod
    def key_of(self, item: T) -> K:
        """What makes an entry the same after others came or went."""

    @abstractmethod
    def row_of(self, item: T) -> Row[K]:
        """How an entry is shown."""

    def closed_reason(self) -> str:
        """What is said above the list; ``""``: nothing."""
        return ""

    def is_narrowed(self) -> bool:
        """Whether something else than the search leaves entries out."""
        return False

    # What is shown

    @property
    def under_cursor(self) -> T | None:
        """The entry under the cursor, where there is one."""
        return self.rows.items.get(self.table.cursor) if self.state in (PaneState.CONTENT, PaneState.STALE) else None

    async def load(self) -> None:
        """The page that is looked at; the others come when they are."""
        pattern = self.filter.text.strip()
        again = pattern == self._asked and self._loaded
        offset = self.table.cursor // PAGE * PAGE if again else 0
        found, total = await self.fetch(pattern, offset, PAGE)
        if again and offset and not found:
            offset = 0
            found, total = await self.fetch(pattern, 0, PAGE)
        self._asked = pattern
        self._edition += 1
        self.rows.begin(offset, found, total)
        self._list(keep=again)

    def _list(self, *, keep: bool = True) -> None:
        self.set_title(self.rows.words if self.rows.count else "")
        self.filter.show_count(self.rows.words)
        narrowed = bool(self._asked) or self.is_narrowed()
        if self.rows.count or narrowed:
            self.set_state(PaneState.CONTENT)
            said = f"Nothing matches “{sanitize(self._asked, 40)}”." if self._asked else "Nothing matches the filter."
            self.table.set_empty_text(said)
            self.table.set_rows(self.rows, keep_cursor=keep)
            self.filter.display = bool(self._asked) or self.filter.has_focus_within
            if self.screen.focused is None and self.screen.is_current:
                self.table.focus()
        else:
            self.set_state(PaneState.EMPTY, self.NOTHING)
        self.refresh_bindings()

    def put(self, item: T) -> None:
        """An entry as it is known to be now, before the list is loaded anew."""
        self.rows.put(item)
        self.redraw()

    def redraw(self) -> None:
        """The same entries, drawn anew."""
        self.rows.forget_drawn()
        self.table.set_rows(self.rows)

    def draw(self) -> None:
        """Say above the list what is closed."""
        reason = self.closed_reason()
        self._notice.update(reason)
        self._notice.display = bool(reason) and self.state is PaneState.CONTENT

    # More pages

    def _fill_view(self) -> None:
        missing = self.rows.missing
        if missing is not None:
            self.work("page", self._more, self._edition, *missing)

    async def _more(self, edition: int, offset: int, limit: int) -> None:
        try:
            found, total = await self.fetch(self._asked, offset, limit)
        except MatomoError as error:
            await self.failed(error)
            return
        if edition != self._edition:
            return
        self.rows.take(offset, found, total, limit=limit)
        self._list()
        self._fill_view()

    # Searching

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        """Ask the server once the keys rest."""
        event.stop()
        self._searching.cancel()
        if event.text.strip() != self._asked:
            self._searching.restart()

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.table.focus()

    def action_find(self) -> None:
        """Search on the server."""
        self.filter.open()

    def go_back(self) -> bool:
        """Out of the search."""
        if self.filter.is_open or self.filter.text:
            self.filter.clear()
            return True
        return False
