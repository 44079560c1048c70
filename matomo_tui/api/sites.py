"""Matomo's SitesManager module: sites and their settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import EVERY, Call, Params
from matomo_tui.api.entities import unescape
from matomo_tui.api.site import Site
from matomo_tui.api.write_encoding import as_typed, as_typed_twice_decoded, done
from matomo_tui.sanitize import sanitize


def get_sites_with_at_least_view_access(*, limit: int | None = None, offset: int = 0) -> Call[tuple[Site, ...]]:
    """``SitesManager.getSitesWithAtLeastViewAccess``: all sites that the token may view, or ``limit`` of them from
    ``offset`` on."""
    params = EVERY if limit is None else _page(limit, offset)
    return Call("SitesManager.getSitesWithAtLeastViewAccess", params, json_decoding.records(Site))


def get_pattern_match_sites(pattern: str, *, limit: int = 50, offset: int = 0) -> Call[tuple[Site, ...]]:
    """``SitesManager.getPatternMatchSites``: ``limit`` sites from ``offset`` on, of those whose name, URL or group
    contains ``pattern``.

    Raises ``ValueError`` for an empty ``pattern``, which Matomo refuses."""
    if not pattern.strip():
        raise ValueError("Enter a text to search sites for.")
    params: Params = {"pattern": pattern, **_page(limit, offset)}
    return Call("SitesManager.getPatternMatchSites", params, json_decoding.records(Site))


def _page(limit: int, offset: int) -> Params:
    """Parameters for ``limit`` sites from ``offset`` on: the server reads all up to the last one."""
    if not offset:
        return {"limit": limit, **EVERY}
    return {"limit": offset + limit, "filter_limit": limit, "filter_offset": offset}


def get_site_from_id(site_id: int) -> Call[Site]:
    """``SitesManager.getSiteFromId``: a site for display; see :func:`get_site_details` for all its settings."""
    return Call("SitesManager.getSiteFromId", {"idSite": site_id}, json_decoding.record(Site))


def get_sites_id_with_admin_access() -> Call[tuple[int, ...]]:
    """``SitesManager.getSitesIdWithAdminAccess``: ids of the sites with the admin role; all sites for a superuser."""
    return Call("SitesManager.getSitesIdWithAdminAccess", EVERY, json_decoding.list_of(json_decoding.integer))


def get_sites_id_with_write_access() -> Call[tuple[int, ...]]:
    """``SitesManager.getSitesIdWithWriteAccess``: ids of the sites with exactly the write role."""
    return Call("SitesManager.getSitesIdWithWriteAccess", EVERY, json_decoding.list_of(json_decoding.integer))


def get_sites_id_with_view_access() -> Call[tuple[int, ...]]:
    """``SitesManager.getSitesIdWithViewAccess``: ids of the sites with exactly the view role."""
    return Call("SitesManager.getSitesIdWithViewAccess", EVERY, json_decoding.list_of(json_decoding.integer))


class SiteDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A site with all its settings. Texts are as typed, because forms edit them: sanitize them before display.

    The settings of ``LIST_SETTINGS`` are comma-separated lists.
    """

    id: int = msgspec.field(name="idsite")
    name: str = ""
    main_url: str = ""
    ts_created: str = ""
    """Creation time in UTC, ``2026-11-28 23:30:47``."""
    ecommerce: bool = False
    sitesearch: bool = False
    sitesearch_keyword_parameters: str = ""
    sitesearch_category_parameters: str = ""
    timezone: str = "UTC"
    currency: str = ""
    exclude_unknown_urls: bool = False
    excluded_ips: str = ""
    excluded_parameters: str = ""
    excluded_user_agents: str = ""
    excluded_referrers: str = ""
    group: str = ""
    type: str = "website"
    keep_url_fragment: int = 0
    """0: as set for the server, 1: yes, 2: no."""
    description: str | None = None
    """From Matomo 5.11 on; ``None`` in older versions."""
    creator_login: str = ""
    """Sent only to superusers."""
    timezone_name: str = ""
    currency_name: str = ""


class Choice(msgspec.Struct, frozen=True):
    """One choice for a setting, such as a time zone."""

    value: str
    """The value to store."""
    label: str
    """Sanitized text for display."""
    group: str = ""
    """Heading above the choice."""


def get_site_details(site_id: int) -> Call[SiteDetails]:
    """``SitesManager.getSiteFromId``: a site with all its settings."""
    return Call("SitesManager.getSiteFromId", {"idSite": site_id}, json_decoding.record(SiteDetails))


def get_site_urls_from_id(site_id: int) -> Call[tuple[str, ...]]:
    """``SitesManager.getSiteUrlsFromId``: the site's URLs as typed, the main URL first."""
    return Call(
        "SitesManager.getSiteUrlsFromId", {"idSite": site_id, **EVERY}, json_decoding.list_of(json_decoding.text)
    )


def get_sites_from_group(group: str, *, limit: int = -1, offset: int = 0) -> Call[tuple[SiteDetails, ...]]:
    """``SitesManager.getSitesFromGroup``: one page of the sites of a group; ``limit`` -1 returns all.

    Requires superuser access."""
    params: Params = {"group": as_typed(group), "filter_limit": limit, "filter_offset": offset}
    return Call("SitesManager.getSitesFromGroup", params, json_decoding.records(SiteDetails))


def get_sites_with_admin_access(
    pattern: str = "", *, limit: int = 100, offset: int = 0
) -> Call[tuple[SiteDetails, ...]]:
    """``SitesManager.getSitesWithAdminAccess``: one page of the sites that the token may change.

    ``pattern`` searches names, URLs and groups. The server reads ``offset + limit`` sites and returns the last ones."""
    params: Params = {"limit": offset + limit, "filter_limit": limit, "filter_offset": offset}
    if pattern.strip():
        params = {**params, "pattern": pattern}
    return Call("SitesManager.getSitesWithAdminAccess", params, json_decoding.records(SiteDetails))


def get_visible_sites(pattern: str = "", *, limit: int = 100, offset: int = 0) -> Call[tuple[SiteDetails, ...]]:
    """``SitesManager.getSitesWithAtLeastViewAccess``, or ``getPatternMatchSites`` if there is a ``pattern``: one page
    of the sites that the token may view. The server reads ``offset + limit`` sites and returns the last ones."""
    params: Params = {"limit": offset + limit, "filter_limit": limit, "filter_offset": offset}
    if pattern.strip():
        return Call(
            "SitesManager.getPatternMatchSites", {**params, "pattern": pattern}, json_decoding.records(SiteDetails)
        )
    return Call("SitesManager.getSitesWithAtLeastViewAccess", params, json_decoding.records(SiteDetails))


def get_sites_groups() -> Call[tuple[str, ...]]:
    """``SitesManager.getSitesGroups``: names of all groups of sites. Requires superuser access."""
    return Call("SitesManager.getSitesGroups", EVERY, json_decoding.list_of(json_decoding.text))


def get_timezones_list() -> Call[tuple[Choice, ...]]:
    """``SitesManager.getTimezonesList``: time zones that a site can have, grouped by continent."""
    return Call("SitesManager.getTimezonesList", {}, _timezones)


def get_default_timezone() -> Call[str]:
    """``SitesManager.getDefaultTimezone``: time zone of new sites."""
    return Call("SitesManager.getDefaultTimezone", {}, json_decoding.scalar(json_decoding.text))


def get_default_currency() -> Call[str]:
    """``SitesManager.getDefaultCurrency``: currency of new sites (ISO 4217). Requires admin access to a site."""
    return Call("SitesManager.getDefaultCurrency", {}, json_decoding.scalar(json_decoding.text))


def get_currency_list() -> Call[tuple[Choice, ...]]:
    """``SitesManager.getCurrencyList``: currencies that a site can have."""
    return Call("SitesManager.getCurrencyList", {}, _currencies)


def get_javascript_tag(
    site_id: int,
    *,
    merge_subdomains: bool = False,
    cross_domain: bool = False,
    do_not_track: bool = False,
    disable_cookies: bool = False,
    track_no_script: bool = False,
    address: str = "",
) -> Call[str]:
    """``SitesManager.getJavascriptTag``: the tracking code for a site's pages, with line breaks.

    ``address`` is the Matomo's address without scheme; without it the server uses its own idea of it, which lacks the
    port."""
    params: dict[str, str | int] = {"idSite": site_id}
    if address:
        params["piwikUrl"] = address
    options = {
        "mergeSubdomains": merge_subdomains,
        "crossDomain": cross_domain,
        "doNotTrack": do_not_track,
        "disableCookies": disable_cookies,
        "trackNoScript": track_no_script,
    }
    params |= {name: 1 for name, wanted in options.items() if wanted}
    return Call("SitesManager.getJavascriptTag", params, _code)


def get_image_tracking_code(site_id: int, *, address: str = "", action_name: str = "") -> Call[str]:
    """``SitesManager.getImageTrackingCode``: HTML of a tracking pixel; ``address`` as in :func:`get_javascript_tag`."""
    params: dict[str, str | int] = {"idSite": site_id}
    if address:
        params["piwikUrl"] = address
    if action_name:
        params["actionName"] = action_name
    return Call("SitesManager.getImageTrackingCode", params, _code)


def add_site(name: str, urls: Sequence[str], **settings: str | int | bool | Sequence[str]) -> Call[int]:
    """``SitesManager.addSite`` (a write); returns the id of the new site. Requires superuser access.

    ``settings`` are named as in :class:`SiteDetails`; the server has defaults for all of them. Raises ``ValueError``
    for an unknown setting."""
    params = _settings({"name": name, "urls": tuple(urls), **settings})
    return Call("SitesManager.addSite", params, json_decoding.scalar(json_decoding.integer), writes=True)


def update_site(site_id: int, **settings: str | int | bool | Sequence[str]) -> Call[None]:
    """``SitesManager.updateSite`` (a write): changes the given ``settings``, named as in :class:`SiteDetails`, or
    ``urls``. Requires admin access to the site.

    Matomo clears each of ``LIST_SETTINGS`` that is missing (as its source shows, 4.x and 5.2), so all of them are
    required. Only superusers can change ``group``. Raises ``ValueError`` for a missing or unknown setting.
    """
    missing = [name for name in LIST_SETTINGS if name not in settings]
    if missing:
        raise ValueError(f"updateSite would empty {', '.join(missing)}: give their current values.")
    return Call("SitesManager.updateSite", {"idSite": site_id, **_settings(settings)}, done, writes=True)


def delete_site(site_id: int) -> Call[None]:
    """``SitesManager.deleteSite`` (a write): deletes the site with its goals and settings but keeps its raw data.

    Requires superuser access. Matomo refuses to delete the last site."""
    return Call("SitesManager.deleteSite", {"idSite": site_id}, done, writes=True)


LIST_SETTINGS = (
    "sitesearch_keyword_parameters",
    "sitesearch_category_parameters",
    "excluded_ips",
    "excluded_parameters",
    "excluded_user_agents",
    "excluded_referrers",
)
"""Settings that are comma-separated lists."""

_PARAMETER_OF = {
    "name": "siteName",
    "ecommerce": "ecommerce",
    "sitesearch": "siteSearch",
    "sitesearch_keyword_parameters": "searchKeywordParameters",
    "sitesearch_category_parameters": "searchCategoryParameters",
    "excluded_ips": "excludedIps",
    "excluded_parameters": "excludedQueryParameters",
    "timezone": "timezone",
    "currency": "currency",
    "group": "group",
    "excluded_user_agents": "excludedUserAgents",
    "keep_url_fragment": "keepURLFragments",
    "type": "type",
    "exclude_unknown_urls": "excludeUnknownUrls",
    "excluded_referrers": "excludedReferrers",
    "description": "description",
}


def _settings(settings: Mapping[str, str | int | bool | Sequence[str]]) -> dict[str, str | int]:
    """Parameters of addSite and updateSite. Raises ``ValueError`` for an unknown setting."""
    params: dict[str, str | int] = {}
    for name, value in settings.items():
        if name == "urls" and not isinstance(value, str | int):
            params |= {f"urls[{index}]": as_typed_twice_decoded(url) for index, url in enumerate(value)}
        elif name in _PARAMETER_OF and isinstance(value, str | int):
            params[_PARAMETER_OF[name]] = as_typed(value) if isinstance(value, str) else int(value)
        else:
            raise ValueError(f"A site has no setting {name!r}.")
    return params


def _timezones(body: bytes) -> tuple[Choice, ...]:
    value = json_decoding.parse(body)
    if type(value) is not dict:
        raise ValueError("no list of time zones")
    return tuple(
        Choice(zone, sanitize(str(label)), sanitize(continent))
        for continent, zones in value.items()
        if type(zones) is dict
        for zone, label in zones.items()
    )


def _currencies(body: bytes) -> tuple[Choice, ...]:
    value = json_decoding.parse(body)
    if type(value) is not dict:
        raise ValueError("no list of currencies")
    return tuple(Choice(code, sanitize(str(label))) for code, label in value.items())


def _code(body: bytes) -> str:
    """Decode HTML code, which Matomo sends HTML-escaped."""
    code = json_decoding.scalar(json_decoding.text)(body)
    if not code.lstrip().startswith("&lt;"):
        return code
    return unescape(code)
