"""The API's methods, one module for each of Matomo's, found and imported when first called."""

from __future__ import annotations

from importlib import import_module
from inspect import isawaitable

from matomo_tui.demo.answers.registry import Method, methods_of
from matomo_tui.demo.answers.tables import filtered
from matomo_tui.demo.ask import Ask, Json
from matomo_tui.demo.errors import ApiError

_MODULES: dict[str, tuple[str, ...]] = {
    "API": ("server", "site_settings", "metadata", "main_metrics", "segment_metadata", "row_evolution"),
    "Actions": ("actions", "site_search"),
    "Annotations": ("annotations",),
    "AssetWatch": ("asset_watch",),
    "Contents": ("events",),
    "CoreAdminHome": ("core_admin_home",),
    "CustomDimensions": ("custom_dimensions",),
    "DevicePlugins": ("devices_detection",),
    "DevicesDetection": ("devices_detection",),
    "Events": ("events",),
    "Goals": ("goals", "goal_writes", "conversions", "items"),
    "Insights": ("insights",),
    "Live": ("live",),
    "MultiSites": ("multi_sites",),
    "PagePerformance": ("page_performance",),
    "Referrers": ("referrers",),
    "Resolution": ("devices_detection",),
    "ScheduledReports": ("custom_dimensions",),
    "SegmentEditor": ("segment_editor",),
    "SitesManager": ("sites", "site_lists", "site_settings", "site_writes", "tracking_code"),
    "Transitions": ("transitions",),
    "UserCountry": ("user_country",),
    "UserId": ("visitor_interest",),
    "UserLanguage": ("user_country",),
    "UsersManager": ("users", "user_access", "user_writes"),
    "VisitFrequency": ("visit_time",),
    "VisitTime": ("visit_time",),
    "VisitorInterest": ("visitor_interest",),
    "VisitsSummary": ("visits_summary",),
}
"""Where the methods of each of Matomo's modules are."""


def find(name: str) -> Method:
    """The method called ``Module.action``. Raises ``ApiError`` if there is none."""
    if not name:
        raise ApiError("The parameter 'method' isn't set in the Request, and a default value wasn't provided.")
    module, _, action = name.partition(".")
    if module not in _MODULES:
        raise ApiError(
            f"The plugin {module} is not enabled. You can activate the plugin on Settings > Plugins page in Matomo."
        )
    load(module)
    found = methods_of(module).get(action)
    if found is None:
        raise ApiError(
            f"The method '{action}' does not exist or is not available in the module '\\Piwik\\Plugins\\{module}\\API'."
        )
    return found


def load(module: str) -> None:
    """Have the methods of one of Matomo's modules there, if there is such a module."""
    for part in _MODULES.get(module, ()):
        import_module(f"matomo_tui.demo.answers.{part}")


def changes(name: str) -> bool:
    """Whether the method called ``name`` is a write; an unknown one is none."""
    try:
        return find(name).writes
    except ApiError:
        return False


async def answer(ask: Ask) -> Json:
    """What the demo answers to a call, as JSON values. Raises ``ApiError``.

    Reports are long computations: they let others run now and then.
    """
    found = find(ask.params.get("method", ""))
    value = found.answer(ask)
    if isawaitable(value):
        value = await value
    if not found.filters_itself:
        value = filtered(value, ask.params, paged=found.pages_itself)
    return value if isinstance(value, dict | list) else {"value": value}
