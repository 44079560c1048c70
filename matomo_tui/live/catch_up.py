"""Start of the next visit request: misses no visit and repeats few.

``minTimestamp`` is strict and in whole seconds, so a hit of a second that was already seen needs a little overlap;
hits that a queue writes late carry the time at which they were made and need more. A wide overlap on every poll
would send each visit several times. So the overlap is narrow, and the counter of the last 3 minutes, which comes with
each poll anyway, is the check: where the server counts more visits than are known, the next poll looks back over
those minutes. If that finds something late, the overlap is widened to it for ten minutes.
"""

from __future__ import annotations

OVERLAP = 2
WIDEST = 60
REMEMBER_LATE = 600
LOOK_BACK = 185
"""Seconds to look back: the counter's 3 minutes, and what clocks of whole seconds leave open."""
FIRST_PATIENCE, LAST_PATIENCE = 60.0, 900.0
"""Seconds between two looks back; longer and longer while they find nothing (a segment on actions, for instance, makes
Matomo count some visits more than once)."""
FILL = 1800
"""Seconds that are filled in at the start, and after which a gap is not filled any more."""


class CatchUp:
    """Remembers up to when visits are known (``until``; ``None``: nothing yet). All times are the server's epochs."""

    def __init__(self) -> None:
        self.until: int | None = None
        self._overlap = OVERLAP
        self._late_until = 0.0
        self._look_back = False
        self._looking_back = False
        self._found = False
        self._patience = FIRST_PATIENCE
        self._look_back_at = 0.0

    def min_timestamp(self, now: float | None) -> int | None:
        """What to ask with at ``now`` (``None``: the server's clock is not known yet, ask for the newest)."""
        if self.until is None:
            return None if now is None else int(now) - FILL
        if now is None:
            return self.until - self._overlap
        if now >= self._late_until:
            self._overlap = OVERLAP
        since = self.until - self._overlap
        if self._look_back:
            self._look_back, self._looking_back, self._found = False, True, False
            self._look_back_at = now + self._patience
            since = min(since, int(now) - LOOK_BACK)
        return since

    def suspect(self, now: float) -> None:
        """The server counts more visits than are known: look back, if that was not tried in vain just now."""
        waiting = self._look_back_at - now
        self._look_back = waiting <= 0 or waiting > LAST_PATIENCE + 60.0  # or the clock went back

    def note_late(self, last_action: int, now: float) -> None:
        """A new action was found that is older than what was known already."""
        if self.until is None or last_action >= self.until:
            return
        self._found = True
        wanted = min(WIDEST, self.until - last_action + 2)
        if wanted > OVERLAP:
            self._overlap = max(self._overlap, wanted)
            self._late_until = now + REMEMBER_LATE

    def completed(self, newest: int, now: float) -> None:
        """Everything up to ``newest`` (0: nobody was there) has been fetched, by an answer given at ``now``."""
        self.until = newest or int(now) - FILL
        if self._looking_back:
            self._looking_back = False
            self._patience = FIRST_PATIENCE if self._found else min(LAST_PATIENCE, self._patience * 2)
