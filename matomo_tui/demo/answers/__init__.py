"""The API's methods: one module per Matomo plug-in, imported on first use."""

from __future__ import annotations

from importlib import import_module
from inspect import isawaitable

from matomo_tui.demo import data
from matomo_tui.demo.api_request import ApiRequest, Json, Method, methods_of
from matomo_tui.demo.errors import ApiError, refusal, refuse_if
from matomo_tui.demo.options import V5_8, Version
from matomo_tui.demo.reports.rows import filtered_list, filtered_table

_SINCE_5_8 = frozenset({"AIAgents", "BotTracking", "Referrers.getAIAssistants"})
_SWITCHED_OFF = frozenset({"TagManager", "CustomVariables", "MobileMessaging", "Provider"})
"""Plug-ins that ship with Matomo but are inactive in the demo."""


def find(name: str, version: Version) -> Method:
    """Return the method ``Module.action``. Raises ``ApiError`` if it does not exist."""
    refuse_if(not name, "no method")
    module, dot, action = name.partition(".")
    refuse_if(not dot, "no action")
    if not _modules(module) or (module in _SINCE_5_8 and not version.has_ai):
        known = module in _SWITCHED_OFF or not version.has_exact_statuses
        raise refusal("switched off" if known else "unknown plugin", plugin=module)
    found = _loaded(module, action)
    if found is None or (name in _SINCE_5_8 and not version.has_ai):
        raise refusal("unknown method", module=module, action=action)
    return found


def _modules(plugin: str) -> list[str]:
    """The modules of this package that implement the methods of a Matomo plug-in."""
    return [name for name, plugins in data.load("tables")["modules"].items() if plugin in plugins.split()]


def _loaded(module: str, action: str) -> Method | None:
    """The method of a plug-in, after as few imports as it takes to find it."""
    for part in _modules(module):
        import_module(f"matomo_tui.demo.answers.{part}")
        if (found := methods_of(module).get(action)) is not None:
            return found
    return None


def load(module: str) -> None:
    for part in _modules(module):
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
    if value is None:
        return {"result": "success", "message": "ok"}
    if found.is_table:
        value = filtered_table(value, call.params)
    elif not found.filters_itself:
        value = filtered_list(value, call.params, paged=found.pages_itself)
    return value if isinstance(value, dict | list) else {"value": value}
