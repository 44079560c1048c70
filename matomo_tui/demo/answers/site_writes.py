"""Matomo's SitesManager module: changes of sites."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from matomo_tui.demo.api_request import ApiRequest, Json, whole_number
from matomo_tui.demo.catalog.lists import currencies, timezones
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import found_or_refused, refusal, refuse_if
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.php import as_stored, decoded, escaped

_NAME, _URL, _ALIAS, _GROUP = 90, 255, 190, 250
_LOOKS_LIKE_URL = re.compile(r"(?:(?:[A-Za-z][A-Za-z0-9+.-]*)?:)?//.+", re.DOTALL)
_SCRIPTS = ("javascript:", "vbscript:", "data:")
_WITH_STARS = re.compile(r"\d{1,3}(\.(\d{1,3}|\*)){3}")

_LISTS = {
    "searchKeywordParameters": "sitesearch_keyword_parameters",
    "searchCategoryParameters": "sitesearch_category_parameters",
    "excludedIps": "excluded_ips",
    "excludedQueryParameters": "excluded_parameters",
    "excludedUserAgents": "excluded_user_agents",
    "excludedReferrers": "excluded_referrers",
}
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
def update_site(call: ApiRequest) -> Json:
    """Change the given settings, and reset the lists that are not given."""
    number = call.number("idSite")
    refuse_if(not call.user.at_least("admin", number), "no access", role="admin", site=number)
    site = found_or_refused(call.world.site(number), "no such site", site=number)
    refuse_if("siteName" in call.params and not call.params["siteName"], "no site name")
    changed = _changes(call)
    if "siteName" in call.params:
        changed["name"] = call.typed("siteName", most=_NAME)
    call.store.put_site(replace(site, **changed))
    return SUCCESS


@method("SitesManager.deleteSite", writes=True)
def delete_site(call: ApiRequest) -> Json:
    """Delete a site, but never the last one; superusers only."""
    number = call.number("idSite")
    call.check_superuser()
    ids = list(call.world.site_ids())
    refuse_if(number not in ids, "no such site", site=number)
    refuse_if(len(ids) == 1, "only site")
    call.store.remove_site(number)
    return SUCCESS


def _changes(call: ApiRequest) -> dict[str, Any]:
    """The settings that a call changes."""
    changed: dict[str, Any] = {setting: _list(call.params.get(name, "")) for name, setting in _LISTS.items()}
    for address in filter(None, changed["excluded_ips"].split(",")):
        _check_address(address)
    for name, setting, read in _SWITCHES:
        if name in call.params:
            changed[setting] = read(call.params[name])
    urls = call.several("urls")
    if urls is not None:
        changed["main_url"], *aliases = _urls(urls)
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


def _list(text: str) -> str:
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


def _urls(given: list[str]) -> list[str]:
    urls: list[str] = []
    for text in filter(None, given):
        url = unquote_plus(escaped(text), errors="replace")
        if len(url) > 5:
            url = url.removesuffix("/")
        if "://" not in url and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url):
            url = f"http:{url}" if url.startswith("//") else f"http://{url}"
        url = re.sub(r"[\r\n]", "", url.strip())
        refuse_if(not _LOOKS_LIKE_URL.fullmatch(url) or url.lower().startswith(_SCRIPTS), "site URL", url=url)
        urls.append(as_stored(url, _ALIAS if urls else _URL))
    refuse_if(not urls, "no site URL")
    return list(dict.fromkeys(urls))
