"""A bounded cache of the sums that reports are made of."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Protocol, Self, TypeVar
from weakref import WeakKeyDictionary

from matomo_tui.demo.engine.by_visit import Counted, visitors_merged, visitors_of
from matomo_tui.demo.engine.selection import Masks, Selection, compile_segment
from matomo_tui.demo.engine.visit_generator import VisitGenerator, Yielder
from matomo_tui.demo.formats import DemoPeriod
from matomo_tui.demo.store import Store
from matomo_tui.demo.traffic.model import Traffic
from matomo_tui.demo.world import StoredSite

T = TypeVar("T")
_KEPT_SUMS = 400
_KEPT_SEGMENTS, _KEPT_SITES = 8, 16


@dataclass(frozen=True, slots=True)
class Span:
    """The visits of a site in a period and a segment (``""``: all), as of ``now`` (an epoch)."""

    site: StoredSite
    period: DemoPeriod
    segment: str
    now: float


class Mergeable(Protocol):
    def merge(self, other: Self) -> None: ...


K = TypeVar("K", bound=Hashable)
M = TypeVar("M", bound=Mergeable)
M_co = TypeVar("M_co", bound=Mergeable, covariant=True)


class Sums(Protocol[K, M_co]):
    """A grouping into rows of visits, or of what happens in them; its name is unique within its class."""

    @property
    def name(self) -> str: ...

    async def sums(self, selection: Selection, yielder: Yielder) -> Mapping[K, M_co]: ...


class Archive:
    """Computes and caches the sums behind reports; current days are summed up on each request."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.yielder = Yielder()
        self._kept: OrderedDict[tuple[object, ...], object] = OrderedDict()
        # A site whose goals were changed has other traffic.
        self._generator: Callable[[Traffic], VisitGenerator] = lru_cache(_KEPT_SITES)(
            lambda traffic: VisitGenerator(traffic, self.yielder)
        )
        self._masks: Callable[[str, VisitGenerator], Masks] = lru_cache(_KEPT_SEGMENTS)(
            lambda segment, generator: Masks(segment, generator, self.yielder)
        )

    def select(self, span: Span) -> Selection:
        """The visits of a span. Raises ``ApiError`` for an invalid segment."""
        self.yielder.begin()
        traffic = self.store.traffic(span.site)
        generator = self._generator(traffic) if traffic else None
        accept = compile_segment(span.segment) if span.segment else None
        masks = self._masks(span.segment, generator) if accept and generator else None
        return Selection(self.store, span.site, span.period, span.now, generator, masks, accept)

    async def rows(self, grouping: Sums[K, M], span: Span) -> Mapping[K, M]:
        name = (type(grouping).__name__, grouping.name)
        return await self._summed(name, lambda selection: grouping.sums(selection, self.yielder), span, _rows_merged)

    async def visitors(self, span: Span) -> Counted:
        name = ("visitors",)
        return await self._summed(name, lambda selection: visitors_of(selection, self.yielder), span, visitors_merged)

    async def _summed(
        self,
        name: tuple[str, ...],
        sums: Callable[[Selection], Awaitable[T]],
        span: Span,
        merge: Callable[[T, T], T],
    ) -> T:
        """Sums over the visits; those of settled days, to which no visit can be added any more, are cached."""
        selection = self.select(span)
        settled = selection.settled_until()
        if settled < selection.first:
            return await sums(selection)
        head = await self._cached(name, sums, replace(span, period=DemoPeriod("range", selection.first, settled)))
        if settled >= selection.last:
            return head
        rest = DemoPeriod("range", settled + timedelta(days=1), selection.last)
        return merge(head, await sums(self.select(replace(span, period=rest))))

    async def _cached(self, name: tuple[str, ...], sums: Callable[[Selection], Awaitable[T]], span: Span) -> T:
        site, period = span.site, span.period
        key = (*name, site.id, self.store.traffic(site), site.timezone, period.first, period.last, span.segment)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept  # type: ignore[return-value]
        made = await sums(self.select(span))
        self._kept[key] = made
        if len(self._kept) > _KEPT_SUMS:
            self._kept.popitem(last=False)
        return made


def _rows_merged(first: Mapping[K, M], second: Mapping[K, M]) -> Mapping[K, M]:
    """The rows of two spans merged; neither argument is changed."""
    found = {key: copy.deepcopy(row) if key in second else row for key, row in first.items()}
    for key, row in second.items():
        if key in found:
            found[key].merge(row)
        else:
            found[key] = row
    return found


_ARCHIVES: WeakKeyDictionary[Store, Archive] = WeakKeyDictionary()


def archive_of(store: Store) -> Archive:
    found = _ARCHIVES.get(store)
    if found is None:
        found = _ARCHIVES[store] = Archive(store)
    return found
