"""Rounding of ratios and amounts as Matomo rounds them."""

from __future__ import annotations

from math import copysign, floor

_NO_DECIMALS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF"})
"""Currencies without cents."""
COINS = frozenset({"BTC", "XBT", "₿"})
"""Currencies used in hundred millionths, which keep their digits."""
_HIGHEST = 1e12
"""Limit for ratios; a server may send any number that a float can hold."""


def tenths(fraction: float) -> float:
    """``fraction`` in percent to one decimal, with half rounded away from zero as Matomo does: 38.5 for 0.3846.
    Infinity gives a very large number, NaN gives 0."""
    size = min(abs(fraction), _HIGHEST) if fraction == fraction else 0.0
    return copysign(floor(size * 1000 + 0.5 + 1e-9) / 10, fraction)


def whole_percent(fraction: float) -> int:
    """``fraction`` in whole percent, rounded from :func:`tenths`: 39 for 0.385 and for 0.3846, which Matomo sends as
    38.5 %. The same ratio therefore reads the same everywhere."""
    size = tenths(fraction)
    return int(copysign(floor(abs(size) + 0.5), size))


def all_digits(value: float) -> str:
    """All digits of a value without blanks or exponent, in groups: ``1,234,567.25``, ``0.00001``. One that is too large
    or too small to be read that way keeps its exponent."""
    if value and not 1e-9 <= abs(value) < 1e15:
        return f"{value:g}"
    digits, _, exponent = repr(float(value)).partition("e")
    decimals = len(digits.partition(".")[2].rstrip("0")) - int(exponent or 0)
    return f"{value:,.{max(0, decimals)}f}"


def whole(value: float) -> float:
    """``value`` without decimals, with half rounded away from zero: 3 for 2.5."""
    return copysign(floor(abs(value) + 0.5), value)


def hundredths(fraction: float) -> int:
    """``fraction`` in whole percent, rounded once, as Matomo rounds a rate that it stores with two decimals: 38 for
    0.3846."""
    size = min(abs(fraction), _HIGHEST) if fraction == fraction else 0.0
    return int(copysign(floor(size * 100 + 0.5 + 1e-9), fraction))


def amount(value: float, currency: str, *, cents: bool = True) -> str:
    """The digits of an amount: ``20.50``, without ``cents`` ``20``; ``1,204`` yen, and ``0.00412345`` bitcoins."""
    if currency in COINS:
        before, _, after = f"{value:,.8f}".partition(".")
        return ".".join(filter(None, (before, after.rstrip("0"))))
    return f"{value:,.2f}" if cents and currency not in _NO_DECIMALS else f"{whole(value):,.0f}"
