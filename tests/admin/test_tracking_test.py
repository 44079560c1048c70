"""The tracking test: unmistakable hits, the answer in words, and the wait until Live shows them."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.tracking_test import MARK, HitDraft, Progress, TrackingTest, prepare
from matomo_tui.api.client import Client
from matomo_tui.api.errors import NoAccess, TimedOut, TokenRejected
from matomo_tui.api.transport import Response
from tests.admin.conftest import Hands
from tests.admin.matomo import FaultyMatomo, lines
from tests.recorded import html_response, json_response

DRAFT = HitDraft(url="https://shop.example/a?b=1")


@pytest.fixture
def tracking(matomo: FaultyMatomo, log: AuditLog, hands: Hands) -> TrackingTest:
    return TrackingTest(Client(matomo), log, profile="work", sleep=hands.sleep, monotonic=hands, now=hands)


def arriving(matomo: FaultyMatomo, after: float, hands: Hands, **visit: Any) -> None:
    """Let the first hit appear in Live after some seconds."""
    began = hands.now

    def visits(call: dict[str, str]) -> list[dict[str, Any]]:
        if hands.now - began < after or not matomo.hits or "segment" in call:
            return []
        hit = matomo.hits[0]
        action: dict[str, Any] = {"type": "action", "url": hit["url"], "siteSearchCategory": hit.get("search_cat", "")}
        if "search" in hit:
            action |= {"type": "search", "url": None}
        return [{"idVisit": 4, "visitorId": hit["_id"], "actionDetails": [action], **visit}]

    matomo.visits = visits


@pytest.mark.parametrize(
    ("changes", "parameters"),
    [
        ({}, {"action_name": "Tracking test"}),
        (
            {"kind": "event", "name": "n", "value": "2,5"},
            {"e_c": "Tracking test", "e_a": "try", "e_n": "n", "e_v": "2.5"},
        ),
        ({"kind": "site search", "keyword": "lamp"}, {"search": "lamp"}),
        ({"kind": "goal", "goal_id": 3, "revenue": "7"}, {"idgoal": "3", "revenue": "7"}),
        ({"ip": "192.0.2.1", "when": "2026-11-24 08:00:00"}, {"cip": "192.0.2.1", "cdt": "2026-11-24 08:00:00"}),
    ],
)
async def test_each_kind_is_sent_and_seen_to_arrive(
    tracking: TrackingTest, matomo: FaultyMatomo, hands: Hands, changes: dict[str, Any], parameters: dict[str, str]
) -> None:
    draft = dataclasses.replace(DRAFT, **changes)
    assert draft.problems() == ()
    probe = prepare(1, draft)
    arriving(matomo, 3.0, hands)
    heard: list[Progress] = []
    last = await tracking.run(probe, heard.append)
    (hit,) = matomo.hits
    assert parameters.items() <= hit.items()
    assert hit["url"] == f"https://shop.example/a?b=1&{MARK}={probe.mark}"
    assert (last.stage, last.visit_id) == ("arrived", 4)
    assert last.seconds is not None
    assert 3.0 <= last.seconds < 6.0
    assert f"{last.seconds:.1f} s" in last.sentence
    stages = list(dict.fromkeys(progress.stage for progress in heard))
    assert stages == ["sending", "answered", "watching", "arrived"]
    assert "answered 204" in next(progress.sentence for progress in heard if progress.stage == "answered")


async def test_a_batch_is_one_request_and_one_visit(
    tracking: TrackingTest, matomo: FaultyMatomo, hands: Hands, log: AuditLog
) -> None:
    probe = prepare(1, dataclasses.replace(DRAFT, kind="batch", count=3))
    arriving(matomo, 0.0, hands)
    last = await tracking.run(probe)
    assert last.stage == "arrived"
    assert len({hit["_id"] for hit in matomo.hits}) == 1
    assert [hit.get("new_visit") for hit in matomo.hits] == ["1", None, None]
    assert [line["outcome"] for line in lines(log.file)] == ["sending", "done"]
    assert lines(log.file)[1]["what"] == "Tracking test: batch, 3 hits"


async def test_a_visitor_that_matomo_takes_for_another_is_found_by_the_url(
    tracking: TrackingTest, matomo: FaultyMatomo, hands: Hands
) -> None:
    arriving(matomo, 1.0, hands, visitorId="0123456789abcdef")
    assert (await tracking.run(prepare(1, DRAFT))).stage == "arrived"


async def test_a_site_search_is_known_by_its_category_for_live_tells_no_url(
    tracking: TrackingTest, matomo: FaultyMatomo
) -> None:
    """``Live.getLastVisitsDetails`` of 5.0.2 and 5.8.0 has no URL for a site search."""
    probe = prepare(1, dataclasses.replace(DRAFT, kind="site search"))
    action = {
        "type": "search",
        "url": None,
        "siteSearchKeyword": "tracking test",
        "siteSearchCategory": probe.hits[0]["search_cat"],
        "title": "Site Search",
    }
    matomo.visits = lambda _call: [{"idVisit": 4, "visitorId": "0123456789abcdef", "actionDetails": [action]}]
    last = await tracking.run(probe)
    assert (last.stage, last.visit_id) == ("arrived", 4)
    assert probe.mark in probe.http
    action["siteSearchCategory"] = "somebody else's"
    assert (await tracking.run(probe)).stage == "not arrived"


async def test_another_hit_of_a_known_visitor_is_not_mistaken_for_it(
    tracking: TrackingTest, matomo: FaultyMatomo, hands: Hands
) -> None:
    arriving(matomo, 1.0, hands, actionDetails=[{"type": "action", "url": "https://shop.example/a?b=1"}])
    assert (await tracking.run(prepare(1, DRAFT))).stage == "not arrived"


async def test_waiting_shows_its_duration_and_how_to_stop(tracking: TrackingTest, matomo: FaultyMatomo) -> None:
    heard: list[Progress] = []
    await tracking.run(prepare(1, DRAFT), heard.append, watched=5)
    first = next(one for one in heard if one.stage == "watching")
    assert "at most 5 s" in first.sentence
    assert all("esc" in one.sentence for one in heard if one.stage == "watching")


async def test_a_test_that_is_ended_while_it_is_sent_is_logged_as_unknown(
    tracking: TrackingTest, matomo: FaultyMatomo, log: AuditLog
) -> None:
    def never(_hits: object) -> Response:
        raise asyncio.CancelledError

    matomo.tracker = never
    with pytest.raises(asyncio.CancelledError):
        await tracking.run(prepare(1, DRAFT))
    assert [line["outcome"] for line in lines(log.file)] == ["sending", "unknown"]


@pytest.mark.parametrize(
    ("url", "marked"),
    [
        ("https://shop[.example/x", "https://shop[.example/x?{}"),
        ("https://shop.example/a?b=%20&c#d", "https://shop.example/a?b=%20&c&{}#d"),
        ("https://shop.example?", "https://shop.example/?{}"),
    ],
)
def test_the_mark_goes_into_any_address_and_leaves_the_rest(url: str, marked: str) -> None:
    probe = prepare(1, HitDraft(url=url))
    assert probe.hits[0]["url"] == marked.format(f"{MARK}={probe.mark}")


async def test_waiting_for_a_hit_ends_after_a_time(tracking: TrackingTest, matomo: FaultyMatomo, hands: Hands) -> None:
    last = await tracking.run(prepare(1, DRAFT), watched=30)
    assert last.stage == "not arrived"
    assert "may be excluded" in last.sentence
    assert 30 <= sum(hands.slept) < 36
    assert len(matomo.methods()) <= 30


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            html_response("Error", "An unexpected website was found in the request.", 400),
            "refused the hits (400): An unexp",
        ),
        (html_response("Error", "boom", 500), "may still have accepted it"),
        (html_response("Please sign in"), "login wall"),
        (Response(429, b""), "limits the rate of requests"),
        (json_response({"status": "success", "tracked": 0, "invalid": 1}), "0 hits taken, 1 refused"),
        (json_response({"status": "error", "tracked": 0, "invalid": 1, "message": "no"}, 500), "stopped after 0"),
    ],
)
async def test_unexpected_answers_of_the_tracker_are_reported(
    tracking: TrackingTest, matomo: FaultyMatomo, answer: Response, says: str
) -> None:
    matomo.tracker = lambda _: answer
    heard: list[Progress] = []
    last = await tracking.run(prepare(1, DRAFT), heard.append, watched=5)
    assert last.stage in ("failed", "not arrived")
    assert any(says in progress.sentence for progress in heard)
    assert len(matomo.hits) == 1


async def test_a_hit_whose_answer_was_lost_is_looked_for_all_the_same(
    tracking: TrackingTest, matomo: FaultyMatomo, hands: Hands, log: AuditLog
) -> None:
    matomo.lose["matomo.php"] = TimedOut("No answer within 20 s.")
    arriving(matomo, 1.0, hands)
    last = await tracking.run(prepare(1, DRAFT))
    assert last.stage == "arrived"
    assert len(matomo.hits) == 1
    assert lines(log.file)[1]["outcome"] == "unknown"


@pytest.mark.parametrize(
    "fault", [NoAccess("No access."), TokenRejected("Rejected.")], ids=lambda fault: type(fault).__name__
)
async def test_an_unreadable_live_answer_is_reported(
    tracking: TrackingTest, matomo: FaultyMatomo, fault: Exception, hands: Hands
) -> None:
    matomo.drop["Live.getLastVisitsDetails"] = fault  # type: ignore[assignment]
    last = await tracking.run(prepare(1, DRAFT), watched=5)
    assert (last.stage, last.sentence) == ("not arrived", str(fault))
    asked = len([method for method in matomo.methods() if method == "Live.getLastVisitsDetails"])
    assert (asked == 1) == isinstance(fault, TokenRejected)


@pytest.mark.parametrize("client", [{"read_only": True}, {"allow": ("read", "goals")}], ids=str)
async def test_read_only_and_the_allow_list_keep_hits_here(
    matomo: FaultyMatomo, log: AuditLog, client: dict[str, Any]
) -> None:
    last = await TrackingTest(Client(matomo, **client), log).run(prepare(1, DRAFT))
    assert last.stage == "failed"
    assert matomo.hits == []
    assert [line["outcome"] for line in lines(log.file)] == ["sending", "refused"]


async def test_a_write_that_cannot_be_logged_is_not_sent(
    tracking: TrackingTest, matomo: FaultyMatomo, log: AuditLog
) -> None:
    log.file.parent.mkdir()
    log.file.mkdir()
    last = await tracking.run(prepare(1, DRAFT))
    assert last.stage == "failed"
    assert matomo.hits == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "shop.example"}, "url"),
        ({"url": "ftp://shop.example/"}, "url"),
        ({"kind": "event", "action": " "}, "category"),
        ({"kind": "event", "value": "much"}, "value"),
        ({"kind": "site search", "keyword": ""}, "keyword"),
        ({"kind": "goal"}, "goal_id"),
        ({"kind": "batch", "count": 51}, "count"),
        ({"ip": "10.0.0.0/8"}, "ip"),
        ({"when": "yesterday"}, "when"),
    ],
)
def test_what_is_wrong_with_a_hit(changes: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in dataclasses.replace(DRAFT, **changes).problems()] == [field]


def test_the_request_is_shown_without_a_token() -> None:
    probe = prepare(1, dataclasses.replace(DRAFT, ip="192.0.2.1"))
    assert probe.http.startswith("POST matomo.php idsite=1&rec=1")
    assert probe.http.endswith("token_auth=***")
    assert prepare(1, DRAFT).mark != prepare(1, DRAFT).mark
