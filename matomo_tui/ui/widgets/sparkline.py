"""Sparklines and columns of block characters."""

from __future__ import annotations

from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.drawing.plotting import Values, finite

_FAR_FROM_ZERO, _LEAST_SPAN = 0.5, 0.2
"""Fractions of the highest value."""


def columns(values: Values, top: float, height: int, glyphs: Glyphs) -> list[str]:
    """Return ``values`` as columns of block characters: ``height`` rows from the top down, one character per value.

    ``top`` is the value of a full column. 0 is the lowest character; unknown and infinite values are gaps.
    """
    steps = len(glyphs.sparks)
    full = finite(top) or 0.0
    levels = [None if value is None else _level(value, full, steps * height) for value in map(finite, values)]
    floors = range((height - 1) * steps, -1, -steps)
    return ["".join(_sign(level, floor, glyphs) for level in levels) for floor in floors]


def course(values: Values, glyphs: Glyphs) -> str:
    """Return ``values`` as one row of block characters from 0 to the highest value.

    Where all values are far from 0, the row has a range of at least a fifth of the highest value around them: figures
    that hardly change are a line at half height and no solid block.
    """
    known = [value for value in map(finite, values) if value is not None]
    top, low = max(known, default=0.0), min(known, default=0.0)
    base = 0.0
    if low > top * _FAR_FROM_ZERO:
        half = max(top - low, top * _LEAST_SPAN) / 2
        top, base = (top + low) / 2 + half, (top + low) / 2 - half
    (row,) = columns([None if value is None else value - base for value in values], top - base, 1, glyphs)
    return row


def _level(value: float, top: float, steps: int) -> int:
    """Return the height of ``value`` in steps, from 1 for 0 to ``steps`` for ``top``.

    Everything above 0 is at least 2, so that one visit among a thousand is visible.
    """
    if value <= 0 or top <= 0:
        return 1
    return max(min(2, steps), round(min(value, top) / top * steps))


def _sign(level: int | None, floor: int, glyphs: Glyphs) -> str:
    if level is None or level <= floor:
        return " "
    return glyphs.sparks[min(level - floor, len(glyphs.sparks)) - 1]
