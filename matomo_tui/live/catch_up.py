"""From when on to ask for visits, so that none is missed and few are sent twice.

``minTimestamp`` is strict and in whole seconds, so a hit of a second that was already seen needs a little overlap; hits
that a queue writes late carry the time at which they were made and need more. A wide overlap on every poll would
send each visit several times, so there are two: a narrow one always, a wide look back once a minute. Where that finds
something late, the narrow one widens for ten minutes to what was found.
"""

from __future__ import annotations

OVERLAP = 3
LOOK_BACK = 30
LOOK_BACK_EVERY = 60
WIDEST = 60
REMEMBER_LATE = 600
FILL = 1800
"""Seconds that are filled in at the start, and after which a gap is not filled any more."""
FUTURE = 300
"""Seconds that a last action may be ahead of the server's clock before it is not believed."""


class CatchUp:
    """Remembers up to when visits are known. All times are the server's epochs."""

    def __init__(self) -> None:
        self.until: int | None = None
        self._overlap = OVERLAP
        self._late_until = 0.0
        self._look_back_at = 0.0

    def min_timestamp(self, now: float | None) -> int | None:
        """What to ask with at ``now`` (``None``: the server's clock is not known yet, ask for the newest)."""
        if self.until is None:
            return None if now is None else int(now) - FILL
        overlap = self._overlap
        if now is not None:
            if now >= self._late_until:
                self._overlap = overlap = OVERLAP
            if now >= self._look_back_at or self._look_back_at - now > LOOK_BACK_EVERY:
                self._look_back_at = now + LOOK_BACK_EVERY
                overlap = max(overlap, LOOK_BACK)
        return self.until - overlap

    def note_late(self, last_action: int, now: float) -> None:
        """A new action was found that is older than what was known already."""
        if self.until is not None and last_action < self.until and self.until - last_action > self._overlap - 2:
            self._overlap = min(WIDEST, max(self._overlap, self.until - last_action + 2))
            self._late_until = now + REMEMBER_LATE

    def completed(self, newest: int, now: float) -> None:
        """Everything up to ``newest`` (0: nobody was there) has been fetched, by an answer given at ``now``."""
        if not newest:
            newest = int(now) - FILL
        self.until = newest if newest <= now + FUTURE else int(now)
