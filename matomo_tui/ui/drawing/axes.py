"""Axes of charts over time: ranges, ticks and labels."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from matomo_tui.api.calls import PeriodKind
from matomo_tui.reports import values
from matomo_tui.reports.periods import Period
from matomo_tui.reports.values import ColumnType
from matomo_tui.ui.drawing.formatting import duration, money_short, short_number
from matomo_tui.ui.drawing.plotting import finite, round_top

_SECONDS = (0.1, 0.2, 0.4, 1, 2, 4, 6, 10, 20, 30, 60, 120, 240, 360, 600, 1200, 1800, 3600, 7200, 14400, 28800)
_LEAST: dict[ColumnType, float] = {"number": 4, "money": 1, "percent": 1, "duration_ms": 10, "byte": 10, "text": 4}
_EVEN = (1, 2, 2.5, 5)
_LEAST_ROWS, _ROOMY_ROWS = 2, 3
"""Rows between two labels."""
_NOUGHTS = re.compile(r"\.0+(?=[kMGT])|(?<=\.\d)0(?=[kMGT])")
"""Trailing zeros to drop: ``40.0k``, ``2.50k``."""
_STEPS: dict[PeriodKind, tuple[int, ...]] = {
    "day": (1, 2, 7, 14, 30, 91),
    "week": (1, 2, 4, 8, 16, 26, 52),
    "month": (1, 2, 3, 6, 12, 24, 60),
    "year": (1, 2, 5, 10, 25),
}


def axis_top(peak: float | None, kind: ColumnType) -> float:
    """The round figure of that kind at or above ``peak`` where an axis ends: 40 visits, 60 %, 2 minutes."""
    known = finite(peak) or 0.0
    if kind == "percent":
        return round_top(known * 100, _LEAST[kind]) / 100
    if kind == "duration_s":
        return next((step for step in _SECONDS if step >= known), round_top(known / 3600) * 3600)
    return round_top(known, _LEAST[kind])


def axis_marks(top: float, rows: int, kind: ColumnType, currency: str = "") -> dict[int, str]:
    """The labels by row of an axis of ``rows`` from ``top`` down to 0: both ends, and round figures between them, each
    at the nearest row."""
    if rows < 2:
        return {0: short_figure(top, kind, currency)}
    parts = _parts(top, rows - 1, kind)
    return {
        round(part * (rows - 1) / parts): short_figure(top * (parts - part) / parts, kind, currency)
        for part in range(parts + 1)
    }


def _parts(top: float, rows: int, kind: ColumnType) -> int:
    """The number of parts of an axis with ``rows`` rows: as many as have round figures between them and some rows
    each."""
    even = [parts for parts in range(2, 7) if rows / parts >= _LEAST_ROWS and _is_even(top / parts, kind)]
    roomy = [parts for parts in even if rows / parts >= _ROOMY_ROWS]
    if even:
        return max(roomy) if roomy else min(even)
    return 2 if rows / 2 >= _LEAST_ROWS and _is_round(top / 2, kind) else 1


def short_figure(value: float, kind: ColumnType, currency: str = "") -> str:
    """A short figure with its unit: ``1.24k``, ``2.5``, ``40 %``, ``€ 12.3k``, ``2:00``, ``350 ms``."""
    if kind == "percent":
        return f"{_short(value * 100)} %"
    if kind == "money":
        return _NOUGHTS.sub("", money_short(value, currency))
    if kind == "duration_s":
        hours = value / 3600
        return f"{value:.2g} s" if 0 < value < 10 else duration(value) if hours < 100 else f"{short_number(hours)} h"
    if kind == "duration_ms":
        return f"{value:.0f} ms" if value < 10_000 else f"{_short(value / 1000)} s"
    return values.written(value, kind) if kind == "byte" else _short(value)


def _short(value: float) -> str:
    return _NOUGHTS.sub("", short_number(value)) if value >= 100 or float(value).is_integer() else f"{value:.3g}"


def date_ticks(periods: Sequence[Period], most: int) -> list[int]:
    """The indexes of at most ``most`` periods to label below a chart: Mondays, firsts of months, every second year."""
    if not periods or most < 1:
        return []
    kind = periods[0].kind
    for step in _STEPS.get(kind, (1,)):
        chosen = [index for index, period in enumerate(periods) if _on(period, kind, step)]
        if 0 < len(chosen) <= most:
            return chosen
    return [0]


def _is_even(step: float, kind: ColumnType) -> bool:
    """Whether a step is a usual one: 1, 2, 2.5 or 5 times a power of ten, or whole minutes of a duration."""
    if kind == "duration_s" and step >= 60:
        return step % 60 == 0
    size = step * (100 if kind == "percent" else 1)
    return _is_round(step, kind) and any(math.isclose(size / 10.0 ** _magnitude(size), even) for even in _EVEN)


def _is_round(step: float, kind: ColumnType) -> bool:
    """Whether a step has at most two digits, and is whole for whole figures."""
    if kind == "duration_s" and step >= 60:
        return step % 60 == 0
    size = step * (100 if kind == "percent" else 1)
    return math.isclose(float(f"{size:.2g}"), size) and (kind != "number" or step.is_integer())


def _magnitude(size: float) -> int:
    return math.floor(math.log10(size) + 1e-9)


def _on(period: Period, kind: PeriodKind, step: int) -> bool:
    first = period.first
    if kind == "day" and step >= 30:
        return first.day == 1 and (step == 30 or first.month % 3 == 1)
    if kind == "day":
        return (first.toordinal() - 1) % step == 0  # day 1 of the calendar was a Monday
    if kind == "week":
        return (first.toordinal() - 1) // 7 % step == 0
    if kind == "month":
        return (first.year * 12 + first.month - 1) % step == 0
    return first.year % step == 0
