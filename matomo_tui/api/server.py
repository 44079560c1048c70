"""Matomo's API module: version and plug-ins."""

from __future__ import annotations

import re

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call


def get_matomo_version() -> Call[str]:
    """``API.getMatomoVersion``, such as ``5.8.0``. It raises ``NoAccess`` for a token without access to any site."""
    return Call("API.getMatomoVersion", {}, json_decoding.scalar(json_decoding.text))


def major_minor(version: str) -> tuple[int, int] | None:
    """Return the first two numbers of a version (5 and 11 of ``5.11.2``); ``None`` if it is unknown."""
    found = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    return None if found is None else (int(found[1]), int(found[2]))


def is_plugin_activated(plugin: str) -> Call[bool]:
    """``API.isPluginActivated``: True if the plug-in is active on the server."""
    return Call("API.isPluginActivated", {"pluginName": plugin}, json_decoding.scalar(json_decoding.flag))
