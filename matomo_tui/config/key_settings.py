"""The ``[keys]`` table of ``config.toml``: a preset, and keys by action id, each with its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from matomo_tui.config.validation import ConfigError


@dataclass(frozen=True, slots=True)
class KeySetting:
    """Keys for one action."""

    keys: str
    """One key or several, separated by commas, as written: ``"right,l"``."""
    where: str
    """File and line, for error messages."""


@dataclass(frozen=True, slots=True)
class KeySettings:
    """The whole table."""

    preset: str = ""
    """The name of the key map to begin with; ``""``: the default one."""
    preset_where: str = ""
    """File and line of ``preset``."""
    by_action: Mapping[str, KeySetting] = field(default_factory=dict)
    """Settings by action id, such as ``report.sort``."""


def read_keys(table: object, at: Callable[[str], str]) -> KeySettings:
    """The checked table. ``at`` gives file and line of a key in it.

    Action ids may be quoted (``"report.sort" = "o"``), dotted or in tables of their own (``[keys.report]``). Whether an
    id exists, and whether a key does, is checked where actions are known. Raises :class:`ConfigError` for values that
    are not text.
    """
    if not isinstance(table, dict):
        raise ConfigError(f"{at('')}: keys must be a table: [keys].")
    preset = table.get("preset", "")
    if not isinstance(preset, str):
        raise ConfigError(f"{at('preset')}: preset must be text in quotes.")
    by_action = {}
    for name, value in _flat({key: value for key, value in table.items() if key != "preset"}):
        where = at(name)
        keys = ",".join(value) if isinstance(value, list) and all(isinstance(key, str) for key in value) else value
        if not isinstance(keys, str) or not keys.strip() or not keys.isprintable():
            raise ConfigError(f'{where}: {name} must be a key or keys in quotes, such as "right,l".')
        by_action[name] = KeySetting(keys, where)
    return KeySettings(preset, at("preset"), by_action)


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = f"{before}.{key}" if before else key
        if isinstance(value, dict):
            yield from _flat(value, name)
        else:
            yield name, value
