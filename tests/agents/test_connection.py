"""One connection: a rejected token stops it at once, another token renews it, and an outage does neither."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from matomo_tui.agents.connection import AgentConnection, Desk
from matomo_tui.api import live
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, TokenRejected, Unreachable
from matomo_tui.api.live import Counters
from matomo_tui.api.rejections import Rejections
from matomo_tui.api.transport import Response, Transport
from matomo_tui.config.secrets import SecretError
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session, open_demo
from tests.live.fake_clock import FakeClock


class Failing:
    """A transport that raises ``error``, and counts what it was asked."""

    def __init__(self, error: MatomoError) -> None:
        self.error = error
        self.asked = 0

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        self.asked += 1
        raise self.error

    async def aclose(self) -> None:
        pass


async def counters(desk: Desk) -> Counters:
    return await desk.session.client.call(live.get_counters(1, 3))


async def failing(error: MatomoError) -> tuple[Session, Failing]:
    transport = Failing(error)
    good = await open_demo(Settings(demo=True))
    await good.client.aclose()
    return Session(Client(transport), good.settings, good.site, good.access, "5.8.0", "x"), transport


def connection(*sessions: Session | Exception) -> tuple[AgentConnection, list[str]]:
    """A connection that opens the first session, and renews with the others."""
    done: list[str] = []
    left = list(sessions)

    def following(what: str) -> Any:
        done.append(what)
        if not left:
            return None
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def connect() -> Session:
        found: Session = following("connect")
        return found

    async def renew(_: Session) -> Session | None:
        found: Session | None = following("renew")
        return found

    return AgentConnection(connect, renew, clock=FakeClock()), done


async def test_a_rejected_token_is_never_sent_again() -> None:
    session, transport = await failing(TokenRejected("Matomo does not accept this token."))
    used, done = connection(session)
    for _ in range(5):
        with pytest.raises(TokenRejected, match="Nothing more is sent until matomo-tui mcp is started again"):
            await used.use(counters)
    assert transport.asked == 1
    assert done == ["connect", "renew"]


async def test_another_token_renews_the_connection_and_the_call_is_answered() -> None:
    session, _ = await failing(TokenRejected("Expired."))
    renewed = await open_demo(Settings(demo=True))
    used, done = connection(session, renewed)
    assert (await used.use(counters)).visits is not None
    assert (await used.use(counters)).visits is not None
    assert done == ["connect", "renew"]
    await used.aclose()


@pytest.mark.parametrize("error", [SecretError("The command failed."), TokenRejected("Also rejected.")])
async def test_a_token_that_cannot_be_renewed_stops_it(error: Exception) -> None:
    session, transport = await failing(TokenRejected("Expired."))
    used, _ = connection(session, error)
    for _ in range(2):
        with pytest.raises(TokenRejected, match=str(error)):
            await used.use(counters)
    assert transport.asked == 1


async def test_without_a_token_nothing_is_tried_again() -> None:
    used, done = connection(SecretError("There is no token."))
    for _ in range(3):
        with pytest.raises(TokenRejected, match="There is no token"):
            await used.open()
    assert done == ["connect"]


async def test_an_outage_is_an_error_of_one_call() -> None:
    session, transport = await failing(Unreachable("No connection."))
    used, done = connection(session)
    for _ in range(3):
        with pytest.raises(Unreachable):
            await used.use(counters)
    assert transport.asked == 3
    assert done == ["connect"]


async def test_a_server_that_is_down_at_first_is_tried_again() -> None:
    good = await open_demo(Settings(demo=True))
    used, done = connection(Unreachable("No connection."), good)
    with pytest.raises(Unreachable):
        await used.open()
    assert (await used.open()).session is good
    assert done == ["connect", "connect"]
    await used.aclose()


class Revoked(Failing):
    """A transport whose token is rejected, but for one request that began before and is answered at :attr:`end`."""

    def __init__(self, good: Transport) -> None:
        super().__init__(TokenRejected("Expired."))
        self.begun, self.end = asyncio.Event(), asyncio.Event()
        self.good = good
        self.is_closed = False

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        if self.begun.is_set():
            return await super().post(fields, timeout=timeout)
        self.begun.set()
        await self.end.wait()
        if self.is_closed:
            raise Unreachable("The connection is closed.")
        return await self.good.post(fields, timeout=timeout)

    async def aclose(self) -> None:
        self.is_closed = True


async def test_a_call_under_way_ends_as_usual_while_another_one_renews_the_token() -> None:
    good = await open_demo(Settings(demo=True))
    transport, rejections = Revoked(good.client.transport), Rejections()
    rejections.proven = True
    session = replace(good, client=Client(transport, rejections=rejections))
    used, done = connection(session, good)
    slow = asyncio.ensure_future(used.use(counters))
    await transport.begun.wait()
    site = (await used.use(lambda desk: desk.live.snapshot(session.site))).site
    assert site == session.site
    assert not transport.is_closed
    transport.end.set()
    assert (await slow).visits is not None
    assert transport.is_closed
    assert done == ["connect", "renew"]
    await used.aclose()
