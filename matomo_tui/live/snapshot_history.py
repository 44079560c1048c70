"""The snapshots of the last hour, so that the live screen can show itself as it was.

Those of the last minute are kept as they are, older ones packed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from matomo_tui.live.packed_snapshots import PackedSnapshots
from matomo_tui.live.snapshot import LiveSnapshot, Phase

SPAN = 3600.0
"""Seconds that are kept."""
SPACING = 5.0
"""Seconds between two snapshots at least: with faster polls not each of them is kept."""
MOST = int(SPAN / SPACING) + 2
"""Snapshots that are kept at most, even if the clock is set."""


RECENT = 12
"""Snapshots that are not packed. As many are packed together: one after the other costs less than each on its own."""


class SnapshotHistory:
    """Keeps one snapshot of each poll of one site and segment, up to an hour back."""

    def __init__(self) -> None:
        self._older = PackedSnapshots()
        self._recent: list[LiveSnapshot] = []

    def __len__(self) -> int:
        return len(self._older) + len(self._recent)

    @property
    def times(self) -> Sequence[float]:
        """The epochs of the snapshots, oldest first."""
        return [snapshot.taken_at for snapshot in self._bare]

    @property
    def failed_times(self) -> Sequence[float]:
        """The epochs of those whose poll failed."""
        failed = (Phase.STALE, Phase.STOPPED)
        return [snapshot.taken_at for snapshot in self._bare if snapshot.poll.phase in failed]

    def add(self, snapshot: LiveSnapshot) -> bool:
        """Keep ``snapshot``. Returns True if it is of another site or segment, so that the older ones were dropped."""
        last = self._recent[-1] if self._recent else None
        other = last is not None and (last.site.id, last.segment) != (snapshot.site.id, snapshot.segment)
        if other or (last is not None and snapshot.taken_at < last.taken_at):  # or the clock was set back
            self.clear()
        if not snapshot.feed.ready or snapshot.poll.in_flight:
            return other
        if self._replaces_last(snapshot):
            self._recent.pop()
        self._recent.append(snapshot)
        self._shorten(snapshot.taken_at - SPAN)
        return other

    def clear(self) -> None:
        """Forget all snapshots."""
        self._older = PackedSnapshots()
        self._recent.clear()

    def before(self, at: float) -> LiveSnapshot | None:
        """Return the newest snapshot up to the epoch ``at``, or the oldest one if all are newer."""
        return self._at(bisect_right(self.times, at) - 1)

    def beside(self, snapshot: LiveSnapshot, step: int) -> LiveSnapshot | None:
        """Return the snapshot ``step`` after ``snapshot``, or before it if negative; ``None`` beyond the newest."""
        return self._at(bisect_left(self.times, snapshot.taken_at) + step)

    @property
    def _bare(self) -> Sequence[LiveSnapshot]:
        return [*self._older.bare, *self._recent]

    def _at(self, place: int) -> LiveSnapshot | None:
        """Return the snapshot at ``place``, or the oldest one if it is negative; ``None`` beyond the newest."""
        place, older = max(0, place), len(self._older)
        if place < older:
            return self._older.at(place)
        return self._recent[place - older] if place < len(self) else None

    def _shorten(self, begin: float) -> None:
        """Pack what is no longer recent, and drop what is before the epoch ``begin`` or too much."""
        if len(self._recent) >= 2 * RECENT:
            self._older.extend(self._recent[:RECENT])
            del self._recent[:RECENT]
        bare = self._bare
        surplus = max(bisect_left(bare, begin, key=_taken_at), len(bare) - MOST)
        if surplus > 0:
            self._older.drop(surplus)
            del self._recent[: max(0, surplus - (len(bare) - len(self._recent)))]

    def _replaces_last(self, snapshot: LiveSnapshot) -> bool:
        """Return True if the last snapshot is of the same poll, or so soon after the one before it that it is left out.

        A change of phase is always kept."""
        if not self._recent:
            return False
        last = self._recent[-1]
        if last.poll.polls == snapshot.poll.polls and last.poll.phase is snapshot.poll.phase:
            return True
        if len(self._recent) < 2 or last.poll.phase is not snapshot.poll.phase:
            return False
        return last.taken_at - self._recent[-2].taken_at < SPACING - 0.5


def _taken_at(snapshot: LiveSnapshot) -> float:
    return snapshot.taken_at
