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
    """Whether the server may leave it to be worked out."""
    return column in _QUOTIENTS


def needed(columns: Iterable[str]) -> tuple[str, ...]:
    """``columns`` and whatever has to be asked for to work them out."""
    found: dict[str, None] = {}
    for column in columns:
        found[column] = None
        found.update(dict.fromkeys(_QUOTIENTS.get(column, ())))
        if daily.is_sum(column):  # the days of the week have them under the name that one day has them
            found[daily.key_of(column, summed=False)] = None
    return tuple(found)


def value(row: ReportRow, column: str) -> Value:
    """What the row has in ``column``, worked out where the server did not; ``None`` where it cannot be."""
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
