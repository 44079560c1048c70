"""Conversion of timestamps in answers, headers and files to local time; never raises.

A server may send any number as an epoch and any year in a ``Date`` header; the standard library raises for what lies
outside the years 1 to 9999 once a time zone is added.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

EARLIEST = -62_135_510_400
"""The first epoch (UTC seconds) that every time zone can show: 2 January of the year 1."""
LATEST = 253_402_214_400
"""The last epoch (UTC seconds) that every time zone can show: 31 December 9999, 00:00."""


def local_time(epoch: float, zone: tzinfo = UTC) -> datetime:
    """``epoch`` (UTC seconds) as a time in ``zone``; what no calendar reaches is the nearest instant that one does,
    what is no number is the epoch's beginning. Never raises."""
    if not math.isfinite(epoch):
        epoch = 0.0 if math.isnan(epoch) else math.copysign(LATEST, epoch)
    return datetime.fromtimestamp(min(max(epoch, EARLIEST), LATEST), zone)


def is_plausible(epoch: float) -> bool:
    """Returns True if ``epoch`` (UTC seconds) can be shown as it is."""
    return math.isfinite(epoch) and EARLIEST <= epoch <= LATEST


def http_date(value: str) -> float | None:
    """The epoch (UTC seconds) that an HTTP date names (RFC 9110, section 5.6.7), ``None`` if it names none. Never
    raises."""
    if not value:
        return None
    try:
        when = parsedate_to_datetime(value)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def apart(seconds: float) -> str:
    """How far two clocks are apart, to the nearest: ``90 s``, ``10 min``, ``3 h``, ``12 d``, ``7,973 years``."""
    whole = abs(round(seconds))
    for limit, size, unit in ((120, 1, "s"), (7_200, 60, "min"), (172_800, 3600, "h"), (63_072_000, 86_400, "d")):
        if whole < limit:
            return f"{round(whole / size)} {unit}"
    return f"{round(whole / 31_556_952):,} years"
