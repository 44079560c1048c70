"""The connection of commands without a screen: read-only, opened late, with a token that is renewed."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from matomo_tui.api import goals
from matomo_tui.api.errors import BadRequest, NotAllowed, TokenRejected
from matomo_tui.config.secrets import SecretError, TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.headless.read_calls import read_call
from matomo_tui.headless.visit_stream import VisitStream
from matomo_tui.headless.watch_loop import Watching, watch_snapshots, watch_visits
from tests.live.matomo import SHOP
from tests.small_matomo import TOKENS, SmallMatomo, serving

VERSION = read_call("API.getMatomoVersion", {"idSite": 1})


@pytest.fixture
def matomo() -> SmallMatomo:
    return SmallMatomo()


@pytest.fixture
def address(matomo: SmallMatomo) -> Iterator[str]:
    with serving(matomo) as url:
        yield url


def connection(address: str, folder: Path, *tokens: str) -> ReadConnection:
    """A connection whose token_command prints the next of ``tokens`` each time it runs."""
    queue = folder / "tokens"
    queue.write_text("\n".join(tokens))
    script = (
        f"import pathlib; f = pathlib.Path({str(queue)!r}); first, *rest = f.read_text().split(); "
        "f.write_text(' '.join(rest or [first])); print(first)"
    )
    settings = Settings(url=address, profile="work", token_command=(sys.executable, "-c", script))
    return ReadConnection(settings, TokenSource(settings, folder=folder))


async def test_one_call_takes_one_request(address: str, matomo: SmallMatomo, tmp_path: Path) -> None:
    async with connection(address, tmp_path, TOKENS["view"]) as open_connection:
        assert await open_connection.call(VERSION) == {"value": "5.2.1"}
    assert [form["method"] for form in matomo.sent] == ["API.getMatomoVersion"]


async def test_writes_are_refused_before_they_are_sent(address: str, matomo: SmallMatomo, tmp_path: Path) -> None:
    async with connection(address, tmp_path, TOKENS["superuser"]) as open_connection:
        with pytest.raises(NotAllowed, match="Read-only"):
            await open_connection.call(goals.delete_goal(1, 1))
    assert matomo.sent == []


async def test_a_rejected_token_is_replaced_once(address: str, matomo: SmallMatomo, tmp_path: Path) -> None:
    async with connection(address, tmp_path, "expired-connection-1", TOKENS["view"]) as open_connection:
        client = await open_connection.client()
        assert await open_connection.call(VERSION) == {"value": "5.2.1"}
        session = await open_connection.session()
        assert session.site.name == "Shop"
        assert session.client is client is await open_connection.client()
    assert matomo.tokens_sent == ["expired-connection-1", *[TOKENS["view"]] * 3]


async def test_the_session_takes_the_new_token_too(address: str, matomo: SmallMatomo, tmp_path: Path) -> None:
    async with connection(address, tmp_path, "expired-connection-2", TOKENS["admin"]) as open_connection:
        session = await open_connection.session()
        assert session.access.role(1) == "admin"
        assert await open_connection.session() is session
    assert matomo.tokens_sent == ["expired-connection-2", *[TOKENS["admin"]] * 2]


async def test_several_tasks_share_one_client_and_one_renewal(
    address: str, matomo: SmallMatomo, tmp_path: Path
) -> None:
    tokens = ("expired-connection-4", TOKENS["view"], "not-asked-for-again-0")
    async with connection(address, tmp_path, *tokens) as open_connection:
        answers = await asyncio.gather(*(open_connection.call(VERSION) for _ in range(5)))
    assert answers == [{"value": "5.2.1"}] * 5
    assert matomo.tokens_sent == ["expired-connection-4", *[TOKENS["view"]] * 5]


async def test_the_same_token_again_is_not_sent_again(address: str, matomo: SmallMatomo, tmp_path: Path) -> None:
    async with connection(address, tmp_path, "expired-connection-3") as open_connection:
        with pytest.raises(TokenRejected):
            await open_connection.call(VERSION)
    assert matomo.tokens_sent == ["expired-connection-3"]


@pytest.mark.parametrize("what", ["visits", "snapshots"])
async def test_a_command_with_another_wrong_token_each_time_does_not_lock_this_address_out(
    address: str, matomo: SmallMatomo, tmp_path: Path, what: str
) -> None:
    good, wrong = TOKENS["view"], [f"wrong-{what}-{number}" for number in range(9)]
    async with connection(address, tmp_path, good, *wrong) as open_connection:
        assert await open_connection.call(VERSION) == {"value": "5.2.1"}
        del matomo.tokens[good]
        stream = VisitStream(SHOP, "", int(time.time()))
        if what == "visits":
            watched: AsyncIterator[object] = watch_visits(open_connection, stream, Watching(5.0))
        else:
            watched = watch_snapshots(open_connection, SHOP, "", Watching(5.0))
        with pytest.raises(TokenRejected):
            await asyncio.wait_for(anext(watched), 20)
    assert matomo.tokens_sent == [good, good, wrong[0]]


async def test_a_renewed_token_that_was_accepted_is_renewed_again(
    address: str, matomo: SmallMatomo, tmp_path: Path
) -> None:
    tokens = [f"lasts-a-minute-{number}" for number in range(4)]
    async with connection(address, tmp_path, *tokens) as open_connection:
        for token in tokens:
            matomo.tokens = {token: {1: "view"}}
            assert await open_connection.call(VERSION) == {"value": "5.2.1"}
    assert dict.fromkeys(matomo.tokens_sent) == dict.fromkeys(tokens)


async def test_a_renewed_token_is_used_later_if_there_was_no_password_for_the_server_in_front(
    address: str, matomo: SmallMatomo, tmp_path: Path
) -> None:
    async with connection(address, tmp_path, TOKENS["admin"], TOKENS["view"]) as open_connection:
        await open_connection.call(VERSION)
        del matomo.tokens[TOKENS["admin"]]
        settings = open_connection.settings
        failing = (sys.executable, "-c", "raise SystemExit('The store is locked.')")
        open_connection.settings = replace(settings, basic_auth_user="front", basic_auth_password_command=failing)
        with pytest.raises(BadRequest, match="basic_auth_password_command"):
            await open_connection.call(VERSION)
        open_connection.settings = settings
        assert await open_connection.call(VERSION) == {"value": "5.2.1"}
    assert matomo.tokens_sent[-1] == TOKENS["view"]


async def test_without_an_address_or_a_token_nothing_is_sent(address: str, matomo: SmallMatomo, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="No address"):
        await ReadConnection(Settings(), TokenSource(Settings(), folder=tmp_path)).call(VERSION)
    settings = Settings(url=address)
    with pytest.raises(SecretError, match="There is no token"):
        await ReadConnection(settings, TokenSource(settings, folder=tmp_path)).call(VERSION)
    assert matomo.sent == []
