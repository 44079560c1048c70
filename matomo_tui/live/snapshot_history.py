"""The snapshots of the last hour, so that the live screen can show itself as it was.

Snapshots share all parts that did not change, so one more costs little beside the rows that a poll changed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from matomo_tui.live.snapshot import LiveSnapshot, Phase

SPAN = 3600.0
"""Seconds that are kept."""
SPACING = 5.0
"""Seconds between two snapshots at least: with faster polls not each of them is kept."""
MOST = int(SPAN / SPACING) + 2
"""Snapshots that are kept at most, even if the clock is set."""


class SnapshotHistory:
    """Keeps one snapshot of each poll of one site and segment, up to an hour back."""

    def __init__(self) -> None:
        self._kept: list[LiveSnapshot] = []

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def times(self) -> Sequence[float]:
        """The epochs of the snapshots, oldest first."""
        return [snapshot.taken_at for snapshot in self._kept]

    @property
    def failed_times(self) -> Sequence[float]:
        """The epochs of those whose poll failed."""
        failed = (Phase.STALE, Phase.STOPPED)
        return [snapshot.taken_at for snapshot in self._kept if snapshot.poll.phase in failed]

    def add(self, snapshot: LiveSnapshot) -> bool:
        """Keep ``snapshot``. Returns True if it is of another site or segment, so that the older ones were dropped."""
        last = self._kept[-1] if self._kept else None
        other = last is not None and (last.site.id, last.segment) != (snapshot.site.id, snapshot.segment)
        if other or (last is not None and snapshot.taken_at < last.taken_at):  # or the clock was set back
            self._kept.clear()
        if not snapshot.feed.ready or snapshot.poll.in_flight:
            return other
        if self._replaces_last(snapshot):
            self._kept.pop()
        self._kept.append(snapshot)
        first = bisect_left(self._kept, snapshot.taken_at - SPAN, key=_taken_at)
        del self._kept[: max(first, len(self._kept) - MOST)]
        return other

    def clear(self) -> None:
        """Forget all snapshots."""
        self._kept.clear()

    def before(self, at: float) -> LiveSnapshot | None:
        """Return the newest snapshot up to the epoch ``at``, or the oldest one if all are newer."""
        if not self._kept:
            return None
        return self._kept[max(0, bisect_right(self._kept, at, key=_taken_at) - 1)]

    def beside(self, snapshot: LiveSnapshot, step: int) -> LiveSnapshot | None:
        """Return the snapshot ``step`` after ``snapshot``, or before it if negative; ``None`` beyond the newest."""
        place = bisect_left(self._kept, snapshot.taken_at, key=_taken_at) + step
        return self._kept[max(0, place)] if place < len(self._kept) else None

    def _replaces_last(self, snapshot: LiveSnapshot) -> bool:
        """Return True if the last snapshot is of the same poll, or so soon after the one before it that it is left out.

        A change of phase is always kept."""
        if not self._kept:
            return False
        last = self._kept[-1]
        if last.poll.polls == snapshot.poll.polls and last.poll.phase is snapshot.poll.phase:
            return True
        if len(self._kept) < 2 or last.poll.phase is not snapshot.poll.phase:
            return False
        return last.taken_at - self._kept[-2].taken_at < SPACING - 0.5


def _taken_at(snapshot: LiveSnapshot) -> float:
    return snapshot.taken_at
