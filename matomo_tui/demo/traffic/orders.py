"""What is bought: the same journey does not buy the same for everybody."""

from __future__ import annotations

from dataclasses import replace

from matomo_tui.demo.hashing import mix
from matomo_tui.demo.traffic.steps import Cart, Sale

_FREE_SHIPPING = 150
_SHIPPING = 4.9
_VAT = 0.19


def _priced(cart: Cart, bits: int) -> tuple[list[int], Sale]:
    """Quantities and figures of one visitor's order of what is in ``cart``."""
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
    """What :func:`order` comes to, without making it."""
    return _priced(cart, mix(bits))[1]
