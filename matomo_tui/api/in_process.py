"""Requests to an ASGI application in this process, without a network and without importing httpx for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
ASGIApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class AppAnswer(NamedTuple):
    """The answer of an application; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask_app(app: ASGIApp, method: str, url: str, headers: Mapping[str, str], body: bytes) -> AppAnswer:
    """Send one request to ``app`` and return the whole answer, with status 500 if the application raises an exception.

    ``headers`` are completed by ``host`` and ``content-length``.
    """
    address = urlsplit(url)
    sent = {"host": address.netloc, **headers, "content-length": str(len(body))}
    scope: Message = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": address.scheme,
        "path": address.path,
        "raw_path": address.path.encode("ascii"),
        "query_string": address.query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower().encode("ascii"), value.encode()) for name, value in sent.items()],
        "server": (address.hostname, address.port),
        "client": ("127.0.0.1", 123),
    }
    status, answered, pieces = 500, dict[str, str](), list[bytes]()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            answered.update(
                (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"]
            )
        else:
            pieces.append(message.get("body", b""))

    try:
        await app(scope, receive, send)
    except Exception:  # noqa: BLE001 - a server answers with 500, whatever went wrong in it
        return AppAnswer(500, {}, b"")
    return AppAnswer(status, answered, b"".join(pieces))
