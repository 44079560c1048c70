"""Validation of settings, shared by flags, environment variables and the profile file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from matomo_tui.api.address import Address
from matomo_tui.api.headers import HEADER_NAME, RESERVED_HEADERS
from matomo_tui.api.permissions import AREAS
from matomo_tui.late_pattern import late_pattern
from matomo_tui.limits import MAX_INTERVAL, MIN_INTERVAL

AUTH_WAYS = ("post", "bearer")
TAB_COLORS = ("accent", "success", "secondary", "warning", "primary", "error")
"""The theme's colours of tabs, in the order in which tabs have them."""
COLORS = ("auto", "none", "16", "256", "truecolor")

_PROFILE_NAME = late_pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_LANGUAGE = late_pattern(r"[a-z]{2,3}(-[a-z]{2,4})?")


class ConfigError(ValueError):
    """Invalid configuration; the sentence names the place (file, line, key) and valid values."""


def _interval(value: Any) -> float:
    number = _number(value, "the seconds between two polls")
    if number != 0 and not MIN_INTERVAL <= number <= MAX_INTERVAL:
        raise ValueError(f"must be 0 (paused) or {MIN_INTERVAL:.0f} to {MAX_INTERVAL:.0f} seconds, not {number:g}")
    return number


def _timeout(value: Any) -> float:
    number = _number(value, "seconds")
    if not 1 <= number <= 600:
        raise ValueError(f"must be 1 to 600 seconds, not {number:g}")
    return number


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool):
        raise ValueError(f"must be a number, {what}")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"must be a number, {what}") from None
    if not math.isfinite(number):
        raise ValueError(f"must be a number, {what}")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("must be text in quotes")
    return value.strip()


def _url(value: Any) -> str:
    text = _text(value)
    try:
        Address.parse(text)
    except ValueError as error:
        raise ValueError(f"cannot be used. {str(error).removesuffix('.')}") from None
    return text


def _site(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value)


def _language(value: Any) -> str:
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value.lower().replace("_", "-")):
        raise ValueError('must be a language as Matomo calls it, such as "de" or "pt-br"')
    return value.lower().replace("_", "-")


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _or_rather(value: Any, choices: Iterable[str]) -> str:
    """The end of a sentence about a wrong word: the nearest right one, if one is near."""
    from matomo_tui.config.locations import nearest_word  # only for a mistake: it costs start-up time

    hint = nearest_word(str(value), choices)
    return "" if hint.startswith("Known") else f". {hint}"


def _one_of(*choices: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if str(value) not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}{_or_rather(value, choices)}")
        return str(value)

    return check


def _command(value: Any) -> tuple[str, ...]:
    """Check a command: a list of words, or a line that is split by a shell's rules but never run by a shell."""
    if isinstance(value, str):
        try:
            import shlex

            value = shlex.split(value)
        except ValueError as error:
            raise ValueError(f"cannot be split into words: {error}") from None
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value) or not value[0]:
        raise ValueError('must be a command: "pass show matomo", or a list of its words')
    if any("\0" in word for word in value):
        raise ValueError("contains a NUL character")
    return tuple(str(word) for word in value)


def _headers(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise ValueError('must be a table such as { "X-Proxy" = "value" }')
    pairs = []
    for name, text in value.items():
        if not HEADER_NAME.fullmatch(name) or not isinstance(text, str) or not text.isprintable():
            raise ValueError("must be a table of HTTP header names and texts")
        if name.lower() in RESERVED_HEADERS | {"authorization"}:
            raise ValueError(f"must not set {name}: the program sets it itself")
        pairs.append((str(name), str(text)))
    return tuple(pairs)


def _allow(value: Any) -> tuple[str, ...]:
    """Check the list of allowed areas, which must contain ``read``."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(f'must be a list such as ["read", "goals"]; it can name {", ".join(AREAS)}')
    unknown = [name for name in value if name not in AREAS]
    if unknown:
        raise ValueError(f"cannot name {unknown[0]!r}; it can name {', '.join(AREAS)}{_or_rather(unknown[0], AREAS)}")
    if "read" not in value:
        raise ValueError('must name "read": nothing can be shown without it')
    return tuple(dict.fromkeys(value))


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "url": _url,
    "site": _site,
    "interval": _interval,
    "auth": _one_of(*AUTH_WAYS),
    "token_command": _command,
    "token_file": _text,
    "oauth_client_id": _text,
    "oauth_secret_command": _command,
    "read_only": _flag,
    "allow": _allow,
    "mouse": _flag,
    "color": _one_of(*COLORS),
    "ascii": _flag,
    "theme": _text,
    "language": _language,
    "timeout": _timeout,
    "ca_bundle": _text,
    "verify_tls": _flag,
    "headers": _headers,
    "basic_auth_user": _text,
    "basic_auth_password_command": _command,
    "tab_color": _one_of(*TAB_COLORS),
}
"""Validators by setting. Each returns the normalised value or raises ``ValueError`` with the end of a sentence."""

SECRET_KEYS = frozenset(
    {
        "token",
        "token_auth",
        "auth_token",
        "access_token",
        "refresh_token",
        "password",
        "basic_auth_password",
        "secret",
        "client_secret",
        "oauth_secret",
        "oauth_client_secret",
        "api_key",
    }
)
"""Keys that users might try but that must not be in the profile file."""


def check_value(key: str, value: Any, where: str) -> Any:
    """Return the normalised value of a setting. ``where`` names its place in the error: file and line, or a variable.

    Raises :class:`ConfigError`."""
    try:
        return CHECKS[key](value)
    except ValueError as error:
        sentence = ended(str(error))
        raise ConfigError(f"{where}: {key} {sentence}" if key not in where else f"{where} {sentence}") from None


def ended(sentence: str) -> str:
    """Return the sentence with a full stop, unless it ends with a question."""
    return sentence if sentence.endswith("?") else f"{sentence}."


def check_profile_name(name: str) -> str:
    """Check that a name is also a safe file name. Raises :class:`ConfigError`."""
    if not _PROFILE_NAME.fullmatch(name):
        raise ConfigError("A profile's name is up to 64 letters, digits, dots, dashes and underscores.")
    return name
