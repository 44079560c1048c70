"""What the first frame needs, in counts: the benchmarks measure the time, which is no reliable test."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import Any

import pytest

_EMPTY = """
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def compose(self):
        yield Static("READY")

start = Empty().run
"""

_DASHBOARD = """
import asyncio
from functools import partial
from matomo_tui.cli.dashboard import run_app
from matomo_tui.config.settings import Settings

async def never(settings, token):
    await asyncio.sleep(60)

start = partial(run_app, Settings(demo=True), never, {})
"""

_MEASURED = """
import dataclasses, sys
defined, define = [], dataclasses._process_class
dataclasses._process_class = lambda cls, *options: defined.append(cls.__module__) or define(cls, *options)
{program}
from textual.app import App
from textual.css import stylesheet

parsed, parse, run = [], stylesheet.parse, App.run
stylesheet.parse = lambda scope, css, read_from, *rest, **options: parsed.append(read_from) or parse(
    scope, css, read_from, *rest, **options
)
App.run = lambda self, **options: run(self, headless=True, size=(120, 40))

def drawn(self):
    if not self._batch_count:
        App.post_display_hook = lambda self: None
        found = list(sys.modules), len(list(self.screen.walk_children())), parsed, defined
        print(repr(found), file=sys.__stdout__, flush=True)
        self.exit()

App.post_display_hook = drawn
start()
"""


def first_frame(program: str) -> tuple[set[str], int, list[Any], list[str]]:
    """Modules, widgets, sources of parsed styles and modules of defined dataclasses at the first frame."""
    code = _MEASURED.format(program=program)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    modules, widgets, parsed, defined = ast.literal_eval(done.stdout)
    return set(modules), widgets, parsed, defined


@pytest.mark.terminal
def test_the_first_frame_needs_few_modules_widgets_and_styles() -> None:
    empty = first_frame(_EMPTY)[0]
    modules, widgets, parsed, defined = first_frame(_DASHBOARD)
    more = modules - empty
    assert len(more) < 140
    assert widgets < 28
    assert len(parsed) == len(set(parsed)), "a style sheet is parsed once"
    assert len([name for name in defined if name.startswith("matomo_tui.")]) < 4
    assert not {"httpx", "tomllib", "zoneinfo", "email", "json", "html", "plotext", "matomo_tui.session"} & more


@pytest.mark.terminal
def test_the_demo_needs_no_httpx() -> None:
    code = """
import asyncio, sys
from matomo_tui.config.settings import Settings
from matomo_tui.session import open_session

async def main():
    session = await open_session(Settings(demo=True), None)
    await session.client.aclose()

asyncio.run(main())
print("httpx" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
