"""Matomo's SitesManager module: sites added, changed and deleted."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from matomo_tui.demo.api_request import ApiRequest, Json, whole_number
from matomo_tui.demo.catalog.currencies import currencies
from matomo_tui.demo.catalog.zones import timezones
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import ApiError, no_access
from matomo_tui.demo.escaping import as_stored, decoded, escaped
from matomo_tui.demo.method_registry import SUCCESS, method

_NAME, _URL, _GROUP = 90, 255, 250
_LOOKS_LIKE_URL = re.compile(r"(?:(?:[A-Za-z][A-Za-z0-9+.-]*)?:)?//.+", re.DOTALL)
_SCRIPTS = ("javascript:", "vbscript:", "data:")
_WITH_STARS = re.compile(r"\d{1,3}(\.(\d{1,3}|\*)){3}")

# Matomo empties these when they are not sent, on every change: each is the parameter's and the setting's name.
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
    """The new site's number; for superusers. What is not sent is the server's default."""
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
    """Changes what is sent, and empties the lists that are not."""
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
    """Deletes a site, but not the last one; for superusers."""
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
    """A comma-separated list without blanks and doubles; it is taken apart as it is stored, escaped."""
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
