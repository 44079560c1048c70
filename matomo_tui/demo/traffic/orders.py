"""What is bought: the same journey does not buy the same for everybody."""

from __future__ import annotations

from dataclasses import replace

from matomo_tui.demo.mixing import mix
from matomo_tui.demo.traffic.steps import Cart

_FREE_SHIPPING = 150
_SHIPPING = 4.9
_VAT = 0.19


def _prices(cart: Cart, bits: int) -> tuple[list[int], float, float, float]:
    """Quantities, subtotal, shipping and discount of one visitor's order of what is in ``cart``."""
    quantities = [item.quantity + (bits >> index * 4 & 15 == 7) for index, item in enumerate(cart.items)]
    subtotal = sum(item.price * quantity for item, quantity in zip(cart.items, quantities, strict=True))
    shipping = 0 if subtotal >= _FREE_SHIPPING else _SHIPPING
    return quantities, subtotal, shipping, round(subtotal / 10, 2) if bits >> 40 & 7 == 3 else 0


def order(cart: Cart, number: int, bits: int) -> Cart:
    """The order that a visit with these bits makes of a journey's ``cart``."""
    quantities, subtotal, shipping, discount = _prices(cart, mix(bits))
    items = tuple(replace(item, quantity=many) for item, many in zip(cart.items, quantities, strict=True))
    tax = round(subtotal * _VAT / (1 + _VAT), 2)
    return Cart(items, f"LO-{number % 9_000_000 + 1_000_000}", shipping, tax, discount)


def revenue(cart: Cart, bits: int) -> float:
    """What :func:`order` comes to, without making it."""
    _, subtotal, shipping, discount = _prices(cart, mix(bits))
    return round(round(subtotal, 2) + shipping - discount, 2)
