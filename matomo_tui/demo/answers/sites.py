"""Matomo's SitesManager module: sites by id, name and access, and the lists of valid settings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import islice

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.catalog.lists import currencies, currency_name, symbol, timezone_name, timezones
from matomo_tui.demo.entities import SEEING, Role, StoredSite
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.number_formats import written

_ADMIN: tuple[Role, ...] = ("admin", "superuser")


def site_details(call: ApiRequest, site: StoredSite) -> dict[str, Json]:
    """A site in the format of ``SitesManager.getSiteFromId``; its creator is visible to superusers only."""
    details: dict[str, Json] = {
        "idsite": site.id,
        "name": site.name,
        "main_url": site.main_url,
        "ts_created": written(_created(call, site)),
        "ecommerce": int(site.ecommerce),
        "sitesearch": int(site.sitesearch),
        "sitesearch_keyword_parameters": site.sitesearch_keyword_parameters,
        "sitesearch_category_parameters": site.sitesearch_category_parameters,
        "timezone": site.timezone,
        "currency": site.currency,
        "exclude_unknown_urls": int(site.exclude_unknown_urls),
        "excluded_ips": site.excluded_ips,
        "excluded_parameters": site.excluded_parameters,
        "excluded_user_agents": site.excluded_user_agents,
        "excluded_referrers": site.excluded_referrers,
        "group": site.group,
        "type": site.type,
        "keep_url_fragment": site.keep_url_fragment,
    }
    if call.user.superuser:
        details["creator_login"] = site.creator
    details["timezone_name"] = timezone_name(site.timezone)
    details["currency_name"] = currency_name(site.currency)
    return details


def _created(call: ApiRequest, site: StoredSite) -> int:
    return call.store.born + site.id % 86_400 if site.created is None else site.created


def _urls(site: StoredSite) -> list[str]:
    """The main URL, then the aliases in the database's (alphabetical) order."""
    return [site.main_url, *sorted(site.aliases)]


def _listed(call: ApiRequest, sites: Iterable[StoredSite], limit: int) -> Json:
    chosen = sites if limit <= 0 else islice(sites, limit)
    return [site_details(call, site) for site in chosen]


@method("SitesManager.getSiteFromId")
def get_site_from_id(call: ApiRequest) -> Json:
    return site_details(call, call.site())


@method("SitesManager.getSiteUrlsFromId")
def get_site_urls_from_id(call: ApiRequest) -> Json:
    site = call.site()
    return _urls(site)


@method("SitesManager.getAllSites")
def get_all_sites(call: ApiRequest) -> Json:
    """Every site; superusers only."""
    call.check_superuser()
    return _listed(call, call.store.world.all_sites(), 0)


@method("SitesManager.getSitesFromGroup")
def get_sites_from_group(call: ApiRequest) -> Json:
    """The sites of one group; superusers only."""
    call.check_superuser()
    group = call.params.get("group", "").casefold()
    return _listed(call, (site for site in call.store.world.all_sites() if site.group.casefold() == group), 0)


@method("SitesManager.getAllSitesId")
def get_all_sites_id(call: ApiRequest) -> Json:
    """The id of every site; superusers only."""
    call.check_superuser()
    return list(call.store.world.site_ids())


@method("SitesManager.getSitesWithAtLeastViewAccess")
def get_sites_with_at_least_view_access(call: ApiRequest) -> Json:
    return _listed(call, call.store.world.sites_with(call.user, *SEEING), call.number("limit", 0))


@method("SitesManager.getSitesWithAdminAccess")
def get_sites_with_admin_access(call: ApiRequest) -> Json:
    """The sites with admin access, optionally filtered by ``pattern``."""
    pattern = call.params.get("pattern", "")
    sites = (site for site in call.store.world.sites_with(call.user, *_ADMIN) if matches(site, pattern))
    listed = _listed(call, sites, call.number("limit", 0))
    if call.flag("fetchAliasUrls"):
        for details in listed:
            site = call.store.world.site(details["idsite"])
            details["alias_urls"] = _urls(site) if site else []
    return listed


@method("SitesManager.getSitesWithViewAccess")
def get_sites_with_view_access(call: ApiRequest) -> Json:
    """The sites on which the user's role is exactly view."""
    return _listed(call, call.store.world.sites_with(call.user, "view"), 0)


@method("SitesManager.getPatternMatchSites")
def get_pattern_match_sites(call: ApiRequest) -> Json:
    """The visible sites whose name, URL, group or id matches."""
    pattern = call.text("pattern")
    sites = (site for site in call.store.world.sites_with(call.user, *SEEING) if matches(site, pattern))
    return _listed(call, sites, call.number("limit", 0))


def matches(site: StoredSite, pattern: str) -> bool:
    """Returns True if ``pattern`` is part of the site's name, URL or group, or equals its id."""
    wanted = pattern.casefold().replace("*", "")
    if not wanted:
        return True
    texts = (site.name, site.main_url, site.group)
    return any(wanted in text.casefold() for text in texts) or wanted == str(site.id)


def _ids(call: ApiRequest, *roles: Role) -> Json:
    return list(call.store.world.ids_with(call.user, *roles))


for _access, _roles in {"AtLeastView": SEEING, "Admin": _ADMIN, "Write": ("write",), "View": ("view",)}.items():
    # A superuser's role is admin on every site, never view or write.
    method(f"SitesManager.getSitesIdWith{_access}Access")(partial(lambda roles, call: _ids(call, *roles), _roles))


@method("SitesManager.getNumWebsitesToDisplayPerPage")
def get_num_websites_to_display_per_page(call: ApiRequest) -> Json:
    return len(_ids(call, *SEEING)) and 20


@method("SitesManager.getDefaultTimezone")
def get_default_timezone(_ask: ApiRequest) -> Json:
    return "UTC"


@method("SitesManager.getDefaultCurrency")
def get_default_currency(call: ApiRequest) -> Json:
    """The currency of new sites; requires admin access."""
    call.check_somewhere("admin")
    return "USD"


@method("SitesManager.getTimezonesList")
def get_timezones_list(_ask: ApiRequest) -> Json:
    return {continent: dict(zones) for continent, zones in timezones().items()}


@method("SitesManager.getCurrencyList")
def get_currency_list(_ask: ApiRequest) -> Json:
    return dict(currencies())


@method("SitesManager.getCurrencySymbols")
def get_currency_symbols(_ask: ApiRequest) -> Json:
    return {code: symbol(code) for code in currencies()}


@method("SitesManager.getSitesGroups")
def get_sites_groups(call: ApiRequest) -> Json:
    """The groups of all sites, including the empty one; superusers only."""
    call.check_superuser()
    return sorted({site.group for site in call.store.world.all_sites()})
