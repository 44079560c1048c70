"""A pane that loads from Matomo: loading state, age of the answer, and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.message import Message
from textual.timer import Timer

from matomo_tui.api.errors import FeatureDisabled, MatomoError, NoAccess
from matomo_tui.ui.widgets.pane import LOADING_AFTER, LOADING_MOST, LOADING_STEP, Pane, PaneState


def age_words(seconds: float) -> str:
    """``just now``, ``3 min old``, ``2 h old``."""
    if seconds < 60:
        return "just now"
    if seconds < 5400:
        return f"{int(seconds // 60)} min old"
    return f"{round(seconds / 3600)} h old" if seconds < 172_800 else f"{round(seconds / 86_400)} d old"


class AsyncPane(Pane):
    """A pane that loads from Matomo.

    While it waits for another answer, the old one stays for 300 ms; then the title's moving line shows the wait.
    :class:`Emptied` reports that the pane lost or regained its content, and with it the focus.
    """

    DEFAULT_CSS = """
    AsyncPane.-refused > .pane--message, AsyncPane.-broken > .pane--message { padding: 1 2; }
    """
    WAITING: ClassVar[str] = ""

    @dataclass(kw_only=True)
    class Emptied(Message):
        """The pane has replaced its content by a sentence, or has content again: the focus may have to move."""

        had_focus: bool

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._asking: Timer | None = None
        self._quietly = False

    @property
    def is_asking(self) -> bool:
        """Whether an answer is awaited."""
        return self._asking is not None

    def ask_began(self, *, quietly: bool = False) -> None:
        """Start to wait for an answer. ``quietly`` keeps the content while waiting."""
        self.ask_ended()
        self._quietly = quietly
        self._asking = self.set_timer(LOADING_AFTER, self._say_asking)

    def ask_ended(self) -> None:
        """Stop waiting: the answer came or is no longer needed."""
        if self._asking is not None:
            self._asking.stop()
            self._asking = None
        if self.title_bar.step is not None:
            self.title_bar.step = None
            self.title_bar.refresh()

    def give_up(self) -> None:
        """Cancel the pending request of a hidden pane. It is repeated when the pane is shown again."""
        self.workers.cancel_node(self)
        if self.is_asking:
            self.ask_ended()
            self.forget_asked()

    def forget_asked(self) -> None:
        """Forget the last request, but not what is drawn. For panes that decide themselves what to request."""

    def fail(self, error: MatomoError) -> None:
        """Show Matomo's error in place of the content, with the key that retries."""
        self.ask_ended()
        refused = isinstance(error, NoAccess | FeatureDisabled)
        again = "" if refused or error.stops_polling else "\n\nr tries again."
        state = PaneState.REFUSED if refused else PaneState.STOPPED if error.stops_polling else PaneState.BROKEN
        self.set_state(state, f"{error}{again}")
        self.draw_bare_title()

    def draw_bare_title(self) -> None:
        """Draw the title without figures, as those of another request. For panes with figures in the title."""

    def set_state(self, state: PaneState, message: str = "") -> None:
        """Set the state, and post :class:`Emptied` if it changes."""
        before, had_focus = self.state, self.is_attached and self.has_focus_within
        super().set_state(state, message)
        if before is not state and self.is_attached:
            self.post_message(self.Emptied(had_focus=had_focus))

    def _say_asking(self) -> None:
        if self._asking is None:
            return
        if not self._quietly:
            self.set_state(PaneState.LOADING, self.WAITING)
            self.draw_bare_title()
        self._step_line()
        self._asking = self.set_interval(LOADING_STEP, self._step_line, repeat=int(LOADING_MOST / LOADING_STEP))

    def _step_line(self) -> None:
        if self._asking is not None and self.screen.is_active:
            self.title_bar.step = (self.title_bar.step or 0) + 2
            self.title_bar.refresh()

    def _wait(self, waiting: bool) -> None:
        """Do nothing: this class moves the line itself, over content too."""
