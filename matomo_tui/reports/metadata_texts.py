"""Names and explanations in the metadata of the server's reports, as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matomo_tui.api.entities import unescape
from matomo_tui.api.metadata import ReportMetadata
from matomo_tui.sanitize import sanitize

_TAG = re.compile(r"<[^>]{0,1000}>")


def goal_names(metadata: Iterable[ReportMetadata]) -> dict[str, str]:
    """The names of the site's goals and orders by id, from the reports about one of them."""
    names: dict[str, str] = {}
    for entry in metadata:
        goal = entry.parameters.get("idGoal", "")
        if (entry.module, entry.action) == ("Goals", "get") and goal not in ("", "0"):
            names[goal] = sanitize(entry.name).removeprefix("Goal ")
    return names


def rate_name(metadata: Iterable[ReportMetadata]) -> str:
    """The server's name of the conversion rate, which only the reports about goals tell."""
    found = ({**entry.metrics, **entry.processed_metrics}.get("conversion_rate", "") for entry in metadata)
    return next(filter(None, found), "Conversion Rate")


def meanings_of(metadata: Iterable[ReportMetadata]) -> dict[str, str]:
    """What each metric means, from the first report that says so: few reports explain the metrics of goals.

    The reports of products and of the time to a conversion have their own meaning of revenue and conversions.
    """
    found: dict[str, str] = {}
    for entry in metadata:
        if entry.module == "Goals" and entry.action != "get":
            continue
        for key, text in entry.metrics_documentation.items():
            found.setdefault(key, plain_text(text))
    return found


def plain_text(documentation: str) -> str:
    """The server's HTML as one line of text."""
    text = unescape(_TAG.sub(" ", documentation[:8000]))
    return sanitize(" ".join(text.split()), 2000).replace(" .", ".")
