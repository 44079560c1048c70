"""Matching of goals, by the rules of Matomo's tracker."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from matomo_tui.demo.entities import StoredGoal
from matomo_tui.demo.traffic.steps import VisitStep

_KINDS = {
    "url": "action",
    "title": "action",
    "file": "download",
    "external_website": "outlink",
    "event_category": "event",
    "event_action": "event",
    "event_name": "event",
    "manually": "",
}
_VALUES = {"title": "title", "event_category": "category", "event_action": "action", "event_name": "name"}
NUMERIC = frozenset({"visit_duration", "visit_total_actions", "visit_total_pageviews"})


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: int) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError):
        return None


def _matches(goal: StoredGoal, value: str) -> bool:
    pattern = goal.pattern
    if goal.pattern_type == "regex":
        compiled = _compiled(pattern, 0 if goal.case_sensitive else re.IGNORECASE)
        return compiled is not None and compiled.search(value) is not None
    if not goal.case_sensitive:
        pattern, value = pattern.lower(), value.lower()
    return value == pattern if goal.pattern_type == "exact" else pattern in value


class Watched:
    """A site's goals, indexed by the kind of step that may convert them, as each step of each visit is matched."""

    __slots__ = ("_by_kind",)

    def __init__(self, goals: Iterable[StoredGoal]) -> None:
        goals = tuple(goals)
        # Like Matomo, match unknown attributes against the URL of every action.
        self._by_kind: dict[str, tuple[StoredGoal, ...]] = {
            kind: tuple(goal for goal in goals if _KINDS.get(goal.match_attribute, kind) == kind)
            for kind in ("action", "search", "download", "outlink", "event")
        }

    def reached(self, step: VisitStep, *, seconds: int, pages: int, actions: int) -> Iterator[StoredGoal]:
        """The goals converted by ``step``, ``seconds`` after the visit began, as its ``actions``-th action."""
        measured = {"visit_duration": seconds / 60, "visit_total_actions": actions, "visit_total_pageviews": pages}
        for goal in self._by_kind.get(step.kind, ()):
            if goal.match_attribute in measured:
                if measured[goal.match_attribute] > as_float(goal.pattern):
                    yield goal
            elif _matches(goal, getattr(step, _VALUES.get(goal.match_attribute, "url"))):
                yield goal


def as_float(text: str) -> float:
    """Parse a number as PHP does; anything else, and infinity, is 0."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if abs(value) < 1e300 else 0.0


def conversion(goal: StoredGoal, step: VisitStep) -> VisitStep:
    """The conversion step that follows ``step``."""
    revenue = step.value if goal.event_value_as_revenue and step.value is not None else goal.revenue
    return VisitStep("goal", step.url, goal=goal, revenue=revenue)
