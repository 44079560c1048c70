"""Matomo's SitesManager module: what a site's settings are chosen from."""

from __future__ import annotations

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.catalog.currencies import currencies, symbol
from matomo_tui.demo.catalog.zones import timezones
from matomo_tui.demo.method_registry import method


@method("SitesManager.getTimezonesList")
def get_timezones_list(_ask: ApiRequest) -> Json:
    """Time zones by continent, with their names."""
    return {continent: dict(zones) for continent, zones in timezones().items()}


@method("SitesManager.getCurrencyList")
def get_currency_list(_ask: ApiRequest) -> Json:
    """Currencies with their names and signs."""
    return dict(currencies())


@method("SitesManager.getCurrencySymbols")
def get_currency_symbols(_ask: ApiRequest) -> Json:
    """Currencies with their signs."""
    return {code: symbol(code) for code in currencies()}


@method("SitesManager.getSitesGroups")
def get_sites_groups(ask: ApiRequest) -> Json:
    """The groups that sites are in, none included; for superusers."""
    ask.check_superuser()
    return sorted({site.group for site in ask.store.world.all_sites()})
