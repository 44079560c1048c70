"""The pane of actions and visits per minute of the last hour."""

from __future__ import annotations

from textual.app import ComposeResult

from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.live.minutes_chart import MinutesChart, MinuteSeries
from matomo_tui.ui.widgets.pane import Pane, PaneState


class MinutesPane(Pane):
    """Actions a minute for the last hour; the current minute is drawn dimmed, for it is not over."""

    TITLE = "Actions a minute"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._chart = MinutesChart()
        self._seen: tuple[object, ...] = ()
        self._course: MinuteSeries | None = None
        self._zone = "UTC"

    def compose_content(self) -> ComposeResult:
        """The chart."""
        yield self._chart

    def show(self, snapshot: LiveSnapshot) -> None:
        """Draw the snapshot's ``minutes``; nothing where they are the ones drawn before."""
        poll, minutes = snapshot.poll, snapshot.minutes
        seen = (minutes, snapshot.site, poll.phase, poll.error, snapshot.parts.visits, snapshot.feed.ready)
        if len(seen) == len(self._seen) and all(a is b for a, b in zip(seen, self._seen, strict=True)):
            return
        self._seen = seen
        if not self.show_state(snapshot, snapshot.parts.visits, ready=snapshot.feed.ready):
            self.set_title()
            return
        self._course = MinuteSeries.of(minutes)
        if self._course.quiet and self.state is PaneState.CONTENT:
            self.set_state(PaneState.EMPTY, self._nothing())
        self._zone = snapshot.site.timezone
        self._draw()

    def _nothing(self) -> str:
        course = self._course
        seen = len(course.actions) - course.unknown if course is not None else 0
        return f"No actions in the last {seen} minutes"

    def on_minutes_chart_reshaped(self) -> None:
        """The words stand elsewhere, or the second curve came or went."""
        if self._course is not None:
            self._draw()

    def _draw(self) -> None:
        """The curve, the summary in the frame (or beside it, where the frame has no title), the legend."""
        course = self._course
        if course is None or self.state not in (PaneState.CONTENT, PaneState.STALE):
            self.set_title()
            return
        glyphs = glyphs_of(self)
        legend = f"{glyphs.bars[-1]} actions  {glyphs.rule} visits" if self._chart.shows_visits else ""
        summary = course.summary(self._zone)
        self.set_title(summary, headings=legend)
        self._chart.draw(course, self._zone, "" if self.title_bar.display else summary)
