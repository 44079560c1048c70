"""The visits of one site, merged by ``idVisit``: newest action first, bounded, unchanged rows reused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from operator import attrgetter, is_not

from matomo_tui.api.live import Visit
from matomo_tui.api.sites import Site
from matomo_tui.live.snapshot import Feed, VisitRow
from matomo_tui.live.visit_rows import IDLE, RowReader, TrackedVisit, age

BOUND = 500
"""The most visits that are kept."""


@dataclass(frozen=True, slots=True)
class Merge:
    """What a page of visits brought: the new and changed ones, and the oldest last action on the page (0: none)."""

    changed: tuple[TrackedVisit, ...] = ()
    oldest: int = 0


class VisitFeed:
    """Merges answers of ``Live.getLastVisitsDetails`` in whatever order they come.

    ``newest`` is the newest last action seen (server's epoch, 0: none). A visit in two answers is taken from the one
    with the newer last action, or the later answer where that is equal.
    """

    def __init__(self, site: Site, *, bound: int = BOUND) -> None:
        self.bound = bound
        self.newest = 0
        self.ready = False
        self._reader = RowReader(site)
        self._seen: dict[int, TrackedVisit] = {}
        self._order: list[TrackedVisit] = []
        self._rows: tuple[VisitRow, ...] = ()
        self._missing_until = 0
        self._dropped_until = 0
        self._feed = Feed(bound=bound)

    def __len__(self) -> int:
        return len(self._order)

    @property
    def believed_ahead(self) -> int:
        """Seconds by which the instants of every visit are moved back: what two visits agree about."""
        return self._reader.tracker.ahead

    @property
    def tracker_ahead(self) -> int:
        """Seconds that the tracker's clock is ahead of the server's, as visits tell; negative where hits come late."""
        return self._reader.tracker.known_ahead

    def newest_first(self, since: float) -> Iterator[TrackedVisit]:
        """The visits with an action since then."""
        return takewhile(lambda seen: seen.place[0] >= since, self._order)

    def merge(self, visits: Iterable[Visit], *, now: float, updated_at: float) -> Merge:
        """Take in one page; ``now`` is the server's time, ``updated_at`` ours."""
        visits = tuple(visits)
        self._reader.tracker.learn(visits, now)
        changed: list[TrackedVisit] = []
        oldest = 0
        for visit in visits:
            known = self._seen.get(visit.id_visit)
            if known is not None and hash(visit) == known.fingerprint:
                oldest = min(oldest or known.version[0], known.version[0])
                continue
            version = self._reader.last_action(visit, now), len(visit.action_details)
            oldest = min(oldest or version[0], version[0])
            if known is not None and version < known.version:
                continue
            seen = self._reader.read(visit, now=now, updated_at=updated_at)
            self._seen[visit.id_visit] = seen
            self.newest = max(self.newest, version[0])
            changed.append(seen)
        self.ready = True
        if changed:
            self._arrange()
        return Merge(tuple(changed), oldest)

    def note_gap(self, until: int) -> None:
        """Visits whose last action was before ``until`` (server's epoch) were left out of what was fetched."""
        self._missing_until = max(self._missing_until, until)

    def partial_since(self, since: float) -> bool:
        """Whether a visit with its last action after ``since`` is missing: never fetched, or dropped for the bound."""
        return max(self._missing_until, self._dropped_until) > since

    def feed(self, now: float) -> Feed:
        """The rows with their presence at ``now`` (the server's); the same object while nothing changed."""
        age(self._order, now)
        rows = tuple(seen.row for seen in self._order)
        if len(rows) != len(self._rows) or any(map(is_not, rows, self._rows)):
            self._rows = rows
        truncated = self._missing_until > now - IDLE
        old = self._feed
        if self._rows is not old.visits or truncated != old.truncated or self.ready != old.ready:
            self._feed = Feed(self._rows, self.bound, truncated, self.ready)
        return self._feed

    def _arrange(self) -> None:
        ordered = sorted(self._seen.values(), key=attrgetter("place"), reverse=True)
        for seen in ordered[self.bound :]:
            del self._seen[seen.row.id_visit]
            self._dropped_until = max(self._dropped_until, seen.version[0])
        self._order = ordered[: self.bound]
