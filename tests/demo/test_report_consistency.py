"""The demo's reports agree with its feed, and with each other."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.demo.asking import NOON, Asker, reader, visits_of_day

SUNDAY = "2026-11-22"
DAY: dict[str, object] = {"idSite": 4, "period": "day", "date": SUNDAY, "filter_limit": -1, "format_metrics": 0}
TODAY: dict[str, object] = DAY | {"date": "today"}

BY_VISIT = (
    "UserCountry.getCountry",
    "UserCountry.getContinent",
    "UserCountry.getRegion",
    "UserCountry.getCity",
    "UserLanguage.getLanguage",
    "DevicesDetection.getType",
    "DevicesDetection.getBrowsers",
    "DevicesDetection.getOsVersions",
    "Resolution.getConfiguration",
    "Referrers.getReferrerType",
    "Referrers.getAll",
    "VisitTime.getVisitInformationPerLocalTime",
    "VisitTime.getVisitInformationPerServerTime",
    "VisitTime.getByDayOfWeek",
    "VisitorInterest.getNumberOfVisitsPerVisitDuration",
    "VisitorInterest.getNumberOfVisitsPerPage",
    "VisitorInterest.getNumberOfVisitsByVisitCount",
    "VisitorInterest.getNumberOfVisitsByDaysSinceLast",
)


async def _rows(asker: Asker, name: str, **params: object) -> list[dict[str, Any]]:
    found = await asker.answer(name, **(DAY | params))
    assert isinstance(found, list), found
    return found


def _sum(rows: list[dict[str, Any]], column: str) -> float:
    return sum(float(row.get(column, 0)) for row in rows)


def _actions(visits: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [action for visit in visits for action in visit["actionDetails"] if action["type"] in kinds]


@pytest.mark.parametrize("day", ["2026-11-22", "today"])
@pytest.mark.parametrize("name", BY_VISIT)
async def test_every_visit_is_in_one_row(name: str, day: str) -> None:
    asker = reader()
    summary = await asker.answer("VisitsSummary.get", **(DAY | {"date": day}))
    rows = await _rows(asker, name, date=day)
    assert _sum(rows, "nb_visits") == summary["nb_visits"] > 100
    if "nb_actions" in rows[0]:
        assert _sum(rows, "nb_actions") == summary["nb_actions"]
        assert _sum(rows, "sum_visit_length") == summary["sum_visit_length"]
        assert _sum(rows, "bounce_count") == summary["bounce_count"]


async def _today(asker: Asker) -> list[dict[str, Any]]:
    """The visits with their last action since midnight in Sydney; the feed of today includes the day before."""
    midnight = int(NOON) // 86_400 * 86_400 + 13 * 3600 - 86_400
    visits = await asker.visits(4, minTimestamp=midnight - 1)
    assert visits[-1]["lastActionTimestamp"] >= midnight
    return visits


@pytest.mark.parametrize("day", ["2026-11-22", "today"])
async def test_pages_searches_and_files_are_those_of_the_feed(day: str) -> None:
    asker = reader()
    visits = await visits_of_day(4, day) if day != "today" else await _today(asker)
    figures = await asker.answer("Actions.get", **(DAY | {"date": day}))
    views = Counter(action["url"] for action in _actions(visits, "action"))
    pages = await _rows(asker, "Actions.getPageUrls", flat=1, date=day)
    assert {row["url"]: row["nb_hits"] for row in pages} == dict(views)
    assert (
        figures["nb_pageviews"] == views.total() == _sum(await _rows(asker, "Actions.getPageUrls", date=day), "nb_hits")
    )
    assert _sum(await _rows(asker, "Actions.getPageTitles", date=day), "nb_hits") == views.total()
    assert figures["nb_downloads"] == len(_actions(visits, "download"))
    assert figures["nb_outlinks"] == len(_actions(visits, "outlink"))
    assert figures["nb_searches"] == len(_actions(visits, "search"))
    entries = Counter(next(a["url"] for a in visit["actionDetails"] if a["type"] == "action") for visit in visits)
    assert {row["url"]: int(row["entry_nb_visits"]) for row in pages if "entry_nb_visits" in row} == dict(entries)
    visitors = {(visit["visitorId"], action["url"]) for visit in visits for action in _actions([visit], "action")}
    assert {row["url"]: row["nb_uniq_visitors"] for row in pages} == Counter(url for _, url in visitors)
    spent = Counter[str]()
    for action in _actions(visits, "action"):
        spent[action["url"]] += action["timeSpent"]
    assert {row["url"]: row["sum_time_spent"] for row in pages} == {url: spent[url] for url in views}


async def test_a_visitor_counts_once_a_day_however_many_visits_are_recorded_or_unfinished() -> None:
    asker = Asker(NOON)
    before = await _today(asker)
    earlier = [visit for visit in before if visit["lastActionTimestamp"] < NOON - 3600]
    back = next(visit for visit in earlier if visit["visitorType"] != "new" and visit["referrerType"] == "direct")
    for visitor, user in ((back["visitorId"], back["userId"] or ""), ("ab" * 8, "kim"), ("cd" * 8, "")):
        await asker.hit(idsite=4, _id=visitor, uid=user, url="https://harbour-radio.example/live", action_name="Live")
    visits = await _today(asker)
    assert len(visits) == len(before) + 3
    summary = await asker.answer("VisitsSummary.get", **TODAY)
    assert summary["nb_uniq_visitors"] == len({visit["visitorId"] for visit in visits})
    assert summary["nb_users"] == len({visit["userId"] for visit in visits if visit["userId"]})
    frequency = await asker.answer("VisitFrequency.get", **TODAY)
    new = {visit["visitorId"] for visit in visits if visit["visitorType"] == "new"}
    assert frequency["nb_uniq_visitors_new"] == len(new)
    for name, column in (("Referrers.getReferrerType", "referrerTypeName"), ("UserCountry.getCountry", "country")):
        visitors = Counter(label for label, _ in {(visit[column], visit["visitorId"]) for visit in visits})
        rows = await _rows(asker, name, date="today")
        assert {row["label"]: row["nb_uniq_visitors"] for row in rows} == visitors
        users = Counter(label for label, _ in {(visit[column], visit["userId"]) for visit in visits if visit["userId"]})
        assert {row["label"]: int(row["nb_users"]) for row in rows if int(row["nb_users"])} == users


async def test_events_are_those_of_the_feed_whichever_way_round() -> None:
    asker = reader()
    visits = await visits_of_day(4, SUNDAY)
    events = _actions(visits, "event")
    for name, column in (("getCategory", "eventCategory"), ("getAction", "eventAction"), ("getName", "eventName")):
        rows = await _rows(asker, f"Events.{name}")
        assert {row["label"]: row["nb_events"] for row in rows} == Counter(event[column] for event in events)
        assert _sum(rows, "sum_event_value") == sum(event.get("eventValue", 0) for event in events)
    for name, second in (("getCategory", "eventName"), ("getAction", "eventCategory"), ("getName", "eventCategory")):
        for row in await _rows(asker, f"Events.{name}", expanded=1, secondaryDimension=second):
            assert _sum(row["subtable"], "nb_events") == row["nb_events"]


async def test_contents_goals_and_orders_are_those_of_the_feed() -> None:
    asker = reader()
    shop = {"idSite": 1}
    visits = await visits_of_day(1, SUNDAY)
    every = [action for visit in visits for action in visit["actionDetails"]]
    contents = [action for action in every if action["type"] == 13]
    (banner,) = await _rows(asker, "Contents.getContentNames", **shop)
    assert int(banner["nb_impressions"]) + banner["nb_interactions"] == len(contents)
    for goal in (1, 2, 3, 4):
        figures = await asker.answer("Goals.get", **(DAY | shop | {"idGoal": goal}))
        assert figures["nb_conversions"] == sum(action["goalId"] == goal for action in _actions(visits, "goal"))
    carts = await asker.answer("Goals.get", **(DAY | shop | {"idGoal": "ecommerceAbandonedCart"}))
    left = _actions(visits, "ecommerceAbandonedCart")
    assert (carts["nb_conversions"], carts["revenue"]) == (
        len(left),
        pytest.approx(sum(cart["revenue"] for cart in left)),
    )
    sold = Counter[str]()
    for order in _actions(visits, "ecommerceOrder"):
        for item in order["itemDetails"]:
            sold[item["itemName"]] += item["quantity"]
    assert {row["label"]: row["quantity"] for row in await _rows(asker, "Goals.getItemsName", **shop)} == dict(sold)
    for name in ("getDaysToConversion", "getVisitsUntilConversion"):
        conversions = _sum(await _rows(asker, f"Goals.{name}", **shop), "nb_conversions")
        assert conversions == len(_actions(visits, "goal", "ecommerceOrder"))


async def test_visit_numbers_and_days_are_those_that_the_feed_tells() -> None:
    asker = reader()
    visits = await visits_of_day(4, SUNDAY)
    rows = await _rows(asker, "VisitorInterest.getNumberOfVisitsByVisitCount")
    counted = Counter(min(visit["visitCount"], 9) for visit in visits)
    assert [int(row["nb_visits"]) for row in rows[:8]] == [counted[number] for number in range(1, 9)]
    gaps = Counter(visit["daysSinceLastVisit"] for visit in visits)
    rows = await _rows(asker, "VisitorInterest.getNumberOfVisitsByDaysSinceLast")
    assert [int(row["nb_visits"]) for row in rows[:8]] == [gaps[number] for number in range(8)]
    users = Counter(visit["userId"] for visit in visits if visit["userId"])
    found = {row["label"]: row["nb_visits"] for row in await _rows(asker, "UserId.getUsers")}
    assert found == dict(users)


@pytest.mark.parametrize(
    "name", ["Referrers.getSearchEngines", "Referrers.getKeywords", "Referrers.getWebsites", "Referrers.getCampaigns"]
)
async def test_rows_are_the_sums_of_their_subtables(name: str) -> None:
    asker = reader()
    rows = await _rows(asker, name, idSite=1, expanded=1)
    metadata = await asker.answer("API.getMetadata", idSite=1, apiModule="Referrers", apiAction=name.partition(".")[2])
    for row in rows:
        if "subtable" not in row:
            continue
        opened = await _rows(
            asker, f"Referrers.{metadata[0]['actionToLoadSubTables']}", idSite=1, idSubtable=row["idsubdatatable"]
        )
        labels = [inner["label"] for inner in row["subtable"]]
        assert [inner["label"] for inner in opened] == labels
        if name != "Referrers.getCampaigns":
            assert _sum(opened, "nb_visits") == row["nb_visits"]
    flat = await _rows(asker, name, idSite=1, flat=1)
    assert _sum(flat, "nb_visits") == _sum(rows, "nb_visits")
    assert all(" - " in row["label"] for row in flat if name != "Referrers.getCampaigns")


async def test_a_flat_report_has_the_leaves_of_the_tree() -> None:
    asker = reader()

    async def leaves(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
        found = []
        for row in rows:
            if "idsubdatatable" in row:
                opened = await _rows(asker, "Actions.getPageUrls", idSite=1, idSubtable=row["idsubdatatable"])
                assert _sum(opened, "nb_hits") == row["nb_hits"]
                assert _sum(opened, "nb_visits") == row["nb_visits"]
                found += await leaves(opened)
            else:
                found.append((row["url"], row["nb_hits"]))
        return found

    tree = await leaves(await _rows(asker, "Actions.getPageUrls", idSite=1))
    flat = [(row["url"], row["nb_hits"]) for row in await _rows(asker, "Actions.getPageUrls", idSite=1, flat=1)]
    assert sorted(tree) == sorted(flat)
    assert len(flat) > 30


SEGMENTED = (
    "UserCountry.getCountry",
    "UserCountry.getCity",
    "DevicesDetection.getBrowsers",
    "DevicesDetection.getOsVersions",
    "Resolution.getConfiguration",
    "Referrers.getAll",
    "Referrers.getSearchEngines",
    "VisitTime.getVisitInformationPerLocalTime",
    "VisitTime.getVisitInformationPerServerTime",
    "VisitorInterest.getNumberOfVisitsByVisitCount",
    "VisitorInterest.getNumberOfVisitsPerPage",
    "Actions.getPageUrls",
    "Actions.getPageTitles",
    "Actions.getEntryPageUrls",
    "Actions.getExitPageTitles",
    "Actions.getSiteSearchKeywords",
    "Actions.getDownloads",
    "Events.getCategory",
    "Events.getAction",
    "Goals.getItemsName",
    "Contents.getContentPieces",
    "UserId.getUsers",
)


@pytest.mark.parametrize("name", SEGMENTED)
async def test_a_rows_segment_finds_the_visits_of_the_row(name: str) -> None:
    asker = reader()
    site = 1 if name.startswith(("Goals", "Contents")) else 3
    rows = await _rows(asker, name, idSite=site, flat=1)
    column = {"Actions.getEntryPageUrls": "entry_nb_visits", "Actions.getExitPageTitles": "exit_nb_visits"}
    counted = column.get(name, "orders" if name.startswith("Goals") else "nb_visits")
    checked = 0
    for row in rows[:4]:
        if row.get(counted) in (None, 0, "0"):
            continue
        narrowed = await asker.answer("VisitsSummary.get", **(DAY | {"idSite": site, "segment": row["segment"]}))
        if name.startswith("Goals"):
            # A product is also in the carts that were left.
            assert narrowed["nb_visits"] >= row[counted]
        else:
            assert narrowed["nb_visits"] == int(row[counted]), row["label"]
        checked += 1
    assert checked


async def test_days_add_up_to_longer_periods_with_daily_visitors() -> None:
    asker = reader()
    span = {"date": "2026-11-16,2026-11-22"}
    days = await asker.answer("UserCountry.getCountry", **(DAY | span))
    week = await _rows(asker, "UserCountry.getCountry", period="week")
    germany = next(row for row in week if row["label"] == "Germany")
    each = [row for rows in days.values() for row in rows if row["label"] == "Germany"]
    assert germany["nb_visits"] == _sum(each, "nb_visits")
    assert germany["sum_daily_nb_uniq_visitors"] == _sum(each, "nb_uniq_visitors")
    assert "nb_uniq_visitors" not in germany
    assert await _rows(asker, "UserCountry.getCountry", period="range", **span) == week
    assert all(type(row["nb_actions"]) is int for row in week)
    month = await asker.answer("VisitsSummary.get", **(DAY | {"period": "month", "date": "today"}))
    assert month["nb_visits"] == _sum(
        await _rows(asker, "Referrers.getReferrerType", period="month", date="today"), "nb_visits"
    )
    year = await asker.answer("API.get", **(DAY | {"period": "year", "date": "today"}))
    assert "nb_uniq_visitors" not in year
    assert year["nb_visits"] > month["nb_visits"]


async def test_the_main_metrics_are_those_of_each_module() -> None:
    asker = reader()
    every = await asker.answer("API.get", **DAY)
    for name in ("VisitsSummary.get", "Actions.get", "Referrers.get", "Goals.get", "PagePerformance.get"):
        assert every | await asker.answer(name, **DAY) == every
    halves = await asker.answer("VisitFrequency.get", **DAY)
    assert halves["nb_visits_new"] + halves["nb_visits_returning"] == every["nb_visits"]
    assert (
        sum(every[f"Referrers_visitorsFrom{name}"] for name in ("SearchEngines", "SocialNetworks", "DirectEntry"))
        + sum(every[f"Referrers_visitorsFrom{name}"] for name in ("Websites", "Campaigns"))
        == every["nb_visits"]
    )


async def test_a_tracked_visit_is_in_the_reports_at_once() -> None:
    asker = Asker()
    before = await asker.answer("Actions.get", **TODAY)
    await asker.hit(idsite=4, url="https://harbour-radio.example/new/page", action_name="New <b>page", _id="c0ffee" * 2)
    await asker.hit(idsite=4, url="https://harbour-radio.example/new/page", e_c="Player", e_a="start", e_n="x", ca=1)
    after = await asker.answer("Actions.get", **TODAY)
    assert after["nb_pageviews"] == before["nb_pageviews"] + 1
    rows = await _rows(asker, "Actions.getPageUrls", flat=1, date="today", filter_pattern="new/page")
    assert [(row["label"], row["nb_hits"]) for row in rows] == [("/new/page", 1)]
    assert " New <b>page" in [row["label"] for row in await _rows(asker, "Actions.getPageTitles", date="today")]
    countries = await _rows(asker, "UserCountry.getCountry", date="today")
    summary = await asker.answer("VisitsSummary.get", **TODAY)
    assert _sum(countries, "nb_visits") == summary["nb_visits"]
    assert _sum(countries, "nb_uniq_visitors") == summary["nb_uniq_visitors"]


async def test_around_a_page_everything_adds_up() -> None:
    asker = reader()
    url = "https://lumen-oak.example/products/moon-pendant"
    asked = DAY | {"idSite": 1, "pageUrl": url, "limitBeforeGrouping": 3}
    told = await asker.answer("Transitions.getTransitionsForPageUrl", **asked)
    page = next(row for row in await _rows(asker, "Actions.getPageUrls", idSite=1, flat=1) if row["url"] == url)
    metrics = told["pageMetrics"]
    assert metrics["pageviews"] == page["nb_hits"]
    assert metrics["entries"] == int(page["entry_nb_visits"]) == _sum(told["referrers"], "visits")
    before = _sum(told["previousPages"], "referrals") + _sum(told["previousSiteSearches"], "referrals")
    after = _sum(told["followingPages"], "referrals") + _sum(told["followingSiteSearches"], "referrals")
    assert before + metrics["entries"] + metrics["loops"] == metrics["pageviews"]
    assert after + metrics["exits"] + metrics["loops"] == metrics["pageviews"]
    assert told["previousPages"][-1]["label"] == "Others"
    nobody = await asker.answer("Transitions.getTransitionsForPageUrl", **(asked | {"pageUrl": "https://x.example/"}))
    assert nobody == {"result": "error", "message": "NoDataForAction"}


async def test_sites_are_the_sums_of_their_own_reports() -> None:
    asker = reader()
    sites = await asker.answer("MultiSites.getAll", period="day", date="2026-11-22", enhanced=1)
    assert [site["label"] for site in sites[:2]] == ["Lumen & Oak", "Field Notes"]
    for site in sites:
        own = DAY | {"idSite": site["idsite"]}
        assert site["nb_visits"] == (await asker.answer("VisitsSummary.get", **own))["nb_visits"]
        assert site["nb_pageviews"] == (await asker.answer("Actions.get", **own))["nb_pageviews"]
        assert site["revenue"] == (await asker.answer("Goals.get", **own))["revenue"]
        before = await asker.answer("VisitsSummary.get", **(own | {"date": "2026-11-21"}))
        assert site["previous_nb_visits"] == before["nb_visits"]
    assert [site["label"] for site in await asker.answer("MultiSites.getAll", "view", period="day", date="today")] == [
        "Lumen & Oak"
    ]


async def test_a_row_over_time_is_the_row_of_each_day() -> None:
    asker = reader()
    asked = DAY | {"date": "2026-11-20,2026-11-22", "apiModule": "Actions", "apiAction": "getPageUrls", "idSite": 1}
    told = await asker.answer("API.getRowEvolution", **asked, label="products > %2Fmoon-pendant")
    assert told["label"] == "lumen-oak.example/products/moon-pendant"
    for day, rows in told["reportData"].items():
        flat = await _rows(asker, "Actions.getPageUrls", idSite=1, flat=1, date=day, filter_pattern="moon-pendant")
        assert rows[0]["nb_hits"] == flat[0]["nb_hits"]
    several = await asker.answer("API.getRowEvolution", **asked, label="products,%2Findex", column="nb_hits")
    assert several["labels"] == ["products", "lumen-oak.example/"]
    assert [*several["reportData"]["2026-11-22"][0]] == ["nb_hits_0", "nb_hits_1"]
    alone = await asker.answer("API.getRowEvolution", **asked, label="no such page")
    assert alone["reportData"] == {"2026-11-20": [], "2026-11-21": [], "2026-11-22": []}


async def test_the_goals_of_a_row_over_time_are_those_of_the_row() -> None:
    asker = reader()
    asked = DAY | {"date": "2026-11-21,2026-11-22", "apiModule": "Referrers", "apiAction": "getReferrerType"}
    (row, *_) = await _rows(asker, "Referrers.getReferrerType", idSite=1, date="2026-11-22")
    asked |= {"idSite": 1, "label": row["label"], "format_metrics": 0}
    own = await asker.answer("API.getRowEvolution", **asked)
    assert not [name for name in own["reportData"]["2026-11-22"][0] if name.startswith(("goal", "nb_conv", "rev"))]
    told = await asker.answer("API.getRowEvolution", **asked, showGoalMetricsForGoal="0")
    (goals,) = told["reportData"]["2026-11-22"]
    of_each = {name.removeprefix("idgoal="): metrics for name, metrics in row["goals"].items()}
    assert {name: goals[f"goal_{name}_nb_conversions"] for name in of_each} == {
        name: metrics["nb_conversions"] for name, metrics in of_each.items()
    }
    assert sum(goals[f"goal_{name}_nb_conversions"] for name in of_each) == row["nb_conversions"]


async def test_reported_changes_are_real() -> None:
    asker = reader()
    rows = await asker.answer(
        "Insights.getMoversAndShakers", idSite=1, period="day", date="2026-11-22", reportUniqueId="Referrers_getSocials"
    )
    assert rows
    now = {row["label"]: row["nb_visits"] for row in await _rows(asker, "Referrers.getSocials", idSite=1)}
    then = await _rows(asker, "Referrers.getSocials", idSite=1, date="2026-11-21")
    old = {row["label"]: row["nb_visits"] for row in then}
    for row in rows:
        assert row["value_new"] == now.get(row["label"], 0)
        assert row["value_old"] == old.get(row["label"], 0)
        assert row["difference"] == row["value_new"] - row["value_old"]
        assert row["grown"] is (row["difference"] >= 0)


async def test_a_new_goal_counts_from_then_on() -> None:
    asker = Asker()
    goal = {"idSite": 4, "name": "Any page", "matchAttribute": "url", "pattern": "/", "patternType": "contains"}
    before = await asker.answer("Goals.get", **TODAY)
    made = (await asker.answer("Goals.addGoal", **goal, allowMultipleConversionsPerVisit=1))["value"]
    # Twenty minutes, to five before midnight in Sydney.
    asker.at += 1200
    visits = await _today(asker)
    reached = [action for action in _actions(visits, "goal") if action["goalId"] == made]
    found = await asker.answer("Goals.get", **(TODAY | {"idGoal": made}))
    assert found["nb_conversions"] == len(reached) > 0
    old = await asker.answer("Goals.get", **(TODAY | {"idGoal": 1}))
    assert old["nb_conversions"] >= before["nb_conversions"]
    assert (await asker.answer("Goals.get", **(DAY | {"idGoal": made})))["nb_conversions"] == 0


async def test_a_value_that_is_encoded_twice_means_the_same_as_one_that_is_encoded_once() -> None:
    asker = reader()
    row = next(row for row in await _rows(asker, "Events.getName") if " " in row["label"])
    found = [
        await asker.answer("VisitsSummary.get", **(DAY | {"segment": f"eventName=={written}"}))
        for written in (quote(row["label"]), quote_plus(row["label"]), quote(quote(row["label"])))
    ]
    assert [summary["nb_visits"] for summary in found] == [row["nb_visits"]] * 3
