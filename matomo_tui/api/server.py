"""Matomo's API module: version and plug-ins of the server."""

from __future__ import annotations

import re

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call


def get_matomo_version() -> Call[str]:
    """``API.getMatomoVersion``. A token without any site gets ``NoAccess`` even for this."""
    return Call("API.getMatomoVersion", {}, json_decoding.scalar(json_decoding.text))


def major_minor(version: str) -> tuple[int, int] | None:
    """The first two numbers of a version of Matomo (``5.11.2``: 5 and 11); ``None`` where it was not told."""
    found = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    return None if found is None else (int(found[1]), int(found[2]))


def is_plugin_activated(plugin: str) -> Call[bool]:
    """``API.isPluginActivated``."""
    return Call("API.isPluginActivated", {"pluginName": plugin}, json_decoding.scalar(json_decoding.flag))
