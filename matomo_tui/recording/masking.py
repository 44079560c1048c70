"""Masks personal data and secrets in requests and answers before they are recorded.

Masks keep the identity within one run: the same IP address, user or visitor always has the same mask, so that a replay
counts and finds what the live screen did. They are made with a random key that is stored nowhere: nobody can try out
addresses against a recording, and two runs cannot be joined. Tokens and passwords are masked always, the rest unless
personal data was asked for.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import unquote

from matomo_tui.api.secret import ANONYMOUS, redact
from matomo_tui.page_url import MASK, mask_tokens
from matomo_tui.recording.exchange import RecordedCall

_IPS = frozenset(
    {"ip", "ips", "ipaddress", "visitip", "visitorip", "locationip", "clientip", "lastip", "excludedips", "excludedip"}
)
_USERS = frozenset(
    {"userid", "user", "userlogin", "login", "username", "alias", "email", "useremail", "invitedby", "creatorlogin"}
)
_VISITORS = frozenset({"visitorid", "idvisitor", "nextvisitorid", "previousvisitorid", "fingerprint", "configid"})
_SECRET_NAME = re.compile(r"token|passw|pwd|secret|api_?key", re.IGNORECASE)
_NO_SECRET = frozenset({"hastoken", "tokens"})

# All repetitions are bounded: any visitor's browser chooses what these search through.
_IP = (
    r"(?<![\d.])(?:\d{1,3}\.){3}(?:\d{1,3}|\*)(?:/\d{1,2})?"
    r"|(?<![0-9a-f.:])(?=[0-9a-f.]{0,30}:[0-9a-f.]{0,30}:)[0-9a-f:.]{2,45}(?:/\d{1,3})?"
)
_ONE_IP = re.compile(_IP, re.IGNORECASE)
_COLON = r"(?::|%(?:25){0,3}3a)"
# Nothing before it, or what is encoded in an address of a page: %20, %2520.
_BEFORE = r"(?:(?<![a-z0-9.%])|(?<=%[0-9a-f]{2})|(?<=%25[0-9a-f]{2})|(?<=%2525[0-9a-f]{2}))"
_COLONS = re.compile(_COLON, re.IGNORECASE)
_DOT = r"(?:\.|%(?:25){0,3}2e)"
_DOTS = re.compile(_DOT, re.IGNORECASE)
_NO_DOT_BEFORE = "".join(f"(?<!%{'25' * times}2e)" for times in range(4))
# "version 1.2.3.4", but not "conversion 203.0.113.7"; in a segment "browserVersion==1.2.3.4".
_NO_VERSION = (
    r"(?<!(?<![^\W\d_])version[ =:/_-])"
    r"(?<!(?-i:Version)[=!<>][=@^$])(?<!(?-i:Version)[<>])(?<!(?-i:Version)%3d%3d)"
)
_IP4_IN_TEXT = re.compile(
    rf"{_BEFORE}{_NO_DOT_BEFORE}{_NO_VERSION}((?:\d{{1,3}}{_DOT}){{3}}(?:\d{{1,3}}|\*))(?![a-z0-9]|{_DOT}\d)",
    re.IGNORECASE,
)
_IP6_IN_TEXT = re.compile(
    rf"{_BEFORE}((?:[0-9a-f]{{0,4}}{_COLON}){{2,7}}(?:(?:\d{{1,3}}\.){{3}}\d{{1,3}}|[0-9a-f]{{0,4}}))(?![a-z0-9])",
    re.IGNORECASE,
)
_FIRST_MASK = 240
"""The first number of a mask of an IP address: such an address is masked already."""
_EMAIL = re.compile(
    rf"[\w.!#$'*+~-]{{1,64}}(?:@|%(?:25){{0,3}}40)[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{1,63}})+", re.IGNORECASE
)
_PARAMETER = re.compile(
    r"((?:[?&;#]|%(?:25)*(?:3f|26|23))[\w.%\[\]-]{0,40}?"
    r"(?:token|passw|pwd|secret|api_?key|jwt|session|signature|credential|auth)[\w.\[\]-]{0,20}(?:=|%(?:25)*3d))"
    r"((?:(?!%(?:25)*(?:26|23))[^&;#\s\"'<>])+)",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(userId|visitIp|visitorId)(==|!=|=@|!@|=\^|=\$|<=|>=|<|>)([^;,&]*)")
_USER_REPORT = "UserId."
_USERS_MANAGER = "UsersManager."
_PUBLIC = frozenset(
    {
        *("role", "access", "capabilities", "superuseraccess", "issuperuser", "hassuperuseraccess", "uses2fa"),
        *("lastseen", "dateregistered", "invitestatus", "inviteexpiredat", "invitedat", "tsmodified", "tslastseen"),
        *("idsite", "site", "sitename", "result", "message", "id", "name", "description", "category"),
        *("twofactorsecret", "tslastaccess", "includesinwritecapability", "helpurl", "includedinroles"),
    }
)
"""Fields in answers about users that say nothing about the user's identity; lower case, without underscores."""
_QUOTED = re.compile(r"(?<!\w)(['\"“])([^'\"”]+)(['\"”])")
_VALUES = frozenset({"view", "write", "admin", "superuser", "noaccess", "error", "success", "yes", "no", ANONYMOUS, ""})
_VERSIONS = frozenset({"browser", "browsername", "operatingsystem", "operatingsystemname", "devicemodel"})
"""Fields that may have a version of four numbers, beside those with ``version`` in their name."""
_VERSION_REPORT = "DevicesDetection."
_SHORTEST = 5
"""Characters from which on a user's or visitor's value is also searched for in the other texts of the visit."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in an answer a value stands."""

    method: str
    values: tuple[tuple[str, str], ...] = ()
    """Values of the visit around it and their masks, which are replaced in all its texts."""


class Masker:
    """Masks the requests and answers of one run. With ``personal``, only tokens, passwords and the like."""

    def __init__(self, *, personal: bool = False, key: bytes | None = None) -> None:
        self.personal = personal
        self._key = secrets.token_bytes(32) if key is None else key

    def ip(self, address: str) -> str:
        """An address of 240.0.0.0/4, which the Internet does not use, so that nobody takes the mask for an address."""
        number = int.from_bytes(self._digest("ip", address.strip().lower(), 4), "big") & 0x0FFFFFFF
        return ".".join(str(byte) for byte in (0xF0000000 | number).to_bytes(4, "big"))

    def user(self, name: str) -> str:
        """``user-3f2a9c01d4`` for a user id, a login or a name; a masked address for an e-mail address."""
        mask = f"user-{self._digest('user', name.strip().lower(), 5).hex()}"
        return f"{mask}@masked.invalid" if "@" in name or "%40" in name else mask

    def visitor(self, visitor_id: str) -> str:
        """Another visitor id of 16 hexadecimal digits."""
        return self._digest("visitor", visitor_id.strip().lower(), 8).hex()

    def call(self, call: RecordedCall) -> RecordedCall:
        """Mask the parameters of ``call``. A call that writes keeps none."""
        if call.is_write:
            return RecordedCall(call.method, {})
        place = _Place(call.method)
        return RecordedCall(call.method, {name: self._param(name, value, place) for name, value in call.params.items()})

    def answer(self, method: str, value: Any) -> Any:
        """Mask the parsed answer of ``method``."""
        return self._value(value, "", _Place(method))

    def text(self, text: str, *, own: str = "") -> str:
        """Mask a text that is not JSON, such as an error page: addresses are recognised by their form.

        ``own`` is the address of the Matomo, which stays."""
        text = self._secrets(text)
        if self.personal:
            return text
        return self._addresses(self._emails(text), own)

    def _digest(self, kind: str, value: str, size: int) -> bytes:
        return blake2b(
            value.encode("utf-8", "surrogatepass"), key=self._key, digest_size=size, person=kind.encode()
        ).digest()

    def _param(self, name: str, value: str, place: _Place) -> str:
        masked = self._string(value, _bare(name), place)
        return masked if isinstance(masked, str) else value

    def _value(self, value: Any, name: str, place: _Place) -> Any:
        if type(value) is str:
            return self._string(value, name, place)
        if type(value) is dict:
            return self._record(value, place)
        if type(value) is list:
            return [self._value(entry, name, place) for entry in value]
        if type(value) is int and not self.personal and (name in _USERS or name in _VISITORS) and value > 0:
            return self.user(str(value)) if name in _USERS else self.visitor(str(value))
        return value

    def _record(self, record: Mapping[str, Any], place: _Place) -> dict[str, Any]:
        if not self.personal:
            own = self._identities(record)
            if own:
                place = _Place(place.method, (*own, *place.values))
        return {self._key_of(name, place): self._value(entry, _bare(name), place) for name, entry in record.items()}

    def _identities(self, record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """The values that identify the visitor of ``record`` with their masks, the longest first."""
        found: dict[str, str] = {}
        for name, value in record.items():
            if type(value) is str and len(value) >= _SHORTEST:
                bare = _bare(name)
                if bare == "visitip":
                    found[value] = self.ip(value)
                elif bare in ("userid", "login", "userlogin", "email"):
                    found[value] = self.user(value)
                elif bare in _VISITORS:
                    found[value] = self.visitor(value)
        return tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))

    def _key_of(self, name: str, place: _Place) -> str:
        """A key is a field's name, but some answers about users have logins as keys."""
        if self.personal:
            return self._secrets(name)
        if place.method.startswith(_USERS_MANAGER):
            bare = _bare(name)
            is_field = (
                bare == "value" or bare in _PUBLIC or bare in _USERS or bare in _VALUES or _SECRET_NAME.search(name)
            )
            if not is_field and not name.isdigit():
                return self.user(name)
        return self._secrets(self._addresses(self._emails(name)))

    def _string(self, text: str, name: str, place: _Place) -> Any:
        if not text:
            return text
        if _SECRET_NAME.search(name) and name not in _NO_SECRET:
            return MASK
        return self._secrets(text if self.personal else self._personal(text, name, place))

    def _personal(self, text: str, name: str, place: _Place) -> str:
        if name in _USERS or (place.method.startswith(_USER_REPORT) and name == "label"):
            return text if text.lower() in _VALUES else self.user(text)
        if name in _VISITORS or place.method == "Live.getMostRecentVisitorId":
            return self.visitor(text)
        if name in _IPS:
            return _ONE_IP.sub(lambda found: self.ip(found[0]), text) if _ONE_IP.search(text) else self.ip(text)
        if place.method.startswith(_USERS_MANAGER) and not text.isdigit() and text.lower() not in _VALUES:
            if name == "message":
                text = _QUOTED.sub(self._quoted, text)
            elif name not in _PUBLIC:
                return self.user(text)
        text = self._conditions(text)
        for value, mask in place.values:
            if value in text:
                text = text.replace(value, mask)
        text = self._emails(text)
        is_version = "version" in name or name in _VERSIONS or place.method.startswith(_VERSION_REPORT)
        return text if is_version else self._addresses(text)

    def _quoted(self, found: re.Match[str]) -> str:
        """A login that a message about users quotes; the names of roles stay, since errors are told apart by them."""
        kept = found[2].lower() in _VALUES or found[2].lower() == "super user"
        return found[0] if kept else f"{found[1]}{self.user(found[2])}{found[3]}"

    def _conditions(self, text: str) -> str:
        """Mask the values in a segment: ``userId==ana`` becomes ``userId==user-…``."""
        if "user" not in text and "visit" not in text:
            return text
        return _CONDITION.sub(lambda found: f"{found[1]}{found[2]}{self._operand(found[1], found[3])}", text)

    def _operand(self, name: str, value: str) -> str:
        plain = unquote(unquote(value))
        if not plain:
            return value
        return {"userId": self.user, "visitIp": self.ip, "visitorId": self.visitor}[name](plain)

    def _emails(self, text: str) -> str:
        if "@" not in text and ("%" not in text or "40" not in text):
            return text
        return _EMAIL.sub(lambda found: self.user(unquote(unquote(found[0]))), text)

    def _addresses(self, text: str, own: str = "") -> str:
        """Mask the IP addresses within ``text``, but not ``own``. Times, versions with a ``v`` before them and what
        only resembles an address stay."""
        if text.count(".") >= 3 or ("%" in text and len(_DOTS.findall(text)) >= 3):
            text = _IP4_IN_TEXT.sub(lambda found: self._ip4(found[1], own), text)
        if len(_COLONS.findall(text)) >= 2:
            text = _IP6_IN_TEXT.sub(lambda found: self._ip6(found[1], own), text)
        return text

    def _ip4(self, address: str, own: str) -> str:
        plain = _DOTS.sub(".", address)
        numbers = [int(number) for number in plain.split(".") if number != "*"]
        is_address = max(numbers) < 256 and numbers[0] < _FIRST_MASK
        return self.ip(plain) if is_address and plain not in own else address

    def _ip6(self, address: str, own: str) -> str:
        plain = unquote(unquote(address))
        ending = ":" if plain.endswith(":") and not plain.endswith("::") else ""  # "from 2001:db8::1: failed"
        plain = plain.removesuffix(ending)
        try:
            IPv6Address(plain)
        except ValueError:
            return address
        is_word = not any(map(str.isdigit, plain))
        return address if is_word or plain in own else f"{self.ip(plain)}{ending}"

    @staticmethod
    def _secrets(text: str) -> str:
        if "=" in text or "%" in text:
            text = _PARAMETER.sub(rf"\g<1>{MASK}", mask_tokens(text))
        return text


def without_known_secrets(value: Any) -> Any:
    """Return ``value`` without any token or password of this process, in texts and keys, however they are encoded."""
    if type(value) is str:
        return redact(value)
    if type(value) is dict:
        return {redact(name): without_known_secrets(entry) for name, entry in value.items()}
    if type(value) is list:
        return [without_known_secrets(entry) for entry in value]
    return value


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def masked_calls(masker: Masker, calls: Sequence[RecordedCall]) -> tuple[RecordedCall, ...]:
    """Return ``calls`` with their parameters masked."""
    return tuple(masker.call(call) for call in calls)
