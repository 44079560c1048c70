"""The ``[[profiles.NAME.alerts]]`` tables of ``config.toml``: alert rules as written, each key with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field


class AlertSetting(Struct, frozen=True):
    """One alert rule as written. ``alerts.rule_reader`` knows the keys and their values."""

    values: Mapping[str, Any]
    """Keys and values of the table."""
    places: Mapping[str, str] = field(default_factory=dict)
    """File and line by key, for error messages; those of the table's header for ``""``."""

    def place(self, key: str = "") -> str:
        """Return file and line of ``key``, or of the table if it lacks the key."""
        return self.places.get(key) or self.places.get("", "")


def read_alert_settings(tables: object, at: Callable[[int, str], str]) -> tuple[AlertSetting, ...]:
    """Return the tables with their places. ``at`` gives file and line of a key in the table of a number, from 0 on.

    Raises ``ValueError`` if ``tables`` is not an array of tables.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("alerts must be tables, one for each rule: [[profiles.NAME.alerts]].")
    return tuple(
        AlertSetting(dict(table), {key: at(number, key) for key in ("", *table)}) for number, table in enumerate(tables)
    )
