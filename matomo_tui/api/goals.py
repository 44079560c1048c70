"""Matomo's Goals module: conversions, and goal definitions.

A goal's texts are returned as typed, because forms edit them: sanitize them before display.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import EVERY, Call, Params, PeriodKind, with_segment
from matomo_tui.api.visits_summary import MOST_OF_A_ROW
from matomo_tui.api.write_encoding import as_number, as_typed, as_typed_twice_decoded, done, is_success

MatchAttribute = Literal[
    "url",
    "title",
    "file",
    "external_website",
    "manually",
    "event_category",
    "event_action",
    "event_name",
    "visit_duration",
    "visit_total_actions",
    "visit_total_pageviews",
]
MATCH_ATTRIBUTES: tuple[MatchAttribute, ...] = get_args(MatchAttribute)
NUMERIC_ATTRIBUTES: tuple[MatchAttribute, ...] = ("visit_duration", "visit_total_actions", "visit_total_pageviews")
EVENT_ATTRIBUTES: tuple[MatchAttribute, ...] = ("event_category", "event_action", "event_name")

PatternType = Literal["contains", "exact", "regex", "greater_than"]
PATTERN_TYPES: tuple[PatternType, ...] = get_args(PatternType)

# Matomo requires both parameters even for manual goals, and ignores them there; its own form sends these values.
_NO_PATTERN: Params = {"pattern": ".*", "patternType": "regex"}


class GoalsSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of ``Goals.get``: conversions of all goals and orders, or of one goal."""

    nb_conversions: Annotated[int, json_decoding.count] = 0
    nb_visits_converted: Annotated[int, json_decoding.count] = 0
    revenue: float = 0.0
    """In the site's currency."""
    conversion_rate: Annotated[float, json_decoding.fraction] = 0.0
    """Fraction of all visits: 0.05 for 5 %."""


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """A goal's definition as stored, without validation."""

    id: int = msgspec.field(name="idgoal")
    site_id: int = msgspec.field(name="idsite", default=0)
    name: str = ""
    description: str = ""
    match_attribute: str = "url"
    """One of ``MATCH_ATTRIBUTES``, or any other stored text."""
    pattern: str = ""
    """``""`` for ``manually``."""
    pattern_type: str = ""
    """One of ``PATTERN_TYPES`` or any other stored text; ``""`` for ``manually``."""
    case_sensitive: bool = False
    allow_multiple: bool = False
    """Several conversions per visit are counted."""
    revenue: float = 0.0
    """Default revenue of a conversion, in the site's currency."""
    event_value_as_revenue: bool = False
    deleted: bool = False


def get(
    site_id: int, period: PeriodKind, date: str, *, segment: str = "", goal_id: int | None = None
) -> Call[GoalsSummary]:
    """``Goals.get`` for one site and one period: over all goals and orders, or for one goal."""
    params: Params = {"idSite": site_id, "period": period, "date": date}
    if goal_id is not None:
        params = {**params, "idGoal": goal_id}
    decode = json_decoding.record(GoalsSummary, figures=("nb_conversions", "revenue"))
    return Call("Goals.get", with_segment(params, segment), decode, most=MOST_OF_A_ROW)


def get_goals(site_id: int) -> Call[tuple[Goal, ...]]:
    """``Goals.getGoals``: all goals of a site except deleted ones."""
    return Call("Goals.getGoals", {"idSite": site_id, **EVERY}, json_decoding.records(Goal))


def get_goal(site_id: int, goal_id: int) -> Call[Goal | None]:
    """``Goals.getGoal``; ``None`` if the goal does not exist (Matomo then answers with a bare success)."""
    return Call("Goals.getGoal", {"idSite": site_id, "idGoal": goal_id}, _goal_or_none)


def add_goal(
    site_id: int,
    *,
    name: str,
    match_attribute: str,
    pattern: str = "",
    pattern_type: str = "contains",
    case_sensitive: bool = False,
    revenue: float = 0.0,
    allow_multiple: bool = False,
    description: str = "",
    event_value_as_revenue: bool = False,
) -> Call[int]:
    """``Goals.addGoal`` (a write); returns the id of the new goal.

    Pass texts as they are to be stored. Matomo does not validate ``match_attribute``: check it before."""
    params = _definition(
        name=name,
        match_attribute=match_attribute,
        pattern=pattern,
        pattern_type=pattern_type,
        case_sensitive=case_sensitive,
        revenue=revenue,
        allow_multiple=allow_multiple,
        description=description,
        event_value_as_revenue=event_value_as_revenue,
    )
    return Call(
        "Goals.addGoal", {"idSite": site_id, **params}, json_decoding.scalar(json_decoding.integer), writes=True
    )


def update_goal(
    site_id: int,
    goal_id: int,
    *,
    name: str,
    match_attribute: str,
    pattern: str,
    pattern_type: str,
    case_sensitive: bool,
    revenue: float,
    allow_multiple: bool,
    description: str,
    event_value_as_revenue: bool,
) -> Call[None]:
    """``Goals.updateGoal`` (a write). It overwrites every field, so all of them are required."""
    params = _definition(
        name=name,
        match_attribute=match_attribute,
        pattern=pattern,
        pattern_type=pattern_type,
        case_sensitive=case_sensitive,
        revenue=revenue,
        allow_multiple=allow_multiple,
        description=description,
        event_value_as_revenue=event_value_as_revenue,
    )
    return Call("Goals.updateGoal", {"idSite": site_id, "idGoal": goal_id, **params}, done, writes=True)


def delete_goal(site_id: int, goal_id: int) -> Call[None]:
    """``Goals.deleteGoal`` (a write): hides the goal and its recorded conversions."""
    return Call("Goals.deleteGoal", {"idSite": site_id, "idGoal": goal_id}, done, writes=True)


def _definition(
    *,
    name: str,
    match_attribute: str,
    pattern: str,
    pattern_type: str,
    case_sensitive: bool,
    revenue: float,
    allow_multiple: bool,
    description: str,
    event_value_as_revenue: bool,
) -> Params:
    manually = match_attribute == "manually"
    triggered: Params = {"pattern": as_typed_twice_decoded(pattern), "patternType": pattern_type}
    return {
        "name": as_typed_twice_decoded(name),
        "matchAttribute": as_typed(match_attribute),
        **(_NO_PATTERN if manually else triggered),
        "caseSensitive": int(case_sensitive and not manually),
        "revenue": as_number(revenue),
        "allowMultipleConversionsPerVisit": int(allow_multiple),
        "description": as_typed_twice_decoded(description),
        "useEventValueAsRevenue": int(event_value_as_revenue),
    }


def _goal_or_none(body: bytes) -> Goal | None:
    value: Any = json_decoding.parse(body)
    return None if is_success(value) else json_decoding.record_or_none(Goal)(body)
