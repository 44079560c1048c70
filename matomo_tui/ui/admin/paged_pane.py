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
"""Seconds without a key after which the search is sent."""


class PagedPane(AdminPane, Generic[K, T]):
    """Loads pages with ``fetch`` as they scroll into view. Subclasses define columns, pages, keys and rows."""

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    FIND: ClassVar[str] = ""
    NOTHING: ClassVar[str] = ""
    DEFAULT_CSS = """
    PagedPane > .paged--closed { height: auto; padding: 0 1; color: $text-warning; }
    """

    def __init__(self, context: AdminContext) -> None:
        super().__init__(context)
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
        """Request a page. Returns it with the total number of items, None if unknown. Raises a ``MatomoError``."""

    @abstractmethod
    def key_of(self, item: T) -> K:
        """The key that identifies an item when the list changes."""

    @abstractmethod
    def row_of(self, item: T) -> Row[K]:
        """The row of an item."""

    def closed_reason(self) -> str:
        """Why entries cannot be changed; ``""`` if they can."""
        return ""

    def remark(self) -> str:
        """What is written above the list."""
        return self.closed_reason()

    def empty_text(self) -> str:
        """The text of an empty list."""
        return self.NOTHING

    def is_narrowed(self) -> bool:
        """True if a filter other than the search is active."""
        return False

    # Showing

    @property
    def under_cursor(self) -> T | None:
        """The item under the cursor, None if the list is empty."""
        return self.rows.items.get(self.table.cursor) if self.state in (PaneState.CONTENT, PaneState.STALE) else None

    async def load(self) -> None:
        """Load the visible page; other pages load when they scroll into view."""
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

    def title_details(self) -> tuple[str, ...]:
        """What follows the title: how many entries there are."""
        return (self.rows.words,) if self.rows.count else ()

    def _list(self, *, keep: bool = True) -> None:
        self.set_title(self.title_details())
        self.filter.show_count(self.rows.words)
        narrowed = bool(self._asked) or self.is_narrowed()
        if self.rows.count or narrowed:
            self.set_state(PaneState.CONTENT)
            empty = f"Nothing matches “{sanitize(self._asked, 40)}”." if self._asked else "Nothing matches the filter."
            self.table.set_empty_text(empty)
            self.table.set_rows(self.rows, keep_cursor=keep)
            self.filter.display = bool(self._asked) or self.filter.has_focus_within
            if self.screen.focused is None and self.screen.is_current:
                self.table.focus()
        else:
            self.set_state(PaneState.EMPTY, self.empty_text())
        self.refresh_bindings()

    def replace_item(self, item: T) -> None:
        """Replace an item before the list is loaded again."""
        self.rows.put(item)
        self.redraw()

    def remove_item(self, key: K) -> None:
        """Remove an item before the list is loaded again, if all pages are loaded."""
        if len(self.rows.items) == self.rows.count:
            left = [item for item in self.rows.items.values() if self.key_of(item) != key]
            self.rows.begin(0, left, len(left))
            self._list()

    def redraw(self) -> None:
        """Draw the same items again."""
        self.rows.forget_drawn()
        self.table.set_rows(self.rows)

    def draw(self) -> None:
        """Show what is written above the list."""
        remark = self.remark()
        self._notice.update(remark)
        self._notice.display = bool(remark) and self.state is PaneState.CONTENT

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
        """Send the search after a pause."""
        event.stop()
        self._searching.cancel()
        if event.text.strip() != self._asked:
            self._searching.restart()

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.table.focus()

    def action_find(self) -> None:
        """Open the search."""
        self.drop_request()
        self.filter.open()

    def go_back(self) -> bool:
        """Leave the search."""
        if self.filter.is_open or self.filter.text:
            self.filter.clear()
            return True
        return False
