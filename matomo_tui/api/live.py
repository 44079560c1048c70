"""Matomo's Live module: counters, visits with their actions, visitor profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call, Params, PeriodKind, with_segment


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """``Live.getCounters``: counts over the last minutes; a column that was not asked for is ``None``."""

    visits: Annotated[int | None, json_decoding.count] = None
    actions: Annotated[int | None, json_decoding.count] = None
    visitors: Annotated[int | None, json_decoding.count] = None
    visits_converted: Annotated[int | None, json_decoding.count] = msgspec.field(default=None, name="visitsConverted")


class ItemDetail(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product in an order or a cart."""

    item_sku: str = msgspec.field(default="", name="itemSKU")
    item_name: str = ""
    price: float = 0.0
    quantity: Annotated[int, json_decoding.count] = 0


class Action(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One entry of ``actionDetails``.

    ``type`` is ``action``, ``outlink``, ``download``, ``event``, ``goal``, ``ecommerceOrder``,
    ``ecommerceAbandonedCart``, ``search``, or anything else a plug-in sends (integers come as their digits, such
    as ``"13"`` for a content impression). ``timestamp`` is Matomo's own value: seconds, **shifted by the site's
    time zone**, not UTC. ``time_spent`` is in seconds.
    """

    type: str = ""
    url: str = ""
    title: str = ""
    subtitle: str = ""
    page_title: str = ""
    page_id: str = ""
    timestamp: Annotated[int, json_decoding.instant] = 0
    time_spent: Annotated[int | None, json_decoding.count] = None
    goal_name: str = ""
    goal_id: int | None = None
    revenue: float | None = None
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
    """One visit of ``Live.getLastVisitsDetails``. Missing, ``null`` and ``false`` values are ``""`` or ``None``.

    The three timestamps are UTC epochs in seconds; ``visit_duration`` is in seconds; money is in the currency of the
    visit's own site (``site_currency``). ``total_ecommerce_revenue``, ``total_abandoned_carts_revenue`` and
    their kin are the visitor's of all time: what a visit brought is in its ``action_details``.
    """

    id_visit: int
    id_site: int = 0
    visitor_id: str = ""
    visit_ip: str = ""
    user_id: str = ""
    first_action_timestamp: Annotated[int, json_decoding.instant] = 0
    last_action_timestamp: Annotated[int, json_decoding.instant] = 0
    server_timestamp: Annotated[int, json_decoding.instant] = 0
    visitor_type: str = ""
    visit_count: Annotated[int | None, json_decoding.count] = None
    visit_duration: Annotated[int, json_decoding.count] = 0
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
    total_abandoned_carts_revenue: float = 0.0
    site_currency: str = ""
    site_currency_symbol: str = ""
    site_name: str = ""
    action_details: tuple[Action, ...] = ()


class LabelCount(msgspec.Struct, frozen=True):
    """A label with how often it was seen."""

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
    """A visitor's first or last visit: UTC epoch, whole days ago, and where it came from."""

    timestamp: Annotated[int, json_decoding.instant] = msgspec.field(default=0, name="date")
    days_ago: Annotated[int, json_decoding.count] = 0
    referral_summary: str = ""


class VisitorProfile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """``Live.getVisitorProfile``: one visitor over all visits that Matomo keeps of them."""

    visitor_id: str
    user_id: str = ""
    total_visits: Annotated[int, json_decoding.count] = 0
    total_visit_duration: Annotated[int, json_decoding.count] = 0
    total_actions: Annotated[int, json_decoding.count] = 0
    total_page_views: Annotated[int, json_decoding.count] = 0
    total_events: Annotated[int, json_decoding.count] = 0
    total_searches: Annotated[int, json_decoding.count] = 0
    total_downloads: Annotated[int, json_decoding.count] = 0
    total_outlinks: Annotated[int, json_decoding.count] = 0
    total_goal_conversions: Annotated[int, json_decoding.count] = 0
    total_ecommerce_revenue: float = 0.0
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
"""Bytes that four counters can be at most, with room for a hundred times that."""
_VISIT_MOST = 20 * 1024
"""Bytes for one of many visits: 1.3 kB on average as the live screen asks for them, so 2 MB for a hundred."""
_VISITS_LEAST = 1024 * 1024
"""Bytes that even one visit may have: 500 actions of 2 kB."""


def get_counters(
    site_id: int, last_minutes: int, *, columns: Sequence[str] = ("visits", "actions"), segment: str = ""
) -> Call[Counters]:
    """``Live.getCounters`` over ``last_minutes`` (1 to 2880). ``visitors`` is slow on big tables. An answer in which a
    column that was asked for is no count (``[[]]``, ``null``, a negative number) cannot be read."""
    params: dict[str, str | int] = {"idSite": site_id, "lastMinutes": last_minutes}
    if columns:
        params["showColumns"] = ",".join(columns)
    wanted = [_COUNTED.get(column, column) for column in columns or ("visits", "actions")]
    return Call(
        "Live.getCounters", with_segment(params, segment), lambda body: _counters(body, wanted), most=_COUNTERS_MOST
    )


_COUNTED = {"visitsConverted": "visits_converted"}


def _counters(body: bytes, wanted: Sequence[str]) -> Counters:
    """Raises ``ValueError`` where a count that was asked for is none: a nought made of it would be believed."""
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
) -> Call[tuple[Visit, ...]]:
    """``Live.getLastVisitsDetails``, newest action first.

    ``min_timestamp`` (UTC epoch) keeps visits whose last action is strictly later; ``columns`` cuts each visit to
    these Matomo column names (``showColumns``), which makes the answer a third of its size.
    """
    params: dict[str, str | int] = {"idSite": site_id, "filter_limit": limit}
    if offset:
        params["filter_offset"] = offset
    if min_timestamp is not None:
        params["minTimestamp"] = min_timestamp
    if period is not None:
        params["period"] = period
    if date is not None:
        params["date"] = date
    if columns:
        params["showColumns"] = ",".join(columns)
    most = max(_VISITS_LEAST, _VISIT_MOST * limit) if columns and limit > 0 else None
    return Call("Live.getLastVisitsDetails", with_segment(params, segment), json_decoding.records(Visit), most=most)


def get_visitor_profile(site_id: int, visitor_id: str, *, limit_visits: int = 10) -> Call[VisitorProfile | None]:
    """``Live.getVisitorProfile``; ``None`` for a visitor that Matomo does not know."""
    params: Params = {"idSite": site_id, "visitorId": visitor_id, "limitVisits": limit_visits}
    return Call("Live.getVisitorProfile", params, json_decoding.record_or_none(VisitorProfile))


def get_most_recent_visitor_id(site_id: int, *, segment: str = "") -> Call[str]:
    """``Live.getMostRecentVisitorId``: where walking through the visitors begins."""
    return Call(
        "Live.getMostRecentVisitorId",
        with_segment({"idSite": site_id}, segment),
        json_decoding.scalar(json_decoding.text),
    )
