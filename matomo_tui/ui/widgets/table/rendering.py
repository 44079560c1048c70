"""Rendering of the virtual table: converts rows to screen lines and finds the lines that changed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar, get_args

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.widgets.plain_lines import PlainLines
from matomo_tui.ui.widgets.table.columns import Cell, Column, PlacedColumn, StyleName, cell_of, fit, in_ascii, place
from matomo_tui.ui.widgets.table.rows import ListRows, Row, Rows
from matomo_tui.ui.widgets.table.styles import resolve

K = TypeVar("K", bound=Hashable)

MARK_WIDTH = 2
"""Cells before the first column: the row's mark or the cursor's sign, and a blank."""


SPARE_STRIPS = 16
"""Lines kept drawn beside those in view, so that a step of the cursor or a new row draws one line."""


class _Line(NamedTuple, Generic[K]):
    """The content of a screen line: a row, a placeholder (``row`` is ``None``), or blanks below the last row."""

    row: Row[K] | None
    cursor: bool
    below: bool
    place: int = 0
    """The place of the row that is not loaded, from 1 on; 0 for others."""


class _View(NamedTuple):
    """What the lines on the screen depend on besides their rows."""

    placed: tuple[PlacedColumn, ...]
    top: int
    """Index of the first row."""
    cursor: int
    """Index of the row that is drawn as the one under the cursor; -1 if none is."""


class TableLines(ScrollView, Generic[K]):
    """Draws the rows in view with Textual's line API. Only these are requested from the provider."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"virtual-table--{name}" for name in get_args(StyleName) if name and not name.startswith("tint")
    }
    PLAIN_ON_CURSOR: ClassVar[frozenset[StyleName]] = frozenset({"muted", "tint", "tint-muted", "tint-strong"})
    """Styles that are not used in the row under the cursor while the table has the focus: grey text would be hard to
    read on the cursor's strong background, and a tint would hide it."""
    CURSOR_NEEDS_FOCUS: ClassVar[bool] = False
    """True if the cursor is drawn only while the table has the focus."""
    CURSOR_SIGN: ClassVar[StyleName] = "accent"
    """The style of the sign before the row under the cursor while the table has the focus."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        header: bool = False,
        spacing: int = 1,
        mark_width: int = MARK_WIDTH,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._styles_cache = PlainLines()
        self._columns = tuple(columns)
        self._spacing = spacing
        self._mark_width = mark_width
        self._header = int(header)
        self._sort: tuple[str, bool] | None = None
        self._rows: Rows[K] = ListRows()
        self._count = 0
        self._cursor = 0
        self._empty_text = ""
        self._placed: tuple[PlacedColumn, ...] = ()
        self._placed_width = -1
        self._view: _View | None = None
        """While lines are drawn."""
        self._drawn: dict[int, _Line[K]] = {}
        self._in_view: list[tuple[K, int]] = []
        self._strips: LRUCache[tuple[K, bool], tuple[Row[K], Strip]] = LRUCache(SPARE_STRIPS)
        self._styles_by_looks: dict[tuple[StyleName, ...], Style] = {}

    @property
    def rows(self) -> Rows[K]:
        """The current provider."""
        return self._rows

    @property
    def top(self) -> int:
        """The index of the first row in view."""
        return int(self.scroll_offset.y)

    @property
    def page_size(self) -> int:
        """The number of rows that fit into the view; at least 1."""
        return max(1, self.scrollable_content_region.height - self._header)

    @property
    def placed(self) -> tuple[PlacedColumn, ...]:
        """The visible columns at the current width."""
        width = self.scrollable_content_region.width
        if width != self._placed_width:
            self._placed_width = width
            self._placed = place(self._columns, width, self._mark_width, self._spacing)
            self._strips.clear()
        return self._placed

    def columns_at(self, width: int) -> list[str]:
        """Return the keys of the columns that have room in a table of ``width`` cells."""
        placed = place(self._columns, width - self.styles.scrollbar_size_vertical, self._mark_width, self._spacing)
        return [self._columns[at.index].key for at in placed]

    def set_columns(self, columns: Sequence[Column], *, spacing: int | None = None) -> None:
        """Set the columns. A row that lacks a cell for one of them, such as one of other columns, is empty there."""
        wanted = (tuple(columns), self._spacing if spacing is None else spacing)
        if wanted != (self._columns, self._spacing):
            self._columns, self._spacing = wanted
            self._forget()

    def set_sort(self, column: str, *, descending: bool) -> None:
        """Mark ``column`` (its key) in the header as the sort column."""
        if self._sort != (column, descending):
            self._sort = (column, descending)
            self.refresh()

    def set_header(self, shown: bool) -> None:
        """Show or hide the line of column labels."""
        if self._header != int(shown):
            self._header = int(shown)
            self._drawn.clear()
            self.refresh(layout=True)

    def set_empty_text(self, text: str) -> None:
        """Set the sentence that an empty table shows."""
        if self._empty_text != text:
            self._empty_text = text
            if not self._count:
                self.refresh()

    def notify_style_update(self) -> None:
        """Drop all cached lines: theme, focus or state changed, and with them the colours."""
        super().notify_style_update()
        self._forget()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._view = self._present_view
        self._strips.grow(self.size.height + SPARE_STRIPS)
        try:
            return super().render_lines(crop)
        finally:
            self._view = None

    @property
    def _present_view(self) -> _View:
        """What all lines depend on. Asking the layout for each line takes longer than to draw it."""
        shows_cursor = self.has_focus or not self.CURSOR_NEEDS_FOCUS
        return _View(self.placed, self.top, self._cursor if shows_cursor else -1)

    def render_line(self, y: int) -> Strip:
        """Return a line of the widget, from the cache if the row was drawn the same way before."""
        view = self._view or self._present_view
        placed = view.placed
        if y < self._header:
            return self._header_strip(placed)
        line = self._drawn[y] = self._line(y, view)
        if line.below:
            if not self._count and self._empty_text and y == self._header:
                return self._strip([(" " * self._mark_width, ()), (self._empty_text, ("muted",))])
            return Strip.blank(self._placed_width, self._style(()))
        if line.row is None:
            return self._row_strip(self._waiting(line.place), line.cursor, placed)
        found = self._strips.get((line.row.key, line.cursor))
        if found is not None and found[0] == line.row:
            return found[1]
        strip = self._row_strip(line.row, line.cursor, placed)
        self._strips[(line.row.key, line.cursor)] = (line.row, strip)
        return strip

    def _redraw(self) -> None:
        """Redraw the lines whose content changed; if cells of the same row changed, only those cells."""
        region = self.scrollable_content_region
        view = self._present_view
        regions: list[Region] = []
        self._in_view = []
        for y in range(self._header, region.height):
            line, before = self._line(y, view), self._drawn.get(y)
            if line.row is not None:
                self._in_view.append((line.row.key, y - self._header))
            if line == before:
                continue
            x, width = self._difference(line, before) or (0, region.width)
            last = regions[-1] if regions else None
            if last is not None and (last.x, last.width, last.bottom) == (x, width, y):
                regions[-1] = Region(x, last.y, width, last.height + 1)
            else:
                regions.append(Region(x, y, width, 1))
        if regions:
            self.refresh(*regions)

    def _difference(self, line: _Line[K], before: _Line[K] | None) -> tuple[int, int] | None:
        """Return the first changed cell and their number if only cells of the same row differ, else ``None``."""
        row, old = line.row, before.row if before else None
        if row is None or old is None or before is None or line.cursor != before.cursor:
            return None
        if (row.key, row.look, row.mark) != (old.key, old.look, old.mark):
            return None
        changed = [at for at in self.placed if cell_of(row.cells, at) != cell_of(old.cells, at)]
        return (changed[0].x, changed[-1].x + changed[-1].width - changed[0].x) if changed else (0, 1)

    def _line(self, y: int, view: _View) -> _Line[K]:
        index = view.top + y - self._header
        if index >= self._count:
            return _Line(None, False, True)
        row = self._rows.row(index)
        return _Line(row, index == view.cursor, False, index + 1 if row is None else 0)

    def _waiting(self, place: int) -> Row[None]:
        """A row in place of one that is not loaded: its number shows how far one has scrolled, until it comes."""
        dots = glyphs_of(self).ellipsis
        texts = (f"{dots} {place:,}", *(dots for _ in self._columns[1:]))
        return Row(None, tuple(((text, "placeholder"),) for text in texts), "placeholder")

    def _row_strip(self, row: Row[K] | Row[None], cursor: bool, placed: Sequence[PlacedColumn]) -> Strip:
        glyphs = glyphs_of(self)
        base: tuple[StyleName, ...] = ("cursor",) if cursor else (row.look,) if row.look else ()
        mark, mark_look = row.mark
        if cursor:
            mark, mark_look = glyphs.cursor, mark_look or (self.CURSOR_SIGN if self.has_focus else "muted")
        # In the terminal's own colours the line is reversed: every colour would be a patch of background.
        focused = cursor and self.has_focus
        plain = focused and self.app.native_ansi_color
        mark_look = "" if plain else mark_look
        pieces: list[tuple[str, tuple[StyleName, ...]]] = []
        pieces.extend((text, (*base, look)) for text, look in fit(((mark, mark_look),), self._mark_width, "left", ""))
        for text, look, _ in self._cells(row.cells, placed, glyphs):
            dropped = not look or plain or (focused and look in self.PLAIN_ON_CURSOR)
            pieces.append((text, base if dropped else (*base, look)))
        return self._strip(pieces)

    def _header_strip(self, placed: Sequence[PlacedColumn]) -> Strip:
        glyphs = glyphs_of(self)
        labels = [""] * len(self._columns)
        for at in placed:
            column, sign = self._columns[at.index], ""
            if self._sort and self._sort[0] == column.key:
                # In front, so that a narrow column does not cut it off.
                sign = f"{glyphs.down if self._sort[1] else glyphs.up} "
            whole = cell_len(sign) + cell_len(column.label) <= at.width
            labels[at.index] = sign + (column.label if whole else column.brief or column.label)
        pieces: list[tuple[str, tuple[StyleName, ...]]] = [(" " * self._mark_width, ())]
        pieces.extend((text, ("header",) if inside else ()) for text, _, inside in self._cells(labels, placed, glyphs))
        return self._strip(pieces)

    def _cells(
        self, cells: Sequence[Cell], placed: Sequence[PlacedColumn], glyphs: Glyphs
    ) -> Iterable[tuple[str, StyleName, bool]]:
        """Yield text and style of the visible cells, each in its width, and of the gaps between them (``False``)."""
        x = self._mark_width
        for at in placed:
            if at.x > x:
                yield " " * (at.x - x), "", False
            cell = cell_of(cells, at)
            cell = in_ascii(cell, at.width) if glyphs.ascii else cell
            for text, look in fit(cell, at.width, self._columns[at.index].align, glyphs.ellipsis):
                yield text, look, True
            x = at.x + at.width

    def _strip(self, pieces: Sequence[tuple[str, tuple[StyleName, ...]]]) -> Strip:
        """Join pieces to a strip of exactly the table's width; neighbours of the same style become one segment."""
        segments: list[Segment] = []
        texts: list[str] = []
        style = before = None
        for text, looks in pieces:
            style = self._style(looks)
            if style is not before and texts:
                segments.append(Segment("".join(texts), before))
                texts.clear()
            texts.append(text)
            before = style
        segments.append(Segment("".join(texts), style))
        return Strip(segments).adjust_cell_length(self._placed_width, style)

    def _style(self, looks: tuple[StyleName, ...]) -> Style:
        style = self._styles_by_looks.get(looks)
        if style is None:
            style = resolve(self, (f"virtual-table--{look}" for look in looks if look))
            self._styles_by_looks[looks] = style
        return style

    def _forget(self) -> None:
        """Drop all caches and redraw."""
        self._placed_width = -1
        self._strips.clear()
        self._styles_by_looks.clear()
        self._drawn.clear()
        self.refresh()
