"""Matomo's SitesManager module: sites and their settings."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import EVERY, Call, Params
from matomo_tui.api.write_encoding import as_typed, as_typed_twice_decoded, done
from matomo_tui.sanitize import sanitize


def _clean(value: Any) -> str | None:
    found = json_decoding.text(value)
    return None if found is None else sanitize(found)


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
    """``SitesManager.getSitesWithAtLeastViewAccess``: all of them, or the first ``limit``."""
    params = EVERY if limit is None else {"limit": limit, **EVERY}
    return Call("SitesManager.getSitesWithAtLeastViewAccess", params, json_decoding.records(Site))


def get_pattern_match_sites(pattern: str, *, limit: int = 50) -> Call[tuple[Site, ...]]:
    """``SitesManager.getPatternMatchSites``; an empty ``pattern`` is refused by Matomo and so is by this."""
    if not pattern.strip():
        raise ValueError("Enter a text to search sites for.")
    params: Params = {"pattern": pattern, "limit": limit, **EVERY}
    return Call("SitesManager.getPatternMatchSites", params, json_decoding.records(Site))


def get_site_from_id(site_id: int) -> Call[Site]:
    """``SitesManager.getSiteFromId``."""
    return Call("SitesManager.getSiteFromId", {"idSite": site_id}, json_decoding.record(Site))


def get_sites_id_with_admin_access() -> Call[tuple[int, ...]]:
    """``SitesManager.getSitesIdWithAdminAccess``; a superuser has every site here."""
    return Call("SitesManager.getSitesIdWithAdminAccess", EVERY, json_decoding.list_of(json_decoding.integer))


def get_sites_id_with_write_access() -> Call[tuple[int, ...]]:
    """``SitesManager.getSitesIdWithWriteAccess``: those with exactly that role."""
    return Call("SitesManager.getSitesIdWithWriteAccess", EVERY, json_decoding.list_of(json_decoding.integer))


def get_sites_id_with_view_access() -> Call[tuple[int, ...]]:
    """``SitesManager.getSitesIdWithViewAccess``: those with exactly that role."""
    return Call("SitesManager.getSitesIdWithViewAccess", EVERY, json_decoding.list_of(json_decoding.integer))


class SiteDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A site with all its settings. Its texts are as they were typed, for forms to edit: clean them before showing.

    The lists (``excluded_…``, ``sitesearch_…_parameters``) are comma-separated. ``keep_url_fragment``: 0 the server's
    own setting, 1 yes, 2 no. ``creator_login`` only superusers are told. ``description`` is there from Matomo 5.11 on
    (``None``: this server has none).
    """

    id: int = msgspec.field(name="idsite")
    name: str = ""
    main_url: str = ""
    ts_created: str = ""
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
    description: str | None = None
    creator_login: str = ""
    timezone_name: str = ""
    currency_name: str = ""


class Choice(msgspec.Struct, frozen=True):
    """One entry of a server's list: ``value`` as it is stored, ``label`` as it is shown (clean), ``group`` its
    heading."""

    value: str
    label: str
    group: str = ""


def get_site_details(site_id: int) -> Call[SiteDetails]:
    """``SitesManager.getSiteFromId`` with everything in it."""
    return Call("SitesManager.getSiteFromId", {"idSite": site_id}, json_decoding.record(SiteDetails))


def get_site_urls_from_id(site_id: int) -> Call[tuple[str, ...]]:
    """``SitesManager.getSiteUrlsFromId``: the main URL first, as typed."""
    return Call(
        "SitesManager.getSiteUrlsFromId", {"idSite": site_id, **EVERY}, json_decoding.list_of(json_decoding.text)
    )


def get_sites_from_group(group: str, *, limit: int = -1, offset: int = 0) -> Call[tuple[SiteDetails, ...]]:
    """``SitesManager.getSitesFromGroup``, for superusers: a page of the sites in just that group; ``limit`` -1 is all
    of them."""
    params: Params = {"group": as_typed(group), "filter_limit": limit, "filter_offset": offset}
    return Call("SitesManager.getSitesFromGroup", params, json_decoding.records(SiteDetails))


def get_sites_with_admin_access(
    pattern: str = "", *, limit: int = 100, offset: int = 0
) -> Call[tuple[SiteDetails, ...]]:
    """``SitesManager.getSitesWithAdminAccess``: sites that the token may change, whose name, URL or group has
    ``pattern`` in it. The page is cut out after the server has read as many as that takes, and no more."""
    params: Params = {"limit": offset + limit, "filter_limit": limit, "filter_offset": offset}
    if pattern.strip():
        params = {**params, "pattern": pattern}
    return Call("SitesManager.getSitesWithAdminAccess", params, json_decoding.records(SiteDetails))


def get_visible_sites(pattern: str = "", *, limit: int = 100, offset: int = 0) -> Call[tuple[SiteDetails, ...]]:
    """``SitesManager.getSitesWithAtLeastViewAccess``, or with a ``pattern`` ``getPatternMatchSites``: a page of the
    sites that the token sees, cut out as :func:`get_sites_with_admin_access` does."""
    params: Params = {"limit": offset + limit, "filter_limit": limit, "filter_offset": offset}
    if pattern.strip():
        return Call(
            "SitesManager.getPatternMatchSites", {**params, "pattern": pattern}, json_decoding.records(SiteDetails)
        )
    return Call("SitesManager.getSitesWithAtLeastViewAccess", params, json_decoding.records(SiteDetails))


def get_sites_groups() -> Call[tuple[str, ...]]:
    """``SitesManager.getSitesGroups``, for superusers: the groups there are."""
    return Call("SitesManager.getSitesGroups", EVERY, json_decoding.list_of(json_decoding.text))


def get_timezones_list() -> Call[tuple[Choice, ...]]:
    """``SitesManager.getTimezonesList``: what a site's time zone can be, by continent."""
    return Call("SitesManager.getTimezonesList", {}, _timezones)


def get_default_timezone() -> Call[str]:
    """``SitesManager.getDefaultTimezone``: the time zone that a new site gets."""
    return Call("SitesManager.getDefaultTimezone", {}, json_decoding.scalar(json_decoding.text))


def get_default_currency() -> Call[str]:
    """``SitesManager.getDefaultCurrency``, for admins of a site: the currency that a new site gets."""
    return Call("SitesManager.getDefaultCurrency", {}, json_decoding.scalar(json_decoding.text))


def get_currency_list() -> Call[tuple[Choice, ...]]:
    """``SitesManager.getCurrencyList``: what a site's currency can be."""
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
    """``SitesManager.getJavascriptTag``: the code for a site's pages, with its line breaks. ``address`` is the
    Matomo's, without its scheme: what the server believes it to be otherwise lacks the port."""
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
    """``SitesManager.getImageTrackingCode``: a picture that tracks without JavaScript; ``address`` is the Matomo's,
    without its scheme."""
    params: dict[str, str | int] = {"idSite": site_id}
    if address:
        params["piwikUrl"] = address
    if action_name:
        params["actionName"] = action_name
    return Call("SitesManager.getImageTrackingCode", params, _code)


def add_site(name: str, urls: Sequence[str], **settings: str | int | bool | Sequence[str]) -> Call[int]:
    """``SitesManager.addSite``, for superusers: the id of the new site. ``settings`` are named as in
    :class:`SiteDetails`; what is not given is the server's default."""
    params = _settings({"name": name, "urls": tuple(urls), **settings})
    return Call("SitesManager.addSite", params, json_decoding.scalar(json_decoding.integer), writes=True)


def update_site(site_id: int, **settings: str | int | bool | Sequence[str]) -> Call[None]:
    """``SitesManager.updateSite``: changes what is given, named as in :class:`SiteDetails` (and ``urls``).

    Matomo empties every one of ``LIST_SETTINGS`` that is not given (seen in its source, 4.x and 5.2), so those are
    always wanted: ``ValueError`` without. ``group`` is ignored unless the token is a superuser's.
    """
    missing = [name for name in LIST_SETTINGS if name not in settings]
    if missing:
        raise ValueError(f"updateSite would empty {', '.join(missing)}: give their current values.")
    return Call("SitesManager.updateSite", {"idSite": site_id, **_settings(settings)}, done, writes=True)


def delete_site(site_id: int) -> Call[None]:
    """``SitesManager.deleteSite``, for superusers: the site with its goals and settings; raw logs stay. The only site
    cannot be deleted."""
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
    """The parameters of addSite and updateSite. Raises ``ValueError`` for a setting that there is not."""
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
    """A piece of HTML, which Matomo escapes for a page of its own."""
    code = json_decoding.scalar(json_decoding.text)(body)
    return html.unescape(code) if code.lstrip().startswith("&lt;") else code
