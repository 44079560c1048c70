"""A pane that loads from Matomo: loading state, age of the answer, and errors."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual.message import Message
from textual.timer import Timer

from matomo_tui.api.errors import FeatureDisabled, MatomoError, NoAccess
from matomo_tui.ui.available_actions import bound_key, can_do, with_keys
from matomo_tui.ui.widgets.pane import (
    FAILED,
    LOADING_AFTER,
    LOADING_MOST,
    LOADING_STEP,
    Pane,
    PaneState,
    ShowsItself,
    state_of,
)


def age_words(seconds: float) -> str:
    """``just now``, ``3 min old``, ``2 h old``."""
    if seconds < 60:
        return "just now"
    if seconds < 5400:
        return f"{int(seconds // 60)} min old"
    return f"{round(seconds / 3600)} h old" if seconds < 172_800 else f"{round(seconds / 86_400)} d old"


def first_sentence(error: MatomoError) -> str:
    """The first sentence of an error, without its full stop."""
    return str(error).split("\n", 1)[0].split(". ", 1)[0].removesuffix(".")


def not_renewed(error: MatomoError) -> str:
    """Why the figures are not newer."""
    return f"refresh failed: {first_sentence(error)}"


class AsyncPane(Pane):
    """A pane that loads from Matomo.

    While a request is pending, the old content stays for 300 ms; then the title's moving line shows the wait.
    :class:`StateChanged` reports that a message replaced the content or vice versa, so the focus may have to move.
    """

    DEFAULT_CSS = """
    AsyncPane.-refused > .pane--message, AsyncPane.-broken > .pane--message { padding: 1 2; }
    AsyncPane.-unrecorded > .pane--message { padding: 1 2; }
    """
    WAITING: ClassVar[str] = ""

    @dataclass(kw_only=True)
    class StateChanged(Message):
        """The pane shows a message instead of its content, or its content again."""

        had_focus: bool

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._wait_timer: Timer | None = None
        self._quietly = False
        self._asked: object = None
        """The question asked last."""
        self._is_answered = False
        """What is shown answers that question."""

    @property
    def has_failed(self) -> bool:
        """Returns True if something in the pane could not be loaded, which may come when it is loaded again."""
        return self.state in FAILED

    def retry(self) -> None:
        """Load again what failed. Overridden by panes that load by themselves."""

    @property
    def is_waiting(self) -> bool:
        """Returns True while a request is pending."""
        return self._wait_timer is not None

    def ask(self, question: object, *, again: bool = False) -> None:
        """Start waiting for the answer to ``question``. What is shown stays meanwhile if it answers the same question,
        which is asked ``again``."""
        if not again or question != self._asked:
            self.forget_answer()
        self._asked = question
        self.begin_request(quietly=self._is_answered)

    def answered(self) -> None:
        """Stop waiting: the question asked last has its answer, which is to be drawn now."""
        self.end_request()
        self._is_answered = True

    def failed(self, error: MatomoError) -> None:
        """Show why the question asked last has no answer. If it was asked again, the earlier answer to it stays."""
        if self._is_answered:
            self.fail_reload(error)
        else:
            self.fail(error)

    def begin_request(self, *, quietly: bool = False) -> None:
        """Start waiting for an answer. ``quietly`` keeps what is shown meanwhile."""
        self.end_request()
        self._quietly = quietly
        self._waits_since = asyncio.get_running_loop().time()
        self._wait_timer = self.set_timer(LOADING_AFTER, self._show_waiting)

    def end_request(self) -> None:
        """Stop waiting: the answer has arrived or is no longer needed."""
        if self._wait_timer is not None:
            self._wait_timer.stop()
            self._wait_timer = None
        if self.title_bar.step is not None:
            self.title_bar.step = None
            self.title_bar.refresh()

    def cancel_requests(self) -> None:
        """Cancel the pending request of a hidden pane. It is repeated when the pane is shown again."""
        self.workers.cancel_node(self)
        if self.is_waiting:
            self.end_request()
            self.forget_request()

    def forget_request(self) -> None:
        """Forget the last request but keep the content. Overridden by panes that remember their request."""

    def forget_answer(self) -> None:
        """Forget the answer shown, or that an error takes the place of. What is drawn stays until something else is.
        Overridden by panes that keep their answer."""
        self._is_answered = False

    def discard_answer(self) -> None:
        """Cancel the pending request and forget the answer shown: what comes next is about something else. Overridden
        by panes that have more to forget then."""
        self.workers.cancel_node(self)
        self.end_request()
        self.forget_request()
        self.forget_answer()

    def fail(self, error: MatomoError) -> None:
        """Show an error in place of the content, with the key that retries."""
        self.end_request()
        self.forget_answer()
        state = state_of(error)
        again = f"\n\n{bound_key(self, 'section.reload')} tries again." if state is PaneState.BROKEN else ""
        drop = with_keys(self, "".join(f" {way}" for way in self.ways_out())) if error.is_about_segment else ""
        self.set_state(state, f"{error}{drop}{again}")
        self.draw_bare_title()

    def ways_out(self) -> tuple[str, ...]:
        """What drops that which narrows the pane and may have been refused: sentences with ids of actions in braces.
        Overridden by panes that narrow by more than the segment."""
        is_narrowed = can_do(self.screen, "section.clear_segment")
        return ("{section.clear_segment} drops the segment.",) if is_narrowed else ()

    def fail_reload(self, error: MatomoError) -> None:
        """Keep the content that could not be loaded again, dimmed, with the error in the title.

        Without content, or if it may no longer be seen, the error takes its place."""
        if isinstance(error, NoAccess | FeatureDisabled) or not self.has_content:
            self.fail(error)
            return
        self.end_request()
        self.set_state(PaneState.STALE)
        self.tell_not_renewed(error)

    def tell_not_renewed(self, error: MatomoError) -> None:
        """Draw in the title why the figures are not newer."""
        self.set_title(not_renewed(error), title=self._title[0])

    def draw_bare_title(self) -> None:
        """Draw the title without the figures of an earlier request. Overridden by panes with figures in the title."""

    def set_state(self, state: PaneState, message: str = "") -> None:
        """Set the state, and post :class:`StateChanged` if it changes."""
        before, had_focus = self.state, self.is_attached and self.content_has_focus
        super().set_state(state, message)
        if before is not state and self.is_attached:
            self.post_message(self.StateChanged(had_focus=had_focus))

    @property
    def content_has_focus(self) -> bool:
        """True if the focus is in what a message would replace: not in a search line, in which someone types."""
        focused = self.screen.focused if self.has_focus_within else None
        return focused is not None and not any(isinstance(node, ShowsItself) for node in focused.ancestors)

    def _show_waiting(self) -> None:
        if self._wait_timer is None:
            return
        if not self._quietly:
            self.set_state(PaneState.LOADING, self.WAITING)
            self.draw_bare_title()
        self._step_line()
        self._wait_timer = self.set_interval(LOADING_STEP, self._step_line, repeat=int(LOADING_MOST / LOADING_STEP))

    def _step_line(self) -> None:
        if self._wait_timer is not None and self.screen.is_active:
            self.title_bar.step = (self.title_bar.step or 0) + 2
            self.title_bar.refresh()
            self.tell_wait()

    def _wait(self, waiting: bool) -> None:
        """Show only that the answer to a key is awaited: this class animates the line itself while it loads, even over
        content."""
        if self._awaits or self._loading is not None:
            super()._wait(waiting and self._awaits)
