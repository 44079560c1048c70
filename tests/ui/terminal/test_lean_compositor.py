"""Only what changed is rendered, and the terminal shows what Textual would draw."""

from __future__ import annotations

import random

import pyte
import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.ui.terminal.lean_frames import LeanFramesMixin
from matomo_tui.ui.widgets.screens import CachedStyleScreen

WIDTH, HEIGHT = 40, 12
NAMES = ("title", "left", "right", "over")


class Stacked(CachedStyleScreen[None]):
    """Widgets beside, below and over each other."""

    def compose(self) -> ComposeResult:
        yield Static("title", id="title")
        with Vertical(), Horizontal():
            yield Static("left", id="left")
            yield Static("right", id="right")
        yield Static("over", id="over")


class Page(LeanFramesMixin, App[int]):
    """An application with that screen."""

    CSS = """
    #title { height: 2; }
    #left, #right { height: 1fr; width: 1fr; border: round green; }
    #over { position: absolute; offset: 12 3; width: 14; height: 3; background: red; }
    """

    def get_default_screen(self) -> Screen[object]:
        return Stacked()  # type: ignore[return-value]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pyte.Screen:
    """The terminal that the application writes to."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    monkeypatch.setattr(HeadlessDriver, "write", lambda _driver, text: stream.feed(text))
    return screen


async def test_the_terminal_shows_the_screen_after_any_changes(terminal: pyte.Screen) -> None:
    rng = random.Random(3)
    app = Page()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        for _ in range(25):
            for name in rng.sample(NAMES, rng.randint(1, 3)):
                lines = [f"{rng.choice('abc')}{rng.randint(0, 99)}" * rng.randint(1, 6) for _ in range(3)]
                app.screen.query_one(f"#{name}", Static).update("\n".join(lines), layout=rng.random() < 0.3)
            over = app.screen.query_one("#over")
            over.display = rng.random() < 0.7
            await pilot.pause()
            drawn = ["".join(part.text for part in strip) for strip in app.screen._compositor.render_strips()]
            assert [line.rstrip() for line in terminal.display] == [line.rstrip() for line in drawn]


async def test_a_changed_line_renders_nothing_else(terminal: pyte.Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[tuple[str, int]] = []
    original = Widget.render_lines

    def render_lines(widget: Widget, crop: Region) -> list[Strip]:
        rendered.append((widget.id or type(widget).__name__, crop.height))
        return original(widget, crop)

    app = Page()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        monkeypatch.setattr(Widget, "render_lines", render_lines)
        app.screen.query_one("#left").refresh(Region(0, 2, 9, 1))
        await pilot.pause()
        assert rendered == [("left", 1)]
        rendered.clear()
        app.screen.query_one("#left").refresh(Region(0, 1, 18, 2))  # partly behind the one over it
        await pilot.pause()
        assert set(rendered) <= {("left", 2), ("over", 2), ("over", 1)}
        assert terminal.cursor is not None
