"""Visits: steps, journeys, orders with their totals, and one visit with all data that answers are computed from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from operator import add, sub
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from matomo_tui.demo.catalog import Device, Kind, Referrer
from matomo_tui.demo.hashing import mix
from matomo_tui.demo.traffic.people import Person
from matomo_tui.demo.world import StoredGoal, StoredSite

_FREE_SHIPPING = 150
_SHIPPING = 4.9
_VAT = 0.19
CONVERSIONS = frozenset({"goal", "ecommerceOrder", "ecommerceAbandonedCart"})
_COUNTED = frozenset({"action", "search", "download", "outlink", "event"})
INTERACTIONS = frozenset({"action", "search"})


class Item(Struct, frozen=True):
    sku: str
    name: str
    category: str
    price: float
    quantity: int


class Sale(NamedTuple):
    revenue: float = 0.0
    subtotal: float = 0.0
    tax: float = 0.0
    shipping: float = 0.0
    discount: float = 0.0
    items: int = 0

    def plus(self, other: Sale) -> Sale:
        return Sale(*map(add, self, other))


NOTHING_SOLD = Sale()
GoalKey = int | str
"""A goal's id, ``ecommerceOrder`` or ``ecommerceAbandonedCart``."""


class Cart(Struct, frozen=True):
    """A cart or an order (``order_id``); ``tax`` is included in prices, ``paid`` overrides the computed total."""

    items: tuple[Item, ...]
    order_id: str = ""
    shipping: float = 0
    tax: float = 0
    discount: float = 0
    paid: float | None = None

    @property
    def subtotal(self) -> float:
        return round(sum(item.price * item.quantity for item in self.items), 2)

    @property
    def revenue(self) -> float:
        if self.paid is not None:
            return self.paid
        return round(self.subtotal + self.shipping - self.discount, 2)

    @property
    def sale(self) -> Sale:
        return Sale(self.revenue, self.subtotal, self.tax, self.shipping, self.discount, self.quantity)

    @property
    def quantity(self) -> int:
        return sum(item.quantity for item in self.items)


class VisitStep(Struct, frozen=True):
    """One step of a visit. The meaning of the text fields depends on ``kind``, as in the sitemap's ``Extra``."""

    kind: Kind
    url: str = ""
    title: str = ""
    category: str = ""
    action: str = ""
    name: str = ""
    target: str = ""
    value: float | None = None
    goal: StoredGoal | None = None
    revenue: float = 0
    cart: Cart | None = None


class Journey:
    """Steps with their offsets in seconds, and running counts; immutable.

    ``actions``, ``interactions``, ``rows`` (all steps except conversions, which Matomo's live counters count as
    actions) and ``conversions`` hold the count after each number of steps, from 0 on.
    """

    def __init__(self, offsets: Sequence[int], steps: Sequence[VisitStep]) -> None:
        self.offsets = tuple(offsets)
        self.steps = tuple(steps)
        kinds = [step.kind for step in steps]
        self.duration = self.offsets[-1]
        self.conversions = _running(kinds, CONVERSIONS)
        self.rows = tuple(map(sub, range(len(kinds) + 1), self.conversions))
        self.order = kinds.index("ecommerceOrder") if "ecommerceOrder" in kinds else None

    @cached_property
    def actions(self) -> tuple[int, ...]:
        return _running([step.kind for step in self.steps], _COUNTED)

    @cached_property
    def interactions(self) -> tuple[int, ...]:
        return _running([step.kind for step in self.steps], INTERACTIONS)

    def seen(self, elapsed: float) -> int:
        return bisect_right(self.offsets, elapsed)


def _running(kinds: Sequence[Kind], counted: frozenset[str]) -> tuple[int, ...]:
    """How many of the first n ``kinds`` are ``counted``, for each n from 0 on."""
    return tuple(accumulate(map(counted.__contains__, kinds), initial=0))


def seconds_spent(steps: Sequence[VisitStep], offsets: Sequence[int], index: int) -> int:
    """Seconds from a step until the next page view or search, or else until the last step."""
    for following in range(index + 1, len(steps)):
        if steps[following].kind in INTERACTIONS:
            return offsets[following] - offsets[index]
    return offsets[len(steps) - 1] - offsets[index]


def _priced(cart: Cart, bits: int) -> tuple[list[int], Sale]:
    """Quantities and totals of one visitor's order of the contents of ``cart``."""
    quantities = [item.quantity + (bits >> index * 4 & 15 == 7) for index, item in enumerate(cart.items)]
    subtotal = round(sum(item.price * many for item, many in zip(cart.items, quantities, strict=True)), 2)
    shipping = 0 if subtotal >= _FREE_SHIPPING else _SHIPPING
    discount = round(subtotal / 10, 2) if bits >> 40 & 7 == 3 else 0
    tax = round(subtotal * _VAT / (1 + _VAT), 2)
    return quantities, Sale(
        round(subtotal + shipping - discount, 2), subtotal, tax, shipping, discount, sum(quantities)
    )


def order(cart: Cart, number: int, bits: int) -> Cart:
    """The order that the visit ``number`` with these bits makes of a journey's ``cart``."""
    quantities, figures = _priced(cart, mix(bits))
    items = tuple(replace(item, quantity=many) for item, many in zip(cart.items, quantities, strict=True))
    name = f"LO-{number % 9_000_000 + 1_000_000}"
    return Cart(items, name, figures.shipping, figures.tax, figures.discount)


def sale(cart: Cart, bits: int) -> Sale:
    return _priced(cart, mix(bits))[1]


class Past(Struct, frozen=True):
    """A visitor's earlier visits; times are epochs, ``None`` for none."""

    visits: int = 0
    first: int | None = None
    last: int | None = None
    last_order: int | None = None
    orders: int = 0
    revenue: float = 0
    items: int = 0


NO_PAST = Past()


class SimulatedVisit:
    """A visit of which ``seen`` steps have happened; ``outline`` is the journey without what is the visit's own."""

    who: int | str | None
    """Identifies the visitor among those of the site; ``None`` for a one-time visitor."""

    def __init__(self, number: int, site: StoredSite, start: int, seen: int, outline: Journey) -> None:
        self.id = number
        self.site = site
        self.start = start
        self.seen = seen
        self.outline = outline

    @cached_property
    def journey(self) -> Journey:
        """The whole journey, including future steps."""
        return self.outline

    @cached_property
    def person(self) -> Person:
        raise NotImplementedError

    @cached_property
    def source(self) -> Referrer:
        raise NotImplementedError

    @cached_property
    def past(self) -> Past:
        raise NotImplementedError

    @property
    def device(self) -> Device:
        return self.person.device

    @cached_property
    def steps(self) -> tuple[VisitStep, ...]:
        return self.journey.steps[: self.seen]

    @property
    def last(self) -> int:
        return self.start + self.outline.offsets[self.seen - 1]

    @property
    def actions(self) -> int:
        """Page views, searches, downloads, outlinks and events up to now."""
        return self.outline.actions[self.seen]

    @property
    def interactions(self) -> int:
        """Page views and searches up to now."""
        return self.outline.interactions[self.seen]

    def counts_since(self, epoch: int) -> tuple[int, int]:
        """All steps except conversions, and conversions, from an epoch up to now."""
        outline = self.outline
        skipped = bisect_left(outline.offsets, epoch - self.start) if epoch > self.start else 0
        rows, conversions = outline.rows, outline.conversions
        return rows[self.seen] - rows[skipped], conversions[self.seen] - conversions[skipped]

    @property
    def converted(self) -> bool:
        return any(step.kind in ("goal", "ecommerceOrder") for step in self.steps)

    @property
    def duration(self) -> int:
        """Matomo's visit duration in seconds: 0 for a single action."""
        return visit_length(self.last - self.start)


def visit_length(span: int) -> int:
    """Matomo's visit duration from the seconds between the first and the last action."""
    return span + 1 if span else 0
