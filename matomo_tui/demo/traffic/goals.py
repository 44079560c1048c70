"""When an action reaches a goal, as Matomo's tracker decides it."""

from __future__ import annotations

import re

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


def reached(goal: Goal, step: Step, *, seconds: int, pages: int, actions: int) -> bool:
    """Whether ``step`` reaches ``goal``, ``seconds`` after the visit began, as its ``actions``-th action."""
    attribute = goal.match_attribute
    if attribute.startswith("visit_"):
        measured = {
            "visit_duration": seconds / 60,
            "visit_total_actions": actions,
            "visit_total_pageviews": pages,
        }.get(attribute, 0)
        return measured > float(goal.pattern or 0)
    if _KINDS.get(attribute) != step.kind:
        return False
    value = {
        "title": step.title,
        "event_category": step.category,
        "event_action": step.action,
        "event_name": step.name,
    }.get(attribute, step.url)
    return _matches(goal, value)
