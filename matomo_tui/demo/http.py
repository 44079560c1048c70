"""A minimal HTTP layer: requests read from ASGI with PHP's and Matomo's parsing, and answers written to it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from email.utils import formatdate
from html.entities import name2codepoint
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

from msgspec import Struct, field

_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_SPECIALS = re.compile(r"&(amp|lt|gt|quot|#0?39);")
MOST_BYTES = 8 * 1024 * 1024
Nested: TypeAlias = "dict[str, str | Nested]"

MOST_NAMES = 1000  # PHP's max_input_vars: further parameters are silently dropped
_INDEX = re.compile(r"\[(?:[ \t\r\n\v\f]?(?=\]))?([^\]]*)\]")
_NOT_IN_NAMES = re.compile(r"[ .\[]")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")


def parse_str(text: str) -> Nested:
    """Parse a form-encoded text like PHP's ``parse_str``.

    ``a[]=1&a[]=2`` and ``a[x]=1`` make arrays (a ``dict`` in the order sent, keys counted from 0); the last value of a
    repeated name counts, in the place of the first; a dot, a space or a lone ``[`` in a name becomes ``_``.
    """
    found: Nested = {}
    for pair in [pair for pair in text.split("&") if pair][:MOST_NAMES]:
        name, _, value = pair.partition("=")
        _put(found, unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace"))
    return found


def entry(text: str) -> Nested:
    """Parse one entry of a bulk request's ``urls`` (Matomo's ``Request::fromQueryString``).

    If it parses to one name with an empty value, the entry was encoded as a whole: then it is decoded first. A leading
    ``?`` belongs to the first name.
    """
    found = parse_str(text)
    if len(found) == 1 and next(iter(found.values())) == "":
        found = parse_str(unquote_plus(text, errors="replace"))
    return found


def flat(nested: Mapping[str, str | Nested]) -> dict[str, str]:
    return dict(_flat(nested, ""))


def _flat(nested: Mapping[str, str | Nested], above: str) -> Iterator[tuple[str, str]]:
    for key, value in nested.items():
        name = f"{above}[{key}]" if above else key
        if isinstance(value, dict):
            yield from _flat(value, name)
        else:
            yield name, value


def _put(found: Nested, name: str, value: str) -> None:
    """Register ``value`` under ``name`` as PHP does (``php_register_variable_ex``)."""
    name = name.lstrip(" ").partition("\0")[0]
    base, bracket, _ = name.partition("[")
    if not base:
        return
    keys: list[str] = []
    position = len(base)
    while (index := _INDEX.match(name, position)) is not None:
        keys.append(index[1])
        position = index.end()
    if bracket and not keys:
        base = name  # no closing bracket: part of a plain name
    base = _NOT_IN_NAMES.sub("_", base)
    here = found
    path = [base, *keys]
    for key in path[:-1]:
        key = key or _next(here)
        inner = here.get(key)
        if not isinstance(inner, dict):
            inner = {}
            here[key] = inner
        here = inner
    here[path[-1] or _next(here)] = value


def _next(array: Nested) -> str:
    return str(max((int(key) for key in array if _WHOLE.fullmatch(key)), default=-1) + 1)


def decoded(text: str) -> str:
    """Decode the entities of HTML 4 in ``text``, once."""
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    number = name2codepoint.get(name) if name else int(decimal) if decimal else int(hexadecimal, 16)
    if number is None or not _is_text(number):
        return found[0]
    return chr(number)


def _is_text(number: int) -> bool:
    return number in (9, 10, 13) or 0x20 <= number < 0x7F or 0xA0 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF


def entities_decoded(value: Any) -> Any:
    if isinstance(value, str):
        return decoded(value)
    if isinstance(value, dict):
        return {name: entities_decoded(inner) for name, inner in value.items()}
    return [entities_decoded(inner) for inner in value] if isinstance(value, list) else value


def escaped(text: str) -> str:
    """``text`` as it is stored: as read from a request and escaped."""
    return html.escape(decoded(text).replace("\0", "")).replace("&#x27;", "&#039;")


def without_specials(text: str) -> str:
    """Undo the five escapes of :func:`escaped`, and no others."""
    return _SPECIALS.sub(lambda found: html.unescape(found[0]), text)


def as_stored(text: str, most: int) -> str:
    """The stored form of ``text``, truncated to ``most`` escaped characters and unescaped."""
    return decoded(escaped(text)[:most])


def url_decoded(text: str, most: int) -> str:
    """The same for a goal's texts, which Matomo URL-decodes after escaping; answers apply :func:`decoded` once more."""
    return without_specials(unquote_plus(escaped(text), errors="replace")[:most])


Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Request(Struct, frozen=True):
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


class Answer(Struct, frozen=True):
    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = field(default=())


def form(text: str) -> dict[str, str]:
    return flat(parse_str(text))


def as_json(value: Any, status: int = 200) -> Answer:
    """A JSON answer in PHP's encoding: ASCII only, and empty objects become lists."""
    body = json.dumps(value, separators=(",", ":"))
    if "{}" in body:
        body = json.dumps(_lists_for_nothing(value), separators=(",", ":"))
    return Answer(status, body.encode("ascii"), "application/json; charset=utf-8")


def _lists_for_nothing(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _lists_for_nothing(inner) for name, inner in value.items()} or []
    if isinstance(value, list | tuple):
        return [_lists_for_nothing(inner) for inner in value]
    return value


def as_text(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), "text/plain; charset=utf-8")


def page(message: str, status: int, title: str = "Matomo › Error") -> Answer:
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
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    address = scope.get("query_string", b"").decode("utf-8", "replace")
    return Request(scope["method"], scope["path"], str(client[0]), headers, address, b"".join(parts))


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
