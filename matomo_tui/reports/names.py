"""Names and units of columns that Matomo sends without metadata."""

from __future__ import annotations

import re

from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.values import ColumnType, column_type
from matomo_tui.sanitize import sanitize

_NAMES: dict[str, tuple[str, ColumnType]] = {
    "bounce_count": ("Bounces", "number"),
    "entry_bounce_count": ("Bounces", "number"),
    "entry_nb_actions": ("Actions of visits begun here", "number"),
    "entry_nb_uniq_visitors": ("Unique entrances", "number"),
    "entry_nb_visits": ("Entrances", "number"),
    "entry_sum_visit_length": ("Total time of visits begun here", "duration_s"),
    "exit_nb_uniq_visitors": ("Unique exits", "number"),
    "exit_nb_visits": ("Exits", "number"),
    "exit_rate": ("Exit Rate", "percent"),
    "hits": ("Hits", "number"),
    "max_actions": ("Maximum actions in one visit", "number"),
    "nb_actions": ("Actions", "number"),
    "nb_conversions": ("Conversions", "number"),
    "nb_hits": ("Pageviews", "number"),
    "nb_hits_following_search": ("Pageviews after a search", "number"),
    "nb_pageviews": ("Pageviews", "number"),
    "nb_uniq_visitors": ("Unique visitors", "number"),
    "nb_users": ("Users", "number"),
    "nb_visits": ("Visits", "number"),
    "nb_visits_converted": ("Visits with Conversions", "number"),
    "revenue": ("Revenue", "money"),
    "sum_daily_entry_nb_uniq_visitors": ("Unique entrances (sum of days)", "number"),
    "sum_daily_exit_nb_uniq_visitors": ("Unique exits (sum of days)", "number"),
    "sum_daily_nb_uniq_visitors": ("Unique visitors (sum of days)", "number"),
    "sum_daily_nb_users": ("Users (sum of days)", "number"),
    "sum_time_spent": ("Total time spent by visitors", "duration_s"),
    "sum_visit_length": ("Total time spent by visitors", "duration_s"),
}
_TIMED = re.compile(r"(nb_hits_with|min|max|sum)_time_([a-z_]+)")
_TIMED_NAMES = {
    "nb_hits_with": "Pageviews with a time: ",
    "min": "Shortest time: ",
    "max": "Longest time: ",
    "sum": "Sum of times: ",
}


def undescribed(key: str) -> ReportColumn:
    """The column for a ``key`` without metadata: ``Total time spent by visitors``, a duration."""
    if key in _NAMES:
        name, kind = _NAMES[key]
        return ReportColumn(key, name, kind)
    if found := _TIMED.fullmatch(key):
        what, phase = found.groups()
        kind = "number" if what == "nb_hits_with" else "duration_s"
        return ReportColumn(key, _TIMED_NAMES[what] + phase.replace("_", " "), kind)
    return ReportColumn(key, sanitize(key, 60).replace("_", " "), column_type("", key))
