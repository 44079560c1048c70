"""A wrapper that hides a secret string, and redaction of secrets in text."""

from __future__ import annotations

from typing import final
from urllib.parse import quote, quote_plus
from weakref import WeakValueDictionary

from matomo_tui.late_pattern import late_pattern
from matomo_tui.page_url import MASK

ANONYMOUS = "anonymous"
"""Login and token of Matomo's built-in user for requests without a token. It has view access or none, and cannot be
deleted. Its token is not a secret, and answers may contain the word."""
SHORTEST = 6
"""Minimum length in characters of secrets to redact: shorter ones would match parts of ordinary words."""

_ESCAPE = late_pattern(r"%[0-9A-F]{2}")
# Error messages may quote their input: a header, a form, an address with a password, a bare token.
_LOOKS_SECRET = (
    (late_pattern(r"(?i)(token_auth\W{1,8})[^\s&'\"]+"), r"\1***"),
    (late_pattern(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (late_pattern(r"(?i)((?:bearer|basic)\s+)[^\s'\"]+"), r"\1***"),
    (late_pattern(r"(?i)\b(authorization\W{1,8})[^\r\n]+"), r"\1***"),
    (late_pattern(r"(://)[^/\s@'\"]+@"), r"\1***@"),
    (late_pattern(r"\b[0-9a-fA-F]{32,}\b"), MASK),
)


@final
class Secret:
    """A token or password. Only :meth:`reveal` returns it: ``str``, ``repr`` and formatting give ``***``, and pickling
    raises ``TypeError``."""

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        _known[id(self)] = self

    def reveal(self) -> str:
        """Return the value, for the code that sends or stores it."""
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
"""All existing secrets by ``id()``, not by value: of two equal secrets one may be deleted before the other."""


def forms(secret: Secret | None) -> frozenset[str]:
    """Return all encodings of ``secret`` to search for: plain, without spaces, URL-quoted, escaped for JSON or HTML.

    Empty for ``None``, for secrets shorter than ``SHORTEST`` and for the token ``anonymous``, which is public.
    """
    value = "" if secret is None else secret.reveal()
    if len(value) < SHORTEST or value == ANONYMOUS:
        return frozenset()
    import json

    found = set[str]()
    # Without its spaces it may be short, or empty, which is found between any two characters.
    for written in (one for one in {value, value.replace(" ", "")} if len(one) >= SHORTEST and not one.isspace()):
        quoted = {written, quote(written, safe=""), quote_plus(written), quote(written, safe=":")}
        found |= quoted | {_ESCAPE.sub(lambda escape: escape[0].lower(), form) for form in quoted}
        found.add(json.dumps(written)[1:-1])
        if not written.isalnum():
            import html  # its table of names takes 0.4 MB

            found.add(html.escape(written))
    return frozenset(found)


def known_forms() -> list[str]:
    """Return all :func:`forms` of all existing secrets, the longest first."""
    # valuerefs() returns a list: another thread may create a secret during the iteration.
    found = {form for reference in _known.valuerefs() for form in forms(reference())}
    return sorted(found, key=len, reverse=True)


def redact(text: str) -> str:
    """Replace all :func:`forms` of all existing secrets in ``text`` by ``***``."""
    for form in known_forms():
        text = text.replace(form, MASK)
    return text


def without_secrets(text: str) -> str:
    """:func:`redact`, and replace everything that looks like a token, a JWT or a password by ``***``."""
    text = redact(text)
    for pattern, replacement in _LOOKS_SECRET:
        text = pattern.sub(replacement, text)
    return text
