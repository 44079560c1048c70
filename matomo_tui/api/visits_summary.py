"""Matomo's VisitsSummary module: totals of visits and actions."""

from __future__ import annotations

from typing import Annotated

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import BARE, Call, Params, PeriodKind, with_segment


class VisitsSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of ``VisitsSummary.get`` for one period."""

    nb_visits: Annotated[int, json_decoding.count] = 0
    nb_uniq_visitors: Annotated[int | None, json_decoding.count] = None
    """``None`` if Matomo does not compute it, as for a range or a year."""
    nb_users: int | None = None
    nb_actions: int = 0
    nb_visits_converted: int = 0
    bounce_rate: Annotated[float | None, json_decoding.share] = None
    """Fraction of visits with a single action: 0.38 for 38 %."""
    nb_actions_per_visit: float = 0.0
    avg_time_on_site: Annotated[float | None, json_decoding.amount] = None
    """Seconds."""
    max_actions: int = 0


MOST_OF_A_ROW = 256 * 1024
"""Limit in bytes of an answer with a single row: more than a hundred times its usual size."""


def get(site_id: int, period: PeriodKind, date: str, *, segment: str = "") -> Call[VisitsSummary]:
    """``VisitsSummary.get`` for one site and one period (not a multi-date)."""
    params: Params = {"idSite": site_id, "period": period, "date": date, **BARE}
    return Call(
        "VisitsSummary.get", with_segment(params, segment), json_decoding.record(VisitsSummary), most=MOST_OF_A_ROW
    )
