"""What is going on at several sites: what to ask of them, and what the answers mean."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from matomo_tui.api import live
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from matomo_tui.live.poll_plan import is_refusal
from matomo_tui.live.site_courses import FAILED_FOR, SiteCourses

RECENT, LATELY = 3, 30
"""The minutes of the two counters of visitors: Matomo's own, and the length of a visit."""
TODAY = date.max
"""``Focus.until`` for courses up to each site's own today."""
REFUSED_FOR = 600.0
"""Seconds until a site that was refused is asked for again."""
LOOKBACK = 30 * 86_400
"""Seconds that the last hit is searched in."""
OVERLAP = 60
"""Seconds before the last answer that hits are asked for again: they may be written late."""
MOST_HITS = 500
"""Visits in one answer about the hits of all sites."""
CLOCK_SET = 3600.0
"""Seconds by which a clock must have been ahead for what was heard then to count as unknown: no hits were found since a
time that is to come. Several servers behind one address differ by less."""
_COUNTED_SECONDS = LATELY * 60

Calls = dict[Hashable, Call[Any]]


class SiteNow(Struct, frozen=True):
    """What is going on at one site. ``None`` means unknown."""

    visits_3: int | None = None
    """Visits with an action in the last 3 minutes."""
    visits_30: int | None = None
    last_hit_at: int | None = None
    """UTC epoch in seconds, of the server's clock."""
    is_silent: bool = False
    """True if there was no hit in the last 30 days."""
    today: int | None = None
    """Visits of today by the site's own date, if its course is asked for and ends with today."""
    course: tuple[int | None, ...] = ()
    """Visits of the last days, the oldest first."""
    asked_at: float | None = None
    """When the figures above were asked for, in monotonic seconds."""
    error: MatomoError | None = None
    """Why the site's figures are unknown or old."""

    @property
    def is_awaited(self) -> bool:
        """True until the first figures came, or an error."""
        return self.asked_at is None and self.error is None


class Focus(Struct, frozen=True):
    """What is looked at."""

    sites: tuple[int, ...] = ()
    recent: bool = False
    """Ask for the visits of the last 3 minutes too."""
    until: date | None = None
    """The last day of the course, which ends with the site's own today at the latest; ``None``: no course."""
    segment: str = ""


class Moment(NamedTuple):
    """An instant. How old figures are is told by the seconds that passed: the server's clock may be set, and several
    servers behind one address have several."""

    passed: float
    """Monotonic seconds, plus those that the computer slept."""
    servers: float
    """Epoch of the server's clock."""


class SiteActivity(Struct):
    """The sites looked at so far. One request asks for what is due of those in ``focus``.

    The counters of a site are only asked for if it had a hit within half an hour: otherwise they are 0. All sites whose
    last hit is known share one call for the hits since.
    """

    focus: Focus = field(default_factory=Focus)
    sites: dict[int, SiteNow] = field(default_factory=dict)
    _asked: Focus = field(default_factory=Focus)
    """What was looked at when the calls were made that are not answered yet."""
    _heard_until: dict[int, Moment] = field(default_factory=dict)
    """Until when the hits of a site are known."""
    _courses: SiteCourses = field(default_factory=SiteCourses)
    _now: float = 0.0
    """The epoch of the server's clock as it was told last: a day may have begun since a course was asked for."""
    _failed_at: dict[int, float] = field(default_factory=dict)
    """When a site was asked for last, if its ``error`` is known."""
    _log_due: dict[int, float] = field(default_factory=dict)
    """When the hits of a site are asked for again, if that failed: the log of its visits may be closed."""

    def look_at(self, focus: Focus, now: float) -> None:
        """Look at other sites, at ``now`` of the server's clock. Another segment makes all but the last hits unknown,
        another last day the courses: a day may have begun."""
        if focus.segment != self.focus.segment:
            self.sites = {
                site: SiteNow(last_hit_at=known.last_hit_at, is_silent=known.is_silent)
                for site, known in self.sites.items()
            }
            self._courses.forget()
        if focus.recent and not self.focus.recent:
            self.sites = {site: replace(known, asked_at=None) for site, known in self.sites.items()}
        self.focus = focus
        self._now = now
        self._show_courses()

    def _show_courses(self) -> None:
        """Show the courses of the sites in focus that end with the day wanted now, and no others."""
        courses, until, now = self._courses, self.focus.until, self._now
        if until is not None:
            for site in self.focus.sites:
                known = self._known(site)
                course, today = courses.course(site, until, now), courses.today(site, now)
                if (course, today) != (known.course, known.today):
                    self.sites[site] = replace(known, course=course, today=today)

    def ask_again(self) -> None:
        """Let what failed or was refused be due at once."""
        for site in {*self._log_due, *self._courses.ask_again()}:
            self.sites[site] = replace(self._known(site), asked_at=None)
        self._failed_at.clear()
        self._log_due.clear()

    def due(self, passed: float, age: float) -> tuple[int, ...]:
        """The sites in focus whose figures are older than ``age`` seconds, or unknown, at ``passed`` monotonic
        seconds."""
        return tuple(site for site in self.focus.sites if self._is_due(site, passed, age))

    def _is_due(self, site: int, passed: float, age: float) -> bool:
        known = self._known(site)
        if known.error is None:
            return known.asked_at is None or passed - known.asked_at >= age
        rest = REFUSED_FOR if is_refusal(known.error) else max(FAILED_FOR, age)
        return passed - self._failed_at.get(site, -rest) >= rest

    def awaited(self, at: Moment) -> tuple[int, ...]:
        """The sites in focus whose course was not asked for yet, or was of the days before."""
        until = self.focus.until
        if until is None:
            return ()
        return tuple(
            site
            for site in self.focus.sites
            if self._known(site).error is None and self._courses.awaits(site, until, at.passed, at.servers)
        )

    def calls(self, at: Moment, age: float) -> Calls:
        """The calls for what is due."""
        due, now = self.due(at.passed, age), at.servers
        self._asked = self.focus
        self._now = now
        self._show_courses()
        calls: Calls = {}
        for site in due:
            if site in self._heard_until and self._heard_until[site].servers - now > CLOCK_SET:
                del self._heard_until[site]
        logged = [site for site in due if self._log_due.get(site, at.passed) <= at.passed]
        heard = [site for site in logged if site in self._heard_until]
        if heard:
            since = min(_by_either_clock(self._heard_until[site], at) for site in heard) - OVERLAP
            calls["hits", tuple(heard)] = live.get_last_hits(heard, limit=MOST_HITS, min_timestamp=int(since))
        for site in logged:
            if site not in self._heard_until:
                calls["hit", site] = live.get_last_hits((site,), limit=1, min_timestamp=int(now - LOOKBACK))
        segment = self.focus.segment
        for site in due:
            if self._may_have_visitors(site, now):
                for minutes in (RECENT, LATELY) if self.focus.recent else (LATELY,):
                    columns = ("visits",)
                    calls["counter", site, minutes] = live.get_counters(site, minutes, columns=columns, segment=segment)
        if self.focus.until is not None:
            of_courses = dict.fromkeys((*due, *self.awaited(at)))
            calls |= self._courses.calls(of_courses, self.focus.until, segment, at.passed, now)
        return calls

    def _may_have_visitors(self, site: int, now: float) -> bool:
        if site not in self._heard_until:
            return True
        last = self.sites[site].last_hit_at if site in self.sites else None
        return last is not None and now - last < _COUNTED_SECONDS + OVERLAP

    def absorb(self, answers: Mapping[Hashable, Any | MatomoError], at: Moment) -> None:
        """Take the answers to :meth:`calls`, which were asked for at ``at``. Those for another segment are dropped."""
        if self._asked.segment != self.focus.segment:
            return
        asked: set[int] = set()
        failed: dict[int, MatomoError] = {}
        hits: dict[int, list[int]] = {}
        for key, answer in answers.items():
            kind, about, *rest = key if isinstance(key, tuple) else (key, 0)
            if kind == "hit":
                self._take_hit(about, answer, at)
                asked.add(about)
            elif kind == "hits":
                self._take_hits(about, answer, at)
                asked |= set(about)
                for hit in () if isinstance(answer, MatomoError) else answer:
                    hits.setdefault(hit.id_site, []).append(hit.last_action_timestamp)
            elif kind == "counter" and isinstance(answer, MatomoError):
                failed[about] = answer
            elif kind == "counter":
                asked.add(about)
                visits = answer.visits  # type: ignore[union-attr]  # errors are handled above
                changes = {"visits_3": visits} if rest[0] == RECENT else {"visits_30": visits}
                self.sites[about] = replace(self._known(about), **changes)
        for site in asked:
            self._finish(site, answers, hits.get(site, ()), at)
        for site, error in failed.items():
            self.sites[site] = replace(self._known(site), error=error)
            self._failed_at[site] = at.passed
        if self.focus.until is not None:
            self._courses.absorb(answers, self.focus.until, at.passed, self._now)
            self._show_courses()

    def _known(self, site: int) -> SiteNow:
        return self.sites.get(site, SiteNow())

    def _finish(self, site: int, answers: Mapping[Hashable, Any], hits: Sequence[int], at: Moment) -> None:
        """Set the counters that were not asked for, because the site had no hit for half an hour: they are the visits
        that the answer about the hits brought."""
        asked, wanted = self._asked, self.focus
        is_all = asked.recent or not wanted.recent
        changes: dict[str, Any] = {"asked_at": at.passed if is_all else None, "error": None}
        for name, minutes in (("visits_3", RECENT), ("visits_30", LATELY)):
            if ("counter", site, minutes) in answers:
                continue
            found = sum(1 for hit in hits if at.servers - hit < minutes * 60)
            is_known = site in self._heard_until and not (found and self.focus.segment)
            changes[name] = found if is_known and ("counter", site, LATELY) not in answers else None
        self._failed_at.pop(site, None)
        self.sites[site] = replace(self._known(site), **changes)

    def _take_hit(self, site: int, answer: Sequence[live.SiteHit] | MatomoError, at: Moment) -> None:
        if isinstance(answer, MatomoError):
            self._log_due[site] = at.passed + (REFUSED_FOR if is_refusal(answer) else FAILED_FOR)
            self.sites[site] = replace(self._known(site), last_hit_at=None, is_silent=False)
            return
        self._heard_until[site] = at
        self._log_due.pop(site, None)
        last = answer[0].last_action_timestamp if answer else None
        self.sites[site] = replace(self._known(site), last_hit_at=last, is_silent=not answer)

    def _take_hits(self, sites: Sequence[int], answer: Sequence[live.SiteHit] | MatomoError, at: Moment) -> None:
        if isinstance(answer, MatomoError):
            # One of the sites is gone or has closed its log: each is asked alone the next time.
            for site in sites:
                self._heard_until.pop(site, None)
            return
        newest: dict[int, int] = {}
        for hit in answer:
            newest[hit.id_site] = max(newest.get(hit.id_site, 0), hit.last_action_timestamp)
        for site in sites:
            if site in newest:
                last = max(newest[site], self._known(site).last_hit_at or 0)
                self.sites[site] = replace(self._known(site), last_hit_at=last, is_silent=False)
                self._heard_until[site] = at
            elif len(answer) < MOST_HITS:
                self._heard_until[site] = at
            else:
                self._heard_until.pop(site, None)  # its hits may have been cut off


def _by_either_clock(heard: Moment, at: Moment) -> float:
    """The epoch of ``heard`` by the server's clock at ``at``, or as the server told it then if that is earlier."""
    return min(heard.servers, at.servers - (at.passed - heard.passed))
