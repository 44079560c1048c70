"""Everything that rules know about a Matomo at one instant, and the figure of a rule in it. Nothing here sends."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from matomo_tui.alerts.baseline import FEWEST_WEEKS, Hours
from matomo_tui.alerts.feed_figures import count_actions, is_full
from matomo_tui.alerts.ranking_figures import RANKINGS, ranked_value
from matomo_tui.alerts.rules import (
    CounterFigure,
    CountFigure,
    FailureFigure,
    FeedFigure,
    RankingFigure,
    ReportFigure,
    Rule,
    RuleComparison,
)
from matomo_tui.api.site import Site
from matomo_tui.instants import local_time
from matomo_tui.live.snapshot import Count, CounterRow, Feed, LiveSnapshot, Phase, Ranking
from matomo_tui.live.timezones import zone
from matomo_tui.live.visit_rows import ACTIVE
from matomo_tui.sanitize import sanitize

Place = tuple[int, str]
"""A site's id and a segment."""
OLDEST = 1800.0
"""Seconds after which a figure of today is not known any more. Those of reports are requested every 900 s."""


@dataclass(frozen=True, slots=True)
class SiteView:
    """The live data of one site and segment."""

    now: float
    """Server's epoch that the data are of."""
    counters: CounterRow = field(default_factory=CounterRow)
    feed: Feed = field(default_factory=Feed)
    rankings: Mapping[str, Ranking] = field(default_factory=dict)
    """By the names of :data:`RANKINGS`."""
    ahead: float = 0.0
    """The server's clock minus ours in seconds, for the instants in ``counters``."""


def view_of(snapshot: LiveSnapshot) -> SiteView | None:
    """Return the data of a snapshot, ``None`` if they are not current, or not all of them came yet."""
    poll = snapshot.poll
    if poll.phase is not Phase.LIVE or not snapshot.feed.ready or snapshot.feed.pending:
        return None
    # A snapshot may come between two polls: its data are those of the last answer.
    ahead = poll.server_offset
    now = (poll.last_success_at or snapshot.taken_at) + ahead
    rankings = {name: getattr(snapshot, part) for name, part in RANKINGS.items()}
    return SiteView(now, snapshot.counters, snapshot.feed, rankings, ahead)


@dataclass(frozen=True, slots=True)
class ReportValue:
    """The figure of a report's row."""

    value: float | None
    earlier: tuple[float, ...] = ()
    """The figures of the same weekday, newest first."""
    remark: str = ""
    """A sentence about a figure that could not be read."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The state of a Matomo at one instant, as far as it was requested. What is not current is missing."""

    now: float
    """Server's epoch."""
    views: Mapping[Place, SiteView] = field(default_factory=dict)
    counts: Mapping[tuple[int, str, int], tuple[int, int]] = field(default_factory=dict)
    """Visits and actions by site, segment and minutes."""
    reports: Mapping[tuple[int, str, ReportFigure], ReportValue] = field(default_factory=dict)
    hours: Mapping[Place, Hours] = field(default_factory=dict)
    failing_for: float | None = None
    """Seconds that polls have failed, 0 while they succeed; ``None`` if that is not known."""
    failure: str = ""
    """The error of the last poll."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The figure of one rule on one site."""

    value: float | None = None
    """``None`` if it is not known."""
    usual: float | None = None
    """The figure to compare with; ``None`` if the rule compares with a bound, or if it is not known."""
    detail: str = ""
    """Sanitized text about the figure, such as the page that it counts."""


def measure(rule: Rule, site: Site, seen: Observation) -> Measure:
    """Return the rule's figure on ``site``."""
    place, figure = (site.id, rule.segment), rule.figure
    if isinstance(figure, FailureFigure):
        return Measure(_failing(rule, seen), detail=seen.failure)
    if isinstance(figure, CountFigure):
        pair = seen.counts.get((*place, figure.minutes))
        found = Measure(None if pair is None else float(pair[figure.column == "actions"]))
        return _compared(rule, f"{figure.column}_{figure.minutes}", seen.now, site, found, seen)
    if isinstance(figure, ReportFigure):
        return _report(rule, seen.reports.get((*place, figure)))
    view = seen.views.get(place)
    if view is None:
        return Measure()
    if isinstance(figure, CounterFigure):
        return _counter(rule, figure, view, site, seen)
    if isinstance(figure, RankingFigure):
        return _ranked(rule, figure, view)
    return _actions(rule, figure, view)


def is_met(rule: Rule, found: Measure) -> bool | None:
    """Return whether the rule's condition holds; ``None`` if it is not known."""
    condition, value = rule.condition, found.value
    if value is None:
        return None
    if condition.comparison is RuleComparison.ABOVE:
        return value > condition.bound
    if condition.comparison is RuleComparison.BELOW:
        return value < condition.bound
    if found.usual is None:
        return None
    if found.usual < condition.at_least:
        return False
    if condition.comparison is RuleComparison.RISES:
        return value >= found.usual * (1 + condition.bound)
    return value <= found.usual * (1 - condition.bound)


def _failing(rule: Rule, seen: Observation) -> float | None:
    """Until polls have failed for long enough it is not known if they fail or were only interrupted: an outage that
    goes on after a pause or sleep, from which on it is counted anew, is not over."""
    if seen.failure and seen.failing_for is not None and seen.failing_for <= rule.condition.bound:
        return None
    return seen.failing_for


def _counter(rule: Rule, figure: CounterFigure, view: SiteView, site: Site, seen: Observation) -> Measure:
    row = view.counters
    counts: Mapping[str, Count] = {
        "visitors_now": row.active,
        "visits_today": row.today,
        "conversions_today": row.conversions,
        "revenue_today": row.revenue,
        "unique_visitors_today": row.unique,
        "bounce_rate_today": row.bounce_rate,
        "visit_time_today": row.avg_time,
    }
    value = counts[figure.name].value
    if figure.name == "visitors_now" and (row.visits_at is not None or not view.feed.ready):
        value = None
    if counts[figure.name].at_least and _is_about_less(rule):
        value = None
    at = view.now
    if figure.name.endswith("_today"):
        at = _came_at(figure, view)
        if abs(view.now - at) > OLDEST or _day(at, site) != _day(seen.now, site):
            value = None
    return _compared(rule, figure.name, at, site, Measure(value), seen)


def _came_at(figure: CounterFigure, view: SiteView) -> float:
    """Return the server's epoch at which a figure of today came: it is compared with what was usual by then."""
    came = view.counters.today_at if figure.name == "visits_today" else view.counters.archived_at
    return view.now if came is None else came + view.ahead


def _day(at: float, site: Site) -> date:
    return local_time(at, zone(site.timezone)).date()


def _ranked(rule: Rule, figure: RankingFigure, view: SiteView) -> Measure:
    ranking = view.rankings[figure.ranking]
    is_partial = ranking.of_newest is not None
    if figure.column == "here":  # visits of the last 3 minutes may be all there while earlier ones are not
        is_partial = view.counters.active.at_least or is_full(view.feed, view.now - ACTIVE)
    if is_partial and _is_about_less(rule):
        return Measure()
    return Measure(ranked_value(ranking, figure.row, figure.column))


def _is_about_less(rule: Rule) -> bool:
    """Return True if a lower bound does not tell whether the rule's condition holds."""
    return rule.condition.comparison in (RuleComparison.BELOW, RuleComparison.FALLS)


def _actions(rule: Rule, figure: FeedFigure, view: SiteView) -> Measure:
    if view.counters.visits_at is not None or not view.feed.ready:
        return Measure()
    since = view.now - figure.minutes * 60
    found = count_actions(view.feed, figure.kind, figure.matching, since=since, until=view.now)
    if found.partial and _is_about_less(rule):
        return Measure()
    detail = ""
    if found.newest is not None:
        title = found.newest.title if found.newest.title != found.newest.label else ""
        detail = sanitize(" – ".join(filter(None, (found.newest.label, title))), 120)
    return Measure(float(getattr(found, figure.column)), detail=detail)


def _compared(rule: Rule, metric: str, at: float, site: Site, found: Measure, seen: Observation) -> Measure:
    """Add the usual figure, if the rule compares with it."""
    hours = seen.hours.get((site.id, rule.segment))
    if not rule.condition.is_change or hours is None:
        return found
    return replace(found, usual=hours.usual(metric, at, site, rule.condition.weeks))


def _report(rule: Rule, found: ReportValue | None) -> Measure:
    if found is None:
        return Measure()
    usual = None
    if rule.condition.is_change and len(found.earlier) >= min(FEWEST_WEEKS, rule.condition.weeks):
        usual = statistics.median(found.earlier)
    return Measure(found.value, usual, found.remark)


def is_quiet(rule: Rule, at: float) -> bool:
    """Return True if the rule delivers nothing at ``at`` (epoch), on this computer's clock."""
    return rule.is_quiet(datetime.fromtimestamp(at))
