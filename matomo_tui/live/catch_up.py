"""Start of the next visit request: misses no visit and repeats few.

``minTimestamp`` is exclusive and in whole seconds. So requests overlap a little, for further hits in a second that
was fetched before. Hits that a queue writes late carry the time at which they were made and need a wider overlap, but
with a wide overlap on every poll each visit would be sent several times.

How it works: the overlap is narrow, and the counter of the last 3 minutes, which comes with each poll anyway, is the
check. If the server counts more visits than are known here, the next poll looks back over those minutes. If that finds
a late hit, the overlap is widened to reach it for ten minutes. If it counts fewer visits of the last 30 minutes, visits
were deleted, such as those of a bot: the next poll looks back over that time, and what it does not list is dropped.
After a gap between polls that the counter does not reach over, the overlap is as wide as it can be.
"""

from __future__ import annotations

OVERLAP = 2
"""Seconds before the newest action from which on visits are requested again. Of visits that are known, too, though two
thirds of them come as they were: a hit is written after the instant it carries, and one that is missed stays missing as
long as its visit does not act again."""
WIDEST = 60
REMEMBER_LATE = 600
COUNTED = 180
"""Seconds of the counter that is the check."""
LOOK_BACK = 185
"""Seconds to look back: the counter's 3 minutes, and some for rounding to whole seconds."""
FIRST_PATIENCE, LAST_PATIENCE = 60.0, 900.0
"""Seconds between two looks back: the first and the longest. They double while nothing is found, because with some
segments (on actions, for instance) Matomo counts visits more than once."""
FILL = 1800
"""Seconds of history fetched at the start. A longer gap is not filled."""


class CatchUp:
    """Remembers up to when visits are known. All times are epochs on the server's clock."""

    def __init__(self) -> None:
        self.until: int | None = None
        """The newest action that was fetched; ``None`` before the first answer."""
        self._asked_at = self._completed_at = 0.0
        self.after_gap = False
        """True while the visits are fetched after so long a time that hits written late are in no counter."""
        self._overlap = OVERLAP
        self._late_until = 0.0
        self._look_back = False
        self.looking_back = False
        """True while the visits are fetched back to a time at which they were known."""
        self._span = LOOK_BACK
        self._found = False
        self._patience = FIRST_PATIENCE
        self._look_back_at = 0.0
        self._again_from: int | None = None

    def min_timestamp(self, now: float, *, clock_known: bool = True) -> int | None:
        """Return the ``minTimestamp`` of a request at ``now``, which is a guess if not ``clock_known``.

        ``None`` requests the newest visits.
        """
        self._asked_at = now
        if self.until is None:
            return int(now) - FILL if clock_known else None
        if clock_known and now >= self._late_until:
            self._overlap = OVERLAP
        self.after_gap = abs(now - self._completed_at) > COUNTED - WIDEST
        since = self.until - (WIDEST if self.after_gap else self._overlap)
        if not clock_known:
            return since
        if self._again_from is not None:
            since, self._again_from = min(since, self._again_from), None
        if self._look_back:
            self._look_back, self.looking_back, self._found = False, True, False
            self._look_back_at = now + self._patience
            since = min(since, int(now) - self._span)
        return since

    @property
    def lists_all(self) -> bool:
        """True if the present poll looks back over the whole of the last 30 minutes."""
        return self.looking_back and self._span == FILL

    def suspect(self, now: float, *, deleted: bool = False) -> None:
        """Look back at the next poll, because the server counts more visits than are known, or fewer (``deleted``),
        unless that just found nothing."""
        waiting = self._look_back_at - now
        self._look_back = waiting <= 0 or waiting > LAST_PATIENCE + 60.0  # or the clock went back
        self._span = FILL if deleted else LOOK_BACK

    def again(self, since: int) -> None:
        """Request all visits with an action after ``since`` (epoch) once more at the next poll."""
        self._again_from = since

    def found_deleted(self) -> None:
        """Record that the present look back found visits that were deleted."""
        self._found = True

    def note_late(self, last_action: int, now: float) -> None:
        """Widen the overlap if a new action (its epoch) is older than ``until``."""
        if self.until is None or last_action >= self.until:
            return
        self._found = True
        wanted = min(WIDEST, self.until - last_action + 2)
        if wanted > OVERLAP:
            self._overlap = max(self._overlap, wanted)
            self._late_until = now + REMEMBER_LATE

    def completed(self, newest: int, now: float) -> None:
        """Record that all visits up to ``newest`` (0: there were none) were fetched at ``now``."""
        self.until = newest or int(now) - FILL
        self._completed_at = self._asked_at
        if self.looking_back:
            self.looking_back = False
            self._patience = FIRST_PATIENCE if self._found else min(LAST_PATIENCE, self._patience * 2)
