"""A string wrapper that hides secrets, and the redaction of secrets in texts."""

from __future__ import annotations

import html
import json
import re
from typing import final
from urllib.parse import quote, quote_plus
from weakref import WeakValueDictionary

from matomo_tui.api.access import ANONYMOUS
from matomo_tui.page_url import MASK

SHORTEST = 6
"""Characters below which a secret is not looked for in a text: it would strike out half of every sentence."""

_ESCAPE = re.compile(r"%[0-9A-F]{2}")
# A message may quote what it choked on: a header, a form, an address with a password in it, a bare token.
_LOOKS_SECRET = (
    (re.compile(r"(?i)(token_auth\W{1,8})[^\s&'\"]+"), r"\1***"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (re.compile(r"(?i)((?:bearer|basic)\s+)[^\s'\"]+"), r"\1***"),
    (re.compile(r"(?i)\b(authorization\W{1,8})[^\r\n]+"), r"\1***"),
    (re.compile(r"(://)[^/\s@'\"]+@"), r"\1***@"),
    (re.compile(r"\b[0-9a-fA-F]{32,}\b"), MASK),
)


@final
class Secret:
    """A token or password. ``str``, ``repr``, formatting and pickling never give it away; ``reveal()`` does."""

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        _known[id(self)] = self

    def reveal(self) -> str:
        """The value itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a Secret is not pickled")


_known: WeakValueDictionary[int, Secret] = WeakValueDictionary()
"""Every secret that this program holds now, by ``id``: equal ones are separate, so that each may go when it will."""


def forms(secret: Secret | None) -> frozenset[str]:
    """How ``secret`` may stand in a text: as it is, without its spaces, URL-quoted, and escaped as JSON or HTML.

    Empty for what is too short to look for, and for the token of everybody.
    """
    value = "" if secret is None else secret.reveal()
    if len(value) < SHORTEST or value == ANONYMOUS:
        return frozenset()
    found = set[str]()
    for written in {value, value.replace(" ", "")}:
        quoted = {written, quote(written, safe=""), quote_plus(written), quote(written, safe=":")}
        found |= quoted | {_ESCAPE.sub(lambda escape: escape[0].lower(), form) for form in quoted}
        found |= {json.dumps(written)[1:-1], html.escape(written)}
    return frozenset(found)


def redact(text: str) -> str:
    """``text`` with every secret that this program holds, in each of its :func:`forms`, replaced by ``***``."""
    # The references as one list: a thread may make a secret while the values are walked through.
    found = {form for reference in _known.valuerefs() for form in forms(reference())}
    for form in sorted(found, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def without_secrets(text: str) -> str:
    """:func:`redact`, and whatever else looks like a token, a JWT or a password replaced by ``***``."""
    text = redact(text)
    for pattern, replacement in _LOOKS_SECRET:
        text = pattern.sub(replacement, text)
    return text
