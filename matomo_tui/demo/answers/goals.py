"""Matomo's Goals module: the list of goals, and what they brought."""

from __future__ import annotations

from matomo_tui.demo.answers.by_period import by_period, totals_of
from matomo_tui.demo.answers.formats import number, rate
from matomo_tui.demo.answers.registry import method
from matomo_tui.demo.ask import Ask, Json
from matomo_tui.demo.escaping import decoded
from matomo_tui.demo.periods import Period
from matomo_tui.demo.totals import Conversions, Half
from matomo_tui.demo.world import Goal, Site


def goal_details(site: Site, goal: Goal) -> dict[str, Json]:
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
def get_goals(ask: Ask) -> Json:
    """The goals of one or more sites."""
    sites, _ = ask.sites()
    return [goal_details(site, goal) for site in sites for goal in site.goals]


@method("Goals.getGoal")
def get_goal(ask: Ask) -> Json:
    """One goal; Matomo answers a bare success for one that is not there."""
    site = ask.site()
    wanted = ask.number("idGoal")
    for goal in site.goals:
        if goal.id == wanted:
            return goal_details(site, goal)
    return {"result": "success", "message": "ok"}


@method("Goals.get")
def get(ask: Ask) -> Json:
    """Conversions and revenue over all goals and orders, or of one goal."""
    formatted = ask.params.get("format_metrics", "") != "0"
    wanted = ask.params.get("idGoal", "")
    key: int | str | None = (int(wanted) if wanted.isdigit() else wanted) if wanted else None
    columns = [column for column in ask.params.get("columns", "").split(",") if column]

    def row(site: Site, period: Period) -> Json:
        totals = totals_of(ask, site, period)
        found: dict[str, Json] = {}
        for suffix, half in (
            ("", totals.all),
            ("_new_visit", totals.new),
            ("_returning_visit", totals.returning),
        ):
            reached = half.converted if key is None else half.goals.get(key, Conversions())
            found |= _columns(reached, half, suffix, orders=key == "ecommerceOrder", formatted=formatted)
        return {name: found[name] for name in columns if name in found} if columns else found

    return by_period(ask, row)


def _columns(reached: Conversions, half: Half, suffix: str, *, orders: bool, formatted: bool) -> dict[str, Json]:
    columns: dict[str, Json] = {
        f"nb_conversions{suffix}": reached.count,
        f"nb_visits_converted{suffix}": reached.visits,
        f"revenue{suffix}": number(reached.revenue),
    }
    if orders:
        sold = half.sold
        columns |= {
            f"revenue_subtotal{suffix}": number(sold.subtotal),
            f"revenue_tax{suffix}": number(sold.tax),
            f"revenue_shipping{suffix}": number(sold.shipping),
            f"revenue_discount{suffix}": number(sold.discount),
            f"items{suffix}": sold.items,
            f"avg_order_revenue{suffix}": number(reached.revenue / reached.count) if reached.count else 0,
        }
    columns[f"conversion_rate{suffix}"] = rate(reached.visits, half.visits, formatted=formatted, digits=2)
    return columns
