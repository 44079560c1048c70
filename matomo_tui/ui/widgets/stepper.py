"""A one-line field with few values: arrows, space or a click select the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.messages import FieldMessage


class Stepper(Widget, can_focus=True):
    """``‹ value ›``. ``options`` are (value, label) pairs; ``enter`` posts ``Submitted``."""

    DEFAULT_CSS = """
    Stepper {
        height: 1; width: 1fr; padding: 0 1; background: $surface; color: $foreground;
        &:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = bindings("choice")

    class Changed(FieldMessage):
        """Another value was chosen."""

        choice: Stepper
        value: str

        @property
        def control(self) -> Widget:
            return self.choice

    class Submitted(FieldMessage):
        """``enter`` was pressed."""

        choice: Stepper

        @property
        def control(self) -> Widget:
            return self.choice

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        self._at = next((n for n, (key, _) in enumerate(self._options) if key == value), 0)

    @property
    def value(self) -> str:
        """The chosen value."""
        return self._options[self._at][0]

    def choose(self, value: str) -> None:
        """Choose ``value`` without a message, if it is one of the options."""
        self._at = next((n for n, (key, _) in enumerate(self._options) if key == value), self._at)
        self.refresh()

    def offer(self, options: Sequence[tuple[str, str]]) -> None:
        """Replace the options without a message. The present value stays if it is one of them."""
        value = self.value
        self._options = tuple(options)
        self._at = next((n for n, (key, _) in enumerate(self._options) if key == value), 0)
        self.refresh()

    def render(self) -> Content:
        """The label of the value between arrows."""
        left, right = ("<", ">") if glyphs_of(self).ascii else ("‹", "›")
        return Content(f"{left} {self._options[self._at][1]} {right}")

    def action_step(self, by: int) -> None:
        """Choose the next or the previous value, cyclically."""
        if len(self._options) > 1:
            self._at = (self._at + by) % len(self._options)
            self.refresh()
            self.post_message(self.Changed(self, self.value))

    def action_submit(self) -> None:
        """Post ``Submitted``."""
        self.post_message(self.Submitted(self))

    def on_click(self, event: events.Click) -> None:
        """Choose the next value."""
        event.stop()
        self.action_step(1)
