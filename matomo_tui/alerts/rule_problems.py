"""Checks the alert rules of all profiles, for ``matomo-tui config check``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from matomo_tui.alerts import rule_reader
from matomo_tui.config.document import ConfigDocument, Problem, problem_of
from matomo_tui.config.profiles import valid_profiles
from matomo_tui.config.validation import ConfigError


def alert_problems(document: ConfigDocument) -> Iterator[Problem]:
    """Yield a problem for each alert rule that cannot be understood, with its line and key."""
    for values in valid_profiles(document).values():
        for sentence in rule_reader.rule_problems(values.get("alerts", ())):
            problem = problem_of(ConfigError(sentence), document.file)
            path = document.locations.path_at(problem.line) if problem.line else ()
            yield replace(problem, key=".".join(map(str, path)))
