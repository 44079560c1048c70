"""The course of a figure in one row of blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.glyphs import Glyphs, glyphs_of

Values = Sequence[float | None]


def known(value: float | None) -> float | None:
    """``value`` as a finite number of at least 0, or ``None``."""
    return max(0.0, value) if value is not None and math.isfinite(value) else None


def squeeze(values: Values, columns: int) -> list[float | None]:
    """At most ``columns`` values: the highest of each group of neighbours, so that no peak is lost; ``None`` where
    nothing of a group is known."""
    finite = [known(value) for value in values]
    if columns <= 0:
        return []
    if len(finite) <= columns:
        return finite
    edges = [round(column * len(finite) / columns) for column in range(columns + 1)]
    groups = ([v for v in finite[a:b] if v is not None] for a, b in pairwise(edges))
    return [max(group, default=None) for group in groups]


def block(value: float | None, top: float, glyphs: Glyphs) -> str:
    """The sign for ``value`` of ``top``: the lowest for 0, a space for the unknown."""
    if value is None:
        return " "
    last = len(glyphs.sparks) - 1
    # Anything above nothing is at least the second sign, so that one visit among a thousand is seen.
    level = 0 if value <= 0 or top <= 0 else max(1, round(min(value, top) / top * last))
    return glyphs.sparks[min(level, last)]


class Sparkline(Widget):
    """One row; the newest value is at the right edge, zero is the lowest sign, the unknown a gap.

    More values than columns are squeezed by their maximum. ``hollow_last`` draws the newest dimmed: it is not over.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"sparkline--course", "sparkline--last"}
    DEFAULT_CSS = """
    Sparkline { height: 1; width: 1fr; }
    Sparkline > .sparkline--course { color: $accent; }
    Sparkline > .sparkline--last { color: $accent; text-style: dim; }
    """

    def __init__(
        self, values: Values = (), *, hollow_last: bool = False, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._values: tuple[float | None, ...] = tuple(values)
        self._top: float | None = None
        self._hollow_last = hollow_last

    def update(self, values: Values, top: float | None = None) -> None:
        """Draw ``values``, oldest first; ``top`` is the value of a full block (the highest of them unless given)."""
        wanted = tuple(values)
        if (wanted, top) != (self._values, self._top):
            self._values, self._top = wanted, top
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, style = self.size.width, self.rich_style
        if y or not width:
            return Strip.blank(width, style)
        values = squeeze(self._values, width)
        top = self._top or max((value for value in values if value is not None), default=0.0)
        glyphs = glyphs_of(self)
        course = "".join(block(value, top, glyphs) for value in values)
        return Strip([Segment(" " * (width - len(course)), style), *self._painted(course)], width)

    def _painted(self, course: str) -> list[Segment]:
        main: Style = self.get_component_rich_style("sparkline--course")
        if not (self._hollow_last and course):
            return [Segment(course, main)]
        return [Segment(course[:-1], main), Segment(course[-1], self.get_component_rich_style("sparkline--last"))]
