"""Decides which polls request the visits that are known already on their own, with fewer columns.

Most of a visit never changes: where it came from, its country, its device. On a busy site half of the visits of a poll
are known, because they go on, or because a poll overlaps with the one before. Then the visits of the last minute are
requested by their ids, with the columns that change, and all others with all columns: two calls of one request. Matomo
applies such a condition before it reads the actions of a visit, which is most of its work: two calls cost it as much as
one (measured on 5.0.2 and 5.8.0). With a segment they would cost half as much again.

If the name of a country or a kind of source is not known yet, or the answers do not fit, all visits are requested
whole by a second request. They do not fit if a visit is listed where it should not be or missing, as by a server that
reads the condition in another way: then no poll is split for a while.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from matomo_tui.api.live import Visit
from matomo_tui.live.feed import VisitFeed
from matomo_tui.live.visit_names import VisitNames

WORTH = 3
"""The least number of known visits that a poll will list again for which it is split."""
RECENT = 60
"""Seconds since the last action of the visits whose ids are named; few others go on."""
FIRST_PATIENCE, LAST_PATIENCE = 60.0, 900.0
"""Seconds for which no poll is split after one that did not fit: the first and the longest. They double each time."""


class SplitAnswer(Struct, frozen=True):
    """The visits of a poll that fit."""

    others: tuple[Visit, ...]
    """With all columns."""
    known: tuple[Visit, ...]
    """With the columns that change."""
    differs: bool
    """A visit has another user or source than before: the columns that are missing may have changed too."""


class SplitPolls:
    """Times are epochs on the server's clock."""

    def __init__(self, feed: VisitFeed) -> None:
        self._feed = feed
        self._names = VisitNames()
        self._ids: frozenset[int] = frozenset()
        self._expected: frozenset[int] = frozenset()
        self._not_before = 0.0
        self._patience = FIRST_PATIENCE

    def known_ids(self, since: int, now: float) -> frozenset[int]:
        """Return the ids of the visits that are requested on their own by a poll at ``now`` for visits with an action
        after ``since``. Without any, all visits are requested in one call."""
        self._ids = self._expected = frozenset()
        waiting = self._not_before - now
        if not (0 < waiting <= LAST_PATIENCE) and not self._feed.believed_ahead:
            recent = tuple(self._feed.newest_first(since - RECENT))
            expected = frozenset(seen.row.id_visit for seen in recent if seen.place[0] > since)
            if len(expected) >= WORTH:
                self._ids, self._expected = frozenset(seen.row.id_visit for seen in recent), expected
        return self._ids

    def learn(self, visits: Sequence[Visit]) -> None:
        """Remember the names in visits with all columns."""
        self._names.learn(visits)

    def join(self, others: Sequence[Visit], known: Sequence[Visit], *, page: int, now: float) -> SplitAnswer | None:
        """Return the visits of both answers; ``None`` if they do not fit. A page has ``page`` visits at most: of those
        that the poll lists again, the last may be missing."""
        named = tuple(whole for visit in others if (whole := self._names.complete(visit)) is not None)
        other_ids, known_ids = {visit.id_visit for visit in others}, {visit.id_visit for visit in known}
        pairs = [(seen, visit) for visit in known if (seen := self._feed.known(visit.id_visit)) is not None]
        is_full = len(others) + len(known) >= page
        is_complete = self._expected & known_ids if is_full else self._expected <= known_ids
        if len(named) < len(others):
            return None  # the names come with whole visits, and are known from then on
        if len(pairs) < len(known) or not is_complete or not known_ids <= self._ids or self._ids & other_ids:
            self._not_before, self._patience = now + self._patience, min(LAST_PATIENCE, 2 * self._patience)
            return None
        self._patience = FIRST_PATIENCE
        return SplitAnswer(named, tuple(known), any(seen.differs(visit) for seen, visit in pairs))
