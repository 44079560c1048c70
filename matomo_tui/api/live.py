"""Matomo's Live module: counters, visits with their actions, visitor profiles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Any

import msgspec

from matomo_tui.api import id_pattern, json_decoding
from matomo_tui.api.calls import Call, Params, PeriodKind, with_segment


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of ``Live.getCounters``: counts over the last minutes. Columns that were not requested are ``None``."""

    visits: Annotated[int | None, json_decoding.count] = None
    actions: Annotated[int | None, json_decoding.count] = None
    visitors: Annotated[int | None, json_decoding.count] = None
    visits_converted: Annotated[int | None, json_decoding.count] = msgspec.field(default=None, name="visitsConverted")


class ItemDetail(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product in an order or a cart."""

    item_sku: str = msgspec.field(default="", name="itemSKU")
    item_name: str = ""
    price: float = 0.0
    """Price of one unit, in the site's currency."""
    quantity: Annotated[int, json_decoding.count] = 0


class Action(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One entry of ``actionDetails`` of a visit."""

    type: str = ""
    """``action``, ``outlink``, ``download``, ``event``, ``goal``, ``ecommerceOrder``, ``ecommerceAbandonedCart``,
    ``search``, or any other text or number of a plug-in, such as ``"13"`` for a content impression."""
    url: str = ""
    title: str = ""
    subtitle: str = ""
    page_title: str = ""
    page_id: str = ""
    timestamp: Annotated[int, json_decoding.instant] = 0
    """Matomo's own value: seconds, **shifted by the site's time zone**, not UTC."""
    time_spent: Annotated[int | None, json_decoding.count] = None
    """Seconds."""
    goal_name: str = ""
    goal_id: int | None = None
    revenue: float | None = None
    """Of a conversion, order or cart, in the site's currency."""
    order_id: str = ""
    items: Annotated[int | None, json_decoding.count] = None
    item_details: tuple[ItemDetail, ...] = ()
    event_category: str = ""
    event_action: str = ""
    event_name: str = ""
    event_value: float | None = None
    site_search_keyword: str = ""
    site_search_category: str = ""
    site_search_count: Annotated[int | None, json_decoding.count] = None
    content_name: str = ""
    content_piece: str = ""
    content_interaction: str = ""


class Visit(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One visit of ``Live.getLastVisitsDetails``. Missing, ``null`` and ``false`` values are ``""`` or ``None``."""

    id_visit: int
    id_site: int = 0
    visitor_id: str = ""
    visit_ip: str = ""
    user_id: str = ""
    first_action_timestamp: Annotated[int, json_decoding.instant] = 0
    """UTC epoch in seconds."""
    last_action_timestamp: Annotated[int, json_decoding.instant] = 0
    """UTC epoch in seconds."""
    server_timestamp: Annotated[int, json_decoding.instant] = 0
    """UTC epoch in seconds of the first hit."""
    visitor_type: str = ""
    """``new``, ``returning`` or ``returningCustomer``."""
    visit_count: Annotated[int | None, json_decoding.count] = None
    """Number of this visit among the visitor's visits, from 1."""
    visit_duration: Annotated[int, json_decoding.count] = 0
    """Seconds."""
    actions: Annotated[int, json_decoding.count] = 0
    events: Annotated[int, json_decoding.count] = 0
    searches: Annotated[int, json_decoding.count] = 0
    referrer_type: str = ""
    referrer_type_name: str = ""
    referrer_name: str = ""
    referrer_keyword: str = ""
    referrer_url: str = ""
    device_type: str = ""
    device_brand: str = ""
    device_model: str = ""
    operating_system: str = ""
    browser: str = ""
    country: str = ""
    country_code: str = ""
    region: str = ""
    city: str = ""
    language: str = ""
    resolution: str = ""
    goal_conversions: Annotated[int, json_decoding.count] = 0
    visit_ecommerce_status: str = ""
    total_ecommerce_revenue: float = 0.0
    """Revenue of all the visitor's visits, in ``site_currency``; ``action_details`` has this visit's revenue."""
    total_abandoned_carts_revenue: float = 0.0
    """Abandoned carts of all the visitor's visits, in ``site_currency``."""
    site_currency: str = ""
    """ISO 4217 code of the visit's own site, which may differ within a roll-up."""
    site_currency_symbol: str = ""
    site_name: str = ""
    action_details: tuple[Action, ...] = ()
    truncated_actions_count: Annotated[int, json_decoding.count] = 0
    """Further actions, after those in ``action_details``: Matomo returns the first 500 unless it is configured."""


class LabelCount(msgspec.Struct, frozen=True):
    """A label and its number of occurrences."""

    label: str
    count: int


def _pages(value: Any) -> tuple[LabelCount, ...]:
    return _counted(value, "url", "count")


def _searches(value: Any) -> tuple[LabelCount, ...]:
    return _counted(value, "keyword", "searches")


def _devices(value: Any) -> tuple[LabelCount, ...]:
    return _counted(value, "type", "count")


def _countries(value: Any) -> tuple[LabelCount, ...]:
    return _counted(value, "prettyName", "nb_visits")


def _counted(value: Any, label: str, count: str) -> tuple[LabelCount, ...]:
    rows = (entry for entry in json_decoding.entries(value) if type(entry) is dict)
    return tuple(
        LabelCount(json_decoding.text(row.get(label)) or "", json_decoding.count(row.get(count)) or 0) for row in rows
    )


class ProfileEdge(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A visitor's first or last visit."""

    timestamp: Annotated[int, json_decoding.instant] = msgspec.field(default=0, name="date")
    """UTC epoch in seconds."""
    days_ago: Annotated[int, json_decoding.count] = 0
    referral_summary: str = ""


class VisitorProfile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer of ``Live.getVisitorProfile``: one visitor over all stored visits."""

    visitor_id: str
    user_id: str = ""
    total_visits: Annotated[int, json_decoding.count] = 0
    total_visit_duration: Annotated[int, json_decoding.count] = 0
    """Seconds."""
    total_actions: Annotated[int, json_decoding.count] = 0
    total_page_views: Annotated[int, json_decoding.count] = 0
    total_events: Annotated[int, json_decoding.count] = 0
    total_searches: Annotated[int, json_decoding.count] = 0
    total_downloads: Annotated[int, json_decoding.count] = 0
    total_outlinks: Annotated[int, json_decoding.count] = 0
    total_goal_conversions: Annotated[int, json_decoding.count] = 0
    total_ecommerce_revenue: float = 0.0
    """In the site's currency."""
    total_ecommerce_conversions: Annotated[int, json_decoding.count] = 0
    has_more_visits: bool = False
    first_visit: ProfileEdge | None = None
    last_visit: ProfileEdge | None = None
    visited_pages: Annotated[tuple[LabelCount, ...], _pages] = ()
    searches: Annotated[tuple[LabelCount, ...], _searches] = ()
    devices: Annotated[tuple[LabelCount, ...], _devices] = ()
    countries: Annotated[tuple[LabelCount, ...], _countries] = ()
    next_visitor_id: str | None = None
    previous_visitor_id: str | None = None
    last_visits: tuple[Visit, ...] = ()


_COUNTERS_MOST = 64 * 1024
"""Limit of a ``Live.getCounters`` answer in bytes: more than a hundred times its usual size."""
_VISIT_MOST = 20 * 1024
"""Limit in bytes per visit of many. With the live screen's columns a visit has 1.3 kB on average."""
_VISITS_LEAST = 1024 * 1024
"""Limit in bytes even for a single visit: 500 actions of 2 kB."""


def get_counters(
    site_id: int, last_minutes: int, *, columns: Sequence[str] = ("visits", "actions"), segment: str = ""
) -> Call[Counters]:
    """``Live.getCounters`` over ``last_minutes`` (1 to 2880).

    ``columns`` are names of Matomo's columns: ``visits``, ``actions``, ``visitors`` (slow on large tables) and
    ``visitsConverted``. The call fails with ``NotMatomo`` if a requested column is not a count (``[[]]``, ``null``, a
    negative number): the figures are then unknown, and 0 would look like a real figure."""
    params: dict[str, str | int] = {"idSite": site_id, "lastMinutes": last_minutes}
    if columns:
        params["showColumns"] = ",".join(columns)
    wanted = [_COUNTED.get(column, column) for column in columns or ("visits", "actions")]
    return Call(
        "Live.getCounters", with_segment(params, segment), lambda body: _counters(body, wanted), most=_COUNTERS_MOST
    )


_COUNTED = {"visitsConverted": "visits_converted"}


def _counters(body: bytes, wanted: Sequence[str]) -> Counters:
    """Decode the counters. Raises ``ValueError`` if one of the ``wanted`` fields is missing or not a count."""
    found = json_decoding.record(Counters)(body)
    missing = [name for name in wanted if getattr(found, name) is None]
    if missing:
        raise ValueError(f"no count of {', '.join(missing)}")
    return found


def get_last_visits_details(
    site_id: int,
    *,
    limit: int,
    offset: int = 0,
    min_timestamp: int | None = None,
    period: PeriodKind | None = None,
    date: str | None = None,
    segment: str = "",
    columns: Sequence[str] = (),
    ascending: bool = False,
    ids: Collection[int] = (),
    other_than: Collection[int] = (),
) -> Call[tuple[Visit, ...]]:
    """``Live.getLastVisitsDetails``: visits, the one with the latest action first, or last if ``ascending``.

    ``min_timestamp`` (UTC epoch in seconds) selects visits with a strictly later last action. ``columns`` are the
    columns to return by Matomo's names (``showColumns``); without them the answer is three times as large.

    Of the visits that the other parameters select, only those with one of the ``ids`` are returned, or those
    ``other_than`` some. Matomo drops the rest before it reads their actions, which is most of its work, and after it
    has applied ``limit`` (observed on 5.0.2 and 5.8.0; the column's name is that of the database).
    """
    params: dict[str, str | int] = {"idSite": site_id, "filter_limit": limit}
    if offset:
        params["filter_offset"] = offset
    if min_timestamp is not None:
        params["minTimestamp"] = min_timestamp
    if ascending:
        params["filter_sort_order"] = "asc"
    if ids or other_than:
        params["filter_column"] = "idvisit"
        params["filter_pattern"] = id_pattern.one_of(ids) if ids else id_pattern.none_of(other_than)
    if period is not None:
        params["period"] = period
    if date is not None:
        params["date"] = date
    if columns:
        params["showColumns"] = ",".join(columns)
    most = max(_VISITS_LEAST, _VISIT_MOST * limit) if columns and limit > 0 else None
    return Call("Live.getLastVisitsDetails", with_segment(params, segment), json_decoding.records(Visit), most=most)


class SiteHit(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The last action of a visit to one of several sites."""

    id_visit: int
    id_site: int = 0
    last_action_timestamp: Annotated[int, json_decoding.instant] = 0
    """UTC epoch in seconds."""


_SITE_HIT_MOST = 1024
"""Limit of a ``SiteHit`` in bytes: twenty times its usual size."""


def get_last_hits(site_ids: Sequence[int], *, limit: int, min_timestamp: int) -> Call[tuple[SiteHit, ...]]:
    """``Live.getLastVisitsDetails`` without actions: the latest visits to any of ``site_ids``, the newest action first.

    Without ``site_ids``: to all sites that the token may view. Only visits with an action strictly after
    ``min_timestamp`` (UTC epoch in seconds) are returned. The call fails as a whole if one of the sites may not be
    viewed, or has its visits log switched off."""
    params: Params = {
        "idSite": ",".join(map(str, site_ids)) or "all",
        "filter_limit": limit,
        "minTimestamp": min_timestamp,
        "showColumns": "idVisit,idSite,lastActionTimestamp",
        "doNotFetchActions": 1,
    }
    most = _VISITS_LEAST + _SITE_HIT_MOST * limit
    return Call("Live.getLastVisitsDetails", params, json_decoding.records(SiteHit), most=most)


def get_visitor_profile(site_id: int, visitor_id: str, *, limit_visits: int = 10) -> Call[VisitorProfile | None]:
    """``Live.getVisitorProfile``; ``None`` if the visitor does not exist."""
    params: Params = {"idSite": site_id, "visitorId": visitor_id, "limitVisits": limit_visits}
    return Call("Live.getVisitorProfile", params, json_decoding.record_or_none(VisitorProfile))


def get_most_recent_visitor_id(site_id: int, *, segment: str = "") -> Call[str]:
    """``Live.getMostRecentVisitorId``: id of the visitor with the most recent visit."""
    return Call(
        "Live.getMostRecentVisitorId",
        with_segment({"idSite": site_id}, segment),
        json_decoding.scalar(json_decoding.text),
    )
