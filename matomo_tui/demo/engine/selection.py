"""The visits of a period and a segment: finished ones as columns, unfinished and recorded ones as objects."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from matomo_tui.demo.engine.segment_mask import Masks
from matomo_tui.demo.engine.visit_generator import BlockPart, VisitGenerator
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.periods import DemoPeriod, epoch, today
from matomo_tui.demo.store import Accept, Store
from matomo_tui.demo.traffic.daily_curve import SHIFT, SLOTS
from matomo_tui.demo.traffic.model import LOOK_BACK
from matomo_tui.demo.traffic.visit import SimulatedVisit


@dataclass(frozen=True, slots=True)
class Day:
    """The visits of one day: ``parts`` has the finished ones, ``others`` the unfinished and the recorded ones."""

    date: date
    parts: Sequence[BlockPart] = field(default=())
    others: Sequence[SimulatedVisit] = field(default=())


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
        current = today(now, site.timezone)
        self.first = max(period.first, today(store.born, site.timezone))
        self.last = min(period.last, current)

    def settled_until(self) -> date:
        """The last settled day, after which visits may still be added; the day before the first if there is none."""
        unsettled = today(self.now - LOOK_BACK, self.site.timezone)
        tracked = [last for visit in self._store.tracked.visits(self.site.id) if (last := visit.last_at(self.now))]
        if tracked:
            unsettled = min(unsettled, today(min(tracked), self.site.timezone))
        return min(self.last, unsettled - timedelta(days=1))

    async def days(self) -> AsyncIterator[Day]:
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            begin = epoch(day, self.site.timezone)
            end = epoch(date.fromordinal(ordinal + 1), self.site.timezone)
            parts = [part async for part in self._parts(begin, end)]
            others = [visit async for visit in self._unfinished(begin, end)]
            others += [visit for visit in self._tracked(begin, end) if self._accept is None or self._accept(visit)]
            yield Day(day, parts, others)

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
            if self._masks is None:
                yield BlockPart(self.generator, block, first, last)
            else:
                mask = await self._masks.of(block)
                yield BlockPart(
                    self.generator, block, first, last, [index for index in range(first, last) if mask[index]]
                )

    async def _unfinished(self, begin: int, end: int) -> AsyncIterator[SimulatedVisit]:
        """Generated visits that have begun and are not over."""
        generator, now = self.generator, self.now
        if generator is None or end <= now - LOOK_BACK:
            return
        for shift in {int(now - LOOK_BACK) // SHIFT, int(now) // SHIFT}:
            block = await generator.block(shift)
            for index in range(bisect_left(block.ends, int(now) + 1), len(block)):
                if block.starts[index] > now:
                    continue
                slot, ordinal = shift * SLOTS + (block.marks[index] >> 8), block.marks[index] & 0xFF
                sketch = next(each for each in generator.traffic.slot(slot) if each.ordinal == ordinal)
                visit = generator.traffic.visit(sketch, now)
                if begin <= visit.last < end and (self._accept is None or self._accept(visit)):
                    yield visit

    def _tracked(self, begin: float, end: float) -> Iterator[SimulatedVisit]:
        for tracked in self._store.tracked.visits(self.site.id):
            last = tracked.last_at(self.now)
            if last is not None and begin <= last < end:
                yield tracked.visit(self.now)
