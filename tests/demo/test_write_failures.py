"""Writes that take effect although the answer is lost, and latency after the effect."""

from __future__ import annotations

import asyncio

import pytest

from matomo_tui.demo.options import DemoOptions, WriteFailure
from tests.demo.asking import Asker, Reply

SITE = {"method": "SitesManager.updateSite", "idSite": 5, "siteName": "Changed"}


async def _name(asker: Asker) -> str:
    return str((await asker.answer("SitesManager.getSiteFromId", idSite=5))["name"])


async def _try(asker: Asker, **params: object) -> Reply | None:
    """The answer, or ``None`` if there is none."""
    try:
        return await asyncio.wait_for(asker.post(**params), 0.05)
    except TimeoutError:
        return None


@pytest.mark.parametrize("failure", ["timeout-after", "error-after", "timeout-before", "error-before"])
async def test_a_failing_write_has_taken_effect_or_not(failure: WriteFailure) -> None:
    asker = Asker(options=DemoOptions(fail_writes=failure))
    before = await _name(asker)
    reply = await _try(asker, **SITE)
    assert reply is None if failure.startswith("timeout") else reply is not None
    if reply is not None:
        assert (reply.status, reply.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert await _name(asker) == ("Changed" if failure.endswith("after") else before)


async def test_only_as_many_fail_as_are_to() -> None:
    asker = Asker(options=DemoOptions(fail_writes="error-before", fail_times=2))
    statuses = [(await asker.post(**SITE)).status for _ in range(3)]
    assert statuses == [500, 500, 200]


async def test_a_bulk_with_a_write_in_it_fails_as_one_and_hits_fail_too() -> None:
    asker = Asker(options=DemoOptions(fail_writes="error-after"))
    parts = {"urls[0]": "method=API.getMatomoVersion", "urls[1]": "method=Goals.deleteGoal&idSite=1&idGoal=1"}
    assert (await asker.post(method="API.getBulkRequest", **parts)).status == 500
    assert len(await asker.answer("Goals.getGoals", idSite=1)) == 3
    assert (await asker.post(method="API.getBulkRequest", **{"urls[0]": parts["urls[0]"]})).json == [{"value": "5.8.0"}]
    assert (await asker.hit(idsite=5, url="https://launch.example/")).status == 500
    assert len(await asker.visits(5)) == 1


async def test_a_write_takes_effect_if_the_client_gives_up_waiting() -> None:
    asker = Asker(options=DemoOptions(latency=30))
    assert await _try(asker, **SITE) is None
    asker.demo.options.latency = 0
    assert await _name(asker) == "Changed"


async def test_the_last_of_two_writers_wins() -> None:
    asker = Asker()
    opened = await asker.answer("SitesManager.getSiteFromId", "admin", idSite=1)
    await asker.answer("SitesManager.updateSite", idSite=1, siteName="Theirs", currency="USD")
    await asker.answer("SitesManager.updateSite", "admin", idSite=1, siteName="Mine", currency=opened["currency"])
    site = await asker.answer("SitesManager.getSiteFromId", idSite=1)
    assert (site["name"], site["currency"]) == ("Mine", "EUR")


async def test_a_part_of_a_bulk_sees_the_effects_of_earlier_parts() -> None:
    asker = Asker()
    parts = {
        "urls[0]": "method=UsersManager.setUserAccess&userLogin=alice&access=view&idSites=1",
        "urls[1]": "method=SitesManager.updateSite&idSite=1&siteName=x",
    }
    done, refused = (await asker.post("admin", method="API.getBulkRequest", **parts)).json
    assert done["result"] == "success"
    assert refused["message"].endswith("'admin' access for the website id = 1.")
