"""Dates and changes in words, as Matomo writes them."""

from __future__ import annotations

from datetime import date

from matomo_tui.demo.periods import DemoPeriod

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June", "July", "August")
_LONG_MONTHS += ("September", "October", "November", "December")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _short(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.day}"


def short_period(period: DemoPeriod) -> str:
    """``Sun, Nov 22``, ``Nov 16 – 22, 2026``, ``Nov 2026``, ``2026``."""
    first, last = period.first, period.last
    if period.name == "day":
        return f"{_DAYS[first.weekday()][:3]}, {_short(first)}"
    if period.name == "month":
        return f"{_MONTHS[first.month - 1]} {first.year}"
    if period.name == "year":
        return str(first.year)
    end = str(last.day) if (first.year, first.month) == (last.year, last.month) else _short(last)
    return f"{_short(first)} – {end}, {last.year}"


def long_period(period: DemoPeriod) -> str:
    """``Sunday, November 22, 2026``; other periods as :func:`short_period`, with the month whole."""
    first = period.first
    if period.name == "day":
        return f"{_DAYS[first.weekday()]}, {_LONG_MONTHS[first.month - 1]} {first.day}, {first.year}"
    if period.name == "month":
        return f"{_LONG_MONTHS[first.month - 1]} {first.year}"
    return short_period(period)


def percent(change: float) -> str:
    """``203.3%``, ``-50%``."""
    text = f"{change * 100:,.1f}"
    return f"{text.removesuffix('.0')}%"
