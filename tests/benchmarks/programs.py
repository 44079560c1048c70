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

_PLAIN_APP = """
import sys
from textual.app import App
from textual.containers import Container, Vertical
from textual.widgets import Static
class Plain(App):
    CSS = (
        "#body { layout: grid; grid-size: 3; } Vertical { height: 1fr; } Static { height: 1; color: $text; }"
        ".name { color: $accent; text-style: bold; } .bar { background: $panel; }"
    )
    def compose(self):
        for name in ("header", "banner", "counters", "counters2"):
            yield Static(name, classes="bar")
        with Container(id="body"):
            for number in range(8):
                with Vertical():
                    yield Static(f"Pane {number}", classes="name")
        yield Static("tabs", classes="bar")
        yield Static("READY", classes="bar")
    def on_mount(self):
        if sys.argv[1:]:
            self.call_after_refresh(lambda: self.run_worker(self.ask()))
    async def ask(self):
        sys.modules["httpx._main"] = None
        import httpx
        async with httpx.AsyncClient() as client:
            await client.post(sys.argv[1], data={"method": "API.getMatomoVersion"})
        self.query_one(".name", Static).update("ANSWERED")
Plain().run()
"""
PLAIN = [sys.executable, "-c", _PLAIN_APP]
"""Textual alone with as many widgets as the dashboard's first frame has, each a line of text. With an address it sends
one request by httpx and shows that it was answered."""
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
