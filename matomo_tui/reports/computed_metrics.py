"""Rates and averages that reports describe but do not send, computed from their sums."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import isfinite

from matomo_tui.api.reports import ReportRow, Value
from matomo_tui.reports import daily

_QUOTIENTS: Mapping[str, tuple[str, str]] = {
    "nb_actions_per_visit": ("nb_actions", "nb_visits"),
    "avg_time_on_site": ("sum_visit_length", "nb_visits"),
    "bounce_rate": ("bounce_count", "nb_visits"),
    "conversion_rate": ("nb_visits_converted", "nb_visits"),
    "revenue_per_visit": ("revenue", "nb_visits"),
    "avg_order_revenue": ("revenue", "nb_conversions"),
    "avg_event_value": ("sum_event_value", "nb_events_with_value"),
    "interaction_rate": ("nb_interactions", "nb_impressions"),
}
_GOAL = re.compile(r"goal_([^_]+)_(.+)")
_OF_ALL = re.compile(r"goal_(?:\d+|ecommerceOrder)_(.+)")
"""Metrics of the goals that count as conversions: abandoned carts do not."""
_GOAL_QUOTIENTS: Mapping[str, tuple[str, str]] = {
    "conversion_rate": ("nb_conversions", "nb_visits"),
    "revenue_per_visit": ("revenue", "nb_visits"),
    # The server adds these two up over the pages of a folder.
    "nb_conversions_entry_rate": ("nb_conversions_entry", "entry_nb_visits"),
    "revenue_per_entry": ("revenue_entry", "entry_nb_visits"),
}
"""Quotients of a goal's metric and one of the row."""
NONE_IS_ZERO = frozenset({"nb_conversions", "revenue"})
"""Rows of visits without a conversion do not have them."""
_OVER_TIME = frozenset({"nb_conversions", "revenue", "revenue_per_visit"})
"""The metrics of all goals that a row over time has, the first two as those of each goal."""
_CART = "ecommerceAbandonedCart"


def is_derived(column: str) -> bool:
    """Returns True if the server may leave the column to be computed."""
    return column in _QUOTIENTS


def sort_params(column: str, goal: str, *, has_goals: bool) -> dict[str, str | int]:
    """The parameters with which Matomo computes ``column``, of the goal with this id (``""`` for none), before it
    sorts. Without them it sorts by a column that is not there."""
    if goal:
        return {"filter_update_columns_when_show_all_goals": 1, "filter_show_goal_columns_process_goals": goal}
    if column == "revenue_per_visit" or (has_goals and column == "conversion_rate"):
        return {"filter_update_columns_when_show_all_goals": 1}
    # Matomo computes the rate of interactions in any case, and with the parameter drops rows that do not send visits.
    is_added = is_derived(column) and column != "interaction_rate"
    return {"filter_add_columns_when_show_all_columns": 1} if is_added else {}


def needed(columns: Iterable[str]) -> tuple[str, ...]:
    """``columns`` and the columns needed to compute them."""
    found: dict[str, None] = {}
    for column in columns:
        found[column] = None
        if goal := _GOAL.fullmatch(column):
            found |= dict.fromkeys(("goals", *_GOAL_QUOTIENTS.get(goal[2], ())[1:]))
        found.update(dict.fromkeys(_QUOTIENTS.get(column, ())))
        if daily.is_sum(column):  # weekdays have the key of a single day
            found[daily.key_of(column, summed=False)] = None
    return tuple(found)


def is_over_time(column: str, *, has_goals: bool) -> bool:
    """Returns True if Matomo may send ``column`` for a row over time. It sends no sums of days there, of all goals no
    rate, and nothing of what it credits to pages."""
    if goal := _GOAL.fullmatch(column):
        return goal[2] in _OVER_TIME or goal[2] == "conversion_rate"
    return not daily.is_sum(column) and not (has_goals and column == "conversion_rate")


def goal_over_time(column: str, *, has_goals: bool) -> str:
    """The goal to request a row over time with, so that the answer has ``column``: ``0`` for those of each goal and of
    orders, ``""`` for a metric of the row's own."""
    if goal := _GOAL.fullmatch(column):
        return _CART if goal[1] == _CART else "0"
    return "0" if has_goals and column in _OVER_TIME else ""


def value_over_time(row: ReportRow, column: str) -> Value:
    """As :func:`value`, for a row over time. Matomo leaves out many metrics there, so that one which is missing is not
    0; those of all goals it sends as those of each goal, and only the revenue per visit itself: of revenues that it has
    cut to whole units, so that it would differ from the table's."""
    goal = _GOAL.fullmatch(column)
    is_asked = is_over_time(column, has_goals=False)
    if goal is not None and not (is_asked and f"goal_{goal[1]}_nb_conversions" in row.values):
        return None
    if goal is None and column in NONE_IS_ZERO and column not in row.values:
        is_there = any(_OF_ALL.fullmatch(key) for key in row.values)
        return _goal_value(row, "all", column) if is_there else None
    revenue = value_over_time(row, "revenue") if column == "revenue_per_visit" else None
    if isinstance(revenue, int | float):
        return _quotient(revenue, row.number("nb_visits"))
    return value(row, column)


def value(row: ReportRow, column: str) -> Value:
    """The row's value of ``column``, computed if the server did not send it; ``None`` if that is impossible."""
    if goal := _GOAL.fullmatch(column):
        return _goal_value(row, *goal.groups())
    sent = row.values.get(column)
    if sent is None and column in NONE_IS_ZERO and row.number("nb_visits") is not None:
        return 0
    if sent is None and daily.is_sum(column):
        return row.values.get(daily.key_of(column, summed=False))
    if sent is not None or column not in _QUOTIENTS:
        return sent
    over, under = _QUOTIENTS[column]
    return _quotient(_part(row, over), row.number(under))


def _goal_value(row: ReportRow, goal: str, metric: str) -> Value:
    """A metric of one goal, or of ``all``."""
    if metric in _GOAL_QUOTIENTS:
        over, under = _GOAL_QUOTIENTS[metric]
        return _quotient(_part(row, f"goal_{goal}_{over}"), row.number(under))
    if goal == "all":
        found = (_OF_ALL.fullmatch(key) for key in row.values)
        keys = [match[0] for match in found if match and match[1] == metric]
        return sum(row.number(key) or 0 for key in keys)
    sent = row.values.get(f"goal_{goal}_{metric}")
    # A goal that nobody reached is not in the row.
    return 0 if sent is None and row.number("nb_visits") is not None else sent


def _part(row: ReportRow, column: str) -> float | None:
    part = value(row, column)
    return None if isinstance(part, str) else part


def _quotient(part: float | None, whole: float | None) -> float | None:
    if part is None or not whole:
        return None
    quotient = part / whole
    return quotient if isfinite(quotient) else None
