"""The editing lock: opened explicitly, closed again after a time without edits."""

from __future__ import annotations

import time
from collections.abc import Callable

IDLE = 600.0
"""Seconds without editing after which the lock shuts by itself."""


class EditLock:
    """Shut at first. ``now`` is seconds that may jump, ``monotonic`` seconds that never go back: whichever says that
    the time is over is believed, because the one may be set and the other may stop while a laptop sleeps."""

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
        """Whether anything may be written just now."""
        return self.remaining > 0

    @property
    def remaining(self) -> float:
        """Seconds until it shuts by itself; 0 when it is shut."""
        if self._since is None:
            return 0.0
        passed = max(self._monotonic() - self._since[0], abs(self._now() - self._since[1]))
        if passed >= self._idle:
            self._since = None
            return 0.0
        return self._idle - passed

    def unlock(self) -> None:
        """Open it for as long as somebody edits."""
        self._since = (self._monotonic(), self._now())

    def lock(self) -> None:
        """Shut it."""
        self._since = None

    def touch(self) -> None:
        """Somebody is editing: the idle time begins anew. A shut lock stays shut."""
        if self.is_open:
            self.unlock()

    def toggle(self) -> bool:
        """Open it or shut it; whether it is open now."""
        if self.is_open:
            self.lock()
        else:
            self.unlock()
        return self.is_open
