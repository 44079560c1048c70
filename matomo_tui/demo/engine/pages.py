"""Page views by URL or by title, counted by journey like other actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.by_action import sums_by_journey
from matomo_tui.demo.engine.by_visit import add_fields, add_values
from matomo_tui.demo.engine.journey_stats import ORDER, JourneyStats
from matomo_tui.demo.engine.selection import ByJourney, Selection
from matomo_tui.demo.traffic.steps import GoalKey, VisitStep

TIMINGS = ("server", "transfer", "dom_processing")
_NEVER = 1e9

Timings = Sequence[tuple[float, float, float]]
"""Sum, minimum and maximum of each of ``TIMINGS``."""


class PagePart(NamedTuple):
    """The contribution of one visit to one page: figures by name, and for each goal reached after it the figures per
    visit and those per unit of revenue of the visit's order.
    """

    figures: Mapping[str, int]
    timings: Timings
    goals: Mapping[GoalKey, tuple[Mapping[str, float], Mapping[str, float]]]


@dataclass(slots=True)
class PageGoal:
    """One goal on one page: conversions, revenue, page views before them, the share of conversions and of revenue that
    is attributed to the page, and both of visits that began on it.
    """

    count: int = 0
    revenue: float = 0.0
    before: int = 0
    share: float = 0.0
    revenue_share: float = 0.0
    entry_count: int = 0
    entry_revenue: float = 0.0


@dataclass(slots=True)
class PageTally:
    """One page. Visitors are daily distinct ones, added up; ``followed`` counts views right after a search."""

    visits: int = 0
    visitors: int = 0
    hits: int = 0
    spent: int = 0
    entries: int = 0
    entry_visitors: int = 0
    entry_actions: int = 0
    entry_length: int = 0
    entry_bounces: int = 0
    exits: int = 0
    exit_visitors: int = 0
    followed: int = 0
    timings: Timings = field(default_factory=lambda: [(0.0, _NEVER, 0.0)] * len(TIMINGS))
    goals: dict[GoalKey, PageGoal] = field(default_factory=dict)

    def add(self, part: PagePart, times: int, order_revenue: float) -> None:
        """Add ``times`` visits, whose orders have the total revenue ``order_revenue``."""
        add_values(self, part.figures, times)
        self._time(part.timings, times)
        for key, (per_visit, per_revenue) in part.goals.items():
            goal = self.goals.setdefault(key, PageGoal())
            add_values(goal, per_visit, times)
            add_values(goal, per_revenue, order_revenue)

    def _time(self, timings: Timings, times: int) -> None:
        self.timings = [
            (total + more * times, min(least, lesser), max(most, greater))
            for (total, least, most), (more, lesser, greater) in zip(self.timings, timings, strict=True)
        ]

    def merge(self, other: PageTally) -> None:
        add_fields(self, other, _SUMMED)
        self._time(other.timings, 1)
        for key, goal in other.goals.items():
            add_fields(self.goals.setdefault(key, PageGoal()), goal, PageGoal.__slots__)


_SUMMED = PageTally.__slots__[:-2]


def parts_of(facts: JourneyStats, key_of: Callable[[VisitStep], str]) -> Mapping[str, PagePart]:
    found: dict[str, list[int]] = {}
    for index in facts.pages:
        found.setdefault(key_of(facts.steps[index]), []).append(index)
    return {key: _part(facts, seen) for key, seen in found.items()}


def _part(facts: JourneyStats, seen: Sequence[int]) -> PagePart:
    """The contribution of a visit to the page with the views ``seen``."""
    figures = {"visits": 1, "visitors": 1, "hits": len(seen), "spent": sum(facts.spent(index) for index in seen)}
    figures["followed"] = sum(_after_search(facts.steps, index) for index in seen)
    entry = facts.pages[0] in seen
    if entry:
        figures |= {"entries": 1, "entry_visitors": 1, "entry_actions": facts.actions}
        figures |= {"entry_length": facts.length, "entry_bounces": int(facts.bounced)}
    if facts.pages[-1] in seen:
        figures |= {"exits": 1, "exit_visitors": 1}
    measured = [facts.timing(index) for index in seen]
    timings = tuple((sum(times), min(times), max(times)) for times in zip(*measured, strict=True))
    nonzero = {name: value for name, value in figures.items() if value}
    return PagePart(nonzero, timings, _conversions(facts, seen, entry=entry))


def _after_search(steps: Sequence[VisitStep], index: int) -> bool:
    before = [step.kind for step in steps[:index] if step.kind in ("action", "search")]
    return bool(before) and before[-1] == "search"


def _conversions(
    facts: JourneyStats, seen: Sequence[int], *, entry: bool
) -> dict[GoalKey, tuple[dict[str, float], dict[str, float]]]:
    found: dict[GoalKey, tuple[dict[str, float], dict[str, float]]] = {}
    for reached in facts.reached:
        every = sum(index <= reached.step for index in facts.pages)
        here = sum(index <= reached.step for index in seen)
        if not here:
            continue
        share = here / every
        sums = {"count": 1, "revenue": reached.revenue, "before": here, "share": share}
        sums["revenue_share"] = reached.revenue * share
        per_visit, per_revenue = found.setdefault(reached.goal, ({}, {}))
        for name, value in sums.items():
            per_visit[name] = per_visit.get(name, 0) + value
        if entry:
            per_visit |= {"entry_count": per_visit["count"], "entry_revenue": per_visit["revenue"]}
        if reached.goal == ORDER:
            per_revenue |= {"revenue": 1.0, "revenue_share": per_visit["share"] / per_visit["count"]}
            per_revenue |= {"entry_revenue": 1.0} if entry else {}
    return found


@dataclass(frozen=True, slots=True)
class PageGrouping:
    """Page views grouped by ``key_of`` the step: its URL or its title."""

    name: str
    key_of: Callable[[VisitStep], str]

    async def sums(self, selection: Selection, yielder: Yielder) -> dict[str, PageTally]:
        parts = ByJourney(selection, self.name, lambda facts: parts_of(facts, self.key_of))
        return await sums_by_journey(selection, yielder, parts, PageTally, lambda part: _VISITORS & part.figures.keys())


_VISITORS = frozenset({"visitors", "entry_visitors", "exit_visitors"})
"""The figures that count a visitor with several visits on a day once."""

BY_URL = PageGrouping("urls", lambda step: step.url)
BY_TITLE = PageGrouping("titles", lambda step: step.title)
