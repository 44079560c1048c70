"""The API's methods: one module per Matomo plug-in, imported on first use."""

from __future__ import annotations

from importlib import import_module
from inspect import isawaitable

from matomo_tui.demo.answers.tables import filtered_list, filtered_table
from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.errors import ApiError, switched_off, unknown_method, unknown_plugin
from matomo_tui.demo.method_registry import Method, methods_of
from matomo_tui.demo.version import V5_8, Version

_MODULES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("DevicePlugins", "DevicesDetection", "Resolution", "UserCountry", "UserId"), ("visits_by",)),
    **dict.fromkeys(("VisitFrequency", "VisitTime", "VisitorInterest"), ("visit_times",)),
    **dict.fromkeys(("CoreAdminHome", "CustomDimensions", "ScheduledReports"), ("server_info",)),
    **dict.fromkeys(("PagePerformance", "VisitsSummary"), ("overviews",)),
    **dict.fromkeys(("AIAgents", "BotTracking"), ("ai_agents",)),
    **dict.fromkeys(("Contents", "Events"), ("events",)),
    "API": ("server_info", "site_settings", "main_metrics", "segments", "row_evolution"),
    "Actions": ("actions",),
    "Annotations": ("annotations",),
    "AssetWatch": ("asset_watch",),
    "Goals": ("goals", "conversions"),
    "Insights": ("insights",),
    "Live": ("live",),
    "MultiSites": ("multi_sites",),
    "Referrers": ("visits_by", "overviews"),
    "SegmentEditor": ("segments",),
    "SitesManager": ("sites", "site_settings"),
    "Transitions": ("transitions",),
    "UserLanguage": ("visits_by",),
    "UsersManager": ("users", "user_writes"),
}
"""Matomo plug-in → modules that implement its methods."""

_SINCE_5_8 = frozenset({"AIAgents", "BotTracking", "Referrers.getAIAssistants"})
_SWITCHED_OFF = frozenset({"TagManager", "CustomVariables", "MobileMessaging", "Provider"})
"""Plug-ins that ship with Matomo but are inactive in the demo."""


def find(name: str, version: Version) -> Method:
    """Return the method ``Module.action``. Raises ``ApiError`` if it does not exist."""
    if not name:
        raise ApiError("The parameter 'method' isn't set in the Request, and a default value wasn't provided.")
    module, dot, action = name.partition(".")
    if not dot:
        raise ApiError("The method name is invalid. Expected 'module.methodName'")
    if module not in _MODULES or (module in _SINCE_5_8 and not version.has_ai):
        raise (
            switched_off(module)
            if module in _SWITCHED_OFF or not version.has_exact_statuses
            else unknown_plugin(module)
        )
    load(module)
    found = methods_of(module).get(action)
    if found is None or (name in _SINCE_5_8 and not version.has_ai):
        raise unknown_method(module, action)
    return found


def load(module: str) -> None:
    """Import the modules of one Matomo plug-in, if it exists."""
    for part in _MODULES.get(module, ()):
        import_module(f"matomo_tui.demo.answers.{part}")


def changes(name: str) -> bool:
    """Returns True if the method ``name`` exists and writes."""
    try:
        return find(name, V5_8).writes
    except ApiError:
        return False


async def answer(ask: ApiRequest) -> Json:
    """Return the answer to a call as JSON values. Raises ``ApiError``.

    Reports are long computations; they yield to other tasks regularly.
    """
    found = find(ask.params.get("method", ""), ask.options.matomo)
    value = found.answer(ask)
    if isawaitable(value):
        value = await value
    if found.is_table:
        value = filtered_table(value, ask.params)
    elif not found.filters_itself:
        value = filtered_list(value, ask.params, paged=found.pages_itself)
    return value if isinstance(value, dict | list) else {"value": value}
