"""Matomo's VisitTime module: visits by the hour of the day."""

from __future__ import annotations

from typing import Annotated

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import BARE, EVERY, Call, Params, PeriodKind, with_segment


class VisitHour(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of ``VisitTime.getVisitInformationPerServerTime``. Figures that Matomo leaves out are 0."""

    label: str
    """The hour on the site's clock: ``"00"`` to ``"23"``."""
    nb_visits: Annotated[int, json_decoding.count] = 0
    """Visits that began in the hour."""
    nb_conversions: Annotated[int, json_decoding.count] = 0
    """Conversions of these visits: goals and orders."""
    revenue: float = 0.0
    """Of these conversions, in the site's currency."""

    @property
    def hour(self) -> int | None:
        """The hour as a number; ``None`` if the label is none."""
        hour = json_decoding.integer(self.label.removesuffix("h"))
        return hour if hour is not None and 0 <= hour < 24 else None


def get_by_site_hour(site_id: int, period: PeriodKind, date: str, *, segment: str = "") -> Call[tuple[VisitHour, ...]]:
    """``VisitTime.getVisitInformationPerServerTime``: 24 hours on the site's clock; empty without any visit."""
    columns = "label,nb_visits,nb_conversions,revenue"
    params: Params = {"idSite": site_id, "period": period, "date": date, "showColumns": columns, **EVERY, **BARE}
    return Call(
        "VisitTime.getVisitInformationPerServerTime",
        with_segment(params, segment),
        json_decoding.records(VisitHour),
    )
