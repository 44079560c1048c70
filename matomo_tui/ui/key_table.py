"""The keys of every place as a table: for ``matomo-tui keys``."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.key_action import SIGNS, Context, KeyAction

TITLES: Mapping[Context, str] = {
    "app": "Everywhere",
    "matomos": "All Matomos",
    "alerts": "Alerts",
    "live": "The live screen",
    "time bar": "The line of time",
    "table": "Every table",
    "feed": "Visits",
    "ranking": "Rankings",
    "timeline": "The timeline of a visit",
    "visit": "An open visit",
    "section": "Reports: every section",
    "list": "The list of reports",
    "report": "A report",
    "metrics": "A report of a single row",
    "evolution": "The chart over time",
    "chart": "A chart with the focus",
    "row": "All about a row",
    "row evolution": "A row over time",
    "around": "Before and after a page",
    "columns": "The columns of a report",
    "calendar": "The calendar",
    "segment": "The segment",
    "condition": "A condition of the segment",
    "notes": "Annotations",
    "goal list": "The list of goals",
    "changed": "What changed",
    "log": "The visit log",
    "all sites": "All sites",
    "site cards": "All sites as cards",
    "wall": "The wall",
    "sites": "The list of sites to switch to",
    "connect": "The connect screen",
    "admin": "Administration",
    "goals": "Goals of a site",
    "site list": "Sites",
    "code": "The tracking code",
    "card": "All settings of a site",
    "users": "Users",
    "access": "Access of users to sites",
    "tracking": "The tracking test",
    "audit": "The audit log",
    "form": "A form",
    "choice": "A field with few values, ‹ value ›",
    "new user": "The form of a new user",
    "plan": "Before something is written",
    "search": "A search",
    "dialog": "A dialog",
}
"""Titles by context, in the order of the table."""

_NAMES = {**SIGNS, "pageup": "page up", "pagedown": "page down"}


class KeyRow(Struct, frozen=True):
    """An action with its keys."""

    id: str
    """The name in ``[keys]``."""
    keys: tuple[str, ...]
    """The keys, as printed on a keyboard."""
    help: str
    """What it does."""


def key_tables(keys: Mapping[str, str]) -> dict[str, list[KeyRow]]:
    """Rows by title, under a key map as :func:`matomo_tui.ui.keymap.key_map` returns it."""
    tables: dict[str, list[KeyRow]] = {}
    for context, title in TITLES.items():
        if rows := [_row(action, keys) for action in ACTIONS if context in action.contexts]:
            tables[title] = rows
    return tables


def _row(action: KeyAction, keys: Mapping[str, str]) -> KeyRow:
    names = keys.get(action.id, action.keys).split(",")
    return KeyRow(action.id, tuple(_NAMES.get(name, name) for name in names), action.help)
