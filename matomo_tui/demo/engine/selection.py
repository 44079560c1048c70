"""The visits of a period and a segment, as parts with columns of numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Generic, TypeVar

from matomo_tui.demo.engine.journey_stats import FIRST_OWN_KEY, JourneyStats, facts_of
from matomo_tui.demo.engine.segment_expressions import Masks
from matomo_tui.demo.engine.visit_generator import ONE_TIME, BlockPart, VisitGenerator
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.periods import DemoPeriod, epoch, today
from matomo_tui.demo.store import Accept, Store
from matomo_tui.demo.traffic.daily_curve import SHIFT, SLOT
from matomo_tui.demo.traffic.model import LOOK_BACK
from matomo_tui.demo.traffic.steps import Cart, Sale
from matomo_tui.demo.traffic.visit import SimulatedVisit

T = TypeVar("T")


class OverlayPart:
    """Unfinished and recorded visits of one day, with the same columns as a :class:`BlockPart`.

    Each visit has a journey key of its own, from ``first_key`` on.
    """

    def __init__(self, visits: Sequence[SimulatedVisit], first_key: int) -> None:
        self.visits = visits
        self.facts = [facts_of(visit) for visit in visits]
        self.keys: Sequence[int] = range(first_key, first_key + len(visits))
        self.people = [ONE_TIME if visit.who is None else visit.who for visit in visits]
        self.fresh = [int(not visit.past.visits) for visit in visits]
        self._users = {who for who, visit in zip(self.people, visits, strict=True) if visit.person.user_id}

    def is_user(self, who: int | str) -> bool:
        """Returns True if the visitor is logged in."""
        return who in self._users

    def carts(self) -> Iterator[tuple[int, Cart]]:
        """The visits with an order: position in the part, items."""
        return ((place, facts.order) for place, facts in enumerate(self.facts) if facts.order is not None)

    def sales(self) -> Iterator[tuple[int, Sale]]:
        return ((place, cart.sale) for place, cart in self.carts())


Part = BlockPart | OverlayPart


@dataclass(frozen=True, slots=True)
class Day:
    """The visits of one day."""

    date: date
    parts: Sequence[Part] = field(default=())


class Selection:
    """The visits of a site in a period; days in the future or before the site's creation are empty."""

    def __init__(
        self,
        store: Store,
        site: StoredSite,
        period: DemoPeriod,
        now: float,
        *,
        generator: VisitGenerator | None,
        masks: Masks | None = None,
        accept: Accept | None = None,
    ) -> None:
        self.site = site
        self.period = period
        self.now = now
        self.generator = generator
        self._store = store
        self._masks = masks
        self._accept = accept
        self._own_facts: list[JourneyStats] = []
        current = today(now, site.timezone)
        self.first = max(period.first, today(store.born, site.timezone))
        self.last = min(period.last, current)

    def settled_until(self) -> date:
        """The last settled day, after which visits may still be added; the day before the first if there is none."""
        unsettled = today(self.now - LOOK_BACK, self.site.timezone)
        tracked = [visit.last for visit in self._store.tracked.visits(self.site.id, self.now)]
        if tracked:
            unsettled = min(unsettled, today(min(tracked), self.site.timezone))
        return min(self.last, unsettled - timedelta(days=1))

    def facts(self, key: int) -> JourneyStats:
        """The statistics of a journey key in one of this selection's parts."""
        if key >= FIRST_OWN_KEY or self.generator is None:
            return self._own_facts[key - FIRST_OWN_KEY]
        return self.generator.facts[key]

    async def days(self) -> AsyncIterator[Day]:
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            begin = epoch(day, self.site.timezone)
            end = epoch(date.fromordinal(ordinal + 1), self.site.timezone)
            parts: list[Part] = [part async for part in self._parts(begin, end)]
            single = self._single(begin, end)
            if single:
                overlay = OverlayPart(single, FIRST_OWN_KEY + len(self._own_facts))
                self._own_facts += overlay.facts
                parts.append(overlay)
            yield Day(day, parts)

    async def _parts(self, begin: int, end: int) -> AsyncIterator[BlockPart]:
        if self.generator is None:
            return
        end = min(end, int(self.now) + 1)
        born = self.generator.traffic.born
        for shift in range(max(begin - LOOK_BACK, born) // SHIFT, (end - 1) // SHIFT + 1):
            block = await self.generator.block(shift)
            first, last = bisect_left(block.ends, begin), bisect_left(block.ends, end)
            if first == last:
                continue
            chosen = None
            if self._masks is not None:
                mask = await self._masks.of(block)
                chosen = [index for index in range(first, last) if mask[index]]
            yield BlockPart(self.generator, block, first, last, chosen)

    def _single(self, begin: int, end: int) -> list[SimulatedVisit]:
        """Recorded visits, and generated ones that have begun and are not over."""
        now, found = self.now, list(self._store.tracked.visits(self.site.id, self.now))
        if self.generator is not None and end > now - LOOK_BACK:
            traffic = self.generator.traffic
            for slot in range(int(now - LOOK_BACK) // SLOT, int(now) // SLOT + 1):
                sketches = (sketch for sketch in traffic.slot(slot) if sketch.start <= now < sketch.ends)
                found += [traffic.visit(sketch, now) for sketch in sketches]
        found = [visit for visit in found if begin <= visit.last < end]
        return found if self._accept is None else list(filter(self._accept, found))


class ByJourney(Generic[T]):
    """A value for each journey key of a selection, computed on first use.

    Values of shared journeys are cached with the generator under ``name``.
    """

    def __init__(self, selection: Selection, name: str, compute: Callable[[JourneyStats], T]) -> None:
        generator = selection.generator
        self._shared: dict[int, T] = {} if generator is None else generator.parts.setdefault(name, {})
        self._own: dict[int, T] = {}
        self._facts = selection.facts
        self._compute = compute

    def __getitem__(self, key: int) -> T:
        made = self._own if key >= FIRST_OWN_KEY else self._shared
        found = made.get(key)
        if found is None:
            found = made[key] = self._compute(self._facts(key))
        return found
