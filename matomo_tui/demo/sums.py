"""Adds visits up: single ones as far as they have come, and whole stretches of time without drawing each visit."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from matomo_tui.demo.totals import Totals
from matomo_tui.demo.traffic.daily_curve import SLOTS
from matomo_tui.demo.traffic.journeys import Journeys
from matomo_tui.demo.traffic.model import Sketch, Traffic
from matomo_tui.demo.traffic.orders import sale
from matomo_tui.demo.traffic.people import ONCE
from matomo_tui.demo.traffic.steps import Journey, Sale
from matomo_tui.demo.traffic.visit import SimulatedVisit


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
