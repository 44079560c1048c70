"""The counters pane: large figures with changes and sparklines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.api.errors import FeatureDisabled, NoAccess
from matomo_tui.live.snapshot import Count, CounterRow, LiveSnapshot, Phase
from matomo_tui.ui.drawing.formatting import (
    ascii_money,
    change,
    clock_time,
    duration,
    money_short,
    number,
    pad_or_truncate,
    percent,
    short_number,
)
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.drawing.plotting import squeeze
from matomo_tui.ui.widgets.big_digits import digit_rows
from matomo_tui.ui.widgets.sparkline import columns

CounterStyle = Literal["plain", "money", "percent", "duration"]
GAP = 2
LATE = 90.0
"""Seconds that the visits of today, asked for once a minute, may be older than the rest without a word."""
OLD = "~"
"""Before a small figure that is older than those beside it; large ones have room for ``as of 13:45``."""
LARGE_FROM = 6
"""Lines from which on the digits are large."""


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter: ``short`` is its label where there are few columns, ``cells`` what its figure and its change take
    there; ``versus`` what the change compares with; ``relative`` says whether it is a percentage; ``part`` the part of
    a poll that brings it; ``archived`` whether it is from a report that may be minutes old."""

    key: str
    label: str
    short: str
    part: Literal["counters", "visits", "today"]
    cells: tuple[int, int]
    versus: str = ""
    relative: bool = False
    look: CounterStyle = "plain"
    archived: bool = False


COUNTERS: tuple[Counter, ...] = (
    Counter("active", "Active now", "active", "visits", (6, 5), "in 3 min"),
    Counter("actions_3", "Actions, 3 min", "actions 3 m", "counters", (11, 5), "in 3 min"),
    Counter("visits_30", "Visits, 30 min", "visits 30 m", "counters", (11, 6), "in 30 min"),
    Counter("today", "Visits today", "today", "today", (7, 6), "vs yesterday", relative=True),
    Counter("conversions", "Conversions today", "conversions", "today", (11, 0), archived=True),
    Counter("revenue", "Revenue today", "revenue", "today", (10, 0), look="money", archived=True),
    Counter("actions_30", "Actions, 30 min", "actions", "counters", (6, 6), "in 30 min"),
    Counter("unique", "Unique visitors today", "unique", "today", (8, 0), archived=True),
    Counter("bounce_rate", "Bounce rate today", "bounce", "today", (6, 0), look="percent", archived=True),
    Counter("avg_time", "Avg. visit duration", "avg. time", "today", (9, 0), look="duration", archived=True),
)
SMALL, MEDIUM, LARGE = COUNTERS[:6], COUNTERS[:6], COUNTERS[:8]


@dataclass(frozen=True, slots=True)
class Tile:
    """What one counter shows, ready to be drawn; equal tiles need no drawing."""

    label: str
    figure: str
    large: str
    direction: int
    change: str
    note: str
    history: tuple[float, ...]
    known: bool = True
    old: bool = False


def first_change(old: Tile, new: Tile) -> int:
    """The first line of a large tile that differs."""
    if (old.label, old.large) != (new.label, new.large):
        return 0 if old.label != new.label else 1
    return 5 if (old.direction, old.change, old.note) == (new.direction, new.change, new.note) else 4


def figure_of(counter: Counter, count: Count, currency: str, *, missing: str) -> tuple[str, str]:
    """The value as text, and as it is written in large digits."""
    if counter.look == "money":
        return money_short(count.value, currency, missing), short_number(count.value, missing)
    formats: dict[str, Callable[[float | None], str]] = {
        "percent": lambda value: percent(value, missing=missing),
        "duration": lambda value: duration(value, missing=missing),
        "plain": lambda value: number(value, missing) if (value or 0) < 999_999.5 else short_number(value, missing),
    }
    text = formats[counter.look](count.value)
    large = text.replace(" ", "") if counter.look != "plain" else short_number(count.value, missing)
    return text, large


class Counters(Widget):
    """The row of counters. Two lines high it has small figures, from six lines on large digits and sparklines."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "counters--label",
        "counters--figure",
        "counters--first",
        "counters--course",
        "counters--note",
        "counters--good",
        "counters--bad",
    }
    DEFAULT_CSS = """
    Counters { height: 2; width: 1fr; padding: 0 1; }
    Counters > .counters--label { color: $text-muted; }
    Counters > .counters--figure { color: $foreground; text-style: bold; }
    Counters > .counters--first { color: $accent; text-style: bold; }
    Counters > .counters--course { color: $secondary; }
    Counters > .counters--note { color: $text-muted; }
    Counters > .counters--good { color: $text-success; }
    Counters > .counters--bad { color: $text-error; }
    Counters.-stale { text-opacity: 75%; }
    Counters.-stale:ansi { text-opacity: 50%; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._chosen: tuple[Counter, ...] = SMALL
        self._tiles: tuple[Tile, ...] = ()
        self._snapshot: LiveSnapshot | None = None

    def choose(self, counters: tuple[Counter, ...]) -> None:
        """Show these counters."""
        if counters is not self._chosen:
            self._chosen = counters
            self._tiles = ()
            if self._snapshot is not None:
                self.show(self._snapshot)

    def show(self, snapshot: LiveSnapshot) -> None:
        """Draw the counters that changed."""
        self._snapshot = snapshot
        self.set_class(snapshot.poll.phase in (Phase.STALE, Phase.STOPPED), "-stale")
        before, tiles = self._tiles, tuple(self._tile(counter, snapshot) for counter in self._chosen)
        self._tiles = tiles
        if len(before) != len(tiles):
            self.refresh()
            return
        # One region for all that changed: a line is sent from the widget's left edge however narrow a region is.
        top, right = self.size.height, 0
        for (x, width), old, new in zip(self._places(), before, tiles, strict=True):
            if old != new:
                top = min(top, first_change(old, new) if self._large else int(old.label == new.label))
                right = self.gutter.left + x + width
        if right:
            self.refresh(Region(0, top, right, self.size.height - top))

    def _tile(self, counter: Counter, snapshot: LiveSnapshot) -> Tile:
        glyphs, large = glyphs_of(self), self._large
        row: CounterRow = snapshot.counters
        count: Count = getattr(row, counter.key)
        figure, digits = figure_of(counter, count, snapshot.site.currency, missing=glyphs.dash)
        if glyphs.ascii:
            figure = ascii_money(figure)
        direction, text = change(count.value, count.before, relative=counter.relative)
        note, old = counter.versus if text else "", self._older(counter, snapshot)
        if count.value is None:
            note = self._reason(counter, snapshot)
        elif old is not None:
            note = f"as of {clock_time(old, snapshot.site.timezone, seconds=False)}"
        label = counter.label if large else counter.short
        if large and counter.look == "money" and snapshot.site.currency:
            label = f"{label}, {snapshot.site.currency}"
        history = count.history if large else ()
        return Tile(label, figure, digits, direction, text, note, history, count.value is not None, old is not None)

    @staticmethod
    def _older(counter: Counter, snapshot: LiveSnapshot) -> float | None:
        """When a figure came that is older than those beside it; ``None`` where it is as new as they are."""
        row = snapshot.counters
        if counter.archived:
            return row.archived_at
        if counter.part == "today":
            fresh = snapshot.poll.last_success_at
            late = row.today_at is not None and fresh is not None and fresh - row.today_at > LATE
            return row.today_at if late else None
        return row.counters_at if counter.part == "counters" else row.visits_at

    @staticmethod
    def _reason(counter: Counter, snapshot: LiveSnapshot) -> str:
        """Why there is no figure, in a word or two."""
        error = getattr(snapshot.parts, counter.part)
        if error is not None:
            return "refused" if isinstance(error, NoAccess | FeatureDisabled) else "failed"
        if snapshot.poll.phase is Phase.STOPPED:
            return "stopped"
        if counter.key == "today" and snapshot.poll.polls and snapshot.poll.clock_offset is None:
            return "no clock"  # a server that tells no time: nobody knows when its day began
        asked = counter.archived and snapshot.counters.archived_at is not None
        return "not known" if asked else "waiting"

    @property
    def _large(self) -> bool:
        return self.size.height >= LARGE_FROM

    def _places(self) -> list[tuple[int, int]]:
        """Where each counter stands in the content: its first column and its width."""
        width, chosen = self.size.width, self._chosen
        if self._large:
            edges = [n * (width + GAP) // len(chosen) for n in range(len(chosen) + 1)]
            return [(start, stop - GAP - start) for start, stop in pairwise(edges)]
        spare = max(0, width - sum(sum(counter.cells) for counter in chosen))
        places, x = [], 0
        for n, counter in enumerate(chosen):
            taken = sum(counter.cells)
            places.append((x, taken))
            # What is spare is shared out between the counters, so that the last one ends at the edge.
            x += taken + spare * (n + 1) // (len(chosen) - 1) - spare * n // (len(chosen) - 1)
        return places

    def on_resize(self) -> None:
        """Another size is another look."""
        if self._snapshot is not None:
            self._tiles = ()
            self.show(self._snapshot)

    def render_line(self, y: int) -> Strip:
        base, segments, at = self.rich_style, [], 0
        for n, ((x, width), counter, tile) in enumerate(zip(self._places(), self._chosen, self._tiles, strict=False)):
            segments.append(Segment(" " * (x - at), base))
            look = "first" if n == 0 else "figure"
            line = self._large_line(tile, y, width, look) if self._large else self._small_line(tile, y, counter, look)
            segments += Strip(line).adjust_cell_length(width, base)
            at = x + width
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _small_line(self, tile: Tile, y: int, counter: Counter, look: str) -> list[Segment]:
        """Label over figure; the figure's last digit stays where it is, its change is behind it. In place of a figure
        that is not there stands why."""
        room, behind = counter.cells
        if y == 1 and not tile.known and tile.note:
            width = room if cell_len(tile.note) <= room else room + behind
            return [Segment(pad_or_truncate(tile.note, width, right=True), self._style("note"))]
        if y == 0:
            return [
                Segment(pad_or_truncate(tile.label, max(room, cell_len(tile.label)), right=True), self._style("label"))
            ]
        if y > 1:
            return []
        marked = tile.figure
        if tile.old:  # a figure that fills its cells is shortened, for its age is always told
            marked = OLD + (tile.figure if cell_len(tile.figure) < room else tile.large)
        figure = Segment(pad_or_truncate(marked, room, ellipsis="", right=True), self._style(look))
        arrow = self._arrow(tile.direction)
        text = f" {arrow}{tile.change.lstrip('+-').replace(' %', '%')}" if arrow else ""
        return [figure, Segment(pad_or_truncate(text, behind, ellipsis=""), self._change_style(tile))]

    def _large_line(self, tile: Tile, y: int, width: int, look: str) -> list[Segment]:
        """Label; three rows of digits; the change and what it compares with; the course."""
        glyphs = glyphs_of(self)
        if y == 0:
            return [Segment(pad_or_truncate(tile.label, width, ellipsis=glyphs.ellipsis), self._style("label"))]
        if y <= 3:
            rows = digit_rows(tile.large, ascii=glyphs.ascii)
            if rows is None or cell_len(rows[0]) > width:
                rows = ("", tile.figure, "")
            return [Segment(pad_or_truncate(rows[y - 1], width, ellipsis=""), self._style(look))]
        if y == 4:
            # The arrow is the sign.
            arrow, text = self._arrow(tile.direction), tile.change.lstrip("+-")
            shown = [f"{arrow} {text} ", f"{arrow}{text} "] if arrow else [f"{text} " if text else ""]
            fitting = [one for one in shown if cell_len(one) + cell_len(tile.note) <= width]
            note = tile.note if fitting else ""
            return [Segment((fitting or shown)[0], self._change_style(tile)), Segment(note, self._style("note"))]
        if y == 5:
            values = squeeze(tile.history, width)
            top = max((value for value in values if value is not None), default=0.0)
            (course,) = columns(values, top, 1, glyphs)
            return [Segment(pad_or_truncate(course, width, right=True), self._style("course"))]
        return []

    def _arrow(self, direction: int) -> str:
        glyphs = glyphs_of(self)
        return {1: glyphs.up, -1: glyphs.down}.get(direction, "")

    def _change_style(self, tile: Tile) -> Style:
        return self._style({1: "good", -1: "bad"}.get(tile.direction, "note"))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"counters--{name}")
