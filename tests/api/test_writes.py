"""Writes and lists of goals, sites, users and the tracker: as recorded, as sent, and only if allowed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api import calls, goals, segment_editor, sites, tracking, users
from matomo_tui.api.address import Address
from matomo_tui.api.calls import Call, encode_param
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, ConnectionLost, MatomoError, NoAccess, NotAllowed
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.permissions import AREAS
from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Response
from matomo_tui.api.write_encoding import as_number, as_typed, as_typed_twice_decoded
from tests.api.wire import Wire
from tests.recorded import Exchange, FakeTransport, fake_matomo, json_response, load

EXCHANGES = [exchange for topic in ("writes", "users", "errors", "goals", "sites") for exchange in load(topic)]
TOKEN = "0123456789abcdef0123456789abcdef"
PASSWORD = Secret("correct horse & battery")


def typed_call(exchange: Exchange) -> Call[Any] | None:
    """The client's call for the recorded request, if there is one."""
    params = exchange.params
    site = int(params["idSite"]) if params.get("idSite", "").isdecimal() else 0
    login = params.get("userLogin", "")
    definition: dict[str, Any] = {
        "name": params.get("name", ""),
        "match_attribute": params.get("matchAttribute", ""),
        "pattern": params.get("pattern", ""),
        "pattern_type": params.get("patternType", ""),
        "revenue": float(params.get("revenue", 0)),
        "description": params.get("description", ""),
    }
    makers: Mapping[str, Any] = {
        "Goals.getGoals": lambda: goals.get_goals(site),
        "Goals.getGoal": lambda: goals.get_goal(site, int(params["idGoal"])),
        "Goals.addGoal": lambda: goals.add_goal(site, **definition),
        "Goals.updateGoal": lambda: goals.update_goal(
            site,
            int(params["idGoal"]),
            **definition,
            case_sensitive=False,
            allow_multiple=False,
            event_value_as_revenue=False,
        ),
        "Goals.deleteGoal": lambda: goals.delete_goal(site, int(params["idGoal"])),
        "SitesManager.getSiteFromId": lambda: sites.get_site_details(site),
        "SitesManager.getSiteUrlsFromId": lambda: sites.get_site_urls_from_id(site),
        "SitesManager.getAllSites": lambda: sites.get_sites_from_group(""),
        "SitesManager.getSitesWithAdminAccess": sites.get_sites_with_admin_access,
        "SitesManager.getTimezonesList": sites.get_timezones_list,
        "SitesManager.getCurrencyList": sites.get_currency_list,
        "SitesManager.addSite": lambda: sites.add_site(params["siteName"], ("https://x.example",)),
        "SitesManager.deleteSite": lambda: sites.delete_site(site),
        "UsersManager.getUsers": users.get_users,
        "UsersManager.getUser": lambda: users.get_user(login),
        "UsersManager.getUsersPlusRole": lambda: users.get_users_plus_role(site),
        "UsersManager.getUsersAccessFromSite": lambda: users.get_users_access_from_site(site),
        "UsersManager.getSitesAccessForUser": lambda: users.get_sites_access_for_user(login),
        "UsersManager.userExists": lambda: users.user_exists(login),
        "UsersManager.addUser": lambda: users.add_user(login, PASSWORD, params["email"]),
        "UsersManager.updateUser": lambda: users.update_user(login, email=params["email"]),
        "UsersManager.deleteUser": lambda: users.delete_user(login),
        "UsersManager.setUserAccess": lambda: users.set_user_access(login, "view", (1,)),
    }
    maker = makers.get(exchange.method)
    return maker() if maker is not None else None


CASES = [(exchange, call) for exchange in EXCHANGES if (call := typed_call(exchange)) is not None]


@pytest.mark.parametrize(("exchange", "call"), CASES, ids=lambda value: getattr(value, "name", ""))
async def test_every_recorded_answer_reads(exchange: Exchange, call: Call[Any]) -> None:
    client = Client(FakeTransport([exchange.response()]))
    if isinstance(exchange.json, dict) and exchange.json.get("result") == "error":
        with pytest.raises(NoAccess if exchange.status == 401 else BadRequest):
            await client.call(call)
        return
    answer = await client.call(call)
    if exchange.json == {"result": "success", "message": "ok"}:
        assert answer is None
    elif isinstance(exchange.json, dict) and "value" in exchange.json:
        assert answer == exchange.json["value"]
    elif isinstance(exchange.json, list):
        rows = getattr(answer, "users", getattr(answer, "sites", answer))
        assert len(rows) == len(exchange.json)
    else:
        assert answer


def test_every_call_has_a_recording() -> None:
    assert {exchange.method for exchange, _ in CASES} >= {"Goals.addGoal", "UsersManager.setUserAccess"}
    assert len(CASES) > 60


def one(topic: str, method: str, role: str = "superuser") -> Response:
    return next(row.response() for row in load(topic) if row.method == method and row.role == role)


async def test_the_total_comes_from_the_header_and_not_in_a_bulk_request() -> None:
    recorded = one("users", "UsersManager.getUsersPlusRole")
    call = users.get_users_plus_role(1, limit=3)
    page = await Client(FakeTransport([recorded])).call(call)
    assert (page.total, [user.login for user in page.users]) == (6, ["alice", "anonymous", "bob"])
    assert (page.users[0].role, page.users[0].uses_2fa, page.users[0].is_invited) == ("admin", False, False)
    (part,) = await Client(FakeTransport([json_response([json.loads(recorded.body)])])).bulk([call])
    assert isinstance(part, users.UsersPage)
    assert (part.total, len(part.users)) == (None, 3)


async def test_goals_read_as_they_were_typed() -> None:
    (goal,) = await Client(
        FakeTransport([next(row.response() for row in load("writes") if row.method == "Goals.getGoals")])
    ).call(goals.get_goals(2))
    assert (goal.name, goal.pattern, goal.revenue) == ("Sign-up", "Thanks & <b>", 4.0)
    missing = await Client(FakeTransport([json_response({"result": "success", "message": "ok"})])).call(
        goals.get_goal(1, 9)
    )
    assert missing is None


async def test_lists_to_choose_from() -> None:
    zones = {"Africa": {"Africa/Algiers": "Algeria"}, "UTC": {"UTC": "UTC", "UTC+2": "UTC+2"}}
    found = await Client(fake_matomo({"SitesManager.getTimezonesList": zones})).call(sites.get_timezones_list())
    assert [(zone.value, zone.label, zone.group) for zone in found] == [
        ("Africa/Algiers", "Algeria", "Africa"),
        ("UTC", "UTC", "UTC"),
        ("UTC+2", "UTC+2", "UTC"),
    ]
    money = {"EUR": "Euro (€)", "XXX": "\x1b[2JHostile"}
    currencies = await Client(fake_matomo({"SitesManager.getCurrencyList": money})).call(sites.get_currency_list())
    assert [(currency.value, currency.label) for currency in currencies] == [
        ("EUR", "Euro (€)"),
        ("XXX", "[2JHostile"),
    ]


@pytest.mark.parametrize("escaped", [True, False])
async def test_the_tracking_code_is_code(escaped: bool) -> None:
    code = "<!-- Matomo -->\n<script>\n  var _paq = window._paq || [];\n</script>"
    value = code.replace("<", "&lt;").replace(">", "&gt;") if escaped else code
    for call in (sites.get_javascript_tag(1, cross_domain=True), sites.get_image_tracking_code(1)):
        assert await Client(FakeTransport([json_response({"value": value})])).call(call) == code


def test_a_manual_goal_sends_the_parameters_that_matomo_requires_and_ignores() -> None:
    call = goals.add_goal(1, name="x", match_attribute="manually")
    assert (call.params["pattern"], call.params["patternType"]) == (".*", "regex")


def test_update_site_refuses_to_empty_lists() -> None:
    with pytest.raises(ValueError, match="excluded_ips"):
        sites.update_site(1, name="x")
    lists = dict.fromkeys(sites.LIST_SETTINGS, "")
    assert dict(sites.update_site(1, name="x", **lists).params)["siteName"] == "x"
    with pytest.raises(ValueError, match="no setting"):
        sites.update_site(1, colour="red", **lists)


def test_a_page_of_sites_asks_the_server_for_no_more_than_it_takes() -> None:
    params = sites.get_sites_with_admin_access("shop", limit=50, offset=100).params
    assert dict(params) == {"limit": 150, "filter_limit": 50, "filter_offset": 100, "pattern": "shop"}


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_texts_arrive_as_they_were_typed(text: str) -> None:
    import html
    from urllib.parse import unquote_plus

    assert html.unescape(as_typed(text)) == text or "&" not in as_typed(text)
    assert html.unescape(as_typed(text)).replace("\r", "") == text.replace("\r", "")
    assert unquote_plus(html.unescape(as_typed_twice_decoded(text))).replace("\r", "") == text.replace("\r", "")


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-0.0, "0"), (20.0, "20"), (19.9, "19.9"), (1e9, "1000000000")]
)
def test_amounts_have_a_point(value: float, text: str) -> None:
    assert as_number(value) == text


async def test_a_password_is_in_the_request_and_nowhere_else() -> None:
    transport = fake_matomo({"UsersManager.updateUser": {"result": "success", "message": "ok"}})
    call = users.update_user("erin", password=PASSWORD, email="e@example.org")
    confirmed = users.with_confirmation(call, Secret("my own one"))
    for shown in (repr(call), repr(confirmed), str(confirmed.shown_params())):
        assert "battery" not in shown
        assert "my own" not in shown
    await Client(transport).call(confirmed)
    fields = dict(transport.sent[0])
    assert (fields["password"], fields["passwordConfirmation"]) == ("correct horse & battery", "my own one")
    assert encode_param(PASSWORD) == "correct horse & battery"


@pytest.mark.parametrize(
    ("call", "area"),
    [
        (goals.get_goals(1), "read"),
        (goals.delete_goal(1, 1), "goals"),
        (sites.delete_site(1), "sites"),
        (users.delete_user("x"), "users"),
        (users.resend_invite("x"), "users"),
        (segment_editor.add(1, "x", "a==b"), "segments"),
        (segment_editor.update(7, 1, "x", "a==b", auto_archive=False, enable_all_users=False), "segments"),
        (segment_editor.delete(7), "segments"),
        (calls.untyped("Annotations.save", {}), "annotations"),
        (calls.untyped("CoreAdminHome.invalidateArchivedReports", {}), "other"),
        (calls.untyped("UsersManager.createAppSpecificTokenAuth", {}), "users"),
        (calls.untyped("Custom.whatever", {}, writes=True), "other"),
        (calls.untyped("API.getSettings", {}), "read"),
        (calls.untyped("API.isPluginActivated", {}), "read"),
    ],
    ids=lambda value: getattr(value, "method", value),
)
async def test_each_call_has_an_area_that_has_to_be_allowed(call: Call[Any], area: str) -> None:
    assert call.area == area
    assert call.is_write == (area != "read")
    others = [name for name in AREAS if name != area]
    transport = FakeTransport(lambda _: json_response([]))
    with pytest.raises(NotAllowed, match="Nothing has changed"):
        await Client(transport, allow=others).call(call)
    with pytest.raises(NotAllowed):
        await Client(transport, allow=others).bulk([call])
    if area != "read":
        with pytest.raises(NotAllowed, match="Read-only"):
            await Client(transport, read_only=True).call(call)
    assert transport.sent == []


async def test_a_write_is_never_repeated_by_itself() -> None:
    transport = FakeTransport([ConnectionLost("broke"), json_response({"result": "success"})])
    with pytest.raises(ConnectionLost):
        await Client(transport).call(calls.untyped("SitesManager.deleteSite", {"idSite": 1}))
    assert len(transport.sent) == 1


def tracker(answer: httpx.Response, *, auth: str = "post") -> tuple[HttpTransport, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    transport = HttpTransport(
        Address.parse("https://matomo.example/base/"),
        Secret(TOKEN),
        auth="bearer" if auth == "bearer" else "post",
        httpx_transport=Wire(respond),
    )
    return transport, seen


HIT = tracking.page_view(1, "https://shop.example/ü?a=1&b=2", "Thanks & <b> 🎉")


async def test_a_hit_goes_to_the_tracker_without_the_token() -> None:
    transport, seen = tracker(httpx.Response(204))
    answer = await Client(transport).track([HIT])
    (request,) = seen
    assert str(request.url) == "https://matomo.example/base/matomo.php"
    assert dict(parse_qsl(request.content.decode())) == HIT
    assert TOKEN not in str(request.headers) + request.content.decode()
    assert (answer.status, answer.tracked) == (204, 1)
    await transport.aclose()


@pytest.mark.parametrize("batch", [True, False])
async def test_the_token_goes_in_the_body_where_it_is_needed(batch: bool) -> None:
    body = {"status": "success", "tracked": 1, "invalid": 0} if batch else None
    transport, seen = tracker(httpx.Response(200, json=body) if batch else httpx.Response(204))
    await Client(transport).track([{**HIT, "cip": "192.0.2.1"}], batch=batch, authenticated=True)
    (request,) = seen
    content = request.content.decode()
    token = json.loads(content)["token_auth"] if batch else parse_qs(content)["token_auth"][0]
    assert token == TOKEN
    assert TOKEN not in str(request.url) + str(request.headers)
    if batch:
        (hit,) = json.loads(content)["requests"]
        assert dict(parse_qsl(hit.removeprefix("?"))) == {**HIT, "cip": "192.0.2.1"}
    await transport.aclose()


async def test_a_bearer_token_never_goes_into_a_hit() -> None:
    transport, seen = tracker(httpx.Response(204), auth="bearer")
    with pytest.raises(NotAllowed, match="Bearer"):
        await Client(transport).track([HIT], authenticated=True)
    await Client(transport).track([HIT])
    assert TOKEN not in str(seen[0].headers)
    await transport.aclose()


async def test_some_hits_of_a_batch_may_be_invalid() -> None:
    body = {"status": "success", "tracked": "1", "invalid": 1, "invalid_indices": [1]}
    transport, _ = tracker(httpx.Response(200, json=body))
    answer = await Client(transport).track([HIT, {"idsite": "99"}], batch=True, authenticated=True)
    assert (answer.tracked, answer.invalid, answer.invalid_indices) == (1, 1, (1,))
    await transport.aclose()


@pytest.mark.parametrize("client", [{"read_only": True}, {"allow": ("read", "goals")}], ids=str)
async def test_hits_are_writes(client: dict[str, Any]) -> None:
    transport, seen = tracker(httpx.Response(204))
    with pytest.raises(NotAllowed):
        await Client(transport, **client).track([HIT])
    assert seen == []
    assert (await Client(transport, allow=("tracking",)).track([HIT])).tracked == 1
    await transport.aclose()


async def test_a_transport_that_cannot_track_says_so() -> None:
    with pytest.raises(NotAllowed):
        await Client(FakeTransport([])).track([HIT])


@pytest.mark.parametrize(
    ("hit", "parameters"),
    [
        (tracking.event(1, "u", "c", "a", "n", 2.5), {"e_c": "c", "e_a": "a", "e_n": "n", "e_v": "2.5", "ca": "1"}),
        (tracking.event(1, "u", "c", "a"), {"e_c": "c", "e_a": "a", "ca": "1"}),
        (tracking.site_search(1, "u", "k", count=0), {"search": "k", "search_count": "0"}),
        (tracking.goal(1, "u", 3), {"idgoal": "3"}),
        (tracking.goal(1, "u", 3, 0.0, _id="ab"), {"idgoal": "3", "revenue": "0", "_id": "ab"}),
    ],
)
def test_hits_have_the_names_of_the_tracking_api(hit: tracking.Hit, parameters: dict[str, str]) -> None:
    always = {"idsite": "1", "rec": "1", "apiv": "1", "send_image": "0", "url": "u"}
    assert hit == {**always, **parameters}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{", b"[]", b"\xff\xfe", b'{"status": "success"}', b'{"tracked": []}', b"<h2>x</h2>" * 9999],
)
@pytest.mark.parametrize("status", [200, 302, 400, 429, 500, 503])
def test_whatever_stands_where_a_tracker_should_is_one_of_the_errors(body: bytes, status: int) -> None:
    with pytest.raises(MatomoError) as caught:
        tracking.answer_of(Response(status, body), 1)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_a_group_is_asked_for_by_its_own_method_page_by_page() -> None:
    call = sites.get_sites_from_group("A (b) & C|d", limit=100, offset=200)
    assert call.method == "SitesManager.getSitesFromGroup"
    assert call.params == {"group": "A (b) & C|d", "filter_limit": 100, "filter_offset": 200}
