"""The client with a transport in memory: requests, bulk answers, counters and refusals."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api import calls, goals, live, server, sites, visits_summary
from matomo_tui.api.bulk_parts import bulk_url
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import (
    AnswerDamaged,
    BadRequest,
    ConnectionLost,
    FeatureDisabled,
    LockedOut,
    MatomoError,
    NoAccess,
    NotAllowed,
    NotMatomo,
    ServerError,
    TimedOut,
    TokenRejected,
    Unreachable,
)
from matomo_tui.api.site import Site
from matomo_tui.api.transport import Response
from tests.recorded import FakeTransport, calls_sent, fake_matomo, json_response, load, refusal

ALWAYS = {"module": "API", "format": "json", "language": "en", "format_metrics": "0"}
BAD_TOKEN = "Unable to authenticate with the provided token. It is either invalid or expired."


async def test_a_call_goes_out_as_one_form_with_the_constants_of_every_request() -> None:
    transport = FakeTransport([json_response([{"visits": "3", "actions": 4}])])
    counters = await Client(transport).call(live.get_counters(7, 30, segment="country==de&x"))
    assert counters == live.Counters(visits=3, actions=4)
    assert [dict(fields) for fields in transport.sent] == [
        ALWAYS
        | {
            "method": "Live.getCounters",
            "idSite": "7",
            "lastMinutes": "30",
            "showColumns": "visits,actions",
            "segment": "country==de&x",
        }
    ]


def test_the_parameters_of_the_visits_are_those_of_matomo() -> None:
    call = live.get_last_visits_details(
        3,
        limit=50,
        offset=100,
        min_timestamp=1795437001,
        period="day",
        date="today",
        columns=("idVisit", "actionDetails"),
    )
    assert dict(call.params) == {
        "idSite": 3,
        "filter_limit": 50,
        "filter_offset": 100,
        "minTimestamp": 1795437001,
        "period": "day",
        "date": "today",
        "showColumns": "idVisit,actionDetails",
    }
    assert dict(live.get_last_visits_details(3, limit=5).params) == {"idSite": 3, "filter_limit": 5}


def test_an_empty_site_search_is_refused_before_matomo_has_to() -> None:
    with pytest.raises(ValueError, match="text to search sites for"):
        sites.get_pattern_match_sites("  ")


@given(
    st.dictionaries(
        st.from_regex(r"[a-zA-Z_]{1,12}", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.integers(0, 10**9),
        max_size=5,
    )
)
def test_any_value_survives_the_nested_encoding_of_a_bulk_request(params: dict[str, str | int]) -> None:
    params.pop("method", None)
    url = bulk_url(calls.untyped("Module.action", params))
    assert calls_sent([("method", "API.getBulkRequest"), ("urls[0]", url)]) == [
        {"method": "Module.action", **{name: str(value) for name, value in params.items()}}
    ]


def test_list_parameters_keep_their_brackets() -> None:
    assert bulk_url(calls.untyped("Goals.x", {"names[0]": "a b"})) == "method=Goals.x&names[0]=a%20b"


RECORDED_CALLS: dict[str, list[Call[Any]]] = {
    "superuser": [
        live.get_counters(1, 30),
        visits_summary.get(1, "day", "yesterday"),
        calls.untyped("Nope.get", {}),
        calls.untyped("Actions.getPageUrls", {"idSite": 1}),
    ],
    "view": [visits_summary.get(2, "day", "yesterday"), visits_summary.get(1, "day", "yesterday")],
}


@pytest.mark.parametrize("exchange", load("bulk"), ids=lambda exchange: exchange.role)
async def test_each_recorded_bulk_part_is_its_own_answer_or_error(exchange: Any) -> None:
    parts: list[Any] = await Client(FakeTransport([exchange.response()])).bulk(RECORDED_CALLS[exchange.role])
    if exchange.role == "superuser":
        counters, summary, nope, pages = parts
        assert counters == live.Counters(visits=77, actions=106, visitors=76, visits_converted=10)
        assert (summary.nb_visits, summary.bounce_rate, summary.avg_time_on_site) == (81, 0.38, 156)
        assert isinstance(nope, FeatureDisabled)
        assert "Settings > Plugins" in str(nope)
        assert [page["label"] for page in pages] == ["/search", "/docs/api/reference"]
    else:
        lacking, summary = parts
        assert isinstance(lacking, NoAccess)
        assert (lacking.role, lacking.site_id) == ("view", 2)
        assert summary.nb_uniq_visitors == 75


async def test_gather_answers_two_to_five_calls_in_one_request() -> None:
    transport = fake_matomo(
        {"API.getMatomoVersion": {"value": "5.2.0"}, "Goals.get": [], "SitesManager.getSiteFromId": {"idsite": "4"}}
    )
    version, totals, site = await Client(transport).gather(
        server.get_matomo_version(), goals.get(4, "day", "today"), sites.get_site_from_id(4)
    )
    assert (version, totals, site) == ("5.2.0", goals.GoalsSummary(), Site(id=4))
    assert len(transport.sent) == 1
    assert {key: value for key, value in transport.sent[0] if not key.startswith("urls[")} == ALWAYS | {
        "method": "API.getBulkRequest"
    }


async def test_no_calls_are_no_request() -> None:
    transport = FakeTransport([])
    assert await Client(transport).bulk([]) == []
    assert transport.sent == []


async def test_a_part_of_another_shape_leaves_the_others_alone() -> None:
    transport = FakeTransport([json_response([{"unheard": "of"}, [{"visits": 1, "actions": 2}], "text", None])])
    parts = await Client(transport).bulk([live.get_counters(1, 3)] * 4)
    assert [type(part) for part in parts] == [NotMatomo, live.Counters, NotMatomo, NotMatomo], "nothing is no count"
    assert "Live.getCounters" in str(parts[0])


@pytest.mark.parametrize(
    "answer",
    [
        json_response([]),
        json_response([[], [], []]),
        json_response({"0": [], "1": []}),
        json_response({"value": 1}),
        Response(200, b"[[], "),
        Response(200, b"[" * 100_000),
    ],
    ids=["none", "too many", "an object", "a scalar", "cut off", "bottomless"],
)
async def test_a_bulk_answer_without_a_part_for_each_call_is_no_answer(answer: Response) -> None:
    with pytest.raises(NotMatomo, match=r"API\.getBulkRequest"):
        await Client(FakeTransport([answer])).bulk([live.get_counters(1, 3), live.get_counters(1, 30)])


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_part_that_sets_the_status_of_all_is_still_only_a_part(status: int) -> None:
    message = "You can't access this resource as it requires 'view' access for the website id = 2."
    transport = FakeTransport([json_response([refusal(message), [{"visits": 1, "actions": 2}]], status)])
    lacking, counters = await Client(transport).gather(goals.get(2, "day", "today"), live.get_counters(1, 3))
    assert isinstance(lacking, NoAccess)
    assert counters == live.Counters(visits=1, actions=2)


async def test_a_bulk_request_refused_as_a_whole_raises() -> None:
    with pytest.raises(BadRequest, match="no bulk today"):
        await Client(FakeTransport([json_response(refusal("no bulk today"))])).bulk([live.get_counters(1, 3)])


@pytest.mark.parametrize(
    ("message", "kind"),
    [(BAD_TOKEN, TokenRejected), ("Too many failed logins. Please wait and try again.", LockedOut)],
)
async def test_a_token_refused_in_one_part_is_refused_in_all(message: str, kind: type[MatomoError]) -> None:
    transport = FakeTransport([json_response([[{"visits": 1, "actions": 1}], refusal(message)])])
    with pytest.raises(kind):
        await Client(transport).bulk([live.get_counters(1, 3), live.get_counters(1, 30)])


def write(method: str = "Goals.deleteGoal") -> Call[Any]:
    return calls.untyped(method, {"idSite": 1}, writes=True)


async def test_read_only_sends_no_write_alone_or_among_others() -> None:
    transport = FakeTransport([])
    client = Client(transport, read_only=True)
    with pytest.raises(NotAllowed, match=r"Goals\.deleteGoal was not sent"):
        await client.call(write())
    with pytest.raises(NotAllowed):
        await client.bulk([live.get_counters(1, 3), write()])
    assert transport.sent == []
    assert client.requests_sent == 0


async def test_reading_is_asked_again_once_when_an_idle_connection_was_closed() -> None:
    transport = FakeTransport([ConnectionLost("gone"), json_response({"value": "5.2.0"})])
    client = Client(transport)
    assert await client.call(server.get_matomo_version()) == "5.2.0"
    assert client.requests_sent == 2
    dead = FakeTransport([ConnectionLost("gone"), ConnectionLost("gone again")])
    with pytest.raises(ConnectionLost, match="gone again"):
        await Client(dead).call(server.get_matomo_version())


@pytest.mark.parametrize(
    "error",
    [Unreachable("no"), TimedOut("late"), AnswerDamaged("cut")],
    ids=["unreachable", "timed out", "damaged"],
)
async def test_nothing_else_is_asked_again(error: MatomoError) -> None:
    transport = FakeTransport([error])
    with pytest.raises(type(error)):
        await Client(transport).call(server.get_matomo_version())
    assert len(transport.sent) == 1


async def test_a_write_is_never_sent_twice() -> None:
    transport = FakeTransport([ConnectionLost("gone")])
    with pytest.raises(ConnectionLost):
        await Client(transport).call(write())
    assert len(transport.sent) == 1


async def test_the_longest_timeout_among_the_calls_holds_for_all() -> None:
    seen: list[float | None] = []

    class Timed(FakeTransport):
        async def post(self, fields: Any, *, timeout: float | None = None) -> Response:
            seen.append(timeout)
            return await super().post(fields, timeout=timeout)

    slow = Call("Live.slow", {}, bytes, timeout=60.0)
    slower = Call("Live.slower", {}, bytes, timeout=90.0)
    client = Client(Timed([json_response([]), json_response([[], [], []])]))
    await client.call(live.get_last_visits_details(1, limit=1))
    await client.bulk([slow, live.get_counters(1, 3), slower])
    assert seen == [None, 90.0]


async def test_costs_are_counted_and_the_servers_clock_is_compared() -> None:
    date = "Tue, 24 Nov 2026 12:00:10 GMT"
    answers = [
        json_response({"value": "5.2.0"}, date=date),
        json_response({"value": "5.2.0"}),
        json_response({"value": "5.2.0"}, date="yesterday, more or less"),
        json_response(refusal("no"), date=date),
    ]
    client = Client(FakeTransport(answers), now=lambda: 1795521600.0)
    assert client.clock_offset is None
    for _ in range(3):
        await client.call(server.get_matomo_version())
    with pytest.raises(BadRequest):
        await client.call(server.get_matomo_version())
    assert client.requests_sent == 4
    assert client.bytes_received == sum(len(answer.body) for answer in answers)
    assert client.clock_offset == pytest.approx(10.5)


async def test_closing_closes_the_transport() -> None:
    transport = FakeTransport([])
    await Client(transport).aclose()
    assert transport.closed


@pytest.mark.parametrize(
    "body",
    [b"{", b"[}", b'{"value": NaN}', b'{"value": }', b"[" * 100_000, b'{"a":' * 50_000, b"[]garbage"],
    ids=["cut", "mixed", "NaN", "empty", "deep list", "deep object", "trailing"],
)
async def test_broken_json_is_an_error_that_names_the_method(body: bytes) -> None:
    with pytest.raises(NotMatomo, match=r"API\.getMatomoVersion"):
        await Client(FakeTransport([Response(200, body)])).call(server.get_matomo_version())


async def test_text_that_is_no_text_costs_one_character_and_not_the_answer() -> None:
    visit = b'[{"idVisit": 1, "city": "a\xffb", "country": "\\ud800x", "region": "\\ud83d\\ude00"}]'
    client = Client(FakeTransport([Response(200, visit), Response(200, b"[" + visit + b"]")]))
    (alone,) = await client.call(live.get_last_visits_details(1, limit=1))
    (part,) = await client.bulk([live.get_last_visits_details(1, limit=1)])
    assert (alone.city, alone.country, alone.region) == ("a\ufffdb", "\ufffdx", "😀")
    assert part == (alone,)


async def test_the_errors_of_a_decoder_stay_inside() -> None:
    def picky(body: bytes) -> int:
        return msgspec.json.decode(body, type=int)

    with pytest.raises(NotMatomo, match=r"Live\.picky"):
        await Client(FakeTransport([json_response([])])).call(Call("Live.picky", {}, picky))


ROLES = ("superuser", "admin", "write", "view", "noaccess", "anonymous")


@pytest.mark.parametrize("role", ROLES)
async def test_the_role_of_each_recorded_token_is_found_in_one_request(role: str) -> None:
    transport = fake_matomo({x.method: x.json for x in load("connection") if x.role == role and x.json is not None})
    info = await Client(transport).server_info()
    expected = {
        "superuser": {1: "superuser", 2: "superuser", 3: "superuser"},
        "admin": {1: "admin", 2: "admin"},
        "write": {1: "write"},
        "view": {1: "view"},
        "noaccess": {},
        "anonymous": {3: "view"},
    }
    assert info.access.sites == expected[role]
    assert info.access.superuser == (role == "superuser")
    assert info.access.highest == ("view" if role == "anonymous" else role)
    assert info.version == ("" if role == "noaccess" else "5.0.2")
    assert len(transport.sent) == 1
    assert len(calls_sent(transport.sent[0])) == 5


async def test_an_invalid_token_is_found_out_while_connecting() -> None:
    exchange = next(x for x in load("connection") if x.role == "invalid")
    with pytest.raises(TokenRejected):
        await Client(FakeTransport([exchange.response()])).server_info()


async def test_a_server_that_fails_while_connecting_is_not_a_lack_of_access() -> None:
    transport = fake_matomo({"UsersManager.hasSuperUserAccess": refusal("The query took too long to execute.")})
    with pytest.raises(MatomoError) as caught:
        await Client(transport).server_info()
    assert isinstance(caught.value, ServerError | BadRequest)


async def test_every_answer_of_the_recorded_session_is_read_whole() -> None:
    from tests.recorded import session_polls

    bulk = [live.get_counters(1, 3), live.get_counters(1, 30), live.get_last_visits_details(1, limit=20)]
    polls = session_polls()
    client = Client(FakeTransport([Response(200, json.dumps(poll.answer).encode()) for poll in polls]))
    for poll in polls:
        parts: list[Any] = await client.bulk(bulk)
        three, thirty, visits = parts
        assert (three.visits, thirty.actions) == (poll.answer[0][0]["visits"], poll.answer[1][0]["actions"])
        assert [visit.id_visit for visit in visits] == [row["idVisit"] for row in poll.visits]
        assert sum(len(visit.action_details) for visit in visits) == sum(len(r["actionDetails"]) for r in poll.visits)
