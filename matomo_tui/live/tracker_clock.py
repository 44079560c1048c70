"""Detects a tracker whose clock is ahead of the API server's: its visits lie in the future.

Several machines may take hits, each with a clock of its own, and one visit may carry any time at all. So the tracker's
clock is believed to be ahead only where two visits say so; what still acts in the future after that is moved back by
itself, as a whole, to now. Feed, rankings, chart and an opened visit all take their instants from here.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence

from matomo_tui.api.live import Visit

BELIEVED = 60
"""Seconds that an action may be ahead of the server's clock: the clocks agree as well as clocks do."""
LONGEST = 86_400
"""Seconds beyond which it is no clock that is ahead, but a visit that is broken."""
ENOUGH = 3
"""Polls with new actions after which it is no accident: the tracker's clock has been set right, or hits come late."""

REMEMBERED = 500
"""Visits whose last action is remembered, to tell new actions from known ones."""


class TrackerClock:
    """How far the tracker's clock is ``ahead`` of the server's, in seconds, as its visits tell."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = max(0, int(ahead))
        self._single = 0
        self._newest = 0
        self._right = 0
        self._asked = 0.0
        self._late: deque[int] = deque(maxlen=ENOUGH)
        self._seen: OrderedDict[int, int] = OrderedDict()

    @property
    def known_ahead(self) -> int:
        """What a person should be told: also where one visit alone says so. Negative where hits come that are older
        than the poll before, which did not bring them: a tracker behind the server, or a queue."""
        late = min(self._late) if len(self._late) == ENOUGH else 0
        return max(self.ahead, self._single) or (-late if late > BELIEVED else 0)

    def learn(self, visits: Sequence[Visit], now: float) -> None:
        """Take in a page of visits, answered at ``now`` (the server's)."""
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
        # What came since the poll before tells the clock's state, whatever was in the future until then.
        fresh = [last for last in self._fresh(visits) if last <= now + LONGEST]
        if fresh:
            self._right = 0 if max(fresh) - now > self.ahead / 2 else self._right + 1
        if self.ahead and self._right >= ENOUGH:
            self.ahead = 0
        self._asked = now

    def _fresh(self, visits: Sequence[Visit]) -> list[int]:
        """The last actions that the polls before did not bring."""
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
        """The seconds by which each instant of ``visit`` is moved back, so that none is in the future."""
        last = visit.last_action_timestamp - self.ahead
        return self.ahead + (int(last - now) if last > now + BELIEVED else 0)
