"""Time passes in the demo: deterministic, and generated only on demand."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tests.demo.asking import NOON, Asker


async def test_the_same_seed_and_time_tell_the_same_story() -> None:
    one = (await Asker().post(method="Live.getLastVisitsDetails", idSite=1, filter_limit=50)).body
    assert (await Asker().post(method="Live.getLastVisitsDetails", idSite=1, filter_limit=50)).body == one
    assert (await Asker(seed=2).post(method="Live.getLastVisitsDetails", idSite=1, filter_limit=50)).body != one


async def test_a_demo_that_ran_for_hours_equals_a_fresh_one() -> None:
    """History does not depend on the time of the requests."""
    running = Asker(NOON - 5400)
    for _ in range(6):
        await running.visits(minTimestamp=int(running.at) - 60)
        await running.answer("VisitsSummary.get", idSite=1, period="day", date="today")
        running.at += 900
    fresh = Asker(NOON)
    asked: dict[str, Any] = {"minTimestamp": int(NOON) - 3600, "idSite": 1, "filter_limit": -1}
    assert await running.answer("Live.getLastVisitsDetails", **asked) == await fresh.answer(
        "Live.getLastVisitsDetails", **asked
    )
    today = {"idSite": 1, "period": "day", "date": "today"}
    assert await running.answer("VisitsSummary.get", **today) == await fresh.answer("VisitsSummary.get", **today)


async def test_visits_go_on_and_nothing_that_happened_is_taken_back() -> None:
    asker = Asker()
    known: dict[int, dict[str, Any]] = {}
    grown = begun = 0
    newest = int(NOON) - 1800
    for _ in range(60):
        asker.at += 5
        for visit in await asker.visits(minTimestamp=newest - 1):
            before = known.get(visit["idVisit"])
            begun += before is None
            if before is not None and len(visit["actionDetails"]) > len(before["actionDetails"]):
                grown += 1
                earlier = [(action["type"], action["timestamp"]) for action in before["actionDetails"]]
                assert [(action["type"], action["timestamp"]) for action in visit["actionDetails"]][
                    : len(earlier)
                ] == earlier
                assert visit["lastActionTimestamp"] >= before["lastActionTimestamp"]
            assert visit["lastActionTimestamp"] <= asker.at
            known[visit["idVisit"]] = visit
        newest = max(visit["lastActionTimestamp"] for visit in known.values())
    everything = await asker.visits(minTimestamp=int(NOON) - 1801)
    told = {visit["idVisit"]: visit["lastActionTimestamp"] for visit in everything}
    assert {number: visit["lastActionTimestamp"] for number, visit in known.items()} == told
    assert grown > 30
    assert begun > 150


@pytest.mark.parametrize("hour", range(0, 24, 3))
async def test_the_shop_is_alive_at_any_hour(hour: int) -> None:
    asker = Asker(NOON - 13 * 3600 + hour * 3600)
    (counters,) = await asker.answer("Live.getCounters", idSite=1, lastMinutes=30)
    assert 60 <= counters["visits"] <= 260
    assert counters["actions"] > 330


async def test_days_and_weeks_have_a_rhythm() -> None:
    asker = Asker()
    by_hour = []
    for hour in (4, 14):
        asker.at = NOON - 13 * 3600 - 86_400 + hour * 3600
        (counters,) = await asker.answer("Live.getCounters", idSite=3, lastMinutes=120)
        by_hour.append(counters["visits"])
    tokyo_noon, tokyo_night = by_hour
    assert tokyo_noon > tokyo_night * 1.2
    days = await asker.answer("VisitsSummary.get", idSite=3, period="day", date="2026-11-16,2026-11-22")
    counts = [day["nb_visits"] for day in days.values()]
    assert max(counts[5:]) < min(counts[:4]) * 0.8


async def test_only_requested_visits_are_generated() -> None:
    """Counted in visits, which do not depend on the machine's speed."""
    asker = Asker()
    shop = asker.demo.world.site(1)
    assert shop is not None
    traffic = asker.demo.store.traffic(shop)
    assert traffic is not None
    await asker.answer("Live.getCounters", idSite=1, lastMinutes=30)
    await asker.visits(minTimestamp=int(NOON) - 1800)
    assert 0 < traffic.drawn < 1000
    drawn = traffic.drawn
    for _ in range(12):
        asker.at += 5
        await asker.answer("Live.getCounters", idSite=1, lastMinutes=30)
        await asker.visits(minTimestamp=int(asker.at) - 8)
    assert traffic.drawn - drawn < 250
    drawn = traffic.drawn
    month = {"idSite": 1, "period": "day", "date": "last30", "columns": "nb_visits"}
    days = await asker.answer("VisitsSummary.get", **month)
    assert traffic.drawn - drawn < 1.1 * sum(days.values())
    drawn = traffic.drawn
    await asker.answer("VisitsSummary.get", **month)
    await asker.answer("Live.getCounters", idSite=1, lastMinutes=2880)
    await asker.answer("VisitsSummary.get", idSite=1, period="month", date="2026-11-01")
    assert traffic.drawn - drawn < 30_000


async def test_caches_are_bounded() -> None:
    """Twenty days have more slots, and eight segments more sums, than the caches hold."""
    asker = Asker()
    traffic = asker.demo.store.traffic(asker.demo.world.sites[4])
    assert traffic is not None
    for day in range(1, 21):
        await asker.visits(4, period="day", date=f"2026-11-{day:02}", filter_limit=5, segment="countryCode==nz")
    slots, counts = cast("Any", traffic.slot), cast("Any", asker.demo.store._slot_counts)
    assert 300 < slots.cache_info().currsize <= 400
    for actions in range(8):
        await asker.answer("Live.getCounters", idSite=4, lastMinutes=2880, segment=f"actions>{actions}")
    assert 2000 < counts.cache_info().currsize <= 2048


async def test_days_before_the_site_was_made_and_after_today_are_empty() -> None:
    asker = Asker()
    for date in ("2020-02-29", "2035-01-01"):
        summary = await asker.answer("VisitsSummary.get", idSite=1, period="day", date=date)
        assert summary["nb_visits"] == 0
    year = await asker.answer("VisitsSummary.get", idSite=2, period="year", date="today")
    months = await asker.answer("VisitsSummary.get", idSite=2, period="month", date="last12")
    assert year["nb_visits"] == sum(month["nb_visits"] for month in months.values()) > 50_000
    assert [month["nb_visits"] > 0 for month in months.values()] == [False] * 9 + [True] * 3
