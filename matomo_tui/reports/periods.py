"""Matomo's periods: a day, a week from Monday, a month, a year, or any range."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from matomo_tui.api.calls import PeriodKind
from matomo_tui.instants import local_time

KINDS: tuple[PeriodKind, ...] = ("day", "week", "month", "year", "range")
EARLIEST = date(1991, 8, 6)
"""The first day that Matomo has reports for: that of the first web site."""

_DAY = timedelta(days=1)
_LAST_DAY = date(9990, 1, 1)
"""Later it is nowhere: a week or a year from there still has an end."""
_EVOLUTION_POINTS = {"day": 30, "week": 12, "month": 12, "year": 5}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """``first`` and ``last`` are its days, both included, in the site's time zone."""

    first: date
    last: date
    kind: PeriodKind

    @classmethod
    def containing(cls, kind: PeriodKind, day: date) -> Period:
        """The day, week, month or year that ``day`` lies in; as a range it is that day alone."""
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
        """The range from one day to another, whichever of them comes first."""
        return cls(min(first, last), max(first, last), "range")

    @property
    def api_date(self) -> str:
        """The ``date`` parameter that asks for it."""
        return f"{self.first},{self.last}" if self.kind == "range" else str(self.first)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def contains(self, day: date) -> bool:
        """Whether ``day`` lies in it; of today: whether its figures still grow."""
        return self.first <= day <= self.last

    def as_kind(self, kind: PeriodKind, today: date) -> Period:
        """Another kind of period at the same place: around its last day that is not after ``today``; as a range, its
        own days up to today."""
        last = min(self.last, today)
        if kind == "range":
            return Period(min(self.first, last), last, kind)
        return Period.containing(kind, last)

    def until(self, today: date) -> Period:
        """Itself as far as it has begun by ``today``: a range cut off there, or the last one that has begun."""
        if self.first > today:
            return Period.containing("day" if self.kind == "range" else self.kind, today)
        return Period(self.first, min(self.last, today), "range") if self.kind == "range" else self

    def previous(self) -> Period:
        """The one just before: the day, week, month or year, or a range of as many days. The earliest is its own."""
        if self.kind == "range":
            moved = Period(self.first - self.days * _DAY, self.first - _DAY, "range")
        else:
            moved = Period.containing(self.kind, self.first - _DAY)
        return moved if moved.last >= EARLIEST else self

    def next(self, today: date) -> Period:
        """The one just after; itself where that would begin after ``today``. A range is cut off at today."""
        first = self.last + _DAY
        if first > today:
            return self
        if self.kind == "range":
            return Period(first, min(first + (self.days - 1) * _DAY, today), "range")
        return Period.containing(self.kind, first)

    def step(self, steps: int, today: date) -> Period:
        """``steps`` forwards (or backwards, when negative), as far as there are any."""
        period = self
        for _ in range(abs(steps)):
            period = period.next(today) if steps > 0 else period.previous()
        return period

    def year_before(self) -> Period:
        """The same a year before: the same day of the calendar (28 February for the 29th), the week of the same
        number (the last, where that year has no 53rd), the same month, the year before."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            weeks = date(year - 1, 12, 28).isocalendar().week
            return Period.containing("week", date.fromisocalendar(year - 1, min(week, weeks), 1))
        if self.kind == "range":
            return Period(_year_before(self.first), _year_before(self.last), "range")
        return Period.containing(self.kind, _year_before(self.first))

    def evolution(self, today: date, points: int | None = None) -> Evolution:
        """What a chart that ends with this period covers: 30 days, 12 weeks, 12 months, 5 years; the days of a range
        (its weeks when they are over 92, its months when over two years), none after ``today``."""
        if self.kind != "range":
            first = self
            for _ in range((points or _EVOLUTION_POINTS[self.kind]) - 1):
                first = first.previous()
            return Evolution(self.kind, first.first, max(min(self.last, today), first.first))
        kind: PeriodKind = "day" if self.days <= 92 else "week" if self.days <= 731 else "month"
        return Evolution(kind, self.first, max(min(self.last, today), self.first))

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
        """For an axis, at most 10 characters: ``22 Nov``, ``16 Nov`` (a week by its Monday), ``Nov``, ``2026``."""
        if self.kind == "month":
            return _MONTHS[self.first.month - 1] if self.first.month > 1 else str(self.first.year)
        return str(self.first.year) if self.kind == "year" else _day(self.first)


@dataclass(frozen=True, slots=True)
class Evolution:
    """A row of periods of one ``kind``, from the one with ``first`` in it to the one with ``last`` in it."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def api_date(self) -> str:
        """The multi-date parameter that asks for all of them."""
        return f"{self.first},{self.last}"

    def periods(self) -> tuple[Period, ...]:
        """Each of them, in order of time."""
        found = [Period.containing(self.kind, self.first)]
        while found[-1].last < self.last:
            found.append(Period.containing(self.kind, found[-1].last + _DAY))
        return tuple(found)

    def keys(self) -> dict[Period, str]:
        """Under which key of the multi-date answer each of them stands."""
        return {period: _key(period) for period in self.periods()}


def today(where: tzinfo, now: float) -> date:
    """The day that it is in the zone ``where`` at ``now`` (UTC epoch in seconds)."""
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
