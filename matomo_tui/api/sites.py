"""Matomo's SitesManager module: which sites there are."""

from __future__ import annotations

import msgspec

from matomo_tui.api.calls import Call


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A site (measurable). ``timezone`` is an IANA name or ``UTC+2``-like; ``currency`` an ISO 4217 code."""

    id: int = msgspec.field(name="idsite")
    name: str = ""
    main_url: str = ""
    timezone: str = "UTC"
    currency: str = ""
    ecommerce: bool = False
    sitesearch: bool = False
    group: str = ""
    type: str = "website"


def get_sites_with_at_least_view_access(*, limit: int | None = None) -> Call[tuple[Site, ...]]:
    """``SitesManager.getSitesWithAtLeastViewAccess``."""
    raise NotImplementedError


def get_pattern_match_sites(pattern: str, *, limit: int = 50) -> Call[tuple[Site, ...]]:
    """``SitesManager.getPatternMatchSites``; an empty ``pattern`` is refused by Matomo and so is by this."""
    raise NotImplementedError


def get_site_from_id(site_id: int) -> Call[Site]:
    """``SitesManager.getSiteFromId``."""
    raise NotImplementedError
