"""Checks a pasted token before it is sent, and extracts the token from surrounding text.

Each wrong token that reaches a Matomo counts towards the lockout of this computer's address.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

_IN_A_URL = re.compile(r"(?:^|[?&\s\"'])token_auth[\"']?\s*[=:]\s*[\"']?([^&#\s\"']*)", re.IGNORECASE)
_HEADER = re.compile(r"(?:authorization\s*:\s*)?bearer\s+(\S.*)", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|www\.|[^\s/:@]+\.[^\s/:@]+/|\S+/index\.php\b", re.IGNORECASE)
# Without a scheme or a slash: ``stats.example.org:8443``. A token with dots in it is a JWT, which begins with eyJ.
_HOST = re.compile(
    r"(?!eyJ)(?:localhost|(?:\d{1,3}\.){3}\d{1,3}|(?:[\w-]{1,63}\.){1,20}(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,60})\.?)"
    r"(?::\d{1,5})?(?:[/?#].*)?",
    re.IGNORECASE,
)
_LONGEST = 16_384
# WordPress: a login of any letters, a colon, and an application password, in fours as it is shown or without spaces.
_WORDPRESS = re.compile(r"([^:/\x00-\x1f]{1,60}):\s?([A-Za-z0-9]+(?: [A-Za-z0-9]+)*)")


def token_in(line: str, where: str) -> str:
    """The token in ``line``; ``where`` is the place in words, for the sentence.

    ``token_auth=…`` (a whole address with it, too) and ``Bearer …`` are taken apart; a WordPress application password
    (``login:abcd efgh …``) keeps its spaces. Raises ``ValueError`` with a sentence that never repeats the line.
    """
    line = line.replace("\u00a0", " ").strip().strip("\ufeff\u200b\u2060").strip()
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
        raise ValueError(f"The text in {where} is not a token: it has characters that no token has.")
    return line
