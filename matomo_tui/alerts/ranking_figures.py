"""Finds a row of the live screen's rankings by its label."""

from __future__ import annotations

from collections.abc import Mapping

from matomo_tui.live.snapshot import Ranking

RANKINGS: Mapping[str, str] = {
    "pages": "paths",
    "sources": "sources",
    "countries": "countries",
    "devices": "devices",
    "events": "happenings",
}
"""Names of rankings in a rule, and the parts of a snapshot that they are. Pages are those without query."""


def ranked_value(ranking: Ranking, row: str, column: str) -> float | None:
    """Return a figure of the row with the label ``row`` (in any case), 0 if the ranking lacks it.

    ``column`` is ``here`` or ``recent``. ``None``: the ranking is cut, and the row may be below its end.
    """
    wanted = row.casefold()
    values = [one.here if column == "here" else one.recent for one in ranking.rows if one.label.casefold() == wanted]
    if values:
        return float(sum(values))
    return 0.0 if ranking.total <= len(ranking.rows) else None
