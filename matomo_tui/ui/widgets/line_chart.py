"""A line chart over time, with a scale, dates and annotation marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.reports.periods import Period
from matomo_tui.reports.values import ColumnType
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing import plotting
from matomo_tui.ui.drawing.axes import axis_marks, axis_top, date_ticks
from matomo_tui.ui.drawing.formatting import ascii_money, pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.drawing.gradients import gradient
from matomo_tui.ui.widgets.sparkline import columns

CHART_ROWS = 6
"""Below this the axes would take more room than the curves."""
MOST_CURVES = 6


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One line: its clean ``name`` and its values, ``None`` where one is not known; ``periods`` where they are of
    others than the chart's."""

    name: str
    values: tuple[float | None, ...]
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class ChartData:
    """What is drawn: each curve has a value for each of ``periods``. ``kind`` and ``currency`` say what the figures
    are; of the first ``open_curves`` the last value is of a period that is not over; ``noted`` are the indexes of
    periods with an annotation."""

    periods: tuple[Period, ...]
    curves: tuple[ChartLine, ...]
    kind: ColumnType = "number"
    currency: str = ""
    open_curves: int = 0
    noted: frozenset[int] = frozenset()

    @property
    def peak(self) -> float | None:
        """The highest value of all curves."""
        known = (plotting.finite(value) for curve in self.curves for value in curve.values)
        return max((value for value in known if value is not None), default=None)


class LineChart(Widget, can_focus=True):
    """Draws a ``ChartData``; lines are built once for each course, size and cursor.

    Several curves have numbers at their ends, as the legend has, so that colour is never the only difference.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"course--{number}" for number in range(MOST_CURVES)),
        "course--low",
        "course--open",
        "course--axis",
        "course--note",
        "course--cursor",
    }
    DEFAULT_CSS = """
    LineChart { height: 1fr; width: 1fr; }
    LineChart > .course--0 { color: $accent; }
    LineChart > .course--low { color: $accent 45%; }
    LineChart:ansi > .course--low { color: $accent; }
    LineChart > .course--1 { color: $warning; }
    LineChart > .course--2 { color: $success; }
    LineChart > .course--3 { color: $error; }
    LineChart > .course--4 { color: $foreground; }
    LineChart > .course--5 { color: $text-muted; }
    LineChart > .course--open { color: $text-muted; }
    LineChart > .course--axis { color: $text-disabled; }
    LineChart > .course--note { color: $text-warning; text-style: bold; }
    LineChart > .course--cursor { color: $accent; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chart")]
    ALLOW_SELECT = False

    class Pointed(Message):
        """The cursor is on another point."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self) -> None:
        super().__init__()
        self._course: ChartData | None = None
        self._cursor = 0
        self._plotext = False
        self._asked = False
        self._lines: list[Strip] = []
        self._drawn_for: tuple[object, ...] = ()

    @property
    def cursor(self) -> int:
        """The index of the period that is pointed at."""
        return self._cursor

    def draw(self, course: ChartData) -> None:
        """Show ``course``. The cursor stays on its period where that is still there, else it takes the last one."""
        if course == self._course:
            return
        before = self._course.periods if self._course is not None else ()
        if course.periods != before:
            here = before[self._cursor] if self._cursor < len(before) - 1 else None
            known = here in course.periods if here is not None else False
            self._cursor = course.periods.index(here) if here is not None and known else len(course.periods) - 1
        self._course = course
        self._want_plotext()
        self.refresh()

    def on_resize(self) -> None:
        """There may be room for a chart now."""
        self._want_plotext()

    def _want_plotext(self) -> None:
        # It takes 150 ms and 10 MB: no frame waits for it.
        if not self._asked and self._course is not None and self.size.height >= CHART_ROWS:
            self._asked = True
            self.run_worker(self._load, thread=True, exit_on_error=False)

    def _load(self) -> None:
        plotting.load()
        self.app.call_from_thread(self._loaded)

    def _loaded(self) -> None:
        self._plotext = True
        self.refresh()

    def notify_style_update(self) -> None:
        self._drawn_for = ()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        wanted = (self._course, self._cursor, self.size, self._plotext, self.has_focus)
        if wanted != self._drawn_for:
            self._lines, self._drawn_for = self._build(), wanted
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self.rich_style)

    def _build(self) -> list[Strip]:
        width, height = self.size
        if self._course is None or not self._course.periods or width < 1:
            return []
        labels = self._scale(self._course, height - 2)
        left = max(map(cell_len, labels.values()), default=0) + 1
        if height < CHART_ROWS or width < left + 20:
            return self._blocks(self._course, width, height)
        return self._chart(self._course, width, height, labels, left)

    def _scale(self, course: ChartData, rows: int) -> dict[int, str]:
        marks = axis_marks(axis_top(course.peak, course.kind), max(1, rows), course.kind, course.currency)
        return {row: ascii_money(label) for row, label in marks.items()} if glyphs_of(self).ascii else marks

    def _blocks(self, course: ChartData, width: int, height: int) -> list[Strip]:
        """The first curve in rows of eighth blocks, its last point apart where it is not over."""
        rows = self._spread(course, axis_top(course.peak, course.kind), width, height)
        cut = max(0, width - max(1, width // len(course.periods))) if course.open_curves else width
        curve, open_style = self._style("0"), self._style("open")
        return [Strip([Segment(row[:cut], curve), Segment(row[cut:], open_style)], width) for row in rows]

    def _spread(self, course: ChartData, top: float, width: int, height: int) -> list[str]:
        values = plotting.squeeze(course.curves[0].values, width) if course.curves else []
        wide = [values[column * len(values) // width] for column in range(width)] if values else [None] * width
        return columns(wide, top, height, glyphs_of(self))

    def _chart(self, course: ChartData, width: int, height: int, labels: dict[int, str], left: int) -> list[Strip]:
        """Canvas, the line below it with its marks, the dates."""
        ends = 2 if len(course.curves) > 1 else 0
        across, down = width - left - ends, height - 2
        top = axis_top(course.peak, course.kind)
        cut = self._open_from(course, across)
        names = self._ends(course, top, down) if ends else {}
        axis = self._style("axis")
        strips = []
        for row, cells in enumerate(self._canvas(course, top, across, down)):
            segments = [Segment(pad_or_truncate(labels.get(row, ""), left - 1, right=True) + " ", axis)]
            segments += self._cells(cells, cut, course.open_curves, self._first_look(course, row, down))
            if ends:
                number = names.get(row)
                style = self._style(str(number % MOST_CURVES)) if number is not None else axis
                segments.append(Segment(f" {number + 1}" if number is not None else "  ", style))
            strips.append(Strip(segments, width))
        strips.append(self._line(course, across, left, width))
        strips.append(Strip([Segment(_dates(course.periods, across, left, width), axis)], width))
        return strips

    def _canvas(self, course: ChartData, top: float, across: int, down: int) -> list[list[plotting.Run]]:
        if not self._plotext:
            return [[(line, 0)] for line in self._spread(course, top, across, down)]
        # The first curve is the one that one looks for: it is drawn last, over the others.
        curves = [curve.values for curve in reversed(course.curves[:MOST_CURVES])]
        rows = plotting.canvas(curves, top, across, down, fill=len(curves) == 1, ascii=glyphs_of(self).ascii)
        last = len(curves) - 1
        return [[(text, None if number is None else last - number) for text, number in row] for row in rows]

    def _open_from(self, course: ChartData, across: int) -> int:
        """The column behind the last period that is over."""
        if not course.open_curves or len(course.periods) < 2:
            return across
        return plotting.column_of((len(course.periods) - 2) / (len(course.periods) - 1), across) + 1

    def _first_look(self, course: ChartData, row: int, down: int) -> Style:
        """The colour of the first curve; what is filled below a single one recedes towards the ground."""
        first = self._style("0")
        return first if len(course.curves) > 1 else gradient(self._style("low"), first, row, down)

    def _cells(self, cells: Sequence[plotting.Run], cut: int, open_curves: int, first: Style) -> list[Segment]:
        """A row of the canvas, what is not over in another colour."""
        segments = []
        column = 0
        for text, curve in cells:
            style = first if not curve else self._style(str(curve % MOST_CURVES))
            over = text[: max(0, cut - column)]
            rest = self._style("open") if curve is not None and curve < open_curves else style
            segments += [Segment(over, style), Segment(text[len(over) :], rest)]
            column += len(text)
        return segments

    def _ends(self, course: ChartData, top: float, down: int) -> dict[int, int]:
        """On which rows the numbers of the curves stand: where each ends, or as near to that as is free."""
        found: dict[int, int] = {}
        for number, curve in enumerate(course.curves[:MOST_CURVES]):
            known = [value for value in map(plotting.finite, curve.values) if value is not None]
            if not known or len(found) >= down:
                continue
            wanted = round((1 - min(1.0, known[-1] / top)) * (down - 1))
            row = min((row for row in range(down) if row not in found), key=lambda row: abs(row - wanted))
            found[row] = number
        return found

    def _line(self, course: ChartData, across: int, left: int, width: int) -> Strip:
        """The axis, with a sign where there is an annotation and one where the cursor is."""
        glyphs = glyphs_of(self)
        axis, note, cursor = self._style("axis"), self._style("note"), self._style("cursor")
        cells = [(" ", axis)] * left + [(glyphs.rule, axis)] * across + [(" ", axis)] * (width - left - across)
        for index in sorted(course.noted):
            cells[left + _column(index, course.periods, across)] = (glyphs.note, note)
        if self.has_focus and self._cursor < len(course.periods):
            at = left + _column(self._cursor, course.periods, across)
            cells[at] = (glyphs.note if self._cursor in course.noted else glyphs.up, cursor)
        return Strip([Segment(text, style) for text, style in cells], width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"course--{name}")

    # The cursor

    def action_point(self, by: int) -> None:
        """Point at the next or the previous period."""
        if self._course is not None:
            self._point(self._cursor + by)

    def action_point_first(self) -> None:
        """Point at the first period."""
        self._point(0)

    def action_point_last(self) -> None:
        """Point at the last period."""
        self._point(len(self._course.periods) - 1 if self._course is not None else 0)

    def _point(self, index: int) -> None:
        count = len(self._course.periods) if self._course is not None else 0
        index = min(max(0, index), max(0, count - 1))
        if index != self._cursor:
            self._cursor = index
            self.refresh()
            self.post_message(self.Pointed(index))

    def on_click(self, event: events.Click) -> None:
        """Point at the period that was clicked."""
        course, offset = self._course, event.get_content_offset(self)
        if course is None or offset is None or not course.periods:
            return
        event.stop()
        labels = self._scale(course, self.size.height - 2)
        left = max(map(cell_len, labels.values()), default=0) + 1 if self.size.height >= CHART_ROWS else 0
        across = max(1, self.size.width - left - (2 if len(course.curves) > 1 else 0))
        self._point(round((offset.x - left) / max(1, across - 1) * (len(course.periods) - 1)))


def _column(index: int, periods: Sequence[Period], across: int) -> int:
    return plotting.column_of(index / max(1, len(periods) - 1), across)


def _dates(periods: Sequence[Period], across: int, left: int, width: int) -> str:
    """The dates below their columns; the last period is always named, others where they do not touch."""
    cells = [" "] * width
    ticks = date_ticks(periods, max(2, across // 9))
    taken = width
    for index in sorted({*ticks, len(periods) - 1}, reverse=True):
        label = periods[index].short_label()
        start = left + _column(index, periods, across) - len(label) // 2
        start = max(0, min(start, width - len(label)))
        if start + len(label) < taken or (taken == width and start + len(label) <= width):
            cells[start : start + len(label)] = label
            taken = start
    return "".join(cells)
