"""Matomo's Goals module: the list of goals."""

from __future__ import annotations

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.escaping import decoded
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.world import StoredGoal, StoredSite


def goal_details(site: StoredSite, goal: StoredGoal) -> dict[str, Json]:
    """A goal as Matomo lists it; one that is tracked by hand has no pattern."""
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
    """The goals of one or more sites."""
    sites, _ = ask.sites()
    return [goal_details(site, goal) for site in sites for goal in site.goals]


@method("Goals.getGoal")
def get_goal(ask: ApiRequest) -> Json:
    """One goal; Matomo answers a bare success for one that is not there."""
    site = ask.site()
    wanted = ask.number("idGoal")
    for goal in site.goals:
        if goal.id == wanted:
            return goal_details(site, goal)
    return {"result": "success", "message": "ok"}
