"""OAuth 2.0 logins: the tokens of a profile, in the keyring or a private file, replaced as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from matomo_tui.api.secret import Secret
from matomo_tui.config import paths
from matomo_tui.config.file_lock import locked
from matomo_tui.config.files import read_text, remove_file, write_private
from matomo_tui.config.keyrings import Keyring
from matomo_tui.config.validation import ConfigError

if TYPE_CHECKING:
    from matomo_tui.api.oauth import Endpoints, Scope

_LONGEST_ON_WINDOWS = 1_200
"""Characters that Windows' Credential Locker takes, with some room."""
_SECRETS = ("access_token", "refresh_token", "client_secret")


class Login(Struct, frozen=True):
    """The tokens of one profile at one Matomo."""

    address: str
    """Base address of the Matomo that issued them; they are sent to no other."""
    client_id: str
    scope: Scope
    endpoints: Endpoints
    access_token: Secret | None = None
    expires_at: float = 0.0
    """UTC epoch in seconds at which the access token expires."""
    refresh_token: Secret | None = None
    """``None`` for a client without a person (client credentials)."""
    refresh_expires_at: float = 0.0
    """UTC epoch in seconds at which the refresh token expires, as far as it is known."""
    client_secret: Secret | None = None
    """Of a confidential client; ``None`` if the profile's command has it."""

    @property
    def is_of_a_person(self) -> bool:
        """True if a person logged in, False for client credentials."""
        return self.refresh_token is not None


class LoginStore:
    """The logins of one configuration folder. All methods access the disk or the keyring."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._folder = folder
        self._keyring = keyring

    @contextmanager
    def locked(self, profile: str) -> Iterator[None]:
        """Hold the lock of a profile's login: two programs must not use the same refresh token.

        Raises :class:`ConfigError`."""
        with locked(paths.login_lock(self._folder, profile), patience=60.0):
            yield

    def load(self, profile: str) -> Login | None:
        """Return the newest login of a profile; ``None`` if there is none, or none that can be read."""
        kept = self._keyring.load(_entry(profile))
        texts = [kept.reveal() if kept is not None else "", self._text(profile)]
        found = [login for login in map(_login, texts) if login is not None]
        return max(found, key=lambda login: login.expires_at, default=None)

    def exists(self, profile: str) -> bool:
        """Return True if there may be a login. Fast: it does not access the keyring."""
        return paths.login_file(self._folder, profile).exists() or self._keyring.installed()

    def save(self, profile: str, login: Login) -> str:
        """Store or replace the login of a profile; returns its place, to continue "the login is kept in".

        Raises :class:`ConfigError` if it cannot be stored anywhere."""
        text = _text(login)
        file = paths.login_file(self._folder, profile)
        fits = os.name != "nt" or len(text) <= _LONGEST_ON_WINDOWS
        if fits and self._keyring.store(_entry(profile), Secret(text)):
            with suppress(ConfigError):
                remove_file(file)
            return "the keyring"
        write_private(file, text)
        self._keyring.delete(_entry(profile))
        return str(file)

    def remove(self, profile: str) -> None:
        """Remove the login of a profile, if there is one. Raises :class:`ConfigError`."""
        self._forget(profile)
        remove_file(paths.login_lock(self._folder, profile))

    def rename(self, old: str, new: str) -> str:
        """Move a login to a profile's new name; returns its place, ``""`` if there is none.

        Raises :class:`ConfigError`."""
        if not self.exists(old):
            return ""
        with self.locked(old):
            login = self.load(old)
            place = "" if login is None else self.save(new, login)
            self._forget(old)  # a program that waits for the lock would use up the refresh token
        remove_file(paths.login_lock(self._folder, old))
        return place

    def _forget(self, profile: str) -> None:
        self._keyring.delete(_entry(profile))
        remove_file(paths.login_file(self._folder, profile))

    def _text(self, profile: str) -> str:
        try:
            return read_text(paths.login_file(self._folder, profile)) or ""
        except ConfigError:
            return ""


def _entry(profile: str) -> str:
    """The name in the keyring. No profile's name contains a colon."""
    return f"oauth:{profile}"


def _text(login: Login) -> str:
    values: dict[str, Any] = {
        "address": login.address,
        "client_id": login.client_id,
        "scope": login.scope,
        "authorize": login.endpoints.authorize,
        "token": login.endpoints.token,
        "revoke": login.endpoints.revoke,
        "expires_at": login.expires_at,
        "refresh_expires_at": login.refresh_expires_at,
    }
    for name in _SECRETS:
        secret = getattr(login, name)
        if secret is not None:
            values[name] = secret.reveal()
    import json

    return json.dumps(values, indent=1) + "\n"


def _login(text: str) -> Login | None:
    if not text:
        return None
    import json

    from matomo_tui.api.oauth import Endpoints  # only for a login: it costs start-up time

    try:
        values = json.loads(text)

        def secret(name: str) -> Secret | None:
            return Secret(str(values[name])) if values.get(name) else None

        return Login(
            address=str(values["address"]),
            client_id=str(values["client_id"]),
            scope=values["scope"],
            endpoints=Endpoints(str(values["authorize"]), str(values["token"]), str(values["revoke"])),
            access_token=secret("access_token"),
            expires_at=float(values["expires_at"]),
            refresh_token=secret("refresh_token"),
            refresh_expires_at=float(values["refresh_expires_at"]),
            client_secret=secret("client_secret"),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
