"""Access to the system's keyring through the optional ``keyring`` package."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from matomo_tui.api.secret import Secret

SERVICE = "matomo-tui"
"""Service name of this program's entries."""


class Keyring(Protocol):
    """Stores one token per profile."""

    def installed(self) -> bool:
        """Return True if a keyring may be available. Fast: it does not access the keyring."""
        ...

    def load(self, profile: str) -> Secret | None:
        """Return the stored token of a profile; ``None`` if there is none or no keyring."""
        ...

    def store(self, profile: str, token: Secret) -> bool:
        """Store or replace the token of a profile. Returns False if no keyring accepts it."""
        ...

    def delete(self, profile: str) -> None:
        """Delete the token of a profile, if there is one."""
        ...


class SystemKeyring:
    """The desktop's keyring: Secret Service, Keychain or Credential Locker."""

    def installed(self) -> bool:
        import importlib.util

        return importlib.util.find_spec("keyring") is not None

    def load(self, profile: str) -> Secret | None:
        if not self.installed():
            return None
        import keyring  # takes 100 ms and may start a service: import only on use
        from keyring.errors import KeyringError

        try:
            kept = keyring.get_password(SERVICE, profile)
        except (KeyringError, RuntimeError, OSError):
            return None
        return Secret(kept) if kept else None

    def store(self, profile: str, token: Secret) -> bool:
        if not self.installed():
            return False
        import keyring
        from keyring.errors import KeyringError

        try:
            keyring.set_password(SERVICE, profile, token.reveal())
            return keyring.get_password(SERVICE, profile) == token.reveal()
        except (KeyringError, RuntimeError, OSError):
            return False

    def delete(self, profile: str) -> None:
        if not self.installed():
            return
        import keyring
        from keyring.errors import KeyringError

        with suppress(KeyringError, RuntimeError, OSError):
            keyring.delete_password(SERVICE, profile)
