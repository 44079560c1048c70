"""Matomo's Transitions module: pages, searches and sources before and after a page."""

from __future__ import annotations

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call, Params, PeriodKind, with_segment


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """A page, keyword, file or website before or after the page."""

    label: str = ""
    """URLs are without scheme."""
    referrals: int = 0
    """Number of transitions."""


class TransitionSource(msgspec.Struct, frozen=True, kw_only=True):
    """A channel of visits that began at the page."""

    label: str = ""
    short_name: str = msgspec.field(name="shortName", default="")
    """``direct``, ``search``, ``website``, ``campaign`` or ``social``."""
    visits: int = 0
    details: tuple[Transition, ...] = ()


class PageMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of the page in the period."""

    loops: int = 0
    """Reloads of the page."""
    pageviews: int = 0
    entries: int = 0
    exits: int = 0


class Transitions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything before and after a page. In each list a last entry ``Others`` sums the entries beyond the limit."""

    page_metrics: PageMetrics = msgspec.field(name="pageMetrics", default=PageMetrics())
    previous_pages: tuple[Transition, ...] = msgspec.field(name="previousPages", default=())
    previous_site_searches: tuple[Transition, ...] = msgspec.field(name="previousSiteSearches", default=())
    following_pages: tuple[Transition, ...] = msgspec.field(name="followingPages", default=())
    following_site_searches: tuple[Transition, ...] = msgspec.field(name="followingSiteSearches", default=())
    outlinks: tuple[Transition, ...] = ()
    downloads: tuple[Transition, ...] = ()
    referrers: tuple[TransitionSource, ...] = ()


def get_transitions_for_page_url(
    page_url: str, *, site_id: int, period: PeriodKind, date: str, segment: str = "", limit: int = 20
) -> Call[Transitions]:
    """``Transitions.getTransitionsForPageUrl``; raises ``BadRequest`` if the page has no views in the period."""
    params: Params = {
        "pageUrl": page_url,
        "limitBeforeGrouping": limit,
        "idSite": site_id,
        "period": period,
        "date": date,
    }
    return Call(
        "Transitions.getTransitionsForPageUrl", with_segment(params, segment), json_decoding.record(Transitions)
    )


def get_transitions_for_page_title(
    page_title: str, *, site_id: int, period: PeriodKind, date: str, segment: str = "", limit: int = 20
) -> Call[Transitions]:
    """``Transitions.getTransitionsForPageTitle``; raises ``BadRequest`` if no page with the title was viewed."""
    params: Params = {
        "pageTitle": page_title,
        "limitBeforeGrouping": limit,
        "idSite": site_id,
        "period": period,
        "date": date,
    }
    return Call(
        "Transitions.getTransitionsForPageTitle", with_segment(params, segment), json_decoding.record(Transitions)
    )
