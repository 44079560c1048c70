"""Matomo's Insights module: rows that changed most since an earlier period."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call, Params, PeriodKind, with_segment


def _percent(value: Any) -> float | None:
    """Read a percentage as a fraction: 0.75 from ``"75"``."""
    found = json_decoding.number(value)
    return None if found is None else found / 100


class Insight(msgspec.Struct, frozen=True, kw_only=True):
    """A report row whose visits changed."""

    label: str = ""
    growth: Annotated[float, _percent] = msgspec.field(name="growth_percent_numeric", default=0.0)
    """Relative change as a fraction: 0.75 for +75 %."""
    grown: bool = False
    value_old: float = 0.0
    """Visits in the earlier period."""
    value_new: float = 0.0
    """Visits in the requested period."""
    difference: float = 0.0
    """``value_new`` minus ``value_old``."""
    importance: float = 0.0
    is_disappeared: bool = msgspec.field(name="isDisappeared", default=False)
    """The row exists only in the earlier period."""
    is_new: bool = msgspec.field(name="isNew", default=False)
    """The row exists only in the requested period."""
    is_mover: bool = msgspec.field(name="isMover", default=False)
    """The row exists in both periods."""
    segment: str = ""
    """Segment expression that selects the row's visits."""
    url: str = ""


def get_movers_and_shakers(
    report_unique_id: str,
    *,
    site_id: int,
    period: PeriodKind,
    date: str,
    segment: str = "",
    compared_to_periods: int = 1,
    limit_increaser: int = 10,
    limit_decreaser: int = 10,
) -> Call[tuple[Insight, ...]]:
    """``Insights.getMoversAndShakers`` for one report (``Actions_getPageUrls``), compared to the period
    ``compared_to_periods`` earlier."""
    params: dict[str, str | int] = {"idSite": site_id, "period": period, "date": date}
    params |= {"reportUniqueId": report_unique_id, "comparedToXPeriods": compared_to_periods}
    params |= {"limitIncreaser": limit_increaser, "limitDecreaser": limit_decreaser}
    return Call("Insights.getMoversAndShakers", with_segment(params, segment), json_decoding.records(Insight))


def get_movers_and_shakers_overview(
    *, site_id: int, period: PeriodKind, date: str, segment: str = ""
) -> Call[Mapping[str, tuple[Insight, ...]]]:
    """``Insights.getMoversAndShakersOverview``: movers and shakers of the main reports, by report name."""
    params: Params = {"idSite": site_id, "period": period, "date": date}
    return Call("Insights.getMoversAndShakersOverview", with_segment(params, segment), _overview)


def get_insights_overview(
    *, site_id: int, period: PeriodKind, date: str, segment: str = ""
) -> Call[Mapping[str, tuple[Insight, ...]]]:
    """``Insights.getInsightsOverview``: as :func:`get_movers_and_shakers_overview`, with smaller changes too."""
    params: Params = {"idSite": site_id, "period": period, "date": date}
    return Call("Insights.getInsightsOverview", with_segment(params, segment), _overview)


def _overview(body: bytes) -> Mapping[str, tuple[Insight, ...]]:
    value = json_decoding.parse(body)
    if value == []:
        return {}
    if type(value) is not dict or not all(type(inner) in (list, dict) for inner in value.values()):
        raise ValueError("not an overview")
    return {name: json_decoding.build_each(Insight, inner) for name, inner in value.items()}
