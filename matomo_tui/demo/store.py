"""Settings, generated visits and recorded visits: the data behind all answers."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from matomo_tui.demo.catalog.sitemap import sitemap
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.recorded_hits import Tracked
from matomo_tui.demo.stored_annotations import Notes
from matomo_tui.demo.traffic.daily_curve import SLOT
from matomo_tui.demo.traffic.model import LOOK_BACK, Traffic
from matomo_tui.demo.traffic.people import ONCE, person_number
from matomo_tui.demo.traffic.visit import SimulatedVisit
from matomo_tui.demo.world import World

HISTORY_DAYS = 75
_DAY = 86_400
_KEPT_SUMS = 2048
_FOREVER = float("inf")

Accept = Callable[[SimulatedVisit], bool]


@dataclass(slots=True)
class LiveCounts:
    """The live counters over a set of visits of one site."""

    visits: int = 0
    actions: int = 0
    """All steps except conversions."""
    conversions: int = 0
    once: int = 0
    """One-time visitors."""
    others: set[int | str] = field(default_factory=set)

    @property
    def visitors(self) -> int:
        return self.once + len(self.others)

    def add(self, visit: SimulatedVisit, since: int) -> None:
        """Add a visit; of its actions and conversions only those since an epoch count."""
        actions, conversions = visit.counts_since(since)
        self.visits += 1
        self.actions += actions
        self.conversions += conversions
        who = visit.who
        if who is None:
            self.once += 1
        else:
            self.others.add(who)

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
        """All visits of one visitor, newest first."""
        found = [visit for visit in self.tracked.visits(site.id, now) if visit.person.id == visitor]
        traffic = self.traffic(site)
        number = person_number(visitor, site.id)
        if traffic is not None and number is not None and (number >= ONCE or number < traffic.regulars.count):
            found.extend(traffic.visit(sketch, now) for sketch in traffic.visits_of(number, now))
        return sorted(found, key=lambda visit: (visit.last, visit.id), reverse=True)

    def live(self, site: StoredSite, now: float, minutes: int, accept: Accept | None) -> LiveCounts:
        """The live counters: visits with their last action in the last ``minutes``, and the actions and conversions in
        them.

        Whole slots are counted once and cached, the visits at the edges one by one.
        """
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
    """The counts of a slot's visits, all of which are finished."""
    found = LiveCounts()
    for sketch in traffic.draw(slot):
        visit = traffic.visit(sketch, _FOREVER)
        if accept is None or accept(visit):
            found.add(visit, 0)
    return found
