"""Screens that write to Matomo: what is asked before such a screen is taken away."""

from __future__ import annotations

from textual.widget import Widget


class WritingScreen:
    """Knows whether a write is under way, and which one it is: an answer to a question about one holds for no other."""

    writes_begun = 0
    """How many writes were sent so far."""
    _is_writing = False

    @property
    def is_writing(self) -> bool:
        """A write was sent, and Matomo has not answered: the screen must not be taken away."""
        return self._is_writing

    def begin_write(self) -> None:
        """Note that a write is being sent."""
        self._is_writing = True
        self.writes_begun += 1

    def end_write(self) -> None:
        """Note that Matomo has answered."""
        self._is_writing = False


def notify_of_write(screen: Widget) -> None:
    """Say why ``screen`` does not close: a write that was sent cannot be recalled."""
    screen.notify("The write is under way: please wait.", timeout=3, markup=False)
