"""The grants as the configuration has them now: a grant that is taken away while the server runs ends at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from matomo_tui.agents.grants import Grants
from matomo_tui.config.agent_settings import AgentSettings
from matomo_tui.config.validation import ConfigError

_Stamp = tuple[int, int, int]


class GrantSource:
    """Reads the grants of an agent again whenever the file was changed.

    ``read`` returns the agent's settings, None if there are none any more, and may raise ``ConfigError``: then nothing
    is granted until the file is right again. ``report`` gets a sentence about each change.
    """

    def __init__(
        self,
        settings: AgentSettings,
        file: Path,
        read: Callable[[], AgentSettings | None],
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._grants = Grants(settings)
        self._file = file
        self._read = read
        self._report = report
        self._stamp = self._look()

    def __call__(self) -> Grants:
        """The grants now."""
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            self._grants = Grants(self._settings())
        return self._grants

    def _settings(self) -> AgentSettings:
        name = self._grants.agent
        try:
            found = self._read()
        except ConfigError as error:
            self._report(f"Nothing is granted to agent {name} until the configuration is right: {error}")
            return AgentSettings(name)
        self._report(f"The grants of agent {name} were read again.")
        return found or AgentSettings(name)

    def _look(self) -> _Stamp | None:
        try:
            status = os.stat(self._file)
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
