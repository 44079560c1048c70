"""Matomo's Goals module: listing and changing goals."""

from __future__ import annotations

import re
from dataclasses import replace

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import Era, StoredGoal, StoredSite
from matomo_tui.demo.errors import ApiError
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
def get_goals(ask: ApiRequest) -> Json:
    sites, _ = ask.sites()
    return [goal_details(site, goal) for site in sites for goal in site.goals]


@method("Goals.getGoal")
def get_goal(ask: ApiRequest) -> Json:
    """One goal; like Matomo, answers a bare success if it does not exist."""
    site = ask.site()
    wanted = ask.number("idGoal")
    for goal in site.goals:
        if goal.id == wanted:
            return goal_details(site, goal)
    return {"result": "success", "message": "ok"}


_NAME, _TEXT, _TYPE, _ATTRIBUTE = 50, 255, 25, 20
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_REQUIRED = ("name", "matchAttribute", "pattern", "patternType")


@method("Goals.addGoal", writes=True)
def add_goal(ask: ApiRequest) -> Json:
    """Return the new goal's id. Like Matomo, accepts unknown match attributes and truncates long names."""
    for name in ("idSite", *_REQUIRED):
        ask.text(name)
    site = ask.site("write")
    _check_pattern(ask.text("patternType"), escaped(ask.text("pattern")), ask.text("matchAttribute"))
    number = max((site.last_goal, *(goal.id for goal in site.goals))) + 1
    goal = _read(ask, number)
    _change(ask, replace(site, goals=(*site.goals, goal), last_goal=number), site)
    return number


@method("Goals.updateGoal", writes=True)
def update_goal(ask: ApiRequest) -> Json:
    """Overwrite every field; parameters that are not sent are reset. An unknown goal is no error. Existing conversions
    are kept.
    """
    for name in ("idSite", "idGoal", *_REQUIRED):
        ask.text(name)
    site, number = ask.site("write"), ask.number("idGoal")
    goal = _read(ask, number)
    _check_pattern(goal.pattern_type, goal.pattern, goal.match_attribute)
    if goal.event_value_as_revenue and not goal.match_attribute.startswith("event_"):
        raise ApiError("'useEventValueAsRevenue' can only be 1 if the goal matches an event attribute.")
    if site.goal(number) is not None:
        goals = tuple(goal if each.id == number else each for each in site.goals)
        former = tuple(replace(era, goals=tuple(_renamed(each, goal) for each in era.goals)) for era in site.former)
        _change(ask, replace(site, goals=goals, former=former), site, goal)
    return SUCCESS


@method("Goals.deleteGoal", writes=True)
def delete_goal(ask: ApiRequest) -> Json:
    """Delete the goal and all its conversions; its id is never reused."""
    ask.text("idGoal")
    site, number = ask.site("write"), ask.number("idGoal")
    if site.goal(number) is not None:
        rest = tuple(goal for goal in site.goals if goal.id != number)
        former = tuple(replace(era, goals=tuple(g for g in era.goals if g.id != number)) for era in site.former)
        last = max((site.last_goal, *(goal.id for goal in site.goals)))
        ask.store.put_site(replace(site, goals=rest, former=former, last_goal=last))
        ask.store.tracked.drop_goal(site.id, number)
    return SUCCESS


def _read(ask: ApiRequest, number: int) -> StoredGoal:
    attribute = ask.typed("matchAttribute", most=_ATTRIBUTE)
    kind = decoded(ask.text("patternType")).lower()
    allowed = ("greater_than",) if attribute in NUMERIC else ("exact", "contains", "regex")
    if kind not in allowed:
        raise ApiError(f'The value "{kind}" is not allowed, use one of: {", ".join(allowed)}.')
    pattern = ask.text("pattern")
    if attribute in NUMERIC and not _NUMBER.fullmatch(pattern):
        raise ApiError(f"Invalid pattern for match attribute '{attribute}'. (got '{pattern}', expected numeric value).")
    return StoredGoal(
        number,
        url_decoded(ask.text("name"), _NAME),
        attribute,
        url_decoded(pattern, _TEXT),
        kind[:_TYPE],
        as_float(ask.text("revenue", "0")),
        url_decoded(ask.text("description", ""), _TEXT),
        ask.flag("caseSensitive"),
        ask.flag("allowMultipleConversionsPerVisit"),
        ask.flag("useEventValueAsRevenue"),
    )


def _check_pattern(kind: str, pattern: str, attribute: str) -> None:
    if kind == "exact" and not pattern.startswith("http") and not attribute.startswith(("event_", "title")):
        raise ApiError(
            "If you choose 'exact match', the matching string must be a URL starting with http:// or https://. "
            "For example, 'http://www.yourwebsite.com/newsletter/subscribed.html'."
        )
    if kind == "regex":
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            slashes = "/" in pattern and "\\/" not in pattern
            shown = pattern.replace("/", "\\/") if slashes else pattern
            raise ApiError(f'The value "/{shown}/" is not a valid regular expression.') from None


def _renamed(goal: StoredGoal, now: StoredGoal) -> StoredGoal:
    """Give an earlier version of a goal its current name."""
    return replace(goal, name=now.name, description=now.description) if goal.id == now.id else goal


def _change(ask: ApiRequest, site: StoredSite, before: StoredSite, changed: StoredGoal | None = None) -> None:
    """Replace the goals with those of ``site`` from now on; earlier actions are still matched against ``before``."""
    goals = before.goals if changed is None else tuple(_renamed(goal, changed) for goal in before.goals)
    if goals != site.goals:
        site = replace(site, former=(*site.former, Era(ask.now, goals)))
    ask.store.put_site(site)
