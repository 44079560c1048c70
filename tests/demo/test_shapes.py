"""Answers of the demo have the shape of a real Matomo's: every recorded request is repeated."""

from __future__ import annotations

import re
from typing import Any

import pytest

from matomo_tui.demo.options import V5_0
from tests.demo.asking import Asker, fewer_visits, reader
from tests.demo.quiet import a_share, quiet_reader
from tests.demo.shapes import Shape, differences, shape_of
from tests.recorded import Exchange, load, session_polls

# Recorded topics that the demo does not implement.
LATER = {
    "Actions.getPageUrls",
    "MultiSites.getAll",
    "MultiSites.getAllWithGroups",
    "Goals.getDaysToConversion",
    "Goals.getVisitsUntilConversion",
    "Goals.getItemsName",
}

# Documented in Matomo's API, but absent from the few recorded visits.
BESIDES: dict[str, set[str]] = {
    "city": {"null"},
    "userId": {"string", "bool"},
    "previousVisitorId": {"string", "bool"},
    "nextVisitorId": {"string", "bool"},
    "totalConversionsByGoal": {"object"},
    "revenue": {"number"},
    "referrerUrl": {"string", "null"},
    "contentInteraction": {"string", "null"},
    "referrerName": {"null", "string"},
    "referrerKeyword": {"null", "string"},
}


def _implemented(exchange: Exchange) -> bool:
    if exchange.topic == "visits":
        return exchange.method.startswith("VisitsSummary.")
    return exchange.method not in LATER and "showAllGoalSpecificMetrics" not in exchange.params


WRITES = re.compile(r"\.(add|update|delete|set)")
ASKED = [
    exchange
    for topic in ("connection", "live", "live_action_types", "visits", "sites", "goals", "errors", "bulk")
    for exchange in load(topic)
    if _implemented(exchange)
]


async def _again(asker: Asker, exchange: Exchange) -> Any:
    """The recorded request, with the demo's own visitor and time in place of the recorded ones."""
    params: dict[str, object] = dict(exchange.params)
    if params.get("visitorId", "").__str__().strip("0"):
        params["visitorId"] = await _somebody(asker)
    if "minTimestamp" in params:
        params["minTimestamp"] = int(asker.at) - 120
    reply = await asker.post(exchange.role, **params)
    assert reply.status == exchange.status
    assert reply.headers["content-type"] == exchange.headers.get("content-type", reply.headers["content-type"])
    return reply


async def _somebody(asker: Asker) -> str:
    """A visitor with goals, searches and many visits."""
    visits = await asker.visits(minTimestamp=int(asker.at) - 3600, segment="visitCount>8;visitConvertedGoalId>0")
    return str(visits[0]["visitorId"])


def _asker(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> Asker:
    """A demo of its own for what writes, and one with fewer visits for summaries of up to a year."""
    if WRITES.search(exchange.method):
        return Asker(matomo=V5_0)
    if exchange.topic != "visits":
        return reader(V5_0)
    fewer_visits(monkeypatch, a_share)
    return quiet_reader(V5_0)


@pytest.mark.parametrize("exchange", ASKED, ids=lambda exchange: exchange.name)
async def test_a_recorded_request_is_answered_in_the_same_shape(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = await _again(_asker(exchange, monkeypatch), exchange)
    if exchange.json is None:
        assert b"<h2>Unable to authenticate with the provided token." in reply.body
        return
    if isinstance(exchange.json, dict) and exchange.json.get("result") == "error":
        assert reply.json == exchange.json
        return
    if exchange.method.startswith(("Live.getLastVisits", "Live.getVisitorProfile")):
        _compare_visits(reply.json, exchange.json)
        return
    real, ours = exchange.json, reply.json
    if exchange.method == "API.getBulkRequest":
        # The parts are compared one by one; reports among them have their own test.
        assert len(real) == len(ours)
        for theirs, mine in zip(real[:3], ours[:3], strict=True):
            assert differences(shape_of([theirs]), shape_of([mine]), BESIDES) == []
        return
    assert differences(shape_of([real]), shape_of([ours]), BESIDES) == []


def _without_actions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_actions(inner) for key, inner in value.items() if key != "actionDetails"}
    return [_without_actions(inner) for inner in value] if isinstance(value, list) else value


def _every_visit() -> list[Any]:
    topics = [exchange.json for topic in ("live", "live_action_types") for exchange in load(topic)]
    rows = [row for answer in topics if isinstance(answer, list) for row in answer if "idVisit" in row]
    return rows + [row for poll in session_polls() for row in poll.visits]


def _every_profile() -> list[Any]:
    answers = [exchange.json for topic in ("live", "live_action_types") for exchange in load(topic)]
    return [answer for answer in answers if isinstance(answer, dict) and "visitorId" in answer]


def _compare_visits(ours: Any, recorded: Any) -> None:
    """Compare visits with all recorded ones, as one answer has few; actions have their own test."""
    if not recorded:
        assert isinstance(ours, list)
        return
    known = shape_of([_without_actions(recorded), _without_actions(_every_visit())])
    if isinstance(recorded, dict):
        known = shape_of(_without_actions(_every_profile()))
        known.keys["lastVisits"].rows[""] = shape_of(_without_actions(_every_visit()))
    assert differences(known, shape_of([_without_actions(ours)]), BESIDES | {"searches": {"list"}}) == []


async def test_actions_of_every_type_have_the_columns_of_a_real_matomo() -> None:
    asker = reader(V5_0)
    ours: list[Any] = []
    for status in ("", "visitEcommerceStatus==ordered", "actionType==contents"):
        ours += await asker.visits(filter_limit=400, period="day", date="today", segment=status)
    real = shape_of(visit["actionDetails"] for visit in _every_visit())
    demo = shape_of(visit["actionDetails"] for visit in ours)
    assert set(demo.rows) == set(real.rows)
    assert differences(real, demo, BESIDES) == []


@pytest.mark.parametrize("index", [0, 11, 23])
async def test_the_recorded_session_asks_for_the_same_columns(index: int) -> None:
    poll = session_polls()[index]
    urls = {
        f"urls[{number}]": url.replace(f"minTimestamp={int(poll.at) - 6}", "minTimestamp=1795437000")
        for number, url in enumerate(poll.urls)
    }
    answered = (await reader(V5_0).post(method="API.getBulkRequest", **urls)).json
    assert shape_of(answered[:2]) == shape_of(poll.answer[:2])
    assert len(answered) == 3


def test_a_shape_tells_a_string_from_a_number_and_a_missing_key() -> None:
    real = shape_of([{"count": 3, "name": "x", "rows": [{"a": 1}]}])
    assert differences(real, shape_of([{"count": 5, "name": "y", "rows": []}]), {}) == []
    assert differences(real, shape_of([{"count": "5", "name": "y", "rows": [{"a": 2}]}]), {})
    assert differences(real, shape_of([{"count": 5, "rows": [{"a": 2}]}]), {}) == [".name: missing in the demo"]
    assert differences(real, shape_of([{"count": 5, "name": "", "rows": [{"a": 1, "b": 2}]}]), {})
    assert isinstance(real, Shape)
