"""Axes whose labels stand at even distances: range, step and height are chosen together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from msgspec import Struct

from matomo_tui.reports.values import ColumnType
from matomo_tui.ui.drawing.axes import axis_marks, axis_top, short_figure
from matomo_tui.ui.drawing.plotting import finite

_FAR_FROM_ZERO = 0.5
"""Fraction of the highest value from which on the lowest one lets the axis begin near it."""
_LEAST_SPAN = 0.2
"""The smallest range of such an axis, as a fraction of the highest value: a small change looks small."""
_NICE = (1.0, 2.0, 2.5, 5.0)
_FINE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5)
"""Steps of an axis with one or two parts: a coarser one would leave half of its few rows empty."""
_FEW_PARTS = 2
_SECONDS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 18000, 36000, 86400)
_LEAST: dict[ColumnType, float] = {"number": 4, "money": 1, "percent": 0.01, "duration_ms": 10, "byte": 10, "text": 4}
_UNUSED = 2
"""Rows at the top that may stay empty so that the labels stand at even distances."""
_MOST_PARTS = 6
_LEAST_ROWS = 3


class FittedAxis(Struct, frozen=True):
    """The vertical axis of a chart."""

    low: float
    """The value at its lower end; not 0 if the axis is broken."""
    top: float
    """The value at its upper end."""
    rows: int
    """The rows that it covers, from the bottom up."""
    labels: dict[int, str]
    """The labels by row of the axis, counted from its top."""


def fitted_axis(values: Sequence[float | None], rows: int, kind: ColumnType, currency: str = "") -> FittedAxis:
    """The axis of at most ``rows`` rows for ``values``.

    It tries each number of parts (up to 6) that divides the rows, or one or two rows fewer, with the smallest round
    step that reaches the highest value, and takes what leaves the least space empty. With few rows the labels stand at
    the rows nearest to them.
    """
    known = [value for value in map(finite, values) if value is not None]
    peak, least = max(known, default=0.0), min(known, default=0.0)
    if rows < _LEAST_ROWS:
        top = axis_top(peak, kind)
        return FittedAxis(0.0, top, rows, axis_marks(top, rows, kind, currency))
    wanted_top = max(peak, _LEAST.get(kind, 1.0))
    wanted_low = 0.0
    if least < peak and least > peak * _FAR_FROM_ZERO:
        wanted_low = min(least, peak * (1 - _LEAST_SPAN))
    span = wanted_top - wanted_low
    candidates = _candidates(wanted_low, wanted_top, rows, kind)
    used, parts, low, step = min(candidates, key=lambda one: _waste(one, span, rows))
    each = (used - 1) // parts
    labels = {part * each: short_figure(low + (parts - part) * step, kind, currency) for part in range(parts + 1)}
    return FittedAxis(low, low + parts * step, used, labels)


_Candidate = tuple[int, int, float, float]
"""Rows used, number of parts, low end, and step."""


def _candidates(low: float, top: float, rows: int, kind: ColumnType) -> Iterator[_Candidate]:
    for used in range(rows, max(_LEAST_ROWS, rows - _UNUSED) - 1, -1):
        for parts in range(1, _MOST_PARTS + 1):
            if (used - 1) % parts or (used - 1) // parts < 2:
                continue
            for step in _steps(max(top - low, top * 1e-6) / parts, kind, _FINE if parts <= _FEW_PARTS else _NICE):
                start = math.floor(low / step + 1e-9) * step
                if start + parts * step >= top * (1 - 1e-9):
                    yield used, parts, start, step
                    break


def _waste(candidate: _Candidate, span: float, rows: int) -> tuple[float, int]:
    """What speaks against a candidate: space above and below the range, rows not used, labels too few or too close."""
    used, parts, _, step = candidate
    empty = (parts * step - span) / (parts * step)
    each = (used - 1) // parts
    crowded = 0.15 if each < 3 and used > 8 else 0.0
    sparse = 0.25 if parts == 1 else 0.1 if each > 8 else 0.0
    return empty + 0.04 * (rows - used) + crowded + sparse, -parts


def _steps(least: float, kind: ColumnType, round_steps: Sequence[float]) -> Iterator[float]:
    """Round steps of at least ``least``, the smallest first: ``round_steps`` times a power of ten."""
    if kind == "duration_s" and least > 1:
        yield from (float(step) for step in _SECONDS if step >= least * (1 - 1e-9))
        least = max(least, _SECONDS[-1])
    power = math.floor(math.log10(least)) if least > 0 else 0
    for exponent in range(power, power + 4):
        for nice in round_steps:
            step = nice * 10.0**exponent
            if step >= least * (1 - 1e-9) and (kind not in ("number", "text") or step == int(step)):
                yield step
