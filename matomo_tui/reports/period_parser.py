"""Parses a typed period: dates, words, and the program's own labels."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from matomo_tui.api.calls import PeriodKind
from matomo_tui.reports.periods import EARLIEST, Period

_LATEST_YEAR = 2200
_LEAP_DAYS_APART = 8
"""The most years from one 29 February to the next."""
_LONG_YEARS_APART = 7
"""The most years from one with a week 53 to the next."""
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS: dict[str, PeriodKind] = {"day": "day", "week": "week", "month": "month", "year": "year"}

_LAST = re.compile(r"(last|previous) ?(\d{1,4}) ?(days?|weeks?|months?|years?)?", re.ASCII)
_NAMED = re.compile(r"(this|current|last|previous) ?(day|week|month|year)")
_WEEK = re.compile(r"(\d{4})-?w(\d{1,2})", re.ASCII)
_WEEK_NAMED = re.compile(r"week (\d{1,2})(?:,? (\d{4})|, (.+))?", re.ASCII)
_ISO_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_NAMED_DAY = re.compile(r"(?:([a-z]{3,9}),? )?(\d{1,2})\.? ([a-z]{3,9})(?: (\d{4}))?", re.ASCII)
_NAMED_MONTH = re.compile(r"([a-z]{3,9})(?: (\d{4}))?", re.ASCII)
_WITHIN_A_MONTH = re.compile(r"(\d{1,2}) ?[–-] ?(\d{1,2} [a-z]{3,9}(?: \d{4})?)", re.ASCII)
_SEPARATORS = (",", "..", " to ", " – ", " - ")


def parse(text: str, today: date) -> Period:
    """The period that ``text`` names; ``today`` is the date in the site's time zone.

    Takes a day (``2026-11-22``, ``22 Nov 2026``, ``today``, ``yesterday``), a week (``2026-W47``, ``week 47``), a month
    (``2026-11``, ``November``), a year (``2026``), a range (``2026-11-01,2026-11-10``, ``1–10 Nov 2026``, ``last30``,
    ``previous7``, ``last 3 months``), ``this week``, ``last month`` and the like, and every :meth:`Period.label`.
    Without a year it is the latest such period that has begun. Raises ``ValueError`` with a sentence for the user.
    """
    words = " ".join(text.strip().lower().split())
    if not words:
        raise ValueError("Type a date, such as 2026-11-22, 2026-11, yesterday or last30.")
    if len(words) > 60:
        raise ValueError("The text is too long for a date.")
    try:
        period = _parsed(words, today)
    except (ValueError, OverflowError):
        period = None
    if period is None:
        raise ValueError(
            f"{text.strip()!r} is not a date: write 2026-11-22, 2026-11, 2026-W47, 2026, "
            "2026-11-01,2026-11-10, today, yesterday, last30 or last month."
        )
    if period.first > today:
        now = Period(today, today, "range").label()
        raise ValueError(f"{period.label()} is after today, {now} in the site's time zone.")
    if period.last < EARLIEST:
        raise ValueError(f"Matomo has no reports before {Period(EARLIEST, EARLIEST, 'range').label()}.")
    if period.kind == "range":
        return Period(max(period.first, EARLIEST), min(period.last, today), "range")
    return period


def _parsed(words: str, today: date) -> Period | None:
    if match := _WEEK_NAMED.fullmatch(words):
        return _week_named(match, today)
    if match := _LAST.fullmatch(words):
        return _last(match[1], int(match[2]), _UNITS[(match[3] or "day").removesuffix("s")], today)
    if _NAMED_DAY.fullmatch(words):
        return Period.containing("day", _one_day(words, today))
    if match := _NAMED.fullmatch(words):
        current = Period.containing(_UNITS[match[2]], today)
        return current if match[1] in ("this", "current") else current.previous()
    if match := _WEEK.fullmatch(words):
        return Period.containing("week", date.fromisocalendar(_year(match[1]), int(match[2]), 1))
    if re.fullmatch(r"\d{4}", words, re.ASCII):
        return Period.containing("year", date(_year(words), 1, 1))
    if match := _ISO_MONTH.fullmatch(words):
        return Period.containing("month", date(_year(match[1]), int(match[2]), 1))
    if match := _NAMED_MONTH.fullmatch(words):
        if words in ("today", "now", "yesterday"):
            return Period.containing("day", _one_day(words, today))
        return Period.containing("month", _dated(1, match[1], match[2], today))
    return _range(words, today) or Period.containing("day", _one_day(words, today))


def _week_named(match: re.Match[str], today: date) -> Period | None:
    """``week 47``, ``week 47 2026``, ``week 47, 16–22 Nov 2026``; without a year the latest that has begun."""
    if match[3]:
        days = _range(match[3], today)
        return Period.containing("week", days.first) if days is not None else None
    if match[2]:
        return Period.containing("week", date.fromisocalendar(_year(match[2]), int(match[1]), 1))
    number, current = int(match[1]), today.isocalendar()
    for year in range(current.year, current.year - _LONG_YEARS_APART - 1, -1):
        # 28 December is in a year's last week, its 52nd or 53rd.
        if 1 <= number <= date(year, 12, 28).isocalendar().week and (year, number) <= (current.year, current.week):
            return Period.containing("week", date.fromisocalendar(year, number, 1))
    return None


def _range(words: str, today: date) -> Period | None:
    """The range between two days. If only the first has no year, it is in the year of the last, or if it would lie
    after that, in the year before; if only the last has none, it is the latest such day, or the next one after a first
    that is later. Days of one month may be in either order."""
    if match := _WITHIN_A_MONTH.fullmatch(words):
        named = _NAMED_DAY.fullmatch(match[2])
        if named is not None and not named[4]:
            return _latest_range((int(match[1]), named[3]), (int(named[2]), named[3]), today)
        last = _one_day(match[2], today)
        return Period.days_between(last.replace(day=int(match[1])), last)
    for separator in _SEPARATORS:
        begin, found, end = words.partition(separator)
        if found:
            begin, end = begin.strip(), end.strip()
            named, until = _NAMED_DAY.fullmatch(begin), _NAMED_DAY.fullmatch(end)
            if named is not None and until is not None and not (named[4] or until[4]):
                _check_weekdays(named[1], until[1])
                return _latest_range((int(named[2]), named[3]), (int(until[2]), until[3]), today)
            last = _one_day(end, today)
            if named is None or named[4]:
                first = _one_day(begin, today)
                if first > last and until is not None and not until[4] and first.month != last.month:
                    last = _next_day(first, last.month, last.day)
                return Period.days_between(first, last)
            first = _one_day(f"{begin} {last.year}", today)
            if first > last and first.month != last.month:
                first = _one_day(f"{begin} {last.year - 1}", today)
            return Period.days_between(first, last)
    return None


def _latest_range(begin: tuple[int, str], end: tuple[int, str], today: date) -> Period:
    """The latest range between two days without a year that has begun and whose days both exist. Each is a day and the
    name of its month. Raises ``ValueError``."""
    first, last = ((_index(month, _MONTHS) + 1, day) for day, month in (begin, end))
    if first[0] == last[0]:
        first, last = sorted((first, last))
    for year in range(today.year, today.year - _LEAP_DAYS_APART - 1, -1):
        ends = year + (first > last)
        if first[1] <= monthrange(year, first[0])[1] and last[1] <= monthrange(ends, last[0])[1]:
            found = Period.days_between(date(year, *first), date(ends, *last))
            if found.first <= today:
                return found
    raise ValueError(begin, end)


def _last(word: str, count: int, unit: PeriodKind, today: date) -> Period | None:
    """``last3`` with the current period, ``previous3`` without it. Raises ``OverflowError`` before the year 1."""
    if not count:
        return None
    end = Period.containing(unit, today)
    if word == "previous":
        end = end.previous()
    begin = end
    for _ in range(count - 1):
        begin = begin.previous()
    return Period(begin.first, end.last, "range")


def _one_day(words: str, today: date) -> date:
    if words in ("today", "now"):
        return today
    if words == "yesterday":
        return today - timedelta(days=1)
    if match := _ISO_DAY.fullmatch(words):
        return date(_year(match[1]), int(match[2]), int(match[3]))
    if match := _DOTTED_DAY.fullmatch(words):
        return date(_year(match[3]), int(match[2]), int(match[1]))
    if match := _NAMED_DAY.fullmatch(words):
        _check_weekdays(match[1])
        return _dated(int(match[2]), match[3], match[4], today)
    raise ValueError(words)


def _dated(day: int, month: str, year: str | None, today: date) -> date:
    """The date of a day and month; without a year the latest one that is not after today. Raises ``ValueError``."""
    number = _index(month, _MONTHS) + 1
    if year:
        return date(_year(year), number, day)
    for earlier in range(today.year, today.year - _LEAP_DAYS_APART - 1, -1):
        if day <= monthrange(earlier, number)[1] and (found := date(earlier, number, day)) <= today:
            return found
    raise ValueError(day)


def _next_day(after: date, month: int, day: int) -> date:
    """The first such day after a date. Raises ``ValueError`` if no year has it."""
    for year in range(after.year, after.year + _LEAP_DAYS_APART + 1):
        if day <= monthrange(year, month)[1] and (found := date(year, month, day)) > after:
            return found
    raise ValueError(day)


def _check_weekdays(*names: str | None) -> None:
    """Raises ``ValueError`` for a name that is no weekday's."""
    for name in filter(None, names):
        _index(name, _WEEKDAYS)


def _index(word: str, names: tuple[str, ...]) -> int:
    """The index of a name, which may be abbreviated to three letters or more. Raises ``ValueError``."""
    for index, name in enumerate(names):
        if len(word) >= 3 and name.startswith(word):
            return index
    raise ValueError(word)


def _year(digits: str) -> int:
    year = int(digits)
    if not EARLIEST.year - 1 <= year <= _LATEST_YEAR:
        raise ValueError(digits)
    return year
