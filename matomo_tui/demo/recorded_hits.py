"""Visits recorded through ``matomo.php``, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from matomo_tui.demo.catalog.sources import Source
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.traffic.goal_rules import Watched, conversion
from matomo_tui.demo.traffic.people import Person, person_number
from matomo_tui.demo.traffic.steps import Journey, VisitStep
from matomo_tui.demo.traffic.visit import NO_PAST, Past, SimulatedVisit

VISIT_GAP = 30 * 60
"""Seconds of inactivity after which a visitor's next hit begins a new visit."""

_MOST_VISITS, _MOST_STEPS, _MOST_FAILURES = 2000, 500, 100
_FIRST_ID = 5_000_000_000


@dataclass(frozen=True, slots=True)
class Failure:
    """A hit that was refused at ``at`` (an epoch) for Matomo's ``reason``: 1 unknown site, 2 not authenticated."""

    site_id: int
    reason: int
    at: float
    hit: Mapping[str, str]


@dataclass(slots=True)
class RecordedVisit:
    """A visit that hits are still added to."""

    id: int
    site: StoredSite
    person: Person
    source: Source
    past: Past
    _timed: list[tuple[float, VisitStep]] = field(default_factory=list)
    _goals: set[int] = field(default_factory=set)
    _journey: Journey | None = None

    @property
    def last(self) -> float:
        """The epoch of the latest hit."""
        return self._timed[-1][0]

    @property
    def start(self) -> int:
        """The epoch of the first hit."""
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
        for goal in Watched(self.site.goals).reached(step, seconds=seconds, pages=pages, actions=actions):
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
    """A recorded visit at a moment."""

    def __init__(self, visit: RecordedVisit, seen: int) -> None:
        super().__init__(visit.id, visit.site, visit.start, seen, visit.journey)
        self._visit = visit

    @property
    def journey(self) -> Journey:
        return self.outline

    @property
    def person(self) -> Person:
        return self._visit.person

    @property
    def who(self) -> int | str | None:
        # A generated visitor keeps the number, so that the finished visits of the same one are found.
        number = person_number(self.person.id, self.site.id)
        return self.person.id if number is None else number

    @property
    def source(self) -> Source:
        return self._visit.source

    @property
    def past(self) -> Past:
        return self._visit.past


class Tracked:
    """The recorded visits of all sites; beyond 2,000 the oldest are dropped."""

    def __init__(self) -> None:
        self._visits: deque[RecordedVisit] = deque(maxlen=_MOST_VISITS)
        self._begun = 0
        self.failures: deque[Failure] = deque(maxlen=_MOST_FAILURES)

    def failed(self, failure: Failure) -> None:
        """Keep the first refused hit of each site and reason, as Matomo does."""
        if all((failure.site_id, failure.reason) != (each.site_id, each.reason) for each in self.failures):
            self.failures.append(failure)

    def visits(self, site_id: int, now: float = float("inf")) -> Iterator[SimulatedVisit]:
        """The site's visits up to ``now`` (hits may have a custom time), unordered."""
        for visit in self._visits:
            if visit.site.id == site_id and (seen := visit.journey.seen(now - visit.start)):
                yield _RecordedSoFar(visit, seen)

    def site_ids(self) -> set[int]:
        return {visit.site.id for visit in self._visits}

    def current(self, site_id: int, visitor: str, at: float) -> RecordedVisit | None:
        """The visitor's visit that a hit at ``at`` continues."""
        for visit in reversed(self._visits):
            if visit.site.id == site_id and visit.person.id == visitor and abs(at - visit.last) <= VISIT_GAP:
                return visit
        return None

    def begin(self, site: StoredSite, person: Person, source: Source, past: Past = NO_PAST) -> RecordedVisit:
        """Begin a visit; the caller must add its first hit immediately."""
        self._begun += 1
        visit = RecordedVisit(_FIRST_ID + self._begun, site, person, source, past)
        self._visits.append(visit)
        return visit

    def put_site(self, site: StoredSite, dropped_goal: int = 0) -> None:
        """Replace a site's settings in its visits, and remove all conversions of a deleted goal."""
        for visit in self._visits:
            if visit.site.id == site.id:
                visit.site = site
                if dropped_goal:
                    visit.drop_goal(dropped_goal)
