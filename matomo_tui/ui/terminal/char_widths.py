"""What terminals agree on of the width of text, and how text on which they do not is kept to its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
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
_ELLIPSIS = "…"
_TYPED_BLANKS = 4
"""Blanks at the end of what is typed, up to the cursor, that go with it."""


class Disputed(NamedTuple):
    """A part of a line whose width is not the same on all terminals."""

    first: int
    """Its first cell."""
    pieces: tuple[tuple[str, Style | None], ...]
    """Its text, in order: no longer, on any terminal, than the cells that it has with the blanks behind it."""


class _Glyph(NamedTuple):
    """A character with the marks on it."""

    text: str
    style: Style | None
    cells: int
    ground: tuple[object, ...]
    """How a blank of this style looks."""

    @property
    def is_blank(self) -> bool:
        return self.text == " "


def is_of_one_cell_each(text: str) -> bool:
    """Whether each character of ``text`` takes one cell on every terminal."""
    return text.isascii() or _OF_ONE_CELL.fullmatch(text) is not None


def is_agreed(text: str) -> bool:
    """Whether ``text`` takes as many cells on every terminal as it is measured to take."""
    return text.isascii() or _AGREED.fullmatch(text) is not None


def most_cells(text: str) -> int:
    """The cells that ``text`` takes at the most. A vowel sign of Indian scripts, say, takes none on some terminals, and
    one on those that ask the C library; two letters that are a flag together take up to four."""
    return len(text) if text.isascii() else sum(_most(character) for character in text)


def roomy(text: str) -> str:
    """``text`` with the blanks behind it that it may take on some terminals, for lines that are fitted by cells."""
    return text if is_agreed(text) else text + " " * (most_cells(text) - cell_len(text))


def parted(strip: Strip) -> tuple[Strip, list[Disputed]]:
    """A line with blanks in place of what is disputed, and that: drawn over it, it moves nothing that follows."""
    glyphs = list(_glyphs(strip))
    found: list[Disputed] = []
    segments: list[Segment] = []
    cell = at = 0
    while at < len(glyphs):
        after = _agreed_until(glyphs, at)
        if after > at:
            run = glyphs[at:after]
            segments.append(Segment("".join(one.text for one in run), run[0].style))
        else:
            after = _end(glyphs, at)
            run = glyphs[at:after]
            found.append(Disputed(cell, _pieces(_fitting(run, _cells(run) + _blanks(glyphs, after)))))
            segments += [Segment(" " * one.cells, one.style) for one in run]
        cell, at = cell + _cells(run), after
    return Strip(segments).simplify(), found


def _glyphs(strip: Strip) -> Iterator[_Glyph]:
    last: _Glyph | None = None
    for text, style, _ in strip:
        ground = _ground(style)
        for character in text:
            cells = cell_len(character)
            if cells or last is None:
                if last is not None:
                    yield last
                last = _Glyph(character, style, cells, ground)
            else:
                last = last._replace(text=last.text + character)
    if last is not None:
        yield last


def _cells(run: list[_Glyph]) -> int:
    return sum(one.cells for one in run)


def _agreed_until(glyphs: list[_Glyph], start: int) -> int:
    """Where the agreed text of one style that begins at ``start`` ends: there if what is there is disputed."""
    style, at = glyphs[start].style, start
    while at < len(glyphs) and glyphs[at].style is style and is_agreed(glyphs[at].text):
        at += 1
    return at


def _end(glyphs: list[_Glyph], start: int) -> int:
    """Where the part that begins at ``start`` ends."""
    return next((at for at in range(start + 1, len(glyphs)) if not _goes_on(glyphs, start, at)), len(glyphs))


def _goes_on(glyphs: list[_Glyph], start: int, at: int) -> bool:
    """Whether the part that begins at ``start`` goes on at ``at``: to a gap of two blanks, or to an agreed text of
    another style, which has a place of its own. The cursor of an input is within its text."""
    here, before = glyphs[at], glyphs[at - 1]
    is_within_word = here.style is before.style and not here.is_blank  # as most are, and is found at once
    if is_within_word or _is_cursor(glyphs, at):
        return True
    if at - 1 > start and _is_cursor(glyphs, at - 1):
        before = glyphs[at - 2]
    if here.style != before.style:
        return not is_agreed(here.text)
    blanks = _blanks(glyphs, at)
    is_in_words = blanks == 0 or (blanks == 1 and at + 1 < len(glyphs))
    return is_in_words or any(_is_cursor(glyphs, place) for place in range(at, at + min(blanks, _TYPED_BLANKS)))


def _is_cursor(glyphs: list[_Glyph], at: int) -> bool:
    """Whether a single cell looks unlike those around it."""
    here = glyphs[at]
    around = glyphs[max(0, at - 1) : at] + glyphs[at + 1 : at + 2]
    # Few cells are of another style than both.
    if not around or around[0].style is here.style or around[-1].style is here.style:
        return False
    return around[0].ground == around[-1].ground != here.ground


def _blanks(glyphs: list[_Glyph], at: int) -> int:
    """The number of blank cells from ``at`` on."""
    end = at
    while end < len(glyphs) and glyphs[end].is_blank:
        end += 1
    return end - at


def _ground(style: Style | None) -> tuple[object, ...]:
    """How a blank looks."""
    return () if style is None else (style.bgcolor, style.reverse, style.reverse and style.color, style.underline)


def _fitting(run: Sequence[_Glyph], cells: int) -> Sequence[_Glyph]:
    """``run``, cut at its end if it may take more than ``cells``."""
    most = [most_cells(one.text) for one in run]
    total, end = sum(most), len(run)
    if total <= cells:
        return run
    while end and total >= cells:
        end -= 1
        total -= most[end]
    return [*run[:end], run[-1]._replace(text=_ELLIPSIS)]


def _pieces(run: Sequence[_Glyph]) -> tuple[tuple[str, Style | None], ...]:
    return tuple(("".join(one.text for one in same), style) for style, same in groupby(run, lambda one: one.style))


def _most(character: str) -> int:
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return 2
    is_mark = unicodedata.category(character) in ("Mn", "Me", "Cf")
    return cell_len(character) if is_mark else max(1, cell_len(character))
