"""Names and explanations in the metadata of the server's reports, as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from matomo_tui.api.entities import unescape
from matomo_tui.api.metadata import ReportMetadata
from matomo_tui.sanitize import sanitize

_TAG = re.compile(r"<[^>]{0,1000}>")


_OVERVIEW = "0"
"""The id of all goals in the reports about goals."""


def goal_names(metadata: Iterable[ReportMetadata]) -> dict[str, str]:
    """The names of the site's goals and orders by id, from the reports about one of them.

    Matomo calls the figures of a goal ``Ziel Newsletter`` or ``Newsletter目标``, by its language. The reports of what
    comes before a conversion begin with the goal's own name, and end as that about all goals does.
    """
    names: dict[str, dict[str, str]] = {}
    for entry in metadata:
        if entry.module == "Goals" and (goal := entry.parameters.get("idGoal", "")):
            names.setdefault(entry.action, {})[goal] = entry.name
    figures = names.pop("get", {})
    overview = figures.pop(_OVERVIEW, "")
    return {goal: sanitize(_own_name(goal, name, overview, names.values())) for goal, name in figures.items()}


def _own_name(goal: str, name: str, overview: str, others: Iterable[Mapping[str, str]]) -> str:
    """The name of a goal whose figures are called ``name``, and those of all goals ``overview``."""
    for names in others:
        beginning, _, ending = names.get(_OVERVIEW, "").partition(overview) if overview else ("", "", "")
        own = names.get(goal, "").removesuffix(ending)
        if own and ending and not beginning and own in name:
            return own
    return name.removeprefix("Goal ")


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
