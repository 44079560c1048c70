"""Figures that remember: their recent course for a sparkline, and what they were a while ago."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from matomo_tui.live.snapshot import Count

SLOT = 10
"""Seconds of which one sample is kept, the last."""
SAMPLES = 200
"""33 minutes of samples: enough to know a figure of 30 minutes ago."""
POINTS = 60
"""The most points of a sparkline, of 30 seconds each."""


class Track:
    """One figure over time, bounded. ``ago``: compare with the value so many seconds before (0: do not)."""

    def __init__(self, ago: int = 0, *, slot: int = SLOT) -> None:
        self._ago = ago
        self._slot = slot
        self._samples: deque[tuple[int, float]] = deque(maxlen=SAMPLES)
        self.count = Count()

    def __len__(self) -> int:
        return len(self._samples)

    def add(self, at: float, value: float, before: float | None = None) -> None:
        """The figure at ``at`` (epoch); ``before`` is what to compare it with, where that does not come from its own
        past. After the clock went back the past is forgotten, as its instants mean nothing any more."""
        slot = int(at) // self._slot
        if self._samples and slot < self._samples[-1][0]:
            self._samples.clear()
        if self._samples and self._samples[-1][0] == slot:
            self._samples[-1] = (slot, value)
        else:
            self._samples.append((slot, value))
        new = Count(value, self._past(slot) if self._ago else before, self._history())
        if new != self.count:
            self.count = new

    def seed(self, samples: Iterable[tuple[float, float]]) -> None:
        """What the figure was before the first sample of its own, oldest first."""
        first = self._samples[0][0] if self._samples else None
        own = list(self._samples)
        self._samples.clear()
        slots = ((int(at) // self._slot, value) for at, value in samples)
        self._samples.extend((slot, value) for slot, value in slots if first is None or slot < first)
        self._samples.extend(own)
        if own:
            slot, value = own[-1]
            self.count = Count(value, self._past(slot) if self._ago else self.count.before, self._history())

    def clear(self) -> None:
        """Forget everything: the figure begins anew."""
        self._samples.clear()
        self.count = Count()

    def _past(self, slot: int) -> float | None:
        """The value ``ago`` seconds before, from at most a fifth of that further back."""
        wanted = slot - self._ago // self._slot
        oldest = wanted - max(1, self._ago // (5 * self._slot))
        past = None
        for at, value in self._samples:
            if at > wanted:
                break
            if at >= oldest:
                past = value
        return past

    def _history(self) -> tuple[float, ...]:
        points: dict[int, float] = {}
        for at, value in self._samples:
            points[at * self._slot // 30] = value
        return tuple(points.values())[-POINTS:]
