"""Periods: what people write, stepping, the year before, what a chart covers; in the site's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api.calls import PeriodKind
from matomo_tui.reports import period_parser, periods
from matomo_tui.reports.periods import EARLIEST, KINDS, Period
from tests.recorded import load

TODAY = date(2026, 11, 23)  # a Monday
DAYS = st.dates(min_value=date(1992, 1, 1), max_value=date(2199, 12, 31))
FIXED: tuple[PeriodKind, ...] = ("day", "week", "month", "year")


@pytest.mark.parametrize(
    ("text", "kind", "date_asked"),
    [
        ("today", "day", "2026-11-23"),
        (" Yesterday ", "day", "2026-11-22"),
        ("2026-11-01", "day", "2026-11-01"),
        ("2026-3-7", "day", "2026-03-07"),
        ("22.11.2026", "day", "2026-11-22"),
        ("2026-11", "month", "2026-11-01"),
        ("2026", "year", "2026-01-01"),
        ("2026-W47", "week", "2026-11-16"),
        ("2026w1", "week", "2025-12-29"),
        ("this week", "week", "2026-11-23"),
        ("last week", "week", "2026-11-16"),
        ("lastmonth", "month", "2026-10-01"),
        ("last year", "year", "2025-01-01"),
        ("last30", "range", "2026-10-25,2026-11-23"),
        ("last 1", "range", "2026-11-23,2026-11-23"),
        ("previous7", "range", "2026-11-16,2026-11-22"),
        ("last 3 months", "range", "2026-09-01,2026-11-23"),
        ("previous 2 weeks", "range", "2026-11-09,2026-11-22"),
        ("2026-11-01,2026-11-10", "range", "2026-11-01,2026-11-10"),
        ("2026-11-10 .. 2026-11-01", "range", "2026-11-01,2026-11-10"),
        ("2026-11-01 to yesterday", "range", "2026-11-01,2026-11-22"),
        ("2026-11-20 - 2026-11-30", "range", "2026-11-20,2026-11-23"),
        ("22 Nov 2026", "day", "2026-11-22"),
        ("Sunday, 22 november", "day", "2026-11-22"),
        ("24 Nov", "day", "2025-11-24"),
        ("week 47", "week", "2026-11-16"),
        ("week 50", "week", "2025-12-08"),
        ("week 47 2025", "week", "2025-11-17"),
        ("November", "month", "2026-11-01"),
        ("dec", "month", "2025-12-01"),
        ("Feb 2024", "month", "2024-02-01"),
        ("1-10 Nov", "range", "2026-11-01,2026-11-10"),
        ("28 Oct – 3 Nov 2026", "range", "2026-10-28,2026-11-03"),
        ("20 Dec - 5 Jan 2026", "range", "2025-12-20,2026-01-05"),
        ("28 Dec – 3 Jan", "range", "2025-12-28,2026-01-03"),
        ("Sunday 28 December to 3 January", "range", "2025-12-28,2026-01-03"),
        ("30 Nov - 2 Dec", "range", "2025-11-30,2025-12-02"),
        ("10 Nov - 1 Nov", "range", "2026-11-01,2026-11-10"),
        ("29 Feb", "day", "2024-02-29"),
        ("1 - 29 Feb", "range", "2024-02-01,2024-02-29"),
        ("week 1, 29 Dec – 4 Jan 2026", "week", "2025-12-29"),
        ("last 9999 years", "range", "1991-08-06,2026-11-23"),
    ],
)
def test_what_people_write(text: str, kind: PeriodKind, date_asked: str) -> None:
    found = period_parser.parse(text, TODAY)
    assert (found.kind, found.api_date) == (kind, date_asked)


@pytest.mark.parametrize(
    ("text", "today", "date_asked"),
    [
        ("20 Dec - 5 Jan", date(2026, 1, 3), "2025-12-20,2026-01-03"),
        ("20 Dec - 5 Jan", date(2026, 1, 9), "2025-12-20,2026-01-05"),
        ("20 Dec - 5 Jan", date(2026, 12, 20), "2026-12-20,2026-12-20"),
        ("5-20 Dec", date(2026, 12, 10), "2026-12-05,2026-12-10"),
        ("20-5 Dec", date(2026, 12, 10), "2026-12-05,2026-12-10"),
        ("20 Dec - 5 Dec", date(2026, 12, 4), "2025-12-05,2025-12-20"),
        ("29 Feb - 5 Mar", TODAY, "2024-02-29,2024-03-05"),
        ("29 Feb - 5 Mar", date(2103, 3, 1), "2096-02-29,2096-03-05"),
        ("Thu 29 Feb to 5 Mar", date(2028, 2, 29), "2028-02-29,2028-02-29"),
        ("20 Dec - 29 Feb", date(2027, 12, 31), "2027-12-20,2027-12-31"),
        ("1 Jan - 29 Feb", TODAY, "2024-01-01,2024-02-29"),
        ("20 Nov 2026 - 5 Jan", date(2026, 12, 9), "2026-11-20,2026-12-09"),
        ("20 Nov 2025 - 5 Jan", date(2026, 12, 9), "2025-11-20,2026-01-05"),
        ("20 Nov 2026 - 5 Nov", date(2026, 12, 9), "2026-11-05,2026-11-20"),
        ("1 Dec 2027 - 29 Feb", date(2027, 12, 9), "2027-12-01,2027-12-09"),
    ],
)
def test_a_range_without_a_year_is_the_latest_that_has_begun(text: str, today: date, date_asked: str) -> None:
    assert period_parser.parse(text, today).api_date == date_asked


@pytest.mark.parametrize(
    ("today", "begins"),
    [
        (date(2026, 12, 1), "2020-12-28"),
        (date(2026, 12, 27), "2020-12-28"),
        (date(2026, 12, 28), "2026-12-28"),
        (date(2027, 1, 2), "2026-12-28"),
        (date(2027, 2, 1), "2026-12-28"),
        (date(2105, 3, 1), "2099-12-28"),
    ],
)
def test_week_53_is_the_latest_that_has_begun(today: date, begins: str) -> None:
    found = period_parser.parse("week 53", today)
    assert (found.kind, found.api_date) == ("week", begins)


@pytest.mark.parametrize(
    "text",
    [
        "30 Feb - 5 Mar",
        "1 Mar - 31 Apr",
        "Mud 1 Mar - 5 Apr",
        "1 Mar - Mud 5 Apr",
        "0-5 May",
    ],
)
def test_a_range_between_days_that_no_year_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        period_parser.parse(text, TODAY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Type a date"),
        ("x" * 80, "too long"),
        ("tomorrow", "is not a date"),
        ("2026-02-30", "is not a date"),
        ("2026-13", "is not a date"),
        ("2026-W54", "is not a date"),
        ("week 54", "is not a date"),
        ("week 0", "is not a date"),
        ("last0", "is not a date"),
        ("22 Foo 2026", "is not a date"),
        ("ma", "is not a date"),
        ("31 Nov", "is not a date"),
        ("30 Feb", "is not a date"),
        ("2026-11-01,", "is not a date"),
        ("٢٠٢٦", "is not a date"),
        ("2026-11-24", "is after today, 23 Nov 2026"),
        ("2027", "2027 is after today"),
        ("2026-12", "Dec 2026 is after today"),
        ("1991-01-01", "no reports before 6 Aug 1991"),
    ],
)
def test_what_is_no_period_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        period_parser.parse(text, TODAY)


@given(st.text(max_size=40))
def test_any_text_is_a_period_or_a_sentence(text: str) -> None:
    try:
        found = period_parser.parse(text, TODAY)
    except ValueError as error:
        found, sentence = None, str(error)
    if found is None:
        assert sentence.endswith(".")
        return
    assert found.first <= TODAY
    assert found.last >= EARLIEST


@pytest.mark.parametrize(
    ("period", "wanted"),
    [
        (Period.containing("day", date(2026, 11, 24)), Period.containing("day", TODAY)),
        (Period.containing("month", TODAY), Period.containing("month", TODAY)),
        (Period.days_between(date(2026, 11, 20), date(2026, 11, 24)), Period.days_between(date(2026, 11, 20), TODAY)),
        (Period.days_between(date(2026, 11, 24), date(2026, 11, 25)), Period.containing("day", TODAY)),
    ],
)
def test_where_it_is_an_earlier_day_nothing_is_after_today(period: Period, wanted: Period) -> None:
    assert period.until(TODAY) == wanted


@given(DAYS, st.sampled_from(KINDS))
def test_a_period_has_its_day_and_asks_for_itself(day: date, kind: PeriodKind) -> None:
    period = Period.containing(kind, day)
    assert period.contains(day)
    for words in (period.label(), f"{period.first},{period.last}"):
        found = period_parser.parse(words, date(2200, 12, 31))
        assert (found.first, found.last) == (period.first, period.last)


@given(DAYS, st.sampled_from(FIXED))
def test_there_and_back_is_where_one_was(day: date, kind: PeriodKind) -> None:
    period = Period.containing(kind, day)
    later = period.next(date(2300, 1, 1))
    assert later.first == period.last + timedelta(days=1)
    assert later.previous() == period


@given(DAYS, st.integers(1, 400))
def test_a_range_steps_by_its_length(last: date, days: int) -> None:
    period = Period.days_between(last - timedelta(days=days - 1), last)
    before = period.previous()
    if before is not period:
        assert (before.days, before.last + timedelta(days=1)) == (days, period.first)


@given(DAYS, st.sampled_from(FIXED), DAYS)
def test_never_later_than_today(day: date, kind: PeriodKind, today: date) -> None:
    period = Period.containing(kind, min(day, today))
    for steps in (1, 5):
        assert period.step(steps, today).first <= max(today, period.first)


def test_the_end_of_the_road() -> None:
    first = Period.containing("day", EARLIEST)
    assert first.previous() == first
    assert Period.containing("week", TODAY).next(TODAY) == Period.containing("week", TODAY)
    assert Period.days_between(date(2026, 11, 10), date(2026, 11, 19)).next(TODAY) == Period.days_between(
        date(2026, 11, 20), TODAY
    )


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (Period.containing("day", date(2024, 2, 29)), "2023-02-28"),
        (Period.containing("week", date(2026, 11, 23)), "2025-11-24"),
        (Period.containing("week", date(2020, 12, 31)), "2019-12-23"),
        (Period.containing("month", date(2026, 11, 5)), "2025-11-01"),
        (Period.containing("year", date(2026, 1, 1)), "2025-01-01"),
        (Period.days_between(date(2024, 2, 1), date(2024, 2, 29)), "2023-02-01,2023-02-28"),
    ],
)
def test_a_year_before(period: Period, before: str) -> None:
    assert (period.year_before().kind, period.year_before().api_date) == (period.kind, before)


@pytest.mark.parametrize(
    ("period", "label", "short"),
    [
        (Period.containing("day", date(2026, 11, 22)), "Sun 22 Nov 2026", "22 Nov"),
        (Period.containing("week", date(2026, 11, 18)), "week 47, 16–22 Nov 2026", "16 Nov"),
        (Period.containing("week", date(2026, 12, 1)), "week 49, 30 Nov – 6 Dec 2026", "30 Nov"),
        (Period.containing("week", date(2026, 12, 31)), "week 53, 28 Dec 2026 – 3 Jan 2027", "28 Dec"),
        (Period.containing("month", date(2026, 11, 22)), "Nov 2026", "Nov"),
        (Period.containing("month", date(2026, 1, 22)), "Jan 2026", "2026"),
        (Period.containing("year", date(2026, 11, 22)), "2026", "2026"),
        (Period.days_between(date(2026, 11, 1), date(2026, 11, 10)), "1–10 Nov 2026", "1 Nov"),
        (Period.days_between(TODAY, TODAY), "23 Nov 2026", "23 Nov"),
    ],
)
def test_how_it_is_said(period: Period, label: str, short: str) -> None:
    assert (period.label(), period.short_label()) == (label, short)


@given(DAYS, st.sampled_from(KINDS))
def test_an_axis_has_room_for_it(day: date, kind: PeriodKind) -> None:
    assert 3 < len(Period.containing(kind, day).short_label()) <= 10 or kind == "month"


@pytest.mark.parametrize(
    ("period", "kind", "asked", "points"),
    [
        (Period.containing("day", TODAY), "day", "2026-10-25,2026-11-23", 30),
        (Period.containing("week", TODAY), "week", "2026-09-07,2026-11-23", 12),
        (Period.containing("month", TODAY), "month", "2025-12-01,2026-11-23", 12),
        (Period.containing("year", TODAY), "year", "2022-01-01,2026-11-23", 5),
        (Period.days_between(date(2026, 11, 1), date(2026, 11, 10)), "day", "2026-11-01,2026-11-10", 10),
        (Period.days_between(date(2026, 1, 1), date(2026, 11, 10)), "week", "2026-01-01,2026-11-10", 46),
        (Period.days_between(date(2020, 1, 1), date(2026, 11, 10)), "month", "2020-01-01,2026-11-10", 83),
    ],
)
def test_what_a_chart_covers(period: Period, kind: PeriodKind, asked: str, points: int) -> None:
    evolution = period.evolution(TODAY)
    assert (evolution.kind, evolution.api_date, len(evolution.periods())) == (kind, asked, points)
    assert evolution.periods()[-1].contains(min(period.last, TODAY))


@pytest.mark.parametrize(("kind", "last"), [("day", 7), ("week", 4), ("month", 2)])
def test_the_keys_are_those_that_a_matomo_sent(kind: PeriodKind, last: int) -> None:
    exchange = next(
        e
        for e in load("visits")
        if e.params["date"] == f"last{last}" and e.params["period"] == kind and e.method == "VisitsSummary.get"
    )
    evolution = Period.containing(kind, TODAY).evolution(TODAY, last)
    keys = evolution.keys()
    assert set(keys.values()) == set(exchange.json)


def test_today_is_the_sites() -> None:
    moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC).timestamp()
    assert periods.today(ZoneInfo("Europe/Berlin"), moment) == date(2026, 11, 23)
    assert periods.today(ZoneInfo("America/New_York"), moment) == date(2026, 11, 22)


def test_another_kind_at_the_same_place() -> None:
    november = Period.containing("month", TODAY)
    assert november.as_kind("day", TODAY) == Period.containing("day", TODAY)
    assert november.as_kind("week", TODAY).api_date == "2026-11-23"
    assert november.as_kind("range", TODAY).api_date == "2026-11-01,2026-11-23"
    assert Period.containing("year", date(2025, 5, 5)).as_kind("month", TODAY).label() == "Dec 2025"
