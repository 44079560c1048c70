"""The contents of visits: steps, journeys, and orders with their totals."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import add
from typing import NamedTuple

from matomo_tui.demo.catalog.sitemap import Kind
from matomo_tui.demo.entities import StoredGoal
from matomo_tui.demo.hashing import mix

CONVERSIONS = frozenset({"goal", "ecommerceOrder", "ecommerceAbandonedCart"})
_COUNTED = frozenset({"action", "search", "download", "outlink", "event"})
INTERACTIONS = frozenset({"action", "search"})


@dataclass(frozen=True, slots=True)
class Item:
    """A product in a cart or an order."""

    sku: str
    name: str
    category: str
    price: float
    quantity: int


class Sale(NamedTuple):
    """The totals of an order and its quantity; ``tax`` is included in the prices."""

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


@dataclass(frozen=True, slots=True)
class Cart:
    """The contents and totals of a cart or an order; ``order_id`` is empty for a cart.

    ``tax`` is included in the prices. ``paid`` overrides the computed total with that of a hit.
    """

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


@dataclass(frozen=True, slots=True)
class VisitStep:
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
        self.actions = (0, *accumulate(int(kind in _COUNTED) for kind in kinds))
        self.interactions = (0, *accumulate(int(kind in INTERACTIONS) for kind in kinds))
        self.rows = (0, *accumulate(int(kind not in CONVERSIONS) for kind in kinds))
        self.conversions = (0, *accumulate(int(kind in CONVERSIONS) for kind in kinds))
        self.order = kinds.index("ecommerceOrder") if "ecommerceOrder" in kinds else None

    def seen(self, elapsed: float) -> int:
        """The number of steps within ``elapsed`` seconds of the visit's start."""
        return bisect_right(self.offsets, elapsed)


def seconds_spent(steps: Sequence[VisitStep], offsets: Sequence[int], index: int) -> int:
    """Seconds from a step until the next page view or search, or else until the last step."""
    for following in range(index + 1, len(steps)):
        if steps[following].kind in INTERACTIONS:
            return offsets[following] - offsets[index]
    return offsets[len(steps) - 1] - offsets[index]


_FREE_SHIPPING = 150
_SHIPPING = 4.9
_VAT = 0.19


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
    """The totals of :func:`order`, without building it."""
    return _priced(cart, mix(bits))[1]
