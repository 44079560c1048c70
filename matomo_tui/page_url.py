"""Splits page URLs sent by visitors' browsers; never raises.

Matomo answers addresses as they came, such as ``http://shop[.example/x``, which the standard library's parsers refuse
with an exception. Everything that looks inside a tracked address does it here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?=//)|([A-Za-z][A-Za-z0-9+-]*):(?!/|\d)")
_SECRET = re.compile(
    r"((?:^|[?&;#/]|%3[fF]|%26|%23)(?:token_auth|force_api_session)(?:=|%3[dD]))((?:(?!%26|%23)[^&;#\s])+)"
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
    return _SECRET.sub(rf"\g<1>{MASK}", url) if "oken_auth" in url or "api_session" in url else url
