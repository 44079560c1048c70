"""When a screen loads again by itself what failed on it."""

from __future__ import annotations

from collections.abc import Callable

from matomo_tui.live.snapshot import Phase

FIRST = 60.0
"""Seconds after which what failed is loaded again. They double with each failure, up to ``MOST``."""
MOST = 900.0
LOOK_EVERY = 20.0
"""Seconds between two calls of :meth:`Retries.look`."""


class Retries:
    """Calls ``load`` for a screen on which ``has_failed`` is true.

    Once live figures come again after they did not, it does so at once: the server is back. What fails while they come,
    such as one report that takes too long, is loaded with growing delays. As long as they do not come, nothing is sent.
    ``is_loading`` is true while an answer is awaited; ``monotonic`` are the seconds of a clock that never jumps.
    """

    def __init__(
        self,
        has_failed: Callable[[], bool],
        is_loading: Callable[[], bool],
        load: Callable[[], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._has_failed = has_failed
        self._is_loading = is_loading
        self._load = load
        self._monotonic = monotonic
        self._phase = Phase.STARTING
        self._was_away = False
        self._since: float | None = None
        self._patience = FIRST

    def show_live(self, phase: Phase) -> None:
        """Follow the live connection."""
        self._phase = phase
        if phase is not Phase.LIVE:
            self._was_away = self._was_away or phase in (Phase.STALE, Phase.STOPPED)
        elif self._was_away:
            self._was_away = False
            if self._has_failed() and not self._is_loading():
                self._try()

    def look(self) -> None:
        """Load again what failed long enough ago. To be called regularly while the screen is visible."""
        if self._phase is not Phase.LIVE or self._is_loading():
            return
        if not self._has_failed():
            self._since, self._patience = None, FIRST
        elif self._since is None:
            self._since = self._monotonic()
        elif self._monotonic() - self._since >= self._patience:
            self._patience = min(MOST, 2 * self._patience)
            self._try()

    def _try(self) -> None:
        self._since = self._monotonic()
        self._load()
