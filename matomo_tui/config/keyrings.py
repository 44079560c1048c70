"""The system's keyring, where the ``keyring`` extra is installed and the machine has one."""

from __future__ import annotations

import importlib.util

SERVICE = "matomo-tui"


def installed() -> bool:
    """Whether the extra is there; whether it works shows only when it is asked. Cheap: nothing is imported."""
    return importlib.util.find_spec("keyring") is not None


def load(profile: str) -> str | None:
    """The token kept for a profile; ``None`` where there is none, or no keyring to ask."""
    if not installed():
        return None
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, profile)
    except (KeyringError, RuntimeError, OSError):
        return None


def store(profile: str, token: str) -> bool:
    """Keep the token for a profile, in place of an earlier one. False where there is no keyring that takes it."""
    if not installed():
        return False
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, profile, token)
        return keyring.get_password(SERVICE, profile) == token
    except (KeyringError, RuntimeError, OSError):
        return False


def forget(profile: str) -> None:
    """Drop the token kept for a profile, if any."""
    if not installed():
        return
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.delete_password(SERVICE, profile)
    except (KeyringError, RuntimeError, OSError):
        return
