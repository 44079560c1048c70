"""A command whose extra is not installed names the command that installs it, as in an installation without extras."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_WITHOUT = """
import sys
sys.modules[sys.argv.pop(1)] = None
from matomo_tui.cli.main import main
main()
"""


@pytest.mark.terminal
@pytest.mark.parametrize(
    ("module", "extra", "arguments"),
    [
        ("prometheus_client", "metrics", ["metrics", "--demo"]),
        ("prometheus_client", "metrics", ["metrics", "--demo", "--listen", "127.0.0.1:0"]),
        ("mcp", "mcp", ["mcp", "--demo"]),
        ("textual_serve", "serve", ["serve", "--demo"]),
        ("uvicorn", "demo-server", ["demo-server", "--port", "0"]),
    ],
)
def test_a_missing_extra_is_a_sentence_with_the_pip_command(
    tmp_path: Path, module: str, extra: str, arguments: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, module, *arguments],
        capture_output=True,
        text=True,
        env={"MATOMO_TUI_CONFIG_DIR": str(tmp_path), "HOME": str(tmp_path)},
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.endswith(f" needs the extra '{extra}': pip install 'matomo-tui[{extra}]'\n")
