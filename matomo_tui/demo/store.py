"""What the demo knows: settings, generated visits and tracked ones, as one thing that answers are computed from."""

from __future__ import annotations

import heapq
import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import NamedTuple

from matomo_tui.demo.catalog.sitemap import Sitemap
from matomo_tui.demo.totals import Totals
from matomo_tui.demo.tracked import Tracked, TrackedVisit
from matomo_tui.demo.traffic.model import LOOK_BACK, Sketch, Traffic
from matomo_tui.demo.traffic.people import ONCE, person_number
from matomo_tui.demo.traffic.rhythm import SLOT
from matomo_tui.demo.traffic.steps import Journey
from matomo_tui.demo.traffic.visit import Visit
from matomo_tui.demo.world import Site, World

HISTORY_DAYS = 75
_DAY = 86_400
_KEPT_SUMS = 4096

Accept = Callable[[Visit], bool]


class Sighting(NamedTuple):
    """A visit as it is seen at a moment; the whole visit is made only when it is asked for."""

    last: int
    id: int
    start: int
    journey: Journey
    seen: int
    sketch: Sketch | None
    tracked: TrackedVisit | None


class Store:
    """Everything of one demo. ``now`` gives the time as an epoch; history begins 75 days before the first now."""

    def __init__(self, world: World, now: Callable[[], float]) -> None:
        self.world = world
        self.now = now
        self.born = int(now()) // _DAY * _DAY - HISTORY_DAYS * _DAY
        self.tracked = Tracked()
        self._traffic: dict[int, Traffic | None] = {}
        self._sums: OrderedDict[tuple[object, ...], Totals] = OrderedDict()

    @property
    def registered(self) -> str:
        """When the users were added, as Matomo writes it."""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.born))

    def created(self, site: Site) -> str:
        """When the site was added, as Matomo writes it."""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.born + site.id % 86_400))

    def traffic(self, site: Site) -> Traffic | None:
        """The site's generated visits; ``None`` where nobody comes."""
        if site.id not in self._traffic:
            made = None
            if site.traffic:
                module = import_module(f"matomo_tui.demo.catalog.{site.traffic}")
                sitemap: Sitemap = module.SITEMAP
                made = Traffic(site, sitemap, self.world.seed, self.born)
            self._traffic[site.id] = made
        return self._traffic[site.id]

    def visit(self, site: Site, sighting: Sighting, now: float) -> Visit:
        """The whole visit that was seen."""
        if sighting.tracked is not None:
            return sighting.tracked.visit(now)
        traffic = self.traffic(site)
        if traffic is None or sighting.sketch is None:
            raise LookupError("a sighting is of a tracked visit or of generated traffic")
        return traffic.visit(sighting.sketch, now)

    def newest(self, site: Site, now: float, since: float) -> Iterator[Sighting]:
        """Visits whose last action so far is at ``since`` or later, the newest last action first."""
        waiting: list[tuple[int, int, Sighting]] = []
        for tracked in self.tracked.visits(site.id):
            seen = tracked.sighting(now)
            if seen is not None and seen.last >= since:
                waiting.append((-seen.last, -seen.id, Sighting(*seen, None, tracked)))
        heapq.heapify(waiting)
        traffic = self.traffic(site)
        if traffic is not None:
            oldest = max(int(since) - LOOK_BACK, self.born) // SLOT
            for slot in range(int(now) // SLOT, oldest - 1, -1):
                for sketch in traffic.slot(slot):
                    if sketch.start <= now:
                        seen_now = _seen(traffic, sketch, now)
                        if seen_now.last >= since:
                            heapq.heappush(waiting, (-seen_now.last, -seen_now.id, seen_now))
                # Whatever began in an earlier slot was last seen before this.
                bound = slot * SLOT + LOOK_BACK
                while waiting and -waiting[0][0] >= bound:
                    yield heapq.heappop(waiting)[2]
        while waiting:
            yield heapq.heappop(waiting)[2]

    def visits_of(self, site: Site, visitor: str, now: float) -> list[Visit]:
        """All visits of one visitor, newest first."""
        found = [tracked.visit(now) for tracked in self.tracked.visits(site.id) if tracked.visitor == visitor]
        traffic = self.traffic(site)
        number = person_number(visitor, site.id)
        if traffic is not None and number is not None and (number >= ONCE or number < traffic.regulars.count):
            found.extend(traffic.visit(sketch, now) for sketch in traffic.visits_of(number, now))
        return sorted(found, key=lambda visit: (visit.last, visit.id), reverse=True)

    def live(self, site: Site, now: float, minutes: int, segment: str, accept: Accept | None) -> Totals:
        """What the live counters count: visits with their last action in the last ``minutes``, and the actions
        and conversions of these minutes (``rows``, ``conversions``)."""
        since = int(now) - minutes * 60
        totals = Totals()
        traffic = self.traffic(site)
        if traffic is not None:
            for slot in range(max(since - LOOK_BACK, self.born) // SLOT, int(now) // SLOT + 1):
                begin = slot * SLOT
                if begin >= since and begin + SLOT + LOOK_BACK <= now:
                    totals.add(self._slot(site, traffic, slot, segment, accept))
                    continue
                for sketch in traffic.slot(slot):
                    if sketch.ends < since or sketch.start > now:
                        continue
                    sighting = _seen(traffic, sketch, now)
                    if sighting.last >= since and (accept is None or accept(traffic.visit(sketch, now))):
                        _count(totals, traffic, sighting, since)
        self._count_tracked(totals, site, now, since, now + 1, accept, clip=since)
        return totals

    def between(
        self, site: Site, since: int, before: int, now: float, segment: str = "", accept: Accept | None = None
    ) -> Totals:
        """Sums over the visits whose last action so far is from ``since`` to ``before`` (epochs, not included)."""
        since, before = max(since, self.born), min(before, int(now) + 1)
        totals = Totals()
        traffic = self.traffic(site)
        if traffic is not None and since < before:
            key = (site.id, segment, since, before)
            settled = before + LOOK_BACK <= now
            known = self._sums.get(key) if settled else None
            if known is None:
                known = self._sum(site, traffic, since, before, now, segment, accept, keep=not settled)
                if settled:
                    self._remember(key, known)
            totals.add(known)
        self._count_tracked(totals, site, now, since, before, accept, clip=None)
        return totals

    def _sum(
        self,
        site: Site,
        traffic: Traffic,
        since: int,
        before: int,
        now: float,
        segment: str,
        accept: Accept | None,
        *,
        keep: bool,
    ) -> Totals:
        totals = Totals()
        for slot in range((since - LOOK_BACK) // SLOT, (before - 1) // SLOT + 1):
            begin = slot * SLOT
            if begin >= since and begin + SLOT + LOOK_BACK <= min(before, now):
                if keep:
                    totals.add(self._slot(site, traffic, slot, segment, accept))
                else:
                    _sum_slot(totals, traffic, traffic.draw(slot), now, accept)
                continue
            for sketch in traffic.slot(slot) if keep else traffic.draw(slot):
                if sketch.start <= now:
                    sighting = _seen(traffic, sketch, now)
                    if since <= sighting.last < before and (accept is None or accept(traffic.visit(sketch, now))):
                        _count(totals, traffic, sighting, None)
        return totals

    def _slot(self, site: Site, traffic: Traffic, slot: int, segment: str, accept: Accept | None) -> Totals:
        """The sums of a slot whose visits are all over."""
        key = (site.id, segment, slot)
        found = self._sums.get(key)
        if found is None:
            found = Totals()
            _sum_slot(found, traffic, traffic.draw(slot), float("inf"), accept)
            self._remember(key, found)
        return found

    def _remember(self, key: tuple[object, ...], totals: Totals) -> None:
        self._sums[key] = totals
        if len(self._sums) > _KEPT_SUMS:
            self._sums.popitem(last=False)

    def _count_tracked(
        self,
        totals: Totals,
        site: Site,
        now: float,
        since: float,
        before: float,
        accept: Accept | None,
        *,
        clip: int | None,
    ) -> None:
        for tracked in self.tracked.visits(site.id):
            seen = tracked.sighting(now)
            if seen is None or not since <= seen.last < before:
                continue
            visit = tracked.visit(now)
            if accept is not None and not accept(visit):
                continue
            half = totals.returning if visit.past.visits else totals.new
            journey = visit.journey
            converting = tuple(journey.steps[index] for index in journey.converting if index < visit.seen)
            half.add_visit(journey, visit.seen, converting)
            skipped = 0 if clip is None else bisect_left(journey.offsets, clip - visit.start)
            totals.rows += journey.rows[visit.seen] - journey.rows[skipped]
            totals.conversions += journey.conversions[visit.seen] - journey.conversions[skipped]
            totals.names.add(visit.person.id)
            if visit.person.user_id:
                totals.users.add(visit.person.user_id)


def _seen(traffic: Traffic, sketch: Sketch, now: float) -> Sighting:
    journey = sketch.journey
    if sketch.ends <= now:
        return Sighting(sketch.ends, traffic.visit_id(sketch), sketch.start, journey, len(journey.steps), sketch, None)
    seen = journey.seen(now - sketch.start)
    last = sketch.start + journey.offsets[seen - 1]
    return Sighting(last, traffic.visit_id(sketch), sketch.start, journey, seen, sketch, None)


def _sum_slot(totals: Totals, traffic: Traffic, sketches: Iterable[Sketch], now: float, accept: Accept | None) -> None:
    for sketch in sketches:
        if accept is None or accept(traffic.visit(sketch, now)):
            _count(totals, traffic, _seen(traffic, sketch, now), None)


def _count(totals: Totals, traffic: Traffic, sighting: Sighting, clip: int | None) -> None:
    """Take a generated visit in; with ``clip`` only its actions from that epoch on are counted as rows."""
    _, _, start, journey, seen, sketch, _ = sighting
    if sketch is None:
        return
    half = totals.new if sketch.fresh else totals.returning
    half.add_visit(journey, seen, traffic.conversions(sketch, seen) if journey.converting else ())
    skipped = 0 if clip is None else bisect_left(journey.offsets, clip - start)
    totals.rows += journey.rows[seen] - journey.rows[skipped]
    totals.conversions += journey.conversions[seen] - journey.conversions[skipped]
    if sketch.person >= ONCE:
        totals.once += 1
    else:
        bit = 1 << sketch.person
        totals.regulars |= bit
        if traffic.is_known(sketch.person):
            totals.known |= bit
