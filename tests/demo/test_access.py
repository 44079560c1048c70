"""Tokens, roles, the lockout after wrong tokens, and the demo's simulated outages."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

import pytest

from matomo_tui.demo.options import DemoOptions
from tests.demo.asking import WRONG_TOKEN, Asker
from tests.recorded import load


async def _sites(asker: Asker, role: str) -> dict[str, Any]:
    names = ("Admin", "Write", "View", "AtLeastView")
    return {name: await asker.answer(f"SitesManager.getSitesIdWith{name}Access", role) for name in names}


async def test_each_role_has_its_sites() -> None:
    asker = Asker()
    every = [1, 2, 3, 4, 5]
    assert await _sites(asker, "superuser") == {"Admin": every, "Write": [], "View": [], "AtLeastView": every}
    assert await _sites(asker, "admin") == {"Admin": [1, 2], "Write": [], "View": [], "AtLeastView": [1, 2]}
    assert await _sites(asker, "write") == {"Admin": [], "Write": [1], "View": [], "AtLeastView": [1]}
    assert await _sites(asker, "view") == {"Admin": [], "Write": [], "View": [1], "AtLeastView": [1]}
    assert await _sites(asker, "noaccess") == {"Admin": [], "Write": [], "View": [], "AtLeastView": []}
    assert await _sites(asker, "anonymous") == {"Admin": [], "Write": [], "View": [3], "AtLeastView": [3]}


async def test_tokens_are_hexadecimal_different_and_the_same_again() -> None:
    tokens = Asker().demo.tokens
    assert list(tokens) == ["superuser", "admin", "write", "view", "noaccess"]
    assert all(len(token) == 32 and int(token, 16) for token in tokens.values())
    assert len(set(tokens.values())) == 5
    assert Asker().demo.tokens == tokens
    assert not set(Asker(seed=2).demo.tokens.values()) & set(tokens.values())


async def test_a_user_learns_who_they_are() -> None:
    asker = Asker()
    for role, login in (("view", "carol"), ("write", "bob")):
        (me,) = await asker.answer("UsersManager.getUsersPlusRole", role, idSite=1)
        assert (me["login"], me["role"]) == (login, role)
    logins = [user["login"] for user in await asker.answer("UsersManager.getUsersPlusRole", "admin", idSite=1)]
    assert logins == ["alice", "bob", "carol", "jonas.weber", "mara.lind", "nina.ortiz", "old.intern"]
    every = [user["login"] for user in await asker.answer("UsersManager.getUsersPlusRole", idSite=1)]
    assert every == sorted([*logins, "anonymous", "dave", "root", "yuki.sato"])


async def test_a_bearer_token_is_as_good_as_one_in_the_body() -> None:
    asker = Asker()
    body = urlencode({"module": "API", "method": "SitesManager.getSitesIdWithWriteAccess", "format": "json"}).encode()
    headers = {"authorization": f"Bearer {asker.demo.tokens['write']}"}
    reply = await asker.http("POST", "/matomo/index.php", body, headers=headers)
    assert reply.json == [1]
    reply = await asker.http("POST", "/index.php", body, headers={"authorization": f"Bearer {WRONG_TOKEN}"})
    assert reply.status == 401


async def test_a_token_in_the_address_is_refused() -> None:
    asker = Asker()
    query = f"module=API&method=API.getMatomoVersion&format=json&token_auth={asker.demo.tokens['view']}"
    assert (await asker.http("GET", "/index.php", query=query)).status == 401
    query = "module=API&method=SitesManager.getSitesIdWithViewAccess&format=json"
    assert (await asker.http("GET", "/index.php", query=query)).json == [3]


async def test_wrong_tokens_lock_the_address_out_for_everybody_for_an_hour() -> None:
    wrong, often, blocked = load("html_answers")
    asker = Asker()
    for _ in range(20):
        reply = await asker.post("invalid", method="API.getMatomoVersion")
        assert (reply.status, reply.headers["content-type"]) == (wrong.status, wrong.headers["content-type"])
        assert (
            b"<h2>Unable to authenticate with the provided token. It is either invalid or expired.</h2>" in reply.body
        )
        asker.at += 10
    for role, recorded in (("invalid", often), ("superuser", blocked)):
        reply = await asker.post(role, method="API.getMatomoVersion")
        assert (reply.status, reply.headers["content-type"]) == (recorded.status, recorded.headers["content-type"])
        assert b"<h2>Too many failed logins. Please wait and try logging in again later.</h2>" in reply.body
    body = urlencode({"module": "API", "method": "API.getMatomoVersion", "token_auth": asker.demo.tokens["view"]})
    elsewhere = await asker.http("POST", "/index.php", body.encode(), ip="198.51.100.1")
    assert elsewhere.status == 200
    asker.at += 3600
    assert (await asker.post(method="API.getMatomoVersion")).status == 200


async def test_parts_of_a_bulk_fail_alone_and_inherit_the_outer_parameters() -> None:
    asker = Asker()
    parts = {
        "urls[0]": "method=VisitsSummary.getVisits&idSite=2&period=day&date=yesterday",
        "urls[10]": "method=Live.getCounters&lastMinutes=30",
        "urls[2]": "method%3DLive.getCounters",
        "urls[1]": "method=Nope.get",
        "urls[3]": "method=Live.getLastVisitsDetails&filter_limit=2&showColumns=idVisit",
    }
    reply = await asker.post("view", method="API.getBulkRequest", idSite=1, filter_limit=5, **parts)
    assert reply.status == 200
    refused, counters, encoded, unknown, visits = reply.json
    assert refused["message"].endswith("'view' access for the website id = 2.")
    assert counters[0]["visits"] > 0
    assert encoded["message"] == "Please specify a value for 'lastMinutes'."
    assert [list(visit) for visit in visits] == [["idVisit"]] * 2
    assert unknown["message"] == "The plugin Nope was not found."


async def test_columns_and_rows_can_be_chosen() -> None:
    asker = Asker()
    shown = await asker.answer("VisitsSummary.get", idSite=1, period="day", date="last2", showColumns="nb_visits")
    assert all(isinstance(visits, int) for visits in shown.values())
    shown = await asker.answer("VisitsSummary.get", idSite=1, period="day", date="last2", showColumns="nb_visits,x")
    assert all(isinstance(visits, int) for visits in shown.values())
    hidden = await asker.answer("Live.getCounters", idSite=1, lastMinutes=3, hideColumns="visitors,actions")
    assert list(hidden[0]) == ["visits", "visitsConverted"]
    pages = [await asker.visits(filter_limit=7, filter_offset=offset) for offset in (0, 7, 14)]
    whole = await asker.visits(filter_limit=21)
    assert [visit["idVisit"] for page in pages for visit in page] == [visit["idVisit"] for visit in whole]
    times = [visit["lastActionTimestamp"] for visit in whole]
    assert times == sorted(times, reverse=True)
    assert len(await asker.answer("Live.getLastVisitsDetails", idSite=1)) == 100
    bare = await asker.visits(filter_limit=2, doNotFetchActions=1)
    assert [visit["actionDetails"] for visit in bare] == [[], []]
    found = await asker.answer("SitesManager.getAllSites", **{"filter_pattern": "radio", "filter_column[]": "name"})
    assert [site["idsite"] for site in found] == [4]


async def test_several_sites_at_once() -> None:
    asker = Asker()
    visits = await asker.visits(idSite="1,2", minTimestamp=int(asker.at) - 900)
    assert {visit["idSite"] for visit in visits} == {1, 2}
    (both,) = await asker.answer("Live.getCounters", idSite="1,2", lastMinutes=15)
    singles = [(await asker.answer("Live.getCounters", idSite=site, lastMinutes=15))[0] for site in (1, 2)]
    assert both == {key: singles[0][key] + singles[1][key] for key in both}
    assert len({visit["idVisit"] for visit in visits}) == len(visits)


async def test_fifty_thousand_sites_are_a_search_away() -> None:
    asker = Asker(extra_sites=50_000)
    found = await asker.answer("SitesManager.getPatternMatchSites", pattern="bakery 049", limit=20)
    assert 0 < len(found) <= 20
    assert all("Bakery 049" in site["name"] for site in found)
    last = await asker.answer("SitesManager.getSiteFromId", "view", idSite=50_100)
    assert last["name"].endswith("49999")
    (counters,) = await asker.answer("Live.getCounters", idSite=50_100, lastMinutes=30)
    assert counters["visits"] == 0
    few = await asker.answer("SitesManager.getSitesWithAtLeastViewAccess", "view", limit=3)
    assert [site["idsite"] for site in few] == [1, 101, 102]
    unknown = await asker.answer("SitesManager.getSiteFromId", idSite=50_101)
    assert unknown["result"] == "error"


async def test_features_can_be_switched_off() -> None:
    asker = Asker(options=DemoOptions(disabled={2: frozenset({"visits_log"}), 0: frozenset({"visitor_profile"})}))
    refused = await asker.answer("Live.getLastVisitsDetails", idSite=2)
    assert refused["message"].startswith("Visits log is deactivated in website settings.")
    assert (await asker.answer("Live.getCounters", idSite=2, lastMinutes=30))[0]["visits"] > 0
    assert await asker.visits(filter_limit=1)
    profile = await asker.answer("Live.getVisitorProfile", idSite=1)
    assert profile["message"].startswith("Visitor profile is deactivated globally.")


@pytest.mark.parametrize("status", [429, 502, 503])
async def test_it_can_be_out_of_order(status: int) -> None:
    asker = Asker(options=DemoOptions(outage=status, retry_after=30))
    reply = await asker.post(method="API.getMatomoVersion")
    assert (reply.status, reply.headers["retry-after"]) == (status, "30")
    asker.demo.options.outage = "html"
    assert (await asker.post(method="API.getMatomoVersion")).headers["content-type"].startswith("text/html")
    asker.demo.options.outage = "garbage"
    with pytest.raises(ValueError, match="Expecting value"):
        _ = (await asker.post(method="API.getMatomoVersion")).json
    asker.demo.options.outage = "hang"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asker.post(method="API.getMatomoVersion"), 0.05)
    asker.demo.options.outage = None
    assert (await asker.post(method="API.getMatomoVersion")).json == {"value": "5.8.0"}


async def test_every_answer_is_dated_by_the_demo_and_numbered() -> None:
    asker = Asker()
    reply = await asker.post(method="API.getMatomoVersion")
    assert reply.headers["date"] == "Mon, 23 Nov 2026 12:35:00 GMT"
    assert len(reply.headers["x-matomo-request-id"]) == 5
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert int(reply.headers["content-length"]) == len(reply.body)


async def test_other_addresses_are_pages() -> None:
    asker = Asker()
    assert (await asker.http("GET", "/")).status == 200
    assert b"<title>Sign in - Matomo</title>" in (await asker.http("GET", "/matomo/")).body
    assert (await asker.http("GET", "/favicon.ico")).status == 404
    assert (await asker.http("HEAD", "/")).body == b""
    assert (await asker.http("POST", "/index.php", b"x" * 9_000_000)).status == 413
    other = await asker.post(method="API.getMatomoVersion", format="xml")
    assert other.body.startswith(b"<?xml ")
    refused = await asker.post(method="API.getMatomoVersion", format="json2")
    assert refused.body.startswith(b"Error: Renderer format 'json2' not valid.")
