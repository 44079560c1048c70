"""Matomo's SitesManager module: which sites there are."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from matomo_tui.api import loose
from matomo_tui.api.calls import Call
from matomo_tui.text import clean


def _clean(value: Any) -> str | None:
    found = loose.text(value)
    return None if found is None else clean(found)


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A site (measurable), as it is shown: its texts are clean.

    ``timezone`` is an IANA name or ``UTC+2``-like; ``currency`` an ISO 4217 code.
    """

    id: int = msgspec.field(name="idsite")
    name: Annotated[str, _clean] = ""
    main_url: Annotated[str, _clean] = ""
    timezone: Annotated[str, _clean] = "UTC"
    currency: Annotated[str, _clean] = ""
    ecommerce: bool = False
    sitesearch: bool = False
    group: Annotated[str, _clean] = ""
    type: Annotated[str, _clean] = "website"


def get_sites_with_at_least_view_access(*, limit: int | None = None) -> Call[tuple[Site, ...]]:
    """``SitesManager.getSitesWithAtLeastViewAccess``."""
    params = {} if limit is None else {"limit": limit}
    return Call("SitesManager.getSitesWithAtLeastViewAccess", params, loose.records(Site))


def get_pattern_match_sites(pattern: str, *, limit: int = 50) -> Call[tuple[Site, ...]]:
    """``SitesManager.getPatternMatchSites``; an empty ``pattern`` is refused by Matomo and so is by this."""
    if not pattern.strip():
        raise ValueError("Searching sites needs something to search for.")
    return Call("SitesManager.getPatternMatchSites", {"pattern": pattern, "limit": limit}, loose.records(Site))


def get_site_from_id(site_id: int) -> Call[Site]:
    """``SitesManager.getSiteFromId``."""
    return Call("SitesManager.getSiteFromId", {"idSite": site_id}, loose.record(Site))


def get_sites_id_with_admin_access() -> Call[tuple[int, ...]]:
    """``SitesManager.getSitesIdWithAdminAccess``; a superuser has every site here."""
    return Call("SitesManager.getSitesIdWithAdminAccess", {}, loose.list_of(loose.integer))


def get_sites_id_with_write_access() -> Call[tuple[int, ...]]:
    """``SitesManager.getSitesIdWithWriteAccess``: those with exactly that role."""
    return Call("SitesManager.getSitesIdWithWriteAccess", {}, loose.list_of(loose.integer))


def get_sites_id_with_view_access() -> Call[tuple[int, ...]]:
    """``SitesManager.getSitesIdWithViewAccess``: those with exactly that role."""
    return Call("SitesManager.getSitesIdWithViewAccess", {}, loose.list_of(loose.integer))
