"""Colour gradients for filled charts."""

from __future__ import annotations

from rich.color import Color, blend_rgb
from rich.style import Style


def gradient(low: Style, high: Style, row: int, rows: int) -> Style:
    """The style of ``row`` of ``rows``, from ``high`` at the top to ``low`` at the bottom, or ``low`` if either has no
    RGB colour."""
    if low.color is None or high.color is None or low.color.triplet is None or high.color.triplet is None:
        return low
    mixed = blend_rgb(high.color.triplet, low.color.triplet, row / max(1, rows - 1))
    return low + Style(color=Color.from_triplet(mixed))
