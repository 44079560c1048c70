"""Alert rules for tests, read as from a profile."""

from __future__ import annotations

from typing import Any

from matomo_tui.alerts.rule_reader import read_rules
from matomo_tui.alerts.rules import Rule
from matomo_tui.config.alert_settings import AlertSetting


def rules_of(*tables: dict[str, Any]) -> tuple[Rule, ...]:
    """The rules of these tables; each gets a name if it has none."""
    return read_rules(AlertSetting({"name": f"rule {number}", **table}) for number, table in enumerate(tables, 1))


def rule_of(**table: Any) -> Rule:
    """One rule; keys that are Python's words end with an underscore."""
    return rules_of({key.removesuffix("_"): value for key, value in table.items()})[0]
