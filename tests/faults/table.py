"""The table of faults: for each the bytes that arrive, the state that the live screen must have, and its words."""

from __future__ import annotations

import gzip
import json
import ssl
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from tests.faults.raw_server import Script, Sent, Wire, as_http

State = Literal["", "live", "stale", "stopped"]
Change = Callable[[Any], Any]

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
NOTHING = ("empty object",)
"""Faults that are a good answer of Matomo's to a question of which nothing is the answer."""
MIB = 1024 * 1024


@dataclass(frozen=True)
class Fault:
    """``act`` answers in place of the server. ``state`` is that of the live screen, empty if either is right; ``says``
    is part of its sentence. ``place`` is what is broken around the answer: the listener, the name, the version."""

    group: str
    name: str
    act: Script | None
    state: State = "stale"
    says: str = ""
    place: str = ""
    retry_after: float = 0.0
    """Seconds that must pass at least before the next request."""
    tls: Callable[[], ssl.SSLContext | None] | None = None
    """Makes the context of an https server in place of the good one, ``None`` for plain http."""
    own_clock: float | None = None
    """What this computer's clock says, as a UTC epoch in seconds."""


# What answers are made of


def answer(
    body: bytes | str,
    status: int = 200,
    content_type: str = JSON,
    headers: Sequence[tuple[str, str]] = (),
    length: int | None = None,
) -> Script:
    """Always the same answer."""
    content = body.encode() if isinstance(body, str) else body
    size = len(content) if length is None else length

    def act(wire: Wire, sent: Sent) -> None:
        start = [("Content-Type", content_type), ("Content-Length", str(size))]
        wire.send(as_http(status, [*start, *headers], content))

    return act


def page(title: str, status: int = 200, text: str = "", headers: Sequence[tuple[str, str]] = ()) -> Script:
    """An HTML page."""
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h2>{text or title}</h2></body></html>"
    return answer(body, status, HTML, headers)


def raw(data: bytes) -> Script:
    """Bytes, and the end."""
    return lambda wire, sent: wire.send(data)


def changed(change: Callable[[bytes], bytes], headers: Sequence[tuple[str, str]] = ()) -> Script:
    """The good answer with a changed body."""

    def act(wire: Wire, sent: Sent) -> None:
        status, good, body = wire.server.good(sent)
        body = change(body)
        names = {name.lower() for name, _ in headers}
        kept = [(n, v) for n, v in good if n.lower() not in ("content-length", *names)]
        wire.send(as_http(status, [*kept, *headers, ("Content-Length", str(len(body)))], body))

    return act


def _with_nan(body: bytes) -> bytes:
    return body.replace(b":1", b":NaN") if b":1" in body else body[:-1] + b",NaN" + body[-1:]


def restated(change: Change, headers: Sequence[tuple[str, str]] = ()) -> Script:
    """The good answer with changed JSON."""
    return changed(lambda body: json.dumps(change(json.loads(body))).encode(), headers)


def every_leaf(value: object) -> Change:
    """Replace each figure and text by ``value``, at any depth."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: walk(inner) for name, inner in node.items()}
        if isinstance(node, list):
            return [walk(inner) for inner in node]
        return value

    return walk


def leaf(names: Sequence[str], value: object) -> Change:
    """Replace the fields called ``names`` by ``value``, at any depth."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: value if name in names else walk(inner) for name, inner in node.items()}
        return [walk(inner) for inner in node] if isinstance(node, list) else node

    return walk


def figures(value: object) -> Change:
    """Replace each number, also those that are texts, by ``value``; ids and instants stay."""
    return each_figure(lambda: value)


def each_figure(value: Callable[[], object]) -> Change:
    """Replace each number, also those that are texts, by another result of ``value``; ids and instants stay."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                name: inner if name.startswith("id") or "imestamp" in name else walk(inner)
                for name, inner in node.items()
            }
        if isinstance(node, list):
            return [walk(inner) for inner in node]
        is_figure = isinstance(node, int | float) or (isinstance(node, str) and node.isdecimal())
        return value() if is_figure and not isinstance(node, bool) else node

    return walk


def _endless_headers(wire: Wire, sent: Sent) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\n")
    wire.pour(b"X-More: " + b"a" * 4000 + b"\r\n", 200 * MIB)


def _endless_chunks(wire: Wire, sent: Sent) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b" " * 65536
    wire.pour(b"%x\r\n%s\r\n" % (len(piece), piece), 400 * MIB)


def _large(wire: Wire, sent: Sent) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n[" % (100 * MIB))
    wire.pour(b"1," * 32768, 100 * MIB)


def _interim(wire: Wire, sent: Sent) -> None:
    wire.drip(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


def _slow_head(wire: Wire, sent: Sent) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nX: ")
    wire.drip(b"a")


def _slow_body(wire: Wire, sent: Sent) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n[")
    wire.drip(b" ")


def _half(wire: Wire, sent: Sent) -> None:
    status, headers, body = wire.server.good(sent)
    wire.send(as_http(status, headers, body[: len(body) // 2]))
    wire.reset()


def _other_charset(encoding: str) -> Script:
    return changed(lambda body: body.decode().encode(encoding))


@cache
def _bomb(layers: int) -> bytes:
    """More blanks than the longest answer may have, in a few kB, or in less with more layers."""
    packed, pieces = b"", [b" " * MIB] * 80
    for _ in range(layers):
        packer = zlib.compressobj(9, wbits=31)
        packed = b"".join([*map(packer.compress, pieces), packer.flush()])
        pieces = [packed]
    return packed


def _lazy_bomb(layers: int) -> Script:
    def act(wire: Wire, sent: Sent) -> None:
        encoding = ", ".join(["gzip"] * layers)
        answer(_bomb(layers), headers=(("Content-Encoding", encoding),))(wire, sent)

    return act


def _with_date(date: str) -> Script:
    return changed(lambda body: body, (("Date", date),))


def _sized(change: Callable[[list[Any]], Any]) -> Script:
    bulk = restated(change)

    def act(wire: Wire, sent: Sent) -> None:
        if sent.methods[:1] == ["API.getBulkRequest"]:
            bulk(wire, sent)
        else:
            wire.send(as_http(*wire.server.good(sent)))

    return act


OWN_CLOCKS: Mapping[int, float] = {
    1: -62_135_596_800.0,
    1000: -30_610_224_000.0,
    1969: -1.0,
    1970: 0.0,
    2001: 978_307_200.0,
    2038: 2_147_483_648.0,
    3000: 32_503_680_000.0,
    9999: 253_402_300_799.0,
}
"""Years that the computer's own clock may be in, and an instant of each."""
_BREAKS = "broke before the answer was complete"
_ERROR = {"result": "error", "message": "x"}
_ONE_ONLY = answer(
    json.dumps(_ERROR | {"message": "The maximum number of URLs that can be requested in a bulk request is 1."}), 400
)
_GOOD_BODY = b'[{"value": "5.2.1"}]'


def _network() -> list[Fault]:
    return [
        Fault("network", "connection refused", None, says="refuses connections", place="refuse"),
        Fault("network", "the server is 5.0 now, then 5.8 again", None, "live", place="older"),
        Fault("network", "host name not found", None, says="host name", place="dns"),
        Fault("network", "reset before the answer", lambda w, s: w.reset(), says=_BREAKS),
        Fault("network", "closed before the answer", lambda w, s: None, says=_BREAKS),
        Fault("network", "reset in the middle", _half, says=_BREAKS),
        Fault("network", "no answer", lambda w, s: w.hold(), says="did not answer within 20 s"),
        Fault("network", "slow headers", _slow_head, says="did not answer within 20 s"),
        Fault("network", "slow body", _slow_body, says="did not answer within 20 s"),
        Fault("network", "endless interim answers", _interim, says="did not answer within 20 s"),
        Fault("network", "endless headers", _endless_headers, says="not valid HTTP"),
        Fault("network", "endless body", _endless_chunks, says="cut off"),
        Fault("network", "100 MB", _large, says="cut off"),
        Fault("network", "SSH greets", raw(b"SSH-2.0-OpenSSH_9.9\r\n"), says=_BREAKS),
        Fault("network", "TLS alert on a plain port", raw(b"\x15\x03\x01\x00\x02\x02\x46"), says="https"),
        Fault("network", "random bytes", raw(bytes(range(256)) * 8), says="https"),
        Fault("network", "HTTP/0.9", raw(b"<html>hello</html>"), says=_BREAKS),
        Fault("network", "header without a colon", raw(b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"), says="HTTP"),
        Fault("network", "header with NUL", raw(b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n[]"), says="HTTP"),
        Fault("network", "folded header", raw(b"HTTP/1.1 200 OK\r\n folded\r\n\r\n"), says="HTTP"),
    ]


def _lengths() -> list[Fault]:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return [
        Fault("lengths", "longer than the body", answer("[]", length=500), says=_BREAKS),
        Fault("lengths", "shorter than the body", answer(_GOOD_BODY, length=3), says="format"),
        Fault("lengths", "negative", answer("[]", length=-5), says="HTTP"),
        Fault("lengths", "not a number", raw(b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n[]"), says="HTTP"),
        Fault("lengths", "two of them", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]"),
              says="HTTP"),
        Fault("lengths", "bad chunk size", raw(chunked + b"zz\r\n[]\r\n0\r\n\r\n"), says="HTTP"),
        Fault("lengths", "chunks end early", raw(chunked + b"5\r\n[1,2]\r\n"), says=_BREAKS),
        Fault("lengths", "huge chunk size", raw(chunked + b"f" * 40 + b"\r\n[]"), says="HTTP"),
        Fault("lengths", "length of 10^30", answer("[]", length=10**30), says="HTTP"),
    ]  # fmt: skip


def _encodings() -> list[Fault]:
    def encoded(name: str, body: bytes) -> Script:
        return answer(body, headers=(("Content-Encoding", name),))

    return [
        Fault("encodings", "br", encoded("br", b"\x0b\x02\x80[]\x03"), says="encoded as “br”"),
        Fault("encodings", "zstd", encoded("zstd", b"(\xb5/\xfd"), says="encoded as “zstd”"),
        Fault("encodings", "unknown", encoded("x-made-up", b"[]"), says="x-made-up"),
        Fault("encodings", "hostile name", encoded("\x1b[2J‮evil".replace("\x1b", "ESC"), b"[]"), says="encoded as"),
        Fault("encodings", "gzip declared, plain sent", encoded("gzip", b"[]"), says="damaged"),
        Fault("encodings", "gzip cut", encoded("gzip", gzip.compress(_GOOD_BODY)[:-6]), says="damaged"),
        Fault("encodings", "nested gzip", encoded("gzip, gzip", gzip.compress(gzip.compress(b"[]"))), says="encoded"),
        Fault("encodings", "bomb", _lazy_bomb(1), says="cut off"),
        Fault("encodings", "nested bomb", _lazy_bomb(2), says="encoded"),
        Fault("encodings", "deflate without wrapper", changed(lambda b: zlib.compress(b)[2:-4],
              (("Content-Encoding", "deflate"),)), "live"),
        Fault("encodings", "gzip", changed(gzip.compress, (("Content-Encoding", "gzip"),)), "live"),
        Fault("encodings", "UTF-16", _other_charset("utf-16"), says="something else"),
        Fault("encodings", "UTF-8 with BOM", _other_charset("utf-8-sig"), "live"),
        Fault("encodings", "Latin-1 bytes", changed(lambda body: body.replace(b'":"', b'":"\xe9\xff')), ""),
        Fault("encodings", "NUL in the body", answer(b'[{"value"\0: "5"}]'), says="format"),
    ]  # fmt: skip


def _redirects() -> list[Fault]:
    def to(location: str, status: int = 302) -> Script:
        return answer("", status, HTML, (("Location", location),))

    return [
        Fault("redirects", "to itself", to("/index.php"), says="redirects"),
        Fault("redirects", "to https", to("https://127.0.0.1/index.php", 301), says="token was not sent there"),
        Fault("redirects", "to another host", to("http://evil.example/", 307), says="token was not sent there"),
        Fault("redirects", "308 to a path", to("/login?next=x", 308), says="redirects"),
        Fault("redirects", "to javascript:", to("javascript:alert(1)"), says="redirects"),
        Fault("redirects", "to nonsense", to("http://[::bad"), says="redirects"),
        Fault("redirects", "without a target", answer("", 302, HTML), says="empty answer"),
        Fault("redirects", "300", answer("", 300, HTML), says="empty answer"),
        Fault("redirects", "304", raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), says="empty answer"),
    ]


def _pages() -> list[Fault]:
    return [
        Fault("contents", "HTML with 200", page("Welcome"), says="Welcome"),
        Fault("contents", "login wall", page("Sign in › Company SSO"), says="Sign in"),
        Fault("contents", "XML", answer("<?xml version='1.0'?><result/>", content_type="text/xml"), says="else"),
        Fault("contents", "JSONP", changed(lambda body: b"callback(" + body + b")"), says="else"),
        Fault("contents", "empty", answer(""), says="empty"),
        Fault("contents", "204", raw(b"HTTP/1.1 204 No Content\r\n\r\n"), says="empty"),
        Fault("contents", "blanks", answer(" \n\t "), says="empty"),
        Fault("contents", "null", answer("null"), says="else"),
        Fault("contents", "a number", answer("12"), says="else"),
        Fault("contents", "empty object", answer("{}"), says="format"),
        Fault("contents", "truncated", changed(lambda body: body[: len(body) // 2]), says="format"),
        Fault("contents", "two answers", changed(lambda body: body + body), says="format"),
        Fault("contents", "duplicate keys",
              changed(lambda body: body.replace(b'"idVisit":', b'"idVisit":0,"idVisit":')),
              "live"),
        Fault("contents", "deep nesting", answer("[" * 100_000 + "]" * 100_000), says="format"),
        Fault("contents", "deep objects", answer('{"a":' * 50_000 + "1" + "}" * 50_000), says="format"),
        Fault("contents", "PHP notice before", changed(lambda body: b"<br />\n<b>Warning</b>: x in <b>/a.php</b> on "
              b"line <b>1</b><br />\n" + body), "live"),
        Fault("contents", "PHP fatal error", answer("<br />\n<b>Fatal error</b>: Allowed memory size of 1 bytes "
              "exhausted in <b>/a.php</b>", 200, HTML), says="memory"),
        Fault("contents", "lone surrogates", restated(every_leaf("\ud800")), ""),
        Fault("contents", "NUL in every text", restated(every_leaf("a\0b")), ""),
        Fault("contents", "NaN", changed(_with_nan), says="format"),
    ]  # fmt: skip


def _statuses() -> list[Fault]:
    statuses = (400, 402, 403, 404, 405, 406, 408, 409, 410, 413, 414, 415, 418, 421, 422, 423, 425, 426, 428, 431,
                451, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 521, 522, 524, 525, 530, 599,
                600, 999)  # fmt: skip
    rows = [Fault("statuses", str(status), page(f"{status} Broken", status), says=str(status)) for status in statuses]
    for status, after, seconds in (
        (429, "120", 120.0),
        (503, "300", 300.0),
        (503, "Fri, 31 Dec 1999 23:59:59 GMT", 0.0),
        (429, "9999999", 3600.0),
        (429, "-5", 0.0),
        (429, "soon", 0.0),
        (429, "99999999999999999999", 0.0),
        (503, "NaN", 0.0),
    ):
        wait = (("Retry-After", after),)
        act = page("Busy", status, headers=wait)
        rows.append(Fault("statuses", f"{status}, Retry-After: {after}", act, retry_after=seconds))
    maintenance = page("Maintenance", 503, "Matomo is in scheduled maintenance")
    token = "Unable to authenticate with the provided token. It is either invalid or expired."
    locked = "Sorry, too many failed logins from this IP address."
    refused = {"result": "error", "message": "You can't access this resource as it requires view access"}
    return [
        *rows,
        Fault("statuses", "429", page("Busy", 429), says="limits the rate"),
        Fault("statuses", "maintenance", maintenance, says="maintenance"),
        Fault("statuses", "401", answer("", 401, HTML), "stopped", "does not accept the token"),
        Fault("statuses", "token rejected", page("Matomo › Error", 401, token), "stopped", "does not accept the token"),
        Fault("statuses", "locked out", page("Matomo › Error", 403, locked), "stopped", "failed logins"),
        Fault("statuses", "no access", answer(json.dumps(refused), 401), "stopped", "access"),
        Fault("statuses", "refused without words", answer('{"result":"error"}', 400), says="without saying why"),
    ]


def _values() -> list[Fault]:
    numbers: Mapping[str, object] = {
        "huge": 10**300,
        "beyond any float": 10**400,
        "negative": -5,
        "1e308": 1e308,
        "half": 0.5,
        "text": "many",
        "figure as text": "12",
        "true": True,
        "null": None,
        "list": [1, 2],
        "object": {"a": 1},
        "empty text": "",
    }
    rows = [Fault("figures", name, restated(figures(value)), "live") for name, value in numbers.items()]
    every: Sequence[object] = (None, True, -1, 0, 1e308, "", "x", [], {}, [[]], {"a": {"b": []}})
    rows += [Fault("every value", json.dumps(value), restated(every_leaf(value)), "") for value in every]
    for year in (1, 1000, 1969, 1970, 2038, 3000, 9999):
        date = f"Mon, 01 Jan {year:04d} 00:00:00 GMT"
        rows.append(Fault("clocks", f"Date of the year {year}", _with_date(date), "live"))
    rows += [Fault("clocks", f"Date: {date}", _with_date(date), "live") for date in ("", "soon", "0", "9" * 30)]
    for seconds in (-(10**12), -1, 0, 2**31, 253_402_300_799, 10**12, 10**18):
        change = leaf(("lastActionTimestamp", "firstActionTimestamp", "serverTimestamp", "timestamp"), seconds)
        rows.append(Fault("clocks", f"instants of {seconds}", restated(change), "live"))
    for year, epoch in OWN_CLOCKS.items():
        rows.append(Fault("own clock", f"in the year {year}", None, "live", own_clock=epoch))
    return rows


def _bulk() -> list[Fault]:
    return [
        Fault("bulk", "no answers", _sized(lambda answers: []), says="format"),
        Fault("bulk", "one too few", _sized(lambda answers: answers[:-1]), says="format"),
        Fault("bulk", "one too many", _sized(lambda answers: [*answers, {}]), says="format"),
        Fault("bulk", "the last one first", _sized(lambda answers: [*answers[-1:], *answers[:-1]]), "live"),
        Fault("bulk", "an object", _sized(lambda answers: dict(enumerate(answers))), says="format"),
        Fault("bulk", "all parts null", _sized(lambda answers: [None] * len(answers)), "live"),
        Fault("bulk", "all parts refused", _sized(lambda answers: [_ERROR] * len(answers)), says="x"),
        Fault("bulk", "nested once more", _sized(lambda answers: [answers]), says="format"),
        Fault("bulk", "limit of one", _ONE_ONLY, says="maximum number"),
    ]  # fmt: skip


FAULTS: tuple[Fault, ...] = tuple(
    fault
    for group in (_network, _lengths, _encodings, _redirects, _pages, _statuses, _values, _bulk)
    for fault in group()
)
"""Everything that may come instead of a good answer to one plain http connection."""
