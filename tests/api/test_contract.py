"""Every recorded exchange of the API, decoded by the client into the right model or the right error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from matomo_tui.api import calls, goals, live, server, sites, users, visits_summary
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import (
    BadRequest,
    FeatureDisabled,
    LockedOut,
    MatomoError,
    NoAccess,
    TokenRejected,
)
from matomo_tui.api.site import Site
from tests.recorded import Exchange, FakeTransport, load

TOPICS = ("live", "live_action_types", "connection", "errors", "html_answers", "goals", "visits", "sites")
EXCHANGES = [exchange for topic in TOPICS for exchange in load(topic)]


def several_at_once(params: Mapping[str, str]) -> bool:
    """Return True if the answer has a level of sites or dates, which only an untyped call accepts."""
    site, date = params.get("idSite", ""), params.get("date", "")
    return "," in site or site == "all" or (date.startswith("last") and params.get("period") != "range")


def typed_call(exchange: Exchange) -> Call[Any]:
    """The client's call for the recorded request, if there is one."""
    params = exchange.params
    site = int(params["idSite"]) if params.get("idSite", "").isdecimal() else 0
    period: Any = params.get("period", "day")
    date, segment = params.get("date", "today"), params.get("segment", "")
    makers: dict[str, Any] = {
        "Live.getCounters": lambda: live.get_counters(site, int(params.get("lastMinutes", 0)), segment=segment),
        "Live.getLastVisitsDetails": lambda: live.get_last_visits_details(
            site, limit=int(params.get("filter_limit", 10)), period=period, date=date, segment=segment
        ),
        "Live.getVisitorProfile": lambda: live.get_visitor_profile(site, params["visitorId"]),
        "Live.getMostRecentVisitorId": lambda: live.get_most_recent_visitor_id(site),
        "API.getMatomoVersion": server.get_matomo_version,
        "API.isPluginActivated": lambda: server.is_plugin_activated(params["pluginName"]),
        "UsersManager.hasSuperUserAccess": users.has_super_user_access,
        "SitesManager.getSitesIdWithAdminAccess": sites.get_sites_id_with_admin_access,
        "SitesManager.getSitesIdWithWriteAccess": sites.get_sites_id_with_write_access,
        "SitesManager.getSitesIdWithViewAccess": sites.get_sites_id_with_view_access,
        "SitesManager.getSitesWithAtLeastViewAccess": sites.get_sites_with_at_least_view_access,
        "SitesManager.getPatternMatchSites": lambda: sites.get_pattern_match_sites(params["pattern"]),
        "SitesManager.getSiteFromId": lambda: sites.get_site_from_id(site),
    }
    if not several_at_once(params):
        makers["VisitsSummary.get"] = lambda: visits_summary.get(site, period, date, segment=segment)
        makers["Goals.get"] = lambda: goals.get(site, period, date, segment=segment)
    maker = makers.get(exchange.method)
    return maker() if maker is not None else calls.untyped(exchange.method, params)


async def outcome(exchange: Exchange) -> Any:
    """The client's answer or error."""
    try:
        return await Client(FakeTransport([exchange.response()])).call(typed_call(exchange))
    except MatomoError as error:
        return error


def refused(exchange: Exchange) -> bool:
    return exchange.json is None or (isinstance(exchange.json, dict) and exchange.json.get("result") == "error")


REFUSED = [exchange for exchange in EXCHANGES if refused(exchange)]
ANSWERED = [exchange for exchange in EXCHANGES if not refused(exchange)]

# What Matomo's message begins with, and the error that it means: class, role, site.
MEANINGS: tuple[tuple[str, type[MatomoError], str | None, int | None], ...] = (
    ("You can't access this resource as it requires 'view' access for the website id = 1.", NoAccess, "view", 1),
    ("You can't access this resource as it requires 'view' access for the website id = 2.", NoAccess, "view", 2),
    ("You can't access this resource as it requires 'write' access for the website id = 1.", NoAccess, "write", 1),
    ("You can't access this resource as it requires 'admin' access for the website id = 1.", NoAccess, "admin", 1),
    ("You can't access this resource as it requires a 'superuser' access.", NoAccess, "superuser", None),
    ("You can't access this resource as it requires view access for at least one", NoAccess, "view", None),
    ("The plugin Nope is not enabled.", FeatureDisabled, None, None),
    ("The period 'eon' is not supported.", FeatureDisabled, None, None),
)


@pytest.mark.parametrize("exchange", REFUSED, ids=lambda exchange: exchange.name)
async def test_a_recorded_refusal_is_the_error_it_means(exchange: Exchange) -> None:
    error = await outcome(exchange)
    assert isinstance(error, MatomoError)
    if exchange.json is None:
        locked = b"Too many failed logins" in exchange.body
        assert type(error) is (LockedOut if locked else TokenRejected)
        assert error.stops_polling
        return
    message = exchange.json["message"]
    kind, role, site = next((m[1:] for m in MEANINGS if message.startswith(m[0])), (BadRequest, None, None))
    assert type(error) is kind
    if isinstance(error, NoAccess):
        assert (error.role, error.site_id) == (role, site)
    if isinstance(error, BadRequest):
        assert str(error)[:40] == message.replace("&quot;", '"').replace("&gt;", ">")[:40]


@pytest.mark.parametrize("exchange", ANSWERED, ids=lambda exchange: exchange.name)
async def test_a_recorded_answer_keeps_every_value(exchange: Exchange) -> None:
    answer = await outcome(exchange)
    assert not isinstance(answer, MatomoError), answer
    expectation = EXPECTED.get(type(answer).__name__)
    if expectation is not None:
        expectation(answer, exchange.json[0] if isinstance(exchange.json, list) else exchange.json)
    elif isinstance(answer, tuple) and answer and isinstance(answer[0], live.Visit | Site):
        assert len(answer) == len(exchange.json)
        for found, raw in zip(answer, exchange.json, strict=True):
            EXPECTED[type(found).__name__](found, raw)
    elif exchange.method == "Live.getVisitorProfile":
        assert (answer, exchange.json) == (None, [])
    elif isinstance(exchange.json, dict) and set(exchange.json) == {"value"}:
        assert answer == (exchange.json if isinstance(answer, dict) else exchange.json["value"])
    else:
        assert (list(answer) if isinstance(answer, tuple) else answer) == exchange.json


def expect_counters(found: live.Counters, raw: dict[str, Any]) -> None:
    assert (found.visits, found.actions) == (raw["visits"], raw["actions"])
    assert (found.visitors, found.visits_converted) == (raw.get("visitors"), raw.get("visitsConverted"))


def expect_summary(found: visits_summary.VisitsSummary, raw: Any) -> None:
    raw = raw or {}
    assert found.nb_visits == raw.get("nb_visits", 0)
    assert found.nb_uniq_visitors == raw.get("nb_uniq_visitors")
    assert found.avg_time_on_site == raw.get("avg_time_on_site", 0)
    assert found.bounce_rate == pytest.approx(float(raw.get("bounce_rate", "0%").rstrip("%")) / 100)
    assert found.nb_actions_per_visit == raw.get("nb_actions_per_visit", 0)


def expect_goals(found: goals.GoalsSummary, raw: Any) -> None:
    raw = raw or {}
    assert found.nb_conversions == raw.get("nb_conversions", 0)
    assert found.revenue == raw.get("revenue", 0)
    assert found.conversion_rate == pytest.approx(float(raw.get("conversion_rate", "0%").rstrip("%")) / 100)


def expect_site(found: Site, raw: dict[str, Any]) -> None:
    assert (found.id, found.name, found.main_url) == (raw["idsite"], raw["name"], raw["main_url"])
    assert (found.timezone, found.currency, found.group) == (raw["timezone"], raw["currency"], raw["group"])
    assert (found.ecommerce, found.sitesearch) == (raw["ecommerce"] == 1, raw["sitesearch"] == 1)


def expect_visit(found: live.Visit, raw: dict[str, Any]) -> None:
    names = {"id_visit": "idVisit", "id_site": "idSite", "visit_ip": "visitIp"}
    for field in live.Visit.__struct_fields__:
        if field == "action_details":
            continue
        if field == "truncated_actions_count":  # sent only for a visit of which actions are left out
            assert (found.truncated_actions_count, "truncatedActionsCount" in raw) == (0, False)
            continue
        first, *rest = field.split("_")
        sent = raw[names.get(field, first + "".join(word.capitalize() for word in rest))]
        assert getattr(found, field) == ("" if sent is None else sent), field
    assert len(found.action_details) == len(raw["actionDetails"])
    for action, sent in zip(found.action_details, raw["actionDetails"], strict=True):
        expect_action(action, sent)


def expect_action(found: live.Action, raw: dict[str, Any]) -> None:
    assert found.type == str(raw["type"])
    assert (found.title, found.subtitle) == (raw.get("title") or "", raw.get("subtitle") or "")
    assert (found.url, found.page_title) == (raw.get("url") or "", raw.get("pageTitle") or "")
    assert (found.timestamp, found.time_spent) == (raw["timestamp"], raw.get("timeSpent"))
    assert (found.goal_name, found.goal_id) == (raw.get("goalName", ""), raw.get("goalId"))
    assert (found.revenue, found.order_id, found.items) == (
        raw.get("revenue"),
        raw.get("orderId", ""),
        raw.get("items"),
    )
    assert (found.event_category, found.event_action) == (raw.get("eventCategory", ""), raw.get("eventAction", ""))
    assert (found.event_name, found.event_value) == (raw.get("eventName", ""), raw.get("eventValue"))
    assert found.site_search_keyword == raw.get("siteSearchKeyword", "")
    assert found.site_search_category == raw.get("siteSearchCategory", "")
    assert found.site_search_count == raw.get("siteSearchCount")
    assert (found.content_name, found.content_piece) == (raw.get("contentName", ""), raw.get("contentPiece", ""))
    assert [item.item_sku for item in found.item_details] == [item["itemSKU"] for item in raw.get("itemDetails", [])]
    assert [item.price for item in found.item_details] == [item["price"] for item in raw.get("itemDetails", [])]


def expect_profile(found: live.VisitorProfile, raw: dict[str, Any]) -> None:
    assert (found.visitor_id, found.user_id) == (raw["visitorId"], raw["userId"] or "")
    assert (found.total_visits, found.total_actions) == (raw["totalVisits"], raw["totalActions"])
    assert found.total_visit_duration == raw["totalVisitDuration"]
    assert (found.next_visitor_id, found.previous_visitor_id) == (
        raw["nextVisitorId"] or None,
        raw["previousVisitorId"] or None,
    )
    assert [(page.label, page.count) for page in found.visited_pages] == [
        (page["url"], page["count"]) for page in raw["visitedPages"]
    ]
    assert [(device.label, device.count) for device in found.devices] == [
        (device["type"], device["count"]) for device in raw["devices"]
    ]
    assert [(country.label, country.count) for country in found.countries] == [
        (country["prettyName"], country["nb_visits"]) for country in raw["countries"]
    ]
    assert found.first_visit is not None
    assert (found.first_visit.timestamp, found.first_visit.referral_summary) == (
        raw["firstVisit"]["date"],
        raw["firstVisit"]["referralSummary"],
    )
    for visit, sent in zip(found.last_visits, raw["lastVisits"], strict=True):
        expect_visit(visit, sent)


EXPECTED: dict[str, Any] = {
    "Counters": expect_counters,
    "VisitsSummary": expect_summary,
    "GoalsSummary": expect_goals,
    "Site": expect_site,
    "Visit": expect_visit,
    "VisitorProfile": expect_profile,
}
