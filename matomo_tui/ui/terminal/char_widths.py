"""What terminals agree on of the width of text, and how text on which they do not is kept to its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from matomo_tui.late_pattern import late_pattern

_ONE = (
    r" -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
    r"\u2190-\u2319\u231c-\u2328\u232b-\u23e8\u23ed-\u23ef\u23f1\u23f2\u23f4-\u25fc\u25ff-\u2604"
    r"\u2605\u2606\u2713-\u2718\u2800-\u28ff"
)
_TWO = r"\u3001-\u3029\u3030-\u303e\u3041-\u3096\u309b-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60"
_OF_ONE_CELL = late_pattern(f"[{_ONE}]*")
_AGREED = late_pattern(f"[{_ONE}{_TWO}]*")
_DISPUTED = late_pattern(rf".?[^{_ONE}{_TWO}](?:(?!  ).)*")
"""From the character before the first disputed one, which may be joined with it, to a gap of two blanks or the end."""
_ELLIPSIS = "…"


class Disputed(NamedTuple):
    """A part of a line whose width is not the same on all terminals."""

    first: int
    """Its first cell."""
    text: str
    """No longer, on any terminal, than the cells that it has with the blanks behind it."""
    style: Style | None


def is_of_one_cell_each(text: str) -> bool:
    """Whether each character of ``text`` takes one cell on every terminal."""
    return text.isascii() or _OF_ONE_CELL.fullmatch(text) is not None


def is_agreed(text: str) -> bool:
    """Whether ``text`` takes as many cells on every terminal as it is measured to take."""
    return text.isascii() or _AGREED.fullmatch(text) is not None


def most_cells(text: str) -> int:
    """The cells that ``text`` takes at the most. A vowel sign of Indian scripts, say, takes none on some terminals, and
    one on those that ask the C library; two letters that are a flag together take up to four."""
    return sum(_most(character) for character in text)


def parted(strip: Strip) -> tuple[Strip, list[Disputed]]:
    """A line with blanks in place of what is disputed, and that: drawn over it, it moves nothing that follows."""
    segments: list[Segment] = []
    found: list[tuple[int, int, str, Style | None]] = []
    blanks: list[bool] = []
    for text, style, _ in strip:
        pieces, at = [], 0
        for first, after in _disputed(text):
            pieces.append(text[at:first])
            blanks += _blanks(text[at:first])
            run, at = text[first:after], after
            cells = cell_len(run)
            found.append((len(blanks), cells, run, style))
            pieces.append(" " * cells)
            blanks += [False] * cells
        pieces.append(text[at:])
        blanks += _blanks(text[at:])
        segments.append(Segment("".join(pieces), style))
    blanks.append(False)
    return Strip(segments), [
        Disputed(first, _fitting(run, blanks.index(False, first + cells) - first), style)
        for first, cells, run, style in found
    ]


def _disputed(text: str) -> Iterator[tuple[int, int]]:
    if is_agreed(text):
        return
    for match in _DISPUTED.finditer(text):
        yield match.start(), match.start() + len(match[0].rstrip(" "))


def _blanks(text: str) -> Iterator[bool]:
    """For each cell of ``text``, whether it is blank."""
    for character in text:
        yield from [character == " "] * cell_len(character)


def _fitting(text: str, cells: int) -> str:
    """``text``, cut at its end if it may take more than ``cells``."""
    if most_cells(text) <= cells:
        return text
    whole = text.removesuffix(_ELLIPSIS)
    while whole and most_cells(whole) >= cells:
        # Marks go with the letter that they stand on.
        while len(whole) > 1 and unicodedata.category(whole[-1]).startswith("M"):
            whole = whole[:-1]
        whole = whole[:-1]
    return whole + _ELLIPSIS


def _most(character: str) -> int:
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return 2
    is_mark = unicodedata.category(character) in ("Mn", "Me", "Cf")
    return cell_len(character) if is_mark else max(1, cell_len(character))
