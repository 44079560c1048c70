"""Starts the measured programs, and recognises that they are ready."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pty_harness import PtyProcess

ROOT = Path(__file__).parents[2]
SIZES = ((80, 24), (200, 60))

FRAME = b"Pages now"
"""On the live screen's first frame, in every layout."""
DATA = b"/min"
"""On the live screen once the first answer was drawn, in every layout."""

_EMPTY_APP = """
import os, sys
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("READY")
Empty().run()
"""
EMPTY = [sys.executable, "-c", _EMPTY_APP]
DEMO = [sys.executable, "-m", "matomo_tui", "--demo"]


def size_name(size: tuple[int, int]) -> str:
    """``80×24``."""
    return f"{size[0]}×{size[1]}"


@contextmanager
def in_terminal(argv: list[str], size: tuple[int, int]) -> Iterator[PtyProcess]:
    """Start ``argv`` in a terminal of ``size`` with an empty home folder."""
    with TemporaryDirectory() as home:
        token = Path(home) / "token"
        token.write_text("0" * 32)
        token.chmod(0o600)
        command = [part.replace("{token}", str(token)) for part in argv]
        with PtyProcess(command, width=size[0], height=size[1], env={"HOME": home}, cwd=str(ROOT)) as terminal:
            yield terminal


def live(address: str, *options: str) -> list[str]:
    """Start the dashboard with the Matomo at ``address``."""
    return [sys.executable, "-m", "matomo_tui", "--url", address, "--token-file", "{token}", *options]
