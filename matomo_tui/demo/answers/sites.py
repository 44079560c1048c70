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
_STORED: tuple[str, ...] = (
    "name",
    "main_url",
    "ts_created",
    "ecommerce",
    "sitesearch",
    "sitesearch_keyword_parameters",
)
_STORED += ("sitesearch_category_parameters", "timezone", "currency", "exclude_unknown_urls", "excluded_ips")
_STORED += ("excluded_parameters", "excluded_user_agents", "excluded_referrers", "group", "type", "keep_url_fragment")


def site_details(call: ApiRequest, site: StoredSite) -> dict[str, Json]:
    """A site in the format of ``SitesManager.getSiteFromId``; its creator is visible to superusers only."""
    created = call.store.born + site.id % 86_400 if site.created is None else site.created
    details: dict[str, Json] = {"idsite": site.id}
    for name in _STORED:
        value = written(created) if name == "ts_created" else getattr(site, name)
        details[name] = int(value) if isinstance(value, bool) else value
    details |= {"creator_login": site.creator} if call.user.superuser else {}
    names = {"timezone_name": timezone_name(site.timezone), "currency_name": currency_name(site.currency)}
    return details | names


def _urls(site: StoredSite) -> list[str]:
    """The main URL, then the aliases in the database's (alphabetical) order."""
    return [site.main_url, *sorted(site.aliases)]


def _listed(call: ApiRequest, sites: Iterable[StoredSite], limit: int = 0) -> Json:
    return [site_details(call, site) for site in islice(sites, limit if limit > 0 else None)]


def matches(site: StoredSite, pattern: str) -> bool:
    """Returns True if ``pattern`` is part of the site's name, URL or group, or equals its id."""
    wanted = pattern.casefold().replace("*", "")
    texts = (site.name, site.main_url, site.group)
    return any(wanted in text.casefold() for text in texts) or wanted == str(site.id)


method("SitesManager.getSiteFromId")(lambda call: site_details(call, call.site()))
method("SitesManager.getSiteUrlsFromId")(lambda call: _urls(call.site()))
method("SitesManager.getAllSites", "superuser")(lambda call: _listed(call, call.world.all_sites()))
method("SitesManager.getAllSitesId", "superuser")(lambda call: list(call.world.site_ids()))


@method("SitesManager.getSitesFromGroup", "superuser")
def get_sites_from_group(call: ApiRequest) -> Json:
    group = call.params.get("group", "").casefold()
    return _listed(call, (site for site in call.world.all_sites() if site.group.casefold() == group))


@method("SitesManager.getSitesWithAtLeastViewAccess")
def get_sites_with_at_least_view_access(call: ApiRequest) -> Json:
    return _listed(call, call.visible_sites(), call.number("limit", 0))


@method("SitesManager.getSitesWithAdminAccess")
def get_sites_with_admin_access(call: ApiRequest) -> Json:
    """The sites with admin access, optionally filtered by ``pattern``."""
    pattern = call.params.get("pattern", "")
    sites = (site for site in call.world.sites_with(call.user, *_ADMIN) if matches(site, pattern))
    found = list(islice(sites, max(0, call.number("limit", 0)) or None))
    aliases = call.flag("fetchAliasUrls")
    return [site_details(call, site) | ({"alias_urls": _urls(site)} if aliases else {}) for site in found]


@method("SitesManager.getSitesWithViewAccess")
def get_sites_with_view_access(call: ApiRequest) -> Json:
    """The sites on which the user's role is exactly view."""
    return _listed(call, call.world.sites_with(call.user, "view"))


@method("SitesManager.getPatternMatchSites")
def get_pattern_match_sites(call: ApiRequest) -> Json:
    """The visible sites whose name, URL, group or id matches."""
    pattern = call.text("pattern")
    return _listed(call, (site for site in call.visible_sites() if matches(site, pattern)), call.number("limit", 0))


def _ids(roles: tuple[Role, ...], call: ApiRequest) -> Json:
    return list(call.world.ids_with(call.user, *roles))


for _access, _roles in {"AtLeastView": SEEING, "Admin": _ADMIN, "Write": ("write",), "View": ("view",)}.items():
    # A superuser's role is admin on every site, never view or write.
    method(f"SitesManager.getSitesIdWith{_access}Access")(partial(_ids, _roles))

method("SitesManager.getNumWebsitesToDisplayPerPage")(lambda call: len(_ids(SEEING, call)) and 20)
method("SitesManager.getDefaultTimezone")(lambda _: "UTC")
method("SitesManager.getDefaultCurrency", "admin")(lambda _: "USD")
method("SitesManager.getTimezonesList")(lambda _: timezones())
method("SitesManager.getCurrencyList")(lambda _: currencies())
method("SitesManager.getCurrencySymbols")(lambda _: {code: symbol(code) for code in currencies()})


@method("SitesManager.getSitesGroups", "superuser")
def get_sites_groups(call: ApiRequest) -> Json:
    """The groups of all sites, including the empty one."""
    return sorted({site.group for site in call.world.all_sites()})
