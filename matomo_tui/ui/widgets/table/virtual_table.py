"""The virtual table: draws only visible rows, and only changed ones.

The live feed, rankings, reports of half a million rows, site lists and admin lists are all this widget with different
:class:`~matomo_tui.ui.widgets.table.rows.Rows`. Rows are identified by their key, so that the cursor stays on its row,
and the row on its line of the screen, when other rows are added, removed or moved.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Generic, Literal, TypeVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from matomo_tui.ui.actions import bindings
from matomo_tui.ui.widgets.table.columns import Column, cell_of, whole_text
from matomo_tui.ui.widgets.table.rendering import MARK_WIDTH, TableLines
from matomo_tui.ui.widgets.table.rows import Rows
from matomo_tui.ui.widgets.tooltips import show_tooltip

K = TypeVar("K", bound=Hashable)
M = TypeVar("M", bound=Hashable)

Follow = Literal["none", "start", "end"]
TablePlace = tuple[int, Hashable | None]
"""The index and the key of a row."""


class VirtualTable(TableLines[K], can_focus=True, inherit_bindings=False):
    """A table of any length. The cost of opening and updating it depends only on the number of visible rows.

    ``follow`` is the end where new rows are added. While the cursor is on that end, it moves to each new row; otherwise
    it stays on its row, and the row on its line of the screen. With ``hold_line`` false, the view scrolls only to keep
    the cursor visible. The owner binds ``enter`` and calls :meth:`action_select`.

    Textual's keys for scrolling are not inherited: a table has no use for them, and they hide the same keys of its
    owner in the help.
    """

    DEFAULT_CSS = """
    VirtualTable {
        height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
        & > .virtual-table--muted { color: $text-muted; }
        & > .virtual-table--strong { color: $foreground; text-style: bold; }
        & > .virtual-table--accent { color: $accent; }
        & > .virtual-table--good { color: $success; }
        & > .virtual-table--warn { color: $warning; }
        & > .virtual-table--bad { color: $error; }
        & > .virtual-table--bar { color: $secondary; }
        & > .virtual-table--fresh { color: $foreground; text-style: bold; }
        & > .virtual-table--placeholder { color: $text-disabled; }
        & > .virtual-table--header { color: $text-muted; }
        & > .virtual-table--cursor { background: $block-cursor-blurred-background; }
        &:focus > .virtual-table--cursor { background: $block-cursor-background; }
        &:ansi > .virtual-table--muted, &:ansi > .virtual-table--placeholder { text-style: dim; }
        &:ansi > .virtual-table--cursor { text-style: bold; }
        &:ansi:focus > .virtual-table--cursor { background: ansi_default; text-style: reverse; }
    }
    .-stale VirtualTable:ansi { text-style: dim; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table")]
    ALLOW_SELECT = False

    class Highlighted(Message, Generic[M]):
        """The cursor moved to another row; ``key`` is ``None`` if the table is empty or the row is not loaded."""

        def __init__(self, table: VirtualTable[M], index: int, key: M | None) -> None:
            super().__init__()
            self.table, self.index, self.key = table, index, key

        @property
        def control(self) -> Widget:
            return self.table

    class Selected(Message, Generic[M]):
        """The row under the cursor was selected, by the owner's key or a double click."""

        def __init__(self, table: VirtualTable[M], index: int, key: M) -> None:
            super().__init__()
            self.table, self.index, self.key = table, index, key

        @property
        def control(self) -> Widget:
            return self.table

    class HeaderClicked(Message):
        """A click on the header of ``column`` (its key)."""

        def __init__(self, table: Widget, column: str) -> None:
            super().__init__()
            self.table, self.column = table, column

        @property
        def control(self) -> Widget:
            return self.table

    class WentLast(Message):
        """The user jumped to the last row."""

        def __init__(self, table: Widget) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> Widget:
            return self.table

    class Scrolled(Message):
        """The view was scrolled; ``top`` is the index of its first row."""

        def __init__(self, table: Widget, top: int) -> None:
            super().__init__()
            self.table, self.top = table, top

        @property
        def control(self) -> Widget:
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        header: bool = False,
        follow: Follow = "none",
        hold_line: bool = True,
        spacing: int = 1,
        mark_width: int = MARK_WIDTH,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(columns, header=header, spacing=spacing, mark_width=mark_width, id=id, classes=classes)
        self.one_click = False
        """Whether one click selects a row: for lists to choose from."""
        self._follow: Follow = follow
        self._hold_line = hold_line
        self._pinned = follow != "none"
        self._end_in_view = True
        self._place_depth = 0
        self._cursor_key: K | None = None
        self._resume_at: TablePlace | None = None
        self._reported_view = (-1, -1)

    @property
    def cursor(self) -> int:
        """The index of the row under the cursor; 0 in an empty table."""
        return self._cursor

    @property
    def cursor_key(self) -> K | None:
        """The key of the row under the cursor; ``None`` in an empty table or on a row that is not loaded."""
        return self._cursor_key

    @property
    def place(self) -> TablePlace:
        """The index and the key of the row under the cursor, for ``resume_at`` of a table that replaces this one."""
        return self._cursor, self._cursor_key

    @property
    def view(self) -> tuple[int, int]:
        """The indexes of the first row in view and of the one after the last."""
        return self.top, min(self.top + self.page_size, self._count)

    @property
    def following(self) -> bool:
        """True if the cursor moves to each new row: it was put on that end, and the end is in view."""
        return self._pinned and self._end_in_view

    def set_rows(self, rows: Rows[K], *, keep_cursor: bool = True) -> None:
        """Show ``rows``, which may be the same provider after it changed.

        The cursor stays on its row by key. It moves to the end that the table follows if it is there already, if the
        table was empty, or if ``keep_cursor`` is false.
        """
        to_end = self.following or not keep_cursor or not self._count
        another = rows is not self._rows
        self._rows, self._count = rows, len(rows)
        with self._placing():
            self._resize_virtual()
            if self._resume_at is not None and self._count:
                self._resume(*self._resume_at)
            elif to_end:
                self._pinned = self._follow != "none"
                self._set_cursor(self._end)
                self._scroll_into_view()
            elif self._hold_line:
                self._stay()
            else:
                self._scroll(self.top)
                place = self._place_of(self._cursor_key, self._cursor)
                self._set_cursor(min(self._cursor if place is None else place, max(0, self._count - 1)))
                self._scroll_into_view()
        self._view_changed(another=another)

    def resume_at(self, place: TablePlace) -> None:
        """Put the cursor at ``place`` with the first rows: on the row of its key, otherwise on its line."""
        self._resume_at = place

    def _resume(self, index: int, key: Any) -> None:
        self._resume_at, self._pinned = None, False
        found = self._place_of(key, index)
        self._set_cursor(min(index if found is None else found, self._count - 1))
        self._scroll_into_view()

    def set_header(self, shown: bool) -> None:
        """Show or hide the line of column labels."""
        super().set_header(shown)
        with self._placing():
            self._resize_virtual()
            self._scroll_into_view()
        self._view_changed()

    def rows_changed(self) -> None:
        """Redraw the rows on screen that changed, after the provider loaded or updated some."""
        self._set_cursor(self._cursor)
        self._redraw()
        self._close_stale_tooltip()

    def move_cursor(self, index: int, *, pin: bool = False) -> None:
        """Move the cursor to a row and scroll it into view; ``pin``: follow new rows if that is the end."""
        index = min(max(0, index), max(0, self._count - 1))
        if pin:
            self._pinned = self._follow != "none" and index == self._end
        with self._placing():
            self._set_cursor(index)
            self._scroll_into_view()
        self._view_changed()

    def action_cursor_up(self) -> None:
        self.move_cursor(self._cursor - 1, pin=True)

    def action_cursor_down(self) -> None:
        self.move_cursor(self._cursor + 1, pin=True)

    def action_page_up(self) -> None:
        """Scroll up by one page and move the cursor along."""
        self._page(-1)

    def action_page_down(self) -> None:
        """Scroll down by one page and move the cursor along."""
        self._page(1)

    def _page(self, by: int) -> None:
        with self._placing():
            self._scroll(self.top + by * self.page_size)
        self.move_cursor(self._cursor + by * self.page_size, pin=True)

    def action_first(self) -> None:
        self.move_cursor(0, pin=True)

    def action_last(self) -> None:
        self.move_cursor(self._count - 1, pin=True)
        self.post_message(self.WentLast(self))

    def action_select(self) -> None:
        """Select the row under the cursor."""
        if self._cursor_key is not None:
            self.post_message(self.Selected(self, self._cursor, self._cursor_key))

    @property
    def _end(self) -> int:
        return max(0, self._count - 1) if self._follow == "end" else 0

    @contextmanager
    def _placing(self) -> Iterator[None]:
        """Scroll without redrawing and without messages until ``_view_changed`` is called."""
        self._place_depth += 1
        try:
            yield
        finally:
            self._place_depth -= 1

    def _stay(self) -> None:
        """Keep the cursor on its row, and the row on its line of the screen.

        If that row is gone, the first visible row that is still there keeps its line, and the cursor its own line. The
        keys of the visible rows are those of the last drawing, because the provider may be the same object, changed.
        """
        line = self._cursor - self.top
        anchors = sorted(self._in_view, key=lambda anchor: anchor[0] != self._cursor_key)
        for key, at in anchors:
            if (place := self._place_of(key, self.top + at)) is not None:
                self._scroll(place - at)
                break
        known = self._place_of(self._cursor_key, self._cursor)
        if known is None:
            known = self.top + line if 0 <= line < self.page_size else self._cursor
        self._set_cursor(min(known, max(0, self._count - 1)))

    def _place_of(self, key: K | None, before: int) -> int | None:
        """Return the place of a row. It is tried ``before`` first, where most rows still are, to save a search."""
        if key is None:
            return None
        row = self._rows.row(before) if before < self._count else None
        return before if row is not None and row.key == key else self._rows.index_of(key)

    def _set_cursor(self, index: int) -> None:
        row = self._rows.row(index) if index < self._count else None
        key = None if row is None else row.key
        changed = key != self._cursor_key or (key is None and index != self._cursor)
        self._cursor, self._cursor_key = index, key
        if changed:
            self.post_message(self.Highlighted(self, index, key))

    def _resize_virtual(self) -> None:
        """Set the length for the scrollbar. Setting the reactive instead would lay out the whole screen again."""
        size = Size(self.scrollable_content_region.width, self._count + self._header)
        if size.height != self.virtual_size.height:
            self.set_reactive(Widget.virtual_size, size)
            if self.container_size:
                self._scroll_update(size)

    def _scroll(self, top: int) -> None:
        self.scroll_to(y=min(max(0, top), self.max_scroll_y), animate=False, force=True)

    def _scroll_into_view(self) -> None:
        if self.scrollable_content_region.height <= self._header:
            return  # Not laid out yet, or hidden: the resize that shows it comes here again.
        if self._cursor < self.top:
            self._scroll(self._cursor)
        elif self._cursor >= self.top + self.page_size:
            self._scroll(self._cursor - self.page_size + 1)

    def _view_changed(self, *, another: bool = False) -> None:
        """Redraw changed lines after a movement, and report the rows in view to the provider and the owner.

        ``another``: the provider is a new one, so the rows in view are reported even if their places are the same.
        """
        top = self.top
        self._end_in_view = top == 0 if self._follow == "start" else top >= self._count - self.page_size
        self._redraw()
        self._close_stale_tooltip()
        view = self.view
        if view != self._reported_view:
            self._rows.want(*view)
            if view[0] != self._reported_view[0]:
                self.post_message(self.Scrolled(self, top))
            self._reported_view = view
        elif another:
            self._rows.want(*view)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Redraw only changed lines; Textual's own method redraws all."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value) and not self._place_depth:
            self._view_changed()

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self._drawn.clear()
        with self._placing():
            self._resize_virtual()
            self._scroll_into_view()
        self._view_changed()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row; a double click selects it, or with ``one_click`` a single one."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        if offset.y < self._header:
            for at in self._placed:
                if at.x <= offset.x < at.x + at.width:
                    self.post_message(self.HeaderClicked(self, self._columns[at.index].key))
            return
        index = self.top + offset.y - self._header
        if index >= self._count:
            return
        if self.one_click or (event.chain == 2 and index == self._cursor):
            self.move_cursor(index)
            self.action_select()
        else:
            self.move_cursor(index, pin=True)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Have the whole text of the cell under the pointer in the tooltip, if it is cut."""
        offset = event.get_content_offset(self)
        show_tooltip(self, self._cut_text(offset.x, offset.y - self._header) if offset is not None else "")

    def _close_stale_tooltip(self) -> None:
        """Close the tooltip if its cell has moved from under the pointer, with new rows or by scrolling."""
        if self.tooltip is None:
            return
        offset = self.app.mouse_position - self.content_region.offset
        if self._cut_text(offset.x, offset.y - self._header) != str(self.tooltip):
            show_tooltip(self, "")

    @property
    def cut_label(self) -> str:
        """The whole text of the first cell of the row under the cursor, if it is cut; otherwise ``""``."""
        return self._cut_text(self._placed[0].x, self._cursor - self.top) if self._placed else ""

    def _cut_text(self, x: int, line: int) -> str:
        index = self.top + line
        row = self._rows.row(index) if line >= 0 and index < self._count else None
        for at in self._placed:
            if row is not None and at.x <= x < at.x + at.width:
                return whole_text(cell_of(row.cells, at), at.width)
        return ""
