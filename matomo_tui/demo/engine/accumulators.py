"""Sums over visits for one row of a report."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from matomo_tui.demo.engine.journey_stats import CART, ORDER, JourneyStats
from matomo_tui.demo.totals import NOTHING_SOLD, GoalKey
from matomo_tui.demo.traffic.steps import Sale

Key = Hashable


@dataclass(slots=True)
class GoalTally:
    """One goal in one row: how often, in how many visits, for how much money."""

    count: int = 0
    visits: int = 0
    revenue: float = 0.0


@dataclass(slots=True)
class Tally:
    """The visits of one row. ``visitors`` and ``users`` are different ones within each day, summed over the days."""

    visits: int = 0
    visitors: int = 0
    users: int = 0
    actions: int = 0
    longest: int = 0
    length: int = 0
    bounces: int = 0
    converted: int = 0
    goals: dict[GoalKey, GoalTally] = field(default_factory=dict)
    sold: Sale = NOTHING_SOLD
    left: Sale = NOTHING_SOLD

    def add(self, facts: JourneyStats, times: int) -> None:
        """Take ``times`` visits with these facts in, without their orders' money."""
        self.visits += times
        self.visitors += times
        self.actions += facts.actions * times
        self.longest = max(self.longest, facts.actions)
        self.length += facts.length * times
        self.bounces += facts.bounced * times
        if facts.converted:
            self.converted += times
            for goal, (count, revenue) in facts.conversions.items():
                self._goal(goal, count * times, times, revenue * times)
        if facts.left is not None:
            left = facts.left
            self._goal(CART, times, times, left.revenue * times)
            self.left = self.left.plus(Sale(0, left.revenue * times, 0, 0, 0, left.quantity * times))

    def sell(self, sale: Sale) -> None:
        """Take the money of one order in."""
        self.goals.setdefault(ORDER, GoalTally()).revenue += sale.revenue
        self.sold = self.sold.plus(sale)

    def merge(self, other: Tally) -> None:
        """Take another row in; visitors are counted as if they were others."""
        self.visits += other.visits
        self.visitors += other.visitors
        self.users += other.users
        self.actions += other.actions
        self.longest = max(self.longest, other.longest)
        self.length += other.length
        self.bounces += other.bounces
        self.converted += other.converted
        for goal, reached in other.goals.items():
            self._goal(goal, reached.count, reached.visits, reached.revenue)
        self.sold = self.sold.plus(other.sold)
        self.left = self.left.plus(other.left)

    def _goal(self, goal: GoalKey, count: int, visits: int, revenue: float) -> None:
        found = self.goals.get(goal)
        if found is None:
            found = self.goals[goal] = GoalTally()
        found.count += count
        found.visits += visits
        found.revenue += revenue

    @property
    def conversions(self) -> int:
        """Goals and orders reached; carts left behind are none."""
        return sum(reached.count for goal, reached in self.goals.items() if goal != CART)

    @property
    def revenue(self) -> float:
        """What the goals and orders brought."""
        return sum(reached.revenue for goal, reached in self.goals.items() if goal != CART)


def merged(tallies: Mapping[Key, Tally]) -> Tally:
    """All rows together."""
    total = Tally()
    for tally in tallies.values():
        total.merge(tally)
    return total
