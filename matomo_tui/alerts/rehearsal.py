"""Tries rules against the last hour: replays its visits minute by minute, and evaluates the rules at each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import structs

from matomo_tui.alerts.baseline import Hours, days_needed, hours_call
from matomo_tui.alerts.evaluation import AlertEvent, AlertState, Key, Measured, evaluate
from matomo_tui.alerts.observations import Measure, Observation, SiteView, measure
from matomo_tui.alerts.ranking_figures import RANKINGS
from matomo_tui.alerts.rules import CounterFigure, CountFigure, FailureFigure, ReportFigure, Rule
from matomo_tui.alerts.sources import ReportSource, ViewSource, groups_of
from matomo_tui.api import live
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.live import Visit
from matomo_tui.api.site import Site
from matomo_tui.live.clock import ClockPair
from matomo_tui.live.feed import VisitFeed
from matomo_tui.live.live_rankings import LiveRankings
from matomo_tui.live.poll_plan import PAGE
from matomo_tui.live.snapshot import Count, CounterRow
from matomo_tui.live.timeline import to_utc
from matomo_tui.live.timezones import midnight, zone
from matomo_tui.live.visit_rows import COLUMNS, HIDDEN, IDLE

HOUR = 3600
STEP = 60
MOST_PAGES = 20
"""Pages of visits for one site; before them, an hour is tried only in part."""
_REQUESTS = 10
_PAST = ("visitors_now", "visits_today")
"""Counters that follow from visits for any instant; the server tells the others for now only."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rule on a site over the last hour."""

    rule: Rule
    site: Site
    events: tuple[AlertEvent, ...] = ()
    now: Measure = field(default_factory=Measure)
    lowest: float | None = None
    highest: float | None = None
    """Of the figure over the hour; ``None`` if it is known for now only."""
    remark: str = ""
    """A sentence about what could not be tried."""
    begin: float = 0.0
    """The first instant that was tried: an alert that fires then may have fired before."""


FetchedVisits = dict[tuple[int, str, int], tuple[list[Visit], float]]
"""Visits by site, segment and the instant that they reach back to, so that several rules share a request."""


async def rehearse(client: Client, rule: Rule, site: Site, now: float, fetched: FetchedVisits) -> Rehearsal:
    """Try ``rule`` on ``site`` at ``now`` (our epoch). Raises a ``MatomoError``."""
    return await _Rehearsal(client, rule, site, now + client.server_offset, fetched).run()


class _Rehearsal:
    def __init__(self, client: Client, rule: Rule, site: Site, now: float, fetched: FetchedVisits) -> None:
        self._client, self._rule, self._site, self._now = client, rule, site, now
        self._fetched = fetched
        self._hours = Hours()

    async def run(self) -> Rehearsal:
        rule, figure = self._rule, self._rule.figure
        if isinstance(figure, FailureFigure):
            remark = "Failing polls of the past are not known. Matomo answers now."
            return Rehearsal(rule, self._site, now=Measure(0.0), remark=remark)
        if rule.condition.is_change and not isinstance(figure, ReportFigure):
            await self._fetch_hours()
        if isinstance(figure, ReportFigure):
            return await self._present(await self._report(figure))
        if isinstance(figure, CounterFigure) and figure.name not in _PAST:
            return await self._present(await self._view())
        return await self._past()

    async def _present(self, seen: Observation) -> Rehearsal:
        """Evaluate at the present instant only, as if the condition had held for long enough."""
        found = measure(self._rule, self._site, seen)
        _, events = evaluate({}, [Measured(replace(self._rule, lasting=0.0), self._site, found)], self._now)
        remark = "Matomo tells this figure for now only, so its last hour could not be tried."
        return Rehearsal(self._rule, self._site, events, found, remark=remark)

    async def _past(self) -> Rehearsal:
        rule, figure = self._rule, self._rule.figure
        reach = max(figure.minutes * 60 if isinstance(figure, CountFigure) else 0, IDLE)
        key = self._site.id, rule.segment, int(self._now - HOUR - reach)
        if key not in self._fetched:
            self._fetched[key] = await self._visits(key[2])
        visits, complete_from = self._fetched[key]
        today = await self._visits_today() if isinstance(figure, CounterFigure) else 0
        replay = _Replay(self._site, visits)
        states: dict[Key, AlertState] = {}
        events: list[AlertEvent] = []
        values: list[float] = []
        found = Measure()
        begin = max(self._now - HOUR, complete_from + reach)
        steps = _steps(begin, self._now)
        for at in steps:
            seen = self._observation(replay, at, today)
            found = measure(rule, self._site, seen)
            after, changed = evaluate(states, [Measured(rule, self._site, found)], at)
            states = dict(after)
            events += changed
            values += [found.value] if found.value is not None else []
        remark = ""
        if begin > self._now - HOUR:
            tried = max(0, int(self._now - begin) // 60)
            most = f"there were more than {MOST_PAGES * PAGE:,} visits"
            remark = f"Only the last {tried} min were tried: {most}."
        lowest, highest = min(values, default=None), max(values, default=None)
        return Rehearsal(rule, self._site, tuple(events), found, lowest, highest, remark, steps[0])

    def _observation(self, replay: _Replay, at: float, today: int) -> Observation:
        figure, place = self._rule.figure, (self._site.id, self._rule.segment)
        hours = {place: self._hours}
        if isinstance(figure, CountFigure):
            return Observation(at, counts={(*place, figure.minutes): replay.counts(at, figure.minutes)}, hours=hours)
        view = replay.view(at)
        # Visits of today so far: those of now without those that began later.
        so_far = float(max(0, today - replay.begun_after(at)))
        counters = structs.replace(view.counters, today=Count(so_far if at >= self._midnight else None))
        return Observation(at, views={place: replace(view, counters=counters)}, hours=hours)

    @property
    def _midnight(self) -> int:
        return midnight(self._now, zone(self._site.timezone))

    async def _visits(self, since: int) -> tuple[list[Visit], float]:
        """Fetch the visits with an action after ``since`` (server's epoch), and from when on all are there."""
        visits: dict[int, Visit] = {}
        for page in range(MOST_PAGES):
            call = live.get_last_visits_details(
                self._site.id,
                limit=PAGE,
                offset=page * PAGE,
                min_timestamp=since,
                segment=self._rule.segment,
                columns=COLUMNS,
            )
            call = replace(call, params={**call.params, "hideColumns": ",".join(HIDDEN)})
            found = await self._client.call(call)
            visits |= {visit.id_visit: visit for visit in found}
            if len(found) < PAGE:
                return list(visits.values()), since
        return list(visits.values()), min(visit.last_action_timestamp for visit in visits.values())

    async def _visits_today(self) -> int:
        minutes = round((self._now - self._midnight) / 60)
        if minutes < 1:
            return 0
        counters = await self._client.call(live.get_counters(self._site.id, minutes, segment=self._rule.segment))
        return counters.visits or 0

    async def _fetch_hours(self) -> None:
        days = days_needed(self._now, self._site, self._rule.condition.weeks)
        answers = await self._client.bulk([hours_call(self._site.id, day, self._rule.segment) for day in days])
        pairs = zip(days, answers, strict=True)
        self._hours = Hours({day: answer for day, answer in pairs if not isinstance(answer, MatomoError)})

    async def _report(self, figure: ReportFigure) -> Observation:
        weeks = self._rule.condition.weeks if self._rule.condition.is_change else 0
        source = ReportSource(self._site, self._rule.segment, figure, weeks)
        pair = ClockPair(self._now, self._now)
        source.absorb(await self._client.bulk(source.calls(pair)), pair)
        if source.problem:
            raise MatomoError(source.problem)
        return Observation(self._now, reports={(self._site.id, self._rule.segment, figure): source.value})

    async def _view(self) -> Observation:
        source = ViewSource(self._site, self._rule.segment, groups_of(self._rule.figure))
        pair = ClockPair(self._now, self._now)
        for _ in range(_REQUESTS):  # the first pages of visits come before the figures of today's report
            source.absorb(await self._client.bulk(source.calls(pair)), pair)
            if source.problem or source.view(pair).counters.archived_at is not None:
                break
        if source.problem:
            raise MatomoError(source.problem)
        place = self._site.id, self._rule.segment
        return Observation(self._now, views={place: source.view(pair)}, hours={place: self._hours})


class _Replay:
    """The visits of the last hours as they were at an instant. Instants must not go back."""

    def __init__(self, site: Site, visits: Sequence[Visit]) -> None:
        where = zone(site.timezone)
        self._visits = [(visit, to_utc(visit, where)) for visit in visits]
        self._feed = VisitFeed(site, bound=MOST_PAGES * PAGE)
        self._rankings = LiveRankings()
        self._until = 0.0
        whole = VisitFeed(site, bound=MOST_PAGES * PAGE)
        whole.merge(visits, now=max((v.last_action_timestamp for v in visits), default=0) + 1, updated_at=0.0)
        self._times = [sorted(seen.action_times) for seen in whole.newest_first(0)]
        self._begun = sorted(seen.row.first_action_at for seen in whole.newest_first(0))

    def counts(self, at: float, minutes: int) -> tuple[int, int]:
        """Visits and actions of the ``minutes`` before ``at``, as ``Live.getCounters`` counts them."""
        per_visit = [bisect_right(times, at) - bisect_right(times, at - minutes * 60) for times in self._times]
        return sum(1 for count in per_visit if count), sum(per_visit)

    def begun_after(self, at: float) -> int:
        """The number of visits that began after ``at``."""
        return len(self._begun) - bisect_right(self._begun, at)

    def view(self, at: float) -> SiteView:
        """The feed and the rankings at ``at``."""
        changed = [cut for visit, times in self._visits if (cut := self._as_of(visit, times, at)) is not None]
        self._feed.merge(changed, now=at, updated_at=at)
        self._until = at
        feed, ranks = self._feed.feed(at), self._rankings.rank(self._feed, at)
        rankings = {name: getattr(ranks, part) for name, part in RANKINGS.items()}
        return SiteView(at, CounterRow(active=Count(LiveRankings.active(self._feed, at))), feed, rankings)

    def _as_of(self, visit: Visit, times: list[int], at: float) -> Visit | None:
        """The visit with its actions up to ``at``; ``None`` if none of them is new."""
        if not any(self._until < time <= at for time in times):
            return None
        actions = tuple(action for action, time in zip(visit.action_details, times, strict=True) if time <= at)
        last = max(time for time in times if time <= at)
        return msgspec.structs.replace(visit, action_details=actions, actions=len(actions), last_action_timestamp=last)


def _steps(begin: float, end: float) -> list[float]:
    """Each whole minute before ``end``, and ``end``."""
    count = max(0, int(end - begin) // STEP)
    return [end - STEP * step for step in range(count, -1, -1)]
