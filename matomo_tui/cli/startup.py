"""Start-up shared by the commands that connect: settings, profiles and the token's source."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from matomo_tui.api.secret import Secret
from matomo_tui.cli.errors import stop
from matomo_tui.config.core_dumps import forbid_core_dumps
from matomo_tui.config.key_settings import KeySettings
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.secret_command import SECRET_VARIABLES
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings, chosen_profile, demo_layers, resolve
from matomo_tui.config.validation import ConfigError


class Start(Struct, frozen=True):
    """Everything that a command needs to connect."""

    settings: Settings
    token: TokenSource
    store: ProfileStore
    keys: KeySettings
    profiles: tuple[str, ...] = ()
    """The names of all profiles."""

    def how_to_choose(self) -> str:
        """How to choose one of the profiles; ``""`` if one is chosen, or there is none."""
        if self.settings.profile or not self.profiles:
            return ""
        return (
            "Choose a profile with --profile NAME, or a default one with `matomo-tui profiles default NAME`. "
            f"Profiles: {', '.join(self.profiles)}."
        )

    def need_matomo(self, lacking: str = "No address.") -> None:
        """Exit with code 2 and a sentence that begins with ``lacking`` if there is no Matomo to connect to."""
        if not self.settings.url and not self.settings.demo:
            how = "Set one with --url or MATOMO_URL, or run matomo-tui to make a profile."
            stop(f"{lacking} {self.how_to_choose() or how}")


def prepare(flags: Mapping[str, Any]) -> Start:
    """Resolve flags, environment and profile. Exits with code 2 and a sentence if they are invalid.

    The demo uses a profile's display settings, but nothing of its connection. Secrets are removed from the
    environment, so that child processes do not inherit them, and the memory is kept out of core dumps.
    """
    forbid_core_dumps()
    variable = os.environ.get("MATOMO_TOKEN", "").strip()
    for name in SECRET_VARIABLES:
        os.environ.pop(name, None)
    store = ProfileStore()
    try:
        profiles = store.read()
        name = chosen_profile(flags.get("profile"), os.environ, profiles.default)
        values = profiles.values(name, store.file)
        if flags.get("demo"):
            settings = demo_layers(flags, os.environ, values).settings()
        else:
            settings = resolve(flags, os.environ, values, name)
    except ConfigError as error:
        stop(str(error))
    token = store.token_source(
        settings,
        environment=Secret(variable) if variable else None,
        token_file=flags.get("token_file") or "",
    )
    return Start(settings, token, store, profiles.keys, tuple(profiles.by_name))
