"""The figures of today that come from reports, which a Matomo builds seldom, and the hours of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from matomo_tui.api.visit_time import VisitHour
from matomo_tui.instants import local_time
from matomo_tui.live.clock import ClockPair
from matomo_tui.live.counters import MetricHistory
from matomo_tui.live.snapshot import Count
from matomo_tui.live.timezones import zone

_NAMES = ("conversions", "revenue", "unique", "bounce_rate", "avg_time")


class ArchivedFigures:
    """Keeps them with their history."""

    def __init__(self) -> None:
        self.at: float | None = None
        """When all of them came last (our epoch); ``None`` before that."""
        self._histories = {name: MetricHistory() for name in _NAMES}
        self._hours: dict[str, tuple[float, ...]] = {}

    def clear(self) -> None:
        """Forget them: another day has begun."""
        for history in self._histories.values():
            history.clear()
        self.at = None
        self._hours = {}

    def update(self, values: Mapping[str, float | None], now: ClockPair, *, is_all: bool) -> None:
        """Take the figures of one of the two reports. Unless the other came too (``is_all``), they are as old as its
        last answer."""
        for name, value in values.items():
            self._histories[name].update(now.ours, value)
        self.at = now.ours if is_all else self.at or now.ours

    def set_hours(self, hours: Sequence[VisitHour], now: ClockPair, timezone: str) -> None:
        """Keep the figures of each hour from midnight to the current one, on the site's clock."""
        current = local_time(now.servers, zone(timezone)).hour
        known = {row.hour: row for row in hours}
        rows = [known.get(hour) for hour in range(current + 1)]
        self._hours = {
            "today": tuple(float(row.nb_visits) if row else 0.0 for row in rows),
            "conversions": tuple(float(row.nb_conversions) if row else 0.0 for row in rows),
            "revenue": tuple(row.revenue if row else 0.0 for row in rows),
        }

    def count(self, name: str) -> Count:
        """Return one of the figures, with the hours of the day as its history if they are known."""
        return self.by_hour(self._histories[name].count, name)

    def by_hour(self, count: Count, name: str) -> Count:
        """Return ``count`` with the hours of the day as its history, if they are known."""
        return replace(count, history=self._hours[name]) if name in self._hours else count
