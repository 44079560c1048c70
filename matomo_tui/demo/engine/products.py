"""What was bought, or left in a cart, by product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.journey_stats import facts_of
from matomo_tui.demo.engine.selection import Selection
from matomo_tui.demo.traffic.steps import Item


@dataclass(slots=True)
class Sold:
    """One product: money, pieces, and in how many orders."""

    revenue: float = 0.0
    quantity: int = 0
    orders: int = 0

    def merge(self, other: Sold) -> None:
        """Take another one in."""
        self.revenue += other.revenue
        self.quantity += other.quantity
        self.orders += other.orders


class Products:
    """Sums by name, SKU or category."""

    def __init__(self, key_of: Callable[[Item], str]) -> None:
        self._key_of = key_of
        self.sold: dict[str, Sold] = {}

    def add(self, items: Iterable[Item], times: int = 1) -> None:
        """Take ``times`` orders of these items in; a key that is in one of them twice counts once."""
        keys = set()
        for item in items:
            key = self._key_of(item)
            found = self.sold.setdefault(key, Sold())
            found.revenue += item.price * item.quantity * times
            found.quantity += item.quantity * times
            keys.add(key)
        for key in keys:
            self.sold[key].orders += times


async def products_of(
    selection: Selection, key_of: Callable[[Item], str], pieces: Yielder, *, left: bool
) -> Mapping[str, Sold]:
    """What was bought, or ``left`` in carts."""
    products = Products(key_of)
    carts: Counter[int] = Counter()
    async for day in selection.days():
        for part in day.parts:
            if left:
                carts.update(part.take(part.block.keys))
            else:
                for _, cart in part.carts():
                    products.add(cart.items)
        for visit in day.others:
            facts = facts_of(visit)
            seen = facts.left if left else facts.order
            products.add(seen.items if seen else ())
        await pieces.pause()
    for key, times in carts.items():
        cart_left = selection.generator.facts[key].left if selection.generator is not None else None
        if cart_left is not None:
            products.add(cart_left.items, times)
    return products.sold
