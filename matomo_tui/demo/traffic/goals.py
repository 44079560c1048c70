"""When an action reaches a goal, as Matomo's tracker decides it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from matomo_tui.demo.traffic.steps import Step
from matomo_tui.demo.world import Goal

_KINDS = {
    "url": "action",
    "title": "action",
    "file": "download",
    "external_website": "outlink",
    "event_category": "event",
    "event_action": "event",
    "event_name": "event",
}


def _matches(goal: Goal, value: str) -> bool:
    pattern = goal.pattern
    if goal.pattern_type == "regex":
        return re.search(pattern, value, 0 if goal.case_sensitive else re.IGNORECASE) is not None
    if not goal.case_sensitive:
        pattern, value = pattern.lower(), value.lower()
    return value == pattern if goal.pattern_type == "exact" else pattern in value


class Watched:
    """A site's goals, sorted by the kind of step that can reach them, as every step of every visit is held to them."""

    __slots__ = ("_by_kind",)

    def __init__(self, goals: Iterable[Goal]) -> None:
        self._by_kind: dict[str, tuple[Goal, ...]] = {}
        goals = tuple(goals)
        for kind in set(_KINDS.values()) | {"search"}:
            self._by_kind[kind] = tuple(
                goal
                for goal in goals
                if goal.match_attribute.startswith("visit_") or _KINDS.get(goal.match_attribute) == kind
            )

    def reached(self, step: Step, *, seconds: int, pages: int, actions: int) -> Iterator[Goal]:
        """The goals that ``step`` reaches, ``seconds`` after the visit began, as its ``actions``-th action."""
        for goal in self._by_kind.get(step.kind, ()):
            if goal.match_attribute.startswith("visit_"):
                measured = {
                    "visit_duration": seconds / 60,
                    "visit_total_actions": actions,
                    "visit_total_pageviews": pages,
                }.get(goal.match_attribute, 0)
                if measured > float(goal.pattern or 0):
                    yield goal
            elif _matches(goal, _value(goal.match_attribute, step)):
                yield goal


def _value(attribute: str, step: Step) -> str:
    if attribute == "title":
        return step.title
    if attribute == "event_category":
        return step.category
    if attribute == "event_action":
        return step.action
    return step.name if attribute == "event_name" else step.url


def conversion(goal: Goal, step: Step) -> Step:
    """The step that says that ``step`` reached ``goal``."""
    revenue = step.value if goal.event_value_as_revenue and step.value is not None else goal.revenue
    return Step("goal", step.url, goal=goal, revenue=revenue)
