"""Matomo's VisitsSummary module."""

from __future__ import annotations

from typing import Annotated

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import BARE, Call, Params, PeriodKind, with_segment


class VisitsSummary(msgspec.Struct, frozen=True, kw_only=True):
    """``VisitsSummary.get`` for one period. What was not sent or cannot be is ``None``, such as the unique visitors of
    a range or a year.

    ``bounce_rate`` is a fraction (0.38), ``avg_time_on_site`` in seconds.
    """

    nb_visits: Annotated[int, json_decoding.count] = 0
    nb_uniq_visitors: Annotated[int | None, json_decoding.count] = None
    nb_users: int | None = None
    nb_actions: int = 0
    nb_visits_converted: int = 0
    bounce_rate: Annotated[float | None, json_decoding.share] = None
    nb_actions_per_visit: float = 0.0
    avg_time_on_site: Annotated[float | None, json_decoding.amount] = None
    max_actions: int = 0


MOST_OF_A_ROW = 256 * 1024
"""Bytes that a report of a single row can be at most, with room for a hundred times that."""


def get(site_id: int, period: PeriodKind, date: str, *, segment: str = "") -> Call[VisitsSummary]:
    """``VisitsSummary.get`` for one site and one period (not a multi-date)."""
    params: Params = {"idSite": site_id, "period": period, "date": date, **BARE}
    return Call(
        "VisitsSummary.get", with_segment(params, segment), json_decoding.record(VisitsSummary), most=MOST_OF_A_ROW
    )
