"""Finds PHP notices and warnings around JSON, which servers with ``display_errors`` print into their answers."""

from __future__ import annotations

import json
import re

from matomo_tui.api.entities import unescape
from matomo_tui.api.secret import redact
from matomo_tui.late_pattern import late_pattern
from matomo_tui.sanitize import sanitize

_NOTICE = late_pattern(
    rb"\s*(?:<br ?/?>\s*)?(?:<b>)?(?:PHP )?(?:Warning|Notice|Deprecated|Strict Standards)(?:</b>)?: "
    rb".{1,4000}? on line (?:<b>)?\d{1,9}(?:</b>)?(?:\s*<br ?/?>)?\s*",
    re.DOTALL,
)
_TAG = late_pattern(r"<[^>]{0,1000}>")
_STARTS = (b"{", b"[")


def split_notices(body: bytes) -> tuple[bytes, str]:
    """Return the JSON in ``body`` and the first notice around it as sanitized text (``""`` if there is none).

    Returns ``body`` unchanged unless it is JSON surrounded by nothing but notices.
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


def explain_notice(notice: str) -> str:
    """Return the warning for the user about a server that printed ``notice`` (sanitized) around its JSON."""
    return (
        f"The server prints PHP notices into its answers. They are ignored: “{notice}” "
        "Its administrator can stop this with display_errors = Off."
    )


def _end_of_json(body: bytes) -> int:
    """Offset of the end of the JSON value at the start of ``body``; 0 if there is none."""
    text = body.decode("utf-8", "surrogateescape")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return 0
    return len(text[:end].encode("utf-8", "surrogateescape"))


def _in_words(notice: bytes) -> str:
    plain = unescape(_TAG.sub("", notice[:4000].decode("utf-8", "replace")))
    return redact(sanitize(" ".join(plain.split()), 240).strip())
