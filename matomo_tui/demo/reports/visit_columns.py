"""The visit columns of report rows.

Matomo computes them in different ways, which clients have to cope with, and the demo reproduces the differences: a day
comes from the database, with unique visitors and some figures as text; a longer period is the sum of its days, with
``sum_daily_`` before the summed daily visitors; a subtable is always summed up.
"""

from __future__ import annotations

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.by_visit import Tally
from matomo_tui.demo.engine.journey_stats import CART, ORDER
from matomo_tui.demo.number_formats import number, rate
from matomo_tui.demo.reports.reporting import NOT_UNIQUE, ReportQuery
from matomo_tui.demo.traffic.steps import Sale

_AS_TEXT = ("nb_actions", "sum_visit_length", "bounce_count", "nb_visits_converted")


def visit_columns(tally: Tally, query: ReportQuery, *, goals: bool = True, text: bool = False) -> dict[str, Json]:
    """The columns of a row. Over several days visitors are summed daily ones. ``text``: a day's database figures are
    text.
    """
    prefix = "" if query.daily else "sum_daily_"
    columns: dict[str, Json] = {
        f"{prefix}nb_uniq_visitors": tally.visitors,
        "nb_visits": tally.visits,
        "nb_actions": tally.actions,
        f"{prefix}nb_users": tally.users,
        "max_actions": tally.longest,
        "sum_visit_length": tally.length,
        "bounce_count": tally.bounces,
        "nb_visits_converted": tally.converted,
    }
    if text and query.daily:
        columns |= {name: str(columns[name]) for name in _AS_TEXT}
    if goals and (reached := goal_columns(tally)):
        columns |= {"goals": reached, "nb_conversions": tally.conversions, "revenue": number(tally.revenue)}
    return columns | _processed(tally, query) | _goals_processed(tally, query)


def visit_figures(tally: Tally, query: ReportQuery) -> dict[str, Json]:
    visits = tally.visits
    return {
        "nb_visits": visits,
        "nb_actions": tally.actions,
        "nb_visits_converted": tally.converted,
        "bounce_count": tally.bounces,
        "sum_visit_length": tally.length,
        "max_actions": tally.longest,
        "bounce_rate": rate(tally.bounces, visits, formatted=query.formatted),
        "nb_actions_per_visit": number(tally.actions / visits, 1) if visits else 0,
        "avg_time_on_site": round(tally.length / visits) if visits else 0,
    }


def _processed(tally: Tally, query: ReportQuery) -> dict[str, Json]:
    if query.call.params.get("filter_add_columns_when_show_all_columns", "0") in ("", "0"):
        return {}
    visits = max(1, tally.visits)
    return {
        "nb_actions_per_visit": number(tally.actions / visits, 1),
        "avg_time_on_site": round(tally.length / visits),
        "bounce_rate": tally.bounces / visits,
        "conversion_rate": tally.converted / visits,
    }


def _goals_processed(tally: Tally, query: ReportQuery) -> dict[str, Json]:
    """Additional columns for the view of goals: the rate of each goal, all figures of the requested one."""
    params = query.call.params
    if params.get("filter_update_columns_when_show_all_goals", "0") in ("", "0"):
        return {}
    visits, only = max(1, tally.visits), params.get("filter_show_goal_columns_process_goals", "")
    found: dict[str, Json] = {
        "conversion_rate": tally.converted / visits,
        "revenue_per_visit": number(tally.revenue / visits),
    }
    for goal, reached in tally.goals.items():
        found[f"goal_{goal}_conversion_rate"] = round(reached.count / visits, 4)
        if str(goal) == only:
            found[f"goal_{goal}_nb_conversions"] = reached.count
            found[f"goal_{goal}_revenue"] = number(reached.revenue)
            found[f"goal_{goal}_revenue_per_visit"] = number(reached.revenue / visits)
    return found


def goal_columns(tally: Tally) -> dict[str, Json]:
    """Conversions by goal: ``idgoal=1``, ``idgoal=ecommerceOrder``."""
    found: dict[str, Json] = {}
    for goal, reached in sorted(tally.goals.items(), key=lambda each: (not isinstance(each[0], str), str(each[0]))):
        columns: dict[str, Json] = {
            "nb_conversions": reached.count,
            "nb_visits_converted": reached.visits,
            "revenue": number(reached.revenue),
        }
        if goal == ORDER:
            columns |= {**sale_columns(tally.sold), "items": tally.sold.items}
        if goal != CART:
            found[f"idgoal={goal}"] = columns
    return found


def sale_columns(sold: Sale) -> dict[str, Json]:
    return {f"revenue_{name}": number(getattr(sold, name)) for name in ("subtotal", "tax", "shipping", "discount")}


async def summary(query: ReportQuery) -> dict[str, Json]:
    """The row of ``VisitsSummary.get``. Ranges and years have no unique visitors."""
    figures = visit_figures(await query.whole(), query)
    if query.period.name in NOT_UNIQUE:
        return figures
    people, _, _ = await query.visitors()
    return {"nb_uniq_visitors": people.count, "nb_users": len(people.users)} | figures


def without_figures(figures: dict[str, Json], query: ReportQuery) -> dict[str, Json]:
    """The columns of a report that is derived from another one.

    Matomo passes ``showColumns`` on to that one, which has none of the named columns: what remains are averages of
    nothing, which are 0.
    """
    if not query.call.params.get("showColumns"):
        return figures
    return {name: 0 for name in figures if name.startswith(("bounce_rate", "nb_actions_per_visit", "avg_time_on_site"))}
