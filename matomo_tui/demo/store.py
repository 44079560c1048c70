"""The data behind all answers: generated and recorded visits, saved segments, annotations."""

from __future__ import annotations

import hashlib
import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from msgspec import Struct, field

from matomo_tui.demo.catalog import Referrer, sitemap
from matomo_tui.demo.data import load
from matomo_tui.demo.traffic.journeys import Watched, conversion, reached
from matomo_tui.demo.traffic.model import LOOK_BACK, Traffic
from matomo_tui.demo.traffic.people import ONCE, SLOT, Person, person_number
from matomo_tui.demo.traffic.visit import NO_PAST, Journey, Past, SimulatedVisit, VisitStep
from matomo_tui.demo.world import StoredSite, World

VISIT_GAP = 30 * 60
"""Seconds of inactivity after which a visitor's next hit begins a new visit."""
_MOST_VISITS, _MOST_STEPS, _MOST_FAILURES = 2000, 500, 100
_FIRST_ID = 5_000_000_000
HISTORY_DAYS = 75
_DAY = 86_400
_KEPT_SUMS = 2048
_MOST = 500


class StoredSegment(Struct):
    """A saved segment. ``site_id``: its only site, or 0 for all; ``created`` and ``edited`` are epochs."""

    name: str
    definition: str
    login: str
    site_id: int
    created: float
    for_all_users: bool = False
    auto_archive: bool = False
    edited: float | None = None
    id: int = 0

    @property
    def hash(self) -> str:
        return hashlib.md5(self.definition.encode(), usedforsecurity=False).hexdigest()


class StoredAnnotation(Struct):
    day: date
    text: str
    user: str
    starred: bool = False
    id: int = 0


class Notes:
    """Saved segments and annotations of all sites; ``started`` is the epoch that the initial ones are dated from."""

    def __init__(self, started: float) -> None:
        self.segments: list[StoredSegment] = []
        self._annotations: dict[int, list[StoredAnnotation]] = {}
        today = datetime.fromtimestamp(started, UTC).date()
        for site_id, name, definition in load("accounts")["segments"]:
            self.save(StoredSegment(name, definition, "root", site_id, started - 86_400 * 30, for_all_users=True))
        for site_id, days, text, starred in load("accounts")["annotations"]:
            self.annotate(site_id, StoredAnnotation(today - timedelta(days=days), text, "root", starred))

    def save(self, segment: StoredSegment) -> StoredSegment:
        segment.id = max((each.id for each in self.segments), default=0) + 1
        self.segments = [*self.segments, segment][-_MOST:]
        return segment

    def segments_for(self, login: str, site_id: int | None) -> Iterable[StoredSegment]:
        """The segments available to a user on a site, or on any (``None``), sorted by name as Matomo does."""
        found = [each for each in self.segments if each.for_all_users or each.login == login]
        return sorted((each for each in found if each.site_id in (0, site_id or each.site_id)), key=lambda s: s.name)

    def annotate(self, site_id: int, note: StoredAnnotation) -> StoredAnnotation:
        notes = self._annotations.setdefault(site_id, [])
        note.id = max((each.id for each in notes), default=-1) + 1
        notes.append(note)
        del notes[:-_MOST]
        return note

    def annotations(self, site_id: int, first: date = date.min, last: date = date.max) -> list[StoredAnnotation]:
        """The annotations of a site between two dates (both included), oldest first."""
        found = [note for note in self._annotations.get(site_id, ()) if first <= note.day <= last]
        return sorted(found, key=lambda note: (note.day, note.id))

    def remove_annotation(self, site_id: int, note: StoredAnnotation) -> None:
        self._annotations[site_id].remove(note)


class Failure(Struct, frozen=True):
    """A hit that was refused at ``at`` (an epoch) for Matomo's ``reason``: 1 unknown site, 2 not authenticated."""

    site_id: int
    reason: int
    at: float
    hit: Mapping[str, str]


class RecordedVisit(Struct):
    id: int
    site: StoredSite
    person: Person
    source: Referrer
    past: Past
    _timed: list[tuple[float, VisitStep]] = field(default_factory=list)
    _goals: set[int] = field(default_factory=set)
    _journey: Journey | None = None

    @property
    def last(self) -> float:
        return self._timed[-1][0]

    @property
    def start(self) -> int:
        return int(self._timed[0][0])

    @property
    def journey(self) -> Journey:
        if self._journey is None:
            start = self.start
            self._journey = Journey([int(at) - start for at, _ in self._timed], [step for _, step in self._timed])
        return self._journey

    def add(self, at: float, step: VisitStep) -> None:
        """Add a hit and its conversions; a visit keeps at most 500 steps."""
        if len(self._timed) >= _MOST_STEPS:
            return
        if step.goal is not None:
            # A manual goal. The first hit is kept in any case: a visit has at least one.
            if step.goal.allow_multiple or step.goal.id not in self._goals or not self._timed:
                self._insert(at, step)
            return
        self._insert(at, step)
        pages = sum(done.kind == "action" for done in self.journey.steps)
        actions, seconds = self.journey.actions[-1], int(at) - self.start
        candidates = Watched(self.site.goals).candidates(step)
        for goal in reached(candidates, seconds=seconds, pages=pages, actions=actions):
            if goal.allow_multiple or goal.id not in self._goals:
                self._insert(at, conversion(goal, step))

    def _insert(self, at: float, step: VisitStep) -> None:
        if step.goal is not None:
            self._goals.add(step.goal.id)
        self._timed.append((at, step))
        self._timed.sort(key=lambda timed: timed[0])
        self._journey = None

    def drop_goal(self, goal_id: int) -> None:
        """Remove the conversions of a goal; a visit that consists of nothing else keeps its first step."""
        self._goals.discard(goal_id)
        kept = [timed for timed in self._timed if timed[1].goal is None or timed[1].goal.id != goal_id]
        self._timed = kept or self._timed[:1]
        self._journey = None


class _RecordedSoFar(SimulatedVisit):
    def __init__(self, visit: RecordedVisit, seen: int) -> None:
        super().__init__(visit.id, visit.site, visit.start, seen, visit.journey)
        self.person, self.source, self.past = visit.person, visit.source, visit.past
        # A generated visitor keeps the number, so that the finished visits of the same one are found.
        number = person_number(self.person.id, self.site.id)
        self.who = self.person.id if number is None else number


def _seen(visits: Iterable[RecordedVisit], now: float) -> Iterator[SimulatedVisit]:
    for visit in visits:
        if seen := visit.journey.seen(now - visit.start):
            yield _RecordedSoFar(visit, seen)


class Tracked:
    """The recorded visits of all sites; beyond 2,000 the oldest are dropped."""

    def __init__(self) -> None:
        self._visits: deque[RecordedVisit] = deque()
        self._visits_of: dict[tuple[int, str], deque[RecordedVisit]] = {}
        self._begun = 0
        self.failures: deque[Failure] = deque(maxlen=_MOST_FAILURES)

    def failed(self, failure: Failure) -> None:
        """Keep the first refused hit of each site and reason, as Matomo does."""
        if all((failure.site_id, failure.reason) != (each.site_id, each.reason) for each in self.failures):
            self.failures.append(failure)

    def visits(self, site_id: int, now: float = float("inf")) -> Iterator[SimulatedVisit]:
        """The site's visits up to ``now`` (hits may have a custom time), unordered."""
        return _seen((visit for visit in self._visits if visit.site.id == site_id), now)

    def visits_of(self, site_id: int, visitor: str, now: float) -> Iterator[SimulatedVisit]:
        """The same of one visitor."""
        return _seen(self._visits_of.get((site_id, visitor), ()), now)

    def site_ids(self) -> set[int]:
        return {visit.site.id for visit in self._visits}

    def current(self, site_id: int, visitor: str, at: float) -> RecordedVisit | None:
        """The visitor's visit that a hit at ``at`` continues."""
        for visit in reversed(self._visits_of.get((site_id, visitor), ())):
            if abs(at - visit.last) <= VISIT_GAP:
                return visit
        return None

    def begin(self, site: StoredSite, person: Person, source: Referrer, past: Past = NO_PAST) -> RecordedVisit:
        self._begun += 1
        visit = RecordedVisit(_FIRST_ID + self._begun, site, person, source, past)
        self._visits.append(visit)
        self._visits_of.setdefault((site.id, person.id), deque()).append(visit)
        if len(self._visits) > _MOST_VISITS:
            self._drop_oldest()
        return visit

    def _drop_oldest(self) -> None:
        oldest = self._visits.popleft()
        key = oldest.site.id, oldest.person.id
        self._visits_of[key].popleft()
        if not self._visits_of[key]:
            del self._visits_of[key]

    def put_site(self, site: StoredSite, dropped_goal: int = 0) -> None:
        """Replace a site's settings in its visits, and remove all conversions of a deleted goal."""
        for visit in self._visits:
            if visit.site.id == site.id:
                visit.site = site
                if dropped_goal:
                    visit.drop_goal(dropped_goal)


_FOREVER = float("inf")

Accept = Callable[[SimulatedVisit], bool]


class LiveCounts(Struct):
    visits: int = 0
    actions: int = 0
    conversions: int = 0
    once: int = 0
    others: set[int | str] = field(default_factory=set)

    @property
    def visitors(self) -> int:
        return self.once + len(self.others)

    def add(self, visit: SimulatedVisit, since: int) -> None:
        """Add a visit; of its actions and conversions only those since an epoch count."""
        actions, conversions = visit.counts_since(since)
        others = set() if visit.who is None else {visit.who}
        self.merge(LiveCounts(1, actions, conversions, int(not others), others))

    def merge(self, other: LiveCounts) -> None:
        self.visits += other.visits
        self.actions += other.actions
        self.conversions += other.conversions
        self.once += other.once
        self.others |= other.others


class Store:
    """All data of one demo. ``now`` returns an epoch; history begins 75 days before its first value."""

    def __init__(self, world: World, now: Callable[[], float]) -> None:
        self.world = world
        self.now = now
        self.born = int(now()) // _DAY * _DAY - HISTORY_DAYS * _DAY
        self.tracked = Tracked()
        self.notes = Notes(now())
        self.imported: dict[int, int] = {}
        """Pages-only sites, with their number of pages."""
        self._traffic: dict[int, Traffic | None] = {}
        self._origins = dict(world.sites)
        self._slot_counts: Callable[[Traffic, int, Accept | None], LiveCounts] = lru_cache(_KEPT_SUMS)(_counts_of)

    def put_site(self, site: StoredSite, dropped_goal: int = 0) -> None:
        """Add or replace a site; if its goals changed, its visits are generated again."""
        before = self.world.site(site.id)
        self.world.put_site(site)
        self.tracked.put_site(site, dropped_goal)
        if before is None or (before.goals, before.former) != (site.goals, site.former):
            self._traffic.pop(site.id, None)
        traffic = self._traffic.get(site.id)
        if traffic is not None:
            traffic.site = site

    def remove_site(self, site_id: int) -> None:
        """Delete a site. As in a real Matomo its hits remain, but are not accessible."""
        self.world.remove_site(site_id)
        self._traffic.pop(site_id, None)

    def traffic(self, site: StoredSite) -> Traffic | None:
        """The site's generated visits; ``None`` for a site without traffic."""
        if site.id not in self._traffic:
            made, world = None, self.world
            if site.traffic:
                origin = self._origins[site.id]
                made = Traffic(site, sitemap(site.traffic), world.seed, self.born, origin, ai=world.ai)
            self._traffic[site.id] = made
        return self._traffic[site.id]

    def newest(self, site: StoredSite, now: float, since: float, before: float = _FOREVER) -> Iterator[SimulatedVisit]:
        """Visits whose latest action is from ``since`` to ``before`` (excluded), newest first."""
        recorded = (visit for visit in self.tracked.visits(site.id, now) if since <= visit.last < before)
        waiting = [(-visit.last, -visit.id, visit) for visit in recorded]
        heapq.heapify(waiting)
        traffic = self.traffic(site)
        if traffic is not None:
            oldest = max(int(since) - LOOK_BACK, self.born) // SLOT
            for slot in range(int(min(now, before)) // SLOT, oldest - 1, -1):
                for sketch in traffic.slot(slot):
                    if sketch.ends >= since and sketch.start <= now:
                        visit = traffic.visit(sketch, now)
                        if since <= visit.last < before:
                            heapq.heappush(waiting, (-visit.last, -visit.id, visit))
                # Visits that began in an earlier slot have their last action before this.
                bound = slot * SLOT + LOOK_BACK
                while waiting and -waiting[0][0] >= bound:
                    yield heapq.heappop(waiting)[2]
        while waiting:
            yield heapq.heappop(waiting)[2]

    def visits_of(self, site: StoredSite, visitor: str, now: float) -> list[SimulatedVisit]:
        found = list(self.tracked.visits_of(site.id, visitor, now))
        traffic = self.traffic(site)
        number = person_number(visitor, site.id)
        if traffic is not None and number is not None and (number >= ONCE or number < traffic.regulars.count):
            found.extend(traffic.visit(sketch, now) for sketch in traffic.visits_of(number, now))
        return sorted(found, key=lambda visit: (visit.last, visit.id), reverse=True)

    def live(self, site: StoredSite, now: float, minutes: int, accept: Accept | None) -> LiveCounts:
        """The counters of the last ``minutes``; whole slots are cached, visits at the edges counted one by one."""
        clip = int(now) - minutes * 60
        counts = LiveCounts()
        edges = [visit for visit in self.tracked.visits(site.id, now) if visit.last >= clip]
        traffic, since = self.traffic(site), max(clip, self.born)
        if traffic is not None and since <= now:
            inner = range(-(-since // SLOT), int(now - LOOK_BACK) // SLOT)
            for slot in inner:
                counts.merge(self._slot_counts(traffic, slot, accept))
            for slot in range((since - LOOK_BACK) // SLOT, int(now) // SLOT + 1):
                for sketch in () if slot in inner else traffic.slot(slot):
                    if sketch.start <= now and sketch.ends >= since:
                        visit = traffic.visit(sketch, now)
                        edges += [visit] if visit.last >= since else []
        for visit in edges:
            if accept is None or accept(visit):
                counts.add(visit, clip)
        return counts


def _counts_of(traffic: Traffic, slot: int, accept: Accept | None) -> LiveCounts:
    if accept is None:
        sums = traffic.sums(slot)
        return LiveCounts(sums.visits, sums.actions, sums.conversions, sums.once, set(sums.regulars))
    found = LiveCounts()
    for sketch in traffic.draw(slot):
        visit = traffic.visit(sketch, _FOREVER)
        if accept(visit):
            found.add(visit, 0)
    return found
