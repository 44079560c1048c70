"""Matomo's SitesManager module: sites, the forms of their settings, their tracking code, and changes."""

from __future__ import annotations

import html
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from msgspec.structs import replace

from matomo_tui.demo.api_request import ApiRequest, Json, method, whole_number
from matomo_tui.demo.data import load, text
from matomo_tui.demo.errors import found_or_refused, refusal, refuse_if
from matomo_tui.demo.formats import currencies, currency_name, timezone_name, timezones, written
from matomo_tui.demo.http import as_stored, decoded, escaped
from matomo_tui.demo.world import SEEING, Role, StoredSite

_NAME, _URL, _ALIAS, _GROUP = 90, 255, 190, 250
_LOOKS_LIKE_URL = re.compile(r"(?:(?:[A-Za-z][A-Za-z0-9+.-]*)?:)?//.+", re.DOTALL)
_SCRIPTS = ("javascript:", "vbscript:", "data:")
_WITH_STARS = re.compile(r"\d{1,3}(\.(\d{1,3}|\*)){3}")
_ADMIN: tuple[Role, ...] = ("admin", "superuser")
_STORED: list[str] = load("tables")["site columns"].split()


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
method("SitesManager.getSitesWithAtLeastViewAccess")(
    lambda call: _listed(call, call.visible_sites(), call.number("limit", 0))
)


@method("SitesManager.getSitesFromGroup", "superuser")
def get_sites_from_group(call: ApiRequest) -> Json:
    group = call.params.get("group", "").casefold()
    return _listed(call, (site for site in call.world.all_sites() if site.group.casefold() == group))


@method("SitesManager.getSitesWithAdminAccess")
def get_sites_with_admin_access(call: ApiRequest) -> Json:
    pattern = call.params.get("pattern", "")
    sites = (site for site in call.world.sites_with(call.user, *_ADMIN) if matches(site, pattern))
    found = list(islice(sites, max(0, call.number("limit", 0)) or None))
    aliases = call.flag("fetchAliasUrls")
    return [site_details(call, site) | ({"alias_urls": _urls(site)} if aliases else {}) for site in found]


@method("SitesManager.getPatternMatchSites")
def get_pattern_match_sites(call: ApiRequest) -> Json:
    pattern = call.text("pattern")
    return _listed(call, (site for site in call.visible_sites() if matches(site, pattern)), call.number("limit", 0))


def _ids(roles: tuple[Role, ...], call: ApiRequest) -> Json:
    return list(call.world.ids_with(call.user, *roles))


for _access, _roles in {"AtLeastView": SEEING, "Admin": _ADMIN, "Write": ("write",), "View": ("view",)}.items():
    # A superuser's role is admin on every site, never view or write.
    method(f"SitesManager.getSitesIdWith{_access}Access")(partial(_ids, _roles))

method("SitesManager.getDefaultTimezone")(lambda _: "UTC")
method("SitesManager.getDefaultCurrency", "admin")(lambda _: "USD")
method("SitesManager.getTimezonesList")(lambda _: timezones())
method("SitesManager.getCurrencyList")(lambda _: currencies())


method("SitesManager.getSitesGroups", "superuser")(lambda call: sorted({s.group for s in call.world.all_sites()}))

_LISTS: Mapping[str, str] = load("tables")["site lists"]
"""Lists that Matomo resets on every update unless they are sent: parameter → setting."""

_SWITCHES: tuple[tuple[str, str, Callable[[str], object]], ...] = (
    ("ecommerce", "ecommerce", lambda text: whole_number(text) != 0),
    ("siteSearch", "sitesearch", lambda text: whole_number(text) != 0),
    ("excludeUnknownUrls", "exclude_unknown_urls", lambda text: text.lower() not in ("", "0", "false")),
    ("keepURLFragments", "keep_url_fragment", lambda text: _fragment(text)),
)


@method("SitesManager.addSite", writes=True)
def add_site(call: ApiRequest) -> Json:
    """Return the new site's id; superusers only. Missing parameters take the server's defaults."""
    name = call.typed("siteName", most=_NAME)
    call.check_superuser()
    changed = _changes(call)
    number = call.world.new_site_id()
    site = StoredSite(number, name, "", "UTC", "USD", created=int(call.now), creator=call.user.login)
    call.store.put_site(replace(site, **changed))
    return number


@method("SitesManager.updateSite", writes=True)
def update_site(call: ApiRequest) -> None:
    """Change the given settings, and reset the lists that are not given."""
    number = call.number("idSite")
    refuse_if(not call.user.at_least("admin", number), "no access", role="admin", site=number)
    site = found_or_refused(call.world.site(number), "no such site", site=number)
    refuse_if("siteName" in call.params and not call.params["siteName"], "no site name")
    changed = _changes(call)
    if "siteName" in call.params:
        changed["name"] = call.typed("siteName", most=_NAME)
    call.store.put_site(replace(site, **changed))


@method("SitesManager.deleteSite", writes=True)
def delete_site(call: ApiRequest) -> None:
    """Delete a site, but never the last one; superusers only."""
    number = call.number("idSite")
    call.check_superuser()
    ids = list(call.world.site_ids())
    refuse_if(number not in ids, "no such site", site=number)
    refuse_if(len(ids) == 1, "only site")
    call.store.remove_site(number)


def _changes(call: ApiRequest) -> dict[str, Any]:
    changed: dict[str, Any] = {setting: _comma_separated(call.params.get(name, "")) for name, setting in _LISTS.items()}
    for address in filter(None, changed["excluded_ips"].split(",")):
        _check_address(address)
    for name, setting, read in _SWITCHES:
        if name in call.params:
            changed[setting] = read(call.params[name])
    urls = call.several("urls")
    if urls is not None:
        changed["main_url"], *aliases = _addresses(urls)
        changed["aliases"] = tuple(aliases)
    zone, currency = (call.params.get(name, "").strip() for name in ("timezone", "currency"))
    refuse_if(zone and not any(zone in zones for zones in timezones().values()), "time zone", value=decoded(zone))
    refuse_if(currency and currency not in currencies(), "currency", value=decoded(currency))
    changed |= {name: value for name, value in (("timezone", zone), ("currency", currency)) if value}
    if "group" in call.params and call.user.superuser:
        changed["group"] = as_stored(call.params["group"], _GROUP).strip()
    if call.params.get("type"):
        changed["type"] = as_stored(call.params["type"], _URL)
    return changed


def _fragment(text: str) -> int:
    refuse_if(text not in ("0", "1", "2"), "not allowed", value=text, allowed="0, 1, 2")
    return int(text)


def _comma_separated(text: str) -> str:
    """A comma-separated list without blanks and duplicates, split after escaping, as Matomo does."""
    entries = (entry.strip() for entry in escaped(text).split(","))
    return decoded(",".join(dict.fromkeys(filter(None, entries))))


def _check_address(address: str) -> None:
    if _WITH_STARS.fullmatch(address):
        address = address.replace("*", "0")
    try:
        ipaddress.ip_network(address, strict=False)
    except ValueError:
        raise refusal("excluded IP", address=address) from None


def _addresses(given: list[str]) -> list[str]:
    urls: list[str] = []
    for address in filter(None, given):
        url = unquote_plus(escaped(address), errors="replace")
        if len(url) > 5:
            url = url.removesuffix("/")
        if "://" not in url and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url):
            url = f"http:{url}" if url.startswith("//") else f"http://{url}"
        url = re.sub(r"[\r\n]", "", url.strip())
        refuse_if(not _LOOKS_LIKE_URL.fullmatch(url) or url.lower().startswith(_SCRIPTS), "site URL", url=url)
        urls.append(as_stored(url, _ALIAS if urls else _URL))
    refuse_if(not urls, "no site URL")
    return list(dict.fromkeys(urls))


def _form(plugin: str, values: dict[str, Json]) -> Json:
    forms = {plugin: load("site_forms")["settings"], "Live": load("site_forms")["live"]}
    fields = {name: [_field(dict(row), values) for row in rows] for name, rows in forms.items()}
    return [{"pluginName": name, "title": name, "settings": settings} for name, settings in fields.items()]


def _field(row: dict[str, Json], values: dict[str, Json]) -> dict[str, Json]:
    name, title, default, condition = (row.pop(key) for key in ("name", "title", "defaultValue", "condition"))
    field = {"name": name, "title": title, "value": values.get(name, default), "defaultValue": default}
    return {**field, **row, "introduction": None, "condition": condition, "fullWidth": False}


def _values(call: ApiRequest, site: StoredSite) -> dict[str, Json]:
    return {
        "urls": [url for url in (site.main_url, *site.aliases) if url],
        "exclude_unknown_urls": site.exclude_unknown_urls,
        "keep_url_fragment": str(site.keep_url_fragment),
        "sitesearch": int(site.sitesearch),
        "use_default_site_search_params": not site.sitesearch_keyword_parameters,
        "ecommerce": int(site.ecommerce),
        "disable_visitor_log": call.options.is_disabled("visits_log", site.id),
        "disable_visitor_profile": call.options.is_disabled("visitor_profile", site.id),
        **{name: getattr(site, name).split(",") for name in _LISTS.values()},
    }


method("SitesManager.getSiteSettings")(lambda call: _form("WebsiteMeasurable", _values(call, call.site("admin"))))


@method("API.getAvailableMeasurableTypes", "view")
def get_available_measurable_types(_: ApiRequest) -> Json:
    names = ("id", "name", "description", "howToSetupUrl", "settings")
    how_to = "?module=CoreAdminHome&action=trackingCodeGenerator"
    return [
        dict(zip(names, (*texts, how_to, _form(plugin, {})), strict=True))
        for *texts, plugin in load("site_forms")["types"]
    ]


def _address(call: ApiRequest) -> str:
    given = decoded(call.text("piwikUrl", "demo.matomo.example"))
    return given.removeprefix("https://").removeprefix("http://").rstrip("/")


@method("SitesManager.getJavascriptTag")
def get_javascript_tag(call: ApiRequest) -> Json:
    """The tracking script with its options. Matomo escapes it for HTML, and decodes it again for JSON."""
    site = call.site()
    base = f"//{_address(call)}/"
    picture = html.escape(urlencode({"idsite": site.id, "rec": 1}))
    noscript = f'<noscript><p><img src="{base}matomo.php?{picture}" style="border:0;" alt="" /></p></noscript>\n'
    code = text("tracking_code.txt").replace("@base", base).replace("@site", str(site.id))
    code = code.replace("@noscript", noscript if call.flag("trackNoScript") else "")
    return code.replace("@commands", "".join(f"  _paq.push({json.dumps(each)});\n" for each in _commands(call, site)))


def _commands(call: ApiRequest, site: StoredSite) -> list[list[object]]:
    urls = (site.main_url, *site.aliases)
    hosts = [f"*.{urlsplit(url).netloc.removeprefix('www.')}" for url in urls if "//" in url]
    domains = call.flag("mergeAliasUrls") or call.flag("crossDomain") or call.flag("mergeSubdomains")
    wanted: tuple[tuple[object, list[object]], ...] = (
        (call.flag("groupPageTitlesByDomain"), ["setDocumentTitle", "document.domain + '/' + document.title"]),
        (call.flag("mergeSubdomains") and hosts, ["setCookieDomain", *hosts[:1]]),
        (domains, ["setDomains", hosts]),
        (call.flag("crossDomain"), ["enableCrossDomainLinking"]),
        (call.flag("doNotTrack"), ["setDoNotTrack", True]),
        (call.flag("disableCookies"), ["disableCookies"]),
    )
    return [command for needed, command in wanted if needed]


@method("SitesManager.getImageTrackingCode")
def get_image_tracking_code(call: ApiRequest) -> Json:
    """The tracking pixel; like Matomo, requires no access."""
    query: dict[str, object] = {"idsite": call.number("idSite"), "rec": 1}
    if call.params.get("actionName"):
        query["action_name"] = decoded(call.params["actionName"])
    if call.params.get("idGoal"):
        query["idgoal"] = call.number("idGoal")
        if call.params.get("revenue"):
            query["revenue"] = call.params["revenue"]
    source = html.escape(f"https://{_address(call)}/matomo.php?{urlencode(query)}")
    return f'<!-- Matomo Image Tracker-->\n<img src="{source}" style="border:0" alt="" />\n<!-- End Matomo -->'
