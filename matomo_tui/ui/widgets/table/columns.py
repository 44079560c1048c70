"""Columns of the virtual table: visibility, width and cell clipping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from matomo_tui.ui.drawing.formatting import ascii_money, start_of
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE

StyleName = Literal[
    "",
    "muted",
    "strong",
    "accent",
    "good",
    "warn",
    "bad",
    "bar",
    "tint",
    "tint-muted",
    "tint-strong",
    "fresh",
    "placeholder",
    "header",
    "cursor",
]
"""The style of a text: the table's own (``""``) or that of its component class ``virtual-table--<name>``.

``tint`` is the background of a bar behind a text; a table that uses it defines its component class."""

Span = tuple[str, StyleName]

Plain = str | tuple[Span, ...]


class Fitted(Protocol):
    """A cell that depends on its width: a bar, or figures that must not be cut. Equal cells must compare equal."""

    def __call__(self, width: int) -> Plain:
        """Return the text in at most ``width`` cells."""
        ...


Cell = Plain | Fitted

_WHOLE = 300
"""A width in which every text is whole."""
_CHART_SIGNS = frozenset(f"{UNICODE.bars}{UNICODE.sparks}{ASCII.bars}{ASCII.sparks}")


class Column(Struct, frozen=True):
    """One column; all widths are in terminal cells."""

    key: str
    label: str = ""
    width: int = 1
    """The width, or the least width if ``flex`` is not 0."""
    flex: int = 0
    """The column's share of the cells that are left over."""
    most: int | None = None
    """The greatest width of a flexible column."""
    align: Literal["left", "right"] = "left"
    hides: int = 0
    """On a narrower table, the highest number is hidden first, of equal ones the rightmost; 0 always stays."""
    brief: str = ""
    """A shorter label, used if ``label`` would be cut."""
    first: tuple[int, int] = (0, 0)
    """A width that it gets before any column whose ``hides`` is at least the second number is shown: without it, a
    wider table would show less of this column for the sake of one more."""


class PlacedColumn(Struct, frozen=True):
    """A visible column: its index among all columns, its first cell, and its width."""

    index: int
    x: int
    width: int


def place(columns: Sequence[Column], width: int, start: int, spacing: int) -> tuple[PlacedColumn, ...]:
    """Place the visible columns in ``width`` cells: the first at ``start``, with ``spacing`` cells between columns."""
    shown = list(range(len(columns)))
    room = max(0, width - start)

    def least(i: int) -> int:
        width, hides = columns[i].first
        is_owed = hides > 0 and any(columns[n].hides >= hides for n in shown)
        return max(columns[i].width, width) if is_owed else columns[i].width

    def needed() -> int:
        return sum(map(least, shown)) + spacing * max(0, len(shown) - 1)

    while needed() > room:
        hideable = [i for i in shown if columns[i].hides]
        if not hideable:
            break
        shown.remove(max(hideable, key=lambda i: (columns[i].hides, i)))
    widths = {i: least(i) for i in shown}
    _share(columns, widths, room - needed())
    placed: list[PlacedColumn] = []
    x = start
    for i in shown:
        take = min(widths[i], width - x)
        if take <= 0:
            break
        placed.append(PlacedColumn(i, x, take))
        x += take + spacing
    return tuple(placed)


def _share(columns: Sequence[Column], widths: dict[int, int], left: int) -> None:
    """Divide ``left`` cells among the flexible columns by their shares, up to ``most`` each.

    If ``left`` is negative, that many cells are taken from the flexible columns, the widest first.
    """
    flexible = [i for i in widths if columns[i].flex]
    while left < 0 and any(widths[i] > 1 for i in flexible):
        widths[max(flexible, key=widths.__getitem__)] -= 1
        left += 1
    while left > 0:
        growing = [i for i in flexible if (most := columns[i].most) is None or widths[i] < most]
        if not growing:
            return
        total = sum(columns[i].flex for i in growing)
        given = 0
        for i in growing:
            share = max(1, left * columns[i].flex // total)
            most = columns[i].most
            share = min(share, left - given, share if most is None else most - widths[i])
            widths[i] += share
            given += share
        left -= given


def in_ascii(cell: Cell, width: int) -> Cell:
    """Replace currency signs by codes, before the cell is fitted: codes need more room."""
    spans = cell(width) if callable(cell) else cell
    return ascii_money(spans) if isinstance(spans, str) else tuple((ascii_money(text), look) for text, look in spans)


def fit(cell: Cell, width: int, align: Literal["left", "right"], ellipsis: str) -> list[Span]:
    """Return ``cell`` in exactly ``width`` terminal cells: padded, or cut at the end with ``ellipsis``.

    Wide characters are never cut in half; a blank takes the place of one that does not fit.
    """
    spans = cell(width) if callable(cell) else cell
    whole: Sequence[Span] = [(spans, "")] if isinstance(spans, str) else spans
    pieces: list[Span] = [(start_of(text, width), look) for text, look in whole]
    length = sum(_cells(text) for text, _ in pieces)
    if length > width:
        pieces = _cut(pieces, width, ellipsis)
    elif length < width:
        pad: Span = (" " * (width - length), "")
        pieces = [pad, *pieces] if align == "right" else [*pieces, pad]
    return pieces


def cell_of(cells: Sequence[Cell], at: PlacedColumn) -> Cell:
    """Return a row's cell in a column; an empty one if the row has none."""
    return cells[at.index] if at.index < len(cells) else ""


def whole_text(cell: Cell, width: int) -> str:
    """Return the whole text of a cell that is cut to ``width`` cells; ``""`` if it is not cut, or a sparkline."""
    spans = cell(_WHOLE) if callable(cell) else cell
    text = (spans if isinstance(spans, str) else "".join(text for text, _ in spans)).strip()
    return text if _cells(text) > width and not set(text) <= _CHART_SIGNS else ""


def _cells(text: str) -> int:
    return len(text) if text.isascii() and text.isprintable() else cell_len(text)


def _cut(pieces: Sequence[Span], width: int, ellipsis: str) -> list[Span]:
    """Return the pieces up to ``width - 1`` cells, then the ellipsis in the style of the text that it cuts."""
    if width <= 0:
        return []
    room = width - 1
    kept: list[Span] = []
    for text, look in pieces:
        length = _cells(text)
        if length <= room:
            kept.append((text, look))
            room -= length
            continue
        kept.append((set_cell_size(text, room) + ellipsis, look))
        break
    return kept
