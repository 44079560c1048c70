"""Prints one JSON line per result with its budget. Nothing fails: timings are no reliable test."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Budget:
    """The limit to keep (``most``) and an excellent value (``moonshot``), both in the line's unit."""

    most: float
    moonshot: float


def report(name: str, measured: float, unit: str, budget: Budget | None = None, **details: object) -> None:
    """Print one line immediately."""
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
    """The smallest of ``values`` that ``percent`` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
