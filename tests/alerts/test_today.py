"""Figures of a day, which are some minutes old: compared with what is usual at their own instant, and on their day."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.alerts.conftest import server
from tests.alerts.watch import Watch, watching
from tests.live.fake_clock import FakeClock
from tests.live.matomo import LiveMatomo, visit

BERLIN = ZoneInfo("Europe/Berlin")
LESS: tuple[dict[str, Any], ...] = (
    {"name": "Revenue", "metric": "revenue_today", "falls_by": "30%"},
    {"name": "Conversions", "metric": "conversions_today", "falls_by": "30%"},
)


def usual_day(hour: int, minute: int = 0, *, ahead: float = 0.0) -> LiveMatomo:
    """A server that sells for 10 EUR each minute, as it did in the weeks before; it begins at this time of day.
    ``ahead`` is how far its clock is ahead of ours."""
    matomo = server(FakeClock(datetime(2026, 11, 23, hour, minute, tzinfo=BERLIN).timestamp()))
    matomo.clock.set_wrong(-ahead)
    matomo.answers["VisitTime.getVisitInformationPerServerTime"] = [
        {"label": f"{hour:02d}", "nb_visits": 60, "revenue": 600, "nb_conversions": 60} for hour in range(24)
    ]

    def sell(_calls: list[dict[str, str]]) -> None:
        now = datetime.fromtimestamp(matomo.now, BERLIN)
        minutes = now.hour * 60 + now.minute + now.second / 60
        matomo.answers["Goals.get"] = {"nb_conversions": int(minutes), "revenue": minutes * 10}

    matomo.hook = sell
    return matomo


async def pass_minutes(watch: Watch, minutes: int) -> None:
    """Let time pass, with a visit each minute so that the site is not quiet."""
    for _ in range(minutes):
        watch.matomo.add(visit(1, int(watch.clock.true) - 2))
        await watch.clock.advance(60)


@pytest.mark.parametrize("ahead", [0.0, 7200.0])
async def test_a_usual_day_is_no_fall_after_midnight(ahead: float) -> None:
    async with watching(usual_day(22, 55, ahead=ahead), *LESS) as watch:
        await pass_minutes(watch, 85)
        assert watch.events == []


async def test_a_fall_is_found_though_the_figure_is_some_minutes_old() -> None:
    matomo = usual_day(10)
    async with watching(matomo, *LESS) as watch:
        await pass_minutes(watch, 2)
        matomo.hook = None
        matomo.answers["Goals.get"] = {"nb_conversions": 300, "revenue": 3000.0}
        await pass_minutes(watch, 20)
        assert sorted(message.partition(":")[0] for message in watch.messages) == ["Conversions", "Revenue"]


async def test_reports_that_fail_for_hours_leave_the_figure_unknown() -> None:
    matomo = usual_day(2)
    rules = (*LESS, {"name": "Bounces", "metric": "bounce_rate_today", "above": "40%", "for": "1h"})
    async with watching(matomo, *rules) as watch:
        await pass_minutes(watch, 2)
        matomo.hook = None
        del matomo.answers["Goals.get"]
        matomo.refused |= dict.fromkeys(("Goals.get", "VisitsSummary.get"), "Deadlock found.")
        await pass_minutes(watch, 80)
        assert watch.events == []


async def test_visits_of_today_that_fail_for_hours_are_unknown() -> None:
    matomo = usual_day(2)
    matomo.visits[1] = [visit(number, int(matomo.clock.true) - 2000) for number in range(2, 122)]
    rule = {"name": "Visits", "metric": "visits_today", "falls_by": "30%"}
    async with watching(matomo, rule) as watch:
        await pass_minutes(watch, 2)

        def refuse(calls: list[dict[str, str]]) -> None:
            is_long = any(int(call.get("lastMinutes", 0)) > 30 for call in calls)
            matomo.refused = {"Live.getCounters": "Deadlock found."} if is_long else {}

        matomo.hook = refuse
        await pass_minutes(watch, 80)
        assert watch.events == []


async def test_a_report_asked_for_before_midnight_is_compared_with_its_own_weekday() -> None:
    matomo = server(FakeClock(datetime(2026, 11, 23, 23, 59, 57, tzinfo=BERLIN).timestamp()))
    matomo.latency = 5.0
    matomo.answers["Actions.get"] = [{"nb_visits": 100}]
    rule = {"report": "Actions.get", "date": "yesterday", "falls_by": "50%", "weeks": 2}
    async with watching(matomo, rule) as watch:
        await watch.clock.advance(900)
        days = [call["date"] for call in matomo.asked("Actions.get")]
        assert days[:6] == ["yesterday", "2026-11-15", "2026-11-08", "yesterday", "2026-11-16", "2026-11-09"]
