"""A small application that holds one widget or screen, for tests that need no more than that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import App, ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from matomo_tui.ui.drawing.glyphs import UNICODE, Glyphs
from matomo_tui.ui.drawing.themes import ANSI, Depth, ThemeList
from tests.ui import painting


class Host(App[Any]):
    """Shows ``widgets``, or ``over`` above an empty screen; remembers the messages that reach it."""

    CSS = "Screen { background: $background; color: $text; }"

    def __init__(
        self, *widgets: Widget, over: Screen[Any] | None = None, glyphs: Glyphs = UNICODE, theme: str = "dark"
    ) -> None:
        super().__init__()
        self.use_theme(theme)
        self.glyphs = glyphs
        self.heard: list[Message] = []
        self.answers: list[Any] = []
        self._widgets: Sequence[Widget] = widgets
        self._over = over

    def use_theme(self, name: str) -> None:
        """Draw in the theme called ``name``."""
        depth: Depth = "16" if name in ANSI else "truecolor"
        theme = ThemeList(depth).load(name)
        self.register_theme(theme)
        self.theme = theme.name

    def compose(self) -> ComposeResult:
        yield from self._widgets

    def on_mount(self) -> None:
        if self._over is not None:
            self.push_screen(self._over, self.answers.append)

    def post_message(self, message: Message) -> bool:
        if type(message).__module__.startswith("matomo_tui"):
            self.heard.append(message)
        return super().post_message(message)

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without trailing blanks."""
        return painting.lines_of(self)

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)
