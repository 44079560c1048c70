"""Sums over visits for the live counters: single ones as far as they have come, and whole stretches of time."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce

from matomo_tui.demo.traffic.daily_curve import SLOTS
from matomo_tui.demo.traffic.journeys import Journeys
from matomo_tui.demo.traffic.model import Sketch, Traffic
from matomo_tui.demo.traffic.people import ONCE
from matomo_tui.demo.traffic.steps import Journey, Sale, VisitStep, sale
from matomo_tui.demo.traffic.visit import SimulatedVisit, visit_length

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


def add_sketch(totals: Totals, traffic: Traffic, sketch: Sketch, seen: int, clip: int | None = None) -> None:
    """Take a generated visit in, of which ``seen`` steps have happened.

    With ``clip`` (an epoch) only the actions and conversions from then on are counted for the live counters.
    """
    journey = sketch.journey
    half = totals.new if sketch.fresh else totals.returning
    half.add_visits(journey, seen, _sales(journey, [sketch.bits]))
    _add_rows(totals, journey, seen, 0 if clip is None else clip - sketch.start)
    if sketch.person >= ONCE:
        totals.once += 1
    else:
        totals.regulars |= 1 << sketch.person
        if sketch.person % traffic.sitemap.known == 0:
            totals.known |= 1 << sketch.person


def add_visit(totals: Totals, visit: SimulatedVisit, clip: int | None = None) -> None:
    """Take a tracked visit in; ``clip`` as for :func:`add_sketch`."""
    half = totals.returning if visit.past.visits else totals.new
    orders = [step.cart.sale for step in visit.steps if step.kind == "ecommerceOrder" and step.cart]
    half.add_visits(visit.journey, visit.seen, orders)
    _add_rows(totals, visit.journey, visit.seen, 0 if clip is None else clip - visit.start)
    totals.names.add(visit.person.id)
    if visit.person.user_id:
        totals.users.add(visit.person.user_id)


def _add_rows(totals: Totals, journey: Journey, seen: int, since: int) -> None:
    skipped = bisect_left(journey.offsets, since) if since > 0 else 0
    totals.rows += journey.rows[seen] - journey.rows[skipped]
    totals.conversions += journey.conversions[seen] - journey.conversions[skipped]


def _sales(journey: Journey, bits: Sequence[int]) -> list[Sale]:
    """The orders of visits with these bits, all on ``journey``."""
    cart = None if journey.order is None else journey.steps[journey.order].cart
    return [] if cart is None else [sale(cart, drawn) for drawn in bits]


def sum_slots(traffic: Traffic, first: int, last: int) -> Totals:
    """The sums over all visits that begin in the slots from ``first`` to ``last``, when they are over.

    The same as adding every sketch up, but only journeys are counted, and each is added once.
    """
    totals = Totals()
    for begin, end, journeys in traffic.stretches(first, last):
        if journeys is None:
            for sketch in traffic.draw(begin):
                add_sketch(totals, traffic, sketch, len(sketch.journey.steps))
        else:
            _add_stretch(totals, traffic, journeys, begin, end)
    return totals


def _add_stretch(totals: Totals, traffic: Traffic, walks: Journeys, first: int, last: int) -> None:
    fresh_bits: dict[int, list[int]] = defaultdict(list)
    return_bits: dict[int, list[int]] = defaultdict(list)
    people: set[int] = set()
    for slot in range(first, last + 1):
        shift, within = divmod(slot, SLOTS)
        plan = traffic.rhythm.shift(shift)
        regulars = traffic.regulars.people(shift, plan.before[within], plan.regulars[within])
        people.update(regulars)
        bits = traffic.bits(slot, plan.visits[within])
        calm = len(bits) - plan.rush[within]
        for who, drawn in zip(regulars, bits, strict=False):
            fresh = traffic.regulars.first_shift(who, shift) == shift
            (fresh_bits if fresh else return_bits)[drawn >> 16 & 1023].append(drawn)
        for drawn in bits[len(regulars) : calm]:
            fresh_bits[drawn >> 16 & 1023].append(drawn)
        for drawn in bits[calm:]:
            fresh_bits[walks.taken(drawn, rush=True)].append(drawn)
        totals.once += len(bits) - len(regulars)
    for half, journeys in ((totals.new, fresh_bits), (totals.returning, return_bits)):
        for taken, drawn_bits in journeys.items():
            journey, times = walks[taken], len(drawn_bits)
            half.add_visits(journey, len(journey.steps), _sales(journey, drawn_bits), times)
            totals.rows += journey.rows[-1] * times
            totals.conversions += journey.conversions[-1] * times
    totals.regulars |= _as_bits(people, traffic.regulars.count)
    totals.known |= _as_bits({who for who in people if who % traffic.sitemap.known == 0}, traffic.regulars.count)


def _as_bits(people: set[int], count: int) -> int:
    bits = bytearray(count // 8 + 1)
    for who in people:
        bits[who >> 3] |= 1 << (who & 7)
    return int.from_bytes(bits, "little")
