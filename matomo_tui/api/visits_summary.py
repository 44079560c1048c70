"""Matomo's VisitsSummary module: totals of visits and actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

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


def get_visits_of_sites_by_date(
    site_ids: Sequence[int], period: PeriodKind, dates: str, *, segment: str = ""
) -> Call[dict[int, tuple[int | None, ...]]]:
    """``VisitsSummary.get``: the visits of several sites in each of the ``dates`` (a multi-date, such as
    ``2026-11-01,2026-11-17``), the oldest first, by site; sites that Matomo leaves out are missing. A date without
    visits is 0. ``today`` would be the date in UTC if there are several sites. The call fails as a whole if one of the
    sites may not be viewed."""

    def decode(body: bytes) -> dict[int, tuple[int | None, ...]]:
        return {
            site: tuple(_visits(value) for _, value in sorted(dated.items()))
            for site, dated in _by_site(site_ids, body)
            if type(dated) is dict
        }

    return Call("VisitsSummary.get", _of_sites(site_ids, period, dates, segment), decode)


def _of_sites(site_ids: Sequence[int], period: PeriodKind, date: str, segment: str) -> Params:
    sites = ",".join(map(str, site_ids))
    params: Params = {"idSite": sites, "period": period, "date": date, "showColumns": "nb_visits", **BARE}
    return with_segment(params, segment)


def _by_site(site_ids: Sequence[int], body: bytes) -> list[tuple[int, Any]]:
    """The parts of an answer by site: the answer for a single site is not keyed by its id."""
    found = json_decoding.parse(body)
    if len(site_ids) == 1:
        return [(site_ids[0], found)]
    if type(found) is not dict:
        raise ValueError("no sites")
    return [(int(site), value) for site, value in found.items() if site.isdecimal()]


def _visits(value: Any) -> int | None:
    """The visits of one period: a bare number, an object with one column, or an empty list for none."""
    if type(value) is dict:
        value = value.get("nb_visits", value.get("value"))
    elif value == []:
        return 0
    return json_decoding.count(value)
