"""Sums over visits: what summaries are made of, and what slots and days are remembered as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

from matomo_tui.demo.traffic.steps import Journey, Sale, VisitStep
from matomo_tui.demo.traffic.visit import visit_length

GoalKey = int | str
"""A goal's number, or ``ecommerceOrder``."""


NOTHING_SOLD = Sale()


@dataclass(slots=True)
class Conversions:
    """Goals and orders reached: how often, in how many visits, for how much money."""

    count: int = 0
    visits: int = 0
    revenue: float = 0.0

    def add(self, count: int, visits: int, revenue: float) -> None:
        """Take more of them in."""
        self.count += count
        self.visits += visits
        self.revenue += revenue


@dataclass(slots=True)
class Half:
    """The visits of either new or returning visitors."""

    visits: int = 0
    actions: int = 0
    bounces: int = 0
    length: int = 0
    longest: int = 0
    converted: Conversions = field(default_factory=Conversions)
    goals: dict[GoalKey, Conversions] = field(default_factory=dict)
    sold: Sale = NOTHING_SOLD

    def add(self, other: Half) -> None:
        """Take ``other`` in."""
        self.visits += other.visits
        self.actions += other.actions
        self.bounces += other.bounces
        self.length += other.length
        self.longest = max(self.longest, other.longest)
        self.converted.add(other.converted.count, other.converted.visits, other.converted.revenue)
        for goal, reached in other.goals.items():
            self._goal(goal).add(reached.count, reached.visits, reached.revenue)
        if other.sold.items:
            self.sold = self.sold.plus(other.sold)

    def add_visits(self, journey: Journey, seen: int, sales: Sequence[Sale], times: int = 1) -> None:
        """Take ``times`` visits in, each of which has come ``seen`` steps far on ``journey``.

        ``sales`` are their orders, if there is one among these steps.
        """
        actions = journey.actions[seen]
        self.visits += times
        self.actions += actions * times
        self.bounces += times if actions <= 1 else 0
        self.length += visit_length(journey.offsets[seen - 1]) * times
        self.longest = max(self.longest, actions)
        if journey.converting and journey.converting[0] < seen:
            steps = [journey.steps[index] for index in journey.converting if index < seen]
            self._convert(steps, sales, times)

    def _convert(self, steps: Iterable[VisitStep], sales: Sequence[Sale], times: int) -> None:
        here: dict[GoalKey, tuple[int, float]] = {}
        for step in steps:
            if step.kind == "goal" and step.goal is not None:
                count, revenue = here.get(step.goal.id, (0, 0.0))
                here[step.goal.id] = (count + 1, revenue + step.revenue)
            elif step.kind == "ecommerceOrder":
                here["ecommerceOrder"] = (1, sum(sale.revenue for sale in sales) / times)
                self.sold = reduce(Sale.plus, sales, self.sold)
        if here:
            self.converted.visits += times
        for goal, (count, revenue) in here.items():
            self.converted.add(count * times, 0, revenue * times)
            self._goal(goal).add(count * times, times, revenue * times)

    def _goal(self, goal: GoalKey) -> Conversions:
        found = self.goals.get(goal)
        if found is None:
            found = self.goals[goal] = Conversions()
        return found


@dataclass(slots=True)
class Totals:
    """Sums over any set of visits.

    ``rows`` and ``conversions`` are what the live counters count. Visitors are kept so that unions can be
    counted: those who come once as a number, regulars (and those of them who log in) as bits, tracked visitors
    and their user ids by name.
    """

    new: Half = field(default_factory=Half)
    returning: Half = field(default_factory=Half)
    rows: int = 0
    conversions: int = 0
    once: int = 0
    regulars: int = 0
    known: int = 0
    names: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)

    def add(self, other: Totals) -> None:
        """Take ``other`` in."""
        self.new.add(other.new)
        self.returning.add(other.returning)
        self.rows += other.rows
        self.conversions += other.conversions
        self.once += other.once
        self.regulars |= other.regulars
        self.known |= other.known
        self.names |= other.names
        self.users |= other.users

    @property
    def visits(self) -> int:
        """All visits."""
        return self.new.visits + self.returning.visits

    @property
    def visitors(self) -> int:
        """Different visitors."""
        return self.once + self.regulars.bit_count() + len(self.names)

    @property
    def logged_in(self) -> int:
        """Different user ids."""
        return self.known.bit_count() + len(self.users)

    @property
    def all(self) -> Half:
        """New and returning together."""
        both = Half()
        both.add(self.new)
        both.add(self.returning)
        return both
