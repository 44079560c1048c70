"""Answers from what stands in front of a Matomo, and of servers in trouble, as people reported them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.api import live, metadata, server
from matomo_tui.api.client import Client
from matomo_tui.api.errors import Blocked, MatomoError, NoAccess, NotMatomo, RateLimited, ServerError
from matomo_tui.api.transport import Response
from tests.recorded import FakeTransport, json_response

FIELD = Path(__file__).parents[1] / "recordings" / "field"


def page(name: str) -> Response:
    """What a file of ``field`` says that the server answers."""
    html = json.loads((FIELD / f"{name}.json").read_text())["html"]
    html = html[0] if isinstance(html, list) else html
    headers = {key.lower(): value for key, value in html.get("headers", {}).items()}
    return Response(html["status"], html["body"].encode(), headers)


async def error_of(response: Response, segment: str = "", auth: str = "post") -> MatomoError:
    transport: Any = FakeTransport([response])
    transport.auth = auth
    with pytest.raises(MatomoError) as caught:
        await Client(transport).call(live.get_counters(1, 3, segment=segment))
    return caught.value


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("429-retry", RateLimited, "asks you to wait 30 s"),
        ("db-upgrade-503", ServerError, "Database Upgrade Required"),
        ("maintenance-200", ServerError, "undergoing maintenance"),
        ("modsecurity-406", Blocked, r"firewall \(ModSecurity\) in front of the Matomo refused the request \(406\)"),
        (
            "run-cf-mid",
            Blocked,
            r"Bot protection \(Cloudflare\) in front of the Matomo requires a browser \(challenge, 403\)",
        ),
        ("run-modsec-segment", NotMatomo, r"firewall in front of it, refused \(403\)"),
    ],
)
async def test_each_is_named_and_none_stops_the_polling(name: str, kind: type[MatomoError], said: str) -> None:
    error = await error_of(page(name))
    assert type(error) is kind
    assert not error.stops_polling
    with pytest.raises(kind, match=said):
        raise error


async def test_the_wish_to_wait_is_kept() -> None:
    assert (await error_of(page("429-retry"))).retry_after == 30
    hour = Response(503, b"", {"retry-after": "3600"})
    error = await error_of(hour)
    assert (error.retry_after, "asks you to wait 60 min" in str(error)) == (3600, True)


@pytest.mark.parametrize("name", ["modsecurity-406", "run-modsec-segment"])
async def test_a_firewall_may_have_meant_the_segment(name: str) -> None:
    error = await error_of(page(name), "pageUrl=@select")
    assert "may have mistaken it for an attack" in str(error)
    assert "attack" not in str(await error_of(page(name)))


async def test_a_page_of_wordpress_says_where_its_matomo_is() -> None:
    root = json.loads((FIELD / "mwp-wordpress-root.json").read_text())
    error = await error_of(Response(root["root_status"], root["root_body"].encode()))
    assert isinstance(error, NotMatomo)
    assert error.wordpress
    assert root["prefix"] in str(error)


async def test_a_dropped_bearer_header_is_named_wherever_access_lacks() -> None:
    dropped = json.loads((FIELD / "bearer-dropped.json").read_text())
    refused = {"result": "error", "message": dropped["anonymous_error"]}
    whole = json_response(refused, dropped["anonymous_status"])
    error = await error_of(whole, auth="bearer")
    assert isinstance(error, NoAccess)
    assert (error.role, error.site_id) == ("view", 1)
    assert "some web servers drop" in str(error)
    assert "drop" not in str(await error_of(whole, auth="post"))
    transport: Any = FakeTransport([json_response([refused, {"value": "5.8.0"}])])
    transport.auth = "bearer"
    part, version = await Client(transport).gather(live.get_counters(1, 3), server.get_matomo_version())
    assert isinstance(part, NoAccess)
    assert "some web servers drop" in str(part)
    assert version == "5.8.0"


@pytest.mark.parametrize("said", ["\x1b\x85\x1b", "\u200b\u2060", " \n ", ""])
async def test_a_refusal_that_cannot_be_seen_has_a_sentence(said: str) -> None:
    error = await error_of(json_response({"result": "error", "message": said}))
    assert str(error) == "Matomo refused without saying why."


async def test_a_newer_matomo_with_other_categories_and_more_columns_is_read_as_before() -> None:
    newer = json.loads((FIELD / "run-v58.json").read_text())
    assert newer["extra_columns"]
    visit: dict[str, Any] = {"idVisit": "7", "lastActionTimestamp": 1700000000, "actionDetails": [{"type": "action"}]}
    more = {"aNewColumn": {"deep": [1]}, "another": None, "referrerAIAssistantUrl": "https://ai.example"}
    known, extended = [
        (await Client(FakeTransport([json_response([row])])).call(live.get_last_visits_details(1, limit=1)))[0]
        for row in (visit, {**visit, **more, "actionDetails": [{"type": "action", **more}]})
    ]
    assert known == extended
    for before, after in newer["metadata_rename"].items():
        rows = [{"module": "M", "action": "get", "category": name, "groups": ["new"]} for name in (before, after)]
        reports = await Client(FakeTransport([json_response(rows)])).call(metadata.get_report_metadata(1))
        assert [report.category for report in reports] == [before, after]
