"""Prints one JSON line for each claim, with its figure and its goal, and counts those that do not hold."""

from __future__ import annotations

import json
import sys


class Lines:
    """The lines of one run."""

    def __init__(self) -> None:
        self.broken = 0
        """The number of claims that do not hold."""

    def at_most(self, line: str, figure: float, goal: float, **details: object) -> None:
        """Print a claim that holds if ``figure`` is at most ``goal``."""
        self._print(line, figure, f"≤ {goal:g}", figure <= goal, details)

    def equal(self, line: str, figure: object, goal: object, **details: object) -> None:
        """Print a claim that holds if ``figure`` is ``goal``."""
        self._print(line, figure, goal, figure == goal, details)

    def _print(self, line: str, figure: object, goal: object, kept: bool, details: dict[str, object]) -> None:
        if isinstance(figure, float):
            figure = float(f"{figure:.4g}")
        self.broken += not kept
        told = {"line": line, "figure": figure, "goal": goal, "kept": kept, **details}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        sys.stdout.flush()
