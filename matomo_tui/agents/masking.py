"""Masks personal data for agents: IP addresses, user ids, visitor ids, logins and e-mail addresses."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from urllib.parse import unquote

from matomo_tui.page_url import shown

HIDDEN = "***"

PERSONAL_DIMENSIONS = frozenset({"visitIp", "userId", "visitorId", "fingerprint"})
"""Dimensions of a segment that select single visitors."""

_LONGEST = 300
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w.:]*[\w:])"
)
_PARAMETER = re.compile(r"([?&;#]([^=&;#?]{1,60})=)([^&;#]+)")
_PERSONAL_NAMES = re.compile(
    r"(?:first|last|full|user|nick|sur|fore|given|family)?_?-?names?|e-?mail|mail|phone|tel|mobile|user_?-?id|uid|login"
    r"|user|ip|ip_?-?address|visitor_?-?id|customer_?-?id|address|birth(?:day|date)?|dob|iban",
    re.IGNORECASE,
)


class AgentMasker:
    """Masks the texts and ids of one site. With ``reveal`` it returns them as they are, sanitized.

    The same id has the same pseudonym as long as ``key`` is the same; nobody can compute the id from it without the
    key. A new key is drawn for each run of the program.
    """

    def __init__(self, *, reveal: bool = False, key: bytes | None = None) -> None:
        self.reveal = reveal
        self._key = secrets.token_bytes(32) if key is None else key

    def pseudonym(self, kind: str, value: str) -> str:
        """``visitor-9f2c41d07a5b`` for an id; ``""`` stays."""
        if self.reveal or not value:
            return shown(value, _LONGEST)
        digest = hmac.new(self._key, f"{kind}\0{value}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        return f"{kind}-{digest[:12]}"

    def hide(self, value: str) -> str | None:
        """The value, None if it is masked or empty."""
        return shown(value, _LONGEST) or None if self.reveal else None

    def text(self, text: str) -> str:
        """A text from a visitor: sanitized, tokens masked, and without e-mail addresses, IP addresses and the values
        of URL parameters whose names say that they are personal (``?email=…``, ``&name=…``)."""
        found = shown(text, _LONGEST)
        if self.reveal:
            return found
        found = _PARAMETER.sub(_parameter, found)
        return _ADDRESS.sub(_address, _EMAIL.sub(HIDDEN, found))


def _parameter(match: re.Match[str]) -> str:
    personal = _PERSONAL_NAMES.fullmatch(unquote(match[2]).strip("[] "))
    return f"{match[1]}{HIDDEN}" if personal else match[0]


def _address(match: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(match[0])
    except ValueError:  # a time such as 12:30:45, or a version
        return match[0]
    return HIDDEN
