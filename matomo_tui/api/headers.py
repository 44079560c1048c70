"""Rules for HTTP headers that users can configure. Imports nothing heavy: settings are checked at start-up."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.late_pattern import late_pattern

HEADER_NAME = late_pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A valid header name (RFC 9110, section 5.1)."""

HEADER_VALUE = late_pattern(r"[\t\x20-\x7e]*")

RESERVED_HEADERS = frozenset({"host", "content-type", "content-length", "transfer-encoding", "connection", "cookie"})
"""Headers that the client sets itself, by lower-case name."""


def check_headers(headers: Sequence[tuple[str, str]]) -> None:
    """Raise ``ValueError`` with a sentence if a pair of name and value is invalid or reserved."""
    for name, value in headers:
        if not HEADER_NAME.fullmatch(name):
            raise ValueError("A configured HTTP header has an invalid name.")
        if not HEADER_VALUE.fullmatch(value):
            raise ValueError(f"The configured HTTP header {name} has an invalid value.")
        if name.lower() in RESERVED_HEADERS:
            raise ValueError(f"The HTTP header {name} cannot be configured: the program sets it.")
        if name.lower() == "authorization":
            raise ValueError("Authorization cannot be an extra header: use auth or basic_auth_user.")
