"""Matomo's Transitions module: previous and following pages of a page."""

from __future__ import annotations

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call, Params, PeriodKind, with_segment


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """A page (without its scheme), keyword, file or site, and how often it came before or after."""

    label: str = ""
    referrals: int = 0


class TransitionSource(msgspec.Struct, frozen=True, kw_only=True):
    """A channel through which visits began at the page; ``short_name`` is ``direct``, ``search``, ``website``,
    ``campaign`` or ``social``."""

    label: str = ""
    short_name: str = msgspec.field(name="shortName", default="")
    visits: int = 0
    details: tuple[Transition, ...] = ()


class PageMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """``loops`` are reloads of the page."""

    loops: int = 0
    pageviews: int = 0
    entries: int = 0
    exits: int = 0


class Transitions(msgspec.Struct, frozen=True, kw_only=True):
    """Before and after a page; a last entry labelled ``Others`` sums what ``limit`` cut off."""

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
    """``Transitions.getTransitionsForPageUrl``; refused with a sentence where nobody saw the page in the period."""
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
    """``Transitions.getTransitionsForPageTitle``."""
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
