"""One interface to profiles and their tokens, for start-up and the connect screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from matomo_tui.api.secret import Secret
from matomo_tui.config import paths
from matomo_tui.config.files import move_private, read_text, remove_file, write_private
from matomo_tui.config.keyrings import Keyring, SystemKeyring
from matomo_tui.config.profiles import Profiles
from matomo_tui.config.secrets import TokenSource, bound_to
from matomo_tui.config.settings import CONNECTION_KEYS, Settings, of_profile, same_or_upgraded
from matomo_tui.config.validation import CHECKS, ConfigError, check_profile_name

if TYPE_CHECKING:
    from matomo_tui.config.logins import LoginStore

_OTHER_SOURCES = ("token_command", "token_file", "oauth_client_id", "oauth_secret_command")
"""Settings that name another source of the token than the stored one."""


def _edits() -> ModuleType:
    """The module that edits the profile file. Imported for an edit only: it costs start-up time."""
    from matomo_tui.config import profile_edits

    return profile_edits


def read_profiles(file: Path) -> Profiles:
    """Read and validate the file; a missing file has no profiles. :class:`ConfigError` names file, line and key."""
    text = read_text(file)
    if text is None:
        return Profiles()
    from matomo_tui.config.document import parse_document  # only where there is a file: they cost start-up time
    from matomo_tui.config.profile_reader import profiles_in

    return profiles_in(parse_document(file, text))


def _check_case(name: str, others: Iterable[str]) -> None:
    """Raise ``ConfigError`` if another profile's name differs only in capitals: on a disk that does not tell them apart
    both would have the same token."""
    if same := next((other for other in others if other.casefold() == name.casefold()), ""):
        raise ConfigError(
            f"There is a profile {same!r} already, and {name!r} differs only in capitals: take another name."
        )


def _of_old_address(before: Mapping[str, Any], url: str) -> list[str]:
    """The settings of a saved profile that are not meant for the address ``url``; none if that is ``""``."""
    if not url or "url" not in before or same_or_upgraded(before["url"], url):
        return []
    return [key for key in CHECKS if key in CONNECTION_KEYS and key in before]


def _copied(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a profile as they are written to the file, but for its alerts."""
    return {key: dict(value) if key == "headers" else value for key, value in values.items() if key in CHECKS}


class ProfileChanged(ConfigError):
    """Another program has saved, changed or removed the profile meanwhile."""


class Saved(Struct, frozen=True):
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

    @cached_property
    def logins(self) -> LoginStore:
        """The OAuth 2.0 logins."""
        from matomo_tui.config.logins import LoginStore  # only for a login: it costs start-up time

        return LoginStore(self.folder, self._keyring)

    def read(self) -> Profiles:
        """Read all profiles. Raises :class:`ConfigError`."""
        return read_profiles(self.file)

    def settings(self, name: str) -> Settings:
        """Return the settings of a profile, as ``settings.of_profile``. Raises :class:`ConfigError`."""
        return of_profile(self.read().values(name, self.file), name)

    def token_source(
        self, settings: Settings, *, environment: Secret | None = None, token_file: str = ""
    ) -> TokenSource:
        """Return the token source for these settings."""
        return TokenSource(
            settings, environment=environment, token_file=token_file, folder=self.folder, keyring=self._keyring
        )

    def check_name(self, name: str) -> str:
        """Return ``name`` if a profile can be saved under it. Raises :class:`ConfigError`."""
        check_profile_name(name)
        profiles = self.read().by_name
        if name not in profiles:
            _check_case(name, profiles)
        return name

    def save(
        self,
        name: str,
        values: Mapping[str, Any],
        token: Secret | None,
        *,
        default: bool = False,
        like: str = "",
        known: Mapping[str, Any] | None = None,
    ) -> Saved:
        """Save the profile, and its token in the keyring or else in a file of mode 0600, never in the profile.

        Without a ``token`` the stored token, the login or the profile's command is kept. If the profile's address
        changes to another one than its upgrade to https, the settings that belong to the old address (headers, basic
        authentication …) are removed; see :meth:`removed_by_saving`. The
        settings of the profile ``like`` that ``values`` lacks are copied to a new one of the same address, but for its
        alerts, which would be delivered twice. Raises :class:`ConfigError`, and :class:`ProfileChanged` if the profile
        has other settings than those ``known``, of which a new one has none.
        """
        self.check_name(name)
        profiles = self.read().by_name
        before, model = profiles.get(name, {}), profiles.get(like, {})
        if name not in profiles and same_or_upgraded(model.get("url", ""), values.get("url", "")):
            values = {**_copied(model), **values}
        values = {**dict.fromkeys(_of_old_address(before, values.get("url", ""))), **values}
        url = values.get("url", before.get("url", ""))
        if token is not None:
            values = {**values, **dict.fromkeys(_OTHER_SOURCES)}
        place = ""

        def keep_token(there: Profiles) -> None:
            """Store the token, before the profile has its address, but not for a profile that is not written."""
            nonlocal place
            if known is not None and there.by_name.get(name, {}) != known:
                raise ProfileChanged(f"Another program has changed profile {name!r}.")
            if token is not None:
                place = self._keep(name, bound_to(token, url))
                self.logins.remove(name)

        _edits().edit_profiles(self.file, name, values, default=default, before_writing=keep_token)
        return Saved(self.file, place)

    def removed_by_saving(self, name: str, url: str, *, with_token: bool) -> list[str]:
        """Return the settings that :meth:`save` would remove from a profile: because its address becomes ``url``, and
        ``with_token`` because its token is stored. Raises :class:`ConfigError`."""
        before = self.read().by_name.get(name, {})
        removed = {*_of_old_address(before, url), *(_OTHER_SOURCES if with_token else ())}
        return [key for key in CHECKS if key in removed and key in before]

    def set_default(self, name: str) -> None:
        """Make a profile the default one. Raises :class:`ConfigError`."""
        _edits().set_default(self.file, name)

    def rename(self, old: str, new: str) -> str:
        """Rename a profile with its stored token; returns the token's place as in :class:`Saved`.

        The token is never without a place: it is stored under the new name before it is removed from the old one.
        Raises :class:`ConfigError`, also if a token under the new name would be lost.
        """
        profiles = self.read()
        profiles.values(old, self.file)
        check_profile_name(new)
        # Before its token: that of a profile is not to be removed.
        _edits().check_new_name(profiles, old, new, self.file)
        _check_case(new, [name for name in profiles.by_name if name != old])
        old_file, new_file = (paths.token_file(self.folder, name) for name in (old, new))
        if new_file.exists():
            raise ConfigError(f"{new_file} has a token already. Remove that file first, or take another name.")
        token = self._keyring.load(old)
        _edits().rename_profile(self.file, old, new)
        place = ""
        if token is not None:
            place = self._keep(new, token)
            self._keyring.delete(old)
        if old_file.exists():
            move_private(old_file, new_file)
            place = place or str(new_file)
        return self.logins.rename(old, new) or place

    def remove(self, name: str) -> None:
        """Remove a profile, its stored token and its keyring entry. Raises :class:`ConfigError`."""
        _edits().remove_profile(self.file, name)
        self._keyring.delete(name)
        remove_file(paths.token_file(self.folder, name))
        self.logins.remove(name)

    def token_kept_in(self, name: str) -> str:
        """Return the place of the stored token as in :class:`Saved`; ``""`` if none is stored."""
        files = (paths.token_file(self.folder, name), paths.login_file(self.folder, name))
        if files[0].exists():
            return str(files[0])
        if self._keyring.load(name) is not None:
            return "the keyring"
        kept = next((str(file) for file in files if file.exists()), "")
        return kept or ("the keyring" if self.logins.load(name) is not None else "")

    def _keep(self, name: str, token: Secret) -> str:
        """Store a token, with its address, in the keyring, or else in a private file; returns its place. Nothing older
        stays."""
        file = paths.token_file(self.folder, name)
        if self._keyring.store(name, token):
            remove_file(file)  # it would be taken for the newer one
            return "the keyring"
        write_private(file, token.reveal() + "\n")
        self._keyring.delete(name)
        return str(file)
