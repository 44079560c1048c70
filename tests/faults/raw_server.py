"""A server on a raw socket: it answers as the demo does, unless a fault has the connection."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from matomo_tui.demo.app import DemoMatomo

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER for 0 seconds: closing the socket sends RST."""
_MOST_HEAD = 64 * 1024
_MOST_KNOWN = 400
"""Answers kept to be sent again."""
_HANDSHAKE = b"\x16"
"""The first byte of TLS, which a plain http server answers as a bad request."""
_METHODS = re.compile(r"\bmethod(?:=|%3D)([A-Za-z0-9]+\.([a-z]+)\w*)")
_READS = frozenset(("get", "has", "is"))
"""First words of methods that change nothing: the same question has the same answer at the same moment."""


@dataclass(frozen=True)
class Sent:
    """One request as it arrived: ``target`` is the request line's, header names are in lower case."""

    target: str
    headers: dict[str, str]
    body: bytes
    verb: str = "POST"

    @property
    def has_token(self) -> bool:
        """True if the body or the Authorization header has a token."""
        return b"token_auth=" in self.body or "authorization" in self.headers

    @property
    def methods(self) -> list[str]:
        """The API methods of the request, ``API.getBulkRequest`` before its parts."""
        return [found[0] for found in _METHODS.findall(self._text)]

    @property
    def changes_nothing(self) -> bool:
        """True if all methods only read."""
        found = _METHODS.findall(self._text)
        return bool(found) and all(verb in _READS for _, verb in found)

    @property
    def _text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Wire:
    """The server's end of one connection, for the fault that answers."""

    def __init__(self, server: RawServer, peer: socket.socket) -> None:
        self.server, self.peer = server, peer

    def send(self, data: bytes) -> None:
        """Send all of ``data``; a client that is gone ends the script."""
        self.peer.sendall(data)

    def reset(self) -> None:
        """End the connection with a reset."""
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.peer.close()

    def hold(self) -> None:
        """Say nothing more until the client gives up."""
        with self.server.holding(), suppress(OSError):
            while self.peer.recv(4096):
                pass

    def drip(self, piece: bytes) -> None:
        """Send ``piece`` again and again, slowly, until the client gives up."""
        with self.server.holding(), suppress(OSError):
            self.peer.settimeout(0.02)
            while True:
                self.peer.sendall(piece)
                with suppress(TimeoutError):
                    if not self.peer.recv(4096):
                        return

    def pour(self, piece: bytes, most: int) -> None:
        """Send ``piece`` until ``most`` bytes are sent or the client closes."""
        sent = 0
        with suppress(OSError):
            while sent < most:
                self.peer.sendall(piece)
                sent += len(piece)


Answered = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers and body."""
Script = Callable[[Wire, Sent], None]
"""Answers one request in its own way; the connection is closed after it."""


class RawServer:
    """One thread a connection. ``script`` answers in place of the demo while it is set."""

    def __init__(self, demo: DemoMatomo, tls: ssl.SSLContext | None = None) -> None:
        self.demo, self.tls = demo, tls
        self.script: Script | None = None
        self.sent: list[Sent] = []
        self.active = self.held = 0
        self._demo_lock, self._lock = threading.Lock(), threading.Lock()
        self._known: dict[tuple[object, ...], Answered] = {}
        self._peers: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.listen()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Count the connections that wait for the client's patience to end."""
        with self._lock:
            self.held += 1
        try:
            yield
        finally:
            with self._lock:
                self.held -= 1

    def listen(self) -> None:
        """Accept connections, on the same port as before."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(32)
        self._listener, self.port = listener, listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def refuse(self) -> None:
        """Accept no more connections."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def drop(self) -> None:
        """Close the connections that are open."""
        with self._lock:
            peers, self._peers = self._peers, set()
        for peer in peers:
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End everything."""
        self.refuse()
        self.drop()

    def good(self, sent: Sent) -> Answered:
        """The demo's answer: status, headers and body."""
        with self._demo_lock:
            if not sent.changes_nothing:
                self._known.clear()
                return _answered(self.demo, sent)
            key = (id(self.demo), self.demo.store.now(), sent.target, sent.body, sent.headers.get("authorization"))
            if key not in self._known:
                if len(self._known) > _MOST_KNOWN:
                    self._known.clear()
                self._known[key] = _answered(self.demo, sent)
            return self._known[key]

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        if self.tls is not None:
            try:
                peer.settimeout(10)
                peer = self.tls.wrap_socket(peer, server_side=True)
                peer.settimeout(None)
            except (OSError, ValueError):
                peer.close()
                return
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._peers.add(peer)
        try:
            with suppress(OSError, ValueError):
                while self._exchange(peer):
                    pass
        finally:
            with self._lock:
                self._peers.discard(peer)
            peer.close()

    def _exchange(self, peer: socket.socket) -> bool:
        """Answer one request. Returns True if the connection stays open."""
        sent = _received(peer)
        if sent is None:
            return False
        with self._lock:
            self.sent.append(sent)
            self.active += 1
        try:
            if self.script is not None:
                self.script(Wire(self, peer), sent)
                return False
            status, headers, body = self.good(sent)
            peer.sendall(as_http(status, headers, body))
            return True
        finally:
            with self._lock:
                self.active -= 1


def as_http(status: int, headers: list[tuple[str, str]], body: bytes, *, version: str = "1.1") -> bytes:
    """An answer as bytes; ``headers`` has the length if there is to be one."""
    lines = [f"HTTP/{version} {status} X", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def _received(peer: socket.socket) -> Sent | None:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _MOST_HEAD:
        piece = peer.recv(65536)
        if not piece:
            return None
        head += piece
        if head.startswith(_HANDSHAKE):
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return None
    head, _, body = head.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = int(headers.get("content-length", "0"))
    while len(body) < length:
        piece = peer.recv(65536)
        if not piece:
            return None
        body += piece
    verb, target = first.split(" ")[:2]
    return Sent(target, headers, body, verb)


def _answered(demo: DemoMatomo, sent: Sent) -> Answered:
    """The demo's answer, also where the caller's event loop runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _asked(demo, sent)).result()


async def _asked(demo: DemoMatomo, sent: Sent) -> Answered:
    url = urlsplit(sent.target)
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": url.path,
        "query_string": url.query.encode(),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.headers.items()],
        "client": ("127.0.0.1", 1),
    }
    answered: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": sent.body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        answered.append(message)

    await demo(scope, receive, send)
    start = answered[0]
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    return start["status"], headers, b"".join(message.get("body", b"") for message in answered[1:])
