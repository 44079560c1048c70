"""The counters pane: large figures with changes and sparklines."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment

from matomo_tui.api.errors import FeatureDisabled, NoAccess, NotRecorded
from matomo_tui.live.snapshot import Count, CounterRow, LiveSnapshot, Phase
from matomo_tui.live.timezones import midnight, zone
from matomo_tui.ui.drawing.formatting import (
    as_of,
    ascii_money,
    change,
    duration,
    money_short,
    number,
    pad_or_truncate,
    percent,
    short_number,
)
from matomo_tui.ui.drawing.glyphs import OLDER, glyphs_of
from matomo_tui.ui.widgets.big_digits import ROWS
from matomo_tui.ui.widgets.tiles import GAP, LARGE_FROM, Tile, TilePlace, Tiles

CounterStyle = Literal["plain", "money", "percent", "duration"]
LATE = 90.0
"""Seconds that the visits of today, requested once a minute, may be older than the other figures without a mark."""
LEAST_HISTORY = 5
"""Values that a sparkline needs at least: fewer look like dirt."""


class Counter(Struct, frozen=True):
    """A counter of the snapshot and how it is shown."""

    key: str
    """The attribute of ``CounterRow``."""
    label: str
    short: str
    """The label on small terminals."""
    part: Literal["counters", "visits", "today"]
    """The part of a poll that brings the figure."""
    cells: tuple[int, int]
    """Cells for the figure and for its change on small terminals."""
    versus: str = ""
    """What the change compares with."""
    relative: bool = False
    """True if the change is a percentage."""
    look: CounterStyle = "plain"
    archived: bool = False
    """True if the figure is from a report, which may be minutes old."""


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
_GIVE_WAY = ("actions_3", "conversions", "revenue", "today")
"""Small counters without which a narrow terminal does, the first ones first."""


def small_counters(width: int) -> tuple[Counter, ...]:
    """Return the small counters that fit into ``width`` cells."""
    chosen = SMALL
    for key in _GIVE_WAY:
        if sum(sum(counter.cells) for counter in chosen) > width:
            chosen = tuple(counter for counter in chosen if counter.key != key)
    return chosen


def figure_of(counter: Counter, count: Count, currency: str, *, missing: str) -> tuple[str, str]:
    """Return the value as text, and as it is written in large digits."""
    if counter.look == "money":
        return money_short(count.value, currency, missing), short_number(count.value, missing)
    formats: dict[str, Callable[[float | None], str]] = {
        "percent": lambda value: percent(value, missing=missing),
        "duration": lambda value: duration(value, missing=missing),
        "plain": lambda value: number(value, missing) if (value or 0) < 999_999.5 else short_number(value, missing),
    }
    text = formats[counter.look](count.value)
    if count.at_least:
        return f"{text}+", f"{short_number(count.value, missing)}+"
    large = text.replace(" ", "") if counter.look != "plain" else short_number(count.value, missing)
    return text, large


def today_as_of(snapshot: LiveSnapshot, now: float) -> float | None:
    """Return the epoch at which the visits of today came if they must not pass for today's at ``now``, else ``None``.

    They are older than the other figures, or of the day before by the site's clock, or the next poll should long have
    been made: then the computer slept, and they are from before.
    """
    came, poll = snapshot.counters.today_at, snapshot.poll
    if came is None:
        return None
    ahead = poll.server_offset
    is_behind = poll.last_success_at is not None and poll.last_success_at - came > LATE
    is_overdue = poll.next_poll_at is not None and now - poll.next_poll_at > LATE
    is_of_before = came + ahead < midnight(now + ahead, zone(snapshot.site.timezone))
    return came if is_behind or is_overdue or is_of_before else None


class CounterTiles(Tiles):
    """The row of counters: two lines with small figures, or six with large digits and sparklines."""

    DEFAULT_CSS = """
    CounterTiles { height: 2; padding: 0 0 0 1; }
    CounterTiles.-stale { text-opacity: 75%; }
    CounterTiles.-stale:ansi { text-opacity: 50%; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._wanted: tuple[Counter, ...] = SMALL
        self._chosen: tuple[Counter, ...] = SMALL
        self._snapshot: LiveSnapshot | None = None
        self._now = 0.0
        self._today_as_of: float | None = None

    def choose(self, counters: tuple[Counter, ...]) -> None:
        """Show these counters; of the small ones those that fit."""
        if counters is not self._wanted:
            self._wanted = counters
            self._redraw()

    def draw(self, snapshot: LiveSnapshot, now: float) -> None:
        """Draw the counters of ``snapshot`` that changed, as they are at ``now`` (epoch)."""
        self._snapshot, self._now = snapshot, now
        self._today_as_of = today_as_of(snapshot, now)
        self.set_class(snapshot.poll.phase in (Phase.STALE, Phase.STOPPED), "-stale")
        self.show([self._tile(counter, snapshot) for counter in self._chosen])

    def tick(self, now: float) -> None:
        """Draw the visits of today as old as soon as they are: at midnight, or when the computer has slept."""
        if self._snapshot is not None and today_as_of(self._snapshot, now) != self._today_as_of:
            self.draw(self._snapshot, now)

    def _redraw(self) -> None:
        self.tiles = ()
        self._chosen = self._wanted if self._large else small_counters(self.size.width)
        if self._snapshot is not None:
            self.draw(self._snapshot, self._now)

    def on_resize(self) -> None:
        """Rebuild the tiles: their texts depend on the height."""
        self._redraw()

    def first_changed_line(self, old: Tile, new: Tile) -> int:
        if not self._large or old.label != new.label:
            return super().first_changed_line(old, new)
        if old.large != new.large:
            return 1
        return 5 if (old.direction, old.change, old.note) == (new.direction, new.change, new.note) else 4

    def _tile(self, counter: Counter, snapshot: LiveSnapshot) -> Tile:
        glyphs, large = glyphs_of(self), self._large
        count: Count = getattr(snapshot.counters, counter.key)
        figure, digits = figure_of(counter, count, snapshot.site.currency, missing=glyphs.dash)
        direction, text = change(count.value, count.before, relative=counter.relative)
        note, old = counter.versus if text else "", self._older(counter, snapshot.counters)
        if count.value is None:
            note = self._reason(counter, snapshot)
        elif old is not None:
            note = as_of(snapshot.poll.corrected(old), snapshot.poll.corrected(self._now), snapshot.site.timezone)
        label = counter.label if large else counter.short
        if large and counter.look == "money" and snapshot.site.currency:
            label = f"{label}, {snapshot.site.currency}"
        return Tile(
            label,
            ascii_money(figure) if glyphs.ascii else figure,
            direction,
            good=direction,
            change=text.lstrip("+-"),  # the arrow is the sign
            note=note,
            large=digits,
            history=count.history if large and len(count.history) >= LEAST_HISTORY else (),
            known=count.value is not None,
            old=old is not None,
        )

    def _older(self, counter: Counter, row: CounterRow) -> float | None:
        """Return the epoch of a figure that is older than those beside it; ``None`` if it is not."""
        if counter.archived:
            return row.archived_at
        if counter.part == "today":
            return self._today_as_of
        return row.counters_at if counter.part == "counters" else row.visits_at

    @staticmethod
    def _reason(counter: Counter, snapshot: LiveSnapshot) -> str:
        """Return the reason why there is no figure, in a word or two."""
        error = getattr(snapshot.parts, counter.part)
        if error is not None:
            if isinstance(error, NotRecorded):
                return "not known"
            return "refused" if isinstance(error, NoAccess | FeatureDisabled) else "failed"
        if isinstance(snapshot.poll.error, NotRecorded):
            return "not known"
        if snapshot.poll.phase is Phase.STOPPED:
            return "stopped"
        if counter.key == "today" and snapshot.poll.polls and snapshot.poll.clock_offset is None:
            return "no clock"  # the server sends no time, so the begin of its day is unknown
        asked = counter.archived and snapshot.counters.archived_at is not None
        return "not known" if asked else "waiting"

    @property
    def _large(self) -> bool:
        return self.size.height >= LARGE_FROM

    def places(self) -> list[TilePlace]:
        """Return the places of all counters.

        Large tiles are equally wide. A small tile takes the cells that its longest figure and change need, so that
        figures do not move when they grow; spare cells go between the tiles, so that the last one ends at the edge.
        Both divide by differences of rounded multiples, which leaves no cell over and never two tiles in one cell.
        """
        width, chosen = self.size.width, self._chosen
        if self._large:
            edges = [n * (width + GAP) // len(chosen) for n in range(len(chosen) + 1)]
            return [TilePlace(start, stop - GAP - start, ROWS) for start, stop in pairwise(edges)]
        spare = max(0, width - sum(sum(counter.cells) for counter in chosen))
        gaps = max(1, len(chosen) - 1)
        places, x = [], 0
        for n, counter in enumerate(chosen):
            taken = sum(counter.cells)
            places.append(TilePlace(x, taken, 1))
            x += taken + spare * (n + 1) // gaps - spare * n // gaps
        return places

    def tile_line(self, number: int, y: int, place: TilePlace) -> list[Segment]:
        return super().tile_line(number, y, place) if self._large else self._small_line(number, y)

    def _small_line(self, number: int, y: int) -> list[Segment]:
        """Return the label or the figure. Both are right-aligned, so that the last digit stays in place; the change is
        behind the figure. The reason takes the place of an unknown figure."""
        tile = self.tiles[number]
        room, behind = self._chosen[number].cells
        if y == 1 and not tile.known and tile.note:
            width = room if cell_len(tile.note) <= room else room + behind
            return [Segment(pad_or_truncate(tile.note, width, right=True), self.style("note"))]
        if y == 0:
            label = pad_or_truncate(tile.label, max(room, cell_len(tile.label)), right=True)
            return [Segment(label, self.style("label"))]
        if y > 1:
            return []
        marked = tile.figure
        # Large figures have room for "as of 13:45". One that fills its cells is shortened to make room for the mark.
        if tile.old:
            marked = OLDER + (tile.figure if cell_len(tile.figure) < room else tile.large)
        shown = Segment(pad_or_truncate(marked, room, ellipsis="", right=True), self.figure_style(number))
        arrow = self.arrow(tile)
        change = tile.change.replace(" %", "%")
        if cell_len(change) > behind - 2:  # more than 999 % more: without its unit it would be a number of visits
            change = change.replace(">999%", f">10{glyphs_of(self).times}")
        text = f" {arrow}{change}" if arrow else ""
        return [shown, Segment(pad_or_truncate(text, behind, ellipsis=""), self.change_style(tile))]

    def change_line(self, tile: Tile, width: int) -> list[Segment]:
        """Return the change and, if both fit, the note on what it compares with."""
        arrow, text = self.arrow(tile), tile.change
        shown = [f"{arrow} {text} ", f"{arrow}{text} "] if arrow else [f"{text} " if text else ""]
        fitting = [one for one in shown if cell_len(one) + cell_len(tile.note) <= width]
        if tile.old and not fitting:  # how old it is says more than how it had changed
            return [Segment(tile.note, self.style("note"))]
        note = tile.note if fitting else ""
        return [Segment((fitting or shown)[0], self.change_style(tile)), Segment(note, self.style("note"))]
