"""Names and units of columns that Matomo sends without metadata."""

from __future__ import annotations

import re

from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.values import ColumnType, column_type
from matomo_tui.sanitize import sanitize

_NAMES: dict[str, tuple[str, ColumnType]] = {
    "Referrers_distinctWebsitesUrls": ("Distinct website URLs", "number"),
    "avg_page_load_time": ("Avg. page load time", "duration_s"),
    "avg_time_dom_completion": ("Avg. DOM completion time", "duration_s"),
    "avg_time_dom_processing": ("Avg. DOM processing time", "duration_s"),
    "avg_time_network": ("Avg. network time", "duration_s"),
    "avg_time_on_load": ("Avg. on load time", "duration_s"),
    "avg_time_on_page": ("Avg. time on page", "duration_s"),
    "avg_time_on_site": ("Avg. Visit Duration", "duration_s"),
    "avg_time_server": ("Avg. server time", "duration_s"),
    "avg_time_transfer": ("Avg. transfer time", "duration_s"),
    "bounce_count": ("Bounces", "number"),
    "bounce_rate": ("Bounce Rate", "percent"),
    "city_name": ("City", "text"),
    "conversion_rate": ("Conversion Rate", "percent"),
    "country_name": ("Country", "text"),
    "entry_bounce_count": ("Bounces", "number"),
    "entry_nb_actions": ("Actions of visits begun here", "number"),
    "entry_nb_uniq_visitors": ("Unique entrances", "number"),
    "entry_nb_visits": ("Entrances", "number"),
    "entry_sum_visit_length": ("Total time of visits begun here", "duration_s"),
    "exit_nb_uniq_visitors": ("Unique exits", "number"),
    "exit_nb_visits": ("Exits", "number"),
    "exit_rate": ("Exit Rate", "percent"),
    "hits": ("Hits", "number"),
    "idvisitor": ("Visitor ID", "text"),
    "items": ("Purchased Products", "number"),
    "lat": ("Latitude", "number"),
    "long": ("Longitude", "number"),
    "max_actions": ("Maximum actions in one visit", "number"),
    "nb_actions": ("Actions", "number"),
    "nb_conv_pages_before": ("Pages viewed before the conversion", "number"),
    "nb_conversions": ("Conversions", "number"),
    "nb_conversions_attrib": ("Conversions credited", "number"),
    "nb_conversions_entry": ("Conversions of visits begun here", "number"),
    "nb_conversions_entry_rate": ("Conversion rate of visits begun here", "percent"),
    "nb_conversions_page_rate": ("Viewed before conversion rate", "percent"),
    "nb_conversions_page_uniq": ("Conversions after this page", "number"),
    "nb_hits": ("Pageviews", "number"),
    "nb_hits_following_search": ("Pageviews after a search", "number"),
    "nb_pages_per_search": ("Search Results pages", "number"),
    "nb_pageviews": ("Pageviews", "number"),
    "nb_uniq_visitors": ("Unique visitors", "number"),
    "nb_users": ("Users", "number"),
    "nb_visits": ("Visits", "number"),
    "nb_visits_converted": ("Visits with Conversions", "number"),
    "region_name": ("Region", "text"),
    "revenue": ("Revenue", "money"),
    "revenue_attrib": ("Revenue credited", "money"),
    "revenue_discount": ("Discount", "money"),
    "revenue_entry": ("Revenue of visits begun here", "money"),
    "revenue_per_entry": ("Revenue per Entry", "money"),
    "revenue_per_visit": ("Revenue per Visit", "money"),
    "revenue_shipping": ("Shipping", "money"),
    "revenue_subtotal": ("Subtotal", "money"),
    "revenue_tax": ("Tax", "money"),
    "sum_daily_entry_nb_uniq_visitors": ("Unique entrances (sum of days)", "number"),
    "sum_daily_exit_nb_uniq_visitors": ("Unique exits (sum of days)", "number"),
    "sum_daily_nb_uniq_visitors": ("Unique visitors (sum of days)", "number"),
    "sum_daily_nb_users": ("Users (sum of days)", "number"),
    "sum_time_spent": ("Total time spent by visitors", "duration_s"),
    "sum_visit_length": ("Total time spent by visitors", "duration_s"),
}
_CODES = frozenset({"code", "country", "day_of_week", "icon", "referer_type", "referrer_type", "region"})
"""Columns that name the row once more, for programs; so do those that begin with ``logo``."""
_OF = {
    "_returning_visit": "returning visits",
    "_new_visit": "new visits",
    "_returning": "returning visitors",
    "_new": "new visitors",
    "_ai_agent": "AI agents",
    "_human": "humans",
}
"""The visits that a figure is about, by the end of its key."""
_TIMED = re.compile(r"(nb_hits_with|min|max|sum)_time_([a-z_]+)")
_TIMED_NAMES = {
    "nb_hits_with": "Pageviews with a time: ",
    "min": "Shortest time: ",
    "max": "Longest time: ",
    "sum": "Sum of times: ",
}


def is_code(key: str) -> bool:
    """Returns True for a column that only repeats the row's label for programs: a code, a picture."""
    return key in _CODES or key.startswith("logo")


def undescribed(key: str) -> ReportColumn:
    """The column for a ``key`` without metadata: ``Total time spent by visitors``, a duration."""
    if key in _NAMES:
        name, kind = _NAMES[key]
        return ReportColumn(key, name, kind)
    if found := _TIMED.fullmatch(key):
        what, phase = found.groups()
        kind = "number" if what == "nb_hits_with" else "duration_s"
        return ReportColumn(key, _TIMED_NAMES[what] + phase.replace("_", " "), kind)
    for ending, visits in _OF.items():
        if (whole := key.removesuffix(ending)) != key and whole in _NAMES:
            name, kind = _NAMES[whole]
            return ReportColumn(key, f"{name} ({visits})", kind)
    return ReportColumn(key, sanitize(key, 60).replace("_", " "), column_type("", key))
