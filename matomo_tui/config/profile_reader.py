"""Reads the configuration file: strictly, and with file, line and key in each error."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from matomo_tui.config import paths
from matomo_tui.config.agent_settings import read_agents
from matomo_tui.config.alert_settings import read_alert_settings
from matomo_tui.config.document import TABLES, ConfigDocument, ConfigProblem
from matomo_tui.config.key_settings import action_path, read_keys
from matomo_tui.config.locations import KeyPath, nearest_word
from matomo_tui.config.profiles import Profiles
from matomo_tui.config.validation import CHECKS, SECRET_KEYS, ConfigError, check_profile_name, ended


def profiles_in(document: ConfigDocument) -> Profiles:
    """Return the validated profiles, key settings and agents of a file. Raises :class:`ConfigError` for its first
    mistake."""
    reader = _Reader(document)
    profiles = reader.profiles()
    for problem in reader.problems:
        raise ConfigError(str(problem))

    def at(action: str) -> str:
        return document.locations.at(*action_path(document.locations, action))

    keys = read_keys(document.tables.get("keys", {}), at)
    return replace(profiles, keys=keys, agents=read_agents(document))


def profile_problems(document: ConfigDocument) -> list[ConfigProblem]:
    """Return every mistake in the default, in the profiles and in the names of the file's tables."""
    reader = _Reader(document)
    reader.profiles()
    return reader.problems


def valid_profiles(document: ConfigDocument) -> Mapping[str, Mapping[str, Any]]:
    """Return the valid settings of each profile; those with mistakes are left out."""
    return _Reader(document).profiles().by_name


class _Reader:
    """Validates a document, and collects its mistakes."""

    def __init__(self, document: ConfigDocument) -> None:
        self._document = document
        self.problems: list[ConfigProblem] = []

    def profiles(self) -> Profiles:
        """The profiles without invalid settings, and without key settings and agents."""
        tables = self._document.tables
        for key in tables:
            if key not in TABLES:
                self._wrong((key,), f"unknown key {key!r}. {_known_tables(key)}")
        profiles = tables.get("profiles", {})
        if not isinstance(profiles, dict) or not all(isinstance(table, dict) for table in profiles.values()):
            self._wrong(("profiles",), "profiles must be tables: [profiles.NAME].")
            return Profiles()
        by_name = {name: self._profile(name, table) for name, table in profiles.items()}
        default = tables.get("default", "")
        if not isinstance(default, str) or (default and default not in by_name):
            there = nearest_word(str(default), by_name) if by_name else "There is none yet."
            self._wrong(("default",), f"default must name a profile of this file. {there}")
            default = ""
        return Profiles(default or (next(iter(by_name)) if len(by_name) == 1 else ""), by_name)

    def _profile(self, name: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
        path = ("profiles", name)
        try:
            check_profile_name(name)
        except ConfigError as error:
            self._wrong(path, str(error))
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key.lower().replace("-", "_") in SECRET_KEYS:
                self._wrong(
                    (*path, key),
                    f"a secret does not belong in this file. Remove {key!r} and provide the token by "
                    "token_command, the keyring, a file of mode 0600 (token_file) or MATOMO_TOKEN.",
                )
            elif key == "alerts":
                try:
                    values[key] = read_alert_settings(value, partial(self._document.locations.at, *path, "alerts"))
                except ValueError as error:
                    self._wrong((*path, key), str(error))
            elif key not in CHECKS:
                hint = nearest_word(key, (*CHECKS, "alerts"))
                self._wrong((*path, key), f"unknown key {key!r} in profile {name!r}. {hint}")
            else:
                try:
                    values[key] = CHECKS[key](value)
                except ValueError as error:
                    self._wrong((*path, key), f"{key} {ended(str(error))}")
        if bundle := values.get("ca_bundle"):
            values["ca_bundle"] = str(paths.referred_file(self._document.file.parent, bundle))
        return values

    def _wrong(self, path: KeyPath, sentence: str) -> None:
        self.problems.append(self._document.problem(path, sentence))


def _known_tables(key: str) -> str:
    hint = nearest_word(key, TABLES)
    if hint.startswith("Known"):
        return "The file has 'default', [profiles.NAME], [keys] and [agents.NAME]."
    return hint
