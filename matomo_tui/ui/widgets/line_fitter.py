"""Fits the parts of a header line into its width by rank: less important parts are cut or dropped first."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.terminal.char_widths import is_agreed, roomy


class Cut(Struct, frozen=True):
    """Permission to shorten a part to no fewer than ``least`` cells, used at ``rank``."""

    rank: int
    least: int


class LinePart(Struct, frozen=True):
    """A piece of a header line."""

    text: str
    style: str
    """The suffix of the component class that it is drawn with."""
    rank: int = 0
    """The highest rank is dropped first; 0 is never dropped."""
    cuts: tuple[Cut, ...] = ()
    name: str = ""
    joined: bool = False
    """True if this is one level below the part before it, as in a path."""


class LineSpacing(Struct, frozen=True):
    """The blanks of a header line, in cells."""

    between: int
    """From one part to the next on the same side."""
    reserved: int
    """For both margins and the gap between the sides."""


def line_length(parts: Sequence[LinePart], between: int) -> int:
    """The cells that ``parts`` take with ``between`` cells from one to the next."""
    return sum(cell_len(part.text) for part in parts) + between * max(0, len(parts) - 1)


def fit_line(
    left: Sequence[LinePart],
    right: Sequence[LinePart],
    width: int,
    spacing: LineSpacing,
    *,
    ellipsis: str = "…",
    restore: bool = False,
) -> tuple[list[LinePart], list[LinePart]]:
    """Return the parts of the left and the right side that fit into ``width`` cells.

    Ranks are visited from the highest down until the line fits. At each rank, parts with a ``Cut`` of that rank are
    shortened as far as needed, then parts of that rank are dropped one by one, from left to right. If several parts
    may be shortened, the one of the highest rank is if that suffices, otherwise the one with most to spare, so that
    few parts are cut.

    With ``restore``, parts are put back whole in the order of their rank where the result leaves room for them: a
    short part dropped before a long one often fits once the long one is gone.

    Parts of rank 0 without a cut always stay, so the result can be longer than ``width``.
    """
    fitter = _Fitter(left, right, width - spacing.reserved, spacing.between, ellipsis)
    for rank in fitter.ranks:
        fitter.shorten(rank)
        fitter.drop(rank)
    if restore:
        fitter.restore()
    return fitter.side(0), fitter.side(1)


class _Fitter:
    """One fit: the parts that are kept, by their place in the whole line."""

    def __init__(
        self, left: Sequence[LinePart], right: Sequence[LinePart], room: int, between: int, ellipsis: str
    ) -> None:
        self._whole = tuple(
            part if is_agreed(part.text) else replace(part, text=roomy(part.text)) for part in (*left, *right)
        )
        self._split = len(left)
        self._kept = dict(enumerate(self._whole))
        self._room, self._between, self._ellipsis = room, between, ellipsis

    @property
    def ranks(self) -> list[int]:
        """All ranks at which something can be cut or dropped, the highest first."""
        of_cuts = {cut.rank for part in self._whole for cut in part.cuts}
        return sorted(of_cuts | {part.rank for part in self._whole if part.rank}, reverse=True)

    def side(self, number: int) -> list[LinePart]:
        """The kept parts of the left (0) or the right side (1), in their order."""
        return [self._kept[n] for n in sorted(self._kept) if (n >= self._split) == bool(number)]

    @property
    def _over(self) -> int:
        """Cells that the line is too long; negative if there is room left."""
        return sum(line_length(self.side(number), self._between) for number in (0, 1)) - self._room

    def shorten(self, rank: int) -> None:
        """Use the cuts of ``rank`` until the line fits or none is left."""
        least = {n: cut.least for n, part in self._kept.items() for cut in part.cuts if cut.rank == rank}
        while (over := self._over) > 0:
            spare = {n: cell_len(self._kept[n].text) - cells for n, cells in least.items()}
            spare = {n: cells for n, cells in spare.items() if cells > 0}
            if not spare:
                return
            first = max(spare, key=lambda n: self._kept[n].rank)
            chosen = first if spare[first] >= over else max(spare, key=spare.__getitem__)
            part = self._kept[chosen]
            cells = cell_len(part.text) - min(over, spare[chosen])
            self._kept[chosen] = replace(part, text=pad_or_truncate(part.text, cells, ellipsis=self._ellipsis))

    def drop(self, rank: int) -> None:
        """Drop parts of ``rank`` until the line fits."""
        for n in [n for n, part in sorted(self._kept.items()) if rank and part.rank == rank]:
            if self._over <= 0:
                return
            del self._kept[n]

    def restore(self) -> None:
        """Put parts back whole, the most important first, wherever the line still fits with them."""
        for n in sorted(range(len(self._whole)), key=lambda n: self._whole[n].rank):
            before = dict(self._kept)
            self._kept[n] = self._whole[n]
            if self._over > 0:
                self._kept = before


def cells_of(segments: list[Segment]) -> list[tuple[str, Style | None]]:
    """Return a character, with the marks on it, and its style for each cell; the second cell of a wide character is
    empty."""
    cells: list[tuple[str, Style | None]] = []
    for text, style, _ in segments:
        for character in text:
            width = cell_len(character)
            if width or not cells:
                cells.append((character, style))
                cells.extend([("", style)] * (width - 1))
            else:  # a mark on the one before
                cells[-1] = cells[-1][0] + character, cells[-1][1]
    return cells


def changed_spans(old: list[tuple[str, Style | None]], new: list[tuple[str, Style | None]]) -> list[tuple[int, int]]:
    """Return the column ranges in which ``new`` differs.

    Ranges less than 12 cells apart are joined, because it takes about 12 bytes to move the cursor to another range.
    """
    spans: list[tuple[int, int]] = []
    for n in range(max(len(old), len(new))):
        if n < len(old) and n < len(new) and old[n] == new[n]:
            continue
        if spans and n - spans[-1][1] < 12:
            spans[-1] = (spans[-1][0], n + 1)
        else:
            spans.append((n, n + 1))
    return spans
