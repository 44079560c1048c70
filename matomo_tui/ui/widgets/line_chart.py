"""A line chart over time, with a scale, dates and annotation marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.strip import Strip

from matomo_tui.reports.periods import Period
from matomo_tui.reports.values import ColumnType
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing import plotting
from matomo_tui.ui.drawing.axes import axis_top, date_ticks
from matomo_tui.ui.drawing.fading import FADE_ROWS, faded
from matomo_tui.ui.drawing.fitted_axis import FittedAxis, fitted_axis
from matomo_tui.ui.drawing.formatting import ascii_money, pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.drawing.gradients import gradient
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.plot_widget import CHART_ROWS, PlotWidget, painted

MOST_CURVES = 6


class ChartLine(Struct, frozen=True):
    """One curve of a chart."""

    name: str
    """Sanitized."""
    values: tuple[float | None, ...]
    """``None`` where a value is unknown."""
    periods: tuple[Period, ...] = ()
    """The periods of the values if they are not those of the chart."""


class ChartData(Struct, frozen=True):
    """The curves of a chart; each has a value for each of ``periods``."""

    periods: tuple[Period, ...]
    curves: tuple[ChartLine, ...]
    kind: ColumnType = "number"
    currency: str = ""
    open_curves: int = 0
    """The number of curves, from the first on, whose last value is of a period that is not over."""
    noted: frozenset[int] = frozenset()
    """The indexes of the periods with an annotation."""

    @property
    def peak(self) -> float | None:
        """The highest finite value of all curves; ``None`` if there is none."""
        known = (plotting.finite(value) for curve in self.curves for value in curve.values)
        return max((value for value in known if value is not None), default=None)


class LineChart(PlotWidget, can_focus=True):
    """Draws a ``ChartData`` with a scale, dates, annotation marks and a cursor on one of the periods.

    Several curves have numbers at their ends, as in the legend, so that colour is never the only difference.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"chart--{number}" for number in range(MOST_CURVES)),
        *(f"chart--fill-{depth}" for depth in range(1, FADE_ROWS + 1)),
        "chart--low",
        "chart--open",
        "chart--axis",
        "chart--note",
        "chart--cursor",
    }
    DEFAULT_CSS = """
    LineChart { height: 1fr; width: 1fr; }
    LineChart > .chart--0 { color: $accent; }
    LineChart > .chart--low { color: $accent 45%; }
    LineChart:ansi > .chart--low { color: $accent; }
    LineChart > .chart--fill-1 { color: $accent 45%; }
    LineChart > .chart--fill-2 { color: $accent 35%; }
    LineChart > .chart--fill-3 { color: $accent 25%; }
    LineChart:ansi > .chart--fill-1, LineChart:ansi > .chart--fill-2, LineChart:ansi > .chart--fill-3 {
        color: $accent; text-style: dim;
    }
    LineChart > .chart--1 { color: $warning; }
    LineChart > .chart--2 { color: $success; }
    LineChart > .chart--3 { color: $error; }
    LineChart > .chart--4 { color: $foreground; }
    LineChart > .chart--5 { color: $text-muted; }
    LineChart > .chart--open { color: $text-muted; }
    LineChart > .chart--axis { color: $text-disabled; }
    LineChart > .chart--note { color: $text-warning; text-style: bold; }
    LineChart > .chart--cursor { color: $accent; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chart")]

    class Pointed(FieldMessage):
        """The cursor moved to the period at ``index``."""

        index: int

    def __init__(self) -> None:
        super().__init__()
        self._data: ChartData | None = None
        self._cursor = 0

    @property
    def cursor(self) -> int:
        """The index of the period under the cursor."""
        return self._cursor

    @property
    def drawn_from(self) -> object:
        return None if self._data is None else (self._data, self._cursor, self.has_focus)

    def draw(self, data: ChartData) -> None:
        """Draw ``data``. The cursor stays on its period if that is still there, else it moves to the last one."""
        if data == self._data:
            return
        before = self._data.periods if self._data is not None else ()
        if data.periods != before:
            here = before[self._cursor] if self._cursor < len(before) - 1 else None
            known = here in data.periods if here is not None else False
            self._cursor = data.periods.index(here) if here is not None and known else len(data.periods) - 1
        self._data = data
        self.update_lines()

    def build(self, width: int, height: int) -> list[Strip]:
        data = self._data
        if data is None or not data.periods:
            return []
        scale = self._scale(data, height - 2)
        left = _left(scale)
        if height < CHART_ROWS or width < left + 20:
            return self._low(data, width, height)
        return self._chart(data, width, height, scale)

    def _scale(self, data: ChartData, rows: int) -> FittedAxis:
        values = [value for curve in data.curves for value in curve.values]
        if data.curves and None in data.curves[0].values[:-1]:
            values.append(0.0)  # Matomo has no row for a day without visits, so the curve comes down to 0 or near it
        scale = fitted_axis(values, max(1, rows), data.kind, data.currency)
        if glyphs_of(self).ascii:
            return replace(scale, labels={row: ascii_money(label) for row, label in scale.labels.items()})
        return scale

    def _low(self, data: ChartData, width: int, height: int) -> list[Strip]:
        """The first curve in rows of block characters, its last value in another colour if its period is not over."""
        first = data.curves[0].values if data.curves else ()
        rows = self.blocks(first, axis_top(data.peak, data.kind), width, height)
        cut = max(0, width - max(1, width // len(data.periods))) if data.open_curves else width
        curve, unfinished = self._style("0"), self._style("open")
        return [Strip([Segment(row[:cut], curve), Segment(row[cut:], unfinished)], width) for row in rows]

    def _chart(self, data: ChartData, width: int, height: int, scale: FittedAxis) -> list[Strip]:
        """The canvas between scale and curve numbers, the axis with its marks, the dates."""
        ends = 2 if len(data.curves) > 1 else 0
        left = _left(scale)
        across, down = width - left - ends, scale.rows
        cut = self._open_from(data, across)
        names = self._ends(data, scale) if ends else {}
        axis = self._style("axis")
        strips = [Strip.blank(width, axis)] * (height - 2 - down)
        for row, cells in enumerate(self._canvas(data, scale, across)):
            segments = [Segment(pad_or_truncate(scale.labels.get(row, ""), left - 1, right=True) + " ", axis)]
            segments += painted(cells, 0, cut, self._painter(data, row, down))
            if ends:
                number = names.get(row)
                style = self._style(str(number % MOST_CURVES)) if number is not None else axis
                segments.append(Segment(f" {number + 1}" if number is not None else "  ", style))
            strips.append(Strip(segments, width))
        strips.append(self._line(data, across, left, width, broken=scale.low > 0))
        strips.append(Strip([Segment(_dates(data.periods, across, left, width), axis)], width))
        return strips

    def _canvas(self, data: ChartData, scale: FittedAxis, across: int) -> list[list[plotting.Run]]:
        """The rows of the plot. The first curve matters most, so it is drawn last, over the others."""
        top, ascii = scale.top - scale.low, glyphs_of(self).ascii
        curves = [
            [None if value is None else value - scale.low for value in curve.values]
            for curve in data.curves[:MOST_CURVES]
        ]
        if not self.has_plotext:
            return self.plot(curves, top, across, scale.rows)
        if len(curves) == 1:
            return faded(plotting.canvas(curves, top, across, scale.rows, ascii=ascii), ascii=ascii)
        last = len(curves) - 1
        rows = self.plot(curves[::-1], top, across, scale.rows)
        return [[(text, None if number is None else last - number) for text, number in row] for row in rows]

    def _open_from(self, data: ChartData, across: int) -> int:
        """The first column behind the last period that is over."""
        if not data.open_curves or len(data.periods) < 2:
            return across
        return plotting.column_of((len(data.periods) - 2) / (len(data.periods) - 1), across) + 1

    def _painter(self, data: ChartData, row: int, down: int) -> Callable[[int | None, bool], Style]:
        """The style by curve and by whether its period is over; negative numbers are the area below a single curve."""
        first, unfinished = self._style("0"), self._style("open")
        fill = [self._style(f"fill-{depth}") for depth in range(1, FADE_ROWS + 1)]
        if len(data.curves) == 1 and not self.has_plotext:
            first = gradient(self._style("low"), first, row, down)

        def style(curve: int | None, behind: bool) -> Style:
            if curve is not None and curve < 0:
                return fill[-curve - 1]
            if behind and curve is not None and curve < data.open_curves:
                return unfinished
            return first if not curve else self._style(str(curve % MOST_CURVES))

        return style

    def _ends(self, data: ChartData, scale: FittedAxis) -> dict[int, int]:
        """The rows of the numbers at the ends of the curves: where each curve ends, or the nearest free row."""
        found: dict[int, int] = {}
        down = scale.rows
        for number, curve in enumerate(data.curves[:MOST_CURVES]):
            known = [value for value in map(plotting.finite, curve.values) if value is not None]
            if not known or len(found) >= down:
                continue
            height = (known[-1] - scale.low) / (scale.top - scale.low)
            wanted = round((1 - min(1.0, height)) * (down - 1))
            row = min((row for row in range(down) if row not in found), key=lambda row: abs(row - wanted))
            found[row] = number
        return found

    def _line(self, data: ChartData, across: int, left: int, width: int, *, broken: bool) -> Strip:
        """The axis with the marks of annotations and the cursor; ``broken``: it does not begin at 0, and says so."""
        glyphs = glyphs_of(self)
        axis, note, cursor = self._style("axis"), self._style("note"), self._style("cursor")
        cells = [(" ", axis)] * left + [(glyphs.rule, axis)] * across + [(" ", axis)] * (width - left - across)
        if broken:
            for place, sign in enumerate(pad_or_truncate(f"0 {glyphs.broken_axis}", left - 1, right=True)):
                cells[place] = (sign, axis)
        for index in sorted(data.noted):
            cells[left + _column(index, data.periods, across)] = (glyphs.note, note)
        if self.has_focus and self._cursor < len(data.periods):
            at = left + _column(self._cursor, data.periods, across)
            cells[at] = (glyphs.note if self._cursor in data.noted else glyphs.up, cursor)
        return Strip([Segment(text, style) for text, style in cells], width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"chart--{name}")

    def action_point(self, by: int) -> None:
        """Move the cursor by ``by`` periods."""
        if self._data is not None:
            self._point(self._cursor + by)

    def action_point_first(self) -> None:
        """Move the cursor to the first period."""
        self._point(0)

    def action_point_last(self) -> None:
        """Move the cursor to the last period."""
        self._point(len(self._data.periods) - 1 if self._data is not None else 0)

    def _point(self, index: int) -> None:
        count = len(self._data.periods) if self._data is not None else 0
        index = min(max(0, index), max(0, count - 1))
        if index != self._cursor:
            self._cursor = index
            self.update_lines()
            self.post_message(self.Pointed(index))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the period that was clicked."""
        data, offset = self._data, event.get_content_offset(self)
        if data is None or offset is None or not data.periods:
            return
        event.stop()
        left = _left(self._scale(data, self.size.height - 2)) if self.size.height >= CHART_ROWS else 0
        across = max(1, self.size.width - left - (2 if len(data.curves) > 1 else 0))
        self._point(round((offset.x - left) / max(1, across - 1) * (len(data.periods) - 1)))


def _left(scale: FittedAxis) -> int:
    """The cells of the labels and the blank after them; a broken axis names its 0 below them."""
    return max([3 if scale.low > 0 else 0, *map(cell_len, scale.labels.values())]) + 1


def _column(index: int, periods: Sequence[Period], across: int) -> int:
    return plotting.column_of(index / max(1, len(periods) - 1), across)


def _dates(periods: Sequence[Period], across: int, left: int, width: int) -> str:
    """The dates below their columns: always that of the last period, others where they do not touch."""
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
