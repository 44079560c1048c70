"""Limits and quirks of a real Matomo that recordings of a small one do not show: observed on 5.0.2 and 5.8.0."""

from __future__ import annotations

import pytest

from matomo_tui.demo.options import V5_0, V5_8, DemoOptions, Version
from tests.demo.asking import Asker

VERSION_PART = "method=API.getMatomoVersion"


def parts(count: int) -> dict[str, str]:
    """A bulk request with ``count`` parts."""
    return {f"urls[{index}]": VERSION_PART for index in range(count)}


@pytest.mark.parametrize("method", ["getSitesIdWithAdminAccess", "getSitesWithAdminAccess", "getAllSitesId"])
async def test_a_list_ends_at_the_hundredth_unless_all_are_asked_for(method: str) -> None:
    asker = Asker(extra_sites=300)
    assert len(await asker.answer(f"SitesManager.{method}")) == 100
    assert len(await asker.answer(f"SitesManager.{method}", filter_limit=-1)) > 300


async def test_a_bulk_answers_a_hundred_parts_by_default() -> None:
    asker = Asker()
    assert len(await asker.answer("API.getBulkRequest", **parts(120))) == 100
    assert len(await asker.answer("API.getBulkRequest", filter_limit=-1, **parts(120))) == 120


async def test_an_administrator_may_limit_bulk_requests() -> None:
    asker = Asker(options=DemoOptions(bulk_limit=4))
    assert len(await asker.answer("API.getBulkRequest", **parts(4))) == 4
    reply = await asker.post(method="API.getBulkRequest", **parts(5))
    assert reply.status == 400
    assert reply.json["message"] == "The maximum number of URLs that can be requested in a bulk request is 4."


async def test_a_bulk_answers_in_order_and_skips_nested_bulks_and_parts_without_a_method() -> None:
    asker = Asker()
    sent = {
        "urls[3]": "method=UsersManager.hasSuperUserAccess",
        "urls[2]": "method=API.getBulkRequest&urls[0]=method%3DAPI.getMatomoVersion",
        "urls[1]": "?method=API.getMatomoVersion",
        "urls[0]": VERSION_PART,
    }
    assert await asker.answer("API.getBulkRequest", **sent) == [{"value": True}, {"value": "5.8.0"}]
    assert await asker.answer("API.getBulkRequest", urls=VERSION_PART) == []
    assert (await asker.post(method="API.getBulkRequest")).status == 400


async def test_a_single_column_of_a_single_row_is_reduced_to_its_value() -> None:
    asker = Asker()
    params = {"idSite": 1, "period": "day", "showColumns": "nb_visits"}
    whole = await asker.answer("VisitsSummary.get", idSite=1, period="day", date="yesterday")
    assert await asker.answer("VisitsSummary.get", date="yesterday", **params) == {"value": whole["nb_visits"]}
    by_day = await asker.answer("VisitsSummary.get", date="last2", **params)
    assert next(iter(by_day.values())) == whole["nb_visits"]


@pytest.mark.parametrize(("version", "superuser"), [(V5_0, False), (V5_8, True)])
async def test_only_a_5_8_reads_a_bearer(version: Version, superuser: bool) -> None:
    asker = Asker(matomo=version)
    headers = {"authorization": f"Bearer {asker.demo.tokens['superuser']}"}
    body = b"module=API&format=json&method=UsersManager.hasSuperUserAccess"
    reply = await asker.http("POST", "/index.php", body, headers=headers)
    assert reply.json == {"value": superuser}
    same = body + f"&token_auth={asker.demo.tokens['superuser']}".encode()
    assert (await asker.http("POST", "/index.php", same, headers=headers)).json == {"value": True}


@pytest.mark.parametrize(("version", "channel"), [(V5_0, "website"), (V5_8, "ai")])
async def test_visits_from_an_assistant_are_a_channel_of_a_5_8(version: Version, channel: str) -> None:
    asker = Asker(matomo=version)
    await asker.hit(idsite=5, url="https://launch.example/", urlref="https://chatgpt.com/c/1")
    (visit,) = await asker.visits(5)
    assert visit["referrerType"] == channel
    assert ("referrerAIAssistantUrl" in visit) == (channel == "ai")


async def test_refused_hits_are_tracking_failures() -> None:
    asker = Asker()
    assert await asker.answer("CoreAdminHome.getTrackingFailures") == []
    await asker.hit(idsite=9999, url="https://x.example/", token_auth="secret")
    await asker.hit(idsite=1, url="https://x.example/", cip="192.0.2.1")
    failures = await asker.answer("CoreAdminHome.getTrackingFailures")
    assert [(each["idsite"], each["idfailure"]) for each in failures] == [(9999, 1), (1, 2)]
    assert "secret" not in str(failures)
    assert [each["idsite"] for each in await asker.answer("CoreAdminHome.getTrackingFailures", "admin")] == [1]
