"""Periods, times, numbers and money as Matomo's API reads and writes them, in a site's time zone and currency."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, cast
from zoneinfo import ZoneInfo

from msgspec import Struct

from matomo_tui.demo.data import load
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.http import decoded
from matomo_tui.demo.options import V5_0

_PERIODS = ("day", "week", "month", "year", "range")
_WORDS = {"today": 0, "now": 0, "yesterday": 1, "yesterdaySameTime": 1, "lastWeek": 7, "lastMonth": 30, "lastYear": 365}
_BACK = re.compile(r"(last|previous)(\d{1,9})")
_MOST = {"day": 3660, "week": 520, "month": 240, "year": 30, "range": 3660}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def timezones() -> dict[str, dict[str, str]]:
    return cast("dict[str, dict[str, str]]", load("timezones"))


@cache
def timezone_name(name: str) -> str:
    return next((zones[name] for zones in timezones().values() if name in zones), name)


@cache
def zone(name: str) -> tzinfo:
    """The zone for one of Matomo's names: ``Europe/Berlin``, ``UTC``, ``UTC+5.75``."""
    if name == "UTC":
        return UTC
    if name.startswith("UTC"):
        return timezone(timedelta(hours=float(name[3:])))
    return ZoneInfo(name)


def zone_offset(name: str, at: int) -> int:
    """The UTC offset of a zone in seconds at the epoch ``at``."""
    offset = datetime.fromtimestamp(at, zone(name)).utcoffset()
    return round(offset.total_seconds()) if offset else 0


def currencies() -> dict[str, str]:
    """Code → name and symbol: ``EUR`` → ``Euro (€)``."""
    return cast("dict[str, str]", load("currencies"))


def currency_name(code: str) -> str:
    return currencies().get(code, f"{code} (").rpartition(" (")[0]


def symbol(code: str) -> str:
    found = currencies().get(code)
    return code if found is None else found.rpartition(" (")[2].removesuffix(")")


_YEARS = range(1990, 2101)


class DemoPeriod(Struct, frozen=True):
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
    return int(datetime(day.year, day.month, day.day, tzinfo=zone(timezone)).timestamp())


def today(now: float, timezone: str) -> date:
    return datetime.fromtimestamp(now, zone(timezone)).date()


def parse(period: str, text: str, current: date) -> tuple[list[DemoPeriod], bool]:
    """The periods of ``period`` and ``date``, and whether the answer is keyed by them. Raises ``ApiError``."""
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


_MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June", "July", "August", "September")
_MONTHS += ("October", "November", "December")


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
    day = time.gmtime(local)
    return f"{_WEEKDAYS[day.tm_wday]}, {_MONTHS[day.tm_mon - 1]} {day.tm_mday}, {day.tm_year}"


def short_date(local: int) -> str:
    day = time.gmtime(local)
    return f"{_MONTHS[day.tm_mon - 1][:3]} {day.tm_mday}, {day.tm_year}"


def iso_date(utc: int) -> str:
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
    text = f"{change * 100:,.1f}"
    return f"{text.removesuffix('.0')}%"


Column = Callable[[Any], Any]
_CODES: Mapping[str, Callable[[Any], Any]] = {"#": number, "=": int, "&": decoded, "@": written}
_COLUMNS: dict[str, tuple[tuple[str, bool, Column], ...]] = {}


def declared(kind: str, view: object, computed: Mapping[str, Column] = MappingProxyType({})) -> dict[str, Any]:
    """An object's columns in answers, as declared in ``answers.json``.

    A name is a dotted attribute, or one of ``computed``; a text with braces is a template of such values (``null`` if
    one of them is), ``'`` begins a constant. Numbers that are rounded begin with ``#``, whole ones with ``=``, texts to
    decode with ``&``, epochs with ``@``. A column with a question mark is left out if it is empty.
    """
    if kind not in _COLUMNS:
        rows = load("answers")[kind].items()
        _COLUMNS[kind] = tuple((name.rstrip("?"), name.endswith("?"), _column(text, computed)) for name, text in rows)
    row = {}
    for name, optional, column in _COLUMNS[kind]:
        value = column(view)
        if not optional or value not in (None, ""):
            row[name] = value
    return row


def _column(text: Any, computed: Mapping[str, Column]) -> Column:
    if not isinstance(text, str) or text.startswith("'"):
        constant = text[1:] if isinstance(text, str) else text
        return lambda _: constant
    if text[0] in _CODES:
        exact, code = attrgetter(text[1:]), _CODES[text[0]]
        return lambda view: None if exact(view) is None else code(exact(view))
    names = re.findall(r"\{([\w.]+)\}", text)
    if not names:
        return computed.get(text) or attrgetter(text)
    values, template = [computed.get(name) or attrgetter(name) for name in names], re.sub(r"\{[\w.]+\}", "{}", text)

    def formatted(view: object) -> str | None:
        found = [value(view) for value in values]
        return None if None in found else template.format(*found).rstrip()

    return formatted
