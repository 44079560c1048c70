"""Matomo's Goals module: goals and their changes; reports of conversions, orders and products."""

from __future__ import annotations

import re
from operator import attrgetter
from urllib.parse import quote_plus

from msgspec.structs import replace

from matomo_tui.demo.answers.visit_reports import Ranges
from matomo_tui.demo.api_request import ApiRequest, Json, method
from matomo_tui.demo.engine.by_action import ProductGrouping, Sold
from matomo_tui.demo.engine.by_visit import NEW, GoalTally, Tally
from matomo_tui.demo.engine.columns import DIMENSIONS
from matomo_tui.demo.engine.journey_stats import CART, ORDER
from matomo_tui.demo.errors import refusal, refuse_if
from matomo_tui.demo.formats import declared, number, rate
from matomo_tui.demo.http import decoded, escaped, url_decoded
from matomo_tui.demo.reports.reporting import ReportQuery, report, sale_columns, single
from matomo_tui.demo.reports.rows import Shape, TableRow
from matomo_tui.demo.traffic.journeys import NUMERIC, as_float
from matomo_tui.demo.traffic.visit import GoalKey
from matomo_tui.demo.world import Era, StoredGoal, StoredSite

_NAME, _TEXT, _TYPE, _ATTRIBUTE = 50, 255, 25, 20
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_REQUIRED = ("name", "matchAttribute", "pattern", "patternType")


def goal_details(site: StoredSite, goal: StoredGoal) -> dict[str, Json]:
    """A goal in the format of ``Goals.getGoals``; manual goals have no pattern."""
    hidden = ("pattern", "pattern_type", "case_sensitive") if goal.match_attribute == "manually" else ()
    details = {"idsite": site.id, **declared("stored goal", goal)}
    return {name: value for name, value in details.items() if name not in hidden}


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
    return None if goal is None else goal_details(site, goal)


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
def update_goal(call: ApiRequest) -> None:
    """Overwrite every field, also with defaults; existing conversions are kept, and an unknown goal is no error."""
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


@method("Goals.deleteGoal", writes=True)
def delete_goal(call: ApiRequest) -> None:
    """Delete the goal and all its conversions; its id is never reused."""
    call.text("idGoal")
    site, number = call.site("write"), call.number("idGoal")
    if site.goal(number) is not None:
        rest = tuple(goal for goal in site.goals if goal.id != number)
        former = tuple(replace(era, goals=tuple(g for g in era.goals if g.id != number)) for era in site.former)
        last = max((site.last_goal, *(goal.id for goal in site.goals)))
        call.store.put_site(replace(site, goals=rest, former=former, last_goal=last), dropped_goal=number)


def _read(call: ApiRequest, number: int) -> StoredGoal:
    attribute = call.typed("matchAttribute", most=_ATTRIBUTE)
    kind = decoded(call.text("patternType")).lower()
    allowed = ("greater_than",) if attribute in NUMERIC else ("exact", "contains", "regex")
    refuse_if(kind not in allowed, "not allowed", value=kind, allowed=", ".join(allowed))
    pattern = call.text("pattern")
    if attribute in NUMERIC and not _NUMBER.fullmatch(pattern):
        raise refusal("not numeric", attribute=attribute, pattern=pattern)
    name, description = url_decoded(call.text("name"), _NAME), url_decoded(call.text("description", ""), _TEXT)
    flags = map(call.flag, ("caseSensitive", "allowMultipleConversionsPerVisit", "useEventValueAsRevenue"))
    revenue, pattern = as_float(call.text("revenue", "0")), url_decoded(pattern, _TEXT)
    return StoredGoal(number, name, attribute, pattern, kind[:_TYPE], revenue, description, *flags)


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
    halves = await query.rows(NEW)
    new, returning = halves.get(True, Tally()), halves.get(False, Tally())
    every = Tally()
    every.merge(new)
    every.merge(returning)
    return [("", every), ("_new_visit", new), ("_returning_visit", returning)]


@single("Goals.get")
async def get(query: ReportQuery) -> dict[str, Json]:
    goal = _wanted(query)
    if goal is None and query.call.flag("showAllGoalSpecificMetrics"):
        return await _each_goal(query)
    found: dict[str, Json] = {}
    for suffix, tally in await _halves(query):
        found |= {f"{name}{suffix}": value for name, value in _figures(tally, goal, query).items()}
    return found


def _figures(tally: Tally, goal: GoalKey | None, query: ReportQuery) -> dict[str, Json]:
    reached = _reached(tally, goal)
    found = declared("goal figures", reached)
    if goal == ORDER:
        found |= sale_columns(tally.sold)
    if goal in (ORDER, CART):
        found |= {
            "items": tally.sold.items if goal == ORDER else tally.left.items,
            "avg_order_revenue": number(reached.revenue / reached.count) if reached.count else 0,
        }
    return found | {"conversion_rate": rate(reached.visits, tally.visits, formatted=query.formatted, digits=2)}


async def _each_goal(query: ReportQuery) -> dict[str, Json]:
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
