"""A rejected token is sent at most twice by all clients together: after 20 the server locks out the address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from matomo_tui.api import server, tracking
from matomo_tui.api.client import Client
from matomo_tui.api.errors import ConnectionLost, LockedOut, MatomoError, TokenRejected
from matomo_tui.api.rejections import Rejections
from matomo_tui.api.transport import MOST_IN_FLIGHT, Response
from tests.recorded import FakeTransport, Fields, html_response, json_response, refusal

PAGE = html_response("Error", "Unable to authenticate with the provided token. It is either invalid.", 401)
PART = json_response([refusal("Unable to authenticate with the provided token. It is either invalid.")])
LOCKED = html_response("Error", "Too many failed logins. Please wait and try again.", 403)
GOOD = json_response({"value": "5.8.0"})

Way = Callable[[Client], Coroutine[Any, Any, Any]]
WAYS: dict[str, Way] = {
    "a call": lambda client: client.call(server.get_matomo_version()),
    "a bulk": lambda client: client.bulk([server.get_matomo_version()]),
    "connecting": lambda client: client.server_info(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("answer", [PAGE, PART], ids=["page", "part"])
async def test_twenty_keys_send_it_twice(way: str, answer: Response) -> None:
    transport = FakeTransport(lambda _: answer if way != "a call" else PAGE)
    if way == "connecting" and answer is PART:
        transport = FakeTransport(
            lambda _: json_response([refusal("Unable to authenticate with the provided token.")] * 5)
        )
    client = Client(transport, rejections=Rejections("https://stats.example"))
    for _ in range(20):
        with pytest.raises(TokenRejected):
            await WAYS[way](client)
    assert len(transport.sent) == 2
    with pytest.raises(TokenRejected, match=r"Not sent again: https://stats\.example rejected this token 2 times"):
        await WAYS[way](client)


@pytest.mark.parametrize("way", WAYS)
async def test_after_a_lockout_nothing_is_sent_for_ten_seconds(way: str) -> None:
    now, answer = 1000.0, LOCKED
    transport, shared = FakeTransport(lambda _: answer), Rejections()
    for _ in range(3):
        with pytest.raises(LockedOut, match="locked out this IP address"):
            await WAYS[way](Client(transport, rejections=shared, now=lambda: now))
    assert len(transport.sent) == 1
    now += 10
    with pytest.raises(LockedOut):
        await WAYS[way](Client(transport, rejections=shared, now=lambda: now))
    assert len(transport.sent) == 2


async def test_a_clock_set_back_during_a_lockout_holds_nothing_back() -> None:
    now = 1000.0
    transport = FakeTransport(lambda _: LOCKED)
    client = Client(transport, now=lambda: now)
    for _ in range(2):
        with pytest.raises(LockedOut):
            await client.call(server.get_matomo_version())
        now -= 3600
    assert len(transport.sent) == 2


async def test_every_way_of_asking_and_every_client_of_a_token_share_the_count() -> None:
    transport, shared = FakeTransport(lambda fields: PAGE), Rejections()
    for way in WAYS.values():
        with pytest.raises(TokenRejected):
            await way(Client(transport, rejections=shared))
    with pytest.raises(MatomoError):
        await Client(transport, rejections=shared).track([tracking.hit(1, "https://a.example")], authenticated=True)
    assert len(transport.sent) == 2


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", [[], [GOOD, PAGE]], ids=["at the start", "after a rejection"])
async def test_a_token_that_may_be_wrong_is_sent_by_one_request_at_a_time(way: str, before: list[Response]) -> None:
    shared, sent = Rejections(), 0

    class Slow:
        async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
            nonlocal sent
            sent += 1
            for _ in range(5):
                await asyncio.sleep(0)
            return PAGE

        async def aclose(self) -> None: ...

    for answer in before:
        with suppress(TokenRejected):
            await Client(FakeTransport([answer]), rejections=shared).call(server.get_matomo_version())
    client = Client(Slow(), rejections=shared)
    found = await asyncio.gather(*(WAYS[way](client) for _ in range(6)), return_exceptions=True)
    assert [type(error) for error in found] == [TokenRejected] * 6
    assert sent == 1, "the others waited, and were held back by its rejection"


class Held:
    """Answers each of the first four requests when the test releases it, and later ones at once."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[Response | MatomoError]] = []

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        self.waiting.append(asyncio.get_running_loop().create_future())
        if len(self.waiting) > MOST_IN_FLIGHT:
            self.waiting[-1].set_result(GOOD)
        answer = await self.waiting[-1]
        if isinstance(answer, MatomoError):
            raise answer
        return answer

    async def aclose(self) -> None: ...


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def _proven(transport: Held) -> tuple[Client, list[asyncio.Task[str]]]:
    """A client whose token was accepted once, and ten calls under way at the same time."""
    shared = Rejections()
    await Client(FakeTransport([GOOD]), rejections=shared).call(server.get_matomo_version())
    client = Client(transport, rejections=shared)
    calls = [asyncio.create_task(client.call(server.get_matomo_version())) for _ in range(10)]
    await _settle()
    return client, calls


async def test_a_revoked_token_is_not_sent_by_the_requests_that_wait() -> None:
    transport = Held()
    client, calls = await _proven(transport)
    assert len(transport.waiting) == MOST_IN_FLIGHT, "the others wait for a slot"
    transport.waiting[0].set_result(PAGE)
    await _settle()
    for answer in transport.waiting[1:MOST_IN_FLIGHT]:
        answer.set_result(GOOD)
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert found[1:4] == ["5.8.0"] * 3, "these were on the wire"
    rejected = [error for error in (found[0], *found[4:]) if isinstance(error, TokenRejected)]
    assert [error.was_sent for error in rejected] == [True] + [False] * 6
    assert len({str(error) for error in rejected}) == 1, "all say what Matomo said"
    assert len(transport.waiting) == client.requests_sent == MOST_IN_FLIGHT
    assert await client.call(server.get_matomo_version()) == "5.8.0", "a new request may try once more"


async def test_a_broken_connection_does_not_repeat_a_request_with_a_revoked_token() -> None:
    transport = Held()
    _, calls = await _proven(transport)
    transport.waiting[0].set_result(PAGE)
    await _settle()
    for answer in transport.waiting[1:MOST_IN_FLIGHT]:
        answer.set_result(ConnectionLost("The connection broke."))
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(error) for error in found] == [TokenRejected] * 10
    assert len(transport.waiting) == MOST_IN_FLIGHT


async def test_nobody_waits_once_a_request_was_accepted() -> None:
    busy, most = 0, 0

    class Counting:
        async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            for _ in range(5):
                await asyncio.sleep(0)
            busy -= 1
            return GOOD

        async def aclose(self) -> None: ...

    client = Client(Counting())
    await asyncio.gather(*(client.call(server.get_matomo_version()) for _ in range(4)))
    assert most == 3, "the first alone, then the three that waited for it together"


class TrackerOnly(FakeTransport):
    """Answers the tracker as the API."""

    async def track(self, hits: Any, **_: Any) -> Response:
        return await self.post([("hits", str(len(hits)))])


@pytest.mark.parametrize(
    "answer",
    [
        json_response(
            {"status": "error", "tracked": 0, "message": "Unable to authenticate with the provided token."}, 401
        ),
        PAGE,
        html_response("Error", "Unable to authenticate with the provided token. It is either invalid.", 400),
    ],
    ids=["json", "page", "a page of 400"],
)
async def test_a_token_that_the_tracker_rejects_is_counted(answer: Response) -> None:
    transport = TrackerOnly(lambda _: answer)
    client = Client(transport)
    hits = [tracking.hit(1, "https://a.example")]
    for _ in range(5):
        with pytest.raises(TokenRejected):
            await client.track(hits, batch=True, authenticated=True)
    with pytest.raises(TokenRejected, match="Not sent again"):
        await client.call(server.get_matomo_version())
    assert len(transport.sent) == 2
    await asyncio.wait_for(_ignoring(client.track(hits)), 1)
    assert len(transport.sent) == 3, "without the token it may go"


async def _ignoring(sending: Coroutine[Any, Any, Any]) -> None:
    with suppress(MatomoError):
        await sending


async def test_a_token_that_works_again_starts_at_zero() -> None:
    client = Client(FakeTransport([PAGE, GOOD, PAGE, GOOD]))
    for _ in range(2):
        with pytest.raises(TokenRejected):
            await client.call(server.get_matomo_version())
        assert await client.call(server.get_matomo_version()) == "5.8.0"


async def test_an_answer_that_was_on_its_way_before_the_rejection_proves_nothing() -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    answers = iter([(gates[0], GOOD), (gates[1], PAGE)])
    sent: list[Fields] = []

    class Slow:
        async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
            sent.append(fields)
            gate, answer = next(answers, (gates[1], PAGE))
            await gate.wait()
            return answer

        async def aclose(self) -> None: ...

    shared = Rejections()
    await Client(FakeTransport([GOOD]), rejections=shared).call(server.get_matomo_version())
    client = Client(Slow(), rejections=shared)
    first = asyncio.create_task(client.call(server.get_matomo_version()))
    await asyncio.sleep(0)
    gates[1].set()
    with pytest.raises(TokenRejected):
        await client.call(server.get_matomo_version())
    gates[0].set()
    assert await first == "5.8.0"
    for _ in range(5):
        with pytest.raises(TokenRejected):
            await client.call(server.get_matomo_version())
    assert len(sent) == 3


async def test_a_lockout_is_known_to_all_clients_until_a_later_request_is_accepted_or_an_hour_has_passed() -> None:
    now, answers, release = 1000.0, iter([LOCKED, LOCKED, GOOD]), asyncio.Event()

    class Slow(FakeTransport):
        async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
            await release.wait()
            return GOOD

    shared = Rejections()
    shared.accepted(0)
    earlier = Client(Slow(lambda _: GOOD), rejections=shared, now=lambda: now)
    client = Client(FakeTransport(lambda _: next(answers)), rejections=shared, now=lambda: now)
    before = asyncio.ensure_future(WAYS["a call"](earlier))
    await asyncio.sleep(0)
    with pytest.raises(LockedOut):
        await WAYS["a call"](client)
    assert earlier.lockout is client.lockout is not None
    release.set()
    await before
    assert client.lockout is not None, "that request was sent before"
    now += 3600
    assert client.lockout is None
    with pytest.raises(LockedOut):
        await WAYS["a call"](client)
    now += 11
    await WAYS["a call"](client)
    assert client.lockout is None


async def test_another_token_in_the_same_client_leaves_a_request_under_way_to_end_with_the_old_one() -> None:
    release, shared = asyncio.Event(), Rejections()
    shared.accepted(0)

    class Slow(FakeTransport):
        async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
            self.sent.append(fields)
            await release.wait()
            return GOOD

    old, new = Slow(lambda _: GOOD), FakeTransport(lambda _: GOOD)
    client = Client(old, rejections=shared)
    under_way = asyncio.ensure_future(WAYS["a call"](client))
    await asyncio.sleep(0)
    await client.take_over(Client(new))
    assert not old.closed
    assert await client.call(server.get_matomo_version()) == "5.8.0"
    release.set()
    assert await under_way == "5.8.0"
    assert (len(old.sent), old.closed, len(new.sent)) == (1, True, 1)
    await client.aclose()
    assert new.closed


async def test_what_waits_while_a_token_is_rejected_goes_out_with_the_one_that_replaces_it() -> None:
    release = asyncio.Event()

    class Rejecting(FakeTransport):
        async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
            self.sent.append(fields)
            await release.wait()
            return PAGE

    old, new, replacing = Rejecting(lambda _: PAGE), FakeTransport(lambda _: GOOD), Rejections()
    client = Client(old)
    first, waiting = (asyncio.ensure_future(WAYS["a call"](client)) for _ in range(2))
    await asyncio.sleep(0)
    await client.take_over(Client(new, rejections=replacing))
    release.set()
    with pytest.raises(TokenRejected):
        await first
    assert await waiting == "5.8.0"
    assert (len(old.sent), len(new.sent)) == (1, 1)
    assert replacing.count == 0, "the rejection is that of the old token"
