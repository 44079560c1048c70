"""Matomo's SitesManager module: site settings, their changes, and tracking code."""

from __future__ import annotations

import html
import ipaddress
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlencode, urlsplit

from matomo_tui.demo.api_request import ApiRequest, Json, whole_number
from matomo_tui.demo.catalog.currencies import currencies
from matomo_tui.demo.catalog.zones import timezones
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import ApiError, no_access
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.php import as_stored, decoded, escaped


class _Setting(NamedTuple):
    """A setting: ``value`` is its default."""

    name: str
    title: str
    value: Json
    type: str
    control: str
    help: str | None = None
    values: Json = None
    attributes: Json = ()
    description: str | None = None
    condition: str | None = None


_AREA = {"cols": "20", "rows": "4"}
_SEARCH = "sitesearch && !use_default_site_search_params"
_SETTINGS = (
    _Setting(
        "urls", "URLs", [], "array", "textarea", "All addresses of the website.", None, {"cols": "25", "rows": "3"}
    ),
    _Setting(
        "exclude_unknown_urls", "Only track known URLs", False, "boolean", "checkbox", "Keeps out other websites."
    ),
    _Setting(
        "keep_url_fragment",
        "Keep Page URL fragments when tracking Page URLs",
        "0",
        "string",
        "select",
        values={"0": "No (Default)", "1": "Yes", "2": "No"},
    ),
    _Setting("excluded_ips", "Excluded IPs", [], "array", "textarea", "One a line.", None, _AREA),
    _Setting("excluded_parameters", "Excluded Parameters", [], "array", "textarea", "One a line.", None, _AREA),
    _Setting("excluded_user_agents", "Excluded User Agents", [], "array", "textarea", "One a line.", None, _AREA),
    _Setting("excluded_referrers", "Excluded referrers", [], "array", "textarea", "One a line.", None, _AREA),
    _Setting(
        "sitesearch",
        "Site Search",
        1,
        "integer",
        "select",
        "What visitors look for on the website.",
        {"1": "Site Search tracking enabled", "0": "Do not track Site Search"},
    ),
    _Setting(
        "use_default_site_search_params",
        "Use default Site Search parameters",
        True,
        "boolean",
        "checkbox",
        description="Query parameter (Default): q,query,s,search,searchword,k,keyword,keywords & Category parameter: ",
        condition="1 && sitesearch",
    ),
    _Setting(
        "sitesearch_keyword_parameters", "Query parameter", [], "array", "text", "Comma-separated.", condition=_SEARCH
    ),
    _Setting(
        "sitesearch_category_parameters",
        "Category parameter",
        [],
        "array",
        "text",
        "Comma-separated.",
        condition=_SEARCH,
    ),
    _Setting(
        "ecommerce",
        "Ecommerce",
        0,
        "integer",
        "select",
        "Orders and carts.",
        {"0": "Not an Ecommerce site", "1": "Ecommerce enabled"},
    ),
)
_LIVE = (
    _Setting(
        "disable_visitor_log", "Turn off visits log and visitor profiles", False, "boolean", "checkbox", "For all."
    ),
    _Setting(
        "disable_visitor_profile",
        "Turn off visitor profiles",
        False,
        "boolean",
        "checkbox",
        "Visits stay.",
        condition="disable_visitor_log==0",
    ),
)
_HOW_TO = "?module=CoreAdminHome&action=trackingCodeGenerator"
_TYPES = (
    ("website", "Website", "Pages of one domain on the web.", "WebsiteMeasurable"),
    ("intranet", "Intranet Website", "Pages on an internal network.", "IntranetMeasurable"),
)


def _form(ask: ApiRequest, site: StoredSite | None, plugin: str) -> Json:
    values = {} if site is None else _values(ask, site)
    groups = ((plugin, _SETTINGS), ("Live", _LIVE))
    return [
        {"pluginName": name, "title": name, "settings": [_field(setting, values) for setting in settings]}
        for name, settings in groups
    ]


def _field(setting: _Setting, values: dict[str, Json]) -> dict[str, Json]:
    return {
        "name": setting.name,
        "title": setting.title,
        "value": values.get(setting.name, setting.value),
        "defaultValue": setting.value,
        "type": setting.type,
        "uiControl": setting.control,
        "uiControlAttributes": setting.attributes or [],
        "availableValues": setting.values,
        "description": setting.description,
        "inlineHelp": setting.help,
        "introduction": None,
        "condition": setting.condition,
        "fullWidth": False,
    }


def _values(ask: ApiRequest, site: StoredSite) -> dict[str, Json]:
    lists = ("excluded_ips", "excluded_parameters", "excluded_user_agents", "excluded_referrers")
    searches = ("sitesearch_keyword_parameters", "sitesearch_category_parameters")
    return {
        "urls": [url for url in (site.main_url, *site.aliases) if url],
        "exclude_unknown_urls": site.exclude_unknown_urls,
        "keep_url_fragment": str(site.keep_url_fragment),
        "sitesearch": int(site.sitesearch),
        "use_default_site_search_params": not site.sitesearch_keyword_parameters,
        "ecommerce": int(site.ecommerce),
        "disable_visitor_log": ask.options.is_disabled("visits_log", site.id),
        "disable_visitor_profile": ask.options.is_disabled("visitor_profile", site.id),
        **{name: getattr(site, name).split(",") for name in (*lists, *searches)},
    }


@method("SitesManager.getSiteSettings")
def get_site_settings(ask: ApiRequest) -> Json:
    """The settings of one site with their values; requires admin access."""
    return _form(ask, ask.site("admin"), "WebsiteMeasurable")


@method("API.getAvailableMeasurableTypes")
def get_available_measurable_types(ask: ApiRequest) -> Json:
    """The website type with its settings."""
    ask.check_somewhere("view")
    return [
        {
            "id": name,
            "name": title,
            "description": description,
            "howToSetupUrl": _HOW_TO,
            "settings": _form(ask, None, plugin),
        }
        for name, title, description, plugin in _TYPES
    ]


_NAME, _URL, _GROUP = 90, 255, 250
_LOOKS_LIKE_URL = re.compile(r"(?:(?:[A-Za-z][A-Za-z0-9+.-]*)?:)?//.+", re.DOTALL)
_SCRIPTS = ("javascript:", "vbscript:", "data:")
_WITH_STARS = re.compile(r"\d{1,3}(\.(\d{1,3}|\*)){3}")

# Matomo resets these lists on every update unless they are sent; each is the name of both parameter and setting.
_LISTS = (
    ("searchKeywordParameters", "sitesearch_keyword_parameters"),
    ("searchCategoryParameters", "sitesearch_category_parameters"),
    ("excludedIps", "excluded_ips"),
    ("excludedQueryParameters", "excluded_parameters"),
    ("excludedUserAgents", "excluded_user_agents"),
    ("excludedReferrers", "excluded_referrers"),
)
_SWITCHES: tuple[tuple[str, str, Callable[[str], object]], ...] = (
    ("ecommerce", "ecommerce", lambda text: whole_number(text) != 0),
    ("siteSearch", "sitesearch", lambda text: whole_number(text) != 0),
    ("excludeUnknownUrls", "exclude_unknown_urls", lambda text: text.lower() not in ("", "0", "false")),
    ("keepURLFragments", "keep_url_fragment", lambda text: _fragment(text)),
)


@method("SitesManager.addSite", writes=True)
def add_site(ask: ApiRequest) -> Json:
    """Return the new site's id; superusers only. Missing parameters take the server's defaults."""
    name = ask.typed("siteName", most=_NAME)
    ask.check_superuser()
    changed = _changes(ask)
    changed.setdefault("timezone", "UTC")
    changed.setdefault("currency", "USD")
    world = ask.store.world
    site = replace(
        StoredSite(0, name, "", "UTC", "USD", created=int(ask.now), creator=ask.user.login),
        id=world.new_site_id(),
        **changed,
    )
    ask.store.put_site(site)
    return site.id


@method("SitesManager.updateSite", writes=True)
def update_site(ask: ApiRequest) -> Json:
    """Change the given settings, and reset the lists that are not given."""
    ask.text("idSite")
    number = ask.number("idSite")
    if not ask.user.at_least("admin", number):
        raise no_access("admin", number)
    site = ask.store.world.site(number)
    if site is None:
        raise ApiError(f"website id = {number} not found")
    if "siteName" in ask.params and not ask.params["siteName"]:
        raise ApiError("The website name can't be empty.")
    changed = _changes(ask)
    if "siteName" in ask.params:
        changed["name"] = ask.typed("siteName", most=_NAME)
    ask.store.put_site(replace(site, **changed))
    return SUCCESS


@method("SitesManager.deleteSite", writes=True)
def delete_site(ask: ApiRequest) -> Json:
    """Delete a site, but never the last one; superusers only."""
    ask.text("idSite")
    number = ask.number("idSite")
    ask.check_superuser()
    ids = list(ask.store.world.site_ids())
    if number not in ids:
        raise ApiError(f"website id = {number} not found")
    if len(ids) == 1:
        raise ApiError(
            "It is not possible to delete this website as it is the only registered website. Add a new website first, "
            "then delete this one."
        )
    ask.store.remove_site(number)
    return SUCCESS


def _changes(ask: ApiRequest) -> dict[str, Any]:
    """The settings that a call changes."""
    changed: dict[str, Any] = {setting: _list(ask.params.get(name, "")) for name, setting in _LISTS}
    _check_addresses(filter(None, changed["excluded_ips"].split(",")))
    for name, setting, read in _SWITCHES:
        if name in ask.params:
            changed[setting] = read(ask.params[name])
    urls = ask.several("urls")
    if urls is not None:
        changed["main_url"], *aliases = _urls(urls)
        changed["aliases"] = tuple(aliases)
    for name, known in (("timezone", _is_timezone), ("currency", currencies().__contains__)):
        value = ask.params.get(name, "").strip()
        if value and not known(value):
            hint = "" if name == "timezone" else " symbol (eg. USD, EUR, etc.)"
            raise ApiError(f'The {name} "{decoded(value)}" is not valid. Please enter a valid {name}{hint or "."}')
        if value:
            changed[name] = value
    if "group" in ask.params and ask.user.superuser:
        changed["group"] = as_stored(ask.params["group"], _GROUP).strip()
    if ask.params.get("type"):
        changed["type"] = as_stored(ask.params["type"], _URL)
    return changed


def _fragment(text: str) -> int:
    if text not in ("0", "1", "2"):
        raise ApiError(f'The value "{text}" is not allowed, use one of: 0, 1, 2.')
    return int(text)


def _is_timezone(name: str) -> bool:
    return any(name in zones for zones in timezones().values())


def _list(text: str) -> str:
    """A comma-separated list without blanks and duplicates, split after escaping, as Matomo does."""
    entries = (entry.strip() for entry in escaped(text).split(","))
    return decoded(",".join(dict.fromkeys(filter(None, entries))))


def _check_addresses(addresses: Iterable[str]) -> None:
    for address in addresses:
        if _WITH_STARS.fullmatch(address):
            address = address.replace("*", "0")
        try:
            ipaddress.ip_network(address, strict=False)
        except ValueError:
            raise ApiError(
                f'The IP to exclude "{address}" does not have a valid IP format (eg. 1.2.3.4, 1.2.3.*, or 1.2.3.4/5).'
            ) from None


def _urls(given: list[str]) -> list[str]:
    urls: list[str] = []
    for text in filter(None, given):
        url = unquote_plus(escaped(text), errors="replace")
        if len(url) > 5:
            url = url.removesuffix("/")
        if "://" not in url and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url):
            url = f"http:{url}" if url.startswith("//") else f"http://{url}"
        url = re.sub(r"[\r\n]", "", url.strip())
        if not _LOOKS_LIKE_URL.fullmatch(url) or url.lower().startswith(_SCRIPTS):
            raise ApiError(f"The url '{url}' is not a valid URL.")
        urls.append(as_stored(url, _URL if not urls else 190))
    if not urls:
        raise ApiError("You must specify at least one URL for the website.")
    return list(dict.fromkeys(urls))


_DEMO = "demo.matomo.example"


def _address(ask: ApiRequest) -> str:
    """The Matomo URL without its scheme."""
    given = decoded(ask.text("piwikUrl", _DEMO))
    return given.removeprefix("https://").removeprefix("http://").rstrip("/")


@method("SitesManager.getJavascriptTag")
def get_javascript_tag(ask: ApiRequest) -> Json:
    """The tracking script with its options. Matomo escapes it for HTML, and decodes it again for JSON."""
    site = ask.site()
    before = "".join(f"  _paq.push({json.dumps(command)});\n" for command in _commands(ask, site))
    base = f"//{_address(ask)}/"
    code = (
        "<!-- Matomo -->\n<script>\n"
        "  var _paq = window._paq = window._paq || [];\n"
        f"{before}"
        "  _paq.push(['trackPageView']);\n"
        "  _paq.push(['enableLinkTracking']);\n"
        "  (function() {\n"
        f'    var u="{base}";\n'
        "    _paq.push(['setTrackerUrl', u+'matomo.php']);\n"
        f"    _paq.push(['setSiteId', '{site.id}']);\n"
        "    var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];\n"
        "    g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);\n"
        "  })();\n</script>\n"
    )
    if ask.flag("trackNoScript"):
        query = html.escape(urlencode({"idsite": site.id, "rec": 1}))
        code += f'<noscript><p><img src="{base}matomo.php?{query}" style="border:0;" alt="" /></p></noscript>\n'
    return f"{code}<!-- End Matomo Code -->\n"


def _commands(ask: ApiRequest, site: StoredSite) -> list[list[object]]:
    commands: list[list[object]] = []
    hosts = [urlsplit(url).netloc for url in (site.main_url, *site.aliases) if "//" in url]
    if ask.flag("groupPageTitlesByDomain"):
        commands.append(["setDocumentTitle", "document.domain + '/' + document.title"])
    if ask.flag("mergeSubdomains") and hosts:
        commands.append(["setCookieDomain", f"*.{hosts[0].removeprefix('www.')}"])
    if ask.flag("mergeAliasUrls") or ask.flag("crossDomain") or ask.flag("mergeSubdomains"):
        commands.append(["setDomains", [f"*.{host.removeprefix('www.')}" for host in hosts]])
    for wanted, command in (
        ("crossDomain", ["enableCrossDomainLinking"]),
        ("doNotTrack", ["setDoNotTrack", True]),
        ("disableCookies", ["disableCookies"]),
    ):
        if ask.flag(wanted):
            commands.append(list(command))
    return commands


@method("SitesManager.getImageTrackingCode")
def get_image_tracking_code(ask: ApiRequest) -> Json:
    """The tracking pixel; like Matomo, requires no access."""
    query: dict[str, object] = {"idsite": ask.number("idSite"), "rec": 1}
    if ask.params.get("actionName"):
        query["action_name"] = decoded(ask.params["actionName"])
    if ask.params.get("idGoal"):
        query["idgoal"] = ask.number("idGoal")
        if ask.params.get("revenue"):
            query["revenue"] = ask.params["revenue"]
    source = html.escape(f"https://{_address(ask)}/matomo.php?{urlencode(query)}")
    return f'<!-- Matomo Image Tracker-->\n<img src="{source}" style="border:0" alt="" />\n<!-- End Matomo -->'
