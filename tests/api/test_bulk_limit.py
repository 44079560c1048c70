"""Bulk requests to a server that limits the number of calls: they are split and sent one after the other."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from matomo_tui.api import server
from matomo_tui.api.address import Address
from matomo_tui.api.calls import Call, untyped
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, BulkTooLong, MatomoError, NotMatomo, ServerError
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Response
from matomo_tui.demo.app import DemoMatomo
from tests.recorded import Fields, calls_sent, html_response, json_response, refusal

FIELD = Path(__file__).parents[1] / "recordings" / "field"
LIMIT: int = json.loads((FIELD / "bulk-limit-5.json").read_text())["bulk_limit"]


class Limited:
    """A Matomo with ``API_bulk_request_limit``; it answers each call with its own number, and never two requests at
    once."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.parts: list[int] = []
        self.broken_from = 10**9
        self._busy = False

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        assert not self._busy, "two requests at once"
        self._busy = True
        await asyncio.sleep(0)
        self._busy = False
        bulk = dict(fields)["method"] == "API.getBulkRequest"
        calls = calls_sent(fields)
        self.parts.append(len(calls) if bulk else 0)
        if len(self.parts) > self.broken_from:
            return html_response("Bad Gateway", status=502)
        if bulk and len(calls) > self.limit:
            said = f"The maximum number of URLs that can be requested in a bulk request is {self.limit}."
            return json_response(refusal(said), 400)
        found: list[Any] = [refusal("no such n") if call["n"] == "3" else {"value": int(call["n"])} for call in calls]
        return json_response(found if bulk else found[0])

    async def aclose(self) -> None: ...


def numbered(count: int) -> list[Call[Any]]:
    return [untyped("Shop.get", {"n": n}) for n in range(count)]


def values(answers: list[Any]) -> list[Any]:
    return ["refused" if isinstance(answer, BadRequest) else answer["value"] for answer in answers]


WANTED = [0, 1, 2, "refused", 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("limit", "first", "then"),
    [
        (LIMIT, [8, 5, 3], [5, 3]),
        (4, [8, 4, 4], [4, 4]),
        (3, [8, 3, 3, 2], [3, 3, 2]),
        (2, [8, 2, 2, 2, 2], [2, 2, 2, 2]),
        (1, [8] + [1] * 8, [1] * 8),
        (0, [8] + [0] * 8, [0] * 8),
        (8, [8], [8]),
    ],
)
async def test_more_calls_than_the_server_takes_are_split_and_that_is_remembered(
    limit: int, first: list[int], then: list[int]
) -> None:
    matomo = Limited(limit)
    client = Client(matomo)
    assert values(await client.bulk(numbered(8))) == WANTED
    assert (matomo.parts, client.requests_sent) == (first, len(first))
    matomo.parts.clear()
    assert values(await client.bulk(numbered(8))) == WANTED
    assert matomo.parts == then
    assert client.bulk_limit == (None if limit == 8 else limit)
    matomo.parts.clear()
    await client.bulk(numbered(min(limit, 2)))
    assert len(matomo.parts) == (1 if limit else 0)


async def test_a_limit_that_is_lowered_while_it_runs_is_followed() -> None:
    matomo = Limited(5)
    client = Client(matomo)
    await client.bulk(numbered(8))
    matomo.limit = 2
    assert values(await client.bulk(numbered(8))) == WANTED
    assert (client.bulk_limit, matomo.parts[3:]) == (2, [5, 2, 2, 2, 2])


class Short(Limited):
    """A proxy in front of it refuses bodies of more than 8 kB."""

    def __init__(self) -> None:
        super().__init__(10**9)

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        if len(urlencode(list(fields))) > 8192:
            self.parts.append(-len(calls_sent(fields)))
            return html_response("413 Request Entity Too Large", status=413)
        return await super().post(fields, timeout=timeout)


def padded(count: int, size: int) -> list[Call[Any]]:
    return [untyped("Shop.get", {"n": n, "with": "x" * size}) for n in range(count)]


async def test_a_request_too_long_for_a_proxy_is_split_by_its_length_and_that_is_remembered() -> None:
    matomo = Short()
    client = Client(matomo)
    wanted = [*WANTED, *range(8, 60)]
    assert values(await client.bulk(padded(60, 180))) == wanted
    assert matomo.parts == [-60, 33, 27]
    matomo.parts.clear()
    assert values(await client.bulk(padded(60, 180))) == wanted
    assert matomo.parts == [33, 27]
    matomo.parts.clear()
    assert values(await client.bulk(padded(60, 1))) == wanted
    assert matomo.parts == [60], "as many as before where they are short"


async def test_one_call_too_long_for_a_proxy_leaves_the_others_their_answers() -> None:
    matomo = Short()
    first, last, *between = padded(4, 1)
    answers = await Client(matomo).bulk([first, untyped("Shop.get", {"n": 9, "with": "x" * 9000}), last, *between])
    assert "too long (413)" in str(answers.pop(1))
    assert values(answers) == [0, 1, 2, "refused"]


async def test_a_server_that_refuses_everything_as_too_long_is_not_asked_on_and_on() -> None:
    class Broken(Limited):
        async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
            self.parts.append(1)
            return html_response("413 Broken", status=413)

    matomo = Broken(9)
    with pytest.raises(NotMatomo, match="413"):
        await Client(matomo).bulk(numbered(8))
    assert len(matomo.parts) == 1


async def test_a_later_request_that_fails_fails_the_whole() -> None:
    matomo = Limited(5)
    matomo.broken_from = 2
    with pytest.raises(ServerError):
        await Client(matomo).bulk(numbered(8))


async def test_a_server_that_contradicts_itself_is_not_asked_on_and_on() -> None:
    class Absurd(Limited):
        async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
            self.parts.append(1)
            return json_response(refusal("The maximum number of URLs that can be requested is 9."), 400)

    matomo = Absurd(9)
    with pytest.raises(BulkTooLong):
        await Client(matomo).bulk(numbered(8))
    assert len(matomo.parts) == 1


async def test_server_errors_are_not_read_as_answers_of_single_calls() -> None:
    matomo = Limited(0)
    matomo.broken_from = 1
    with pytest.raises(MatomoError, match="502"):
        await Client(matomo).bulk([server.get_matomo_version()] * 2)


async def test_one_unreadable_answer_is_its_own_error_where_calls_go_alone() -> None:
    class Odd(Limited):
        async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
            calls = calls_sent(fields)
            if len(calls) == 1 and calls[0]["method"] == "API.getMatomoVersion":
                return json_response([["no version"]])
            return await super().post(fields, timeout=timeout)

    first, unreadable, last = await Client(Odd(0)).bulk([*numbered(1), server.get_matomo_version(), *numbered(1)])
    assert (first, last) == ({"value": 0}, {"value": 0})
    assert isinstance(unreadable, NotMatomo)


async def test_more_than_a_hundred_calls_are_split_since_matomo_answers_only_the_first_hundred() -> None:
    """The demo truncates the list of answers as 5.0.2 and 5.8.0 do."""
    demo = DemoMatomo(now=lambda: 1_795_500_000.0)
    transport = HttpTransport(Address.parse("https://demo.example"), Secret(demo.tokens["view"]), app=demo)
    client = Client(transport)
    answers = await client.bulk([server.get_matomo_version()] * 101)
    assert set(answers) == {"5.8.0"}
    assert (len(answers), client.requests_sent) == (101, 2)
    await client.aclose()
