"""Counters, feed, summaries and profiles of the demo agree."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from matomo_tui.demo.traffic.journeys import HOSTILE
from tests.demo.asking import NOON, reader, visits_of_day

SEGMENTS = (
    "countryCode==de",
    "countryCode!=de;deviceType==smartphone",
    "referrerType==search,referrerType==social",
    "referrerName==Google",
    "referrerKeyword=@lamp",
    "pageUrl=@/products/",
    "pageTitle=^Hazel",
    "visitorType==returning",
    "visitConverted==1",
    "visitEcommerceStatus==ordered",
    "actionType==events",
    "browserCode==FF",
    "userId=$mail.example",
    "actions>5;visitDuration<600",
)


def actions_since(visits: list[dict[str, Any]], since: float, shift: int, conversions: bool) -> int:
    """Actions, or conversions, of ``visits`` since an epoch; action timestamps are shifted by the site's UTC offset."""
    kinds = ("goal", "ecommerceOrder", "ecommerceAbandonedCart")
    return sum(
        (action["type"] in kinds) is conversions and action["timestamp"] - shift >= since
        for visit in visits
        for action in visit["actionDetails"]
    )


@pytest.mark.parametrize("minutes", [1, 3, 30, 180])
async def test_counters_equal_the_counts_of_the_feed(minutes: int) -> None:
    asker = reader()
    (counters,) = await asker.answer("Live.getCounters", idSite=1, lastMinutes=minutes)
    since = int(NOON) - minutes * 60
    visits = await asker.visits(minTimestamp=since - 1)
    assert counters == {
        "visits": len(visits),
        "actions": actions_since(visits, since, 3600, conversions=False),
        "visitors": len({visit["visitorId"] for visit in visits}),
        "visitsConverted": actions_since(visits, since, 3600, conversions=True),
    }
    assert visits


@pytest.mark.parametrize("segment", SEGMENTS)
async def test_a_segment_narrows_counters_feed_and_summary_alike(segment: str) -> None:
    asker = reader()
    (counters,) = await asker.answer("Live.getCounters", idSite=1, lastMinutes=90, segment=segment)
    visits = await asker.visits(minTimestamp=int(NOON) - 90 * 60 - 1, segment=segment)
    (everybody,) = await asker.answer("Live.getCounters", idSite=1, lastMinutes=90)
    assert counters["visits"] == len(visits)
    assert 0 < len(visits) < everybody["visits"]
    day = await asker.answer("VisitsSummary.get", idSite=4, period="day", date="2026-11-22", segment=segment)
    feed = await asker.visits(4, period="day", date="2026-11-22", segment=segment)
    assert day["nb_visits"] == len(feed)
    assert day["nb_actions"] == sum(visit["actions"] for visit in feed)


async def test_segments_match_the_visits_they_describe() -> None:
    asker = reader()
    since = {"minTimestamp": int(NOON) - 3 * 3600}
    visits = await asker.visits(**since)
    some = next(visit for visit in visits if visit["actions"] > 3 and visit["visitCount"] > 1)
    page = some["actionDetails"][0]["url"]

    async def ids(segment: str) -> set[int]:
        return {visit["idVisit"] for visit in await asker.visits(**since, segment=segment)}

    def expected(matches: Any) -> set[int]:
        return {visit["idVisit"] for visit in visits if matches(visit)}

    assert await ids(f"visitorId=={some['visitorId']}") == {some["idVisit"]}
    assert some["idVisit"] in await ids(f"visitIp=={some['visitIp']}")
    assert await ids("deviceType==smartphone") == expected(lambda visit: visit["deviceType"] == "Smartphone")
    assert await ids("deviceType!=smartphone") == expected(lambda visit: visit["deviceType"] != "Smartphone")
    assert await ids("city=^B") == expected(lambda visit: (visit["city"] or "").startswith("B"))
    assert await ids("city!@e") == expected(lambda visit: "e" not in (visit["city"] or "").lower())
    assert await ids(f"pageUrl=={page.replace('%', '%25')}") == expected(
        lambda visit: any(action["type"] == "action" and action["url"] == page for action in visit["actionDetails"])
    )
    assert await ids("actions>=4") == expected(lambda visit: visit["actions"] >= 4)
    assert await ids("actions<4") == expected(lambda visit: visit["actions"] < 4)
    both = await ids("countryCode==de,countryCode==us;deviceType==desktop")
    assert both == expected(lambda visit: visit["countryCode"] in ("de", "us") and visit["deviceType"] == "Desktop")


@pytest.mark.parametrize(("site", "day"), [(2, "2026-11-22"), (3, "2026-11-21"), (4, "2026-10-04")])
async def test_a_summary_is_the_sum_over_the_feed_of_its_day(site: int, day: str) -> None:
    """4 October is the day on which Sydney's clocks go forward."""
    asker = reader()
    summary = await asker.answer("VisitsSummary.get", idSite=site, period="day", date=day, format_metrics=0)
    visits = await visits_of_day(site, day)
    bounces = sum(visit["actions"] <= 1 for visit in visits)
    length = sum(visit["visitDuration"] for visit in visits)
    assert summary == {
        "nb_uniq_visitors": len({visit["visitorId"] for visit in visits}),
        "nb_users": len({visit["userId"] for visit in visits} - {None}),
        "nb_visits": len(visits),
        "nb_actions": sum(visit["actions"] for visit in visits),
        "nb_visits_converted": sum(visit["visitConverted"] for visit in visits),
        "bounce_count": bounces,
        "sum_visit_length": length,
        "max_actions": max(visit["actions"] for visit in visits),
        "bounce_rate": pytest.approx(bounces / len(visits), abs=0.005),
        "nb_actions_per_visit": pytest.approx(sum(visit["actions"] for visit in visits) / len(visits), abs=0.05),
        "avg_time_on_site": round(length / len(visits)),
    }


async def test_goals_are_the_sum_over_the_feed_of_their_day() -> None:
    asker = reader()
    goals = await asker.answer("Goals.get", idSite=1, period="day", date="2026-11-22", format_metrics=0)
    orders = await asker.answer("Goals.get", idSite=1, period="day", date="2026-11-22", idGoal="ecommerceOrder")
    visits = await visits_of_day(1, "2026-11-22")
    reached = [
        (visit, action)
        for visit in visits
        for action in visit["actionDetails"]
        if action["type"] in ("goal", "ecommerceOrder")
    ]
    sold = [action for _, action in reached if action["type"] == "ecommerceOrder"]
    assert goals["nb_conversions"] == len(reached)
    assert goals["nb_visits_converted"] == len({visit["idVisit"] for visit, _ in reached})
    assert goals["revenue"] == pytest.approx(sum(action["revenue"] for _, action in reached))
    assert goals["conversion_rate"] == pytest.approx(goals["nb_visits_converted"] / len(visits), abs=0.0001)
    new = [action for visit, action in reached if visit["visitorType"] == "new"]
    assert goals["nb_conversions_new_visit"] == len(new)
    assert goals["nb_conversions_returning_visit"] == len(reached) - len(new)
    assert orders["nb_conversions"] == len(sold) > 100
    assert orders["revenue"] == pytest.approx(sum(order["revenue"] for order in sold))
    assert orders["items"] == sum(order["items"] for order in sold)
    assert orders["revenue_tax"] == pytest.approx(sum(order["revenueTax"] for order in sold))


async def test_days_add_up_to_weeks_and_visitors_are_counted_once() -> None:
    asker = reader()
    week = await asker.answer("VisitsSummary.get", idSite=1, period="week", date="2026-11-16", format_metrics=0)
    days = await asker.answer("VisitsSummary.get", idSite=1, period="day", date="2026-11-16,2026-11-22")
    assert list(days) == [f"2026-11-{day}" for day in range(16, 23)]
    assert week["nb_visits"] == sum(day["nb_visits"] for day in days.values())
    assert week["nb_actions"] == sum(day["nb_actions"] for day in days.values())
    assert max(day["nb_uniq_visitors"] for day in days.values()) < week["nb_uniq_visitors"]
    assert week["nb_uniq_visitors"] < sum(day["nb_uniq_visitors"] for day in days.values())
    span = await asker.answer("VisitsSummary.get", idSite=1, period="range", date="2026-11-16,2026-11-22")
    assert span["nb_visits"] == week["nb_visits"]
    assert "nb_uniq_visitors" not in span


async def test_a_profile_tells_all_visits_of_a_visitor() -> None:
    asker = reader()
    visits = await asker.visits(minTimestamp=int(NOON) - 1800)
    regular = next(visit for visit in visits if visit["visitCount"] > 5 and visit["lastActionTimestamp"] < NOON - 300)
    profile = await asker.answer("Live.getVisitorProfile", idSite=1, visitorId=regular["visitorId"], limitVisits=100)
    told = profile["lastVisits"]
    assert told[0]["idVisit"] == regular["idVisit"]
    assert [visit["visitCount"] for visit in told] == list(range(regular["visitCount"], 0, -1))
    assert profile["totalVisits"] == regular["visitCount"] == len(told)
    assert profile["totalActions"] == sum(visit["actions"] for visit in told)
    assert profile["totalEcommerceRevenue"] == pytest.approx(told[0]["totalEcommerceRevenue"])
    assert [visit["visitorType"] for visit in told][-1] == "new"
    assert told[0]["secondsSinceLastVisit"] == told[0]["firstActionTimestamp"] - told[1]["lastActionTimestamp"]
    assert told[0]["secondsSinceFirstVisit"] == told[0]["firstActionTimestamp"] - told[-1]["firstActionTimestamp"]
    assert {visit["countryCode"] for visit in told} == {regular["countryCode"]}
    earlier = await asker.visits(period="day", date=told[1]["serverDate"], segment=f"visitorId=={regular['visitorId']}")
    assert told[1]["idVisit"] in [visit["idVisit"] for visit in earlier]


async def test_profiles_lead_from_one_visitor_to_the_next_and_back() -> None:
    asker = reader()
    visitor = (await asker.answer("Live.getMostRecentVisitorId", idSite=1))["value"]
    feed = list(dict.fromkeys(visit["visitorId"] for visit in await asker.visits(minTimestamp=int(NOON) - 900)))
    walked = [visitor]
    for _ in range(8):
        profile = await asker.answer("Live.getVisitorProfile", idSite=1, visitorId=walked[-1], limitVisits=1)
        walked.append(profile["nextVisitorId"])
    assert walked == feed[:9]
    for visitor, before in zip(walked[1:], walked, strict=False):
        profile = await asker.answer("Live.getVisitorProfile", idSite=1, visitorId=visitor, limitVisits=0)
        assert profile["previousVisitorId"] == before


async def test_an_entry_fits_its_source_and_a_purchase_its_steps() -> None:
    visits = await visits_of_day(1, "2026-11-22")
    entries = Counter((visit["referrerType"], visit["actionDetails"][0].get("url", "")) for visit in visits)
    assert not any("/checkout" in url for _, url in entries)
    assert all(visit["referrerName"] for visit in visits if visit["referrerType"] != "direct")
    ordered = [visit for visit in visits if visit["visitEcommerceStatus"] == "ordered"]
    assert 0.01 < len(ordered) / len(visits) < 0.06
    numbers = set()
    for visit in ordered:
        urls = [action.get("url") or "" for action in visit["actionDetails"]]
        (order,) = [action for action in visit["actionDetails"] if action["type"] == "ecommerceOrder"]
        thanks = next(number for number, url in enumerate(urls) if url.endswith("/checkout/thanks"))
        payment = next(number for number, url in enumerate(urls) if url.endswith("/checkout/payment"))
        assert payment < thanks
        items = sum(item["price"] * item["quantity"] for item in order["itemDetails"])
        assert order["revenueSubTotal"] == pytest.approx(items)
        assert order["revenue"] == pytest.approx(items + order["revenueShipping"] - order["revenueDiscount"])
        numbers.add(order["orderId"])
    assert len(numbers) == len(ordered)


async def test_a_few_visits_are_hostile() -> None:
    visits = await visits_of_day(1, "2026-11-22")
    titles = [action.get("pageTitle") for visit in visits for action in visit["actionDetails"]]
    sent = set(titles) & set(HOSTILE["titles"])
    assert len(sent) == len(HOSTILE["titles"])
    evil = [visit for visit in visits if visit["referrerUrl"] in HOSTILE["referrers"]]
    assert evil
    users = [visit["userId"] or "" for visit in visits]
    assert any(user.startswith(tuple(HOSTILE["user_ids"])) for user in users)
    spoilt = [visit for visit in visits if any(a.get("pageTitle") in sent for a in visit["actionDetails"])]
    assert len(spoilt) < len(visits) / 50
