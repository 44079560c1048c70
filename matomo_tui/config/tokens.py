"""Validates entered tokens before they are sent, and extracts tokens from surrounding text.

Each wrong token that reaches a Matomo counts towards the lockout of this computer's IP address.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from matomo_tui.late_pattern import late_pattern

_IN_A_URL = late_pattern(r"(?:^|[?&\s\"'])token_auth[\"']?\s*[=:]\s*[\"']?([^&#\s\"']*)", re.IGNORECASE)
_HEADER = late_pattern(r"(?:authorization\s*:\s*)?bearer\s+(\S.*)", re.IGNORECASE)
_ADDRESS = late_pattern(r"[a-z][a-z0-9+.-]*://|www\.|[^\s/:@]+\.[^\s/:@]+/|\S+/index\.php\b", re.IGNORECASE)
# Hosts without scheme and path, such as ``stats.example.org:8443``. Tokens with dots are JWTs, which begin with eyJ.
_HOST = late_pattern(
    r"(?!eyJ)(?:localhost|(?:\d{1,3}\.){3}\d{1,3}|(?:[\w-]{1,63}\.){1,20}(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,60})\.?)"
    r"(?::\d{1,5})?(?:[/?#].*)?",
    re.IGNORECASE,
)
_LONGEST = 16_384
_USUAL = 32
"""Characters of Matomo's own tokens."""
# WordPress: a login, a colon, and an application password in groups of four, as displayed, or without spaces.
_WORDPRESS = late_pattern(r"([^:/\x00-\x1f]{1,60}):\s?([A-Za-z0-9]+(?: [A-Za-z0-9]+)*)")


def token_in(line: str, where: str) -> str:
    """Return the token in ``line``; ``where`` names the line's source in errors.

    The token is extracted from ``token_auth=…``, from a URL that contains it, and from ``Bearer …``. A WordPress
    application password (``login:abcd efgh …``) keeps its spaces. Raises ``ValueError`` with a sentence that never
    contains the line.
    """
    line = line.replace("\u00a0", " ").strip().strip("\ufeff\u200b\u2060").strip()
    if len(line) == _USUAL and line.isascii() and line.isalnum():
        return line  # Nothing else looks like this, and compiling the patterns below costs start-up time.
    if found := _IN_A_URL.search(line):
        line = unquote_plus(found[1]).strip()
    elif found := _HEADER.fullmatch(line):
        line = found[1].strip()
    if len(line) > 1 and line[0] == line[-1] and line[0] in "\"'":
        line = line[1:-1].strip()
    if not line:
        raise ValueError(f"There is no token in {where}: its first line is empty.")
    if len(line) > _LONGEST:
        raise ValueError(f"The text in {where} is not a token: it is longer than {_LONGEST:,} characters.")
    if _ADDRESS.match(line) or _HOST.fullmatch(line):
        raise ValueError(f"The text in {where} is an address, not a token. Nothing was sent.")
    if _WORDPRESS.fullmatch(line) and line.isprintable():
        return line
    if not line.isascii() or not line.isprintable() or " " in line:
        raise ValueError(f"The text in {where} is not a token: it contains characters that no token has.")
    return line
