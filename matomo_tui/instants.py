"""Converts timestamps of answers, headers and files to local time without raising.

A server may send any number as an epoch and any year in a ``Date`` header. The standard library raises for times
outside of the years 1 to 9999, even if only a time zone's offset moves them out of this range.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo

EARLIEST = -62_135_510_400
"""Earliest epoch (UTC seconds) that is valid in every time zone: 2 January of the year 1."""
LATEST = 253_402_214_400
"""Latest epoch (UTC seconds) that is valid in every time zone: 31 December 9999, 00:00."""


def local_time(epoch: float, zone: tzinfo = UTC) -> datetime:
    """Convert ``epoch`` (UTC seconds, clamped to the valid range; NaN is 0) to a time in ``zone``. Never raises."""
    if not math.isfinite(epoch):
        epoch = 0.0 if math.isnan(epoch) else math.copysign(LATEST, epoch)
    return datetime.fromtimestamp(min(max(epoch, EARLIEST), LATEST), zone)


def is_plausible(epoch: float) -> bool:
    """Return True if ``epoch`` (UTC seconds) is in the range that :func:`local_time` converts without clamping."""
    return math.isfinite(epoch) and EARLIEST <= epoch <= LATEST


def http_date(value: str) -> float | None:
    """Parse an HTTP date (RFC 9110, section 5.6.7) to a UTC epoch in seconds; ``None`` if invalid. Never raises."""
    if not value:
        return None
    from email.utils import parsedate_to_datetime  # imported for the first answer: it costs start-up time

    try:
        when = parsedate_to_datetime(value)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def apart(seconds: float) -> str:
    """Format the difference of two clocks, rounded: ``90 s``, ``10 min``, ``3 h``, ``12 d``, ``7,973 years``."""
    whole = abs(round(seconds))
    for limit, size, unit in ((120, 1, "s"), (7_200, 60, "min"), (172_800, 3600, "h"), (63_072_000, 86_400, "d")):
        if whole < limit:
            return f"{round(whole / size)} {unit}"
    return f"{round(whole / 31_556_952):,} years"
