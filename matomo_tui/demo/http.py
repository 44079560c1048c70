"""The little HTTP that the demo speaks: a request read from ASGI, and an answer on its way out."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BYTES = 8 * 1024 * 1024
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request: ``query`` and ``fields`` (the form) apart, header names in lower case."""

    method: str
    path: str
    ip: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        """The form-encoded body."""
        if "json" in self.headers.get("content-type", "") or self.body[:1] in (b"{", b"["):
            return {}
        return form(self.body.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = field(default=())


def form(text: str) -> dict[str, str]:
    """A form-encoded text as a mapping; of a name sent twice the last value counts, as in PHP."""
    return dict(parse_qsl(text, keep_blank_values=True))


def entry(text: str) -> dict[str, str]:
    """One entry of a bulk request's ``urls``, taken apart once, as PHP's ``parse_str`` does.

    An entry that was encoded as a whole has no ``=`` left in it and is decoded first (``API.getBulkRequest``).
    """
    text = text.strip().removeprefix("?")
    return form(text if "=" in text else unquote_plus(text))


def as_json(value: Any, status: int = 200) -> Answer:
    """A JSON answer, escaped as PHP does: ASCII only."""
    body = json.dumps(value, separators=(",", ":")).encode("ascii")
    return Answer(status, body, "application/json; charset=utf-8")


def page(message: str, status: int, title: str = "Matomo › Error") -> Answer:
    """A page for people, with the reason as its only second-level heading."""
    body = (
        "<!DOCTYPE html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>\n'
        f"<body><h1>An error occurred</h1>\n<h2>{html.escape(message, quote=False)}</h2>\n"
        "<p>This page comes from the demo of matomo-tui.</p></body></html>\n"
    )
    return Answer(status, body.encode(), "text/html; charset=utf-8")


async def read(scope: Scope, receive: Receive) -> Request | None:
    """The request of an ASGI scope; ``None`` when its body is longer than 8 MiB."""
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
        query=form(scope.get("query_string", b"").decode("utf-8", "replace")),
        body=b"".join(parts),
    )


async def write(answer: Answer, send: Send, now: float, *, head: bool = False) -> None:
    """Send an answer, dated ``now`` (an epoch)."""
    headers: Iterable[tuple[str, str]] = (
        ("date", http_date(now)),
        ("content-length", str(len(answer.body))),
        *((("content-type", answer.content_type),) if answer.content_type else ()),
        *answer.headers,
    )
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})


def http_date(now: float) -> str:
    """``Tue, 24 Nov 2026 05:57:52 GMT``, in English whatever the locale."""
    day = time.gmtime(now)
    return (
        f"{_WEEKDAYS[day.tm_wday]}, {day.tm_mday:02d} {_MONTHS[day.tm_mon - 1]} {day.tm_year} "
        f"{day.tm_hour:02d}:{day.tm_min:02d}:{day.tm_sec:02d} GMT"
    )
