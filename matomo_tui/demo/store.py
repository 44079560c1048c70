"""Settings, generated visits and recorded visits: the data behind all answers."""

from __future__ import annotations

import heapq
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

from matomo_tui.demo.catalog.sitemap import Sitemap
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.live_counts import LiveCounts
from matomo_tui.demo.recorded_hits import RecordedVisit, Tracked
from matomo_tui.demo.stored_annotations import Notes
from matomo_tui.demo.traffic.daily_curve import SLOT
from matomo_tui.demo.traffic.model import LOOK_BACK, Sketch, Traffic
from matomo_tui.demo.traffic.people import ONCE, person_number
from matomo_tui.demo.traffic.visit import SimulatedVisit
from matomo_tui.demo.world import World

HISTORY_DAYS = 75
_DAY = 86_400
_KEPT_SUMS = 2048
_FOREVER = float("inf")

Accept = Callable[[SimulatedVisit], bool]


class Sighting(NamedTuple):
    """A visit at a moment; the whole visit is generated only on demand."""

    last: int
    id: int
    sketch: Sketch | None
    tracked: RecordedVisit | None


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
        self._counts: OrderedDict[tuple[object, ...], LiveCounts] = OrderedDict()

    def written(self, at: float) -> str:
        """A time in Matomo's format, in UTC."""
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))

    def created(self, site: StoredSite) -> str:
        """The creation time of the site in Matomo's format."""
        at = self.born + site.id % _DAY if site.created is None else site.created
        return self.written(at)

    def put_site(self, site: StoredSite) -> None:
        """Add or replace a site; if its goals changed, its cached counts are reset."""
        before = self.world.site(site.id)
        self.world.put_site(site)
        for visit in self.tracked.visits(site.id):
            visit.site = site
        if before is None or (before.goals, before.former) != (site.goals, site.former):
            self._forget(site.id)
        traffic = self._traffic.get(site.id)
        if traffic is not None:
            traffic.site = site

    def remove_site(self, site_id: int) -> None:
        """Delete a site. As in a real Matomo its hits remain, but are not accessible."""
        self.world.remove_site(site_id)
        self._forget(site_id)

    def _forget(self, site_id: int) -> None:
        self._traffic.pop(site_id, None)
        for key in [key for key in self._counts if key[0] == site_id]:
            del self._counts[key]

    def traffic(self, site: StoredSite) -> Traffic | None:
        """The site's generated visits; ``None`` for a site without traffic."""
        if site.id not in self._traffic:
            made = None
            if site.traffic:
                sitemap: Sitemap = import_module(f"matomo_tui.demo.catalog.{site.traffic}").SITEMAP
                made = Traffic(site, sitemap, self.world.seed, self.born, self._origins[site.id], ai=self.world.ai)
            self._traffic[site.id] = made
        return self._traffic[site.id]

    def visit(self, site: StoredSite, sighting: Sighting, now: float) -> SimulatedVisit:
        """The whole visit behind a sighting."""
        if sighting.tracked is not None:
            return sighting.tracked.visit(now)
        traffic = self.traffic(site)
        if traffic is None or sighting.sketch is None:
            raise LookupError("a sighting is of a tracked visit or of generated traffic")
        return traffic.visit(sighting.sketch, now)

    def newest(self, site: StoredSite, now: float, since: float, before: float = _FOREVER) -> Iterator[Sighting]:
        """Visits whose latest action is from ``since`` to ``before`` (excluded), newest first."""
        waiting: list[tuple[int, int, Sighting]] = []
        for tracked in self.tracked.visits(site.id):
            last = tracked.last_at(now)
            if last is not None and since <= last < before:
                waiting.append((-last, -tracked.id, Sighting(last, tracked.id, None, tracked)))
        heapq.heapify(waiting)
        traffic = self.traffic(site)
        if traffic is not None:
            oldest = max(int(since) - LOOK_BACK, self.born) // SLOT
            for slot in range(int(min(now, before)) // SLOT, oldest - 1, -1):
                for sketch in traffic.slot(slot):
                    if sketch.ends >= since and sketch.start <= now:
                        last = _last(sketch, now)
                        if since <= last < before:
                            number = traffic.visit_id(sketch)
                            heapq.heappush(waiting, (-last, -number, Sighting(last, number, sketch, None)))
                # Visits that began in an earlier slot have their last action before this.
                bound = slot * SLOT + LOOK_BACK
                while waiting and -waiting[0][0] >= bound:
                    yield heapq.heappop(waiting)[2]
        while waiting:
            yield heapq.heappop(waiting)[2]

    def visits_of(self, site: StoredSite, visitor: str, now: float) -> list[SimulatedVisit]:
        """All visits of one visitor, newest first."""
        found = [
            tracked.visit(now)
            for tracked in self.tracked.visits(site.id)
            if tracked.visitor == visitor and tracked.last_at(now) is not None
        ]
        traffic = self.traffic(site)
        number = person_number(visitor, site.id)
        if traffic is not None and number is not None and (number >= ONCE or number < traffic.regulars.count):
            found.extend(traffic.visit(sketch, now) for sketch in traffic.visits_of(number, now))
        return sorted(found, key=lambda visit: (visit.last, visit.id), reverse=True)

    def live(self, site: StoredSite, now: float, minutes: int, segment: str, accept: Accept | None) -> LiveCounts:
        """The live counters: visits with their last action in the last ``minutes``, and the actions and conversions in
        them.

        Whole slots are counted once and cached, the visits at the edges one by one.
        """
        clip = int(now) - minutes * 60
        counts = LiveCounts()
        for tracked in self.tracked.visits(site.id):
            last = tracked.last_at(now)
            if last is not None and last >= clip:
                visit = tracked.visit(now)
                if accept is None or accept(visit):
                    counts.add_visit(visit, clip)
        traffic, since = self.traffic(site), max(clip, self.born)
        if traffic is None or since > now:
            return counts
        inner = range(-(-since // SLOT), int(now - LOOK_BACK) // SLOT)
        for slot in inner:
            counts.add(self._slot_counts(traffic, slot, segment, accept))
        for slot in range((since - LOOK_BACK) // SLOT, int(now) // SLOT + 1):
            for sketch in () if slot in inner else traffic.slot(slot):
                if sketch.start > now or sketch.ends < since or _last(sketch, now) < since:
                    continue
                if accept is None or accept(traffic.visit(sketch, now)):
                    counts.add_sketch(sketch, sketch.journey.seen(now - sketch.start), clip)
        return counts

    def _slot_counts(self, traffic: Traffic, slot: int, segment: str, accept: Accept | None) -> LiveCounts:
        """The counts of a slot's visits, all of which are finished."""
        key = (traffic.site.id, segment, slot)
        found = self._counts.get(key)
        if found is None:
            found = self._counts[key] = LiveCounts()
            for sketch in traffic.draw(slot):
                if accept is None or accept(traffic.visit(sketch, _FOREVER)):
                    found.add_sketch(sketch, len(sketch.journey.steps))
            if len(self._counts) > _KEPT_SUMS:
                self._counts.popitem(last=False)
        return found


def _last(sketch: Sketch, now: float) -> int:
    if sketch.ends <= now:
        return sketch.ends
    journey = sketch.journey
    return sketch.start + journey.offsets[journey.seen(now - sketch.start) - 1]
