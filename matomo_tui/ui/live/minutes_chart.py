"""The chart of the last hour, or rows of blocks where space is short."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import ClassVar

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from matomo_tui.live.snapshot import Minutes
from matomo_tui.live.timezones import zone
from matomo_tui.ui.drawing import plotting
from matomo_tui.ui.drawing.formatting import clock_time, number, short_number
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.drawing.gradients import gradient
from matomo_tui.ui.widgets.plot_widget import CHART_ROWS, PlotWidget, painted, spread
from matomo_tui.ui.widgets.sparkline import columns

MINUTE = 60
VISITS_ROWS = 8
"""Rows from which on visits hang below the actions."""
SPANS = (15, 30, 45)
"""Minutes drawn as long as fewer than 60 were observed, so that little of the chart is blank: the most that were
observed. The span changes seldom, because each change moves all columns."""
_AXIS_COLUMNS = 6


class MinuteSeries(Struct, frozen=True):
    """The newest minutes of a snapshot, with gaps where they were not observed."""

    actions: tuple[float | None, ...]
    """Actions per minute, the oldest first; ``None`` where unknown."""
    visits: tuple[float | None, ...]
    """Visits with an action in each minute."""
    first_at: int
    """Epoch of the first minute."""
    last_at: int
    """Epoch of the current minute."""

    @classmethod
    def of(cls, minutes: Minutes) -> MinuteSeries:
        """Return the series of a snapshot's ``minutes``."""
        first_at = minutes.last_minute_at - (len(minutes.actions) - 1) * MINUTE
        begun = range(first_at, minutes.last_minute_at + 1, MINUTE)
        # The minute in which polling began would look too low. Of incomplete minutes, only the current one is drawn.
        seen = [at >= minutes.known_from or at == minutes.last_minute_at for at in begun]
        observed = sum(seen)
        span = len(seen) if all(seen) else max((n for n in SPANS if n <= observed), default=SPANS[0])
        cut = max(0, len(seen) - span)
        return cls(
            actions=tuple(n if known else None for n, known in zip(minutes.actions, seen, strict=True))[cut:],
            visits=tuple(n if known else None for n, known in zip(minutes.visits, seen, strict=True))[cut:],
            first_at=first_at + cut * MINUTE,
            last_at=minutes.last_minute_at,
        )

    @property
    def unknown(self) -> int:
        """The number of minutes that were not observed: the oldest ones."""
        return sum(value is None for value in self.actions)

    @property
    def quiet(self) -> bool:
        """True if there was no action in any observed minute."""
        return not any(self.actions)

    @property
    def rate(self) -> float | None:
        """Actions in the last complete minute."""
        return self.actions[-2] if len(self.actions) > 1 else None

    def summary(self, zone_name: str) -> str:
        """Rate and peak in words: ``41/min, peak 63 13:48``."""
        parts = [f"{number(self.rate)}/min"] if self.rate is not None else []
        peak = max((value for value in self.actions if value is not None), default=0)
        if peak:
            at = self.first_at + self.actions.index(peak) * MINUTE
            parts.append(f"peak {number(peak)} {clock_time(at, zone_name, seconds=False)}")
        return ", ".join(parts)


def _scale(top: float, rows: int, *, zero: bool = True) -> dict[int, str]:
    """Labels by row: ``top``, half of it if that is a whole number, and 0 unless the axis below shows it."""
    marks = {0: short_number(top), rows - 1: "0" if zero else ""}
    if rows >= 5 and rows % 2 and (top / 2).is_integer():
        marks[rows // 2] = short_number(top / 2)
    return marks


def _top_of(values: plotting.Values) -> float:
    return plotting.round_top(max((value for value in values if value is not None), default=0))


class MinutesChart(PlotWidget):
    """Draws a ``MinuteSeries``: actions above the axis and visits hanging below it, each filled on its own scale.

    Two curves in one braille grid would blend: a cell has one colour. Where there is little room, only actions are
    drawn.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "minutes--actions",
        "minutes--peak",
        "minutes--visits",
        "minutes--open",
        "minutes--axis",
        "minutes--summary",
    }
    DEFAULT_CSS = """
    MinutesChart { height: 1fr; width: 1fr; }
    MinutesChart > .minutes--actions { color: $accent 60%; }
    MinutesChart > .minutes--peak { color: $accent; }
    MinutesChart > .minutes--visits { color: $secondary; }
    MinutesChart > .minutes--open { color: $text-muted; }
    MinutesChart > .minutes--axis { color: $text-disabled; }
    MinutesChart > .minutes--summary { color: $text-muted; }
    """

    class Reshaped(Message):
        """There may be room for more or less: the second curve, or the summary beside the blocks."""

    def __init__(self) -> None:
        super().__init__()
        self._series: MinuteSeries | None = None
        self._zone = "UTC"
        self._summary = ""

    @property
    def drawn_from(self) -> object:
        return None if self._series is None else (self._series, self._zone, self._summary)

    def on_resize(self) -> None:
        self.post_message(self.Reshaped())

    def plotext_loaded(self) -> None:
        super().plotext_loaded()
        self.post_message(self.Reshaped())

    def draw(self, series: MinuteSeries, zone_name: str, summary: str = "") -> None:
        """Draw ``series`` with the times of ``zone_name``; ``summary`` is written beside a row of blocks."""
        if (series, zone_name, summary) != self.drawn_from:
            self._series, self._zone, self._summary = series, zone_name, summary
            self.update_lines()

    @property
    def shows_visits(self) -> bool:
        """True if there is room for the visits."""
        return self.has_plotext and self.size.height >= VISITS_ROWS

    def build(self, width: int, height: int) -> list[Strip]:
        if self._series is None:
            return []
        if height < CHART_ROWS or width < 4 * _AXIS_COLUMNS:
            return self._low(self._series, width, height)
        return self._chart(self._series, width, height)

    def _low(self, series: MinuteSeries, width: int, height: int) -> list[Strip]:
        """Rows of block characters, with the summary on the right if the pane has no title to show it in."""
        summary = f"  {self._summary}" if self._summary and width >= len(self._summary) + 20 else ""
        room = width - len(summary)
        # One column for each of the newest minutes that fit: if 60 minutes were squeezed into 58 columns, every new
        # minute would move the peaks.
        minutes = series.actions[-room:] if room >= 40 else series.actions
        values = spread(minutes, room)
        top = max((value for value in values if value is not None), default=0.0)
        rows = columns(values, top, height, glyphs_of(self))
        open_columns = max(1, room // min(len(minutes), room))
        unknown = sum(1 for _ in takewhile(lambda value: value is None, values))
        styles = self._styles()
        strips = []
        for row, text in enumerate(rows):
            left = len(text) - open_columns
            dots = glyphs_of(self).between * unknown if row == len(rows) - 1 else " " * unknown
            segments = [
                Segment(dots, styles["axis"]),
                Segment(text[unknown:left], gradient(styles["actions"], styles["peak"], row, len(rows))),
                Segment(text[left:], styles["open"]),
                Segment(summary if row == 0 else " " * len(summary), styles["summary"]),
            ]
            strips.append(Strip(segments, width))
        return strips

    def _chart(self, series: MinuteSeries, width: int, height: int) -> list[Strip]:
        """Actions, the times, and visits below them, with the scales at the left."""
        styles = self._styles()
        across = width - _AXIS_COLUMNS
        below = max(2, (height - 1) // 3) if self.shows_visits else 0
        above = height - 1 - below
        top = _top_of(series.actions)
        marks = _scale(top, above, zero=not below)
        rows = self.plot([series.actions], top, across, above)
        strips = [
            self._row(
                series,
                cells,
                (marks.get(row, ""), glyphs_of(self).between if row == above - 1 else " "),
                self._fill(styles, row, above),
            )
            for row, cells in enumerate(rows)
        ]
        strips.append(Strip([Segment(self._time_axis(series, across, width), styles["axis"])], width))
        if below:
            top = _top_of(series.visits)
            hanging = plotting.flipped(self.plot([series.visits], top, across, below))
            visits = styles["visits"]
            for row, cells in enumerate(hanging):
                label = short_number(top) if row == below - 1 else ""
                strips.append(
                    self._row(series, cells, (label, " "), lambda running: styles["open"] if running else visits)
                )
        return strips

    def _row(
        self,
        series: MinuteSeries,
        cells: Sequence[plotting.Run],
        texts: tuple[str, str],
        style: Callable[[bool], Style],
    ) -> Strip:
        """A row of the canvas; ``texts`` are the label before it and the sign for minutes that were not observed."""
        label, blank = texts
        axis = self.get_component_rich_style("minutes--axis")
        across, last = self.size.width - _AXIS_COLUMNS, len(series.actions) - 1
        first_known = plotting.column_of(series.unknown / last, across) if series.unknown else 0
        open_from = plotting.column_of(1 - 1 / last, across) + 1
        segments = [Segment(f"{label:>{_AXIS_COLUMNS - 1}} ", axis)]
        if first_known:
            segments.append(Segment(blank * first_known, axis))
        segments += painted(cells, first_known, open_from, lambda _, running: style(running))
        return Strip(segments, self.size.width)

    @staticmethod
    def _fill(styles: dict[str, Style], row: int, rows: int) -> Callable[[bool], Style]:
        """Return a function from True for the running minute to a style. The fill fades downwards."""
        actions = gradient(styles["actions"], styles["peak"], row, rows)
        return lambda running: styles["open"] if running else actions

    def _time_axis(self, series: MinuteSeries, across: int, width: int) -> str:
        """Round times in the site's time zone below their columns, where they do not touch."""
        cells = [" "] * width
        span = series.last_at - series.first_at
        free_from = 0
        for at in plotting.time_ticks(series.first_at, series.last_at, zone(self._zone), max(2, across // 12)):
            label = clock_time(at, self._zone, seconds=False)
            start = _AXIS_COLUMNS + plotting.column_of((at - series.first_at) / span, across) - len(label) // 2
            start = min(start, width - len(label))
            if start >= free_from:
                cells[start : start + len(label)] = label
                free_from = start + len(label) + 1
        return "".join(cells)

    def _styles(self) -> dict[str, Style]:
        names = ("actions", "peak", "visits", "open", "axis", "summary")
        return {name: self.get_component_rich_style(f"minutes--{name}") for name in names}
