"""The course of a site's visits, drawn as a line with its area or as blocks."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.ui.drawing.fading import faded
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.drawing.plotting import Run, canvas, finite
from matomo_tui.ui.widgets.sparkline import columns

_FAR_FROM_ZERO, _LEAST_SPAN = 0.5, 0.7
"""Parts of the highest value: from the first on, the lowest value is far from 0; the plot begins at the second at
most, so that a small change looks small."""
_LINE_FROM = 3
"""Rows from which on the course is a line and not blocks."""


def plot_course(course: tuple[float | None, ...], height: int, width: int, glyphs: Glyphs) -> list[list[Run]]:
    """The course in ``height`` rows: a line with its area, or blocks where there are few rows. It begins above 0 if the
    lowest value is far from it."""
    known = known_days(course)
    top, low = max(known), min(known)
    low = min(low, top * _LEAST_SPAN) if low > top * _FAR_FROM_ZERO else 0.0
    values = [None if value is None else value - low for value in map(finite, course)]
    if height < _LINE_FROM:
        wide = max(1, (width - 2) // len(values))
        days = [value for value in values[2 - width :] for _ in range(wide)]
        return [[(row, 0)] for row in columns(days, top - low, height, glyphs)]
    return faded(canvas([values], (top - low) or 1.0, width - 2, height, ascii=glyphs.ascii), ascii=glyphs.ascii)


def known_days(course: Sequence[float | None]) -> list[float]:
    """The days whose visits are known."""
    return [value for value in map(finite, course) if value is not None]
