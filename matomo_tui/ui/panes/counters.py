"""The counters across the top: figures that read from three metres, each with its change and its course."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.live.snapshot import Count, CounterRow, LiveSnapshot, Phase
from matomo_tui.ui.charts import squeeze
from matomo_tui.ui.formats import change, duration, fit, money_short, number, percent, short_number
from matomo_tui.ui.glyphs import glyphs_of
from matomo_tui.ui.widgets.digits import digit_rows
from matomo_tui.ui.widgets.sparkline import columns

Look = Literal["plain", "money", "percent", "duration"]
GAP = 2


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter: ``short`` is its label where there are few columns; ``relative`` says whether its change is a
    percentage; ``part`` the part of a poll that brings it; ``better`` whether more of it is good (1), bad (-1)."""

    key: str
    label: str
    short: str
    part: Literal["counters", "visits", "today"]
    relative: bool = False
    look: Look = "plain"
    better: int = 1


COUNTERS: tuple[Counter, ...] = (
    Counter("active", "Active now", "active", "visits"),
    Counter("visits_3", "Visits, 3 min", "3 min", "counters"),
    Counter("visits_30", "Visits, 30 min", "30 min", "counters"),
    Counter("today", "Visits today", "today", "today", relative=True),
    Counter("conversions", "Conversions today", "conversions", "today", relative=True),
    Counter("revenue", "Revenue today", "revenue", "today", relative=True, look="money"),
    Counter("actions_30", "Actions, 30 min", "actions", "counters"),
    Counter("unique", "Unique visitors today", "unique", "today", relative=True),
    Counter("bounce_rate", "Bounce rate today", "bounce", "today", relative=True, look="percent", better=-1),
    Counter("avg_time", "Avg. visit duration", "avg. time", "today", relative=True, look="duration"),
)
SMALL, MEDIUM, LARGE = COUNTERS[:6], COUNTERS[:6], COUNTERS[:8]


@dataclass(frozen=True, slots=True)
class Tile:
    """What one counter shows, ready to be drawn; equal tiles need no drawing."""

    label: str
    figure: str
    large: str
    direction: int
    good: int
    change: str
    history: tuple[float, ...]


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
    """The row of counters. Two lines high it has small figures, from five lines on large digits and sparklines."""

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
    Counters > .counters--course { color: $accent; }
    Counters > .counters--note { color: $text-muted; }
    Counters > .counters--good { color: $text-success; }
    Counters > .counters--bad { color: $text-error; }
    Counters.-stale { text-opacity: 65%; }
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
        if tiles == before:
            return
        self._tiles = tiles
        if len(before) != len(tiles):
            self.refresh()
            return
        left = self.gutter.left
        for n, (old, new) in enumerate(zip(before, tiles, strict=True)):
            x, width = self._place(n)
            if old == new:
                continue
            if self._large:
                top = 0 if old.label != new.label else 1 if old.large != new.large else 4
                self.refresh(Region(left + x, top, width, self.size.height - top))
            else:
                self.refresh(Region(left + x, 0 if old.label != new.label else 1, width, 1))

    def _tile(self, counter: Counter, snapshot: LiveSnapshot) -> Tile:
        glyphs = glyphs_of(self)
        row: CounterRow = snapshot.counters
        count: Count = getattr(row, counter.key)
        figure, large = figure_of(counter, count, snapshot.site.currency, missing=glyphs.dash)
        if glyphs.ascii:
            figure = figure if figure.isascii() else figure.replace("€", "EUR").replace("£", "GBP").replace("¥", "JPY")
        direction, text = change(count.value, count.before, relative=counter.relative)
        if count.value is None:
            text = self._reason(counter, snapshot)
        label = counter.label if self._large else counter.short
        if self._large and counter.look == "money" and snapshot.site.currency:
            label = f"{label}, {snapshot.site.currency}"
        history = count.history if self._large else ()
        return Tile(label, figure, large, direction, direction * counter.better, text, history)

    @staticmethod
    def _reason(counter: Counter, snapshot: LiveSnapshot) -> str:
        """Why there is no figure, in a word or two."""
        error = getattr(snapshot.parts, counter.part)
        if error is not None:
            return "refused" if error.__class__.__name__ in ("NoAccess", "FeatureDisabled") else "failed"
        if snapshot.poll.phase is Phase.STOPPED:
            return "stopped"
        return "waiting" if snapshot.poll.phase is Phase.STARTING else "not known"

    @property
    def _large(self) -> bool:
        return self.size.height >= 5

    def _place(self, n: int) -> tuple[int, int]:
        """Where counter ``n`` stands in the content: its first column and its width."""
        width, amount = self.size.width, max(1, len(self._chosen))
        x = n * (width + GAP) // amount
        return x, (n + 1) * (width + GAP) // amount - GAP - x

    def on_resize(self) -> None:
        """Another size is another look."""
        if self._snapshot is not None:
            self._tiles = ()
            self.show(self._snapshot)

    def render_line(self, y: int) -> Strip:
        base, segments, at = self.rich_style, [], 0
        for n, tile in enumerate(self._tiles):
            x, width = self._place(n)
            segments.append(Segment(" " * (x - at), base))
            line = self._large_line(tile, y, width, n == 0) if self._large else self._small_line(tile, y, width, n == 0)
            segments += Strip(line).adjust_cell_length(width, base)
            at = x + width
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _small_line(self, tile: Tile, y: int, width: int, first: bool) -> list[Segment]:
        """Label over figure; the figure's last digit stays where it is, its change is behind it."""
        base = self.rich_style
        note = self._change(tile)
        room = min(5, max(0, width - 7))
        if y == 0:
            return [Segment(fit(tile.label, width - room - 1, ellipsis="", right=True), self._style("label"))]
        if y > 1:
            return []
        style = self._style("first" if first else "figure")
        figure = Segment(fit(tile.figure, width - room - 1, ellipsis="", right=True), style)
        return [figure, Segment(" ", base), Segment(fit(note, room, ellipsis=""), self._change_style(tile))]

    def _large_line(self, tile: Tile, y: int, width: int, first: bool) -> list[Segment]:
        """Label; three rows of digits; the change; the course, where there is a row for it."""
        glyphs = glyphs_of(self)
        if y == 0:
            return [Segment(fit(tile.label, width, ellipsis=glyphs.ellipsis), self._style("label"))]
        style = self._style("first" if first else "figure")
        if y <= 3:
            rows = digit_rows(tile.large, ascii=glyphs.ascii)
            if rows is None or cell_len(rows[0]) > width:
                rows = ("", tile.figure, "")
            return [Segment(fit(rows[y - 1], width, ellipsis=""), style)]
        if y == 4:
            note = fit(self._change(tile), 9, ellipsis="")
            return [Segment(note, self._change_style(tile)), *self._course(tile, width - 10)]
        return []

    def _course(self, tile: Tile, width: int) -> list[Segment]:
        values = squeeze(tile.history, width)
        top = max((value for value in values if value is not None), default=0.0)
        glyphs = glyphs_of(self)
        (course,) = columns(values, top, 1, glyphs)
        return [Segment(f" {course}", self._style("course"))] if course else []

    def _change(self, tile: Tile) -> str:
        """Arrow and amount, such as ``▲ +8 %``, without the space and sign where there is no room."""
        if not tile.change:
            return ""
        glyphs = glyphs_of(self)
        arrow = {1: glyphs.up, -1: glyphs.down, 0: ""}[tile.direction]
        if self._large:
            return f"{arrow} {tile.change}" if arrow else f"{tile.change}"
        return f"{arrow}{tile.change.lstrip('+-').replace(' %', '%')}" if arrow else ""

    def _change_style(self, tile: Tile) -> Style:
        return self._style({1: "good", -1: "bad"}.get(tile.good, "note"))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"counters--{name}")
