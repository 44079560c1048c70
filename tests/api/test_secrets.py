"""The token appears in no error, traceback, repr or log, whatever fails or is answered."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api import live, server, users
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from tests.api.wire import Wire

TOKEN = "c0ffee0123456789c0ffee0123456789"


def fail_with(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    return answer


def repeat(status: int, kind: str = "text/html") -> Callable[[httpx.Request], httpx.Response]:
    """A server whose answer contains the whole request, as a careless error page does."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": kind, "X-Request": str(request.headers.get("authorization"))}
        if status in (301, 302):
            headers["Location"] = f"https://evil.example/?{request.content.decode()}"
        shown = request.content.decode() + str(request.headers.get("authorization"))
        if kind == "application/json":
            return httpx.Response(status, json={"result": "error", "message": shown})
        return httpx.Response(status, text=f"<title>{shown}</title><h2>{shown}</h2>", headers=headers)

    return answer


WAYS_TO_FAIL: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    **{
        type(error).__name__: fail_with(error)
        for error in (
            httpx.ConnectError("refused"),
            httpx.ConnectTimeout("slow"),
            httpx.ReadTimeout("slow"),
            httpx.ReadError("reset"),
            httpx.RemoteProtocolError("nonsense"),
            httpx.ProxyError("no"),
            httpx.DecodingError("garbled"),
            OSError("something else"),
        )
    },
    **{f"page {status}": repeat(status) for status in (200, 301, 302, 401, 403, 404, 429, 500, 503)},
    **{f"refusal {status}": repeat(status, "application/json") for status in (200, 400, 401, 500)},
    "another shape": lambda request: httpx.Response(200, json={"request": request.content.decode()}),
}


@pytest.mark.parametrize("auth", ["post", "bearer"])
@pytest.mark.parametrize("way", WAYS_TO_FAIL)
async def test_no_failure_shows_the_token(way: str, auth: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    transport = HttpTransport(
        Address.parse("https://stats.example"),
        Secret(TOKEN),
        auth=auth,
        httpx_transport=Wire(WAYS_TO_FAIL[way]),
    )
    client = Client(transport)
    for attempt in (client.call(server.get_matomo_version()), client.bulk([users.has_super_user_access()])):
        with pytest.raises(MatomoError) as caught:
            await attempt
        shown = [str(caught.value), repr(caught.value), repr(vars(caught.value)), repr(caught.value.args)]
        shown += traceback.format_exception(caught.value)
        assert TOKEN not in "".join(shown)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(transport) + repr(client) + repr(vars(client)) + repr(vars(transport))


async def test_a_part_that_repeats_the_token_does_not_show_it() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{"result": "error", "message": request.content.decode()}, []])

    transport = HttpTransport(Address.parse("https://stats.example"), Secret(TOKEN), httpx_transport=Wire(answer))
    error, _ = await Client(transport).gather(users.has_super_user_access(), live.get_counters(1, 3))
    assert isinstance(error, MatomoError)
    assert "***" in str(error)
    assert TOKEN not in str(error)


@given(st.text(max_size=40))
def test_a_secret_never_shows_itself(value: str) -> None:
    secret = Secret(value)
    assert secret.reveal() == value
    assert f"{secret}{secret!r}{secret:>60}" == "***Secret(***)***"
    assert str({"token": secret, "nested": [secret]}) == "{'token': Secret(***), 'nested': [Secret(***)]}"


def test_a_secret_does_not_leave_the_process() -> None:
    for leave in (pickle.dumps, copy.deepcopy, copy.copy):
        with pytest.raises(TypeError, match="not pickled"):
            leave(Secret(TOKEN))


def test_secrets_are_compared_by_value_and_nothing_else() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a")
    assert not Secret("")
    assert not hasattr(Secret("a"), "__dict__")
