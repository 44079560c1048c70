"""Sums over visits: what summaries are made of, and what slots and days are remembered as."""

from __future__ import annotations

from dataclasses import dataclass, field

from matomo_tui.demo.traffic.steps import Journey, Step
from matomo_tui.demo.traffic.visit import visit_length


@dataclass(slots=True)
class Conversions:
    """Goals and orders reached: how often, in how many visits, for how much money."""

    count: int = 0
    visits: int = 0
    revenue: float = 0.0

    def add(self, other: Conversions) -> None:
        """Take ``other`` in."""
        self.count += other.count
        self.visits += other.visits
        self.revenue += other.revenue


@dataclass(slots=True)
class Half:
    """The visits of either new or returning visitors."""

    visits: int = 0
    actions: int = 0
    bounces: int = 0
    length: int = 0
    longest: int = 0
    converted: Conversions = field(default_factory=Conversions)
    goals: dict[int | str, Conversions] = field(default_factory=dict)

    def add(self, other: Half) -> None:
        """Take ``other`` in."""
        self.visits += other.visits
        self.actions += other.actions
        self.bounces += other.bounces
        self.length += other.length
        self.longest = max(self.longest, other.longest)
        self.converted.add(other.converted)
        for goal, reached in other.goals.items():
            self.goals.setdefault(goal, Conversions()).add(reached)

    def add_visit(self, journey: Journey, seen: int, steps: tuple[Step, ...]) -> None:
        """Take a visit in, of which ``seen`` steps have happened; ``steps`` are those that convert."""
        actions = journey.actions[seen]
        self.visits += 1
        self.actions += actions
        self.bounces += actions <= 1
        self.length += visit_length(journey.offsets[seen - 1])
        self.longest = max(self.longest, actions)
        if steps:
            self._convert(steps)

    def _convert(self, steps: tuple[Step, ...]) -> None:
        here: dict[int | str, Conversions] = {}
        for step in steps:
            if step.kind == "ecommerceAbandonedCart":
                continue
            goal = step.goal.id if step.goal else "ecommerceOrder"
            money = step.cart.revenue if step.cart else step.revenue
            reached = here.setdefault(goal, Conversions(visits=1))
            reached.count += 1
            reached.revenue += money
        if here:
            self.converted.visits += 1
        for goal, reached in here.items():
            self.converted.count += reached.count
            self.converted.revenue += reached.revenue
            self.goals.setdefault(goal, Conversions()).add(reached)


@dataclass(slots=True)
class Totals:
    """Sums over any set of visits.

    ``rows`` and ``conversions`` are what the live counters count. Visitors are kept so that unions can be
    counted: those who come once as a number, regulars as bits, tracked ones and user ids by name.
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
