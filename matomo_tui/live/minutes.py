"""Actions and new visits per minute of the last hour, counted from the feed."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct, field

from matomo_tui.live.snapshot import Minutes
from matomo_tui.live.visit_rows import TrackedVisit

LENGTH = 60
MAX_VISITS = 20_000
"""The most visits of the last hour that are remembered so that none is counted twice."""


class _Tally(Struct):
    """The contribution of one visit to the counts."""

    last: int
    """Epoch of its last action."""
    actions: dict[int, int] = field(default_factory=dict)
    """Actions by the epoch of their minute."""
    begun: int = 0
    """Epoch of the minute in which it began; 0 if that was before the last hour."""


class MinuteCounts:
    """Actions and visits per minute of the last hour.

    A visit that comes again replaces its own contribution, so that order, repetition and delay do not matter. Visits
    are remembered longer than in the feed, whose bound is smaller.
    """

    def __init__(self, known_from: int, *, max_visits: int = MAX_VISITS) -> None:
        self.known_from = known_from
        self._max_visits = max_visits
        self._actions: Counter[int] = Counter()
        self._visits: Counter[int] = Counter()
        self._tallies: dict[int, _Tally] = {}
        self._forgotten_until = 0
        self._minutes = Minutes()

    def __len__(self) -> int:
        return len(self._tallies)

    def count(self, seen: TrackedVisit, now: float) -> None:
        """Count a new or changed visit; ``now`` is the server's epoch."""
        since = (int(now) // 60 - LENGTH + 1) * 60
        row = seen.row
        old = self._tallies.pop(row.id_visit, None)
        if old is None and row.first_action_at <= self._forgotten_until:
            since = max(since, self._forgotten_until + 1)
        if old:
            self._actions.subtract(old.actions)
            self._visits[old.begun] -= 1
        tally = _Tally(row.last_action_at)
        tally.actions = dict(Counter(at // 60 * 60 for at in seen.action_times if at >= since))
        tally.begun = row.first_action_at // 60 * 60 if row.first_action_at >= since else 0
        if old:
            # The actions are bounded: of a very long visit, those that were cut since keep counting.
            for minute, number in old.actions.items():
                if minute >= since and number > tally.actions.get(minute, 0):
                    tally.actions[minute] = number
        self._actions.update(tally.actions)
        self._visits[tally.begun] += 1
        self._tallies[row.id_visit] = tally

    def forget(self, id_visit: int) -> None:
        """Take back what a visit contributed: the server has deleted it."""
        tally = self._tallies.pop(id_visit, None)
        if tally is not None:
            self._actions.subtract(tally.actions)
            self._visits[tally.begun] -= 1

    def minutes(self, now: float, since: int = 0) -> Minutes:
        """Return the hour up to the minute of ``now`` (server's epoch); the same object as before if it is equal. Only
        visits with an action after ``since`` were fetched."""
        known_from = max(self.known_from, since)
        last = int(now) // 60 * 60
        self._forget(last - (LENGTH - 1) * 60)
        span = range(last - (LENGTH - 1) * 60, last + 1, 60)
        new = Minutes(
            last_minute_at=last,
            actions=tuple(max(0, self._actions[minute]) for minute in span),
            visits=tuple(max(0, self._visits[minute]) for minute in span),
            known_from=known_from if known_from > span[0] else 0,
        )
        if new != self._minutes:
            self._minutes = new
        return self._minutes

    def _forget(self, since: int) -> None:
        for counts in (self._actions, self._visits):
            for minute in [minute for minute, number in counts.items() if minute < since or not number]:
                del counts[minute]
        for id_visit in [id_visit for id_visit, tally in self._tallies.items() if tally.last < since]:
            del self._tallies[id_visit]
        excess = len(self._tallies) - self._max_visits
        if excess > 0:
            for id_visit in sorted(self._tallies, key=lambda key: self._tallies[key].last)[:excess]:
                self._forgotten_until = max(self._forgotten_until, self._tallies.pop(id_visit).last)
