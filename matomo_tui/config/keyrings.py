"""Access to the system's keyring, if the ``keyring`` extra is installed and the machine has one."""

from __future__ import annotations

import importlib.util
from typing import Protocol

from matomo_tui.api.secret import Secret

SERVICE = "matomo-tui"


class Keyring(Protocol):
    """Keeps one token a profile."""

    def installed(self) -> bool:
        """Whether it may be asked at all. Cheap."""
        ...

    def load(self, profile: str) -> Secret | None:
        """The token kept for a profile; ``None`` where there is none, or no keyring to ask."""
        ...

    def store(self, profile: str, token: Secret) -> bool:
        """Keep the token, in place of an earlier one. False where there is no keyring that takes it."""
        ...


class SystemKeyring:
    """The one of the desktop (Secret Service, Keychain, Credential Locker), through the ``keyring`` package."""

    def installed(self) -> bool:
        return importlib.util.find_spec("keyring") is not None

    def load(self, profile: str) -> Secret | None:
        if not self.installed():
            return None
        import keyring  # it takes 100 ms and may start a service: only when it is asked
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
