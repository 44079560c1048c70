"""The table of ``matomo-tui config show``: each setting with its value and the source of the value."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from matomo_tui.api.secret import Secret
from matomo_tui.config.document import ConfigDocument, read_document
from matomo_tui.config.key_settings import KeySettings, action_path
from matomo_tui.config.paths import state_dir
from matomo_tui.config.profile_reader import profiles_in
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.reference import by_key
from matomo_tui.config.remembered import Remembered
from matomo_tui.config.settings import ENVIRONMENT, Layers, Settings, chosen_profile, demo_layers, layers
from matomo_tui.sanitize import sanitize

Kind = Literal["flag", "environment", "profile", "file", "file default", "remembered", "locale", "built in"]

_HIDDEN = frozenset({"token_command", "oauth_secret_command", "basic_auth_password_command", "headers"})
"""Settings whose values may contain a secret: only their beginnings are shown."""
_LONGEST = 60
"""Cells of the longest value that the sources are aligned with."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from."""

    kind: Kind
    words: str
    """A phrase for display, such as ``profile work, line 7``."""


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One line of the table."""

    key: str
    value: Any
    """As ``--json`` prints it, without secrets."""
    origin: Origin


@dataclass(frozen=True, slots=True)
class Overview:
    """All that ``config show`` prints."""

    file: Path
    exists: bool
    settings: tuple[ShownSetting, ...]
    token: str
    """The token's source as a phrase; ``""`` if no source has one."""
    keys: tuple[ShownSetting, ...]
    agents: tuple[ShownSetting, ...]
    """The grants of all agents, by agent and key."""
    left_out: tuple[str, ...]
    """Settings of the profile that are not used, since another address is given."""


def overview(flags: Mapping[str, Any]) -> Overview:
    """Collect the settings that a run with these flags would use. Raises :class:`ConfigError`."""
    store = ProfileStore()
    document = read_document(store.file)
    profiles = profiles_in(document)
    name = chosen_profile(flags.get("profile"), os.environ, profiles.default)
    values = profiles.values(name, store.file)
    found = demo_layers(flags, os.environ, values) if flags.get("demo") else layers(flags, os.environ, values, name)
    settings = found.settings()
    variable = os.environ.get("MATOMO_TOKEN", "").strip()
    token = store.token_source(
        settings, environment=Secret(variable) if variable else None, token_file=flags.get("token_file") or ""
    )
    chosen = ShownSetting("profile", name or None, _origin_of_profile(flags, document, name))
    shown = [_shown(key, settings, found, document, name) for key in _order()]
    # What is no key of the file is shown where it is given.
    shown = [one for one in shown if one.key in by_key() or one.origin.kind != "built in"]
    return Overview(
        file=store.file,
        exists=store.file.exists(),
        settings=(chosen, *(_with_remembered(one, settings) for one in shown)),
        token="built into the demo" if settings.demo else token.place(),
        keys=_shown_keys(profiles.keys, document),
        agents=tuple(_shown_agents(document.tables.get("agents", {}), document, ())),
        left_out=tuple(sorted(found.left_out)),
    )


def _order() -> list[str]:
    """All settings: those of the reference in its order, then the others."""
    hidden = ("profile", "run_read_only", "run_interval", "run_options")
    others = [name for name in Settings.__struct_fields__ if name not in by_key() and name not in hidden]
    return [*by_key(), *others]


def _origin_of_profile(flags: Mapping[str, Any], document: ConfigDocument, name: str) -> Origin:
    if flags.get("profile"):
        return Origin("flag", "--profile")
    if os.environ.get(ENVIRONMENT["profile"]):
        return Origin("environment", ENVIRONMENT["profile"])
    if "default" in document.tables and name:
        return Origin("file default", f"default of the file, line {document.locations.line('default')}")
    return Origin("file default", "the only profile of the file") if name else Origin("built in", "built in")


def _shown(key: str, settings: Settings, found: Layers, document: ConfigDocument, name: str) -> ShownSetting:
    return ShownSetting(key, _value(key, getattr(settings, key)), _origin(key, found, document, name))


def _origin(key: str, found: Layers, document: ConfigDocument, name: str) -> Origin:
    if key in found.flags:
        reference = by_key().get(key)
        return Origin("flag", (reference and reference.flag) or f"--{key.replace('_', '-')}")
    if key in found.environment:
        return Origin("environment", found.variables[key])
    if key in found.profile:
        return Origin("profile", f"profile {name}, line {document.locations.line('profiles', name, key)}")
    if key == "auth" and key in found.derived:
        return Origin("profile", f"profile {name}, oauth_client_id")
    if key in found.derived and key in found.variables:
        return Origin("locale", found.variables[key])
    return Origin("built in", "built in")


def _with_remembered(shown: ShownSetting, settings: Settings) -> ShownSetting:
    """The theme that was chosen by key instead of the configured one."""
    if shown.key != "theme":
        return shown
    entry = Remembered(state_dir()).get("theme", settings.profile)
    if not isinstance(entry, dict) or entry.get("configured") != settings.theme or not entry.get("chosen"):
        return shown
    return ShownSetting("theme", str(entry["chosen"]), Origin("remembered", "chosen in the dashboard with t"))


def _value(key: str, value: Any) -> Any:
    """The value for JSON; of commands only the program, of headers only their names."""
    if key == "headers":
        return {name: "***" for name, _ in value} or None
    if key in _HIDDEN:
        return [value[0], *(["…"] if len(value) > 1 else [])] if value else None
    if key == "night":
        return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in value) if value else "never"
    if key == "alerts":  # their deliveries may contain secrets
        return [str(rule.values.get("name", f"rule {number}")) for number, rule in enumerate(value, 1)]
    if isinstance(value, tuple):
        return [entry if isinstance(entry, str | int | float | bool) else "…" for entry in value]
    return None if value == "" else value


def _shown_keys(keys: KeySettings, document: ConfigDocument) -> tuple[ShownSetting, ...]:
    def origin(action: str) -> Origin:
        return Origin("file", f"[keys], line {document.locations.line(*action_path(document.locations, action))}")

    preset = [ShownSetting("preset", keys.preset, origin("preset"))] if keys.preset else []
    return (*preset, *(ShownSetting(name, one.keys, origin(name)) for name, one in keys.by_action.items()))


def _shown_agents(table: Mapping[str, Any], document: ConfigDocument, path: tuple[str, ...]) -> Iterator[ShownSetting]:
    for key, value in table.items():
        below = (*path, key)
        if isinstance(value, Mapping):
            yield from _shown_agents(value, document, below)
        else:
            words = f"[agents.{path[0]}], line {document.locations.line('agents', *below)}"
            yield ShownSetting(".".join(below), value, Origin("file", words))


def as_object(found: Overview) -> dict[str, Any]:
    """Convert to the object that ``--json`` prints."""

    def objects(shown: Iterable[ShownSetting]) -> dict[str, Any]:
        return {one.key: {"value": one.value, "source": one.origin.kind, "from": one.origin.words} for one in shown}

    return {
        "file": str(found.file),
        "exists": found.exists,
        "settings": objects(found.settings),
        "token": found.token or None,
        "keys": objects(found.keys),
        "agents": objects(found.agents),
        "left_out": list(found.left_out),
    }


def render(found: Overview) -> Iterable[str]:
    """Yield the lines to print; what differs from the built-in values is bold in a terminal."""
    yield f"{found.file}{'' if found.exists else ' (not there yet)'}"
    defaults = {key: setting.default for key, setting in by_key().items()}
    rows = [(one.key, _written(one.value, defaults.get(one.key, "")), one.origin) for one in found.settings]
    rows += [("token", "***" if found.token else "–", Origin("profile" if found.token else "built in", found.token))]
    rows += [(f"keys.{one.key}", _written(one.value), one.origin) for one in found.keys]
    rows += [(f"agents.{one.key}", _written(one.value), one.origin) for one in found.agents]
    key_width = max(len(key) for key, _, _ in rows)
    value_width = min(_LONGEST, max(len(value) for _, value, _ in rows))
    for key, value, origin in rows:
        words = origin.words or "no source has one"
        line = sanitize(f"  {key:<{key_width}}  {value:<{value_width}}  {words}")
        yield click.style(line, dim=True) if origin.kind == "built in" else line
    if found.left_out:
        names = ", ".join(found.left_out)
        yield f"Not used, because the address is not the profile's: {names}."


def _written(value: Any, default: str = "") -> str:
    """The value as in TOML; for none, what that means, or ``–``."""
    if value is None or value == []:
        return default or "–"
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(value, ensure_ascii=False)
