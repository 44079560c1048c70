"""The visits of several sites on their last days. A site's days are those of its own time zone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, date, timedelta, tzinfo
from typing import Any

from msgspec import Struct, field

from matomo_tui.api import sites as sites_manager
from matomo_tui.api import visits_summary
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from matomo_tui.instants import local_time
from matomo_tui.live.poll_plan import is_refusal
from matomo_tui.live.timezones import zone

DAYS = 30
"""Days of a course."""
COURSES_EVERY = 300.0
"""Seconds between two requests for a course: Matomo archives every 15 minutes."""
FAILED_FOR = 60.0
"""Seconds until a site is asked for again that failed otherwise than by a refusal."""

_DAY = timedelta(days=1)


class SiteCourses(Struct):
    """Asks for the courses of sites. Matomo takes ``today`` of several sites as the date in UTC, so the sites are
    grouped by the date in their own zones, and each group is asked for by dates: there are three at most."""

    _zones: dict[int, tzinfo] = field(default_factory=dict)
    _zone_due: dict[int, float] = field(default_factory=dict)
    """When a zone that did not come is asked for again."""
    _days: dict[int, date] = field(default_factory=dict)
    """The last day of the course that was asked for last."""
    _due: dict[int, float] = field(default_factory=dict)
    """When that course is asked for again."""
    _visits: dict[int, tuple[int | None, ...]] = field(default_factory=dict)
    """The visits of that course, if they are known."""
    _failed: set[int] = field(default_factory=set)

    def forget(self) -> None:
        """Forget all courses: other visits count."""
        self._days.clear()
        self._due.clear()
        self._visits.clear()
        self._failed.clear()

    def ask_again(self) -> set[int]:
        """Let what failed be due at once. Returns the sites."""
        found = {*self._failed, *self._zone_due}
        for site in self._failed:
            self._due.pop(site, None)
        self._zone_due.clear()
        return found

    def last_day(self, site: int, until: date, now: float) -> date | None:
        """The last day of a site's course at ``now``, an epoch: ``until``, or the site's own today if that is earlier.
        ``None`` if that depends on the site's zone, which is unknown."""
        where = self._zones.get(site)
        if where is not None:
            return min(until, local_time(now, where).date())
        begun_everywhere = local_time(now, UTC).date() - _DAY
        return until if until <= begun_everywhere else None

    def course(self, site: int, until: date, now: float) -> tuple[int | None, ...]:
        """The visits of a site's last days, if they are known at ``now``."""
        return self._visits.get(site, ()) if self._days.get(site) == self.last_day(site, until, now) else ()

    def today(self, site: int, now: float) -> int | None:
        """The visits of the site's own today, if they are known."""
        course, where = self._visits.get(site), self._zones.get(site)
        is_known = course and where is not None and self._days[site] == local_time(now, where).date()
        return course[-1] if course and is_known else None

    def awaits(self, site: int, until: date, passed: float, now: float) -> bool:
        """Whether a site's zone is to be asked for, or the course of days that was not asked for yet."""
        last = self.last_day(site, until, now)
        return self._zone_due.get(site, passed) <= passed if last is None else self._days.get(site) != last

    def calls(
        self, sites: Iterable[int], until: date, segment: str, passed: float, now: float
    ) -> dict[Hashable, Call[Any]]:
        """The calls for what is due of ``sites`` at ``passed`` monotonic seconds, which is the epoch ``now``."""
        calls: dict[Hashable, Call[Any]] = {}
        groups: dict[date, list[int]] = {}
        for site in sites:
            is_awaited = self.awaits(site, until, passed, now)
            last = self.last_day(site, until, now)
            if last is None and is_awaited:
                calls["zone", site] = sites_manager.get_site_from_id(site)
            elif last is not None and (is_awaited or self._due.get(site, passed) <= passed):
                groups.setdefault(last, []).append(site)
        for last, group in groups.items():
            first = max(date.min.toordinal(), last.toordinal() - DAYS + 1)  # a clock may be centuries back
            dates = f"{date.fromordinal(first)},{last}"
            key = "course", last, tuple(group)
            calls[key] = visits_summary.get_visits_of_sites_by_date(group, "day", dates, segment=segment)
        return calls

    def absorb(self, answers: Mapping[Hashable, Any | MatomoError], until: date, passed: float, now: float) -> None:
        """Take the answers to :meth:`calls`. A course whose last day is not that of ``until`` is dropped."""
        for key, answer in answers.items():
            kind, *about = key if isinstance(key, tuple) else (key,)
            if kind == "zone":
                self._take_zone(about[0], answer, passed)
            elif kind == "course":
                last, group = about
                for site in group:
                    if self.last_day(site, until, now) == last:
                        self._take_course(site, last, answer, passed)

    def _take_zone(self, site: int, answer: Any | MatomoError, passed: float) -> None:
        if isinstance(answer, MatomoError):
            self._zone_due[site] = passed + _rest_after(answer)
        else:
            self._zones[site] = zone(answer.timezone)
            self._zone_due.pop(site, None)

    def _take_course(self, site: int, last: date, answer: Any | MatomoError, passed: float) -> None:
        if self._days.get(site) != last:
            self._visits.pop(site, None)
        self._days[site] = last
        if isinstance(answer, MatomoError):
            self._failed.add(site)
            self._due[site] = passed + _rest_after(answer)
            return
        self._failed.discard(site)
        self._due[site] = passed + COURSES_EVERY
        if site in answer:
            self._visits[site] = answer[site]


def _rest_after(error: MatomoError) -> float:
    """Seconds before another try."""
    return COURSES_EVERY if is_refusal(error) else FAILED_FOR
