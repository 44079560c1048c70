"""Time zones and currencies, named as in the lists of ``SitesManager``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import cast
from zoneinfo import ZoneInfo

from matomo_tui.demo.data import load


def timezones() -> dict[str, dict[str, str]]:
    """Zone → display name, by continent."""
    return cast("dict[str, dict[str, str]]", load("timezones"))


@cache
def timezone_name(name: str) -> str:
    return next((zones[name] for zones in timezones().values() if name in zones), name)


@cache
def zone(name: str) -> tzinfo:
    """The zone for one of Matomo's names: ``Europe/Berlin``, ``UTC``, ``UTC+5.75``."""
    if name == "UTC":
        return UTC
    if name.startswith("UTC"):
        return timezone(timedelta(hours=float(name[3:])))
    return ZoneInfo(name)


def zone_offset(name: str, at: int) -> int:
    """The UTC offset of a zone in seconds at the epoch ``at``."""
    offset = datetime.fromtimestamp(at, zone(name)).utcoffset()
    return round(offset.total_seconds()) if offset else 0


def currencies() -> dict[str, str]:
    """Code → name and symbol: ``EUR`` → ``Euro (€)``."""
    return cast("dict[str, str]", load("currencies"))


def currency_name(code: str) -> str:
    return currencies().get(code, f"{code} (").rpartition(" (")[0]


def symbol(code: str) -> str:
    found = currencies().get(code)
    return code if found is None else found.rpartition(" (")[2].removesuffix(")")
