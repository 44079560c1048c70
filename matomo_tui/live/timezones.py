"""A site's time zone, by IANA name or as ``UTC+5.5``."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache

from matomo_tui.instants import local_time
from matomo_tui.late_pattern import late_pattern

_OFFSET = late_pattern(r"UTC([+-])(\d{1,2})(?:([.:])(\d{1,2}))?$")


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """Return the time zone ``name``; UTC if it is neither an IANA name nor an offset."""
    match = _OFFSET.match(name)
    if match:
        fraction = match[4] or "0"
        minutes = int(fraction) % 60 if match[3] == ":" else round(float(f"0.{fraction}") * 60)
        delta = timedelta(hours=min(int(match[2]), 23), minutes=minutes)
        return timezone(-delta if match[1] == "-" else delta, name)
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # only for a site's zone: it costs start-up time

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def utc_offset(epoch: float, where: tzinfo) -> int:
    """Return the seconds that the wall clock in ``where`` is ahead of UTC at ``epoch``."""
    offset = local_time(max(epoch, 0), where).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def midnight(epoch: float, where: tzinfo) -> int:
    """Return the epoch at which the day of ``epoch`` began in ``where``: its first second that exists, if the clocks
    changed at midnight."""
    local = local_time(epoch, where)
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).timestamp())


def same_time_yesterday(epoch: float, where: tzinfo) -> int:
    """Return the epoch at which the clock in ``where`` showed the same time on the day before."""
    local = local_time(epoch, where)
    return int((local - timedelta(days=1)).replace(fold=0).timestamp())
