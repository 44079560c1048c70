"""The chart of the last hour, or rows of blocks where space is short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.live.snapshot import Minutes
from matomo_tui.live.timezones import zone
from matomo_tui.ui.drawing import plotting
from matomo_tui.ui.drawing.formatting import clock_time, number, short_number
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.drawing.gradients import gradient
from matomo_tui.ui.widgets.sparkline import columns

MINUTE = 60
CHART_ROWS = 6
"""Below this the axis would take more room than the chart."""
VISITS_ROWS = 8
"""From here on visits are drawn beside the actions."""
_AXIS_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class MinuteSeries:
    """``minutes`` made ready to draw: ``None`` where a minute was not observed."""

    actions: tuple[float | None, ...]
    visits: tuple[float | None, ...]
    first_at: int
    last_at: int

    @classmethod
    def of(cls, minutes: Minutes) -> MinuteSeries:
        """From the snapshot's part; ``first_at`` and ``last_at`` are the epochs of its first and last minute."""
        first_at = minutes.last_minute_at - (len(minutes.actions) - 1) * MINUTE
        begun = range(first_at, minutes.last_minute_at + 1, MINUTE)
        # The minute in which watching began would look too low; only the current one is drawn although it is not whole.
        seen = [at >= minutes.known_from or at == minutes.last_minute_at for at in begun]
        return cls(
            actions=tuple(n if known else None for n, known in zip(minutes.actions, seen, strict=True)),
            visits=tuple(n if known else None for n, known in zip(minutes.visits, seen, strict=True)),
            first_at=first_at,
            last_at=minutes.last_minute_at,
        )

    @property
    def unknown(self) -> int:
        """How many of the oldest minutes were not observed."""
        return sum(value is None for value in self.actions)

    @property
    def quiet(self) -> bool:
        """Whether nobody did anything in all the minutes that were observed."""
        return not any(self.actions)

    @property
    def rate(self) -> float | None:
        """Actions in the last minute that is over."""
        return self.actions[-2] if len(self.actions) > 1 else None

    def summary(self, zone_name: str) -> str:
        """``41/min, peak 63 13:48``."""
        parts = [f"{number(self.rate)}/min"] if self.rate is not None else []
        peak = max((value for value in self.actions if value is not None), default=0)
        if peak:
            at = self.first_at + self.actions.index(peak) * MINUTE
            parts.append(f"peak {number(peak)} {clock_time(at, zone_name, seconds=False)}")
        return ", ".join(parts)


def _scale(top: float, rows: int) -> dict[int, str]:
    """Row to label: ``top``, half of it where that is a round figure too, and 0."""
    marks = {0: short_number(top), rows - 1: "0"}
    if rows >= 5 and rows % 2 and (top / 2).is_integer():
        marks[rows // 2] = short_number(top / 2)
    return marks


def _pieces(cells: list[plotting.Run], start: int, cut: int) -> Iterator[tuple[int, str, int | None]]:
    """The runs from column ``start`` on, split at column ``cut``: column, text, number of the curve."""
    column = 0
    for text, curve in cells:
        end = column + len(text)
        for left, right in ((max(column, start), min(end, cut)), (max(column, start, cut), end)):
            if left < right:
                yield left, text[left - column : right - column], curve
        column = end


def _first_difference(old: Strip, new: Strip) -> int:
    """The first column in which two lines of single cells differ; their width where they do not."""
    column = 0
    for was, now in zip(old, new, strict=False):
        if was != now:
            same = takewhile(lambda pair: pair[0] == pair[1], zip(was.text, now.text, strict=False))
            return column + (len(list(same)) if was.style == now.style else 0)
        column += len(now.text)
    return column


class MinutesChart(Widget):
    """Draws a ``MinuteSeries``; lines are built once for each course and size."""

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
    MinutesChart > .minutes--visits { color: $warning; }
    MinutesChart > .minutes--open { color: $text-muted; }
    MinutesChart > .minutes--axis { color: $text-disabled; }
    MinutesChart > .minutes--summary { color: $text-muted; }
    """

    ALLOW_SELECT = False

    class Reshaped(Message):
        """What the chart has room for may have changed: the second curve, the words beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._course: MinuteSeries | None = None
        self._zone = "UTC"
        self._summary = ""
        self._plotext = False
        self._asked = False
        self._lines: list[Strip] = []
        self._drawn_for: tuple[object, ...] = ()

    def on_resize(self) -> None:
        """There may be room for a chart now."""
        self._want_plotext()
        self.post_message(self.Reshaped())

    def _want_plotext(self) -> None:
        # It takes 150 ms and 10 MB: no frame waits for it, and a terminal without room for a chart does without.
        if not self._asked and self._course is not None and self.size.height >= CHART_ROWS:
            self._asked = True
            self.run_worker(self._load, thread=True, exit_on_error=False)

    def _load(self) -> None:
        plotting.load()
        self.app.call_from_thread(self._loaded)

    def _loaded(self) -> None:
        self._plotext = True
        self.refresh()
        self.post_message(self.Reshaped())

    def draw(self, course: MinuteSeries, zone_name: str, summary: str = "") -> None:
        """Show ``course``, its instants in ``zone_name``; ``summary`` is written beside a row of blocks. Only cells
        that changed are sent to the terminal."""
        if (course, zone_name, summary) == (self._course, self._zone, self._summary):
            return
        before = self._lines if self._drawn_for == self._what else []
        self._course, self._zone, self._summary = course, zone_name, summary
        self._want_plotext()
        self._lines, self._drawn_for = self._build(), self._what
        if len(before) != len(self._lines):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            x = _first_difference(old, new)
            if x < self.size.width:
                self.refresh(Region(x, y, self.size.width - x, 1))

    @property
    def shows_visits(self) -> bool:
        """Whether there is room for the second curve."""
        return self._plotext and self.size.height >= VISITS_ROWS

    @property
    def _what(self) -> tuple[object, ...]:
        return (self._course, self._zone, self._summary, self.size, self._plotext)

    def notify_style_update(self) -> None:
        self._drawn_for = ()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        if self._drawn_for != self._what:
            self._lines, self._drawn_for = self._build(), self._what
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        return self._lines[y]

    def _build(self) -> list[Strip]:
        width, height = self.size
        if self._course is None or width < 1:
            return []
        if height < CHART_ROWS or width < 4 * _AXIS_COLUMNS:
            return self._blocks(self._course, width, height)
        return self._chart(self._course, width, height)

    def _blocks(self, course: MinuteSeries, width: int, height: int) -> list[Strip]:
        """Rows of eighth blocks, with the summary on the right where the frame does not have it."""
        summary = f"  {self._summary}" if self._summary and width >= len(self._summary) + 20 else ""
        room = width - len(summary)
        # The newest that fit, one a column: squeezing 60 into 58 would have the columns dance with every minute.
        values = plotting.squeeze(course.actions[-room:] if room >= 40 else course.actions, room)
        spread = [values[column * len(values) // room] for column in range(room)]
        top = max((value for value in values if value is not None), default=0.0)
        rows = columns(spread, top, height, glyphs_of(self))
        open_columns = max(1, room // len(values))
        unknown = sum(1 for _ in takewhile(lambda value: value is None, spread))
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

    def _chart(self, course: MinuteSeries, width: int, height: int) -> list[Strip]:
        """The canvas between a scale on the left and the time below."""
        styles = self._styles()
        across, down = width - _AXIS_COLUMNS, height - 1
        top = plotting.round_top(max((value for value in course.actions if value is not None), default=0))
        rows = self._canvas(course, top, across, down)
        marks = _scale(top, down)
        first_known = plotting.column_of(course.unknown / (len(course.actions) - 1), across) if course.unknown else 0
        open_from = plotting.column_of(1 - 1 / (len(course.actions) - 1), across) + 1
        glyphs = glyphs_of(self)
        strips = []
        for row, cells in enumerate(rows):
            label = f"{marks.get(row, ''):>{_AXIS_COLUMNS - 1}} "
            segments = [Segment(label, styles["axis"])]
            if first_known:
                dots = glyphs.between * first_known if row == down - 1 else " " * first_known
                segments.append(Segment(dots, styles["axis"]))
            painted = gradient(styles["actions"], styles["peak"], row, down)
            for column, text, curve in _pieces(cells, first_known, open_from):
                style = styles["visits"] if curve == 1 else styles["open"] if column >= open_from else painted
                segments.append(Segment(text, style))
            strips.append(Strip(segments, width))
        strips.append(Strip([Segment(self._time_axis(course, across, width), styles["axis"])], width))
        return strips

    def _canvas(self, course: MinuteSeries, top: float, across: int, down: int) -> list[list[plotting.Run]]:
        ascii = glyphs_of(self).ascii
        if self._plotext:
            curves = [course.actions, course.visits] if self.shows_visits else [course.actions]
            return plotting.canvas(curves, top, across, down, fill=True, ascii=ascii)
        values = plotting.squeeze(course.actions, across)
        spread = [values[column * len(values) // across] for column in range(across)]
        return [[(line, 0)] for line in columns(spread, top, down, glyphs_of(self))]

    def _time_axis(self, course: MinuteSeries, across: int, width: int) -> str:
        """Full hours and quarters of the site's day below their columns."""
        cells = [" "] * width
        span = course.last_at - course.first_at
        free_from = 0
        for at in plotting.time_ticks(course.first_at, course.last_at, zone(self._zone), max(2, across // 12)):
            label = clock_time(at, self._zone, seconds=False)
            start = _AXIS_COLUMNS + plotting.column_of((at - course.first_at) / span, across) - len(label) // 2
            start = min(start, width - len(label))
            if start >= free_from:
                cells[start : start + len(label)] = label
                free_from = start + len(label) + 1
        return "".join(cells)

    def _styles(self) -> dict[str, Style]:
        names = ("actions", "peak", "visits", "open", "axis", "summary")
        return {name: self.get_component_rich_style(f"minutes--{name}") for name in names}
