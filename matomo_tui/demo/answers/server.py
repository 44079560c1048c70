"""Matomo's API module: about the server itself."""

from __future__ import annotations

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.errors import no_access_anywhere
from matomo_tui.demo.method_registry import method


def _check_some_view(ask: ApiRequest) -> None:
    if next(ask.store.world.sites_with(ask.user, "view", "write", "admin", "superuser"), None) is None:
        raise no_access_anywhere("view")


@method("API.getMatomoVersion")
def get_matomo_version(ask: ApiRequest) -> Json:
    """The version; even that only to those with a site."""
    _check_some_view(ask)
    return ask.options.matomo.name


@method("API.getPiwikVersion")
def get_piwik_version(ask: ApiRequest) -> Json:
    """The version under Matomo's former name."""
    return get_matomo_version(ask)


@method("API.getPhpVersion")
def get_php_version(ask: ApiRequest) -> Json:
    """The version of PHP that a Matomo of this version runs on."""
    _check_some_view(ask)
    return {"version": "8.3.14", "major": 8, "minor": 3, "release": 14, "versionId": 80314, "extra": ""}


@method("API.getSettings")
def get_settings(_ask: ApiRequest) -> Json:
    """Settings for software that tracks."""
    return {"SDK_batch_size": 10, "SDK_interval_value": 30}


@method("API.getIpFromHeader")
def get_ip_from_header(ask: ApiRequest) -> Json:
    """From where the request came."""
    _check_some_view(ask)
    return ask.params.get("_ip", "")


@method("API.isPluginActivated")
def is_plugin_activated(ask: ApiRequest) -> Json:
    """Whether a plug-in is active."""
    _check_some_view(ask)
    return ask.text("pluginName") in ask.options.plugins
