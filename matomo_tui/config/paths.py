"""The configuration and state folders: the platform's own, or ``MATOMO_TUI_CONFIG_DIR`` and
``MATOMO_TUI_STATE_DIR``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def config_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of ``config.toml`` and of the token files; it need not exist yet."""
    given = (os.environ if environ is None else environ).get("MATOMO_TUI_CONFIG_DIR", "")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_config_path  # only when it is needed: it costs start-up time

    return user_config_path("matomo-tui", appauthor=False)


def state_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of the audit log; it need not exist yet."""
    given = (os.environ if environ is None else environ).get("MATOMO_TUI_STATE_DIR", "")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_state_path  # only when it is needed: it costs start-up time

    return user_state_path("matomo-tui", appauthor=False)


def audit_file(folder: Path) -> Path:
    """The audit log in a state folder."""
    return folder / "audit.jsonl"


def profile_file(folder: Path) -> Path:
    """The file of profiles in a configuration folder."""
    return folder / "config.toml"


def token_file(folder: Path, profile: str) -> Path:
    """Where the token of a profile lies when there is no keyring; one file a profile, mode 0600."""
    return folder / "tokens" / profile
