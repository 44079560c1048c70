"""The configuration file: ``config.toml`` with ``default = "name"``, ``[profiles.name]`` for each Matomo, ``[keys]``,
and ``[agents.name]`` for each AI agent.

``config.profile_reader`` reads it strictly; ``config.profile_edits`` writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from matomo_tui.config.key_settings import KeySettings
from matomo_tui.config.validation import ConfigError

if TYPE_CHECKING:
    from matomo_tui.config.agent_settings import AgentSettings


class Profiles(Struct, frozen=True):
    """The content of a profile file."""

    default: str = ""
    """Name of the default profile; ``""`` if there is none."""
    by_name: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The validated settings of each profile."""
    keys: KeySettings = field(default_factory=KeySettings)
    """The key map."""
    agents: Mapping[str, AgentSettings] = field(default_factory=dict)
    """The grants of each AI agent."""

    def values(self, name: str, file: Path) -> Mapping[str, Any]:
        """Return the settings of a profile, none for ``""``. Raises :class:`ConfigError` for an unknown name.

        ``file`` is named in the error."""
        if not name:
            return {}
        if name not in self.by_name:
            there = ", ".join(self.by_name) or "none yet"
            raise ConfigError(f"There is no profile {name!r} in {file}. Profiles there: {there}.")
        return self.by_name[name]
