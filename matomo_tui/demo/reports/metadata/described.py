"""One report as the server describes it, and the names and types of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from matomo_tui.demo.api_request import Json

VISITS = ("nb_visits", "nb_uniq_visitors", "nb_actions", "nb_users")
PLACES = ("nb_visits", "nb_uniq_visitors", "nb_actions")
RATES = ("nb_actions_per_visit", "avg_time_on_site", "bounce_rate")
RATES_AND_GOALS = (*RATES, "conversion_rate")
EMPTY: Mapping[str, str] = {}

NAMES: Mapping[str, str] = {
    "label": "Label",
    "nb_visits": "Visits",
    "nb_uniq_visitors": "Unique visitors",
    "nb_users": "Users",
    "nb_actions": "Actions",
    "max_actions": "Maximum actions in one visit",
    "nb_visits_converted": "Visits with Conversions",
    "nb_actions_per_visit": "Actions per Visit",
    "avg_time_on_site": "Avg. Time on Website",
    "bounce_rate": "Bounce Rate",
    "conversion_rate": "Conversion Rate",
    "nb_conversions": "Conversions",
    "revenue": "Revenue",
    "revenue_per_visit": "Revenue per Visit",
    "nb_visits_percentage": "% Visits",
    "nb_pageviews": "Pageviews",
    "nb_uniq_pageviews": "Unique Pageviews",
    "nb_downloads": "Downloads",
    "nb_uniq_downloads": "Unique Downloads",
    "nb_outlinks": "Outlinks",
    "nb_uniq_outlinks": "Unique Outlinks",
    "nb_searches": "Searches",
    "nb_keywords": "Unique Keywords",
    "nb_hits": "Pageviews",
    "avg_time_on_page": "Avg. time on page",
    "exit_rate": "Exit rate",
    "avg_time_generation": "Avg. generation time",
    "entry_nb_visits": "Entrances",
    "entry_bounce_count": "Bounces",
    "exit_nb_visits": "Exits",
    "nb_pages_per_search": "Search Results pages",
    "nb_hits_following_search": "Clicked in search results",
    "nb_conversions_attrib": "Conversions",
    "revenue_attrib": "Revenue",
    "nb_conversions_page_rate": "Viewed before conversion rate",
    "nb_conversions_entry": "Conversions",
    "revenue_entry": "Revenue",
    "revenue_per_entry": "Revenue per Entry",
    "nb_conversions_entry_rate": "Conversion Rate",
    "nb_events": "Events",
    "sum_event_value": "Event value",
    "min_event_value": "Minimum Event value",
    "max_event_value": "Maximum Event value",
    "avg_event_value": "Average value of an event",
    "nb_events_with_value": "Events with a value",
    "nb_impressions": "Impressions",
    "nb_interactions": "Content Interactions",
    "interaction_rate": "Interaction Rate",
    "avg_time_network": "Avg. network time",
    "avg_time_server": "Avg. server time",
    "avg_time_transfer": "Avg. transfer time",
    "avg_time_dom_processing": "Avg. DOM processing time",
    "avg_time_dom_completion": "Avg. DOM completion time",
    "avg_time_on_load": "Avg. on load time",
    "avg_page_load_time": "Avg. page load time",
    "revenue_subtotal": "Subtotal",
    "revenue_tax": "Tax",
    "revenue_shipping": "Shipping",
    "revenue_discount": "Discount",
    "items": "Purchased Products",
    "avg_order_revenue": "Average Order Value",
    "quantity": "Quantity",
    "orders": "Unique Purchases",
    "avg_price": "Average Price",
    "avg_quantity": "Average Quantity",
    "ecommerce_revenue": "Product Revenue",
}

_DOCUMENTED: Mapping[str, str] = {
    "nb_visits": "How many visits there were. After half an hour of silence the next page is a new visit.",
    "nb_uniq_visitors": "How many different visitors came. Within one day each of them counts once.",
    "nb_actions": "Pages, searches, downloads, outlinks and events, all together.",
    "nb_users": "How many different people were logged in.",
    "nb_actions_per_visit": "Actions divided by visits.",
    "avg_time_on_site": "How long a visit took on average.",
    "bounce_rate": "How many of the visits had a single action.",
    "exit_rate": "How many of the visits that saw this ended here.",
    "conversion_rate": "In how many of the visits a goal was reached.",
    "nb_hits": "How often this was seen or clicked.",
    "avg_time_on_page": "How long visitors stayed here on average.",
    "entry_nb_visits": "How many visits began here.",
    "exit_nb_visits": "How many visits ended here.",
    "nb_conversions": "How often a goal was reached.",
    "revenue": "What conversions brought.",
}

_MONEY = ("revenue", "avg_order_revenue", "avg_price", "ecommerce_revenue")
_PERCENT = ("_rate", "_percent", "_percentage", "_evolution")

_GOALS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "visit": (("nb_conversions", "revenue"), ("revenue_per_visit",)),
    "page": (
        ("nb_conversions", "nb_conversions_attrib", "revenue_attrib"),
        ("revenue_per_visit", "nb_conversions_page_rate"),
    ),
    "entry": (
        ("nb_conversions", "nb_conversions_entry", "revenue_entry"),
        ("revenue_per_visit", "revenue_per_entry", "nb_conversions_entry_rate"),
    ),
}


def type_of(column: str) -> str:
    """The type that Matomo gives a column."""
    if column.endswith(_PERCENT):
        return "percent"
    if column.startswith(_MONEY) and "per_entry" not in column:
        return "money"
    if column.startswith("avg_time_") or column == "avg_page_load_time":
        return "duration_s"
    return "number"


@dataclass(frozen=True, slots=True)
class Described:
    """A report. ``goals``: what columns of conversions its rows have; ``opens``: the action that opens a row; ``names``
    and ``types``: where columns are called otherwise than usual; ``dimensions``: the names of all levels."""

    category: str
    subcategory: str
    name: str
    module: str
    action: str
    about: str
    dimension: str = ""
    metrics: tuple[str, ...] = VISITS
    processed: tuple[str, ...] = RATES
    goals: Literal["", "visit", "page", "entry"] = ""
    opens: str = ""
    constant: bool = False
    parameters: Mapping[str, Json] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    dimensions: tuple[tuple[str, str], ...] = ()
    related: tuple[tuple[str, str, str], ...] = ()
    guide: bool = False
    is_subtable: bool = False

    @property
    def unique_id(self) -> str:
        """``Actions_getPageUrls``, ``Goals_get_idGoal--1``."""
        parameters = "".join(f"_{name}--{value}" for name, value in self.parameters.items())
        return f"{self.module}_{self.action}{parameters}"

    def named(self, columns: Iterable[str]) -> dict[str, str]:
        """Columns with their names."""
        return {column: self.names.get(column) or NAMES[column] for column in columns}

    def typed(self, columns: Iterable[str]) -> dict[str, str]:
        """Columns with their types."""
        return {column: self.types.get(column) or type_of(column) for column in columns}

    def as_json(self, site_id: int, period: str, date: str) -> dict[str, Json]:
        """As ``API.getReportMetadata`` tells it."""
        told: dict[str, Json] = {"category": self.category}
        told |= {"subcategory": self.subcategory} if self.subcategory else {}
        told |= {"name": self.name, "module": self.module, "action": self.action}
        told |= {"parameters": dict(self.parameters)} if self.parameters else {}
        told |= {"dimension": self.dimension} if self.dimension else {}
        told |= {"documentation": self.about}
        told |= {"onlineGuideUrl": "https://matomo.org/guides/"} if self.guide else {}
        told["metrics"] = self.named(self.metrics)
        told["metricsDocumentation"] = {
            column: _DOCUMENTED[column] for column in (*self.metrics, *self.processed) if column in _DOCUMENTED
        }
        if self.processed:
            told["processedMetrics"] = self.named(self.processed)
        more = ("conversion_rate",) if self.goals == "visit" and self.processed else ()
        told["metricTypes"] = self.typed(name for name in (*self.metrics, *self.processed, *more) if name != "label")
        if self.opens:
            told["actionToLoadSubTables"] = self.opens
        if self.dimensions:
            told["dimensions"] = dict(self.dimensions)
        if self.related:
            told["relatedReports"] = [
                {"name": name, "module": module, "action": action} for name, module, action in self.related
            ]
        if self.goals:
            metrics, processed = _GOALS[self.goals]
            told["metricsGoal"] = self.named(metrics)
            told["processedMetricsGoal"] = self.named(processed)
            told["metricTypesGoal"] = self.typed((*processed, *metrics, "conversion_rate"))
        if self.constant:
            told["constantRowsCount"] = True
        if self.is_subtable:
            told["isSubtableReport"] = True
        graph = f"index.php?module=API&method=ImageGraph.get&idSite={site_id}"
        graph += f"&apiModule={self.module}&apiAction={self.action}"
        graph += "".join(f"&{name}={value}" for name, value in self.parameters.items())
        told["imageGraphUrl"] = f"{graph}&period={period}&date={date}"
        if not self.constant or self.action == "getReferrerType":
            told["imageGraphEvolutionUrl"] = f"{graph}&period={period}&date={date}"
        return told | {"uniqueId": self.unique_id}
