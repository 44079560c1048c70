"""The delay before the next poll: the configured interval, stretched to spare the server."""

from __future__ import annotations

import random
import secrets

from matomo_tui.api.errors import MatomoError
from matomo_tui.live.snapshot import Pace

SLOWEST = 300.0
"""Seconds that no stretching goes beyond, save a longer interval of the person's own."""
LONGEST_WISH = 3600.0
"""Seconds that a server's own wish (``Retry-After``) is honoured at most."""
SHARE = 5.0
"""An answer may take a fifth of the interval."""
QUIET_AFTER = 300.0
"""Seconds without a new action after which a site is quiet."""
QUIET_FACTOR = 6
QUIET_SLOWEST = 60.0
"""A quiet site is still asked once a minute, so that its next visitor is not missed for long."""
JITTER = 0.05


class Pacer:
    """The interval policy. Times are monotonic seconds; ``rng`` spreads many clients of one server apart."""

    def __init__(self, interval: float, *, rng: random.Random | None = None) -> None:
        self.interval = interval
        self.failures = 0
        self._rng = rng or secrets.SystemRandom()
        self._smoothed = 0.0
        self._last_change: float | None = None
        self._quiet = 1
        self._failure_delay = 0.0
        self._asked_for = False

    def succeeded(self, now: float, *, elapsed: float | None, changed: bool) -> None:
        """A poll went well: its answer took ``elapsed`` seconds (``None``: not typical, leave it out) and brought
        something new, or not."""
        self.failures = 0
        self._asked_for = False
        if elapsed is not None:
            weight = 0.5 if elapsed > self._smoothed else 0.25
            self._smoothed += weight * (elapsed - self._smoothed)
        if changed or self._last_change is None:
            self._last_change = now
        self._quiet = min(QUIET_FACTOR, 1 + int((now - self._last_change) / QUIET_AFTER))

    def failed(self, error: MatomoError) -> None:
        """A poll failed: wait twice as long each time, or as long as server's request."""
        self.failures += 1
        self._last_change = None  # Nobody looked meanwhile: afterwards the site is not quiet but unknown.
        base = max(self.interval, 5.0)
        delay = min(SLOWEST, base * 2.0 ** min(self.failures, 10) * self._rng.uniform(0.8, 1.2))
        wish = min(LONGEST_WISH, error.retry_after) if error.retry_after else 0.0
        self._asked_for = wish >= delay
        self._failure_delay = max(delay, wish, self.interval)

    def wake(self) -> None:
        """Begin anew, for another site or because a person acted: no failures, not quiet."""
        self.failures = 0
        self._asked_for = False
        self._last_change = None
        self._quiet = 1

    @property
    def effective(self) -> tuple[float, Pace]:
        """The interval kept now in seconds, and why it is that."""
        if self.failures:
            return self._failure_delay, Pace.RETRY_AFTER if self._asked_for else Pace.ERRORS
        slow = min(SLOWEST, self._smoothed * SHARE)
        quiet = min(max(QUIET_SLOWEST, self.interval), self.interval * self._quiet)
        longest = max(self.interval, slow, quiet)
        if longest <= self.interval:
            return self.interval, Pace.NORMAL
        return longest, Pace.SLOW_SERVER if slow >= quiet else Pace.QUIET

    def delay(self) -> float:
        """Seconds from the start of the last poll to the start of the next; after a failure already jittered."""
        seconds, _ = self.effective
        return seconds if self.failures else seconds * self._rng.uniform(1 - JITTER, 1 + JITTER)
