"""The course of a figure in one row of blocks."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.charts import Values, squeeze
from matomo_tui.ui.glyphs import Glyphs, glyphs_of


def columns(values: Values, top: float, height: int, glyphs: Glyphs) -> list[str]:
    """``values`` of ``top`` as columns, ``height`` rows from the top down, each row one sign for a value."""
    steps = len(glyphs.sparks)
    levels = [None if value is None else _level(value, top, steps * height) for value in values]
    floors = range((height - 1) * steps, -1, -steps)
    return ["".join(_sign(level, floor, glyphs) for level in levels) for floor in floors]


def _level(value: float, top: float, steps: int) -> int:
    """1 (nothing) to ``steps`` (``top``); anything above nothing is at least 2, so that one visit among a thousand is
    seen."""
    if value <= 0 or top <= 0:
        return 1
    return max(min(2, steps), round(min(value, top) / top * steps))


def _sign(level: int | None, floor: int, glyphs: Glyphs) -> str:
    if level is None or level <= floor:
        return " "
    return glyphs.sparks[min(level - floor, len(glyphs.sparks)) - 1]


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
        (course,) = columns(values, top, 1, glyphs_of(self))
        return Strip([Segment(" " * (width - len(course)), style), *self._painted(course)], width)

    def _painted(self, course: str) -> list[Segment]:
        main: Style = self.get_component_rich_style("sparkline--course")
        if not (self._hollow_last and course):
            return [Segment(course, main)]
        return [Segment(course[:-1], main), Segment(course[-1], self.get_component_rich_style("sparkline--last"))]
