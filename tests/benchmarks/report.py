"""One JSON line for each thing measured, with its budget beside it. Nothing here fails: a clock is no judge."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Budget:
    """What is meant to be kept (``most``) and what would be excellent (``moonshot``), both in the line's unit."""

    most: float
    moonshot: float


def report(name: str, measured: float, unit: str, budget: Budget | None = None, **details: object) -> None:
    """Print one line at once."""
    line: dict[str, object] = {"benchmark": name, "measured": _rounded(measured), "unit": unit}
    if budget is not None:
        line |= {"budget": budget.most, "moonshot": budget.moonshot, "kept": measured <= budget.most}
    line |= {key: _rounded(value) if isinstance(value, float) else value for key, value in details.items()}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def middle(values: Sequence[float]) -> float:
    """The median."""
    return median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
