"""The area below a curve: a few rows that fade out, so that the line stands out and the ground stays calm."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from matomo_tui.ui.drawing.plotting import Run

FADE_ROWS = 3
_SIGNS = "⣿⢕⠡"
_ASCII_SIGNS = ":.."
_BRAILLE = 0x2800
_COLUMNS_OF_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of a braille cell's dots: left and right, from the top down."""


def faded(rows: Sequence[Sequence[Run]], *, ascii: bool = False) -> list[list[Run]]:
    """The canvas ``rows`` of a single curve with its area: the runs of the area have the numbers -1 (next to the line)
    to ``-FADE_ROWS``."""
    signs = [[sign for text, _ in row for sign in text] for row in rows]
    numbers = [[number for text, number in row for _ in text] for row in rows]
    for column in range(len(signs[0]) if signs else 0):
        line = [row for row, found in enumerate(numbers) if found[column] is not None]
        if not line:
            continue
        if not ascii:
            _fill_below(signs, line, column)
        for depth, sign in enumerate(_ASCII_SIGNS if ascii else _SIGNS, 1):
            if line[-1] + depth < len(signs):
                signs[line[-1] + depth][column], numbers[line[-1] + depth][column] = sign, -depth
    return [_runs(*row) for row in zip(signs, numbers, strict=True)]


def _fill_below(signs: list[list[str]], line: Sequence[int], column: int) -> None:
    """Set all dots below the line's highest one on each side of the cells of one ``column`` that it crosses."""
    for side in _COLUMNS_OF_DOTS:
        covered = False
        for row in line:
            dots = ord(signs[row][column]) - _BRAILLE
            highest = 0 if covered else next((place for place, dot in enumerate(side) if dots & dot), len(side))
            covered = covered or highest < len(side)
            signs[row][column] = chr(_BRAILLE + (dots | sum(side[highest:])))


def _runs(signs: Sequence[str], numbers: Sequence[int | None]) -> list[Run]:
    cells = zip(signs, numbers, strict=True)
    return [("".join(sign for sign, _ in run), number) for number, run in groupby(cells, key=itemgetter(1))]
