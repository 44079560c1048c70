"""The calls of each poll: cheap ones every time, expensive ones at intervals, refused ones rarely."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

from matomo_tui.api import goals, live, visit_time, visits_summary
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import AnswerTooLong, BadRequest, FeatureDisabled, MatomoError, NoAccess
from matomo_tui.api.site import Site
from matomo_tui.live.timezones import midnight, same_time_yesterday, zone
from matomo_tui.live.visit_names import NAMES
from matomo_tui.live.visit_rows import CHANGING, HIDDEN, OF_THE_VISIT, WITH_TITLES, columns_for

PAGE = 100
"""Visits per request."""
FIRST_PAGE = 30
"""Visits in the first answer of all: they fill the screen, and the others follow at once. A visit costs a Matomo up to
ten milliseconds."""
LONGEST = 2880
"""The most minutes that ``Live.getCounters`` accepts."""
SMALLEST_PAGE = 2
"""Visits per request at least, after answers that were too long."""
GOOD_POLLS = 6
"""After an answer that was too long, a page grows again after twice as many good answers with visits. Each further one
doubles that again, up to ``MOST_GOOD_POLLS``: if visits stay long, too large a page is requested only rarely."""
MOST_GOOD_POLLS = 720
REFUSED = 900.0
"""Seconds after which a refused part is requested again."""


class Part(StrEnum):
    """One call of a poll."""

    COUNTERS_3 = "counters of 3 minutes"
    COUNTERS_30 = "counters of 30 minutes"
    VISITS = "visits"
    KNOWN_VISITS = "known visits"
    TODAY = "today"
    SINCE_YESTERDAY_MIDNIGHT = "since midnight yesterday"
    SINCE_YESTERDAY_NOW = "since this time yesterday"
    SUMMARY = "today's summary"
    GOALS = "today's goals"
    HOURS = "today's hours"


class Group(StrEnum):
    """Calls that are due together."""

    COUNTERS = "counters"
    VISITS = "visits"
    TODAY = "today"
    ARCHIVE = "archive"
    HOURS = "hours"
    """Requested with the archive. Only sparklines depend on it: its errors are not shown."""


GROUP_OF: Mapping[Part, Group] = {
    Part.COUNTERS_3: Group.COUNTERS,
    Part.COUNTERS_30: Group.COUNTERS,
    Part.VISITS: Group.VISITS,
    Part.KNOWN_VISITS: Group.VISITS,
    Part.TODAY: Group.TODAY,
    Part.SINCE_YESTERDAY_MIDNIGHT: Group.TODAY,
    Part.SINCE_YESTERDAY_NOW: Group.TODAY,
    Part.SUMMARY: Group.ARCHIVE,
    Part.GOALS: Group.ARCHIVE,
    Part.HOURS: Group.HOURS,
}
EVERY: Mapping[Group, float] = {
    Group.COUNTERS: 0.0,
    Group.VISITS: 0.0,
    Group.TODAY: 60.0,
    Group.ARCHIVE: 900.0,
    Group.HOURS: 0.0,
}
"""Seconds between two requests; 0 is each poll. Matomo rebuilds reports that include today every 900 s."""

SOON = 60.0
"""Seconds after which a failed group is requested again, unless it is due sooner."""

Calls = dict[Part, Call[Any]]


def is_refusal(error: MatomoError) -> bool:
    """Return True if the same request would be refused again soon."""
    return isinstance(error, FeatureDisabled | NoAccess | BadRequest)


class PollPlan:
    """The calls that are due for one site and segment. Times are server's epochs; a clock set back makes all due."""

    def __init__(self, site: Site, segment: str, groups: Collection[Group] = tuple(Group)) -> None:
        """Calls of other groups than ``groups`` are never due."""
        self._site = site
        self._segment = segment
        self._groups = groups
        self._zone = zone(site.timezone)
        # The archive may have to be built first, which would delay the first figures: it is requested after them.
        self._due: dict[Group, float] = {group: 0.0 for group in groups if group is not Group.ARCHIVE}
        self._day = 0
        self._archive_came = False
        self._put_off = 0
        self.subtitles = False
        """True if visits are requested with the titles and subtitles of all their actions."""
        self.page = PAGE
        """Visits per request."""
        self._good_polls = 0
        self._is_shrunk = False
        self._patience = GOOD_POLLS

    def new_day(self, now: float) -> bool:
        """Return True if a midnight of the site passed since the last call: figures of today are then due at once."""
        day = midnight(now, self._zone)
        if day == self._day:
            return False
        first, self._day = not self._day, day
        for group in (Group.TODAY, Group.ARCHIVE):
            if group in self._due:
                self._due[group] = 0.0
        return not first

    @property
    def day(self) -> int:
        """The epoch at which the site's current day began."""
        return self._day

    def calls(
        self,
        now: float,
        min_timestamp: int | None,
        *,
        clock_known: bool = True,
        known: Collection[int] = (),
        first: bool = False,
    ) -> Calls:
        """Return the calls of a poll at ``now``; visits are those with an action after ``min_timestamp``.

        If the clock is not known, calls that depend on the time of day are left out. The visits whose ids are ``known``
        are requested on their own, with the columns that change.
        If this is only the ``first`` of several requests, a screenful of visits is requested and no :meth:`reports`,
        which are to follow: they take a large Matomo long.
        """
        self._grow_page()
        calls: Calls = {}
        if self._is_due(Group.COUNTERS, now):
            calls[Part.COUNTERS_3] = self._counters(3)
            calls[Part.COUNTERS_30] = self._counters(30)
        if self._is_due(Group.VISITS, now):
            if known:
                columns = tuple(name for name in columns_for(self._site) if name not in NAMES)
                calls[Part.VISITS] = self._visits(columns, min_timestamp, other_than=known)
                calls[Part.KNOWN_VISITS] = self._visits(CHANGING, min_timestamp, OF_THE_VISIT, ids=known)
            else:
                calls[Part.VISITS] = self.visits(min_timestamp, limit=min(self.page, FIRST_PAGE) if first else None)
        if clock_known and not first:
            calls |= self.reports(now)
        return calls

    def reports(self, now: float) -> Calls:
        """Return the calls for the figures of today that are due."""
        calls = self._today(now) if self._is_due(Group.TODAY, now) else {}
        if self._is_due(Group.ARCHIVE, now):
            calls[Part.SUMMARY] = visits_summary.get(self._site.id, "day", "today", segment=self._segment)
            calls[Part.GOALS] = goals.get(self._site.id, "day", "today", segment=self._segment)
            if self._is_due(Group.HOURS, now):
                calls[Part.HOURS] = visit_time.get_by_site_hour(self._site.id, "day", "today", segment=self._segment)
        return calls

    def visits(
        self, min_timestamp: int | None, offset: int = 0, *, limit: int | None = None
    ) -> Call[tuple[live.Visit, ...]]:
        """Return the call of ``Live.getLastVisitsDetails`` for ``limit`` visits (by default ``page``) from ``offset``
        on, newest action first."""
        return self._visits(columns_for(self._site), min_timestamp, offset=offset, limit=limit)

    def _visits(
        self,
        columns: Sequence[str],
        min_timestamp: int | None,
        hidden: Sequence[str] = (),
        *,
        offset: int = 0,
        limit: int | None = None,
        ids: Collection[int] = (),
        other_than: Collection[int] = (),
    ) -> Call[tuple[live.Visit, ...]]:
        call = live.get_last_visits_details(
            self._site.id,
            limit=self.page if limit is None else limit,
            offset=offset,
            min_timestamp=min_timestamp,
            period="day",
            date="today",
            segment=self._segment,
            columns=columns,
            ids=ids,
            other_than=other_than,
        )
        unused = HIDDEN if self.subtitles else WITH_TITLES
        return dataclasses.replace(call, params={**call.params, "hideColumns": ",".join((*unused, *hidden))})

    def answered(self, group: Group, now: float, error: MatomoError | None = None) -> None:
        """Schedule a group after its calls were answered; ``error`` is the first one among them."""
        if error is not None and is_refusal(error):
            self._due[group] = now + REFUSED
        elif isinstance(error, AnswerTooLong):
            self._due[group] = now + SOON
        elif not EVERY[group]:
            self._due[group] = 0.0
        elif group is Group.TODAY:
            self._due[group] = now // 60 * 60 + EVERY[group]
        else:
            self._due[group] = now + (EVERY[group] if error is None else min(EVERY[group], SOON))
        if group is Group.VISITS and error is None:
            self._good_polls += 1
        if group is Group.ARCHIVE and error is None:
            self._archive_came, self._put_off = True, 0
        if Group.ARCHIVE in self._groups:
            self._due.setdefault(Group.ARCHIVE, 0.0)

    def put_off_archive(self, now: float) -> None:
        """Leave the archive's calls out of the next polls, because a poll with them timed out.

        As long as no figures came, they are tried again sooner, with growing delays: the cause may have been another.
        """
        soon = EVERY[Group.ARCHIVE] if self._archive_came else SOON * 2.0**self._put_off
        self._put_off = min(self._put_off + 1, 10)
        self._due[Group.ARCHIVE] = now + min(EVERY[Group.ARCHIVE], soon)

    def shrink_page(self) -> None:
        """Request fewer visits for a while, because an answer was too long: some visits have very many actions. However
        many answers of a poll are, it counts once: a moment with such visits must not last for an hour."""
        if not self._is_shrunk:
            self._is_shrunk = True
            self._good_polls, self._patience = 0, min(MOST_GOOD_POLLS, 2 * self._patience)
            self.page = max(SMALLEST_PAGE, self.page // 2)

    def _grow_page(self) -> None:
        """Request more visits again in the next polls; within one, ``VisitPages`` does."""
        self._is_shrunk = False
        if self.page < PAGE and self._good_polls >= self._patience:
            self._good_polls, self.page = 0, min(PAGE, 2 * self.page)

    def _is_due(self, group: Group, now: float) -> bool:
        due = self._due.get(group)
        return due is not None and (now >= due or due - now > REFUSED + 60.0)

    def _counters(self, minutes: int) -> Call[live.Counters]:
        return live.get_counters(self._site.id, minutes, segment=self._segment)

    def _today(self, now: float) -> Calls:
        """Return the calls for today, and for yesterday until this time of day: the difference of two longer counters.

        Counters cover whole minutes, so they are requested soon after a minute began. In the first minute of a day
        there are none.
        """
        if now - self._day < 60:
            return {}
        today = min(LONGEST, round((now - self._day) / 60))
        yesterday = same_time_yesterday(now, self._zone)
        to_now = round((now - yesterday) / 60)
        to_midnight = round((now - midnight(yesterday, self._zone)) / 60)
        calls: Calls = {Part.TODAY: self._counters(today)}
        # In the last hour of a day of 25 hours, and of the day after it, yesterday is too long ago to be counted whole.
        if to_now < to_midnight <= LONGEST:
            calls[Part.SINCE_YESTERDAY_MIDNIGHT] = self._counters(to_midnight)
            calls[Part.SINCE_YESTERDAY_NOW] = self._counters(to_now)
        return calls
