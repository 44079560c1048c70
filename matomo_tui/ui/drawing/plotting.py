"""The only module that uses plotext: draws curves as rows of a canvas.

plotext draws outside its canvas if a limit does not enclose the data (seconds and gigabytes for one chart), raises on
infinities and paints its own backgrounds. Here every value is therefore finite and scaled to 0..1, both limits are
those of the canvas, there are no more points than columns, and only the characters and the number of the curve are
taken from its output. The caller draws axes and labels: plotext receives no text.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from datetime import tzinfo
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from matomo_tui.instants import is_plausible, local_time
from matomo_tui.late_pattern import late_pattern

Values = Sequence[float | None]
Run = tuple[str, int | None]
"""The characters of one row, and the number of the curve that they belong to (``None``: empty canvas)."""
_Row = tuple[list[str], list[int | None]]

MARKERS = "#+ox*%"
"""The markers of curves without braille, the first curve with the first."""
HIGHEST = 1e15
MAX_COLUMNS = 1000
MAX_ROWS = 300

# The bits of a braille cell's dots, from the top down.
_BRAILLE = 0x2800
_LEFT = (0x01, 0x02, 0x04, 0x40)
_RIGHT = (0x08, 0x10, 0x20, 0x80)

_SGR = late_pattern(r"\x1b\[([0-9;]*)m")
_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


_is_loaded = False


def load() -> None:
    """Import plotext (150 ms) before the first chart: call it off the event loop, after the first paint."""
    global _is_loaded
    importlib.import_module("plotext")
    _is_loaded = True


def is_loaded() -> bool:
    """Return True if :func:`load` is over."""
    return _is_loaded


def finite(value: float | None) -> float | None:
    """``value`` limited to 0..``HIGHEST``; ``None`` if it is unknown, infinite or not a number."""
    if value is None or not -math.inf < value < math.inf:
        return None
    return float(min(max(value, 0), HIGHEST))


def squeeze(values: Values, columns: int) -> list[float | None]:
    """At most ``columns`` values: the highest of each group of neighbours, so that no peak is lost; ``None`` for a
    group without known values."""
    known = [finite(value) for value in values]
    if columns <= 0:
        return []
    if len(known) <= columns:
        return known
    edges = [round(column * len(known) / columns) for column in range(columns + 1)]
    groups = ([value for value in known[start:end] if value is not None] for start, end in pairwise(edges))
    return [max(group, default=None) for group in groups]


def round_top(peak: float | None, least: float = 4.0) -> float:
    """The round number at or above ``peak`` (and ``least``) where an axis ends: 4, 10, 15, 20, 30, 40, …"""
    wanted = max(finite(peak) or 0.0, least)
    if wanted <= least:
        return least
    unit = 10.0 ** math.floor(math.log10(wanted))
    return next((step * unit for step in _STEPS if step * unit >= wanted), wanted)


def time_ticks(first: int, last: int, zone: tzinfo, most: int) -> list[int]:
    """At most ``most`` round instants (epochs) from ``first`` to ``last``: full hours, quarters, … of ``zone``; none if
    these are not instants."""
    if not (is_plausible(first) and is_plausible(last)):
        return []
    offset = local_time(first, zone).utcoffset()
    shift = int(offset.total_seconds()) if offset else 0
    for minutes in (1, 5, 10, 15, 30, 60, 120, 360, 720, 1440):
        step = minutes * 60
        if (last - first) / step < most:
            start = -(-(first + shift) // step) * step - shift
            return list(range(start, last + 1, step))
    return []


def column_of(position: float, width: int) -> int:
    """The column of ``position`` (0 to 1) on a canvas of ``width`` columns, as plotext rounds it."""
    return min(width - 1, max(0, math.floor(position * (width - 1) + 0.5)))


def canvas(
    curves: Sequence[Values], top: float, width: int, height: int, *, fill: bool = False, ascii: bool = False
) -> list[list[Run]]:
    """Draw ``curves``, later ones over earlier ones, on ``width`` × ``height`` cells. Takes a few milliseconds.

    Curves are drawn in braille, with ``ascii`` each in its own of ``MARKERS``, with their values at even distances;
    ``None`` is a gap. The lower edge is 0 and the upper one ``top``; higher values are cut to it. ``fill`` fills the
    area below the highest curve, as the first curve.
    """
    width, height = min(width, MAX_COLUMNS), min(height, MAX_ROWS)
    if width < 1 or height < 1:
        return []
    return [_runs(row) for row in _cells(curves, top, width, height, 0, fill=fill, ascii=ascii)]


def redrawn(rows: Sequence[Sequence[Run]], before: Values, curve: Values, top: float) -> list[list[Run]] | None:
    """Return the filled canvas of ``curve``, from the ``rows`` of the braille canvas of ``before`` with the same
    ``top``; ``None`` if most of it would be drawn.

    Only the columns after the last value that both have in common are drawn: a minute that goes on changes a few.
    """
    width, height = sum(len(signs) for signs, _ in rows[0]) if rows else 0, len(rows)
    count = len(curve)
    if len(before) != count or not 2 < count <= width:
        return None
    same = next((index for index in range(count) if before[index] != curve[index]), count)
    begin = same - 3  # the value before the last common one, as plotext draws a line from one value to the next
    if begin < count // 2 or None in curve[begin:]:
        return None
    left, cut = _cell(begin / (count - 1), width), _cell((same - 1) / (count - 1), width)
    if cut <= left:
        return None
    drawn = _cells([curve], top, width, height, left, begin=begin, fill=True)
    return [
        _runs((signs[:cut] + new_signs[cut - left :], numbers[:cut] + new_numbers[cut - left :]))
        for (signs, numbers), (new_signs, new_numbers) in zip(map(_spread, rows), drawn, strict=True)
    ]


def _cell(position: float, width: int) -> int:
    """The cell of ``position`` (0 to 1): plotext rounds to the nearest of two columns of dots in each."""
    return math.floor(position * (2 * width - 1) + 0.5) // 2


def _spread(runs: Sequence[Run]) -> _Row:
    """Return the cells of ``runs``."""
    return [sign for signs, _ in runs for sign in signs], [number for signs, number in runs for _ in signs]


def _cells(
    curves: Sequence[Values],
    top: float,
    width: int,
    height: int,
    left: int,
    *,
    begin: int = 0,
    fill: bool = False,
    ascii: bool = False,
) -> list[_Row]:
    """Draw the columns from ``left`` on of a canvas of ``width`` columns, and the values from ``begin`` on."""
    # A column of the part is the same share of the canvas as in the whole: a braille cell has two columns of dots.
    figure = _figure(width - left, height, 2 * left / (2 * width - 1))
    try:
        drawn = [_draw(figure, number, curve, top, width, begin, ascii) for number, curve in enumerate(curves)]
        lines = str(figure.build()).split("\n")[:height] if any(drawn) else []
    finally:
        figure.clear_figure()
    rows = [_row(line, width - left) for line in lines]
    rows += [([" "] * (width - left), [None] * (width - left)) for _ in range(height - len(rows))]
    if fill:
        (_fill_ascii if ascii else _fill_braille)(rows)
    return rows


def flipped(rows: Sequence[Sequence[Run]]) -> list[list[Run]]:
    """Return the rows of a canvas turned upside down: the curve hangs from the upper edge."""
    return [[(signs.translate(_FLIPPED), number) for signs, number in row] for row in reversed(rows)]


def _figure(width: int, height: int, left: float) -> Any:
    """plotext's global figure without axes, from ``left`` to 1 and from 0 to 1. It is emptied after each drawing."""
    import plotext

    plotext.limit_size(False, False)
    plotext.plotsize(width, height)
    plotext.theme("clear")
    plotext.frame(False)
    plotext.xaxes(False, False)
    plotext.yaxes(False, False)
    plotext.xlim(left, 1.0)
    plotext.ylim(0.0, 1.0)
    plotext.xticks([])
    plotext.yticks([])
    return plotext


def _draw(figure: Any, number: int, curve: Values, top: float, width: int, begin: int, ascii: bool) -> bool:
    """Draw each unbroken piece of ``curve`` from the value ``begin`` on, in the colour of its number. Returns False if
    there is none."""
    values = squeeze(curve, width)
    last = max(1, len(values) - 1)
    scale = top if math.isfinite(top) and top > 0 else 1.0
    pieces: list[tuple[list[float], list[float]]] = []
    broken = True
    for index, value in enumerate(values[begin:], begin):
        if value is None:
            broken = True
            continue
        if broken:
            pieces.append(([], []))
            broken = False
        pieces[-1][0].append(index / last)
        pieces[-1][1].append(min(1.0, value / scale))
    for xs, ys in pieces:
        figure.plot(xs, ys, marker=MARKERS[number % len(MARKERS)] if ascii else "braille", color=number + 1)
    return bool(pieces)


def _row(line: str, width: int) -> _Row:
    """One row of plotext's output, cell by cell: its character and the number of its curve."""
    signs: list[str] = []
    numbers: list[int | None] = []
    number: int | None = None
    for index, part in enumerate(_SGR.split(line)):
        if index % 2:
            codes = part.split(";")
            number = int(codes[2]) - 1 if codes[:2] == ["38", "5"] and len(codes) == 3 else None
        else:
            signs += part
            numbers += [number] * len(part)
    missing = width - len(signs)
    return (signs + [" "] * missing)[:width], [*numbers, *([None] * missing)][:width]


def _fill_braille(rows: list[_Row]) -> None:
    """Set every dot below the highest of its column; cells of a later curve keep their colour."""
    for column in range(len(rows[0][0])):
        left = right = False
        for signs, numbers in rows:
            dots = ord(signs[column]) - _BRAILLE if signs[column] != " " else 0
            covered = (_ALL_LEFT if left else 0) | (_ALL_RIGHT if right else 0)
            filled = covered | (0 if left else _LEFT_DOWN[dots]) | (0 if right else _RIGHT_DOWN[dots])
            left, right = bool(filled & _LEFT[-1]), bool(filled & _RIGHT[-1])
            if numbers[column]:
                signs[column] = chr(_BRAILLE + (dots | covered))
            elif filled:
                signs[column], numbers[column] = chr(_BRAILLE + filled), 0


def _down(dots: int, side: tuple[int, ...]) -> int:
    """The dots of one side of a cell, from its highest down."""
    highest = next((n for n, dot in enumerate(side) if dots & dot), len(side))
    return sum(side[highest:])


_LEFT_DOWN = [_down(dots, _LEFT) for dots in range(256)]
_RIGHT_DOWN = [_down(dots, _RIGHT) for dots in range(256)]
_ALL_LEFT, _ALL_RIGHT = sum(_LEFT), sum(_RIGHT)
_MIRRORED = {dot: other for side in (_LEFT, _RIGHT) for dot, other in zip(side, reversed(side), strict=True)}
_FLIPPED = {
    _BRAILLE + dots: _BRAILLE + sum(other for dot, other in _MIRRORED.items() if dots & dot) for dots in range(256)
}


def _fill_ascii(rows: list[_Row]) -> None:
    for column in range(len(rows[0][0])):
        started = False
        for signs, numbers in rows:
            if started and signs[column] == " ":
                signs[column], numbers[column] = ":", 0
            started = started or signs[column] != " "


def _runs(row: _Row) -> list[Run]:
    signs, numbers = row
    cells = zip(signs, numbers, strict=True)
    return [("".join(sign for sign, _ in run), number) for number, run in groupby(cells, key=itemgetter(1))]
