"""Matomo's Goals module: reports of conversions, orders and products."""

from __future__ import annotations

from operator import attrgetter
from urllib.parse import quote_plus

from matomo_tui.demo.answers.visit_reports import Ranges
from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.by_action import ProductGrouping, Sold
from matomo_tui.demo.engine.by_visit import NEW, GoalTally, Tally
from matomo_tui.demo.engine.dimensions import DIMENSIONS
from matomo_tui.demo.engine.journey_stats import CART, ORDER
from matomo_tui.demo.number_formats import number, rate
from matomo_tui.demo.reports.reporting import ReportQuery, report, single
from matomo_tui.demo.reports.rows import Shape, TableRow
from matomo_tui.demo.reports.visit_columns import sale_columns
from matomo_tui.demo.traffic.steps import GoalKey

_NOTHING = GoalTally()


def _wanted(query: ReportQuery) -> GoalKey | None:
    """The goal of ``idGoal``; ``None`` for all goals (no ``idGoal``, or 0)."""
    text = query.call.params.get("idGoal", "")
    if text in ("", "0", "false"):
        return None
    return int(text) if text.isdecimal() else text


def _reached(tally: Tally, goal: GoalKey | None) -> GoalTally:
    if goal is not None:
        return tally.goals.get(goal, _NOTHING)
    return GoalTally(tally.conversions, tally.converted, tally.revenue)


async def _halves(query: ReportQuery) -> list[tuple[str, Tally]]:
    """All visits, new and returning ones, each with the suffix of its columns."""
    halves = await query.rows(NEW)
    new, returning = halves.get(True, Tally()), halves.get(False, Tally())
    every = Tally()
    every.merge(new)
    every.merge(returning)
    return [("", every), ("_new_visit", new), ("_returning_visit", returning)]


@single("Goals.get")
async def get(query: ReportQuery) -> dict[str, Json]:
    """Conversions and revenue of all goals and orders, or of one goal."""
    goal = _wanted(query)
    if goal is None and query.call.flag("showAllGoalSpecificMetrics"):
        return await _each_goal(query)
    found: dict[str, Json] = {}
    for suffix, tally in await _halves(query):
        found |= {f"{name}{suffix}": value for name, value in _figures(tally, goal, query).items()}
    return found


def _figures(tally: Tally, goal: GoalKey | None, query: ReportQuery) -> dict[str, Json]:
    reached = _reached(tally, goal)
    found: dict[str, Json] = {
        "nb_conversions": reached.count,
        "nb_visits_converted": reached.visits,
        "revenue": number(reached.revenue),
    }
    if goal == ORDER:
        found |= sale_columns(tally.sold)
    if goal in (ORDER, CART):
        found |= {
            "items": tally.sold.items if goal == ORDER else tally.left.items,
            "avg_order_revenue": number(reached.revenue / reached.count) if reached.count else 0,
        }
    return found | {"conversion_rate": rate(reached.visits, tally.visits, formatted=query.formatted, digits=2)}


async def _each_goal(query: ReportQuery) -> dict[str, Json]:
    """The overall columns together with those of each goal."""
    found: dict[str, Json] = {}
    for suffix, tally in await _halves(query):
        every = _figures(tally, None, query)
        rates = {f"conversion_rate{suffix}": every.pop("conversion_rate")}
        found[f"nb_visits{suffix}"] = tally.visits
        found |= {f"{name}{suffix}": value for name, value in every.items()}
        own_rates: dict[str, Json] = {}
        for goal in query.site.goals:
            own = _figures(tally, goal.id, query)
            own_rates[f"goal_{goal.id}_conversion_rate{suffix}"] = own.pop("conversion_rate")
            found |= {f"goal_{goal.id}_{name}{suffix}": value for name, value in own.items()}
        found |= own_rates | rates
    return found


def _until(action: str, ranges: Ranges) -> None:
    """Register a report of conversions by the days since the visitor's first visit, or by the visit number."""

    @report(f"Goals.{action}", Shape(sort=""))
    async def rows(query: ReportQuery) -> list[TableRow]:
        tallies, goal = await query.rows(ranges.grouping), _wanted(query)
        counts = [_reached(tallies.get(index, Tally()), goal).count for index in range(len(ranges.names))]
        if not any(counts):
            return []
        return [TableRow(name, {"nb_conversions": count}) for name, count in zip(ranges.names, counts, strict=True)]


_until("getDaysToConversion", Ranges("daysSinceFirstVisit", "day", 0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 31, 61, 121, 365))
_until("getVisitsUntilConversion", Ranges("visitCount", "visit", 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 26, 51, 101))


def _items(action: str, dimension: str) -> None:
    groupings = [
        ProductGrouping(f"{dimension} {left}", attrgetter(DIMENSIONS[dimension].attribute), left)
        for left in (False, True)
    ]

    @report(f"Goals.{action}", Shape(sort="revenue"))
    async def rows(query: ReportQuery) -> list[TableRow]:
        left = query.call.flag("abandonedCarts")
        sold = await query.rows(groupings[left])
        return [
            TableRow(label, _product_columns(product, left=left), {"segment": f"{dimension}=={quote_plus(label)}"})
            for label, product in sold.items()
        ]


def _product_columns(product: Sold, *, left: bool) -> dict[str, Json]:
    return {
        "revenue": number(product.revenue),
        "quantity": product.quantity,
        "abandoned_carts" if left else "orders": product.orders,
        "avg_price": number(product.revenue / product.quantity) if product.quantity else 0,
        "avg_quantity": number(product.quantity / product.orders, 1) if product.orders else 0,
        # The demo's sites do not track product views.
        "conversion_rate": 0.0,
    }


_items("getItemsName", "productName")
_items("getItemsSku", "productSku")
_items("getItemsCategory", "productCategory")
