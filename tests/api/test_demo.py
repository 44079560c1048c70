"""The client against the demo Matomo, with the encoding of real HTTP."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from matomo_tui.api import goals, live, server, sites, visits_summary
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, NoAccess, TokenRejected
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.demo.app import DemoMatomo

NOON = 1_795_521_600.0


def client(token: str, auth: Literal["post", "bearer"] = "post") -> Client:
    demo = DemoMatomo(now=lambda: NOON)
    secret = Secret(demo.tokens.get(token, token))
    return Client(HttpTransport(Address.parse("http://127.0.0.1/"), secret, auth=auth, app=demo))


@pytest.mark.parametrize("auth", ["post", "bearer"])
@pytest.mark.parametrize("role", ["superuser", "admin", "write", "view", "noaccess"])
async def test_each_token_has_its_role(role: str, auth: Literal["post", "bearer"]) -> None:
    info = await client(role, auth).server_info()
    assert info.access.highest == role
    assert bool(info.version) == (role != "noaccess")


@pytest.mark.parametrize("auth", ["post", "bearer"])
async def test_another_token_is_rejected(auth: Literal["post", "bearer"]) -> None:
    with pytest.raises(TokenRejected):
        await client("0" * 32, auth).server_info()


async def test_parts_of_one_request_answer_as_they_do_alone() -> None:
    matomo = client("superuser")
    calls: list[Any] = [
        live.get_counters(1, 30, segment="countryCode==de,countryCode==fr;actions>1"),
        live.get_last_visits_details(1, limit=5, period="day", date="today", segment="pageUrl=@/a%26b%3Bc"),
        live.get_last_visits_details(1, limit=5, period="day", date="today", columns=("idVisit", "actionDetails")),
        sites.get_pattern_match_sites("x & y=ü%"),
        sites.get_sites_with_at_least_view_access(),
        visits_summary.get(1, "day", "yesterday"),
        goals.get(1, "day", "yesterday"),
        server.is_plugin_activated("Live"),
    ]
    together = await matomo.bulk(calls)
    assert not any(isinstance(part, MatomoError) for part in together)
    assert together == [await matomo.call(call) for call in calls]
    assert together[0].visits < (await matomo.call(live.get_counters(1, 30))).visits


async def test_a_profile_is_found_from_a_visit_and_walked_on_from() -> None:
    matomo = client("view")
    (visit, *_) = await matomo.call(live.get_last_visits_details(1, limit=3, period="day", date="today"))
    profile = await matomo.call(live.get_visitor_profile(1, visit.visitor_id))
    assert profile is not None
    assert profile.visitor_id == visit.visitor_id
    assert visit.id_visit in {known.id_visit for known in profile.last_visits}
    assert await matomo.call(live.get_visitor_profile(1, "0" * 16)) is None


async def test_refusals_name_role_and_site() -> None:
    with pytest.raises(NoAccess) as caught:
        await client("view").call(visits_summary.get(2, "day", "today"))
    assert (caught.value.role, caught.value.site_id) == ("view", 2)
