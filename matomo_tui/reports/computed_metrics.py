"""Rates and averages that reports describe but do not send, computed from their sums."""

from __future__ import annotations

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


def is_derived(column: str) -> bool:
    """Returns True if the server may leave the column to be computed."""
    return column in _QUOTIENTS


def needed(columns: Iterable[str]) -> tuple[str, ...]:
    """``columns`` and the columns needed to compute them."""
    found: dict[str, None] = {}
    for column in columns:
        found[column] = None
        found.update(dict.fromkeys(_QUOTIENTS.get(column, ())))
        if daily.is_sum(column):  # weekdays have the key of a single day
            found[daily.key_of(column, summed=False)] = None
    return tuple(found)


def value(row: ReportRow, column: str) -> Value:
    """The row's value of ``column``, computed if the server did not send it; ``None`` if that is impossible."""
    sent = row.values.get(column)
    if sent is None and daily.is_sum(column):
        return row.values.get(daily.key_of(column, summed=False))
    if sent is not None or column not in _QUOTIENTS:
        return sent
    over, under = _QUOTIENTS[column]
    part, whole = row.number(over), row.number(under)
    if part is None or not whole:
        return None
    quotient = part / whole
    return quotient if isfinite(quotient) else None
