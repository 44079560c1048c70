"""The configuration file: ``config.toml`` with ``default = "name"``, ``[profiles.name]`` for each Matomo, ``[keys]``,
and ``[agents.name]`` for each AI agent.

Reading is strict, and errors name file, line and key. Writing is atomic and keeps comments and order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matomo_tui.config.agent_settings import AgentSettings, read_agents
from matomo_tui.config.files import parse_toml, read_text, write_private
from matomo_tui.config.key_settings import KeySettings, read_keys
from matomo_tui.config.validation import CHECKS, SECRET_KEYS, ConfigError, check_profile_name, check_value

_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Profiles:
    """The content of a profile file."""

    default: str = ""
    """Name of the default profile; ``""`` if there is none."""
    by_name: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The validated settings of each profile."""
    keys: KeySettings = field(default_factory=KeySettings)
    """The key map."""
    agents: Mapping[str, AgentSettings] = field(default_factory=dict)
    """The grants of each AI agent."""

    def values(self, name: str, file: Path) -> Mapping[str, Any]:
        """Return the settings of a profile, none for ``""``. Raises :class:`ConfigError` for an unknown name.

        ``file`` is named in the error."""
        if not name:
            return {}
        if name not in self.by_name:
            there = ", ".join(self.by_name) or "none yet"
            raise ConfigError(f"There is no profile {name!r} in {file}. Profiles there: {there}.")
        return self.by_name[name]


def read_profiles(file: Path) -> Profiles:
    """Read and validate the file; a missing file has no profiles. :class:`ConfigError` names file, line and key."""
    text = read_text(file)
    return Profiles() if text is None else _parse(file, text)


def _parse(file: Path, text: str) -> Profiles:
    return _Reader(file, text.splitlines()).profiles(parse_toml(file, text))


class _Reader:
    """Validates the parsed file, and finds the lines of invalid settings in its text."""

    def __init__(self, file: Path, lines: list[str]) -> None:
        self._file = file
        self._lines = lines

    def profiles(self, document: Mapping[str, Any]) -> Profiles:
        for key in document:
            if key not in ("default", "profiles", "keys", "agents"):
                raise ConfigError(
                    f"{self._at((), key)}: unknown key {key!r}; it has 'default', [profiles.NAME], [keys] and "
                    "[agents.NAME]."
                )
        tables = document.get("profiles", {})
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise ConfigError(f"{self._at((), 'profiles')}: profiles must be tables: [profiles.NAME].")
        by_name = {name: self._profile(name, table) for name, table in tables.items()}
        default = document.get("default", "")
        if not isinstance(default, str) or (default and default not in by_name):
            there = f"known: {', '.join(by_name)}" if by_name else "there is none yet"
            raise ConfigError(f"{self._at((), 'default')}: default must name a profile of this file; {there}.")
        keys = read_keys(document.get("keys", {}), self._at_key)
        agents = read_agents(document.get("agents", {}), self._at)
        for agent in agents.values():
            if agent.profile and agent.profile not in by_name:
                there = ", ".join(by_name) or "none yet"
                where = self._at(("agents", agent.name), "profile")
                raise ConfigError(f"{where}: there is no profile {agent.profile!r}. Profiles there: {there}.")
        return Profiles(default or (next(iter(by_name)) if len(by_name) == 1 else ""), by_name, keys, agents)

    def _profile(self, name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
        path = ("profiles", name)
        try:
            check_profile_name(name)
        except ConfigError as error:
            raise ConfigError(f"{self._at(path)}: {error}") from None
        values = {}
        for key, value in table.items():
            where = self._at(path, key)
            if key.lower().replace("-", "_") in SECRET_KEYS:
                raise ConfigError(
                    f"{where}: a secret does not belong in this file. Remove {key!r} and provide the token by "
                    "token_command, the keyring, a file of mode 0600 (token_file) or MATOMO_TOKEN."
                )
            if key not in CHECKS:
                import difflib

                close = difflib.get_close_matches(key, CHECKS, n=1)
                hint = f" Did you mean {close[0]!r}?" if close else f" Known: {', '.join(CHECKS)}."
                raise ConfigError(f"{where}: unknown key {key!r} in profile {name!r}.{hint}")
            values[key] = check_value(key, value, where)
        return values

    def _at(self, table: tuple[str, ...], key: str = "") -> str:
        line = self._line(table, key)
        return f"{self._file}, line {line}" if line else str(self._file)

    def _at_key(self, action: str) -> str:
        """The place of an action's keys in ``[keys]``."""
        *tables, name = ["keys", *action.split(".")] if action else ["keys"]
        return self._at(tuple(tables), name)

    def _line(self, table: tuple[str, ...], key: str) -> int | None:
        """Find the line of a table's header, or of a key in the table, also if dotted or quoted."""
        wanted = (*table, key) if key else table
        current: tuple[str, ...] = ()
        header_line = None
        for number, line in enumerate(self._lines, 1):
            header = _TABLE.match(line)
            if header:
                current = _split_key(header.group(1))
                if current == wanted or (current[: len(wanted)] == wanted and header_line is None):
                    return number
                if current == table:
                    header_line = number
            elif key and "=" in line and (*current, *_split_key(line.split("=", 1)[0]))[: len(wanted)] == wanted:
                return number
        return header_line


def _split_key(text: str) -> tuple[str, ...]:
    return tuple(part.strip(" \t\"'") for part in text.strip().split("."))


def edit_profiles(file: Path, name: str, values: Mapping[str, Any], *, default: bool) -> None:
    """Write ``values`` into the profile ``name``; make it the default if ``default``, or if the file has none.

    Other keys, other profiles, comments and order are kept; a value of ``None`` removes its key. The file is replaced
    atomically and readable only by its owner. Raises :class:`ConfigError`.
    """
    check_profile_name(name)
    for key in values:
        if key not in CHECKS:
            raise ConfigError(f"{key!r} is not a setting of a profile.")
    read_profiles(file)
    import tomlkit  # imported only for writing: it costs start-up time

    document = tomlkit.parse(read_text(file) or "# Profiles of matomo-tui. Tokens do not belong here.\n")
    if default or not document.get("default"):
        document["default"] = name
    tables = document.setdefault("profiles", tomlkit.table(is_super_table=True))
    table = tables.setdefault(name, tomlkit.table())
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        elif table.get(key) != value:
            table[key] = list(value) if isinstance(value, tuple) else value
    text = tomlkit.dumps(document)
    _check_edited(file, text, name, document["default"])
    write_private(file, text)


def _check_edited(file: Path, text: str, name: str, default: str) -> None:
    """Check that the edit had the intended effect: with dotted keys, a new key may end up in another table."""
    try:
        profiles = _parse(file, text)
        if profiles.default == default and name in profiles.by_name:
            return
    except ConfigError:
        pass
    raise ConfigError(f"{file} has a layout that cannot be edited automatically: use tables, [profiles.NAME].")
