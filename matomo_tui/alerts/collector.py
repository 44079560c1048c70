"""Collects the figures of all rules: from the live screen's snapshots, and from calls that ride in its polls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from matomo_tui.alerts.baseline import Hours, days_needed, hours_call
from matomo_tui.alerts.observations import Observation, Place, ReportValue, SiteView, view_of
from matomo_tui.alerts.outage import Outage
from matomo_tui.alerts.rules import (
    CounterFigure,
    CountFigure,
    FailureFigure,
    ReportFigure,
    Rule,
)
from matomo_tui.alerts.site_targets import needs_site_list, sites_of
from matomo_tui.alerts.sources import CountSource, ReportSource, SitesSource, Source, ViewSource, groups_of
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.site import Site
from matomo_tui.api.visit_time import VisitHour
from matomo_tui.live.clock import ClockPair
from matomo_tui.live.poll_plan import REFUSED, Group
from matomo_tui.live.snapshot import LiveSnapshot, Phase

PARTS_A_SECOND = 8
"""Calls added to a poll for each second of its interval. The others wait for the next."""
MOST_PARTS = 200
"""Calls added to one poll at most."""


class Collector:
    """A ``live.companion.Companion``: knows which calls the rules need, and what was answered."""

    def __init__(self, rules: Sequence[Rule], home: Site) -> None:
        """``home`` is the site of rules that name none."""
        self._rules = tuple(rules)
        self._home = home
        self._snapshot: LiveSnapshot | None = None
        self._site_list = SitesSource() if needs_site_list(rules) else None
        self._sources: dict[Any, Source] = {}
        self._pending: list[tuple[Source, int]] = []
        self._hours: dict[Place, dict[date, Sequence[VisitHour]]] = {}
        self._outage = Outage()
        self.watched: tuple[tuple[Rule, Site], ...] = ()
        """Each rule with each of its sites."""
        self.problems: tuple[str, ...] = ()
        """Sentences about rules whose sites were not found."""
        self._assign()

    def show(self, snapshot: LiveSnapshot, now: float) -> None:
        """Take the live screen's latest snapshot at ``now`` (our epoch)."""
        self._snapshot = snapshot
        self._outage.show(snapshot.poll, now)

    @property
    def knows_sites(self) -> bool:
        """True if ``watched`` is complete: the list of sites came, if the rules need one."""
        return self._site_list is None or self._site_list.came is not None

    @property
    def part_problems(self) -> tuple[str, ...]:
        """Sentences of the errors that figures of rules were answered with."""
        return tuple(dict.fromkeys(source.problem for _, source in self._all_sources() if source.problem))

    # The companion

    def calls(self, now: ClockPair) -> Sequence[Call[Any]]:
        """Return the calls that are due, the longest waiting first."""
        self._pending = []
        calls: list[Call[Any]] = []
        effective = 5.0 if self._snapshot is None else self._snapshot.poll.effective
        most = min(MOST_PARTS, int(effective * PARTS_A_SECOND))
        due = [source for key, source in self._all_sources() if self._is_due(key, source, now.servers)]
        for source in sorted(due, key=lambda source: source.due):
            parts = source.calls(now)
            if calls and len(calls) + len(parts) > most:
                break
            self._pending.append((source, len(parts)))
            calls += parts
        return calls

    def absorb(self, answers: Sequence[Any], now: ClockPair) -> None:
        """Hand the answers to their sources."""
        pending, self._pending, start = self._pending, [], 0
        for source, count in pending:
            source.absorb(answers[start : start + count], now)
            start += count
        if any(source is self._site_list for source, _ in pending):
            self._assign()

    def failed(self, error: MatomoError, now: ClockPair) -> None:
        """Hand the error to the sources whose calls were in the poll."""
        for source, _ in self._pending:
            source.failed(error, now)
        self._pending = []

    # Usual figures

    def hours_calls(self, now: float) -> Mapping[tuple[Place, date], Call[tuple[VisitHour, ...]]]:
        """Return the calls for the hourly figures that are missing at ``now`` (server's epoch)."""
        calls = {}
        for rule, site in self.watched:
            if rule.condition.is_change and isinstance(rule.figure, CountFigure | CounterFigure):
                place = site.id, rule.segment
                for day in days_needed(now, site, rule.condition.weeks, self._hours.get(place, ())):
                    calls[place, day] = hours_call(site.id, day, rule.segment)
        return calls

    def take_hours(self, answers: Mapping[tuple[Place, date], Any]) -> None:
        """Keep the hourly figures; errors leave them missing."""
        for (place, day), rows in answers.items():
            if not isinstance(rows, MatomoError):
                days = self._hours.setdefault(place, {})
                days[day] = rows
                for old in sorted(days)[: -2 * 12]:
                    del days[old]

    # Observations

    def observation(self, now: ClockPair) -> Observation:
        """Return everything known at ``now``. While polls fail or are paused, figures are not known."""
        snapshot = self._snapshot
        self._outage.look(now.ours)
        failing_for = self._outage.lasts(now.ours)
        failure = str(snapshot.poll.error) if snapshot is not None and snapshot.poll.error is not None else ""
        if snapshot is None or snapshot.poll.phase is not Phase.LIVE:
            return Observation(now.servers, failing_for=failing_for, failure=failure)
        views = self._views(now)
        slack = snapshot.poll.effective * 2
        counts: dict[tuple[int, str, int], tuple[int, int]] = {}
        reports: dict[tuple[int, str, ReportFigure], ReportValue] = {}
        for key, source in self._sources.items():
            if isinstance(source, CountSource) and source.is_current(now.servers, slack):
                counts[key[1:]] = source.counts
            elif isinstance(source, ReportSource) and source.is_current(now.servers, slack):
                reports[key[1:]] = source.value
            elif isinstance(source, ViewSource) and key[1:] not in views and source.is_current(now.servers, slack):
                views[key[1:]] = source.view(now)
        counts |= self._counts_on_screen(now)
        return Observation(
            now.servers,
            views,
            counts,
            reports,
            {place: Hours(days) for place, days in self._hours.items()},
            failing_for,
            failure,
        )

    def _views(self, now: ClockPair) -> dict[Place, SiteView]:
        """The view of the site on the screen."""
        snapshot = self._snapshot
        view = None if snapshot is None else view_of(snapshot)
        if snapshot is None or view is None or not self._is_current(snapshot, now):
            return {}
        return {(snapshot.site.id, snapshot.segment): view}

    @staticmethod
    def _is_current(snapshot: LiveSnapshot, now: ClockPair) -> bool:
        """Return False if the figures on the screen are too old, as after a pause or sleep until the next answer."""
        return now.ours - (snapshot.poll.last_success_at or 0) <= 60.0 + 2 * snapshot.poll.effective

    def _counts_on_screen(self, now: ClockPair) -> dict[tuple[int, str, int], tuple[int, int]]:
        """The counters of 3 and 30 minutes that each poll has anyway."""
        snapshot = self._snapshot
        if snapshot is None or snapshot.poll.phase is not Phase.LIVE or snapshot.counters.counters_at is not None:
            return {}
        if not self._is_current(snapshot, now):
            return {}
        row, place = snapshot.counters, (snapshot.site.id, snapshot.segment)
        pairs = {3: (row.visits_3.value, row.actions_3.value), 30: (row.visits_30.value, row.actions_30.value)}
        return {
            (*place, minutes): (int(visits), int(actions))
            for minutes, (visits, actions) in pairs.items()
            if visits is not None and actions is not None
        }

    def _all_sources(self) -> list[tuple[Any, Source]]:
        """All sources with their keys."""
        return [*([((), self._site_list)] if self._site_list is not None else []), *self._sources.items()]

    def _is_due(self, key: Any, source: Source, now: float) -> bool:
        """Return True if the source is to be requested. What is on the screen is not requested again."""
        if now < source.due <= now + 2 * max(source.every, REFUSED):
            return False
        snapshot = self._snapshot
        if snapshot is None or isinstance(source, ReportSource | SitesSource):
            return True
        if (key[1], key[2]) != (snapshot.site.id, snapshot.segment):
            return True
        return isinstance(source, CountSource) and key[3] not in (3, 30)

    def _assign(self) -> None:
        """Find the sites of all rules, and what to request for them."""
        known = self._site_list.sites if self._site_list is not None else ()
        watched: list[tuple[Rule, Site]] = []
        problems = []
        for rule in self._rules:
            if needs_site_list((rule,)) and not (known or self.knows_sites):
                continue
            sites, problem = sites_of(rule, self._home, known)
            watched += [(rule, site) for site in sites]
            problems += [problem] if problem else []
        self.watched, self.problems = tuple(watched), tuple(problems)
        groups: dict[Place, frozenset[Group]] = {}
        for rule, site in watched:
            place = site.id, rule.segment
            groups[place] = groups.get(place, frozenset()) | groups_of(rule.figure)
        wanted: dict[Any, Source] = {}
        # A report that several rules use is requested with as many earlier weeks as one of them compares with.
        for rule, site in sorted(watched, key=lambda pair: -pair[0].condition.weeks * pair[0].condition.is_change):
            key, source = _source_of(rule, site, groups[site.id, rule.segment])
            if source is not None:
                wanted.setdefault(key, _kept(self._sources.get(key), source))
        self._sources = wanted


def _kept(old: Source | None, new: Source) -> Source:
    """Return the source with its answers, unless it lacks some calls of the new one."""
    if isinstance(old, ViewSource) and isinstance(new, ViewSource) and not new.groups <= old.groups:
        return new
    return old or new


def _source_of(rule: Rule, site: Site, groups: frozenset[Group]) -> tuple[Any, Source | None]:
    """Return the source of a rule's figure with its key, ``None`` if it needs none. ``groups`` are the calls that the
    place's rules need of the live screen's."""
    figure, segment = rule.figure, rule.segment
    if isinstance(figure, FailureFigure):
        return None, None
    if isinstance(figure, CountFigure):
        return ("counts", site.id, segment, figure.minutes), CountSource(site.id, segment, figure.minutes)
    if isinstance(figure, ReportFigure):
        weeks = rule.condition.weeks if rule.condition.is_change else 0
        return ("report", site.id, segment, figure), ReportSource(site, segment, figure, weeks)
    return ("view", site.id, segment), ViewSource(site, segment, groups)
