"""Hits on ``matomo.php`` appear in the feed and the counters immediately."""

from __future__ import annotations

import json
from typing import Any

from tests.demo.asking import NOON, Asker

VISITOR = "c0ffee0000000001"


async def _mine(asker: Asker, site: int = 1) -> list[dict[str, Any]]:
    return await asker.visits(site, segment=f"visitorId=={VISITOR}", minTimestamp=int(NOON) - 7200)


async def test_a_hit_shows_up_at_once_and_the_next_ones_continue_the_visit() -> None:
    asker = Asker()
    (before,) = await asker.answer("Live.getCounters", idSite=1, lastMinutes=3)
    reply = await asker.hit(
        _id=VISITOR,
        url="https://lumen-oak.example/sale?mtm_campaign=spring&mtm_kwd=oak",
        action_name="Sale",
        urlref="https://mail.example/",
        ua="Mozilla/5.0 (iPhone)",
    )
    assert (reply.status, reply.body) == (204, b"")
    (after,) = await asker.answer("Live.getCounters", idSite=1, lastMinutes=3)
    assert (after["visits"], after["actions"]) == (before["visits"] + 1, before["actions"] + 1)
    newest = (await asker.visits(filter_limit=1))[0]
    assert newest["visitorId"] == VISITOR
    assert (newest["referrerType"], newest["referrerName"], newest["referrerKeyword"]) == ("campaign", "spring", "oak")
    assert (newest["deviceType"], newest["visitIp"]) == ("Smartphone", "203.0.0.0")

    asker.at += 60
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/", search="lamp", search_cat="shop", search_count=3)
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/", e_c="Video", e_a="play", e_n="tour", e_v=4, ca=1)
    await asker.hit(_id=VISITOR, download="https://lumen-oak.example/files/a.pdf", url="https://lumen-oak.example/")
    await asker.hit(_id=VISITOR, link="https://partner.example/", url="https://lumen-oak.example/")
    await asker.hit(_id=VISITOR, c_n="Banner", c_p="x.png", c_t="/sale", c_i="click", url="https://lumen-oak.example/")
    (visit,) = await _mine(asker)
    types = [action["type"] for action in visit["actionDetails"]]
    assert types == ["action", "search", "event", "download", "outlink", 13]
    assert (visit["actions"], visit["searches"], visit["events"], visit["visitDuration"]) == (5, 1, 1, 61)
    summary = await asker.answer(
        "VisitsSummary.get", idSite=1, period="day", date="today", segment=f"visitorId=={VISITOR}"
    )
    assert (summary["nb_visits"], summary["nb_actions"], summary["nb_uniq_visitors"]) == (1, 5, 1)


async def test_goals_orders_and_carts_are_tracked() -> None:
    asker = Asker()
    items = json.dumps([["SKU1", "Lamp", "Home", 29.9, 2], ["SKU2", "Chair", ["Home", "Oak"], 99, 1]])
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/checkout/shipping", action_name="Shipping")
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/", idgoal=1, revenue=7)
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/", idgoal=0, revenue=158.8, ec_items=items)
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/", idgoal=0, ec_id="A-1", revenue=163.7, ec_items=items)
    (visit,) = await _mine(asker)
    goals = [(action["goalName"], action["revenue"]) for action in visit["actionDetails"] if action["type"] == "goal"]
    assert goals == [("Reached checkout", 0), ("Newsletter sign-up", 7)]
    order = next(action for action in visit["actionDetails"] if action["type"] == "ecommerceOrder")
    assert (order["orderId"], order["revenue"], order["items"]) == ("A-1", 163.7, 3)
    assert [item["itemName"] for item in order["itemDetails"]] == ["Lamp", "Chair"]
    assert (visit["totalEcommerceRevenue"], visit["totalAbandonedCarts"]) == (163.7, 1)
    orders = await asker.answer(
        "Goals.get", idSite=1, period="day", date="today", segment=f"visitorId=={VISITOR}", idGoal="ecommerceOrder"
    )
    assert (orders["nb_conversions"], orders["revenue"], orders["items"]) == (1, 163.7, 3)


async def test_after_half_an_hour_it_is_another_visit() -> None:
    asker = Asker()
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/", action_name="One")
    asker.at += 29 * 60
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/a", action_name="Two")
    assert len(await _mine(asker)) == 1
    asker.at += 31 * 60
    await asker.hit(_id=VISITOR, url="https://lumen-oak.example/b", action_name="Three")
    newer, older = await _mine(asker)
    assert [action["title"] for action in older["actionDetails"] if action["type"] == "action"] == ["One", "Two"]
    assert [action["goalName"] for action in older["actionDetails"] if action["type"] == "goal"] == ["Long visit"]
    assert (newer["visitorType"], newer["visitCount"]) == ("returning", 2)
    assert newer["secondsSinceLastVisit"] == 31 * 60
    profile = await asker.answer("Live.getVisitorProfile", idSite=1, visitorId=VISITOR)
    assert (profile["totalVisits"], profile["totalPageViews"]) == (2, 3)


async def test_hits_read_back_unchanged() -> None:
    asker = Asker()
    title = "\x1b[2J\x1b]0;pwned\x07 \u202e [bold]<b>"
    await asker.hit(_id=VISITOR, uid="eve\x1b[8m", url="https://lumen-oak.example/", action_name=title)
    newest = (await asker.visits(filter_limit=1))[0]
    assert newest["actionDetails"][0]["pageTitle"] == title
    assert newest["userId"] == "eve\x1b[8m"


async def test_privileged_parameters_need_a_token_that_may_write() -> None:
    asker = Asker()
    for role, status in (("", 400), ("view", 400), ("write", 204), ("admin", 204)):
        reply = await asker.hit(role, url="https://lumen-oak.example/", cip="198.51.100.9", country="jp")
        assert reply.status == status
        if status == 400:
            assert reply.headers["content-type"].startswith("text/html")
    newest = (await asker.visits(filter_limit=1))[0]
    assert (newest["countryCode"], newest["visitIp"]) == ("jp", "198.51.0.0")


async def test_a_dated_hit_belongs_to_its_own_time() -> None:
    asker = Asker()
    await asker.hit("write", _id=VISITOR, url="https://lumen-oak.example/", cdt="2026-11-23 11:05:00")
    (visit,) = await _mine(asker)
    assert visit["lastActionDateTime"] == "2026-11-23 11:05:00"


async def test_a_visitor_id_that_resembles_a_generated_one() -> None:
    # One in 256 random visitor IDs has the form of a generated visitor's of site 1. This one is of a very distant day.
    asker = Asker()
    visitor = "344ab5cd2e6d12fd"
    reply = await asker.hit(_id=visitor, url="https://lumen-oak.example/")
    assert reply.status == 204
    (visit,) = await asker.visits(segment=f"visitorId=={visitor}", minTimestamp=int(NOON) - 60)
    assert visit["visitorType"] == "new"


async def test_unknown_sites_are_refused() -> None:
    asker = Asker()
    for site in ("99", "", "abc"):
        reply = await asker.hit(idsite=site, url="https://x.example/")
        assert reply.status == 400
        assert b"<h2>An unexpected website was found" in reply.body


async def test_many_hits_at_once() -> None:
    asker = Asker()
    requests = [f"?idsite=1&rec=1&url=https://lumen-oak.example/{n}&_id={VISITOR}" for n in range(3)]
    bulk = {"requests": [*requests, "?idsite=99&rec=1", "?idsite=1&rec=1&country=jp"]}
    reply = await asker.http("POST", "/matomo.php", json.dumps(bulk).encode())
    assert (reply.status, reply.json) == (200, {"status": "success", "tracked": 3, "invalid": 2})
    reply = await asker.http(
        "POST", "/matomo.php", json.dumps(bulk | {"token_auth": asker.demo.tokens["write"]}).encode()
    )
    assert reply.json == {"status": "success", "tracked": 4, "invalid": 1, "invalid_indices": [3]}
    (visit,) = await _mine(asker)
    assert visit["actions"] == 6
    assert (await asker.http("POST", "/matomo.php", b'{"requests": 5}')).status == 400


async def test_a_hit_without_a_body_and_a_picture() -> None:
    asker = Asker()
    reply = await asker.http("GET", "/matomo.php", query="idsite=1&rec=1&url=https%3A%2F%2Flumen-oak.example%2F")
    assert (reply.status, reply.headers["content-type"], reply.body[:6]) == (200, "image/gif", b"GIF89a")
    assert (await asker.http("GET", "/matomo.php")).headers["content-type"].startswith("text/html")


async def test_recorded_visits_are_bounded() -> None:
    asker = Asker()
    for start in range(0, 3000, 1000):
        requests = [f"?idsite=5&rec=1&url=https://launch.example/&_id={start + n:016x}" for n in range(1000)]
        await asker.http("POST", "/matomo.php", json.dumps({"requests": requests}).encode())
    assert len(await asker.visits(5)) == 2000
    asker.at += 60
    for number, visits in ((0, 1), (2999, 2)):
        await asker.hit(idsite=5, url="https://launch.example/again", _id=f"{number:016x}", new_visit=1)
        (newest, *_) = await asker.visits(5, segment=f"visitorId=={number:016x}")
        assert newest["visitCount"] == visits, "of the dropped ones none is counted"
    requests = [f"?idsite=5&rec=1&url=https://launch.example/{n}&_id={VISITOR}" for n in range(900)]
    await asker.http("POST", "/matomo.php", json.dumps({"requests": requests}).encode())
    (visit,) = await asker.visits(5, segment=f"visitorId=={VISITOR}")
    assert len(visit["actionDetails"]) == 500
