"""Usual figures: those of the same weekday and time over the last weeks, from the hourly reports of these days."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from matomo_tui.api import visit_time
from matomo_tui.api.calls import Call
from matomo_tui.api.site import Site
from matomo_tui.api.visit_time import VisitHour
from matomo_tui.instants import local_time
from matomo_tui.live.timezones import zone

_COLUMNS = {"visits": "nb_visits", "conversions": "nb_conversions", "revenue": "revenue"}
FEWEST_WEEKS = 2
"""Earlier weeks that must be known before a figure is compared with them."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The hourly figures of some days of one site: visits that began in the hour, and what these visits brought."""

    days: Mapping[date, Sequence[VisitHour]] = field(default_factory=dict)

    def usual(self, metric: str, at: float, site: Site, weeks: int) -> float | None:
        """Return the usual figure at ``at`` (UTC epoch), the median of the last ``weeks`` weeks.

        ``metric`` is ``visits_60`` (of the last hour), or ``visits_today``, ``conversions_today`` or ``revenue_today``
        (since the site's midnight). Within an hour, visits are taken as evenly spread. ``None`` if fewer than
        ``FEWEST_WEEKS`` of the weeks are known.
        """
        now = local_time(at, zone(site.timezone))
        name, _, span = metric.partition("_")
        column = _COLUMNS[name]
        figures = []
        for week in range(1, weeks + 1):
            then = now - timedelta(weeks=week)
            known = self._since_midnight(column, then)
            if span != "today" and known is not None:
                known = self._last_hour(column, then)
            if known is not None:
                figures.append(known)
        return statistics.median(figures) if len(figures) >= min(FEWEST_WEEKS, weeks) else None

    def _since_midnight(self, column: str, then: datetime) -> float | None:
        hours = self._by_hour(column, then.date())
        if hours is None:
            return None
        past = (then.minute * 60 + then.second) / 3600
        return sum(hours[: then.hour]) + hours[then.hour] * past

    def _last_hour(self, column: str, then: datetime) -> float | None:
        past = (then.minute * 60 + then.second) / 3600
        before = then - timedelta(hours=1)
        hours, earlier = self._by_hour(column, then.date()), self._by_hour(column, before.date())
        if hours is None or earlier is None:
            return None
        return hours[then.hour] * past + earlier[before.hour] * (1 - past)

    def _by_hour(self, column: str, day: date) -> list[float] | None:
        rows = self.days.get(day)
        if rows is None:
            return None
        figures = [0.0] * 24
        for row in rows:
            if row.hour is not None:
                figures[row.hour] = float(getattr(row, column))
        return figures


def days_needed(at: float, site: Site, weeks: int, known: Iterable[date] = ()) -> tuple[date, ...]:
    """Return the days to request for figures at ``at`` (UTC epoch) until the site's next midnight, newest first.

    These are the same weekday of each week and the day before it, which has the last hour just after midnight.
    """
    today = local_time(at, zone(site.timezone)).date()
    skipped = set(known)
    days = (today - timedelta(weeks=week, days=before) for week in range(1, weeks + 1) for before in (0, 1))
    return tuple(day for day in days if day not in skipped)


def hours_call(site_id: int, day: date, segment: str) -> Call[tuple[VisitHour, ...]]:
    """``VisitTime.getVisitInformationPerServerTime`` of one day."""
    return visit_time.get_by_site_hour(site_id, "day", day.isoformat(), segment=segment)
