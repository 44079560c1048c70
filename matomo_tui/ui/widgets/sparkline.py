"""Sparklines and columns of block characters."""

from __future__ import annotations

from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.drawing.plotting import Values, finite


def columns(values: Values, top: float, height: int, glyphs: Glyphs) -> list[str]:
    """Return ``values`` as columns of block characters: ``height`` rows from the top down, one character per value.

    ``top`` is the value of a full column. 0 is the lowest character; unknown and infinite values are gaps.
    """
    steps = len(glyphs.sparks)
    full = finite(top) or 0.0
    levels = [None if value is None else _level(value, full, steps * height) for value in map(finite, values)]
    floors = range((height - 1) * steps, -1, -steps)
    return ["".join(_sign(level, floor, glyphs) for level in levels) for floor in floors]


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
