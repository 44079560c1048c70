"""Matomo's periods and dates, resolved to days in a site's time zone."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from matomo_tui.demo.catalog.lists import zone
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.version import V5_0

_PERIODS = ("day", "week", "month", "year", "range")
_WORDS = {"today": 0, "now": 0, "yesterday": 1, "yesterdaySameTime": 1, "lastWeek": 7, "lastMonth": 30, "lastYear": 365}
_BACK = re.compile(r"(last|previous)(\d{1,9})")
_MOST = {"day": 3660, "week": 520, "month": 240, "year": 30, "range": 3660}
_YEARS = range(1990, 2101)


@dataclass(frozen=True, slots=True)
class DemoPeriod:
    """The days from ``first`` to ``last`` (included). ``key`` is Matomo's name of the period in answers."""

    name: str
    first: date
    last: date

    @property
    def key(self) -> str:
        """``2026-11-17``, ``2026-11-02,2026-11-08``, ``2026-10`` or ``2026``."""
        if self.name == "day":
            return self.first.isoformat()
        if self.name == "month":
            return f"{self.first:%Y-%m}"
        if self.name == "year":
            return f"{self.first:%Y}"
        return f"{self.first.isoformat()},{self.last.isoformat()}"


def epoch(day: date, timezone: str) -> int:
    """The epoch at which ``day`` begins in the zone."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone(timezone)).timestamp())


def today(now: float, timezone: str) -> date:
    return datetime.fromtimestamp(now, zone(timezone)).date()


def parse(period: str, text: str, current: date) -> tuple[list[DemoPeriod], bool]:
    """The periods that ``period`` and ``date`` denote, and whether the answer is keyed by them.

    Raises ``ApiError`` for invalid values.
    """
    refuse_if(period not in _PERIODS, "period", period=period, periods=", ".join(_PERIODS))
    back = _BACK.fullmatch(text)
    if back is not None or "," in text:
        if back is not None:
            end = current if back[1] == "last" else _shift(period, current, -1)
            begin = _shift(period, end, 1 - min(max(1, int(back[2])), _MOST[period]))
        else:
            start_text, _, end_text = text.partition(",")
            begin, end = _day(start_text, current), _day(end_text, current)
        if period == "range":
            return [DemoPeriod("range", begin, end)], False
        return _run(period, begin, end), True
    return [containing(period, _day(text, current))], False


def containing(period: str, day: date) -> DemoPeriod:
    """The period of that kind that contains ``day``."""
    if period == "week":
        first = day - timedelta(days=day.weekday())
        return DemoPeriod(period, first, first + timedelta(days=6))
    if period == "month":
        return DemoPeriod(period, day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))
    if period == "year":
        return DemoPeriod(period, day.replace(month=1, day=1), day.replace(month=12, day=31))
    return DemoPeriod(period, day, day)


def before(period: DemoPeriod, count: int = 1) -> DemoPeriod:
    """The period ``count`` earlier; before a range comes the range of the same length that ends the day before it."""
    if period.name == "range":
        length = (period.last - period.first).days + 1
        return DemoPeriod("range", period.first - timedelta(length * count), period.last - timedelta(length * count))
    return containing(period.name, _shift(period.name, period.first, -count))


def _run(period: str, begin: date, end: date) -> list[DemoPeriod]:
    found = [containing(period, begin)]
    while found[-1].last < end and len(found) < _MOST[period]:
        found.append(containing(period, found[-1].last + timedelta(days=1)))
    return found


def _shift(period: str, day: date, count: int) -> date:
    if period in ("day", "range"):
        return day + timedelta(days=count)
    if period == "week":
        return day + timedelta(days=7 * count)
    months = day.year * 12 + day.month - 1 + count * (12 if period == "year" else 1)
    return date(months // 12, months % 12 + 1, 1)


def _day(text: str, current: date) -> date:
    if text in _WORDS:
        return current - timedelta(days=_WORDS[text])
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    refuse_if(day.year not in _YEARS, "date", manual=V5_0.php_manual)
    return day
