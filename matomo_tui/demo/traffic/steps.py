"""What happens within a visit: steps, and the journey they make."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from matomo_tui.demo.catalog.sitemap import Kind
from matomo_tui.demo.world import StoredGoal

CONVERSIONS = frozenset({"goal", "ecommerceOrder", "ecommerceAbandonedCart"})
_COUNTED = frozenset({"action", "search", "download", "outlink", "event"})
_INTERACTIONS = frozenset({"action", "search"})


@dataclass(frozen=True, slots=True)
class Item:
    """A product in a cart or an order."""

    sku: str
    name: str
    category: str
    price: float
    quantity: int


class Sale(NamedTuple):
    """What an order comes to, and how many things are in it; ``tax`` is part of the prices."""

    revenue: float = 0.0
    subtotal: float = 0.0
    tax: float = 0.0
    shipping: float = 0.0
    discount: float = 0.0
    items: int = 0

    def plus(self, other: Sale) -> Sale:
        """Both together."""
        return Sale(
            self.revenue + other.revenue,
            self.subtotal + other.subtotal,
            self.tax + other.tax,
            self.shipping + other.shipping,
            self.discount + other.discount,
            self.items + other.items,
        )


@dataclass(frozen=True, slots=True)
class Cart:
    """The contents of a cart or an order, and what they come to; ``order_id`` is empty for a cart.

    ``tax`` is part of the prices. ``paid`` replaces the computed sum where a hit named one.
    """

    items: tuple[Item, ...]
    order_id: str = ""
    shipping: float = 0
    tax: float = 0
    discount: float = 0
    paid: float | None = None

    @property
    def subtotal(self) -> float:
        """The items alone."""
        return round(sum(item.price * item.quantity for item in self.items), 2)

    @property
    def revenue(self) -> float:
        """What the whole comes to."""
        if self.paid is not None:
            return self.paid
        return round(self.subtotal + self.shipping - self.discount, 2)

    @property
    def sale(self) -> Sale:
        """The cart as figures."""
        return Sale(self.revenue, self.subtotal, self.tax, self.shipping, self.discount, self.quantity)

    @property
    def quantity(self) -> int:
        """How many things are in it."""
        return sum(item.quantity for item in self.items)


@dataclass(frozen=True, slots=True)
class VisitStep:
    """One thing that happened. What the text fields mean depends on ``kind``, as in the sitemap's ``Extra``."""

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
    """Steps with the seconds after the visit began, and how their counts grow; immutable.

    ``actions``, ``interactions``, ``rows`` (all but conversions: what Matomo counts as actions in its live
    counters) and ``conversions`` hold the count after each number of steps, from none on.
    """

    __slots__ = (
        "actions",
        "conversions",
        "converting",
        "duration",
        "interactions",
        "offsets",
        "order",
        "rows",
        "steps",
    )

    def __init__(self, offsets: Sequence[int], steps: Sequence[VisitStep]) -> None:
        self.offsets = tuple(offsets)
        self.steps = tuple(steps)
        kinds = [step.kind for step in steps]
        self.duration = self.offsets[-1]
        self.actions = (0, *accumulate(int(kind in _COUNTED) for kind in kinds))
        self.interactions = (0, *accumulate(int(kind in _INTERACTIONS) for kind in kinds))
        self.rows = (0, *accumulate(int(kind not in CONVERSIONS) for kind in kinds))
        self.conversions = (0, *accumulate(int(kind in CONVERSIONS) for kind in kinds))
        self.converting = tuple(index for index, kind in enumerate(kinds) if kind in CONVERSIONS)
        self.order = kinds.index("ecommerceOrder") if "ecommerceOrder" in kinds else None

    def seen(self, elapsed: float) -> int:
        """How many steps have happened ``elapsed`` seconds after the visit began."""
        return bisect_right(self.offsets, elapsed)
