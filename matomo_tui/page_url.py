"""Splits page URLs sent by visitors' browsers; never raises.

Matomo answers addresses as they came, such as ``http://shop[.example/x``, which the standard library's parsers refuse
with an exception. Everything that looks inside a tracked address does it here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from matomo_tui.sanitize import sanitize

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?=//)|([A-Za-z][A-Za-z0-9+-]*):(?!/|\d)")
# The name may come after anything but a letter of a longer name, its letters and signs encoded any number of times
# (an address within an address within one), as an element of an array too.
_ENCODED = r"%(?:25)*"
_NAME = "".join(f"(?:{letter}|{_ENCODED}{ord(letter):x})" for letter in "token_auth")
_SECRET = re.compile(
    rf"((?:(?<![a-z0-9_])|(?<=%[0-9a-f]{{2}})|(?<=25[0-9a-f]{{2}})){_NAME}"
    rf"(?:(?:\[|{_ENCODED}5b)[a-z0-9_]{{0,20}}(?:\]|{_ENCODED}5d))?(?:=|{_ENCODED}3d))"
    rf"((?:(?!{_ENCODED}(?:26|23|3b))[^&;#\s])+)",
    re.IGNORECASE,
)
MASK = "***"


class PageUrl(NamedTuple):
    """The parts of an address; joined with their separators they are the text again.

    ``scheme`` without its colon, ``host`` with user and port as sent, ``path`` with its slash, ``query`` with its
    ``?`` and ``fragment`` with its ``#``; a part that is not there is ``""``.
    """

    scheme: str
    host: str
    path: str
    query: str
    fragment: str

    @property
    def without_fragment(self) -> str:
        """The path with its query."""
        return self.path + self.query

    @property
    def variant(self) -> str:
        """What tells pages of one path apart: query and fragment."""
        return self.query + self.fragment


def split_page_url(text: str) -> PageUrl:
    """``text`` taken apart (RFC 3986, appendix B, without its checks). Never raises, whatever a visitor sent."""
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
    """``url`` with the value of every ``token_auth`` as ``***``: before 5.13 Matomo stored other people's tokens."""
    return _SECRET.sub(rf"\g<1>{MASK}", url) if _may_hold_one(url) else url


def before_token(url: str) -> str | None:
    """What stands before the first ``token_auth``'s value, ``None`` where there is none: all of such an address that
    may be sent anywhere."""
    found = _SECRET.search(url) if _may_hold_one(url) else None
    return None if found is None else url[: found.start(2)]


def _may_hold_one(url: str) -> bool:
    return "%" in url or "oken_auth" in url.lower()


def shown(text: str, limit: int = 512) -> str:
    """``text``, which may hold an address, as it is shown, copied and written: at most ``limit`` characters, clean
    (:func:`matomo_tui.sanitize.sanitize`), then without other people's tokens, for what is dropped may part a name."""
    return mask_tokens(sanitize(text, limit))
