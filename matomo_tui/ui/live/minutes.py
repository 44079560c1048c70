"""The pane of actions and visits per minute of the last hour."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.pane import Pane, PaneState

if TYPE_CHECKING:
    from matomo_tui.ui.live.minutes_chart import MinutesChart, MinuteSeries


class MinutesPane(Pane):
    """Actions per minute in the last hour. The current minute is dimmed because it is not over."""

    TITLE = "Actions a minute"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._seen: tuple[object, ...] = ()
        self._series: MinuteSeries | None = None
        self._zone = "UTC"

    @cached_property
    def _chart(self) -> MinutesChart:
        """The chart. Imported here, as the first frame does not need it."""
        from matomo_tui.ui.live.minutes_chart import MinutesChart

        return MinutesChart()

    def compose_content(self) -> ComposeResult:
        yield self._chart

    def show(self, snapshot: LiveSnapshot) -> None:
        """Draw the minutes of ``snapshot`` if they changed."""
        poll, minutes = snapshot.poll, snapshot.minutes
        seen = (minutes, snapshot.site, poll.phase, poll.error, snapshot.parts.visits, snapshot.feed.ready)
        if len(seen) == len(self._seen) and all(a is b for a, b in zip(seen, self._seen, strict=True)):
            return
        self._seen = seen
        if not self.show_state(snapshot, snapshot.parts.visits, ready=snapshot.feed.ready):
            self.set_title()
            return
        from matomo_tui.ui.live.minutes_chart import MinuteSeries

        self._series = MinuteSeries.of(minutes)
        if self._series.quiet and self.state is PaneState.CONTENT:
            self.set_state(PaneState.EMPTY, self._nothing())
        self._zone = snapshot.site.timezone
        self._draw()

    def _nothing(self) -> str:
        series = self._series
        seen = len(series.actions) - series.unknown if series is not None else 0
        return f"No actions in the last {seen} minutes"

    def on_minutes_chart_reshaped(self) -> None:
        """Redraw title and legend: the curve of visits may have appeared or gone."""
        if self._series is not None:
            self._draw()

    def _draw(self) -> None:
        """Draw the chart, its summary in the title (or beside the chart if the title is hidden), and the legend."""
        series = self._series
        if series is None or self.state not in (PaneState.CONTENT, PaneState.STALE):
            self.set_title()
            return
        glyphs = glyphs_of(self)
        legend = f"{glyphs.up} actions  {glyphs.down} visits" if self._chart.shows_visits else ""
        summary = series.summary(self._zone)
        self.set_title(summary, headings=legend)
        self._chart.draw(series, self._zone, "" if self.has_title else summary)
