"""The ``[keys]`` table of ``config.toml``: a preset, and keys by action id, each with its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from matomo_tui.config.validation import ConfigError

if TYPE_CHECKING:
    from matomo_tui.config.locations import KeyPath, Locations

_MOST_PARTS = 6
"""Parts of an action's id that are told apart: ids have at most four."""


class KeySetting(Struct, frozen=True):
    """Keys for one action."""

    keys: str
    """One key or several, separated by commas, as written: ``"right,l"``."""
    where: str
    """File and line, for error messages."""


class KeySettings(Struct, frozen=True):
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
    for name, sentence in key_mistakes(table):
        raise ConfigError(f"{at(name)}: {sentence}")
    checked: Mapping[str, Any] = table if isinstance(table, dict) else {}
    settings = {name: KeySetting(_keys(value), at(name)) for name, value in _actions(checked)}
    return KeySettings(checked.get("preset", ""), at("preset"), settings)


def key_mistakes(table: object) -> Iterator[tuple[str, str]]:
    """Yield each value of the table that is not text: the action's id (or ``preset``, or ``""``), and a sentence."""
    if not isinstance(table, dict):
        yield "", "keys must be a table: [keys]."
        return
    if not isinstance(table.get("preset", ""), str):
        yield "preset", "preset must be text in quotes."
    for name, value in _actions(table):
        keys = _keys(value)
        if not isinstance(keys, str) or not keys.strip() or not keys.isprintable():
            yield name, f'{name} must be a key or keys in quotes, such as "right,l".'


def action_path(locations: Locations, action: str) -> KeyPath:
    """Return the path of an action's keys in the file: ids may be quoted, dotted or in tables of their own."""
    parts = action.split(".", _MOST_PARTS) if action else []
    for joins in product((True, False), repeat=max(0, len(parts) - 1)):
        path = parts[:1]
        for joined, part in zip(joins, parts[1:], strict=True):
            path = [*path[:-1], f"{path[-1]}.{part}"] if joined else [*path, part]
        if ("keys", *path) in locations:
            return ("keys", *path)
    return ("keys",)


def _keys(value: Any) -> Any:
    return ",".join(value) if isinstance(value, list) and all(isinstance(key, str) for key in value) else value


def _actions(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return _flat({key: value for key, value in table.items() if key != "preset"})


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = f"{before}.{key}" if before else key
        if isinstance(value, dict):
            yield from _flat(value, name)
        else:
            yield name, value
