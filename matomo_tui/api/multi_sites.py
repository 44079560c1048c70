"""Matomo's MultiSites module: every site on one line."""

from __future__ import annotations

from matomo_tui.api.calls import Call, Params, with_segment
from matomo_tui.api.reports import ReportTable, table_of


def get_all(
    period: str, date: str, *, segment: str = "", enhanced: bool = True, pattern: str = "", limit: int = -1
) -> Call[ReportTable]:
    """``MultiSites.getAll``: a row a site that the token sees, labelled with its name; ``idsite``, ``main_url`` and
    ``currencySymbol`` are among the values, ``visits_evolution`` is a fraction. ``enhanced`` adds
    conversions and orders."""
    params: Params = {"period": period, "date": date, "filter_limit": limit}
    if enhanced:
        params = {**params, "enhanced": 1}
    if pattern:
        params = {**params, "pattern": pattern}
    return Call("MultiSites.getAll", with_segment(params, segment), table_of)
