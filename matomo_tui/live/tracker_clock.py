"""Detects a tracker whose clock is ahead of the API server's: its visits lie in the future.

Several machines may record hits, each with its own clock, and a single visit may carry any time. So the tracker's clock
counts as ahead only if two visits agree. A visit that is still in the future after that correction is moved back as a
whole, to now. Feed, rankings, chart and the visit screen all use these instants.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence

from matomo_tui.api.live import Visit

BELIEVED = 60
"""Seconds that an action may be ahead of the server's clock without a correction."""
LONGEST = 86_400
"""Seconds beyond which the visit is broken, not the clock."""
ENOUGH = 3
"""Polls with new actions that must agree that the tracker's clock was set right, or that hits come late."""

REMEMBERED = 500
"""Visits whose last action is remembered, to tell new actions from known ones."""


class TrackerClock:
    """Estimates the seconds that the tracker's clock is ``ahead`` of the server's from its visits."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = max(0, int(ahead))
        self._single = 0
        self._newest = 0
        self._in_step = 0
        self._asked = 0.0
        self._late: deque[int] = deque(maxlen=ENOUGH)
        self._seen: OrderedDict[int, int] = OrderedDict()

    @property
    def known_ahead(self) -> int:
        """Seconds to show to the user, even if only one visit shows them.

        Negative if hits arrive that are older than the poll before: the tracker's clock is behind, or hits are queued.
        """
        late = min(self._late) if len(self._late) == ENOUGH else 0
        return max(self.ahead, self._single) or (-late if late > BELIEVED else 0)

    def learn(self, visits: Sequence[Visit], now: float) -> None:
        """Update the estimate from a page of visits, answered at ``now`` (server's epoch)."""
        lasts = sorted((visit.last_action_timestamp for visit in visits), reverse=True)
        lasts = [last for last in lasts if last <= now + LONGEST]
        early = [int(last - now) for last in lasts if last > now + BELIEVED]
        self._single = early[0] if early else 0
        if len(early) > 1:
            self.ahead = max(self.ahead, early[1])
        if lasts and lasts[0] > self._newest:
            self._newest = lasts[0]
            if self._asked:
                self._late.append(int(self._asked) - lasts[0])
        # Only actions since the last poll show the current state of the clock.
        fresh = [last for last in self._fresh(visits) if last <= now + LONGEST]
        if fresh:
            self._in_step = 0 if max(fresh) - now > self.ahead / 2 else self._in_step + 1
        if self.ahead and self._in_step >= ENOUGH:
            self.ahead = 0
        self._asked = now

    def _fresh(self, visits: Sequence[Visit]) -> list[int]:
        """Return the last actions of the visits that are new or changed since the polls before."""
        fresh = []
        for visit in visits:
            last = visit.last_action_timestamp
            if self._seen.get(visit.id_visit) != last:
                self._seen[visit.id_visit] = last
                self._seen.move_to_end(visit.id_visit)
                fresh.append(last)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return fresh

    def back(self, visit: Visit, now: float) -> int:
        """Return the seconds by which each instant of ``visit`` is moved back, so that none is in the future."""
        last = visit.last_action_timestamp - self.ahead
        return self.ahead + (int(last - now) if last > now + BELIEVED else 0)
