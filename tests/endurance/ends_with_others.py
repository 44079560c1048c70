"""Ways out while others take their time: a Matomo that does not answer, and clients that keep their connections."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.parse import urlsplit

from matomo_tui.demo.app import DemoMatomo
from tests.endurance.ends_of_commands import SIGNALS, Command, end, prepared
from tests.endurance.lines import Lines
from tests.pty_harness import PtyProcess
from tests.serving import Message, served

_OWN = ("--url", "{address}", "--token-file", "{home}/token")
_DAY = ("idSite=1", "period=day", "date=yesterday")
# Words, and how many requests are answered before the first that is not.
WAITING: dict[str, tuple[Sequence[str], int]] = {
    "the dashboard": (_OWN, 0),
    "--plain": (("--plain", *_OWN), 1),
    "get": (("get", "VisitsSummary.get", *_DAY, *_OWN), 0),
    "get --all": (
        ("get", "Actions.getPageUrls", "idSite=1", "period=day", "date=yesterday", "filter_limit=3", "--all", *_OWN),
        1,
    ),
    "report": (("report", "pages", *_OWN), 1),
    "watch": (("watch", "--interval", "2", *_OWN), 2),
    "sites": (("sites", *_OWN), 0),
    "check": (("check", *_OWN), 0),
    "login": (("login", "--profile", "work", "--no-browser", "--url", "{address}"), 0),
    "metrics": (("metrics", "--listen", "127.0.0.1:0", "--interval", "2", *_OWN), 1),
    "mcp": (("mcp", *_OWN), 0),
    "mcp --http": (("mcp", "--http", "0", *_OWN), 0),
}
_CLOSE = 8
"""The kind of a message that closes a web socket."""


class SilentMatomo:
    """The demo, which from a request on takes requests and answers none."""

    def __init__(self) -> None:
        self._demo = DemoMatomo()
        self.token = self._demo.tokens["superuser"]
        self.answers = 0
        """The number of requests that are still answered."""
        self.waiting = 0
        """The number of requests that got no answer."""
        self.is_over = False

    async def __call__(self, scope: Message, receive: Callable[[], object], send: Callable[[Message], object]) -> None:
        """Answer, or wait until it is over."""
        if self.answers > 0:
            self.answers -= 1
            await self._demo(scope, receive, send)  # type: ignore[arg-type]
            return
        self.waiting += 1
        while not self.is_over:  # noqa: ASYNC110 (another thread sets it)
            await asyncio.sleep(0.02)


def waiting(lines: Lines, condition: str = "") -> None:
    """Each command is ended while it waits for an answer."""
    matomo = SilentMatomo()
    with TemporaryDirectory() as folder, served(matomo) as address:
        home = prepared(Path(folder))
        (home / "token").write_text(matomo.token)
        (home / "token").chmod(0o600)
        for name, (words, answers) in WAITING.items():
            for how in (*SIGNALS, "closed terminal"):
                matomo.answers, before = answers, matomo.waiting

                @contextmanager
                def asked(_terminal: PtyProcess, before: int = before) -> Iterator[None]:
                    deadline = time.monotonic() + 60
                    while matomo.waiting == before:
                        if time.monotonic() > deadline:
                            raise TimeoutError("no request came")
                        time.sleep(0.01)
                    yield

                filled = tuple(word.replace("{address}", address) for word in words)
                command = Command(filled, b"", draws=name == "the dashboard", meanwhile=asked)
                end(lines, f"{name} waits for an answer, {how}{condition}", home, command, how)
        matomo.is_over = True


def clients(lines: Lines, condition: str = "") -> None:
    """Each server is ended while a client keeps a connection, has sent half a request, or waits for an answer."""
    serve = Command(("serve", "--demo", "--port", "0"), b"http://")
    servers = {
        "metrics has clients": Command(
            ("metrics", "--demo", "--listen", "127.0.0.1:0", "--interval", "2"), b"/metrics", meanwhile=_connected
        ),
        "mcp --http has clients": Command(("mcp", "--demo", "--http", "0"), b"Bearer", meanwhile=_agent),
        "demo-server has clients": Command(
            ("demo-server", "--port", "0", "--latency", "60"), b"noaccess", meanwhile=_delayed
        ),
        "serve has a page": replace(serve, meanwhile=_page),
        "serve has a page that just opened": replace(serve, meanwhile=_new_page, after=0.0),
        "serve has a page that reads nothing": replace(serve, meanwhile=_deaf_page),
    }
    with TemporaryDirectory() as folder:
        home = prepared(Path(folder))
        for name, command in servers.items():
            for how in (*SIGNALS, "closed terminal"):
                end(lines, f"{name}, {how}{condition}", home, command, how)


def _place(terminal: PtyProcess) -> tuple[str, int]:
    found = re.search(rb"http://[0-9.:]+", terminal.output)
    assert found is not None
    parts = urlsplit(found[0].decode())
    return parts.hostname or "", parts.port or 0


@contextmanager
def _connected(terminal: PtyProcess, first: str = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") -> Iterator[None]:
    """A client that got an answer and stays, one that has sent half a request, and one that has sent nothing."""
    place = _place(terminal)
    with (
        socket.create_connection(place) as kept,
        socket.create_connection(place) as half,
        socket.create_connection(place),
    ):
        half.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        kept.sendall(first.encode())
        kept.settimeout(20)
        kept.recv(100)
        yield


@contextmanager
def _delayed(terminal: PtyProcess) -> Iterator[None]:
    """A client whose answer takes a minute."""
    with socket.create_connection(_place(terminal)) as one:
        one.sendall(b"GET /?module=API&method=API.getMatomoVersion HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        yield


@contextmanager
def _agent(terminal: PtyProcess) -> Iterator[None]:
    """A client of the MCP server with a session and its stream of events, and those of :func:`_connected`."""
    secret = terminal.output.split(b"Bearer ")[1].split()[0].decode()
    hello = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},'
        '"clientInfo":{"name":"x","version":"1"}}}'
    )
    host, port = _place(terminal)
    head = (
        f"Host: {host}:{port}\r\nAuthorization: Bearer {secret}\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\n"
    )
    request = f"POST /mcp HTTP/1.1\r\n{head}Content-Length: {len(hello)}\r\n\r\n{hello}"
    with (
        _connected(terminal, request),
        socket.create_connection((host, port)) as first,
        socket.create_connection((host, port)) as stream,
    ):
        first.settimeout(20)
        first.sendall(request.encode())
        answer = b""
        while not (session := re.search(rb"(?i)mcp-session-id: (\S+)\r\n", answer)):
            part = first.recv(4096)
            if not part:
                raise ConnectionError(repr(answer))
            answer += part
        stream.settimeout(20)
        stream.sendall(f"GET /mcp HTTP/1.1\r\n{head}Mcp-Session-Id: {session[1].decode()}\r\n\r\n".encode())
        assert b" 200 " in stream.recv(100)
        yield


@contextmanager
def _new_page(terminal: PtyProcess) -> Iterator[socket.socket]:
    """A page whose dashboard is just being started."""
    host, port = _place(terminal)
    key = base64.b64encode(os.urandom(16)).decode()
    with socket.create_connection((host, port)) as one:
        one.settimeout(30)
        one.sendall(
            (
                f"GET /ws?width=80&height=24 HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\n"
                f"Origin: http://{host}:{port}\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {key}\r\n\r\n"
            ).encode()
        )
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            received += one.recv(1)
        yield one


@contextmanager
def _deaf_page(terminal: PtyProcess) -> Iterator[socket.socket]:
    """A page that has shown the dashboard and reads no more, such as one on a computer that fell asleep."""
    with _new_page(terminal) as one:
        shown = 0
        while shown < 5_000:
            shown += len(_message(one)[1])
        yield one


@contextmanager
def _page(terminal: PtyProcess) -> Iterator[None]:
    """A page that closes its connection when it is told to."""
    with _deaf_page(terminal) as one:

        def follow() -> None:
            with suppress(OSError):
                while (received := _message(one))[0] != _CLOSE:
                    pass
                one.sendall(bytes((0x80 | _CLOSE, 0x80 | len(received[1]), 0, 0, 0, 0)) + received[1])
                one.recv(1)
                one.close()

        thread = Thread(target=follow, daemon=True)
        thread.start()
        yield


def _message(one: socket.socket) -> tuple[int, bytes]:
    """The next message of a server: its kind and its data. Raises ``OSError`` at the end."""
    kind, length = _exactly(one, 2)
    if length == 126:
        length = int.from_bytes(_exactly(one, 2), "big")
    elif length == 127:
        length = int.from_bytes(_exactly(one, 8), "big")
    return kind & 15, _exactly(one, length)


def _exactly(one: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = one.recv(size - len(received))
        if not part:
            raise ConnectionError("closed")
        received += part
    return received
