"""The visits of one site, merged by ``idVisit``: sorted by newest action, bounded; unchanged rows are reused."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import takewhile
from operator import attrgetter, is_not

from msgspec import Struct

from matomo_tui.api.live import Visit
from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import Feed, VisitRow
from matomo_tui.live.visit_rows import IDLE, RowReader, TrackedVisit, age, progress

BOUND = 500
"""The most visits that are kept."""


class Merge(Struct, frozen=True):
    """The result of merging a page of visits."""

    changed: tuple[TrackedVisit, ...] = ()
    """New and changed visits."""
    acted: tuple[TrackedVisit, ...] = ()
    """Those with another last action or number of actions than before."""
    oldest: int = 0
    """The oldest last action on the page (server's epoch); 0 for an empty page."""


class VisitFeed:
    """Merges answers of ``Live.getLastVisitsDetails`` in any order.

    Of a visit in two answers, the one with the newer last action is kept, or the later answer if they are equal.
    """

    def __init__(self, site: Site, *, bound: int = BOUND) -> None:
        self.bound = bound
        self.newest = 0
        """The newest last action of all visits (server's epoch); 0 without visits."""
        self.ready = False
        self._reader = RowReader(site)
        self._seen: dict[int, TrackedVisit] = {}
        self._order: list[TrackedVisit] = []
        self._rows: tuple[VisitRow, ...] = ()
        self._missing_until = 0
        self._dropped_until = 0
        self._left: dict[int, tuple[str, int]] = {}
        self._feed = Feed(bound=bound)

    def __len__(self) -> int:
        return len(self._order)

    @property
    def believed_ahead(self) -> int:
        """Seconds by which the instants of all visits are moved back, because two visits agree on them."""
        return self._reader.tracker.ahead

    @property
    def tracker_ahead(self) -> int:
        """Seconds that the tracker's clock is ahead of the server's, judging by visits; negative if hits come late."""
        return self._reader.tracker.known_ahead

    def newest_first(self, since: float) -> Iterator[TrackedVisit]:
        """Yield the visits with an action since ``since`` (server's epoch), newest first."""
        return takewhile(lambda seen: seen.place[0] >= since, self._order)

    def active(self, since: float) -> int:
        """Return the number of visitors with an action since ``since`` (server's epoch), also of visits that the bound
        dropped."""
        visitors = {seen.visitor for seen in self.newest_first(since)}
        if self._left:
            self._left = {key: left for key, left in self._left.items() if left[1] >= since}
            visitors.update(visitor for visitor, _ in self._left.values())
        return len(visitors)

    def missing_since(self, since: float) -> bool:
        """Return True if a visit with a last action after ``since`` was not fetched."""
        return self._missing_until > since

    def retain(self, listed: Container[int], since: float) -> tuple[int, ...]:
        """Drop the visits with a last action after ``since`` (server's epoch) that are not ``listed``: the server has
        deleted them. Returns their ids."""
        gone = [seen for seen in self.newest_first(since + 1) if seen.row.id_visit not in listed]
        for seen in gone:
            del self._seen[seen.row.id_visit]
        if gone:
            self._arrange()
        return tuple(seen.row.id_visit for seen in gone)

    def merge(self, visits: Iterable[Visit], *, now: float, updated_at: float, again: Sequence[Visit] = ()) -> Merge:
        """Merge one page; ``now`` is the server's epoch of the answer, ``updated_at`` ours.

        ``again`` are visits of the feed with the columns that change in a visit.
        """
        visits = tuple(visits)
        self._reader.tracker.learn((*visits, *again), now)
        changed: list[TrackedVisit] = []
        acted: list[TrackedVisit] = []
        oldest = 0
        for number, visit in enumerate((*visits, *again)):
            known, is_whole = self._seen.get(visit.id_visit), number < len(visits)
            if known is not None and (
                hash(visit) == known.fingerprint if is_whole else progress(visit) == known.progress
            ):
                oldest = min(oldest or known.version[0], known.version[0])
                continue
            version = self._reader.last_action(visit, now), len(visit.action_details)
            oldest = min(oldest or version[0], version[0])
            if known is not None and version < known.version:
                continue
            if is_whole:
                before = None if known is None else known.row
                seen = self._reader.read(visit, now=now, updated_at=updated_at, before=before)
            elif known is not None:
                seen = self._reader.go_on(known, visit, now=now, updated_at=updated_at)
            else:
                continue
            self._seen[visit.id_visit] = seen
            self._left.pop(visit.id_visit, None)
            self.newest = max(self.newest, version[0])
            changed.append(seen)
            if known is None or version != known.version:
                acted.append(seen)
        self.ready = True
        if changed:
            self._arrange()
        return Merge(tuple(changed), tuple(acted), oldest)

    def known(self, id_visit: int) -> TrackedVisit | None:
        """Return the visit with this id; ``None`` if it is not in the feed."""
        return self._seen.get(id_visit)

    def note_gap(self, until: int) -> None:
        """Record that visits with a last action before ``until`` (server's epoch) were not fetched."""
        self._missing_until = max(self._missing_until, until)

    def partial_since(self, since: float) -> bool:
        """Return True if a visit with a last action after ``since`` was not fetched, or dropped by the bound."""
        return max(self._missing_until, self._dropped_until) > since

    def feed(self, now: float, *, pending: bool = False) -> Feed:
        """Return the rows with their presence at ``now`` (server's epoch); the same object if nothing changed.
        ``pending``: further pages are to come."""
        age(self._order, now)
        rows = tuple(seen.row for seen in self._order)
        if len(rows) != len(self._rows) or any(map(is_not, rows, self._rows)):
            self._rows = rows
        truncated = self._missing_until > now - IDLE
        old, new = self._feed, (truncated, self.ready, pending)
        if self._rows is not old.visits or new != (old.truncated, old.ready, old.pending):
            self._feed = Feed(self._rows, self.bound, *new)
        return self._feed

    def _arrange(self) -> None:
        ordered = sorted(self._seen.values(), key=attrgetter("place"), reverse=True)
        for seen in ordered[self.bound :]:
            del self._seen[seen.row.id_visit]
            self._left[seen.row.id_visit] = seen.visitor, seen.place[0]
            self._dropped_until = max(self._dropped_until, seen.version[0])
        self._order = ordered[: self.bound]
