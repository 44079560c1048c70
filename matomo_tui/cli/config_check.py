"""The checks of ``matomo-tui config check``: a registry of checkers, each for one part of the configuration."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from matomo_tui.config.document import ConfigDocument, ConfigProblem, parse_document, problem_of
from matomo_tui.config.files import read_text
from matomo_tui.config.validation import ConfigError
from matomo_tui.sanitize import sanitize

Checker = Callable[[ConfigDocument], Iterable[ConfigProblem]]
"""Finds the mistakes of one part of the configuration."""

CHECKERS: Mapping[str, str] = {
    "profiles": "matomo_tui.config.profile_reader:profile_problems",
    "alerts": "matomo_tui.alerts.rule_check:alert_problems",
    "keys": "matomo_tui.ui.keymap:key_problems",
    "agents": "matomo_tui.config.agent_settings:agent_problems",
    "themes": "matomo_tui.ui.theme_problems:theme_problems",
    "contradictions": "matomo_tui.config.contradictions:contradictions",
    "files": "matomo_tui.config.referred_files:referred_file_problems",
}
"""The checkers by the part that they check, as ``module:function``, imported on use."""

_KEY_WIDTH = 40
"""Cells of the longest key that the others are aligned with."""


def check_file(file: Path) -> list[ConfigProblem]:
    """Return every mistake in the file and in the theme files beside it, in the order of the lines.

    A missing file has none. Raises :class:`ConfigError` if the file cannot be read."""
    return check_text(file, read_text(file) or "")


def check_text(file: Path, text: str) -> list[ConfigProblem]:
    """Return every mistake in ``text`` as the content of ``file``; of a file that is not valid TOML only that."""
    try:
        document = parse_document(file, text)
    except ConfigError as error:
        return [problem_of(error, file)]
    found = [problem for name in CHECKERS for problem in _checker(name)(document)]
    unique = {(problem.file, problem.line, problem.key, problem.sentence): problem for problem in found}
    return sorted(unique.values(), key=lambda problem: (problem.file != file, str(problem.file), problem.line or 0))


def _checker(name: str) -> Checker:
    module, _, function = CHECKERS[name].partition(":")
    checker: Checker = getattr(importlib.import_module(module), function)
    return checker


def as_object(file: Path, problems: Sequence[ConfigProblem]) -> dict[str, Any]:
    """Convert to the object that ``--json`` prints."""
    return {
        "file": str(file),
        "works": not problems,
        "problems": [
            {"file": str(found.file), "line": found.line, "key": found.key or None, "problem": found.sentence}
            for found in problems
        ],
    }


def render(problems: Sequence[ConfigProblem]) -> Iterable[str]:
    """Yield the lines to print, by file: line, key and sentence of each mistake."""
    width = min(_KEY_WIDTH, max((len(problem.key) for problem in problems), default=0))
    shown: Path | None = None
    for problem in problems:
        if problem.file != shown:
            shown = problem.file
            yield click.style(sanitize(str(shown)), bold=True)
        line = f"line {problem.line}" if problem.line else ""
        yield sanitize(f"  {line:<9} {problem.key:<{width}}  {problem.sentence}")


def summary(file: Path, problems: Sequence[ConfigProblem]) -> str:
    """The result in one sentence."""
    if problems:
        return "1 mistake." if len(problems) == 1 else f"{len(problems)} mistakes."
    if not file.exists():
        return f"There is no {file} yet; matomo-tui works without one."
    return f"{file} has no mistakes."
