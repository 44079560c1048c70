"""The API's methods: one module per Matomo plug-in, imported on first use."""

from __future__ import annotations

from importlib import import_module
from inspect import isawaitable

from matomo_tui.demo.api_request import ApiRequest, Json, Method, methods_of
from matomo_tui.demo.errors import ApiError, refusal, refuse_if
from matomo_tui.demo.options import V5_8, Version
from matomo_tui.demo.reports.rows import filtered_list, filtered_table

_MODULES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("DevicePlugins", "DevicesDetection", "Resolution", "UserCountry", "UserId"), ("visit_reports",)),
    **dict.fromkeys(("UserLanguage", "VisitTime", "VisitorInterest"), ("visit_reports",)),
    **dict.fromkeys(("CoreAdminHome", "CustomDimensions", "ScheduledReports"), ("server_info",)),
    **dict.fromkeys(("AIAgents", "BotTracking", "PagePerformance", "VisitFrequency", "VisitsSummary"), ("overviews",)),
    **dict.fromkeys(("Actions", "AssetWatch", "Contents", "Events"), ("action_reports",)),
    "API": ("server_info", "sites", "overviews", "notes", "evolution"),
    "Annotations": ("notes",),
    "Goals": ("goals",),
    "Insights": ("evolution",),
    "Live": ("live",),
    "MultiSites": ("multi_sites",),
    "Referrers": ("visit_reports", "overviews"),
    "SegmentEditor": ("notes",),
    "SitesManager": ("sites",),
    "Transitions": ("transitions",),
    "UsersManager": ("users", "user_writes"),
}
"""Matomo plug-in → modules that implement its methods."""

_SINCE_5_8 = frozenset({"AIAgents", "BotTracking", "Referrers.getAIAssistants"})
_SWITCHED_OFF = frozenset({"TagManager", "CustomVariables", "MobileMessaging", "Provider"})
"""Plug-ins that ship with Matomo but are inactive in the demo."""


def find(name: str, version: Version) -> Method:
    """Return the method ``Module.action``. Raises ``ApiError`` if it does not exist."""
    refuse_if(not name, "no method")
    module, dot, action = name.partition(".")
    refuse_if(not dot, "no action")
    if module not in _MODULES or (module in _SINCE_5_8 and not version.has_ai):
        known = module in _SWITCHED_OFF or not version.has_exact_statuses
        raise refusal("switched off" if known else "unknown plugin", plugin=module)
    load(module)
    found = methods_of(module).get(action)
    if found is None or (name in _SINCE_5_8 and not version.has_ai):
        raise refusal("unknown method", module=module, action=action)
    return found


def load(module: str) -> None:
    for part in _MODULES.get(module, ()):
        import_module(f"matomo_tui.demo.answers.{part}")


def changes(name: str) -> bool:
    try:
        return find(name, V5_8).writes
    except ApiError:
        return False


async def answer(call: ApiRequest) -> Json:
    """The answer to a call as JSON values; long computations yield to other tasks. Raises ``ApiError``."""
    found = find(call.params.get("method", ""), call.options.matomo)
    if found.needs == "superuser":
        call.check_superuser()
    elif found.needs:
        call.check_somewhere(found.needs)
    value = found.answer(call)
    if isawaitable(value):
        value = await value
    if found.is_table:
        value = filtered_table(value, call.params)
    elif not found.filters_itself:
        value = filtered_list(value, call.params, paged=found.pages_itself)
    return value if isinstance(value, dict | list) else {"value": value}
