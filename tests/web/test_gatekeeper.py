"""Which requests of browsers are answered: host, origin and password."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest

from matomo_tui.api.secret import Secret
from tests.extras import needs

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]

pytestmark = needs("aiohttp")
PASSWORD = "correct horse: battery"


def basic(password: str, user: str = "anyone") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


Start = Callable[..., "asyncio.Future[Client]"]


@pytest.fixture
async def guarded(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    from aiohttp import DummyCookieJar, web
    from aiohttp.test_utils import TestClient, TestServer

    from matomo_tui.web.gatekeeper import Gatekeeper

    opened: list[Client] = []

    async def handler(request: web.Request) -> web.Response:
        return web.Response(text="in")

    async def start(password: str | None = None, public_url: str = "") -> Client:
        keeper = Gatekeeper(None if password is None else Secret(password), public_url=public_url)
        app = web.Application(middlewares=[keeper.middleware])
        app.add_routes([web.get("/", handler), web.get("/ws", handler)])
        client: Client = TestClient(TestServer(app), cookie_jar=DummyCookieJar())
        await client.start_server()
        opened.append(client)
        return client

    monkeypatch.setattr("matomo_tui.web.gatekeeper._AFTER_A_WRONG_PASSWORD", 0.0)
    yield lambda *args, **more: asyncio.ensure_future(start(*args, **more))
    for client in opened:
        await client.close()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("[::1]:8000", 200),
        ("192.168.1.7:8000", 200),
        ("wall.example.org", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8000", 421),
        ("", 421),
        ("[", 421),
        ("[::1", 421),
        ("localhost:none", 421),
    ],
)
async def test_only_its_own_names_are_answered(guarded: Start, host: str, status: int) -> None:
    client = await guarded(public_url="https://wall.example.org")
    answer = await client.get("/", headers={"Host": host})
    assert answer.status == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8000", 200),
        ("https://wall.example.org", 403),
        ("http://evil.example", 403),
        ("http://127.0.0.1:9", 403),
        ("null", 403),
        ("http://[", 403),
        (None, 403),
    ],
)
async def test_only_its_own_pages_may_open_the_socket(guarded: Start, origin: str | None, status: int) -> None:
    client = await guarded()
    headers = {"Host": "127.0.0.1:8000"} | ({} if origin is None else {"Origin": origin})
    assert (await client.get("/ws", headers=headers)).status == status


async def test_a_proxy_in_front_may_have_another_name(guarded: Start) -> None:
    client = await guarded(public_url="https://wall.example.org")
    headers = {"Host": "127.0.0.1:8000", "Origin": "https://wall.example.org"}
    assert (await client.get("/ws", headers=headers)).status == 200


@pytest.mark.parametrize("public_url", ["https://Wall.example.org:443/", "https://wall.example.org"])
async def test_a_public_address_is_known_as_browsers_write_it(guarded: Start, public_url: str) -> None:
    client = await guarded(public_url=public_url)
    headers = {"Host": "127.0.0.1:8000", "Origin": "https://wall.example.org"}
    answer = await client.get("/ws", headers=headers)
    assert answer.status == 200
    assert " ws://wall.example.org wss://wall.example.org;" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("public_url", "host"),
    [
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("https://STRAßE.example:8443/", "xn--strae-oqa.example:8443"),
        ("https://☃.example", "xn--n3h.example"),
        ("https://wall.example.org.", "wall.example.org"),
        ("https://wall.example.org.:8443", "wall.example.org:8443"),
        ("https://wall.example.org", "wall.example.org."),
        ("https://wall.example.org:8443", "wall.example.org.:8443"),
    ],
)
async def test_a_public_name_is_known_in_ascii_and_with_or_without_its_last_dot(
    guarded: Start, public_url: str, host: str
) -> None:
    client = await guarded(public_url=public_url)
    for headers in ({"Host": host}, {"Host": "127.0.0.1:8000"}):
        answer = await client.get("/ws", headers={**headers, "Origin": f"https://{host}"})
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"].isascii()


async def test_a_password_is_asked_for_and_a_cookie_stands_for_it(guarded: Start) -> None:
    client = await guarded(PASSWORD)
    refused = await client.get("/")
    assert refused.status == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    assert "Set-Cookie" not in refused.headers
    for wrong in ({}, basic("wrong"), basic(""), {"Authorization": "Basic !"}, {"Authorization": f"Bearer {PASSWORD}"}):
        assert (await client.get("/", headers=wrong)).status == 401
    answer = await client.get("/", headers=basic(PASSWORD))
    assert answer.status == 200
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert PASSWORD not in cookie
    name = cookie.split("=", 1)[0]
    assert (await client.get("/", headers={"Cookie": cookie.split(";")[0]})).status == 200
    assert (await client.get("/", headers={"Cookie": f"{name}=wrong"})).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"Host: localhost\r\nAuthorization: Basic \xff", 401),
        (b"Host: localhost\r\nAuthorization: Basic \xc3\xa4", 401),
        (b"Host: localhost\r\nCookie: matomo_tui_80=\xff", 401),
        (b"Host: [", 421),
        (b"Host: localhost:abc", 421),
        (b"Host: localhost:99999", 421),
        (b"Host: localhost\r\nOrigin: http://[", 403),
    ],
)
async def test_headers_that_cannot_be_read_are_refused(guarded: Start, headers: bytes, status: int) -> None:
    client = await guarded(PASSWORD)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    path = b"/ws" if b"Origin" in headers else b"/"
    writer.write(b"GET " + path + b" HTTP/1.1\r\n" + headers + b"\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert int(answer.split(b" ")[1]) == status


async def test_wrong_passwords_wait_one_after_the_other(guarded: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def counted(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    client = await guarded(PASSWORD)
    monkeypatch.setattr("matomo_tui.web.gatekeeper._AFTER_A_WRONG_PASSWORD", 1.5)
    monkeypatch.setattr("matomo_tui.web.gatekeeper.asyncio.sleep", counted)
    await asyncio.gather(*(client.get("/", headers=basic(f"guess {n}")) for n in range(5)))
    assert waits.count(1.5) == 5


async def test_pages_load_nothing_from_elsewhere(guarded: Start) -> None:
    client = await guarded()
    headers = (await client.get("/", headers={"Host": "127.0.0.1:8000"})).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "connect-src 'self' ws://127.0.0.1:8000 wss://127.0.0.1:8000;" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
