"""Base class of the dialogs: one frame with a title, a body, a status line and the dialog's keys."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ScreenResultType
from textual.widgets import Static

from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.screens import ModalScreen

NEXT_FIELD = Binding("tab", "next_field", "next field", tooltip="Next field")
"""For dialogs with more than one field."""


class Dialog(ModalScreen[ScreenResultType]):
    """A box above the screen. Subclasses compose what is between its title and its status line.

    The last line of the box names the keys that ``BINDINGS`` show, clickable; so does the last line of the terminal,
    where the keys of the screen below would stand that do nothing while the dialog is open.
    """

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        /* The header stays visible: it says how old the figures are, and whether they are the demo's. */
        & > .dialog--box {
            margin-top: 1; width: 72; max-width: 96%; height: auto; max-height: 90%; background: $background;
            border: round $accent; border-title-color: $accent; border-title-style: bold;
            border-subtitle-color: $text-muted;
        }
        & Input.-textual-compact { width: 1fr; padding: 0 1; background: $surface; color: $foreground; }
        & Input.-textual-compact:focus { background: $panel; }
        & VerticalScroll { height: auto; max-height: 1fr; scrollbar-size: 1 1; }
        /* Docked, so that a body that fills the box leaves it its rows. */
        & .dialog--foot { dock: bottom; height: auto; }
        & .dialog--foot > KeyFooter { dock: none; }
        & .dialog--status { height: auto; padding: 0 2; color: $text-muted; }
        & .dialog--status.-error { color: $text-error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", priority=True, tooltip="Change nothing"),
    ]
    KEEP: ClassVar[str] = "close"
    """The action whose key is named at any width."""

    def __init__(self, title: str = "", status: str = "") -> None:
        """``title`` and ``status`` are plain text, cleaned of control characters."""
        super().__init__()
        self.box = Vertical(classes="dialog--box")
        self.box.border_title = Content(title)
        self._status = Static(status, classes="dialog--status", markup=False)
        self._status.display = bool(status)

    def compose(self) -> ComposeResult:
        with self.box:
            yield from self.compose_body()
            with Vertical(classes="dialog--foot"):
                yield self._status
                yield KeyFooter(keep=("next_field", self.KEEP))
        yield KeyFooter(keep=("next_field", self.KEEP), id="keys")

    def compose_body(self) -> ComposeResult:
        """The widgets between the title and the status line."""
        yield from ()

    def set_title(self, title: str) -> None:
        """Replace the title."""
        self.box.border_title = Content(title)

    def set_subtitle(self, text: str) -> None:
        """Set the text in the lower edge of the frame."""
        self.box.border_subtitle = Content(text)

    def set_status(self, status: str | Content, *, error: bool = False) -> None:
        """Replace the status line. Once it was used it stays, so that nothing moves when it is emptied."""
        self._status.display = self._status.display or bool(status)
        self._status.set_class(error, "-error")
        self._status.update(status)

    @property
    def has_error(self) -> bool:
        """Whether the status line shows an error."""
        return self._status.has_class("-error")

    def action_next_field(self) -> None:
        """Move the focus to the next field."""
        self.focus_next()

    def action_close(self) -> None:
        """Dismiss with ``None``."""
        self.dismiss(None)
