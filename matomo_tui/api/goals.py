"""Matomo's Goals module: the totals of all goals, and each goal's definition.

A goal's texts are as they were typed, because forms edit them: clean them (``text.clean``) before they are shown.
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

# Matomo wants both even for a goal that no pattern triggers, and drops them there; its own form sends these.
_NO_PATTERN: Params = {"pattern": ".*", "patternType": "regex"}


class GoalsSummary(msgspec.Struct, frozen=True, kw_only=True):
    """``Goals.get`` over all goals and orders; money in the site's currency, the rate as a fraction."""

    nb_conversions: Annotated[int, json_decoding.count] = 0
    nb_visits_converted: Annotated[int, json_decoding.count] = 0
    revenue: float = 0.0
    conversion_rate: Annotated[float, json_decoding.fraction] = 0.0


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """A goal as Matomo has it. ``match_attribute`` and ``pattern_type`` are whatever is stored there, nonsense
    included; ``pattern`` and ``pattern_type`` are ``""`` for ``manually``. ``revenue`` is in the site's currency."""

    id: int = msgspec.field(name="idgoal")
    site_id: int = msgspec.field(name="idsite", default=0)
    name: str = ""
    description: str = ""
    match_attribute: str = "url"
    pattern: str = ""
    pattern_type: str = ""
    case_sensitive: bool = False
    allow_multiple: bool = False
    revenue: float = 0.0
    event_value_as_revenue: bool = False
    deleted: bool = False


def get(
    site_id: int, period: PeriodKind, date: str, *, segment: str = "", goal_id: int | None = None
) -> Call[GoalsSummary]:
    """``Goals.get`` for one site and one period: over everything, or of one goal."""
    params: Params = {"idSite": site_id, "period": period, "date": date}
    if goal_id is not None:
        params = {**params, "idGoal": goal_id}
    decode = json_decoding.record(GoalsSummary, figures=("nb_conversions", "revenue"))
    return Call("Goals.get", with_segment(params, segment), decode, most=MOST_OF_A_ROW)


def get_goals(site_id: int) -> Call[tuple[Goal, ...]]:
    """``Goals.getGoals``: all goals of a site, without deleted ones."""
    return Call("Goals.getGoals", {"idSite": site_id, **EVERY}, json_decoding.records(Goal))


def get_goal(site_id: int, goal_id: int) -> Call[Goal | None]:
    """``Goals.getGoal``; ``None`` for one that does not exist (Matomo answers a bare success then)."""
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
    """``Goals.addGoal``: the id of the new goal. Texts are given as they shall be stored. Matomo accepts a
    ``match_attribute`` that it does not know: check before."""
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
    """``Goals.updateGoal``, which overwrites every field: what is not given would be lost, so all are wanted."""
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
    """``Goals.deleteGoal``: the goal and its recorded conversions are no longer shown."""
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
