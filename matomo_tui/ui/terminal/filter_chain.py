"""Applies all line filters in one step.

Textual keeps a copy of each line on the screen for every filter, each with seven caches of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter


@lru_cache(1024)
def _needs_truecolor(style: Style | None) -> bool:
    """Return True if ``ANSIToTruecolor`` would change ``style``."""
    if style is None:
        return False
    colors = (style.color, style.bgcolor)
    return bool(style.dim) or any(color is not None and color.triplet is None for color in colors)


class FilterChain(LineFilter):
    """``filters``, one after the other."""

    def __init__(self, filters: Sequence[LineFilter]) -> None:
        super().__init__()
        self.filters = tuple(filters)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments after all filters; ``segments`` itself if none changes anything."""
        for each in self.filters:
            if isinstance(each, ANSIToTruecolor) and not any(_needs_truecolor(style) for _, style, _ in segments):
                continue  # It copies every segment, and few lines have a colour of the terminal's palette.
            segments = each.apply(segments, background)
        return segments
