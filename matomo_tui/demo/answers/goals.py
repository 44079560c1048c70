"""Matomo's Goals module: listing and changing goals."""

from __future__ import annotations

import re
from dataclasses import replace

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import Era, StoredGoal, StoredSite
from matomo_tui.demo.errors import refusal, refuse_if
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.php import decoded, escaped, url_decoded
from matomo_tui.demo.traffic.goal_rules import NUMERIC, as_float


def goal_details(site: StoredSite, goal: StoredGoal) -> dict[str, Json]:
    """A goal in the format of ``Goals.getGoals``; manual goals have no pattern."""
    details: dict[str, Json] = {
        "idsite": site.id,
        "idgoal": goal.id,
        "name": decoded(goal.name),
        "description": decoded(goal.description),
        "match_attribute": goal.match_attribute,
    }
    if goal.match_attribute != "manually":
        details |= {
            "pattern": decoded(goal.pattern),
            "pattern_type": goal.pattern_type,
            "case_sensitive": int(goal.case_sensitive),
        }
    return details | {
        "allow_multiple": int(goal.allow_multiple),
        "revenue": number(goal.revenue),
        "deleted": 0,
        "event_value_as_revenue": int(goal.event_value_as_revenue),
    }


@method("Goals.getGoals")
def get_goals(call: ApiRequest) -> Json:
    sites, _ = call.sites()
    return [goal_details(site, goal) for site in sites for goal in site.goals]


@method("Goals.getGoal")
def get_goal(call: ApiRequest) -> Json:
    """One goal; like Matomo, answers a bare success if it does not exist."""
    site = call.site()
    wanted = call.number("idGoal")
    goal = site.goal(wanted)
    return SUCCESS if goal is None else goal_details(site, goal)


_NAME, _TEXT, _TYPE, _ATTRIBUTE = 50, 255, 25, 20
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_REQUIRED = ("name", "matchAttribute", "pattern", "patternType")


@method("Goals.addGoal", writes=True)
def add_goal(call: ApiRequest) -> Json:
    """Return the new goal's id. Like Matomo, accepts unknown match attributes and truncates long names."""
    for name in ("idSite", *_REQUIRED):
        call.text(name)
    site = call.site("write")
    _check_pattern(call.text("patternType"), escaped(call.text("pattern")), call.text("matchAttribute"))
    number = max((site.last_goal, *(goal.id for goal in site.goals))) + 1
    goal = _read(call, number)
    _change(call, replace(site, goals=(*site.goals, goal), last_goal=number), site)
    return number


@method("Goals.updateGoal", writes=True)
def update_goal(call: ApiRequest) -> Json:
    """Overwrite every field; parameters that are not sent are reset. An unknown goal is no error. Existing conversions
    are kept.
    """
    for name in ("idSite", "idGoal", *_REQUIRED):
        call.text(name)
    site, number = call.site("write"), call.number("idGoal")
    goal = _read(call, number)
    _check_pattern(goal.pattern_type, goal.pattern, goal.match_attribute)
    refuse_if(goal.event_value_as_revenue and not goal.match_attribute.startswith("event_"), "event value")
    if site.goal(number) is not None:
        goals = tuple(goal if each.id == number else each for each in site.goals)
        former = tuple(replace(era, goals=tuple(_renamed(each, goal) for each in era.goals)) for era in site.former)
        _change(call, replace(site, goals=goals, former=former), site, goal)
    return SUCCESS


@method("Goals.deleteGoal", writes=True)
def delete_goal(call: ApiRequest) -> Json:
    """Delete the goal and all its conversions; its id is never reused."""
    call.text("idGoal")
    site, number = call.site("write"), call.number("idGoal")
    if site.goal(number) is not None:
        rest = tuple(goal for goal in site.goals if goal.id != number)
        former = tuple(replace(era, goals=tuple(g for g in era.goals if g.id != number)) for era in site.former)
        last = max((site.last_goal, *(goal.id for goal in site.goals)))
        call.store.put_site(replace(site, goals=rest, former=former, last_goal=last), dropped_goal=number)
    return SUCCESS


def _read(call: ApiRequest, number: int) -> StoredGoal:
    attribute = call.typed("matchAttribute", most=_ATTRIBUTE)
    kind = decoded(call.text("patternType")).lower()
    allowed = ("greater_than",) if attribute in NUMERIC else ("exact", "contains", "regex")
    refuse_if(kind not in allowed, "not allowed", value=kind, allowed=", ".join(allowed))
    pattern = call.text("pattern")
    if attribute in NUMERIC and not _NUMBER.fullmatch(pattern):
        raise refusal("not numeric", attribute=attribute, pattern=pattern)
    return StoredGoal(
        number,
        url_decoded(call.text("name"), _NAME),
        attribute,
        url_decoded(pattern, _TEXT),
        kind[:_TYPE],
        as_float(call.text("revenue", "0")),
        url_decoded(call.text("description", ""), _TEXT),
        call.flag("caseSensitive"),
        call.flag("allowMultipleConversionsPerVisit"),
        call.flag("useEventValueAsRevenue"),
    )


def _check_pattern(kind: str, pattern: str, attribute: str) -> None:
    if kind == "exact" and not pattern.startswith("http") and not attribute.startswith(("event_", "title")):
        raise refusal("exact URL")
    if kind == "regex":
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            slashes = "/" in pattern and "\\/" not in pattern
            shown = pattern.replace("/", "\\/") if slashes else pattern
            raise refusal("regular expression", pattern=shown) from None


def _renamed(goal: StoredGoal, now: StoredGoal) -> StoredGoal:
    """Give an earlier version of a goal its current name."""
    return replace(goal, name=now.name, description=now.description) if goal.id == now.id else goal


def _change(call: ApiRequest, site: StoredSite, before: StoredSite, changed: StoredGoal | None = None) -> None:
    """Replace the goals with those of ``site`` from now on; earlier actions are still matched against ``before``."""
    goals = before.goals if changed is None else tuple(_renamed(goal, changed) for goal in before.goals)
    if goals != site.goals:
        site = replace(site, former=(*site.former, Era(call.now, goals)))
    call.store.put_site(site)
