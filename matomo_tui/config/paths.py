"""Configuration and state folders: those of the platform, or ``MATOMO_TUI_CONFIG_DIR`` and ``MATOMO_TUI_STATE_DIR``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def config_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of ``config.toml`` and the token files; it may not exist yet."""
    given = (os.environ if environ is None else environ).get("MATOMO_TUI_CONFIG_DIR", "")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_config_path  # imported on use: it costs start-up time

    return user_config_path("matomo-tui", appauthor=False)


def state_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of the audit log; it may not exist yet."""
    given = (os.environ if environ is None else environ).get("MATOMO_TUI_STATE_DIR", "")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_state_path  # imported on use: it costs start-up time

    return user_state_path("matomo-tui", appauthor=False)


def audit_file(folder: Path) -> Path:
    """The audit log's file in a state folder."""
    return folder / "audit.jsonl"


def profile_file(folder: Path) -> Path:
    """The profile file in a configuration folder."""
    return folder / "config.toml"


def referred_file(folder: Path, name: str) -> Path:
    """The file that a profile names, in a configuration folder unless it is a whole path or begins with ``~``."""
    return folder / os.path.expanduser(name)


def token_file(folder: Path, profile: str) -> Path:
    """The file of a profile's token (mode 0600), used without a keyring."""
    return folder / "tokens" / profile


def login_file(folder: Path, profile: str) -> Path:
    """The file of a profile's OAuth 2.0 login (mode 0600), used without a keyring."""
    return folder / "logins" / f"{profile}.json"


def login_lock(folder: Path, profile: str) -> Path:
    """The lock of a profile's OAuth 2.0 login."""
    return folder / "logins" / f"{profile}.lock"
