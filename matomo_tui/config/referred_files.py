"""Checks the files and programs that the profiles refer to: certificates, token files and commands."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matomo_tui.config import paths
from matomo_tui.config.document import ConfigDocument, ConfigProblem
from matomo_tui.config.profile_reader import valid_profiles

_COMMANDS = ("token_command", "oauth_secret_command", "basic_auth_password_command")


def referred_file_problems(document: ConfigDocument) -> Iterator[ConfigProblem]:
    """Yield each file or program of a profile that is missing or cannot be used. Nothing is run, no secret is read."""
    for name, values in valid_profiles(document).items():
        for key, sentence in _of_profile(values, document.file.parent):
            yield document.problem(("profiles", name, key), sentence)


def _of_profile(values: Any, folder: Path) -> Iterator[tuple[str, str]]:
    for key in _COMMANDS:
        words = values.get(key)
        if words and shutil.which(words[0]) is None:
            yield key, f"{key}: there is no program {words[0]!r} on this computer's PATH."
    if (bundle := values.get("ca_bundle")) and not Path(bundle).is_file():
        yield "ca_bundle", f"ca_bundle: there is no file {bundle}."
    if token_file := values.get("token_file"):
        file = paths.referred_file(folder, token_file)
        if not file.exists():
            yield "token_file", f"token_file: there is no file {file}."
        elif os.name == "posix" and file.is_file() and file.stat().st_mode & 0o077:
            mode = stat.S_IMODE(file.stat().st_mode)
            yield "token_file", f"token_file: others can read {file} (mode {mode:04o}); chmod 600 makes it private."
