"""Checks rules before the program starts: they must be understood, and what they need must be there."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from matomo_tui.alerts import apprise_delivery
from matomo_tui.alerts.rule_reader import read_rules, rule_problems
from matomo_tui.alerts.rules import Rule
from matomo_tui.config.alert_settings import AlertSetting, read_alert_settings
from matomo_tui.config.document import ConfigDocument, ConfigProblem
from matomo_tui.config.validation import ConfigError


def alert_problems(document: ConfigDocument) -> list[ConfigProblem]:
    """Return every mistake in the alert rules of each profile."""
    profiles = document.tables.get("profiles", {})
    found: list[ConfigProblem] = []
    for name, table in profiles.items() if isinstance(profiles, dict) else ():
        path = ("profiles", name, "alerts")
        try:
            settings = read_alert_settings(table["alerts"], partial(document.locations.at, *path))
        except (ValueError, KeyError, TypeError):  # without rules, or with something else: the profile's check says so
            continue
        found += [
            document.problem((*path, settings.index(error.setting), *filter(None, [error.key])), error.sentence)
            for error in rule_problems(settings)
        ]
    return found


def check_rules(settings: Iterable[AlertSetting]) -> tuple[Rule, ...]:
    """Return the rules. Raises :class:`ConfigError` if one is wrong, needs apprise without having it, or names an
    apprise file that cannot be used."""
    settings = tuple(settings)
    rules = read_rules(settings)
    for setting, rule in zip(settings, rules, strict=True):
        place = setting.place("apprise")
        if rule.deliveries.apprise and not apprise_delivery.is_installed():
            raise ConfigError(f"{place}: {apprise_delivery.MISSING}.")
        for address in rule.deliveries.apprise:
            if problem := apprise_delivery.address_problem(address):
                raise ConfigError(f"{place}: {problem}.")
    return rules
