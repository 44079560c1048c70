"""Matomo's API module: version and plug-ins of the server."""

from __future__ import annotations

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call


def get_matomo_version() -> Call[str]:
    """``API.getMatomoVersion``. A token without any site gets ``NoAccess`` even for this."""
    return Call("API.getMatomoVersion", {}, json_decoding.scalar(json_decoding.text))


def is_plugin_activated(plugin: str) -> Call[bool]:
    """``API.isPluginActivated``."""
    return Call("API.isPluginActivated", {"pluginName": plugin}, json_decoding.scalar(json_decoding.flag))
