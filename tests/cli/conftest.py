"""Runs the command line in this process or in a separate one, without the developer's own configuration."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from matomo_tui.cli.main import cli
from matomo_tui.config.keyrings import SystemKeyring

Invoke = Callable[..., Result]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

_OURS = ("MATOMO_", "NO_COLOR", "TEXTUAL", "PYTHONIOENCODING")


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemKeyring, "installed", lambda self: False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The empty configuration folder."""
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def environment(config: Path) -> dict[str, str]:
    """An environment with nothing but the folder of the configuration."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
    return {
        **clean,
        "MATOMO_TUI_CONFIG_DIR": str(config),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


@pytest.fixture
def invoke(environment: dict[str, str]) -> Invoke:
    """Run a command in this process: ``invoke("check", "--json", MATOMO_TOKEN="…")``."""

    def run(*args: str, input: str | None = None, **variables: str) -> Result:
        ours = {key: None for key in os.environ if key.startswith(_OURS)}
        env = {**ours, **environment, **variables}
        return CliRunner().invoke(cli, args, env=env, input=input, prog_name="matomo-tui")

    return run


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run the program in a separate process, without a terminal."""

    def start(*args: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "matomo_tui", *args],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**environment, **variables},
            timeout=60,
            check=False,
        )

    return start


@contextmanager
def started(environment: Mapping[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """The program in a separate process with pipes, which is ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "matomo_tui", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
