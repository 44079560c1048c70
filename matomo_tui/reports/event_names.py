"""The three names of an event, and which two of them each of Matomo's event reports has."""

from __future__ import annotations

SECOND = "secondaryDimension"
"""The parameter by which a report of events is asked for its second level."""

NAMES = {"eventCategory": "Event Category", "eventAction": "Event Action", "eventName": "Event Name"}
"""What the three are called."""

METHODS = {"eventCategory": "Events.getCategory", "eventAction": "Events.getAction", "eventName": "Events.getName"}
"""The report of which each is the first level."""

FIRST = {method: name for name, method in METHODS.items()}
DEFAULT_SECOND = {
    "Events.getCategory": "eventAction",
    "Events.getAction": "eventName",
    "Events.getName": "eventAction",
}
"""The second level where none is asked for."""


def sub_method(method: str, second: str) -> str:
    """What opens a row of ``method`` into its ``second`` names, ``Events.getNameFromActionId``; ``""`` where there is
    nothing of the kind."""
    first = FIRST.get(method, "")
    if not first or second not in NAMES or second == first:
        return ""
    return f"Events.get{second.removeprefix('event')}From{first.removeprefix('event')}Id"
