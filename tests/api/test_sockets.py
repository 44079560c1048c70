"""The HTTP transport with real sockets: refused, reset, silent and idle connections, and TLS."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from matomo_tui.api import server, transport_errors
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.errors import ConnectionLost, NotMatomo, Redirected, TimedOut, TLSFailed, Unreachable
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret

TOKEN = "fedcba9876543210fedcba9876543210"
FIELDS = [("module", "API"), ("method", "API.getMatomoVersion")]
# A self-signed certificate for "localhost", valid until 2126, made for these tests and trusted by nobody else.
CERTIFICATE = Path(__file__).parent / "localhost.pem"
# The same, valid in 2020 only.
EXPIRED = Path(__file__).parent / "expired.pem"

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@asynccontextmanager
async def listening(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on the loopback interface during the block; yields its port."""
    web = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=tls)
    try:
        yield web.sockets[0].getsockname()[1]
    finally:
        web.close()
        await web.wait_closed()


def transport(url: str, *, timeout: float = 5.0, verify_tls: bool = True, ca_bundle: str = "") -> HttpTransport:
    return HttpTransport(Address.parse(url), Secret(TOKEN), timeout=timeout, verify_tls=verify_tls, ca_bundle=ca_bundle)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return head + await reader.readexactly(int(length.split(b":")[1]))


def http_answer(body: bytes, *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def answer_version(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request and close the connection, as a server without keep-alive does."""
    try:
        await read_request(reader)
        writer.write(http_answer(b'{"value": "5.2.0"}', b"Connection: close"))
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


async def test_nobody_listening() -> None:
    port = free_port()
    with pytest.raises(Unreachable, match=rf"127\.0\.0\.1 refuses connections on port {port}"):
        await transport(f"http://127.0.0.1:{port}").post(FIELDS)


async def test_an_unknown_host_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", not_found)
    with pytest.raises(Unreachable, match=r"host name matomo\.invalid was not found"):
        await transport("https://matomo.invalid").post(FIELDS)


async def test_a_server_that_says_nothing() -> None:
    silent = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    async with listening(say_nothing) as port:
        with pytest.raises(TimedOut, match=r"did not answer within 0\.2 s"):
            await transport(f"http://127.0.0.1:{port}", timeout=0.2).post(FIELDS)
        silent.set()


async def test_a_connection_that_is_reset() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.close()

    async with listening(reset) as port:
        with pytest.raises(ConnectionLost, match="broke"):
            await transport(f"http://127.0.0.1:{port}").post(FIELDS)


async def test_an_answer_that_ends_in_the_middle() -> None:
    async def stop_short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"value"')
        writer.close()

    async with listening(stop_short) as port:
        with pytest.raises(ConnectionLost, match="broke"):
            await transport(f"http://127.0.0.1:{port}").post(FIELDS)


async def test_something_that_speaks_no_http() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        writer.close()

    async with listening(greet) as port:
        with pytest.raises((ConnectionLost, NotMatomo)):
            await transport(f"http://127.0.0.1:{port}").post(FIELDS)


async def test_an_idle_connection_closed_by_the_server_is_no_failure() -> None:
    served: list[bytes] = []

    async def serve_one_then_drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(await read_request(reader))
        writer.write(http_answer(b'{"value": "5.2.0"}', b"Connection: keep-alive"))
        if len(served) == 1:
            # The second request arrives on this connection, and finds it closing.
            await reader.read(1)
        writer.close()

    async with listening(serve_one_then_drop) as port:
        client = Client(transport(f"http://127.0.0.1:{port}"))
        assert await client.call(server.get_matomo_version()) == "5.2.0"
        assert await client.call(server.get_matomo_version()) == "5.2.0"
        assert (len(served), client.requests_sent) == (2, 3)
        await client.aclose()


async def test_a_connection_is_used_again() -> None:
    connections = 0

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(3):
            await read_request(reader)
            writer.write(http_answer(b'{"value": "5.2.0"}'))
        writer.close()

    async with listening(keep) as port:
        client = Client(transport(f"http://127.0.0.1:{port}"))
        for _ in range(3):
            await client.call(server.get_matomo_version())
        assert connections == 1
        await client.aclose()


async def test_the_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await read_request(reader))
        writer.write(http_answer(b'{"value": "5.2.0"}', b"Connection: close"))
        writer.close()

    async with listening(proxy) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        client = Client(transport("http://stats.example/matomo"))
        assert await client.call(server.get_matomo_version()) == "5.2.0"
        await client.aclose()
    assert asked[0].startswith(b"POST http://stats.example/matomo/index.php HTTP/1.1\r\n")


def tls_server(certificate: Path = CERTIFICATE) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_certificate_of_an_unknown_authority_is_not_trusted() -> None:
    async with listening(answer_version, tls_server()) as port:
        with pytest.raises(TLSFailed, match=r"certificate of localhost is not trusted .*ca_bundle"):
            await transport(f"https://localhost:{port}").post(FIELDS)


async def test_a_certificate_in_the_bundle_is_trusted_for_its_own_name_only() -> None:
    async with listening(answer_version, tls_server()) as port:
        client = Client(transport(f"https://localhost:{port}", ca_bundle=str(CERTIFICATE)))
        assert await client.call(server.get_matomo_version()) == "5.2.0"
        await client.aclose()
        with pytest.raises(TLSFailed, match=r"is for another name"):
            await transport(f"https://127.0.0.1:{port}", ca_bundle=str(CERTIFICATE)).post(FIELDS)


async def test_verification_can_be_switched_off() -> None:
    async with listening(answer_version, tls_server()) as port:
        client = Client(transport(f"https://127.0.0.1:{port}", verify_tls=False))
        assert await client.call(server.get_matomo_version()) == "5.2.0"
        await client.aclose()


async def test_https_to_a_port_that_speaks_http() -> None:
    async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with listening(speak_http) as port:
        with pytest.raises(TLSFailed, match=rf"write http://127\.0\.0\.1:{port} ") as caught:
            await transport(f"https://127.0.0.1:{port}").post(FIELDS)
    assert caught.value.offer == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("host", "offered"),
    [("10.1.2.3", True), ("192.168.0.9", True), ("fd00::7", True), ("localhost", True), ("stats.example", False)],
)
def test_plain_http_is_offered_on_a_key_only_in_a_network_of_ones_own(host: str, offered: bool) -> None:
    written = f"[{host}]" if ":" in host else host
    address = Address.parse(f"https://{written}/matomo")
    cause = ssl.SSLError(1, "wrong version number")
    cause.reason = "WRONG_VERSION_NUMBER"
    error = transport_errors.connection_error(cause, address)
    assert error.offer == (f"http://{written}:443/matomo" if offered else None)


async def test_an_expired_certificate_is_reported_as_expired() -> None:
    async with listening(answer_version, tls_server(EXPIRED)) as port:
        with pytest.raises(TLSFailed, match=r"certificate of localhost has expired .*computer's clock") as caught:
            await transport(f"https://localhost:{port}", ca_bundle=str(EXPIRED)).post(FIELDS)
    assert "ca_bundle" not in str(caught.value)


ALERT = b"\x15\x03\x01\x00\x02\x02\x46"
NGINX = b"<html><title>400 The plain HTTP request was sent to HTTPS port</title>"


@pytest.mark.parametrize(
    "said",
    [ALERT, b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(NGINX) + NGINX],
    ids=["TLS alert", "page"],
)
async def test_http_to_a_port_that_speaks_https_offers_https(said: bytes) -> None:
    async with listening(saying(said)) as port:
        with pytest.raises(TLSFailed, match="seems to speak https, not plain http") as caught:
            await transport(f"http://127.0.0.1:{port}/matomo").post(FIELDS)
    assert caught.value.offer == f"https://127.0.0.1:{port}/matomo"


def saying(said: bytes) -> Handler:
    """A handler that reads a request and sends a fixed answer."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await read_request(reader)
            writer.write(said)
            await writer.drain()
        writer.close()

    return handler


async def test_an_escape_sequence_in_a_location_is_no_address() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: https://x.example/\x1b[2J\r\nContent-Length: 0\r\n\r\n"
    async with listening(saying(answer)) as port:
        with pytest.raises(Redirected, match="something that is not a web address") as caught:
            await transport(f"http://127.0.0.1:{port}").post(FIELDS)
    assert (str(caught.value) + caught.value.location).isprintable()


async def test_control_characters_in_a_header_are_not_read() -> None:
    async with listening(saying(b"HTTP/1.1 200 OK\r\nX-A: \x1b[2J\x00\r\nContent-Length: 0\r\n\r\n")) as port:
        with pytest.raises(NotMatomo, match="is not valid HTTP"):
            await transport(f"http://127.0.0.1:{port}").post(FIELDS)


async def test_endless_interim_answers_end_at_the_time_limit() -> None:
    async def hint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await read_request(reader)
            while True:
                writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" * 20)
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()

    async with listening(hint) as port:
        with pytest.raises(TimedOut, match="did not answer within"):
            await transport(f"http://127.0.0.1:{port}", timeout=0.3).post(FIELDS)


async def test_a_few_interim_answers_are_no_harm() -> None:
    answer = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + http_answer(b'{"value": "5.8.0"}')
    async with listening(saying(answer)) as port:
        assert await Client(transport(f"http://127.0.0.1:{port}")).call(server.get_matomo_version()) == "5.8.0"


@pytest.mark.parametrize("content", [None, "no certificate at all"], ids=["missing", "not PEM"])
async def test_a_bundle_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_text(content)
    with pytest.raises(TLSFailed, match=r"ca_bundle.*ca\.pem"):
        await transport("https://localhost:1", ca_bundle=str(bundle)).post(FIELDS)
