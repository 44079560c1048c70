"""The HTTP transport with httpx's mock: where the token is sent, redirects and failures."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from matomo_tui import __version__
from matomo_tui.api import http, server
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.errors import (
    AnswerDamaged,
    ConnectionLost,
    MatomoError,
    NotMatomo,
    Redirected,
    TimedOut,
    Unreachable,
)
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from tests.api.wire import Wire

TOKEN = "0123456789abcdef0123456789abcdef"
FIELDS = [("module", "API"), ("method", "API.getMatomoVersion"), ("format", "json")]
VERSION = b'{"value": "5.2.0"}'


class Server:
    """A web server in memory that answers with a function and records every request."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | httpx.Response | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer if answer is not None else httpx.Response(200, content=VERSION)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self._answer, httpx.Response):
            return self._answer
        return self._answer(request)

    def transport(
        self, url: str = "https://stats.example/matomo/", token: str = TOKEN, **options: Any
    ) -> HttpTransport:
        return HttpTransport(
            Address.parse(url),
            Secret(token) if token else None,
            httpx_transport=Wire(self),
            **options,
        )

    @property
    def request(self) -> httpx.Request:
        assert len(self.requests) == 1
        return self.requests[0]


def form(request: httpx.Request) -> dict[str, list[str]]:
    return parse_qs(request.content.decode(), keep_blank_values=True)


async def test_the_token_goes_into_the_body_and_nowhere_else() -> None:
    web = Server()
    response = await web.transport().post(FIELDS)
    assert (response.status, response.body) == (200, VERSION)
    assert response.elapsed >= 0
    request = web.request
    assert (request.method, str(request.url)) == ("POST", "https://stats.example/matomo/index.php")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["user-agent"] == f"matomo-tui/{__version__}"
    assert form(request) == {**{name: [value] for name, value in FIELDS}, "token_auth": [TOKEN]}
    assert "authorization" not in request.headers
    assert not any(TOKEN in value for value in request.headers.values())


async def test_a_bearer_token_goes_into_the_header_and_nowhere_else() -> None:
    web = Server()
    await web.transport(auth="bearer").post(FIELDS)
    assert web.request.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in web.request.content.decode()
    assert TOKEN not in str(web.request.url)
    assert "token_auth" not in form(web.request)


@pytest.mark.parametrize("auth", ["post", "bearer"])
async def test_without_a_token_none_is_sent(auth: str) -> None:
    web = Server()
    await web.transport(token="", auth=auth).post(FIELDS)
    assert "authorization" not in web.request.headers
    assert "token_auth" not in form(web.request)


async def test_values_are_encoded_as_a_form_in_utf_8() -> None:
    web = Server()
    await web.transport().post([("segment", "city==Łódź;a=b&c d%"), ("urls[0]", "method=A.b&x=1")])
    sent = form(web.request)
    assert sent["segment"] == ["city==Łódź;a=b&c d%"]
    assert sent["urls[0]"] == ["method=A.b&x=1"]


async def test_a_netrc_adds_no_credentials_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine stats.example login eve password other\ndefault login eve password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for auth, header in (("post", None), ("bearer", f"Bearer {TOKEN}")):
        web = Server()
        await web.transport(auth=auth).post(FIELDS)
        assert web.request.headers.get("authorization") == header


async def test_basic_authentication_and_extra_headers_are_sent() -> None:
    web = Server()
    transport = web.transport(
        basic_auth=("staff", Secret("open sesame")), headers=[("X-Tenant", "shop"), ("user-agent", "wall/1")]
    )
    await transport.post(FIELDS)
    assert web.request.headers["authorization"] == httpx.BasicAuth("staff", "open sesame")._auth_header
    assert web.request.headers["x-tenant"] == "shop"
    assert web.request.headers.get_list("user-agent") == ["wall/1"]
    assert form(web.request)["token_auth"] == [TOKEN]


async def test_an_answer_that_repeats_the_headers_of_the_request_has_none_of_their_secrets() -> None:
    web = Server(lambda request: httpx.Response(500, text=str(request.headers.raw)))
    key = "k3y-of-the-wall-0123456789"
    transport = web.transport(
        basic_auth=("staff", Secret("open sesame")), headers=[("X-Key", key), ("X-Tenant", "shop")]
    )
    answer = await transport.post(FIELDS)
    assert b"x-tenant" in answer.body.lower()
    assert b"shop" in answer.body
    assert key.encode() not in answer.body
    assert httpx.BasicAuth("staff", "open sesame")._auth_header.partition(" ")[2].encode() not in answer.body


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"auth": "bearer", "basic_auth": ("staff", Secret("x"))}, "use auth = post"),
        ({"auth": "oauth"}, "auth is post"),
        ({"basic_auth": ("a:b", Secret("x"))}, "colon"),
        ({"headers": [("Authorization", "Bearer abcdefgh")]}, "use auth or basic_auth_user"),
        ({"headers": [("authorization", "x")], "auth": "bearer"}, "use auth or basic_auth_user"),
        ({"headers": [("X Y", "x")]}, "has an invalid name"),
        ({"headers": [("X-A", "abcdefgh\r\nX-B: 1")]}, "X-A has an invalid value"),
        ({"headers": [("X-A", "größe")]}, "X-A has an invalid value"),
        ({"headers": [("Host", "other.example")]}, "the program sets it"),
        ({"headers": [("Cookie", "a=b")]}, "the program sets it"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        HttpTransport(Address.parse("stats.example"), Secret(TOKEN), **options)
    assert "abcdefgh" not in str(caught.value)


async def test_cookies_are_not_kept() -> None:
    web = Server(httpx.Response(200, content=VERSION, headers={"Set-Cookie": "MATOMO_SESSID=abc; Path=/"}))
    transport = web.transport()
    for _ in range(2):
        await transport.post(FIELDS)
    assert [request.headers.get("cookie") for request in web.requests] == [None, None]


REDIRECTS = [
    # (from, status, to, the address to offer)
    ("http://stats.example", 301, "https://stats.example/index.php", "https://stats.example"),
    ("http://stats.example", 308, "https://stats.example/index.php?module=API", "https://stats.example"),
    ("http://stats.example/matomo", 302, "https://STATS.example/matomo/", "https://stats.example/matomo"),
    ("http://stats.example:8080", 307, "https://stats.example:8443/index.php", "https://stats.example:8443"),
    ("http://stats.example", 301, "//stats.example/login", None),
    ("http://stats.example", 301, "https://stats.example/other/index.php", None),
    ("http://stats.example", 301, "https://www.stats.example/index.php", None),
    ("http://stats.example", 301, "https://stats.example.evil.example/index.php", None),
    ("http://stats.example", 301, "https://stats.example@evil.example/index.php", None),
    ("https://stats.example", 302, "http://stats.example/index.php", None),
    ("https://stats.example", 302, "/login?next=/index.php", None),
    ("https://stats.example", 303, "https://sso.example/start", None),
    ("https://stats.example", 301, "ftp://stats.example/", None),
    ("https://stats.example", 301, "http://[", None),
]


@pytest.mark.parametrize(("start", "status", "target", "upgrade"), REDIRECTS)
async def test_redirects_are_explained_and_never_followed(
    start: str, status: int, target: str, upgrade: str | None
) -> None:
    web = Server(lambda _: httpx.Response(status, headers={"Location": target}))
    with pytest.raises(Redirected) as caught:
        await web.transport(start).post(FIELDS)
    assert len(web.requests) == 1
    assert caught.value.upgrade == upgrade
    assert "stats.example" in str(caught.value)
    if upgrade is not None:
        assert f"use {upgrade} " in str(caught.value)


async def test_a_redirect_to_nowhere_is_an_answer_like_any_other() -> None:
    response = await Server(httpx.Response(302, content=b"")).transport().post(FIELDS)
    assert response.status == 302


async def test_every_status_is_returned_and_header_names_are_lower_case() -> None:
    web = Server(httpx.Response(503, content=b"busy", headers={"Retry-After": "7", "X-Matomo-Request-Id": "0b6f6"}))
    response = await web.transport().post(FIELDS)
    assert (response.status, response.body) == (503, b"busy")
    assert response.headers["retry-after"] == "7"
    assert response.headers["x-matomo-request-id"] == "0b6f6"


FAILURES: list[tuple[Exception, type[MatomoError], str]] = [
    (httpx.ConnectTimeout("x"), TimedOut, "did not answer within"),
    (httpx.ReadTimeout("x"), TimedOut, "did not answer within"),
    (httpx.ConnectError("x"), Unreachable, "No connection to stats.example on port 443"),
    (httpx.RemoteProtocolError("Server disconnected without sending a response."), ConnectionLost, "broke"),
    (httpx.RemoteProtocolError("peer closed connection without sending"), ConnectionLost, "broke"),
    (httpx.RemoteProtocolError("bad Content-Length"), NotMatomo, "is not valid HTTP"),
    (httpx.RemoteProtocolError("Receive buffer too long"), NotMatomo, "is not valid HTTP"),
    (httpx.InvalidURL("path must be empty"), Redirected, "redirects to something that is not a web address"),
    (httpx.ReadError("x"), ConnectionLost, "broke"),
    (httpx.WriteError("x"), ConnectionLost, "broke"),
    (httpx.ProxyError("403 Forbidden"), Unreachable, "proxy"),
    (httpx.DecodingError("x"), AnswerDamaged, "damaged"),
    (httpx.UnsupportedProtocol("x"), Unreachable, "gave no answer"),
    (ConnectionResetError(104, "reset"), ConnectionLost, "broke"),
    (PermissionError(13, "denied"), Unreachable, "firewall"),
]


@pytest.mark.parametrize(("failure", "kind", "said"), FAILURES, ids=[repr(f[0]) for f in FAILURES])
async def test_a_failure_is_a_sentence_with_the_host(failure: Exception, kind: type[MatomoError], said: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(MatomoError) as caught:
        await Server(fail).transport().post(FIELDS)
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert "stats.example" in str(caught.value)


async def test_one_limit_holds_for_the_whole_answer() -> None:
    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                yield b" "
                await asyncio.sleep(0.01)

    web = Server(lambda _: httpx.Response(200, stream=Drip()))
    with pytest.raises(TimedOut, match=r"stats\.example did not answer within 0\.2 s"):
        await web.transport(timeout=30).post(FIELDS, timeout=0.2)


async def test_an_answer_without_an_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BODY", 3 * 1024 * 1024)
    bomb = gzip.compress(bytes(16 * 1024 * 1024))
    web = Server(lambda _: httpx.Response(200, content=bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(NotMatomo, match="more than 3 MiB"):
        await web.transport().post(FIELDS)


async def test_received_bytes_are_counted_compressed() -> None:
    packed = gzip.compress(VERSION * 1000)

    class Line(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield packed

    web = Server(lambda _: httpx.Response(200, stream=Line(), headers={"Content-Encoding": "gzip"}))
    response = await web.transport().post(FIELDS)
    assert (len(response.body), response.received) == (len(VERSION) * 1000, len(packed))


async def test_a_token_repeated_by_the_server_is_redacted() -> None:
    body = f'<a href="/?token_auth={TOKEN}">'.encode()
    web = Server(httpx.Response(500, content=body, headers={"X-Debug": f"token_auth={TOKEN}"}))
    response = await web.transport().post(FIELDS)
    assert response.body == b'<a href="/?token_auth=***">'
    assert response.headers["x-debug"] == "token_auth=***"
    away = Server(httpx.Response(302, headers={"Location": f"https://evil.example/?t={TOKEN}"}))
    with pytest.raises(Redirected) as caught:
        await away.transport().post(FIELDS)
    assert TOKEN not in caught.value.location + str(caught.value)


async def test_everybodys_token_is_a_word_and_no_secret() -> None:
    web = Server(httpx.Response(200, content=b'"anonymous"'))
    assert (await web.transport(token="anonymous").post(FIELDS)).body == b'"anonymous"'


async def test_an_unusable_proxy_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:9")
    transport = HttpTransport(Address.parse("http://stats.example"), Secret(TOKEN))
    with pytest.raises(Unreachable, match="ALL_PROXY"):
        await transport.post(FIELDS)


async def test_a_closed_transport_stays_closed() -> None:
    web = Server()
    transport = web.transport()
    await transport.post(FIELDS)
    await transport.aclose()
    await transport.aclose()
    with pytest.raises(Unreachable, match="closed"):
        await transport.post(FIELDS)
    assert len(web.requests) == 1


async def test_first_requests_at_once_share_one_client() -> None:
    web = Server()
    transport = web.transport()
    await asyncio.gather(*(transport.post(FIELDS) for _ in range(8)))
    assert len(web.requests) == 8


async def test_an_application_in_this_process_answers_without_a_network() -> None:
    seen: list[tuple[str, str, bytes, Mapping[bytes, bytes]]] = []

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        seen.append((scope["method"], scope["path"], body, dict(scope["headers"])))
        if b"crash" in body:
            raise RuntimeError("a bug in the application")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": VERSION})

    transport = HttpTransport(Address.parse("http://127.0.0.1/"), Secret(TOKEN), app=app)
    assert await Client(transport).call(server.get_matomo_version()) == "5.2.0"
    method, path, body, headers = seen[0]
    assert (method, path) == ("POST", "/index.php")
    assert f"token_auth={TOKEN}".encode() in body
    assert headers[b"host"] == b"127.0.0.1"
    assert (await transport.post([("crash", "1")])).status == 500
    await transport.aclose()


async def test_cancelling_a_request_ends_it() -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    transport = HttpTransport(Address.parse("stats.example"), Secret(TOKEN), httpx_transport=Wire(never))
    task = asyncio.ensure_future(transport.post(FIELDS))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_connection_outlives_the_longest_poll_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[httpx.Limits] = []

    class Recording(httpx.AsyncClient):
        def __init__(self, **options: Any) -> None:
            made.append(options["limits"])
            super().__init__(**options)

    monkeypatch.setattr(httpx, "AsyncClient", Recording)
    transport = HttpTransport(Address.parse("http://127.0.0.1:9/"), Secret(TOKEN))
    with pytest.raises(Unreachable):
        await transport.post(FIELDS)
    await transport.aclose()
    (limits,) = made
    assert limits.keepalive_expiry is not None
    assert limits.keepalive_expiry > 60, "a poll a minute would open a connection each time"


async def test_a_token_that_is_renewed_is_sent_from_then_on_and_neither_comes_back() -> None:
    tokens = [Secret("first-token-1"), Secret("first-token-1"), Secret("second-token")]
    server = Server(lambda request: httpx.Response(200, content=b"first-token-1 second-token " + request.content))

    async def renewal() -> Secret:
        return tokens.pop(0)

    transport = server.transport(token="", auth="bearer", renewal=renewal)
    bodies = [(await transport.post(FIELDS)).body for _ in range(3)]
    await transport.aclose()
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer first-token-1", "Bearer first-token-1", "Bearer second-token"]
    assert b"second-token" in bodies[0]
    assert bodies[2].startswith(b"*** ***")


async def test_a_renewal_that_fails_sends_nothing() -> None:
    server = Server()

    async def renewal() -> Secret:
        raise Unreachable("no connection")

    with pytest.raises(Unreachable, match="no connection"):
        await server.transport(token="", auth="bearer", renewal=renewal).post(FIELDS)
    assert server.requests == []


async def test_a_request_without_the_token_has_it_nowhere() -> None:
    server = Server()
    transport = server.transport()
    await transport.request("POST", "https://stats.example/matomo/index.php?module=OAuth2&action=token", [("a", "b c")])
    await transport.request("GET", "https://stats.example/.well-known/x")
    post, get = server.requests
    assert (post.method, post.content, get.method, get.content) == ("POST", b"a=b+c", "GET", b"")
    for request in server.requests:
        assert "authorization" not in request.headers
        assert TOKEN not in str(request.url)
