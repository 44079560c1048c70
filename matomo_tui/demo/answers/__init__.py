"""The API's methods, one module for each of Matomo's, found and imported when first called."""

from __future__ import annotations

from importlib import import_module

from matomo_tui.demo.answers.registry import Method, methods_of
from matomo_tui.demo.answers.tables import filtered
from matomo_tui.demo.ask import Ask, Json
from matomo_tui.demo.errors import ApiError

_MODULES = {
    "API": "server",
    "Goals": "goals",
    "Live": "live",
    "SitesManager": "sites",
    "UsersManager": "users",
    "VisitsSummary": "visits_summary",
}


def find(name: str) -> Method:
    """The method called ``Module.action``. Raises ``ApiError`` if there is none."""
    if not name:
        raise ApiError("The parameter 'method' isn't set in the Request, and a default value wasn't provided.")
    module, _, action = name.partition(".")
    if module not in _MODULES:
        raise ApiError(
            f"The plugin {module} is not enabled. You can activate the plugin on Settings > Plugins page in Matomo."
        )
    import_module(f"matomo_tui.demo.answers.{_MODULES[module]}")
    found = methods_of(module).get(action)
    if found is None:
        raise ApiError(
            f"The method '{action}' does not exist or is not available in the module '\\Piwik\\Plugins\\{module}\\API'."
        )
    return found


def answer(ask: Ask) -> Json:
    """What the demo answers to a call, as JSON values. Raises ``ApiError``."""
    found = find(ask.params.get("method", ""))
    value = filtered(found.answer(ask), ask.params, paged=found.pages_itself)
    return value if isinstance(value, dict | list) else {"value": value}
