"""Rounding of ratios and amounts as Matomo rounds them."""

from __future__ import annotations

from math import copysign, floor

NO_DECIMALS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "HUF"})
"""Currencies without cents."""
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
