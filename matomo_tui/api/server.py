"""Questions about the Matomo itself: version and plug-ins (its API module)."""

from __future__ import annotations

from matomo_tui.api import loose
from matomo_tui.api.calls import Call


def get_matomo_version() -> Call[str]:
    """``API.getMatomoVersion``. A token without any site gets ``NoAccess`` even for this."""
    return Call("API.getMatomoVersion", {}, loose.scalar(loose.text))


def is_plugin_activated(plugin: str) -> Call[bool]:
    """``API.isPluginActivated``."""
    return Call("API.isPluginActivated", {"pluginName": plugin}, loose.scalar(loose.flag))
