"""Page views by URL or by title, counted by journey."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.by_visit import add_fields
from matomo_tui.demo.engine.journey_stats import ORDER, JourneyStats
from matomo_tui.demo.engine.selection import ByJourney, Day, Selection
from matomo_tui.demo.engine.visitors import repeated_visits
from matomo_tui.demo.traffic.steps import GoalKey, VisitStep

TIMINGS = ("server", "transfer", "dom_processing")
_NEVER = 1e9


class PageConversion(NamedTuple):
    """A goal reached after a page view: conversions, revenue, page views before it, attributed share of it (also of its
    revenue), and how many were orders.
    """

    goal: GoalKey
    times: int
    revenue: float
    before: int
    share: float
    revenue_share: float
    orders: float


class PagePart(NamedTuple):
    """The contribution of one visit to one page. ``timings`` has sum, minimum and maximum for each of ``TIMINGS``."""

    hits: int
    spent: int
    entry: bool
    exit: bool
    followed: int
    timings: tuple[tuple[float, float, float], ...]
    conversions: tuple[PageConversion, ...]
    facts: JourneyStats


@dataclass(slots=True)
class PageGoal:
    """One goal on one page."""

    count: int = 0
    revenue: float = 0.0
    before: int = 0
    share: float = 0.0
    revenue_share: float = 0.0
    entry_count: int = 0
    entry_revenue: float = 0.0

    def add(self, other: PageGoal) -> None:
        add_fields(self, other, _GOAL_FIELDS)


_GOAL_FIELDS = ("count", "revenue", "before", "share", "revenue_share", "entry_count", "entry_revenue")


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
    timings: list[tuple[float, float, float]] = field(default_factory=lambda: [(0.0, _NEVER, 0.0)] * len(TIMINGS))
    goals: dict[GoalKey, PageGoal] = field(default_factory=dict)

    def add(self, part: PagePart, times: int, order_revenue: float) -> None:
        """Add ``times`` visits, whose orders have the total revenue ``order_revenue``."""
        self.visits += times
        self.visitors += times
        self.hits += part.hits * times
        self.spent += part.spent * times
        self.followed += part.followed * times
        if part.entry:
            self.entries += times
            self.entry_visitors += times
            self.entry_actions += part.facts.actions * times
            self.entry_length += part.facts.length * times
            self.entry_bounces += part.facts.bounced * times
        if part.exit:
            self.exits += times
            self.exit_visitors += times
        self._time(part.timings, times)
        for reached in part.conversions:
            goal = self.goals.setdefault(reached.goal, PageGoal())
            revenue = reached.revenue * times + reached.orders * order_revenue
            goal.count += reached.times * times
            goal.revenue += revenue
            goal.before += reached.before * times
            goal.share += reached.share * times
            goal.revenue_share += reached.revenue_share * times + (
                reached.share / reached.times * order_revenue if reached.orders else 0
            )
            if part.entry:
                goal.entry_count += reached.times * times
                goal.entry_revenue += revenue

    def _time(self, timings: Sequence[tuple[float, float, float]], times: int) -> None:
        self.timings = [
            (total + more * times, min(least, lesser), max(most, greater))
            for (total, least, most), (more, lesser, greater) in zip(self.timings, timings, strict=True)
        ]

    def merge(self, other: PageTally) -> None:
        """Add another page, as a folder does."""
        add_fields(self, other, _SUMMED)
        self._time(other.timings, 1)
        for key, goal in other.goals.items():
            self.goals.setdefault(key, PageGoal()).add(goal)


_SUMMED: tuple[str, ...] = ("visits", "visitors", "hits", "spent", "followed", "exits", "exit_visitors")
_SUMMED += ("entries", "entry_visitors", "entry_actions", "entry_length", "entry_bounces")

Parts = Mapping[str, PagePart]


def parts_of(facts: JourneyStats, key_of: Callable[[VisitStep], str]) -> Parts:
    """The contributions of a visit, by page."""
    indexes = facts.pages
    found: dict[str, list[int]] = {}
    for index in indexes:
        found.setdefault(key_of(facts.steps[index]), []).append(index)
    return {
        key: PagePart(
            hits=len(seen),
            spent=sum(facts.spent(index) for index in seen),
            entry=indexes[0] in seen,
            exit=indexes[-1] in seen,
            followed=sum(_after_search(facts.steps, index) for index in seen),
            timings=_timings(facts, seen),
            conversions=tuple(_conversions(facts, indexes, seen)),
            facts=facts,
        )
        for key, seen in found.items()
    }


def _after_search(steps: Sequence[VisitStep], index: int) -> bool:
    before = [step.kind for step in steps[:index] if step.kind in ("action", "search")]
    return bool(before) and before[-1] == "search"


def _timings(facts: JourneyStats, seen: Sequence[int]) -> tuple[tuple[float, float, float], ...]:
    measured = [facts.timing(index) for index in seen]
    return tuple(
        (sum(times), min(times), max(times)) for times in ([each[which] for each in measured] for which in range(3))
    )


def _conversions(facts: JourneyStats, indexes: Sequence[int], seen: Sequence[int]) -> list[PageConversion]:
    found: dict[GoalKey, PageConversion] = {}
    for reached in facts.reached:
        every = sum(index <= reached.step for index in indexes)
        here = sum(index <= reached.step for index in seen)
        if not here:
            continue
        share = here / every
        before = found.get(reached.goal, PageConversion(reached.goal, 0, 0.0, 0, 0.0, 0.0, 0.0))
        found[reached.goal] = PageConversion(
            reached.goal,
            before.times + 1,
            before.revenue + reached.revenue,
            before.before + here,
            before.share + share,
            before.revenue_share + reached.revenue * share,
            1.0 if reached.goal == ORDER else 0.0,
        )
    return list(found.values())


@dataclass(frozen=True, slots=True)
class PageGrouping:
    """Page views grouped by ``key_of`` the step: its URL or its title."""

    name: str
    key_of: Callable[[VisitStep], str]


BY_URL = PageGrouping("urls", lambda step: step.url)
BY_TITLE = PageGrouping("titles", lambda step: step.title)


async def by_page(selection: Selection, grouping: PageGrouping, pieces: Yielder) -> dict[str, PageTally]:
    """A tally for each viewed page."""
    fold = _PageFold(selection, grouping)
    async for day in selection.days():
        fold.count(day)
        await pieces.pause()
    return await fold.tallies(pieces)


class _PageFold:
    def __init__(self, selection: Selection, grouping: PageGrouping) -> None:
        self._parts = ByJourney(selection, grouping.name, lambda facts: parts_of(facts, grouping.key_of))
        self._tallies: dict[str, PageTally] = {}
        self._counts: Counter[int] = Counter()
        self._revenues: dict[int, float] = {}
        self._repeats: Counter[tuple[str, str]] = Counter()

    def count(self, day: Day) -> None:
        for part in day.parts:
            keys = part.keys
            self._counts.update(keys)
            for place, sale in part.sales():
                self._revenues[keys[place]] = self._revenues.get(keys[place], 0.0) + sale.revenue
        for journeys in repeated_visits(day):
            _repeat(self._repeats, [self._parts[journey] for journey in journeys])

    def _tally(self, key: str) -> PageTally:
        found = self._tallies.get(key)
        if found is None:
            found = self._tallies[key] = PageTally()
        return found

    async def tallies(self, pieces: Yielder) -> dict[str, PageTally]:
        for number, (journey, times) in enumerate(self._counts.items()):
            for key, page in self._parts[journey].items():
                self._tally(key).add(page, times, self._revenues.get(journey, 0.0))
            if not number % 50:
                await pieces.pause()
        for (kind, key), times in self._repeats.items():
            tally = self._tallies[key]
            setattr(tally, kind, getattr(tally, kind) - times)
        return self._tallies


def _repeat(repeats: Counter[tuple[str, str]], visits: Sequence[Parts]) -> None:
    """Record a visitor's visits of one day: on a page that several of them include, they count as one visitor."""
    seen: set[tuple[str, str]] = set()
    for parts in visits:
        for key, page in parts.items():
            for kind, here in (("visitors", True), ("entry_visitors", page.entry), ("exit_visitors", page.exit)):
                if here and (kind, key) in seen:
                    repeats[kind, key] += 1
                elif here:
                    seen.add((kind, key))
