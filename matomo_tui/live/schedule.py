"""The delay before the next poll: the configured interval, stretched to spare the server."""

from __future__ import annotations

import random
import secrets

from matomo_tui.api.errors import MatomoError
from matomo_tui.limits import MAX_INTERVAL, MIN_INTERVAL
from matomo_tui.live.snapshot import Pace

SLOWEST = 300.0
"""Seconds up to which the interval is stretched, unless the configured one is longer."""
LONGEST_RETRY_AFTER = 3600.0
"""Seconds up to which the server's ``Retry-After`` is respected."""
SHARE = 5.0
"""The interval is at least this many times the duration of an answer."""
QUIET_AFTER = 300.0
"""Seconds without a new action after which a site is quiet."""
QUIET_FACTOR = 6
QUIET_SLOWEST = 60.0
"""Seconds between two polls of a quiet site, so that its next visitor appears soon."""
UNSEEN = 60.0
"""Seconds between two polls of a site that is not on the screen."""
JITTER = 0.05


def bounded_interval(seconds: float) -> float:
    """Return the interval that may be configured and is nearest to ``seconds``."""
    return min(MAX_INTERVAL, max(MIN_INTERVAL, seconds))


class Pacer:
    """The interval policy. Times are monotonic seconds; ``rng`` spreads the polls of many clients of one server."""

    def __init__(self, interval: float, *, rng: random.Random | None = None) -> None:
        self.interval = interval
        self.unseen = False
        """True while nobody looks: the interval is then ``UNSEEN`` at least."""
        self.failures = 0
        self._rng = rng or secrets.SystemRandom()
        self._smoothed = 0.0
        self._last_change: float | None = None
        self._quiet = 1
        self._failure_delay = 0.0
        self._by_server = False

    def succeeded(self, now: float, *, elapsed: float | None, changed: bool) -> None:
        """Record a good poll: its answer took ``elapsed`` seconds (``None``: not typical) and ``changed`` figures."""
        self.failures = 0
        self._by_server = False
        if elapsed is not None:
            weight = 0.5 if elapsed > self._smoothed else 0.25
            self._smoothed += weight * (elapsed - self._smoothed)
        if changed or self._last_change is None:
            self._last_change = now
        self._quiet = min(QUIET_FACTOR, 1 + int((now - self._last_change) / QUIET_AFTER))

    def failed(self, error: MatomoError) -> None:
        """Record a failed poll: wait twice as long each time, or as long as the server requested."""
        self.failures += 1
        self._last_change = None  # Without answers the site is not quiet but unknown.
        base = max(self.interval, 5.0)
        delay = min(SLOWEST, base * 2.0 ** min(self.failures, 10) * self._rng.uniform(0.8, 1.2))
        requested = min(LONGEST_RETRY_AFTER, error.retry_after) if error.retry_after else 0.0
        self._by_server = requested >= delay
        self._failure_delay = max(delay, requested, self.interval)

    def wake(self) -> None:
        """Forget failures and quiet times: the user acted."""
        self.failures = 0
        self._by_server = False
        self.switched()

    def switched(self) -> None:
        """Forget quiet times: the site changed. A server that fails does so for the next site, too."""
        self._last_change = None
        self._quiet = 1

    @property
    def effective(self) -> tuple[float, Pace]:
        """The current interval in seconds, and the reason for it."""
        if self.failures:
            return self._failure_delay, Pace.RETRY_AFTER if self._by_server else Pace.ERRORS
        slow = min(SLOWEST, self._smoothed * SHARE)
        quiet = min(max(QUIET_SLOWEST, self.interval), self.interval * self._quiet)
        longest = max(self.interval, slow, quiet)
        if self.unseen and longest <= UNSEEN:
            return UNSEEN, Pace.UNSEEN
        if longest <= self.interval:
            return self.interval, Pace.NORMAL
        return longest, Pace.SLOW_SERVER if slow >= quiet else Pace.QUIET

    def delay(self) -> float:
        """Return the seconds from the start of the last poll to the start of the next, with jitter."""
        seconds, _ = self.effective
        return seconds if self.failures else seconds * self._rng.uniform(1 - JITTER, 1 + JITTER)
