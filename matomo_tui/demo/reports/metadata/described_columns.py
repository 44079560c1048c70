"""Names, types and documentation of report columns, and the columns of each kind of report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for entry in " ".join(text.split()).split(" | "):
        column, _, name = entry.partition(": ")
        yield column, name


NAMES: dict[str, str] = dict(
    _pairs("""
label: Label | nb_visits: Visits | nb_uniq_visitors: Unique visitors | nb_users: Users | nb_actions: Actions |
max_actions: Maximum actions in one visit | nb_visits_converted: Visits with Conversions |
nb_actions_per_visit: Actions per Visit | avg_time_on_site: Avg. Time on Website | bounce_rate: Bounce Rate |
conversion_rate: Conversion Rate | nb_conversions: Conversions | revenue: Revenue |
revenue_per_visit: Revenue per Visit | nb_visits_percentage: % Visits | nb_pageviews: Pageviews |
nb_uniq_pageviews: Unique Pageviews | nb_downloads: Downloads | nb_uniq_downloads: Unique Downloads |
nb_outlinks: Outlinks | nb_uniq_outlinks: Unique Outlinks | nb_searches: Searches | nb_keywords: Unique Keywords |
nb_hits: Pageviews | avg_time_on_page: Avg. time on page | exit_rate: Exit rate | hits: Hits |
avg_time_generation: Avg. generation time | entry_nb_visits: Entrances | entry_bounce_count: Bounces |
exit_nb_visits: Exits | nb_pages_per_search: Search Results pages | ai_chatbots_requests: AI Chatbots Requests |
nb_hits_following_search: Clicked in search results | nb_conversions_attrib: Conversions | revenue_attrib: Revenue |
nb_conversions_page_rate: Viewed before conversion rate | nb_conversions_entry: Conversions | revenue_entry: Revenue |
revenue_per_entry: Revenue per Entry | nb_conversions_entry_rate: Conversion Rate | nb_events: Events |
sum_event_value: Event value | min_event_value: Minimum Event value | max_event_value: Maximum Event value |
avg_event_value: Average value of an event | nb_events_with_value: Events with a value | nb_impressions: Impressions |
nb_interactions: Content Interactions | interaction_rate: Interaction Rate | avg_time_network: Avg. network time |
avg_time_server: Avg. server time | avg_time_transfer: Avg. transfer time |
avg_time_dom_processing: Avg. DOM processing time | avg_time_dom_completion: Avg. DOM completion time |
avg_time_on_load: Avg. on load time | avg_page_load_time: Avg. page load time | revenue_subtotal: Subtotal |
revenue_tax: Tax | revenue_shipping: Shipping | revenue_discount: Discount | items: Purchased Products |
avg_order_revenue: Average Order Value | quantity: Quantity | orders: Unique Purchases | avg_price: Average Price |
avg_quantity: Average Quantity | ecommerce_revenue: Product Revenue | visits_evolution: Visits Evolution |
actions_evolution: Actions Evolution | pageviews_evolution: Pageviews Evolution | hits_evolution: Hits Evolution |
ai_chatbots_requests_evolution: AI Chatbots Requests Evolution | revenue_evolution: Revenue Evolution |
nb_conversions_evolution: Conversions Evolution | orders_evolution: Ecommerce Orders Evolution |
ecommerce_revenue_evolution: Product Revenue Evolution | nb_requests: Requests | bytes_sent: Data sent |
max_bytes: Largest file | cache_hit_rate: From cache | avg_first_byte: Avg. time to first byte |
requests: Requests | page_requests: Page Requests | document_requests: Document Requests |
visits_acquired: Acquired visits | BotTracking_AIChatbotsRequests: Requests |
BotTracking_AIChatbotsAcquiredVisits: Acquired visits | BotTracking_AIChatbotsUniquePageUrls: Unique page URLs |
BotTracking_AIChatbotsNotFoundRequests: Not found requests | BotTracking_AIChatbotsUniqueChatbots: Unique AI chatbots |
BotTracking_AIChatbotsUniqueDocumentUrls: Unique document URLs |
BotTracking_AIChatbotsServerErrorRequests: Server error (5xx) requests |
BotTracking_AIChatbotsClickThroughRate: Click-through rate | nb_uniq_visitors_returning: Unique returning visitors |
max_actions_returning: Maximum actions in one returning visit | nb_uniq_visitors_new: Unique new visitors |
max_actions_new: Maximum actions in one new visit | nb_uniq_visitors_ai_agent: Unique AI Agent Visitors |
max_actions_ai_agent: Maximum Actions in one AI Agent Visit | nb_uniq_visitors_human: Unique Human Visitors |
max_actions_human: Maximum Actions in one Human Visit
""")
)
"""The default name of every column."""

for _half, _name in (("returning", "Returning"), ("new", "New"), ("ai_agent", "AI Agent"), ("human", "Human")):
    NAMES |= {
        f"nb_visits_{_half}": f"{_name} Visits",
        f"nb_actions_{_half}": f"Actions by {_name} Visits",
        f"nb_users_{_half}": f"{_name} Users",
        f"avg_time_on_site_{_half}": f"Avg. Duration of a {_name} Visit (in sec)",
        f"nb_actions_per_visit_{_half}": f"Avg. Actions per {_name} Visit",
        f"bounce_rate_{_half}": f"Bounce Rate for {_name} Visits",
    }
_CHANNELS = {
    "SearchEngines": "Search Engines",
    "SocialNetworks": "Social Networks",
    "DirectEntry": "Direct Entry",
    "Websites": "Websites",
    "Campaigns": "Campaigns",
    "AIAssistants": "AI Assistants",
}
for _channel, _name in _CHANNELS.items():
    NAMES[f"Referrers_visitorsFrom{_channel}"] = f"Visitors from {_name}"
    NAMES[f"Referrers_visitorsFrom{_channel}_percent"] = f"Percent of Visitors from {_name}"
    NAMES[f"Referrers_distinct{_channel}"] = f"Distinct {_name if _name[0:2] == 'AI' else _name.lower()}"
NAMES |= {"Referrers_distinctKeywords": "Distinct keywords", "Referrers_distinctAIAssistants": "Distinct AI assistants"}

DOCUMENTATION: Mapping[str, str] = {
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

_TYPES = {"bytes_sent": "byte", "max_bytes": "byte", "avg_first_byte": "duration_ms"}
_MONEY = ("revenue", "avg_order_revenue", "avg_price", "ecommerce_revenue")
_PERCENT = ("_rate", "_percent", "_percentage", "_evolution", "ClickThroughRate")


def type_of(column: str) -> str:
    if column.endswith(_PERCENT) or column.startswith("bounce_rate"):
        return "percent"
    if column.startswith(_MONEY) and "per_entry" not in column:
        return "money"
    if column.startswith("avg_time_") or column == "avg_page_load_time":
        return "duration_s"
    return _TYPES.get(column, "number")


class DescribedColumns(NamedTuple):
    """The columns of one kind of report."""

    metrics: tuple[str, ...]
    processed: tuple[str, ...] = ()
    """Averages and rates, which the server computes from the metrics."""
    goals: str = ""
    """The conversion columns of its rows: a key of ``GOAL_COLUMNS`` or empty."""
    names: Mapping[str, str] = {}
    """Names that differ from the defaults."""


def _set(metrics: str, processed: str = "", goals: str = "", **names: str) -> DescribedColumns:
    return DescribedColumns(tuple(metrics.split()), tuple(processed.split()), goals, names)


def _halves(*halves: str) -> DescribedColumns:
    counted = ("nb_visits", "nb_actions", "nb_uniq_visitors", "nb_users", "max_actions")
    averaged = ("avg_time_on_site", "nb_actions_per_visit", "bounce_rate")
    return DescribedColumns(_with_suffix(counted, halves), _with_suffix(averaged, halves))


def _with_suffix(columns: Iterable[str], halves: Iterable[str]) -> tuple[str, ...]:
    columns = tuple(columns)
    return tuple(f"{column}_{half}" for half in halves for column in columns)


_VISITS = "nb_visits nb_uniq_visitors nb_actions nb_users"
_RATES = "nb_actions_per_visit avg_time_on_site bounce_rate"
_TIMES = "avg_time_network avg_time_server avg_time_transfer avg_time_dom_processing avg_time_dom_completion"
_TIMES += " avg_time_on_load avg_page_load_time"
_FIVE_CHANNELS = tuple(_CHANNELS)[:5]
_SEARCHED = {"nb_visits": "Searches", "exit_rate": "% Search Exits"}

COLUMN_SETS: Mapping[str, DescribedColumns] = {
    "sites": _set(
        "nb_visits nb_actions nb_pageviews revenue nb_conversions orders ecommerce_revenue",
        "visits_evolution actions_evolution pageviews_evolution revenue_evolution nb_conversions_evolution"
        " orders_evolution ecommerce_revenue_evolution",
        orders="Ecommerce Orders",
    ),
    "summary": _set(
        "nb_uniq_visitors nb_visits nb_users nb_actions max_actions",
        "bounce_rate nb_actions_per_visit avg_time_on_site",
        avg_time_on_site="Avg. Visit Duration (in seconds)",
    ),
    "places": _set("nb_visits nb_uniq_visitors nb_actions", _RATES, "visit"),
    "visits": _set(_VISITS, f"{_RATES} conversion_rate"),
    "visits and goals": _set(_VISITS, _RATES, "visit"),
    "count": _set("nb_visits"),
    "shares": _set("nb_visits", "nb_visits_percentage"),
    "users": _set("label nb_visits nb_actions nb_visits_converted", f"{_RATES} conversion_rate", label="User ID"),
    "halves": _halves("returning", "new"),
    "agents": _halves("ai_agent", "human"),
    "main": _set(
        "nb_pageviews nb_uniq_pageviews nb_downloads nb_uniq_downloads nb_outlinks nb_uniq_outlinks nb_searches"
        " nb_keywords",
        "avg_time_generation",
    ),
    "pages": _set(
        "nb_hits nb_visits",
        "avg_time_on_page bounce_rate exit_rate avg_time_generation",
        "page",
        nb_visits="Unique Pageviews",
    ),
    "entries": _set("entry_nb_visits entry_bounce_count", "bounce_rate avg_time_generation", "entry"),
    "exits": _set("exit_nb_visits nb_visits", "exit_rate avg_time_generation", nb_visits="Unique Pageviews"),
    "keywords": _set("nb_visits nb_pages_per_search", "exit_rate", **_SEARCHED),
    "no results": _set("nb_visits", "exit_rate", **_SEARCHED),
    "search categories": _set("nb_visits nb_pages_per_search exit_rate", **_SEARCHED),
    "following": _set("nb_hits_following_search nb_hits", **_SEARCHED),
    "clicks": _set("nb_visits nb_hits", nb_visits="Unique Clicks", nb_hits="Clicks"),
    "downloads": _set("nb_visits nb_hits", nb_visits="Unique Downloads", nb_hits="Downloads"),
    "events": _set("nb_events sum_event_value min_event_value max_event_value nb_events_with_value", "avg_event_value"),
    "contents": _set("nb_impressions nb_interactions", "interaction_rate"),
    "load times": _set(_TIMES, _TIMES),
    "channels": DescribedColumns(
        (
            *(f"Referrers_visitorsFrom{each}{end}" for each in _FIVE_CHANNELS for end in ("", "_percent")),
            *(f"Referrers_distinct{each}" for each in ("SearchEngines", "SocialNetworks", "Websites", "Keywords")),
            "Referrers_distinctCampaigns",
        )
    ),
    "orders": _set(
        "nb_conversions nb_visits_converted conversion_rate revenue revenue_subtotal revenue_tax revenue_shipping"
        " revenue_discount items",
        "avg_order_revenue",
        nb_conversions="Ecommerce Orders",
    ),
    "carts": _set(
        "nb_conversions conversion_rate revenue items",
        "avg_order_revenue",
        nb_conversions="Abandoned Carts",
        revenue="Revenue left in cart",
        items="Products left in cart",
    ),
    "products": _set(
        "revenue quantity orders nb_visits",
        "avg_price avg_quantity conversion_rate",
        revenue="Product Revenue",
        conversion_rate="Product Conversion Rate",
    ),
    "conversions": _set("nb_conversions nb_visits_converted revenue", "conversion_rate"),
    "until": _set("nb_conversions"),
    "until and goals": _set("nb_conversions", goals="visit"),
    "files": _set("nb_requests bytes_sent max_bytes", "cache_hit_rate avg_first_byte"),
    "bots": _set(
        "BotTracking_AIChatbotsRequests BotTracking_AIChatbotsAcquiredVisits BotTracking_AIChatbotsUniquePageUrls"
        " BotTracking_AIChatbotsNotFoundRequests BotTracking_AIChatbotsUniqueChatbots"
        " BotTracking_AIChatbotsUniqueDocumentUrls BotTracking_AIChatbotsServerErrorRequests",
        "BotTracking_AIChatbotsClickThroughRate",
    ),
    "bot requests": _set("requests page_requests document_requests visits_acquired"),
}

GOAL_COLUMNS: Mapping[str, DescribedColumns] = {
    "visit": _set("nb_conversions revenue", "revenue_per_visit"),
    "page": _set("nb_conversions nb_conversions_attrib revenue_attrib", "revenue_per_visit nb_conversions_page_rate"),
    "entry": _set(
        "nb_conversions nb_conversions_entry revenue_entry",
        "revenue_per_visit revenue_per_entry nb_conversions_entry_rate",
    ),
}
"""Metrics and processed metrics of conversions."""
