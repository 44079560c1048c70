"""Matomo's Goals module: so far only the totals that the live screen shows."""

from __future__ import annotations

import msgspec

from matomo_tui.api.calls import Call


class GoalsSummary(msgspec.Struct, frozen=True, kw_only=True):
    """``Goals.get`` over all goals and orders; money in the site's currency, the rate as a fraction."""

    nb_conversions: int = 0
    nb_visits_converted: int = 0
    revenue: float = 0.0
    conversion_rate: float = 0.0


def get(site_id: int, period: str, date: str, *, segment: str = "") -> Call[GoalsSummary]:
    """``Goals.get`` for one site and one period."""
    raise NotImplementedError
