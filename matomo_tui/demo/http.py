"""A minimal HTTP layer: requests read from ASGI, and answers written to it."""

from __future__ import annotations

import html
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from matomo_tui.demo.php import Nested, flat, parse_str

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request: ``query`` (of the URL) and ``fields`` (the form) separately, header names in lower case."""

    method: str
    path: str
    ip: str
    headers: Mapping[str, str]
    address: str
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return form(self.address)

    @property
    def fields(self) -> dict[str, str]:
        return flat(self._posted())

    def parameters(self) -> Nested:
        """All parameters; as in Matomo, those of the URL take precedence."""
        return {**(address := parse_str(self.address)), **{n: v for n, v in self._posted().items() if n not in address}}

    def _posted(self) -> Nested:
        if "json" in self.headers.get("content-type", "") or self.body[:1] in (b"{", b"["):
            return {}
        return parse_str(self.body.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = field(default=())


def form(text: str) -> dict[str, str]:
    """Parse a form-encoded text as PHP does; arrays become ``name[key]``."""
    return flat(parse_str(text))


def as_json(value: Any, status: int = 200) -> Answer:
    """A JSON answer in PHP's encoding: ASCII only, and empty objects become lists."""
    body = json.dumps(value, separators=(",", ":"))
    if "{}" in body:
        body = json.dumps(_lists_for_nothing(value), separators=(",", ":"))
    return Answer(status, body.encode("ascii"), "application/json; charset=utf-8")


def _lists_for_nothing(value: Any) -> Any:
    """``value`` with ``[]`` for every empty mapping: PHP has a single array type."""
    if isinstance(value, Mapping):
        return {name: _lists_for_nothing(inner) for name, inner in value.items()} or []
    if isinstance(value, list | tuple):
        return [_lists_for_nothing(inner) for inner in value]
    return value


def as_text(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), "text/plain; charset=utf-8")


def page(message: str, status: int, title: str = "Matomo › Error") -> Answer:
    """An HTML page with the message as its only second-level heading."""
    body = (
        "<!DOCTYPE html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>\n'
        f"<body><h1>An error occurred</h1>\n<h2>{html.escape(message, quote=False)}</h2>\n"
        "<p>This page comes from the demo of matomo-tui.</p></body></html>\n"
    )
    return Answer(status, body.encode(), "text/html; charset=utf-8")


async def read(scope: Scope, receive: Receive) -> Request | None:
    """The request of an ASGI scope; ``None`` if its body exceeds 8 MiB."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MOST_BYTES:
            return None
        parts.append(chunk)
        if not message.get("more_body"):
            break
    client = scope.get("client") or ("127.0.0.1", 0)
    return Request(
        method=scope["method"],
        path=scope["path"],
        ip=str(client[0]),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        address=scope.get("query_string", b"").decode("utf-8", "replace"),
        body=b"".join(parts),
    )


async def write(answer: Answer, send: Send, now: float, *, head: bool = False) -> None:
    """Send an answer, dated ``now`` (an epoch)."""
    headers: Iterable[tuple[str, str]] = (
        ("date", formatdate(now, usegmt=True)),
        ("content-length", str(len(answer.body))),
        *((("content-type", answer.content_type),) if answer.content_type else ()),
        *answer.headers,
    )
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
