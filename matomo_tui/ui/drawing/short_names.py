"""Short forms of Matomo's English metric names, for narrow columns. Names in other languages are cut off instead."""

from __future__ import annotations

from typing import Final

SHORT_METRIC_NAMES: Final = {
    "% Search Exits": "% Exits",
    "Actions per Visit": "Actions/visit",
    "Average Order Value": "Avg. order",
    "Average Price": "Avg. price",
    "Average Quantity": "Avg. qty",
    "Average value of an event": "Avg. value",
    "Avg. Time on Website": "Avg. time",
    "Avg. Visit Duration": "Avg. duration",
    "Avg. generation time": "Generation",
    "Avg. page load time": "Page load",
    "Avg. time on page": "Avg. time",
    "Clicked in search results": "Clicked",
    "Content Interactions": "Interactions",
    "Conversion Rate": "Rate",
    "Events with a value": "With value",
    "Maximum Event value": "Max. value",
    "Maximum actions in one visit": "Max. actions",
    "Minimum Event value": "Min. value",
    "Product Conversion Rate": "Rate",
    "Product Revenue": "Revenue",
    "Search Results pages": "Results",
    "The average of all values for this event": "Avg. value",
    "Unique Clicks": "Unique",
    "Unique Downloads": "Unique",
    "Unique Keywords": "Keywords",
    "Unique Outlinks": "Unique",
    "Unique Pageviews": "Unique PVs",
    "Unique Purchases": "Purchases",
    "Unique entrances (sum of days)": "Daily unique",
    "Unique exits (sum of days)": "Daily unique",
    "Unique visitors": "Unique",
    "Unique visitors (sum of days)": "Daily unique",
    "Users (sum of days)": "Daily users",
    "Visits with Conversions": "Converted",
}
"""Short names by whole name."""
