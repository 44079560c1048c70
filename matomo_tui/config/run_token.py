"""The token that a run was given, by ``--token-file`` or MATOMO_TOKEN, and the address that it may be sent to."""

from __future__ import annotations

from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings, same_or_upgraded


class RunToken:
    """The token that ``source`` was given with the ``settings`` of the run.

    It is for their address. Given without an address it is for that of a new profile, and from the first Matomo that
    takes it for that one only; a saved profile has a token of its own.
    """

    def __init__(self, source: TokenSource, settings: Settings) -> None:
        self._source = source
        self._settings = settings

    def source_for(self, settings: Settings) -> TokenSource | None:
        """The source of the given token, if there is one and it may be sent to the address of ``settings``."""
        own = self._settings
        if not self._source.given:
            return None
        if not own.url:
            return None if settings.profile else self._source
        is_own = settings.profile in ("", own.profile) and same_or_upgraded(own.url, settings.url)
        return self._source if is_own else None

    def taken(self, settings: Settings) -> None:
        """Called when the Matomo of ``settings`` has taken the token."""
        if not self._settings.url:
            self._settings = settings
