"""Matomo's periods: a day, a week from Monday, a month, a year, or any range."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from msgspec import Struct

from matomo_tui.api.calls import PeriodKind
from matomo_tui.instants import local_time

KINDS: tuple[PeriodKind, ...] = ("day", "week", "month", "year", "range")
EARLIEST = date(1991, 8, 6)
"""The first day that Matomo accepts: that of the first web site."""

_DAY = timedelta(days=1)
_LAST_DAY = date(9990, 1, 1)
"""The latest day handled: the end of its week and year is still a valid date."""
_EVOLUTION_POINTS = {"day": 30, "week": 12, "month": 12, "year": 5}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A period in the site's time zone."""

    first: date
    """The first day."""
    last: date
    """The last day, included."""
    kind: PeriodKind

    @classmethod
    def containing(cls, kind: PeriodKind, day: date) -> Period:
        """The day, week, month or year that contains ``day``; a range of that day alone."""
        if kind == "week":
            monday = day - day.weekday() * _DAY
            return cls(monday, monday + 6 * _DAY, kind)
        if kind == "month":
            return cls(day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]), kind)
        if kind == "year":
            return cls(date(day.year, 1, 1), date(day.year, 12, 31), kind)
        return cls(day, day, kind)

    @classmethod
    def days_between(cls, first: date, last: date) -> Period:
        """The range between two days in any order, both included."""
        return cls(min(first, last), max(first, last), "range")

    @property
    def api_date(self) -> str:
        """The ``date`` parameter of the API."""
        return f"{self.first},{self.last}" if self.kind == "range" else str(self.first)

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    def contains(self, day: date) -> bool:
        """Returns True if ``day`` is in the period. If today is, its figures still grow."""
        return self.first <= day <= self.last

    def as_kind(self, kind: PeriodKind, today: date) -> Period:
        """The period of another kind that contains the last day of this one, or ``today`` if that is earlier; as a
        range, the days of this one up to today."""
        last = min(self.last, today)
        if kind == "range":
            return Period(min(self.first, last), last, kind)
        return Period.containing(kind, last)

    def until(self, today: date) -> Period:
        """The period if it has begun by ``today``, else the one that contains today; a range is cut off at today."""
        if self.first > today:
            return Period.containing("day" if self.kind == "range" else self.kind, today)
        return Period(self.first, min(self.last, today), "range") if self.kind == "range" else self

    def previous(self) -> Period:
        """The period just before, for a range one of as many days; the period itself if that would be too early for
        Matomo."""
        if self.kind == "range":
            moved = Period(self.first - self.days * _DAY, self.first - _DAY, "range")
        else:
            moved = Period.containing(self.kind, self.first - _DAY)
        return moved if moved.last >= EARLIEST else self

    def next(self, today: date) -> Period:
        """The period just after, for a range cut off at ``today``; the period itself if that would begin after
        today."""
        first = self.last + _DAY
        if first > today:
            return self
        if self.kind == "range":
            return Period(first, min(first + (self.days - 1) * _DAY, today), "range")
        return Period.containing(self.kind, first)

    def step(self, steps: int, today: date) -> Period:
        """Move by up to ``steps`` periods, backwards if negative."""
        period = self
        for _ in range(abs(steps)):
            period = period.next(today) if steps > 0 else period.previous()
        return period

    def year_before(self) -> Period:
        """The same period a year before: the same date (28 February for the 29th), the week of the same number (the
        last one if that year has no week 53), the same month, or the year before."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            weeks = date(year - 1, 12, 28).isocalendar().week
            return Period.containing("week", date.fromisocalendar(year - 1, min(week, weeks), 1))
        if self.kind == "range":
            return Period(_year_before(self.first), _year_before(self.last), "range")
        return Period.containing(self.kind, _year_before(self.first))

    def moved(self, days: int) -> Period:
        """The day or range moved by ``days``; the period itself if that would be too early for Matomo."""
        moved = Period(self.first + days * _DAY, self.last + days * _DAY, self.kind)
        return moved if moved.last >= EARLIEST else self

    def evolution(self, today: date, points: int | None = None, unit: PeriodKind | None = None) -> Evolution:
        """The periods of a chart that ends with this one: ``points`` of them, by default 30 days, 12 weeks, 12 months
        or 5 years; for a range its periods of the kind ``unit``, by default its days, its weeks if it has more than 92
        days, its months if it has more than 731. None is after ``today``."""
        if self.kind != "range":
            first = self
            for _ in range((points or _EVOLUTION_POINTS[self.kind]) - 1):
                first = first.previous()
            return Evolution(self.kind, first.first, max(min(self.last, today), first.first))
        usual: PeriodKind = "day" if self.days <= 92 else "week" if self.days <= 731 else "month"
        return Evolution(unit or usual, self.first, max(min(self.last, today), self.first))

    def label(self) -> str:
        """``Sun 22 Nov 2026``, ``week 47, 16–22 Nov 2026``, ``Nov 2026``, ``2026``, ``1–10 Nov 2026``."""
        if self.kind == "day":
            return f"{_WEEKDAYS[self.first.weekday()]} {_day(self.first)} {self.first.year}"
        if self.kind == "month":
            return f"{_MONTHS[self.first.month - 1]} {self.first.year}"
        if self.kind == "year":
            return str(self.first.year)
        days = _days(self.first, self.last)
        return f"week {self.first.isocalendar().week}, {days}" if self.kind == "week" else days

    def short_label(self) -> str:
        """A label for an axis, of at most 10 characters: ``22 Nov``, ``16 Nov`` (a week's Monday), ``Nov``,
        ``2026``."""
        if self.kind == "month":
            return _MONTHS[self.first.month - 1] if self.first.month > 1 else str(self.first.year)
        return str(self.first.year) if self.kind == "year" else _day(self.first)


class Evolution(Struct, frozen=True):
    """Consecutive periods of one ``kind``, from the one that contains ``first`` to the one that contains ``last``."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def api_date(self) -> str:
        """The ``date`` parameter of the API for all of them."""
        return f"{self.first},{self.last}"

    def periods(self) -> tuple[Period, ...]:
        """The periods, oldest first."""
        found = [Period.containing(self.kind, self.first)]
        while found[-1].last < self.last:
            found.append(Period.containing(self.kind, found[-1].last + _DAY))
        return tuple(found)

    def keys(self) -> dict[Period, str]:
        """The key of each period in a multi-date answer."""
        return {period: _key(period) for period in self.periods()}


def today(where: tzinfo, now: float) -> date:
    """The date in the time zone ``where`` at ``now`` (UTC epoch in seconds)."""
    return min(local_time(now, where).date(), _LAST_DAY)


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _key(period: Period) -> str:
    if period.kind == "week":
        return f"{period.first},{period.last}"
    if period.kind == "month":
        return f"{period.first.year:04}-{period.first.month:02}"
    return f"{period.first.year:04}" if period.kind == "year" else str(period.first)


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _days(first: date, last: date) -> str:
    """``16–22 Nov 2026``, ``30 Nov – 6 Dec 2026``, ``28 Dec 2026 – 3 Jan 2027``."""
    if first == last:
        return f"{_day(last)} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last)} {last.year}"
    if first.year == last.year:
        return f"{_day(first)} – {_day(last)} {last.year}"
    return f"{_day(first)} {first.year} – {_day(last)} {last.year}"
