"""First use of the library: its names, its main class, paging, and errors that name their method."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from matomo_tui import api
from matomo_tui.api import Client, Matomo, MatomoError, Secret, live, paging, server, sites, users
from matomo_tui.api.errors import NoAccess, NotAllowed, TimedOut, TokenRejected, Unreachable
from matomo_tui.api.transport import Response
from matomo_tui.demo.app import DemoMatomo
from tests.real.call_table import READS, Example, builders
from tests.recorded import FakeTransport, calls_sent, fake_matomo, json_response, refusal

NOON = 1_795_521_600.0
BAD_TOKEN = "Unable to authenticate with the provided token. It is either invalid or expired."
NO_VIEW = "You can't access this resource as it requires 'view' access for the website id = 1."


def test_every_exported_name_is_there() -> None:
    for name in api.__all__:
        assert getattr(api, name) is not None
    assert dir(api) == api.__all__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = api.nothing  # type: ignore[attr-defined]


ANY_METHOD = {"calls.untyped", "reports.table", "reports.tables_by_date", "users.with_confirmation"}


@pytest.mark.parametrize("name", sorted(builders().keys() - ANY_METHOD))
def test_every_function_names_the_method_that_it_calls(name: str) -> None:
    documented = re.findall(r"``([A-Z]\w+\.\w+)``", inspect.getdoc(builders()[name]) or "")
    assert documented, "the first line names Matomo's method"
    for make in READS.get(name, ()):
        method = make(Example(1, "2026-11-20")).method
        assert method == documented[0] or f"``{method.partition('.')[2]}``" in (inspect.getdoc(builders()[name]) or "")


@pytest.mark.parametrize("as_secret", [False, True])
async def test_an_address_and_a_token_are_enough(as_secret: bool) -> None:
    demo = DemoMatomo(now=lambda: NOON)
    token = demo.tokens["view"]
    async with Matomo("stats.example.org/index.php", Secret(token) if as_secret else token, app=demo) as matomo:
        assert (await matomo.server_info()).access.highest == "view"
        assert token not in repr(matomo) + repr(matomo.transport) + repr(vars(matomo))
    with pytest.raises(Unreachable, match="closed"):
        await matomo.call(server.get_matomo_version())


async def test_the_connection_is_closed_where_the_block_fails_too() -> None:
    transport = FakeTransport([])
    with pytest.raises(KeyError):
        async with Client(transport):
            raise KeyError
    assert transport.closed


@pytest.mark.parametrize(
    ("address", "options", "sentence"),
    [
        ("ftp://stats.example.org", {}, "starts with https://"),
        ("stats.example.org", {"auth": "bearer", "basic_auth": ("ann", "a password")}, "not HTTP basic"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_a_sentence(
    address: str, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Matomo(address, "0123456789abcdef", **options)


async def test_certificates_are_verified_by_default() -> None:
    with pytest.raises(MatomoError, match="ca_bundle"):
        await Matomo("stats.example.org", verify="/no/such/file.pem").call(server.get_matomo_version())


def _sites(first: int, count: int) -> Response:
    return json_response([{"idsite": site, "name": f"Site {site}"} for site in range(first, first + count)])


async def _ids(transport: FakeTransport, limit: int) -> list[list[int]]:
    pages = paging.pages(Client(transport), lambda offset: sites.get_visible_sites(limit=limit, offset=offset))
    return [[site.id for site in page] async for page in pages]


async def test_pages_end_with_the_one_that_is_short() -> None:
    transport = FakeTransport([_sites(1, 2), _sites(3, 2), _sites(5, 1)])
    assert await _ids(transport, 2) == [[1, 2], [3, 4], [5]]
    asked = [call for fields in transport.sent for call in calls_sent(fields)]
    assert [(call["filter_offset"], call["filter_limit"]) for call in asked] == [("0", "2"), ("2", "2"), ("4", "2")]


async def test_pages_end_where_the_last_was_just_full() -> None:
    assert await _ids(FakeTransport([_sites(1, 2), json_response([])]), 2) == [[1, 2]]


async def test_pages_end_where_the_server_takes_no_notice_of_the_offset() -> None:
    assert await _ids(FakeTransport([_sites(1, 2), _sites(1, 2)]), 2) == [[1, 2]]


async def test_a_call_for_everything_is_one_page() -> None:
    assert await _ids(FakeTransport([_sites(1, 3)]), -1) == [[1, 2, 3]]


async def test_a_page_is_asked_for_only_when_the_loop_comes_to_it() -> None:
    demo = DemoMatomo(now=lambda: NOON)
    async with Matomo("stats.example.org", demo.tokens["superuser"], app=demo) as matomo:
        async for user in matomo.entries(lambda offset: users.get_users_plus_role(1, limit=2, offset=offset)):
            assert user.login
            break
        assert matomo.requests_sent == 1


async def test_errors_name_the_failed_method() -> None:
    matomo = fake_matomo({"Live.getCounters": refusal(NO_VIEW)})
    with pytest.raises(NoAccess) as caught:
        await Client(matomo).call(live.get_counters(1, 30))
    assert caught.value.method == "Live.getCounters"
    assert repr(caught.value) == f"NoAccess({str(caught.value)!r}, method='Live.getCounters')"
    assert "getCounters" not in str(caught.value)


async def test_each_failed_part_of_a_request_names_its_method() -> None:
    answers = {"API.getMatomoVersion": {"value": "5.8.0"}, "Live.getCounters": refusal(NO_VIEW)}
    transport = fake_matomo(answers)
    # The sentence is written anew for a Bearer header: what the error knows is kept.
    transport.auth = "bearer"  # type: ignore[attr-defined]
    version, counters, unreadable = await Client(transport).gather(
        server.get_matomo_version(), live.get_counters(1, 30), sites.get_site_from_id(1)
    )
    assert version == "5.8.0"
    assert [getattr(part, "method", "") for part in (counters, unreadable)] == [
        "Live.getCounters",
        "SitesManager.getSiteFromId",
    ]
    assert "Bearer" in str(counters)


async def test_a_request_that_failed_as_a_whole_names_the_bulk_request() -> None:
    client = Client(FakeTransport([TimedOut("No answer.")]))
    with pytest.raises(TimedOut) as caught:
        await client.gather(server.get_matomo_version(), live.get_counters(1, 30))
    assert caught.value.method == "API.getBulkRequest"


async def test_a_token_rejected_in_one_part_names_that_part() -> None:
    client = Client(FakeTransport([json_response([{"value": "5.8.0"}, refusal(BAD_TOKEN)])]))
    with pytest.raises(TokenRejected) as caught:
        await client.gather(server.get_matomo_version(), live.get_counters(1, 30))
    assert caught.value.method == "Live.getCounters"


async def test_a_write_that_was_not_sent_names_itself() -> None:
    transport = FakeTransport([])
    client = Client(transport, read_only=True)
    with pytest.raises(NotAllowed) as caught:
        await client.bulk([server.get_matomo_version(), users.delete_user("ann")])
    assert caught.value.method == "UsersManager.deleteUser"
    assert transport.sent == []
