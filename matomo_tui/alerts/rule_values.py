"""Readers for the values of an alert rule: durations, fractions, times of day, sites, commands.

Each returns the value or raises ``ValueError`` with the end of a sentence that begins with the key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import time
from typing import Any

from matomo_tui.alerts.rules import QuietHours, Targets
from matomo_tui.config.locations import nearest_word
from matomo_tui.config.validation import CHECKS

_DURATION = re.compile(r"(?:(\d{1,4})\s*h)?\s*(?:(\d{1,5})\s*m(?:in)?)?\s*(?:(\d{1,6})\s*s)?")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|(24):(00)")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
PLACEHOLDERS = ("message", "rule", "site", "state", "value", "usual")
"""Words that ``{…}`` in a command stands for."""
LONGEST_MINUTES = 2880
"""The most minutes that ``Live.getCounters`` looks back."""


def text(value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("must be text in quotes")
    return value.strip()


def duration(value: Any) -> float:
    """Seconds from ``"90s"``, ``"15m"`` or ``"1h 30m"``."""
    match = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise ValueError('must be a time with its unit, such as "90s", "15m" or "2h"')
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def minutes(value: Any) -> int:
    """Whole minutes, 1 to 2880, from a duration."""
    seconds = duration(value)
    if seconds % 60 or not 60 <= seconds <= LONGEST_MINUTES * 60:
        raise ValueError("must be whole minutes, 1m to 48h")
    return int(seconds // 60)


def number(value: Any) -> float:
    """A finite number, or a fraction from a percentage in quotes."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return fraction(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError('must be a number, or a percentage in quotes such as "60%"')
    return float(value)


def fraction(value: Any) -> float:
    """A fraction above 0 from ``"50%"``."""
    try:
        share = float(value.strip().removesuffix("%")) / 100 if isinstance(value, str) and "%" in value else math.nan
    except ValueError:
        share = math.nan
    if not math.isfinite(share) or share <= 0:
        raise ValueError('must be a percentage in quotes, such as "50%"')
    return share


def whole(lowest: int, highest: int) -> Callable[[Any], int]:
    """A reader for whole numbers in a range."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return value

    return read


def one_of(words: Sequence[str]) -> Callable[[Any], str]:
    """A reader for one of several words."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"must be one of {', '.join(words)}")
        word = value.strip().casefold().replace(" ", "_").replace("-", "_")
        if word not in words:
            raise ValueError(f"cannot be {value!r}. {nearest_word(word, words)}")
        return word

    return read


def sites(value: Any) -> Targets:
    """``"all"``, an id, a name, or a list of ids and names."""
    if isinstance(value, str) and value.strip().casefold() == "all":
        return Targets(all=True)
    found = tuple(str(one).strip() for one in (value if isinstance(value, list) else [value]) if _is_site(one))
    if not found or (isinstance(value, list) and len(found) != len(value)):
        raise ValueError('must be "all", a site\'s id or name, or a list of them')
    return Targets(sites=found)


def _is_site(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip()) and value.isprintable()
    return isinstance(value, int) and not isinstance(value, bool)


def quiet_hours(value: Any) -> tuple[QuietHours, ...]:
    """``"22:00-07:00"``, ``"Sat, Sun"``, ``"Mon-Fri 18:00-09:00"``, or a list of these."""
    parts = value if isinstance(value, list) else [value]
    return tuple(_hours(part) for part in parts)


def _hours(value: Any) -> QuietHours:
    words = value.lower().replace(",", " ").split() if isinstance(value, str) else []
    span = words.pop().replace("–", "-") if words and ":" in words[-1] else "00:00-24:00"
    start, _, end = span.partition("-")
    days = frozenset(day for word in words for day in _weekdays(word)) if words else frozenset(range(7))
    if not isinstance(value, str) or not value.strip() or not days:
        raise ValueError(_HOURS_MEANT)
    return QuietHours(_clock(start), _clock(end), days)


_HOURS_MEANT = 'must be hours such as "22:00-07:00", "Sat, Sun" or "Mon-Fri 18:00-09:00"'


def _clock(word: str) -> time:
    match = _CLOCK.fullmatch(word)
    if match is None:
        raise ValueError(_HOURS_MEANT)
    return time(int(match[1]), int(match[2])) if match[1] else time(0, 0)


def _weekdays(word: str) -> list[int]:
    first, _, last = word.replace("–", "-").partition("-")
    numbers = [_DAYS.index(name[:3]) for name in (first, last or first) if name[:3] in _DAYS]
    if len(numbers) != 2:
        raise ValueError(_HOURS_MEANT)
    return [(numbers[0] + step) % 7 for step in range((numbers[1] - numbers[0]) % 7 + 1)]


def parameters(value: Any) -> tuple[tuple[str, str | int], ...]:
    """A table of a report's own parameters, such as ``{ idGoal = 3 }``."""
    pairs = value.items() if isinstance(value, dict) else ()
    if not pairs or not all(name.isidentifier() and type(inner) in (str, int) for name, inner in pairs):
        raise ValueError("must be a table such as { idGoal = 3 }")
    reserved = {"method", "module", "format", "idSite", "period", "date", "segment", "token_auth", "urls"}
    wrong = next((name for name in value if name in reserved), None)
    if wrong is not None:
        raise ValueError(f"must not contain {wrong}: the program sets it")
    return tuple(pairs)


def command(value: Any) -> tuple[str, ...]:
    """A command as a list of words, or a line that is split as a shell does, with known placeholders."""
    words: tuple[str, ...] = CHECKS["token_command"](value)
    for word in words:
        for name in _PLACEHOLDER.findall(word):
            if name not in PLACEHOLDERS:
                raise ValueError(f"contains an unknown {{{name}}}. {nearest_word(name, PLACEHOLDERS)}")
    return words


def filled(word: str, values: dict[str, str]) -> str:
    """Return ``word`` with its placeholders replaced. A value never turns a word into an option: ``-`` gets a space
    before it."""
    result = _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), word)
    return f" {result}" if result.startswith("-") and not word.startswith("-") else result


def addresses(value: Any) -> tuple[str, ...]:
    """Addresses for apprise, or files with them."""
    found = value if isinstance(value, list) else [value]
    if not found or not all(isinstance(one, str) and one.strip() and one.isprintable() for one in found):
        raise ValueError('must be an address of apprise, a file with addresses, or a list such as ["~/.apprise"]')
    return tuple(one.strip() for one in found)
