"""One interface to profiles and their tokens, for start-up and the connect screen."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matomo_tui.api.secret import Secret
from matomo_tui.config import paths
from matomo_tui.config.files import write_private
from matomo_tui.config.keyrings import Keyring, SystemKeyring
from matomo_tui.config.profile_edits import edit_profiles
from matomo_tui.config.profiles import Profiles, read_profiles
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import CONNECTION_KEYS, Settings, resolve, same_address
from matomo_tui.config.validation import CHECKS, check_profile_name


@dataclass(frozen=True, slots=True)
class Saved:
    """Places of a saved profile and its token."""

    file: Path
    """The profile file."""
    token_place: str
    """The keyring or a file, to continue "the token is kept in"; ``""`` if no token was saved."""


class ProfileStore:
    """Profiles of one configuration folder. All methods access the disk, and some the keyring."""

    def __init__(self, folder: Path | None = None, keyring: Keyring | None = None) -> None:
        self.folder = folder if folder is not None else paths.config_dir()
        self._keyring: Keyring = keyring or SystemKeyring()
        self.file = paths.profile_file(self.folder)

    def read(self) -> Profiles:
        """Read all profiles. Raises :class:`ConfigError`."""
        return read_profiles(self.file)

    def settings(self, name: str, flags: Mapping[str, Any] | None = None) -> Settings:
        """Return the settings of a profile, overridden by ``flags`` but not by the environment.

        Raises :class:`ConfigError`."""
        return resolve(flags or {}, {}, self.read().values(name, self.file), name)

    def token_source(
        self, settings: Settings, *, environment: Secret | None = None, token_file: str = ""
    ) -> TokenSource:
        """Return the token source for these settings."""
        return TokenSource(
            settings, environment=environment, token_file=token_file, folder=self.folder, keyring=self._keyring
        )

    def save(self, name: str, values: Mapping[str, Any], token: Secret | None, *, default: bool = False) -> Saved:
        """Save the profile, and its token in the keyring or else in a file of mode 0600, never in the profile.

        Without a ``token`` the stored token or the profile's command is kept. If the profile's address changes, the
        settings that belong to the old address (headers, basic authentication …) are removed. Raises
        :class:`ConfigError`.
        """
        check_profile_name(name)
        before = self.read().by_name.get(name, {})  # an invalid file raises here, before a token is stored
        if "url" in before and not same_address(before["url"], values.get("url", before["url"])):
            values = {**dict.fromkeys(CONNECTION_KEYS & CHECKS.keys() & before.keys()), **values}
        file = paths.token_file(self.folder, name)
        place = ""
        if token is not None:
            if self._keyring.store(name, token):
                with suppress(OSError):
                    file.unlink(missing_ok=True)
                place = "the keyring"
            else:
                write_private(file, token.reveal() + "\n")
                place = str(file)
            values = {**values, "token_command": None, "token_file": None}
        edit_profiles(self.file, name, values, default=default)
        return Saved(self.file, place)
