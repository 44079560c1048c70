"""Usual figures from the hourly reports of earlier weeks."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from matomo_tui.alerts.baseline import Hours, days_needed
from matomo_tui.api.site import Site
from matomo_tui.api.visit_time import VisitHour

SHOP = Site(id=1, name="Shop", timezone="Europe/Berlin")


def at(hour: int, minute: int, day: int = 23) -> float:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


def day_of(*visits: int, per_hour: int = 0) -> list[VisitHour]:
    figures = [*visits, *[per_hour] * (24 - len(visits))]
    return [VisitHour(label=f"{hour:02d}", nb_visits=count, revenue=count * 2.0) for hour, count in enumerate(figures)]


MONDAYS = [date(2026, 11, 16), date(2026, 11, 9), date(2026, 11, 2), date(2026, 10, 26)]
SUNDAYS = [date(2026, 11, 15), date(2026, 11, 8), date(2026, 11, 1), date(2026, 10, 25)]


def test_the_last_hour_is_the_parts_of_two_hours_and_the_median_of_the_weeks() -> None:
    weeks = [day_of(per_hour=count) for count in (60, 90, 1000, 90)]
    hours = Hours({**dict(zip(MONDAYS, weeks, strict=True)), **dict.fromkeys(SUNDAYS, day_of())})
    assert hours.usual("visits_60", at(12, 20), SHOP, 4) == pytest.approx(90)
    one = {MONDAYS[0]: day_of(*[0] * 9, 60, 30), MONDAYS[1]: day_of(*[0] * 9, 60, 30)}
    assert Hours(one).usual("visits_60", at(10, 20), SHOP, 4) == pytest.approx(60 * 2 / 3 + 30 / 3)


def test_just_after_midnight_the_last_hour_is_of_the_day_before() -> None:
    days = {**dict.fromkeys(MONDAYS, day_of(12)), **dict.fromkeys(SUNDAYS, day_of(*[0] * 23, 24))}
    assert Hours(days).usual("visits_60", at(0, 15), SHOP, 4) == pytest.approx(24 * 0.75 + 12 * 0.25)
    assert Hours(dict.fromkeys(MONDAYS, day_of(12))).usual("visits_60", at(0, 15), SHOP, 4) is None


def test_today_so_far_is_the_sum_of_the_hours() -> None:
    days = dict.fromkeys(MONDAYS, day_of(per_hour=10))
    assert Hours(days).usual("visits_today", at(6, 30), SHOP, 4) == pytest.approx(65)
    assert Hours(days).usual("revenue_today", at(6, 30), SHOP, 4) == pytest.approx(130)


def test_a_day_without_visits_counts_as_zero_and_a_missing_one_not_at_all() -> None:
    assert Hours({MONDAYS[0]: (), MONDAYS[1]: ()}).usual("visits_today", at(6, 30), SHOP, 4) == 0
    assert Hours({MONDAYS[0]: day_of(per_hour=1)}).usual("visits_today", at(6, 30), SHOP, 4) is None
    assert Hours({MONDAYS[0]: day_of(per_hour=1)}).usual("visits_today", at(6, 0), SHOP, 1) == pytest.approx(6)


def test_each_day_is_requested_once() -> None:
    needed = days_needed(at(12, 0), SHOP, 4)
    assert set(needed) == {*MONDAYS, *SUNDAYS}
    assert days_needed(at(12, 0), SHOP, 4, needed) == ()
    assert set(days_needed(at(0, 0, 24), SHOP, 1, needed)) == {date(2026, 11, 17)}


def test_the_same_time_of_day_is_compared_although_the_clocks_changed() -> None:
    # On 25 October Berlin's clocks went back: noon is noon.
    days = dict.fromkeys([date(2026, 10, 19), date(2026, 10, 12)], day_of(*[0] * 11, 60, 0))
    assert Hours(days).usual("visits_60", at(12, 0, 2), SHOP, 4) == pytest.approx(60)
