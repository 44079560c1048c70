"""PHP notices and warnings printed into an answer, as plain text or HTML (``display_errors``)."""

from __future__ import annotations

import html
import json
import re

from matomo_tui.api.secret import redact
from matomo_tui.sanitize import sanitize

_NOTICE = re.compile(
    rb"\s*(?:<br ?/?>\s*)?(?:<b>)?(?:PHP )?(?:Warning|Notice|Deprecated|Strict Standards)(?:</b>)?: "
    rb".{1,4000}? on line (?:<b>)?\d{1,9}(?:</b>)?(?:\s*<br ?/?>)?\s*",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]{0,1000}>")
_STARTS = (b"{", b"[")


def split_notices(body: bytes) -> tuple[bytes, str]:
    """The JSON in ``body``, and the first notice that stood beside it as a clean sentence (``""``: none did).

    ``body`` as it came where it is no JSON with nothing but notices around it.
    """
    if body.startswith(_STARTS) and body.endswith((b"}", b"]")):
        return body, ""
    start, first = 0, b""
    while not body.startswith(_STARTS, start) and (found := _NOTICE.match(body, start)):
        start, first = found.end(), first or found[0]
    if not body.startswith(_STARTS, start):
        return body, ""
    rest = body[start:]
    if rest.endswith((b"}", b"]")):
        return rest, _in_words(first)
    end = _end_of_json(rest)
    last = _NOTICE.match(rest, end) if end else None
    if last is None:
        return body if not first else rest, _in_words(first)
    return rest[:end], _in_words(first or last[0])


def told(notice: str) -> str:
    """What a person is told of a server that printed ``notice``, a clean sentence, beside its JSON."""
    return (
        f"The server prints PHP notices into its answers, which are read all the same: “{notice}” "
        "Its administrator ends that with display_errors = Off."
    )


def _end_of_json(body: bytes) -> int:
    """Where the JSON value ends that ``body`` begins with; 0 where none does."""
    text = body.decode("utf-8", "surrogateescape")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return 0
    return len(text[:end].encode("utf-8", "surrogateescape"))


def _in_words(notice: bytes) -> str:
    plain = html.unescape(_TAG.sub("", notice[:4000].decode("utf-8", "replace")))
    return redact(sanitize(" ".join(plain.split()), 240).strip())
