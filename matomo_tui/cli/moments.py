"""Ages and times on the command line."""

from __future__ import annotations

import re

import click

_AGO = re.compile(r"(\d{1,6})\s*([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def age(value: str) -> int | None:
    """Parse an age such as ``7d`` to seconds; ``None`` if it is none."""
    ago = _AGO.fullmatch(value.strip())
    return int(ago[1]) * _SECONDS[ago[2]] if ago else None


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """Parse an age such as ``7d`` by this computer's clock, or a date or time in UTC, to an epoch in seconds."""
    if value is None:
        return None
    import time
    from datetime import UTC, datetime

    if (ago := age(value)) is not None:
        return time.time() - ago
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise click.BadParameter(
            "give an age such as 90m, 12h or 7d, or a time in UTC such as 2026-11-24T08:30."
        ) from None
