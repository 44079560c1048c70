"""The editing lock: opened by the user, closed automatically after a time without edits."""

from __future__ import annotations

import time
from collections.abc import Callable

IDLE = 600.0
"""Seconds without an edit after which the lock closes."""


class EditLock:
    """Closed at first. It closes when either clock says that the time is over: the system time (``now``) may be set,
    and the monotonic clock may stop while a laptop sleeps."""

    def __init__(
        self,
        *,
        idle: float = IDLE,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._idle = idle
        self._monotonic = monotonic
        self._now = now
        self._since: tuple[float, float] | None = None

    @property
    def is_open(self) -> bool:
        """True if writing is possible."""
        return self.remaining > 0

    @property
    def remaining(self) -> float:
        """Seconds until it closes; 0 if it is closed."""
        if self._since is None:
            return 0.0
        passed = max(self._monotonic() - self._since[0], abs(self._now() - self._since[1]))
        if passed >= self._idle:
            self._since = None
            return 0.0
        return self._idle - passed

    def unlock(self) -> None:
        """Open it, for the idle time after the last edit."""
        self._since = (self._monotonic(), self._now())

    def lock(self) -> None:
        self._since = None

    def touch(self) -> None:
        """Restart the idle time after an edit. A closed lock stays closed."""
        if self.is_open:
            self.unlock()
