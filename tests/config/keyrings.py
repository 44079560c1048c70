"""A keyring in memory, for tests."""

from __future__ import annotations

from matomo_tui.api.secret import Secret


class MemoryKeyring:
    """With ``works`` false the package is installed but no keyring is available."""

    def __init__(self, *, installed: bool = True, works: bool = True) -> None:
        self.kept: dict[str, Secret] = {}
        self._installed = installed
        self._works = works

    def installed(self) -> bool:
        return self._installed

    def load(self, profile: str) -> Secret | None:
        return self.kept.get(profile) if self._installed and self._works else None

    def store(self, profile: str, token: Secret) -> bool:
        if self._installed and self._works:
            self.kept[profile] = token
        return self._installed and self._works

    def delete(self, profile: str) -> None:
        if self._works:
            self.kept.pop(profile, None)

    def lock(self, locked: bool) -> None:
        """Let nothing be read or written, or everything again."""
        self._works = not locked


NO_KEYRING = MemoryKeyring(installed=False)
