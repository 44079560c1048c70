"""Splits tracked page URLs, and masks tokens in them, without raising.

Matomo stores URLs as visitors' browsers sent them. The standard library's parsers raise for some of them, such as
``http://shop[.example/x``, so all code that needs parts of a tracked URL uses this module.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from matomo_tui.late_pattern import late_pattern
from matomo_tui.sanitize import sanitize

_SCHEME = late_pattern(r"([A-Za-z][A-Za-z0-9+.-]*):(?=//)|([A-Za-z][A-Za-z0-9+-]*):(?!/|\d)")
# "token_auth" must not be the end of a longer name. Its characters may be percent-encoded any number of times (a URL
# within a URL within a URL), and it may have an array index.
_ENCODED = r"%(?:25)*"
_NAME = "".join(f"(?:{letter}|{_ENCODED}{ord(letter):x})" for letter in "token_auth")
_SECRET = late_pattern(
    rf"((?:(?<![a-z0-9_])|(?<=%[0-9a-f]{{2}})|(?<=25[0-9a-f]{{2}})){_NAME}"
    rf"(?:(?:\[|{_ENCODED}5b)[a-z0-9_]{{0,20}}(?:\]|{_ENCODED}5d))?(?:=|{_ENCODED}3d))"
    rf"((?:(?!{_ENCODED}(?:26|23|3b))[^&;#\s])+)",
    re.IGNORECASE,
)
MASK = "***"
"""Replacement for secrets."""


class PageUrl(NamedTuple):
    """The parts of a URL; missing parts are ``""``."""

    scheme: str
    """Without the colon."""
    host: str
    """With user and port, if any."""
    path: str
    """With its leading slash."""
    query: str
    """With its leading ``?``."""
    fragment: str
    """With its leading ``#``."""

    @property
    def variant(self) -> str:
        """Query and fragment, which distinguish pages with the same path."""
        return self.query + self.fragment


def split_page_url(text: str) -> PageUrl:
    """Split a URL (RFC 3986, appendix B) without validating it. Never raises."""
    scheme, rest = "", text
    if found := _SCHEME.match(text):
        scheme, rest = (found[1] or found[2]).lower(), text[found.end() :]
    rest, mark, fragment = rest.partition("#")
    fragment = mark + fragment
    rest, mark, query = rest.partition("?")
    query = mark + query
    host = ""
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        rest = slash + path
    return PageUrl(scheme, host, rest, query, fragment)


def mask_tokens(url: str) -> str:
    """Replace the value of every ``token_auth`` in ``url`` by ``***``: Matomo before 5.13 stored such URLs unmasked."""
    return _SECRET.sub(rf"\g<1>{MASK}", url) if _may_hold_one(url) else url


def before_token(url: str) -> str | None:
    """Return the part of ``url`` before the value of the first ``token_auth``; ``None`` if it has none.

    A URL with a token must not be sent to a server, but this part may."""
    found = _SECRET.search(url) if _may_hold_one(url) else None
    return None if found is None else url[: found.start(2)]


def _may_hold_one(url: str) -> bool:
    return "%" in url or "oken_auth" in url.lower()


def shown(text: str, limit: int = 512) -> str:
    """Prepare ``text`` that may contain URLs for display, copies and exports: at most ``limit`` characters.

    It is sanitized first and masked then, since a dropped character may have hidden a ``token_auth``."""
    return mask_tokens(sanitize(text, limit))
