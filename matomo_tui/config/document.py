"""The configuration file as a document: its tables, the lines of its keys, and what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

from matomo_tui.config.files import parse_toml, read_text
from matomo_tui.config.locations import KeyPath, Locations
from matomo_tui.config.validation import ConfigError

TABLES = ("default", "profiles", "keys", "agents")
"""The keys that the file may have outside of any table."""


class ConfigProblem(Struct, frozen=True):
    """One mistake in a file of the configuration."""

    file: Path
    line: int | None
    """``None`` if the mistake has no line of its own, such as a missing key."""
    key: str
    """The key with its tables, such as ``profiles.work.interval``; ``""`` for the whole file."""
    sentence: str
    """What is wrong and what is right. It contains no secret."""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else str(self.file)
        return f"{place}: {self.sentence}"


class ConfigDocument:
    """The text of a configuration file and what it parses to."""

    def __init__(self, file: Path, text: str, tables: Mapping[str, Any]) -> None:
        self.file, self.text, self.tables = file, text, tables

    @cached_property
    def locations(self) -> Locations:
        """The lines of all keys."""
        return Locations(self.file, self.text)

    def problem(self, path: KeyPath, sentence: str) -> ConfigProblem:
        """Return a problem at the line of ``path``, or at that of the nearest table around it."""
        return ConfigProblem(self.file, self.locations.line(*path), ".".join(map(str, path)), sentence)


def parse_document(file: Path, text: str) -> ConfigDocument:
    """Parse ``text`` as the content of ``file``. Raises :class:`ConfigError` with file and line."""
    return ConfigDocument(file, text, parse_toml(file, text))


def read_document(file: Path) -> ConfigDocument:
    """Read ``file``; without one the document is empty. Raises :class:`ConfigError` if it is not valid TOML."""
    return parse_document(file, read_text(file) or "")


def problem_of(error: ConfigError, file: Path) -> ConfigProblem:
    """Return the problem that an error about ``file`` names, with its line if the error has one."""
    sentence = str(error).removeprefix(str(file))
    line = re.match(r", line (\d+)", sentence)
    text = sentence[line.end() :] if line else sentence
    return ConfigProblem(file, int(line[1]) if line else None, "", text.removeprefix(": "))
