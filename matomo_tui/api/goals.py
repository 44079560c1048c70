"""Matomo's Goals module: so far only the totals that the live screen shows."""

from __future__ import annotations

from typing import Annotated

import msgspec

from matomo_tui.api import loose
from matomo_tui.api.calls import Call, Params, with_segment


class GoalsSummary(msgspec.Struct, frozen=True, kw_only=True):
    """``Goals.get`` over all goals and orders; money in the site's currency, the rate as a fraction."""

    nb_conversions: int = 0
    nb_visits_converted: int = 0
    revenue: float = 0.0
    conversion_rate: Annotated[float, loose.fraction] = 0.0


def get(site_id: int, period: str, date: str, *, segment: str = "") -> Call[GoalsSummary]:
    """``Goals.get`` for one site and one period."""
    params: Params = {"idSite": site_id, "period": period, "date": date}
    return Call("Goals.get", with_segment(params, segment), loose.record(GoalsSummary))
