"""What is going on at several sites: visits of the last half hour, and the visits of each of the last 30 days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from matomo_tui.api import live, reports
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.live import Counters
from matomo_tui.api.reports import ReportTable
from matomo_tui.reports.periods import Period

MINUTES = 30
"""The time that counts as now: of small sites a shorter one would mostly be 0."""
DAYS = 30
FRESH = 55.0
"""Seconds after which the visits of now are requested again."""

_METRIC = "nb_visits"


@dataclass(slots=True)
class SiteActivity:
    """The activity of sites by id. A site that could not be read is missing: its figures are unknown."""

    client: Client
    now: Callable[[], float]
    """UTC epoch in seconds."""
    visits_now: dict[int, int] = field(default_factory=dict)
    courses: dict[int, tuple[float | None, ...]] = field(default_factory=dict)
    """Visits by day, oldest first."""
    _asked_at: dict[int, float] = field(default_factory=dict)
    _until: tuple[date, str] | None = None
    """The last day and the segment of the courses."""

    def due(self, sites: Iterable[int]) -> list[int]:
        """Those of ``sites`` whose visits of now are unknown or old."""
        return [one for one in sites if self.now() - self._asked_at.get(one, -FRESH) >= FRESH]

    async def load(self, sites: Sequence[int], until: date, segment: str) -> bool:
        """Load what is due of ``sites``, in bulk requests that the client splits at the server's limit; the courses end
        on the day ``until`` and are of the visits of ``segment``, as are those of now. Returns True if anything is new.
        Raises ``MatomoError`` if a whole request failed."""
        if self._until != (until, segment):
            self._until = (until, segment)
            self.courses.clear()
            self.visits_now.clear()
            self._asked_at.clear()
        due = self.due(sites)
        if not due:
            return False
        self._asked_at |= dict.fromkeys(due, self.now())
        unknown = [one for one in due if one not in self.courses]
        calls: list[Call[object]] = [
            live.get_counters(one, MINUTES, columns=("visits",), segment=segment) for one in due
        ]
        calls += [_course_call(one, until, segment) for one in unknown]
        try:
            answers = await self.client.bulk(calls)
        except BaseException:  # cancelled too: they are as due as before
            for one in due:
                self._asked_at.pop(one, None)
            raise
        for site, counters in zip(due, answers, strict=False):
            self.visits_now.pop(site, None)
            if isinstance(counters, Counters) and counters.visits is not None:
                self.visits_now[site] = counters.visits
        for site, tables in zip(unknown, answers[len(due) :], strict=True):
            if not isinstance(tables, MatomoError):
                self.courses[site] = tuple(_visits(table) for table in tables.values())
        return True


def _visits(table: ReportTable) -> float | None:
    """The visits of one day. A day without visits is empty; Matomo sends a single metric as a bare number."""
    if not table.rows:
        return 0.0
    visits = table.rows[0].number(_METRIC)
    return visits if visits is not None else table.rows[0].number("value")


def _course_call(site: int, until: date, segment: str) -> Call[object]:
    days = Period.containing("day", until).evolution(until, DAYS)
    return reports.tables_by_date(
        "VisitsSummary.get",
        site_id=site,
        period="day",
        date=days.api_date,
        segment=segment,
        columns=(_METRIC,),
    )
