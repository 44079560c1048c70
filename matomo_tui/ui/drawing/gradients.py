"""Colour gradients for filled charts."""

from __future__ import annotations

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style


def gradient(low: Style, high: Style, row: int, rows: int) -> Style:
    """The colour of ``row`` of ``rows``, from ``high`` at the top to ``low`` at the bottom, where both have one."""
    if low.color is None or high.color is None or low.color.triplet is None or high.color.triplet is None:
        return low
    return low + Style(color=Color.from_triplet(_mixed(high.color.triplet, low.color.triplet, row, max(1, rows - 1))))


def _mixed(start: ColorTriplet, end: ColorTriplet, step: int, steps: int) -> ColorTriplet:
    red, green, blue = (a + (b - a) * step // steps for a, b in zip(start, end, strict=True))
    return ColorTriplet(red, green, blue)
