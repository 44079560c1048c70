"""A line with a span of time, the instant on the screen, and where nothing was known."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.messages import FieldMessage

PAGE = 600.0
"""Seconds of the keys page up and page down."""
_LEAST_TRACK = 10
"""Cells of the track at least: the text to its right gives way."""


class TimeSpan(Struct, frozen=True):
    """What a :class:`TimeBar` shows. Instants are epochs."""

    begin: float
    end: float
    at: float
    """The instant on the screen."""
    known: Sequence[float] = ()
    """The instants of all polls, ascending."""
    failed: Sequence[float] = ()
    """Those of the polls that failed, ascending."""
    gap: float = 60.0
    """Seconds without a poll from which on nothing is known."""
    sign: str = ""
    """A symbol before it."""
    left: str = ""
    """The text before the track."""
    right: str = ""
    """The text behind it."""


class TimeBar(Widget, can_focus=True):
    """One line: a text, the track, a text. Arrow keys, page keys and clicks choose another instant."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("time-bar--text", "time-bar--muted", "time-bar--past", "time-bar--rest", "time-bar--failed", "time-bar--at")
    }
    DEFAULT_CSS = """
    TimeBar {
        display: none; height: 1; width: 1fr; background: $panel;
        & > .time-bar--text { color: $text-warning; text-style: bold; }
        & > .time-bar--muted { color: $text-muted; }
        & > .time-bar--past { color: $accent; }
        & > .time-bar--rest { color: $text-muted; }
        & > .time-bar--failed { color: $text-error; text-style: bold; }
        & > .time-bar--at { color: $foreground; text-style: bold; }
        &:focus > .time-bar--at { color: $background; background: $accent; text-style: bold; }
        &:focus:ansi > .time-bar--at { color: $accent; background: $background; text-style: bold reverse; }
    }
    """
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = bindings("time bar")

    class Chosen(FieldMessage):
        """Request to show the instant ``at`` (epoch)."""

        at: float

    class Stepped(FieldMessage):
        """Request to show the poll ``count`` polls after this one, or before it if negative."""

        count: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.span: TimeSpan | None = None
        self._track = (0, 0)
        self._marks: tuple[object, str] = ((), "")

    def draw(self, span: TimeSpan | None) -> None:
        """Draw ``span``; ``None`` hides the line."""
        if span != self.span:
            self.span = span
            self.display = span is not None
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        span, width, base = self.span, self.size.width, self.rich_style
        if span is None:
            return Strip.blank(width, base)
        right = f" {span.right} "
        sign = f" {span.sign}" if span.sign else ""
        width -= cell_len(sign)
        if width - cell_len(right) - cell_len(span.left) - 3 < _LEAST_TRACK:
            right = " "
        left = pad_or_truncate(
            span.left, min(cell_len(span.left), max(0, width - 2)), ellipsis=glyphs_of(self).ellipsis
        )
        cells = max(0, width - cell_len(left) - cell_len(right) - 2)
        self._track = cell_len(sign) + cell_len(left) + 2, cells
        text, muted = (self.get_component_rich_style(f"time-bar--{name}") for name in ("text", "muted"))
        pieces = [
            Segment(sign, muted),
            Segment(f" {left} ", text),
            *self._track_segments(span, cells),
            Segment(right, muted),
        ]
        return Strip(pieces).adjust_cell_length(self.size.width, base)

    def _track_segments(self, span: TimeSpan, cells: int) -> list[Segment]:
        if not cells:
            return []
        glyphs = glyphs_of(self)
        place = min(cells - 1, max(0, int(cells * (span.at - span.begin) / max(1.0, span.end - span.begin))))
        styles = {name: self.get_component_rich_style(f"time-bar--{name}") for name in ("past", "rest", "failed", "at")}
        signs = {"=": glyphs.rule_heavy, "x": glyphs.stopped, " ": glyphs.between}
        segments = []
        for n, mark in enumerate(self._marks_of(span, cells)):
            if n == place:
                segments.append(Segment(glyphs.live, styles["at"]))
            elif mark == "x":
                segments.append(Segment(signs[mark], styles["failed"]))
            else:
                sign = glyphs.rule if mark == "=" and n > place else signs[mark]
                segments.append(Segment(sign, styles["past" if n < place and mark == "=" else "rest"]))
        return segments

    def _marks_of(self, span: TimeSpan, cells: int) -> str:
        """A mark for each cell: ``=`` polled, ``x`` failed, a space where nothing is known."""
        # The lists are compared by identity: a replay's never change, and the others are built for each drawing.
        seen = (id(span.known), len(span.known), span.begin, span.end, cells)
        if self._marks[0] != seen:
            length = (span.end - span.begin) / cells
            edges = [span.begin + length * n for n in range(cells + 1)]
            marks = [self._mark(span, one, other) for one, other in pairwise(edges)]
            self._marks = seen, "".join(marks)
        return self._marks[1]

    @staticmethod
    def _mark(span: TimeSpan, begin: float, end: float) -> str:
        place = bisect_left(span.failed, begin)
        if place < len(span.failed) and span.failed[place] < end:
            return "x"
        after = bisect_left(span.known, begin)
        if after < len(span.known) and span.known[after] < end:
            return "="
        between = 0 < after < len(span.known) and span.known[after] - span.known[after - 1] <= span.gap
        return "=" if between else " "

    def on_click(self, event: events.Click) -> None:
        """Choose the instant under the pointer."""
        first, cells = self._track
        if self.span is not None and first <= event.x < first + cells:
            share = (event.x - first) / max(1, cells - 1)
            self.post_message(self.Chosen(self.span.begin + share * (self.span.end - self.span.begin)))

    def action_step(self, count: int) -> None:
        self.post_message(self.Stepped(count))

    def action_page(self, count: int) -> None:
        if self.span is not None:
            self.post_message(self.Chosen(self.span.at + count * PAGE))

    def action_first(self) -> None:
        if self.span is not None:
            self.post_message(self.Chosen(self.span.begin))

    def action_last(self) -> None:
        if self.span is not None:
            self.post_message(self.Chosen(self.span.end))
