"""The history of a counter: values for a sparkline, and an earlier value to compare with."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from matomo_tui.live.snapshot import Count

SLOT = 10
"""Seconds for which one sample is kept: the last."""
SAMPLES = 200
"""33 minutes of samples: enough for a value of 30 minutes ago."""
POINT = 30
POINTS = 60
"""The most points of a sparkline, each of 30 seconds."""


class MetricHistory:
    """A figure over time, bounded. It is compared with its value ``ago`` seconds before (0: it is not)."""

    def __init__(self, ago: int = 0) -> None:
        self._ago = ago // SLOT
        self._samples: deque[tuple[int, float]] = deque(maxlen=SAMPLES)
        self._points: deque[tuple[int, float]] = deque(maxlen=POINTS)
        self.count = Count()

    def __len__(self) -> int:
        return len(self._samples)

    def add(self, at: float, value: float, before: float | None = None) -> None:
        """Add the figure at ``at`` (epoch). ``before`` is the value to compare it with if ``ago`` is 0.

        If the clock went back, all earlier samples are dropped: their instants are wrong.
        """
        if self._samples and int(at) // SLOT < self._samples[-1][0]:
            self.clear()
        self._keep(at, value)
        new = Count(value, self._past() if self._ago else before, tuple(value for _, value in self._points))
        if new != self.count:
            self.count = new

    def update(self, at: float, value: float | None, before: float | None = None) -> None:
        """Call :meth:`add`, or :meth:`clear` if ``value`` is ``None``: the server answered without the figure."""
        if value is None:
            self.clear()
        else:
            self.add(at, value, before)

    def seed(self, samples: Iterable[tuple[float, float]]) -> None:
        """Put ``samples`` (epoch and value, oldest first) before the first sample of its own."""
        own = list(self._samples)
        value, before = self.count.value, self.count.before
        self.clear()
        for at, past in samples:
            if not own or int(at) // SLOT < own[0][0]:
                self._keep(at, past)
        for slot, past in own:
            self._keep(slot * SLOT, past)
        if own:
            history = tuple(value for _, value in self._points)
            self.count = Count(value, self._past() if self._ago else before, history)

    def clear(self) -> None:
        """Drop all samples."""
        self._samples.clear()
        self._points.clear()
        self.count = Count()

    def _keep(self, at: float, value: float) -> None:
        for kept, width in ((self._samples, SLOT), (self._points, POINT)):
            slot = int(at) // width
            if kept and kept[-1][0] == slot:
                kept[-1] = slot, value
            else:
                kept.append((slot, value))

    def _past(self) -> float | None:
        """Return the value ``ago`` slots before the newest one, or up to a fifth of that further back."""
        wanted = self._samples[-1][0] - self._ago
        for slot, value in reversed(self._samples):
            if slot <= wanted:
                return value if slot >= wanted - max(1, self._ago // 5) else None
        return None
