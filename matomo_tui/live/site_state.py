"""The live state of one site and segment: merges answers, produces the parts of a snapshot."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from matomo_tui.api.calls import Call
from matomo_tui.api.errors import AnswerTooLong, MatomoError, TimedOut
from matomo_tui.api.goals import GoalsSummary
from matomo_tui.api.live import Counters, Visit
from matomo_tui.api.site import Site
from matomo_tui.api.visits_summary import VisitsSummary
from matomo_tui.live.archived_figures import ArchivedFigures
from matomo_tui.live.backfill import past_counts
from matomo_tui.live.catch_up import FILL, CatchUp
from matomo_tui.live.clock import ClockPair
from matomo_tui.live.counters import MetricHistory
from matomo_tui.live.feed import VisitFeed
from matomo_tui.live.live_rankings import LiveRankings, Rankings
from matomo_tui.live.minutes import MinuteCounts
from matomo_tui.live.poll_plan import GROUP_OF, Calls, Group, Part, PollPlan
from matomo_tui.live.snapshot import Count, CounterRow, Feed, Minutes, PartErrors
from matomo_tui.live.split_polls import SplitPolls
from matomo_tui.live.timeline import needs_subtitles
from matomo_tui.live.visit_pages import BURST_PAGES, MAX_PAGES, VisitPages
from matomo_tui.live.visit_rows import ACTIVE, IDLE

T = TypeVar("T")

SETTLED = 5
"""Seconds after which a visit is in both the counters and the visits of one poll."""


class Derived(Struct, frozen=True):
    """The parts of a snapshot that are derived from answers."""

    parts: PartErrors
    counters: CounterRow
    minutes: Minutes
    feed: Feed
    rankings: Rankings


class SiteState:
    """The state behind the snapshots of one site and segment, of some groups of calls. It sends no requests."""

    def __init__(self, site: Site, segment: str, groups: Collection[Group] = tuple(Group)) -> None:
        self.site = site
        self.segment = segment
        self.feed = VisitFeed(site)
        self.minutes = MinuteCounts(0)
        self._plan = PollPlan(site, segment, groups)
        self._catch_up = CatchUp()
        self._split = SplitPolls(self.feed)
        self._whole_next = self._unfit = False
        self._counted: tuple[Any, Any] = None, None
        self._now = LiveRankings()
        self._errors: dict[Group, MatomoError] = {}
        self._parts = PartErrors()
        self._last_answer: float | None = None
        self._min_timestamp: int | None = None
        self._pages = VisitPages()
        self.is_first = False
        """Only a screenful of visits was requested. The others are to follow, and then the reports."""
        self._fetched_back_to = 0
        """The oldest visit fetched (server's epoch) while further pages are to come or failed, else 0."""
        self._floor = 0.0
        self._listed: set[int] | None = None
        self._create_histories()

    def _create_histories(self) -> None:
        self._active = MetricHistory(180)
        self._active_at_least: int | None = None
        self._visits_3, self._actions_3 = MetricHistory(180), MetricHistory(180)
        self._visits_30, self._actions_30 = MetricHistory(1800), MetricHistory(1800)
        self._today = MetricHistory()
        self._archived = ArchivedFigures()
        self._came: dict[Group, float] = {}
        self._row = CounterRow()

    def calls(self, now: ClockPair, *, clock_known: bool, split: bool = False) -> Calls:
        """Return the calls that are due now. With ``split`` the first screen of visits and, later, known visits may be
        requested on their own.

        If not ``clock_known``, ``now.servers`` is a guess: calls that depend on the time of day are left out.
        """
        self._min_timestamp = self._catch_up.min_timestamp(now.servers, clock_known=clock_known)
        self._listed = set() if self._catch_up.lists_all else None
        if clock_known and self._plan.new_day(now.servers):
            self._forget_today()
        # A retry asks for the reports too: the page that failed may fail again.
        self.is_first = split and self._catch_up.until is None and not self._fetched_back_to
        split &= clock_known and not self._whole_next and not self._catch_up.looking_back
        self._whole_next = self._unfit = False
        since = self._min_timestamp
        known = self._split.known_ids(since, now.servers) if split and since is not None else ()
        calls = self._plan.calls(now.servers, since, clock_known=clock_known, known=known, first=self.is_first)
        self._pages.start(self._plan.page, first=self.is_first)
        return calls

    def without_visits(self, parts: Mapping[Part, T]) -> dict[Part, T]:
        """Return the ``parts`` of a poll (calls or answers) but for the visits, whose answer was too long: fewer of
        them are the next page."""
        self._unfit = True
        self._halve_page()
        return {part: value for part, value in parts.items() if GROUP_OF[part] is not Group.VISITS}

    def too_long(self, error: AnswerTooLong, now: ClockPair) -> None:
        """Let fewer visits be the next page, because the answer with it was too long, or none after some attempts."""
        asked = self._pages.limit
        if self._halve_page():
            return
        self._unfit = False
        self._pages.end()
        sentence = f"Even {asked} visits are more than is read of one answer: they have very many actions."
        self._note_errors({Part.VISITS: error.reworded(sentence)}, now)

    def _halve_page(self) -> bool:
        """Request half as many visits in the rest of this poll, and fewer for a while, unless more were tried. Returns
        False if they cannot be fewer."""
        if self._pages.size <= self._plan.page:
            self._plan.shrink_page()
        return self._pages.halve()

    def failed(self, parts: Collection[Part], error: MatomoError, now: ClockPair) -> None:
        """Adapt the plan after a request with these parts that failed as a whole."""
        if isinstance(error, TimedOut) and Part.SUMMARY in parts:
            self._plan.put_off_archive(now.servers)
        if isinstance(error, AnswerTooLong):
            self._plan.shrink_page()

    def absorb(self, answers: Mapping[Part, Any], now: ClockPair) -> bool:
        """Merge the answers of a poll (decoded, or the error of a part). Returns True if a visit changed.

        Raises a ``MatomoError`` that stops polling, or the first one if all counters and visits failed.
        """
        if any(isinstance(answers.get(part), AnswerTooLong) for part in (Part.VISITS, Part.KNOWN_VISITS)):
            answers = self.without_visits(answers)
        errors = {part: value for part, value in answers.items() if isinstance(value, MatomoError)}
        for error in errors.values():
            if error.stops_polling:
                raise error
        vital = [part for part in answers if GROUP_OF[part] in (Group.COUNTERS, Group.VISITS)]
        if vital and all(part in errors for part in vital):
            raise errors[vital[0]]
        if self._last_answer is None or not -FILL <= now.servers - self._last_answer <= FILL:
            self.minutes.known_from = int(now.servers) - FILL
        self._last_answer = now.servers
        self._floor = now.servers - FILL
        self._note_errors(answers, now)
        self._count(answers, now)
        visits, known = answers.get(Part.VISITS), answers.get(Part.KNOWN_VISITS, ())
        self._counted = answers.get(Part.COUNTERS_3), answers.get(Part.COUNTERS_30)
        changed = False
        if isinstance(visits, tuple) and isinstance(known, tuple):
            is_split = Part.KNOWN_VISITS in answers
            changed = self._absorb_split(visits, known, now) if is_split else self.absorb_page(visits, now)
            if self.next_page is None:
                self._compare(*self._counted, now)
        self._count_today(answers, now)
        return changed

    def _compare(self, three: Any, thirty: Any, now: ClockPair) -> None:
        """Look back at the next poll if the server counts more visits of the last 3 minutes than are known here, or
        fewer of the last 30: then some were deleted."""
        since = now.servers - ACTIVE - 2
        if isinstance(three, Counters) and not self.feed.partial_since(since):
            known = sum(1 for _ in self.feed.newest_first(since))
            if (three.visits or 0) > known:
                self._catch_up.suspect(now.servers)
                return
        since, until = now.servers - IDLE + 2, now.servers - SETTLED
        if isinstance(thirty, Counters) and thirty.visits is not None and not self.feed.partial_since(since):
            settled = sum(seen.place[0] <= until for seen in self.feed.newest_first(since))
            if thirty.visits < settled:
                self._catch_up.suspect(now.servers, deleted=True)

    def _absorb_split(self, others: Sequence[Visit], known: Sequence[Visit], now: ClockPair) -> bool:
        """Merge the visits of a poll that requested known ones on their own. Returns True if a visit changed.

        If the answers do not fit, all visits are the next page.
        """
        answer = self._split.join(others, known, page=self._pages.size, now=now.servers)
        self._unfit = answer is None
        if answer is None:
            return False
        if answer.differs and self._min_timestamp is not None:
            self._whole_next = True
            self._catch_up.again(self._min_timestamp)
        return self._absorb(answer.others, now, answer.known)

    def next_calls(self, now: ClockPair, *, clock_known: bool) -> Calls:
        """Return the calls of a further request of the same poll: a page of visits, or the reports that the first poll
        leaves for last. None if the poll is complete."""
        if (page := self.next_page) is not None:
            return {Part.VISITS: page}
        is_first, self.is_first = self.is_first, False
        if not is_first or not clock_known:
            return {}
        self._plan.new_day(now.servers)  # the first answer may have told the server's time
        return self._plan.reports(now.servers)

    def absorb_next(self, answers: Mapping[Part, Any], now: ClockPair) -> bool:
        """Merge the answers to :meth:`next_calls`. Returns True if a visit changed.

        Raises a ``MatomoError`` that stops polling."""
        if Part.VISITS in answers:
            return self.absorb_page(answers[Part.VISITS], now)
        for error in answers.values():
            if isinstance(error, MatomoError) and error.stops_polling:
                raise error
        self._note_errors(answers, now)
        self._count_today(answers, now)
        self._count(answers, now)
        return False

    def _note_errors(self, answers: Mapping[Part, Any], now: ClockPair) -> None:
        """Remember which groups failed, and plan when each is due again."""
        for group in dict.fromkeys(GROUP_OF[part] for part in answers):
            of_group = (answer for part, answer in answers.items() if GROUP_OF[part] is group)
            error = next((answer for answer in of_group if isinstance(answer, MatomoError)), None)
            self._plan.answered(group, now.servers, error)
            if error is None:
                self._errors.pop(group, None)
            else:
                self._errors[group] = error

    def absorb_page(self, visits: Sequence[Visit], now: ClockPair) -> bool:
        """Merge a page of visits. Returns True if a visit changed."""
        self._split.learn(visits)
        is_instead, self._unfit = self._unfit, False
        if is_instead:
            self._note_errors({Part.VISITS: visits}, now)
            self._came[Group.VISITS] = now.ours
        changed = self._absorb(visits, now)
        if is_instead and self.next_page is None:
            self._compare(*self._counted, now)
        return changed

    def _absorb(self, visits: Sequence[Visit], now: ClockPair, again: Sequence[Visit] = ()) -> bool:
        merge = self.feed.merge(visits, now=now.servers, updated_at=now.ours, again=again)
        visits = (*visits, *again)
        self._plan.subtitles = self._plan.subtitles or any(map(needs_subtitles, visits))
        until = self._catch_up.until
        if self._listed is not None:
            self._listed.update(visit.id_visit for visit in visits)
        for seen in merge.changed:
            self.minutes.count(seen, now.servers)
        for seen in merge.acted:
            self._catch_up.note_late(seen.row.last_action_at, now.servers)
        asked = self._pages.limit
        self._pages.came()
        known = 0 if self._catch_up.looking_back or self._catch_up.after_gap else until or 0
        if len(visits) < asked or merge.oldest < max(self._floor, known):
            self._caught_up(now)
        elif self._pages.are_spent(MAX_PAGES if until is None else BURST_PAGES):
            self._listed = None
            self.feed.note_gap(merge.oldest)
            if until is None:
                self.minutes.known_from = max(self.minutes.known_from, merge.oldest)
            self._caught_up(now)
        else:
            self._fetched_back_to = merge.oldest
        return bool(merge.changed)

    @property
    def next_page(self) -> Call[tuple[Visit, ...]] | None:
        """The call for the next page of visits; ``None`` if none is missing."""
        if not self._pages.offset and not self._unfit:
            return None
        return self._plan.visits(self._min_timestamp, self._pages.offset, limit=self._pages.limit)

    def _caught_up(self, now: ClockPair) -> None:
        first = self._catch_up.until is None
        self._pages.end()
        self._fetched_back_to = 0
        if self._listed is not None and self._min_timestamp is not None and not self.feed.believed_ahead:
            for id_visit in self.feed.retain(self._listed, self._min_timestamp):
                self.minutes.forget(id_visit)
                self._catch_up.found_deleted()
        self._catch_up.completed(self.feed.newest, now.servers)
        if first:
            self._fill_in_history(now)

    def _fill_in_history(self, now: ClockPair) -> None:
        """Calculate the history of the 3-minute counters from the visits of the first half hour."""
        counts = past_counts(
            self.feed.newest_first(self.minutes.known_from), since=self.minutes.known_from, now=now.servers
        )
        ahead = now.servers - now.ours
        self._visits_3.seed((count.at - ahead, count.visits) for count in counts)
        self._actions_3.seed((count.at - ahead, count.actions) for count in counts)
        self._active.seed((count.at - ahead, count.visitors) for count in counts)

    @property
    def failing(self) -> tuple[str, ...]:
        """The parts of a snapshot whose last request failed or was refused."""
        parts = ("counters", Group.COUNTERS), ("visits", Group.VISITS), ("today", Group.TODAY), ("today", Group.ARCHIVE)
        return tuple(dict.fromkeys(name for name, group in parts if group in self._errors))

    def derive(self, now: ClockPair) -> Derived:
        """Return the parts of a snapshot at ``now``; each is the same object as before if it is equal."""
        back_to, is_start = self._fetched_back_to, self._catch_up.until is None
        feed = self.feed.feed(now.servers, pending=back_to > 0)
        if feed.ready and Group.VISITS not in self._errors:
            active, partial = LiveRankings.active(self.feed, now.servers), back_to > now.servers - ACTIVE
            self._active_at_least = active if partial else None
            if not partial:
                self._active.add(now.ours, active)
        parts = PartErrors(
            counters=self._errors.get(Group.COUNTERS),
            visits=self._errors.get(Group.VISITS),
            today=self._errors.get(Group.TODAY) or self._errors.get(Group.ARCHIVE),
        )
        if parts != self._parts:
            self._parts = parts
        return Derived(
            self._parts,
            self._counter_row(),
            self.minutes.minutes(now.servers, back_to if is_start else 0),
            feed,
            self._now.rank(self.feed, now.servers, back_to),
        )

    def _count(self, answers: Mapping[Part, Any], now: ClockPair) -> None:
        for part, visits, actions in (
            (Part.COUNTERS_3, self._visits_3, self._actions_3),
            (Part.COUNTERS_30, self._visits_30, self._actions_30),
        ):
            counters = answers.get(part)
            if isinstance(counters, Counters):
                visits.update(now.ours, counters.visits)
                actions.update(now.ours, counters.actions)
        if GROUP_OF[Part.COUNTERS_3] not in self._errors and Part.COUNTERS_3 in answers:
            self._came[Group.COUNTERS] = now.ours
        if Part.VISITS in answers and Group.VISITS not in self._errors:
            self._came[Group.VISITS] = now.ours
        summary, totals = answers.get(Part.SUMMARY), answers.get(Part.GOALS)
        is_all = Group.ARCHIVE not in self._errors
        # A summary of no visit although there are some: Matomo has not built the reports, which are noughts till then.
        is_built = not isinstance(summary, VisitsSummary) or bool(summary.nb_visits) or not self._today.count.value
        if isinstance(summary, VisitsSummary):
            figures: dict[str, float | None] = {
                "unique": summary.nb_uniq_visitors,
                "bounce_rate": summary.bounce_rate,
                "avg_time": summary.avg_time_on_site,
            }
            self._archived.update(figures if is_built else dict.fromkeys(figures), now, is_all=is_all)
        if isinstance(totals, GoalsSummary):
            sums = {"conversions": totals.nb_conversions, "revenue": totals.revenue}
            self._archived.update(sums if is_built else dict.fromkeys(sums), now, is_all=is_all)
        hours = answers.get(Part.HOURS)
        if isinstance(hours, tuple) and is_built:
            self._archived.set_hours(hours, now, self.site.timezone)

    def _count_today(self, answers: Mapping[Part, Any], now: ClockPair) -> None:
        today = answers.get(Part.TODAY)
        if isinstance(today, Counters):
            long, short = answers.get(Part.SINCE_YESTERDAY_MIDNIGHT), answers.get(Part.SINCE_YESTERDAY_NOW)
            before = None
            if isinstance(long, Counters) and isinstance(short, Counters):
                before = max(0, (long.visits or 0) - (short.visits or 0))
            self._today.update(now.ours, today.visits, before)
            self._came[Group.TODAY] = now.ours
        elif self.feed.ready and now.servers - self._plan.day < 60:
            self._today.add(now.ours, sum(1 for _ in self.feed.newest_first(self._plan.day)))
            self._came[Group.TODAY] = now.ours

    def _forget_today(self) -> None:
        self._today.clear()
        self._came.pop(Group.TODAY, None)
        self._archived.clear()

    def _active_count(self) -> Count:
        count = self._active.count
        if self._active_at_least is not None:  # further pages are to come
            return replace(count, value=self._active_at_least, before=None, at_least=True)
        at_least = self._last_answer is not None and self.feed.missing_since(self._last_answer - ACTIVE)
        return replace(count, at_least=True) if at_least and count.value is not None else count

    def _counter_row(self) -> CounterRow:
        row = CounterRow(
            active=self._active_count(),
            visits_3=self._visits_3.count,
            actions_3=self._actions_3.count,
            visits_30=self._visits_30.count,
            actions_30=self._actions_30.count,
            today=self._archived.by_hour(self._today.count, "today"),
            conversions=self._archived.count("conversions"),
            revenue=self._archived.count("revenue"),
            unique=self._archived.count("unique"),
            bounce_rate=self._archived.count("bounce_rate"),
            avg_time=self._archived.count("avg_time"),
            archived_at=self._archived.at,
            counters_at=self._came.get(Group.COUNTERS) if Group.COUNTERS in self._errors else None,
            visits_at=self._came.get(Group.VISITS) if Group.VISITS in self._errors else None,
            today_at=self._came.get(Group.TODAY),
        )
        if row != self._row:
            self._row = row
        return self._row
