"""Sums of what happens within visits: page views, events, searches, downloads, outlinks, contents, purchases.

The rows that a visit adds to depend on its journey alone. Visits are therefore counted by journey, and each journey's
rows are computed once, cached, and multiplied: a month of 212,000 visits has 2,600 different journeys. Visitors with
several visits on a day are the exception: a row counts them once, so their journeys are compared one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

from matomo_tui.demo.engine.by_visit import Key, add_fields, add_values, repeated_visits
from matomo_tui.demo.engine.journey_stats import ORDER, JourneyStats
from matomo_tui.demo.engine.selection import ByJourney, Selection
from matomo_tui.demo.engine.visit_generator import Yielder
from matomo_tui.demo.traffic.visit import GoalKey, Item, VisitStep

TIMINGS = ("server", "transfer", "dom_processing")
_VISITORS = frozenset({"visitors", "entry_visitors", "exit_visitors"})
"""The figures that count a visitor with several visits on a day once."""
K = TypeVar("K", bound=Hashable)
P = TypeVar("P", contravariant=True)
R = TypeVar("R", bound="PartTally[Any]")
_NEVER = 1e12


class Added(NamedTuple):
    """The contribution of one visit to one row: figures to sum up, and the minimum and maximum of a value, if any."""

    sums: tuple[float, ...]
    least: float = _NEVER
    most: float = -_NEVER


@dataclass(slots=True)
class ActionTally:
    """One row: visits, daily distinct visitors, the summed figures, and the bounds of the value."""

    visits: int = 0
    visitors: int = 0
    sums: list[float] = field(default_factory=list)
    least: float = _NEVER
    most: float = -_NEVER

    def add(self, added: Added, times: int, _: float) -> None:
        self.visits += times
        self.visitors += times
        if not self.sums:
            self.sums = [0] * len(added.sums)
        for index, value in enumerate(added.sums):
            self.sums[index] += value * times
        self.least = min(self.least, added.least)
        self.most = max(self.most, added.most)

    def merge(self, other: ActionTally) -> None:
        """Add another row; its visitors are assumed to be different ones."""
        add_fields(self, other, ("visits", "visitors"))
        self.sums = [one + more for one, more in zip(self.sums, other.sums, strict=True)]
        self.least = min(self.least, other.least)
        self.most = max(self.most, other.most)


AddedByRow = Mapping[Key, Added]


class PartTally(Protocol[P]):
    def add(self, part: P, times: int, order_revenue: float, /) -> None: ...


async def sums_by_journey(
    selection: Selection,
    yielder: Yielder,
    parts: ByJourney[Mapping[K, P]],
    new_row: Callable[[], R],
    distinct: Callable[[P], Iterable[str]],
) -> dict[K, R]:
    """The sums of each row; ``distinct`` returns the figures that count a visitor with several visits on a day once."""
    counts: Counter[int] = Counter()
    revenues: dict[int, float] = {}
    marks: dict[int, set[tuple[K, str]]] = {}
    repeats: Counter[tuple[K, str]] = Counter()
    async for day in selection.days():
        for part in day:
            keys = part.keys
            counts.update(keys)
            for place, sale in part.sales():
                revenues[keys[place]] = revenues.get(keys[place], 0.0) + sale.revenue
        for journeys in repeated_visits(day):
            seen: set[tuple[K, str]] = set()
            for journey in journeys:
                if journey not in marks:
                    marks[journey] = {(key, each) for key, added in parts[journey].items() for each in distinct(added)}
                repeats.update(marks[journey] & seen)
                seen |= marks[journey]
        await yielder.pause()
    rows: dict[K, R] = {}
    async for journey, times in yielder.over(counts.items(), 50):
        for key, added in parts[journey].items():
            if key not in rows:
                rows[key] = new_row()
            rows[key].add(added, times, revenues.get(journey, 0.0))
    for (key, figure), times in repeats.items():
        add_values(rows[key], {figure: -1}, times)
    return rows


@dataclass(frozen=True, slots=True)
class ActionGrouping:
    name: str
    rows: Callable[[JourneyStats], AddedByRow]

    async def sums(self, selection: Selection, yielder: Yielder) -> dict[Key, ActionTally]:
        parts = ByJourney(selection, self.name, self.rows)
        return await sums_by_journey(selection, yielder, parts, ActionTally, lambda _: ("visitors",))


def by_steps(
    kind: str, outer: Callable[[VisitStep], str], inner: Callable[[VisitStep], str], added: Callable[[VisitStep], Added]
) -> Callable[[JourneyStats], AddedByRow]:
    """The contributions of steps of one kind: to the row ``(outer label, None)`` and to that of both labels."""

    def rows(facts: JourneyStats) -> AddedByRow:
        found: dict[Key, list[Added]] = {}
        for step in facts.steps:
            if step.kind == kind:
                first, one = outer(step), added(step)
                for key in ((first, None), (first, inner(step))):
                    found.setdefault(key, []).append(one)
        return summed_up(found)

    return rows


def summed_up(parts: Mapping[Key, Sequence[Added]]) -> dict[Key, Added]:
    return {
        key: Added(
            tuple(map(sum, zip(*(each.sums for each in several), strict=True))),
            min(each.least for each in several),
            max(each.most for each in several),
        )
        for key, several in parts.items()
    }


@dataclass(slots=True)
class Sold:
    revenue: float = 0.0
    quantity: int = 0
    orders: int = 0

    def merge(self, other: Sold) -> None:
        add_fields(self, other, ("revenue", "quantity", "orders"))


@dataclass(frozen=True, slots=True)
class ProductGrouping:
    """Products by name, SKU or category: the ordered ones, or those ``left`` in carts."""

    name: str
    key_of: Callable[[Item], str]
    left: bool

    async def sums(self, selection: Selection, yielder: Yielder) -> Mapping[str, Sold]:
        found: dict[str, Sold] = {}
        async for day in selection.days():
            for part in day:
                if self.left:
                    for key, times in Counter(part.keys).items():
                        left = selection.facts(key).left
                        self._add(found, left.items if left else (), times)
                else:
                    for _, cart in part.carts():
                        self._add(found, cart.items, 1)
            await yielder.pause()
        return found

    def _add(self, sold: dict[str, Sold], items: Sequence[Item], times: int) -> None:
        """Add ``times`` orders of these items; a key that occurs twice in an order counts as one order."""
        for item in items:
            product = sold.setdefault(self.key_of(item), Sold())
            product.revenue += item.price * item.quantity * times
            product.quantity += item.quantity * times
        for key in {self.key_of(item) for item in items}:
            sold[key].orders += times


Timings = Sequence[tuple[float, float, float]]
"""Sum, minimum and maximum of each of ``TIMINGS``."""


class PagePart(NamedTuple):
    """One visit on one page: figures, load times, and figures of goals per visit and per unit of revenue."""

    figures: Mapping[str, int]
    timings: Timings
    goals: Mapping[GoalKey, tuple[Mapping[str, float], Mapping[str, float]]]


@dataclass(slots=True)
class PageGoal:
    """One goal on one page; ``before``: page views before conversions, ``share``: conversions attributed."""

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
    name: str
    key_of: Callable[[VisitStep], str]

    async def sums(self, selection: Selection, yielder: Yielder) -> dict[str, PageTally]:
        parts = ByJourney(selection, self.name, lambda facts: parts_of(facts, self.key_of))
        return await sums_by_journey(selection, yielder, parts, PageTally, lambda part: _VISITORS & part.figures.keys())


BY_URL = PageGrouping("urls", lambda step: step.url)
BY_TITLE = PageGrouping("titles", lambda step: step.title)
