"""The three names of an event, and the two that each of Matomo's event reports has."""

from __future__ import annotations

SECOND = "secondaryDimension"
"""The parameter that selects the second level of an event report."""

NAMES = {"eventCategory": "Event Category", "eventAction": "Event Action", "eventName": "Event Name"}
"""The names for the user."""

METHODS = {"eventCategory": "Events.getCategory", "eventAction": "Events.getAction", "eventName": "Events.getName"}
"""The report that has each name on its first level."""

FIRST = {method: name for name, method in METHODS.items()}
DEFAULT_SECOND = {
    "Events.getCategory": "eventAction",
    "Events.getAction": "eventName",
    "Events.getName": "eventAction",
}
"""The second level without the parameter."""


def sub_method(method: str, second: str) -> str:
    """The API method that opens a row of ``method`` into its ``second`` names, such as ``Events.getNameFromActionId``;
    ``""`` if there is none."""
    first = FIRST.get(method, "")
    if not first or second not in NAMES or second == first:
        return ""
    return f"Events.get{second.removeprefix('event')}From{first.removeprefix('event')}Id"
