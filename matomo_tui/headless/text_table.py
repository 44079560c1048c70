"""Draws rows of text as a table: within the width of a terminal, or with tabs for a pipe."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

_GAP = "  "
_NARROWEST = 8
"""Columns that a text is shortened to at least, before whole columns are left out."""


def cell_width(text: str) -> int:
    """Return the number of terminal columns of a sanitized ``text``."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, width: int) -> str:
    """Cut ``text`` to ``width`` terminal columns; a cut text ends with an ellipsis."""
    if cell_width(text) <= width:
        return text
    kept, used = "", 0
    for character in text:
        used += _width(character)
        if used > width - 1:
            break
        kept += character
    return f"{kept}…"


def pad(text: str, width: int, *, right: bool) -> str:
    """Shorten or pad ``text`` to ``width`` terminal columns, aligned to the ``right`` or the left."""
    short = shorten(text, width)
    spaces = " " * (width - cell_width(short))
    return spaces + short if right else short + spaces


class TextTable:
    """A table whose columns are laid out for its first rows, so that later ones can follow one by one.

    ``width`` is the terminal's in columns; ``None`` separates the cells by tabs and shortens nothing. ``numeric`` tells
    for each column if it is aligned to the right.
    """

    def __init__(
        self, names: Sequence[str], first: Sequence[Sequence[str]], numeric: Sequence[bool], width: int | None
    ) -> None:
        self._names = list(names)
        self._numeric = list(numeric)
        self._widths = [] if width is None else _layout(_natural(names, first), self._numeric, width)
        self._tabs = width is None

    @property
    def columns(self) -> int:
        """The number of columns, those without room included."""
        return len(self._names)

    @property
    def left_out(self) -> int:
        """The number of columns without room, from the right."""
        return 0 if self._tabs else len(self._names) - len(self._widths)

    def header(self) -> str:
        """The line with the names of the columns."""
        return self.line(self._names)

    def line(self, cells: Sequence[str]) -> str:
        """One line, with its line break."""
        if self._tabs:
            return "\t".join(cells) + "\n"
        columns = zip(cells, self._widths, self._numeric, strict=False)
        return _GAP.join(pad(cell, width, right=right) for cell, width, right in columns).rstrip() + "\n"


def _natural(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[int]:
    widths = [cell_width(name) for name in names]
    for row in rows:
        widths = [max(width, cell_width(cell)) for width, cell in zip(widths, row, strict=True)]
    return widths


def _layout(natural: list[int], numeric: Sequence[bool], width: int) -> list[int]:
    """The widths of the columns that fit into ``width``: texts are shortened first, the widest of them first, then
    columns are left out from the right."""
    widths = list(natural)
    while len(widths) > 1:
        narrowest = [size if right else min(size, _NARROWEST) for size, right in zip(widths, numeric, strict=False)]
        if sum(narrowest) + len(_GAP) * (len(widths) - 1) <= width:
            break
        widths.pop()
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0:
        candidates = [at for at in range(len(widths)) if not numeric[at] and widths[at] > _NARROWEST]
        if not candidates:
            return [min(size, width) for size in widths]
        widest = max(candidates, key=widths.__getitem__)
        others = [widths[at] for at in candidates if at != widest]
        step = max(1, min(excess, widths[widest] - max([_NARROWEST, *others])))
        widths[widest] -= step
        excess -= step
    return widths
