"""The frame that every pane stands in, with the states that a pane can be in beside showing something."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static


class PaneState(StrEnum):
    """What a pane shows: its content, or why there is none. Each has a look of its own (styles: ``-<state>``)."""

    CONTENT = "content"
    LOADING = "loading"
    EMPTY = "empty"
    REFUSED = "refused"
    STALE = "stale"
    STOPPED = "stopped"
    BROKEN = "broken"


class Pane(Vertical):
    """A thin frame with its title in it. Subclasses yield their widgets in ``compose_content``.

    ``STALE`` keeps the content on screen, dimmed; every other state but ``CONTENT`` puts a sentence in its place.
    """

    TITLE: ClassVar[str] = ""
    DEFAULT_CSS = """
    Pane { border: solid $panel-lighten-2; border-title-color: $text; padding: 0; height: 1fr; }
    Pane:focus-within { border: solid $accent; }
    Pane > .pane--message { display: none; width: 1fr; height: 1fr; padding: 0 1; color: $text-muted; }
    Pane.-loading > .pane--message, Pane.-empty > .pane--message, Pane.-refused > .pane--message,
    Pane.-stopped > .pane--message, Pane.-broken > .pane--message { display: block; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.state = PaneState.CONTENT
        self._message = Static("", classes="pane--message", markup=False)
        self.set_title()

    def compose(self) -> ComposeResult:
        yield from self.compose_content()
        yield self._message

    def compose_content(self) -> ComposeResult:
        """The pane's own widgets."""
        yield from ()

    def set_title(self, detail: str = "", title: str | None = None) -> None:
        """The title in the frame, with a count or other detail behind it; plain text, never markup."""
        text = self.TITLE if title is None else title
        wanted = f"{text}, {detail}" if text and detail else text or detail
        if self.border_title is None or str(self.border_title) != wanted:
            self.border_title = Content(wanted).markup

    def set_state(self, state: PaneState, message: str = "") -> None:
        """Show the content, or ``message`` in its place."""
        if state is not self.state:
            self.remove_class(f"-{self.state}")
            self.add_class(f"-{state}")
            self.state = state
            hidden = state not in (PaneState.CONTENT, PaneState.STALE)
            for child in self.children:
                if child is not self._message:
                    child.display = not hidden
        self._message.update(message)
