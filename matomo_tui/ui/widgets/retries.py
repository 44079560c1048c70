"""When a screen loads again by itself what failed on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual import events, on
from textual.screen import Screen

from matomo_tui.live.snapshot import Phase
from matomo_tui.ui.widgets.visibility import is_visible

FIRST = 60.0
"""Seconds after which what failed is loaded again. They double with each failure, up to ``MOST``."""
MOST = 900.0
LOOK_EVERY = 20.0
"""Seconds between two calls of :meth:`Retries.look` while nothing happens."""


class Retries:
    """Calls ``load`` for a screen, of which ``failed`` describes what failed: anything that is false for nothing, and
    equal as long as the same fails.

    Once live figures come again after they did not, it does so at once, though never twice within ``FIRST`` seconds:
    the server is back. What fails while they come, such as one report that takes too long, is loaded with growing
    delays. As long as they do not come, nothing is sent. ``is_loading`` is true while an answer is awaited;
    ``monotonic`` are the seconds of a clock.
    """

    def __init__(
        self,
        failed: Callable[[], object],
        is_loading: Callable[[], bool],
        load: Callable[[], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._failed = failed
        self._is_loading = is_loading
        self._load = load
        self._monotonic = monotonic
        self._phase = Phase.STARTING
        self._was_away = self._is_back = False
        self._what: object = None
        self._since = 0.0
        """When it failed, or was loaded last."""
        self._tried_at: float | None = None
        self._patience = FIRST

    def show_live(self, phase: Phase) -> None:
        """Follow the live connection; :meth:`look` acts on it."""
        self._phase = phase
        if phase in (Phase.STALE, Phase.STOPPED):
            self._was_away = True
        elif phase is Phase.LIVE and self._was_away:
            self._was_away, self._is_back = False, True

    def look(self) -> None:
        """Load again what failed long enough ago. To be called while the screen is visible, and only then."""
        if self._phase is not Phase.LIVE or self._is_loading():
            return
        what, now = self._failed(), self._monotonic()
        if not what:
            self._what, self._is_back, self._patience = None, False, FIRST
            return
        if what != self._what or now < self._since:
            self._what, self._since, self._patience = what, now, FIRST
        if self._is_back and (self._tried_at is None or not 0 <= now - self._tried_at < FIRST):
            self._try(now)
        elif now - self._since >= self._patience:
            self._patience = min(MOST, 2 * self._patience)
            self._try(now)

    def _try(self, now: float) -> None:
        self._is_back, self._since, self._tried_at = False, now, now
        self._load()


class RetryingScreen(Screen[Any]):
    """A screen on which what failed is loaded again by itself, while it is visible.

    Subclasses create ``retries`` and tell it of the live connection. They name this class last among their bases:
    Textual takes styles from the first one only."""

    retries: Retries

    @on(events.Mount)
    def _look_regularly(self) -> None:
        self.set_interval(LOOK_EVERY, self.look_at_failures)

    @on(events.ScreenResume)
    def look_at_failures(self) -> None:
        """Load again what failed, if it is time to."""
        if self.is_mounted and is_visible(self):
            self.retries.look()

    def follow_phase(self, phase: Phase) -> None:
        """Follow the live connection: once that is good again, load what failed meanwhile."""
        self.retries.show_live(phase)
        self.look_at_failures()
