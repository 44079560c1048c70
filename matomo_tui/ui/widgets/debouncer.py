"""Debounced calls: a function is called once, after a pause in events."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Generic, ParamSpec

from textual.message_pump import MessagePump
from textual.timer import Timer

P = ParamSpec("P")


class Debouncer(Generic[P]):
    """Calls ``callback`` ``delay`` seconds after the last ``restart``, or after the first ``start``.

    The timer is one of ``owner``, so that it ends with it. A timer that Textual has already rung is without effect once
    it has been restarted or cancelled.
    """

    def __init__(self, owner: MessagePump, delay: float, callback: Callable[P, object]) -> None:
        self._owner = owner
        self.delay = delay
        """In seconds, of the next call."""
        self._callback = callback
        self._timer: Timer | None = None
        self._number = 0

    @property
    def is_pending(self) -> bool:
        """Whether a call is due."""
        return self._timer is not None

    def restart(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call with these arguments after the delay, in place of a pending call."""
        self.cancel()
        if self._owner.is_attached:
            call = partial(self._callback, *args, **kwargs)
            self._timer = self._owner.set_timer(self.delay, partial(self._ring, self._number, call))

    def start(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call with these arguments after the delay, unless a call is pending."""
        if self._timer is None:
            self.restart(*args, **kwargs)

    def cancel(self) -> None:
        """Drop the pending call."""
        self._number += 1
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _ring(self, number: int, call: Callable[[], object]) -> None:
        if number == self._number:
            self._timer = None
            call()
