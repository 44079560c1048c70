"""Numbers, money, times and periods in the format of Matomo's API."""

from __future__ import annotations

import time
from datetime import date

from matomo_tui.demo.catalog.lists import symbol
from matomo_tui.demo.periods import DemoPeriod

_MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June", "July", "August", "September")
_MONTHS += ("October", "November", "December")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def number(value: float, digits: int = 2) -> int | float:
    """A number as PHP encodes it: without a fraction if whole."""
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def money(value: float, currency: str) -> str:
    """``€20`` or ``€36.66``."""
    amount = f"{value:,.2f}"
    return symbol(currency) + (amount[:-3] if amount.endswith(".00") else amount)


def duration(seconds: int) -> str:
    """``53s``, ``1 min 34s``, ``1 hours 2 min``."""
    if seconds < 60:
        return f"{seconds}s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest}s"
    return f"{minutes // 60} hours {minutes % 60} min"


def clock(local: int) -> str:
    """``13:30:03`` of a local epoch (UTC epoch plus the zone's offset)."""
    seconds = local % 86_400
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def long_date(local: int) -> str:
    """``Monday, November 23, 2026``."""
    day = time.gmtime(local)
    return f"{_WEEKDAYS[day.tm_wday]}, {_MONTHS[day.tm_mon - 1]} {day.tm_mday}, {day.tm_year}"


def short_date(local: int) -> str:
    """``Nov 23, 2026``."""
    day = time.gmtime(local)
    return f"{_MONTHS[day.tm_mon - 1][:3]} {day.tm_mday}, {day.tm_year}"


def iso_date(utc: int) -> str:
    """``2026-11-23``."""
    day = time.gmtime(utc)
    return f"{day.tm_year}-{day.tm_mon:02d}-{day.tm_mday:02d}"


def written(at: float) -> str:
    """``2026-11-23 13:30:03`` of an epoch, in UTC, as in Matomo's database."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))


def rate(part: float, whole: float, *, formatted: bool, digits: int = 0) -> str | int | float:
    """A ratio: ``"38%"``, or ``0.38`` without formatting."""
    share = part / whole if whole else 0.0
    if not formatted:
        return number(share, 2 + digits)
    return f"{number(share * 100, digits)}%"


def _short(day: date) -> str:
    return f"{_MONTHS[day.month - 1][:3]} {day.day}"


def short_period(period: DemoPeriod) -> str:
    """``Sun, Nov 22``, ``Nov 16 – 22, 2026``, ``Nov 2026``, ``2026``."""
    first, last = period.first, period.last
    if period.name == "day":
        return f"{_WEEKDAYS[first.weekday()][:3]}, {_short(first)}"
    if period.name == "month":
        return f"{_MONTHS[first.month - 1][:3]} {first.year}"
    if period.name == "year":
        return str(first.year)
    end = str(last.day) if (first.year, first.month) == (last.year, last.month) else _short(last)
    return f"{_short(first)} – {end}, {last.year}"


def percent(change: float) -> str:
    """``203.3%``, ``-50%``."""
    text = f"{change * 100:,.1f}"
    return f"{text.removesuffix('.0')}%"
