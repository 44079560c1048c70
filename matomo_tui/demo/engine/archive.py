"""A bounded cache of the sums that reports are made of."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol, Self, TypeVar
from weakref import WeakKeyDictionary

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.by_action import ActionGrouping, ActionTally, by_action
from matomo_tui.demo.engine.by_visit import Grouping, Key, Tally, by_visit
from matomo_tui.demo.engine.pages import PageGrouping, PageTally, by_page
from matomo_tui.demo.engine.segment_mask import Masks
from matomo_tui.demo.engine.segment_table import compile_segment
from matomo_tui.demo.engine.selection import Selection
from matomo_tui.demo.engine.visit_generator import VisitGenerator, VisitHistory
from matomo_tui.demo.engine.visitors import Visitors, visitors_merged, visitors_of
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.periods import DemoPeriod
from matomo_tui.demo.store import Store

T = TypeVar("T")
_KEPT_FOLDS = 400
_KEPT_SEGMENTS = 8


@dataclass(frozen=True, slots=True)
class Span:
    """The visits of a site in a period and a segment (``""``: all), as of ``now`` (an epoch)."""

    site: StoredSite
    period: DemoPeriod
    segment: str
    now: float


class Archive:
    """Computes and caches the sums behind the reports of one demo. Past days are cached, current ones summed up on each
    request.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.pieces = Yielder()
        self._generators: dict[int, VisitGenerator] = {}
        self._masks: OrderedDict[tuple[int, str], Masks] = OrderedDict()
        self._folds: OrderedDict[tuple[object, ...], object] = OrderedDict()

    def generator(self, site: StoredSite) -> VisitGenerator | None:
        """The generator of the site's visits; ``None`` for a site without traffic."""
        traffic = self.store.traffic(site)
        if traffic is None:
            return None
        found = self._generators.get(site.id)
        if found is None or found.traffic is not traffic:
            # The site was changed, and its conversions with it.
            found = self._generators[site.id] = VisitGenerator(traffic, self.pieces)
            self._folds.clear()
            self._masks.clear()
        return found

    def select(self, span: Span) -> Selection:
        """The visits of a span. Raises ``ApiError`` for an invalid segment."""
        site, period, segment, now = span.site, span.period, span.segment, span.now
        self.pieces.begin()
        generator = self.generator(site)
        if not segment:
            return Selection(self.store, site, period, now, generator=generator)
        accept = compile_segment(segment)
        masks = None if generator is None else self._masks_of(site, segment, generator)
        return Selection(self.store, site, period, now, generator=generator, masks=masks, accept=accept)

    def _masks_of(self, site: StoredSite, segment: str, generator: VisitGenerator) -> Masks:
        key = (site.id, segment)
        found = self._masks.get(key)
        if found is None:
            found = self._masks[key] = Masks(segment, generator, self._history(generator), self.pieces)
            if len(self._masks) > _KEPT_SEGMENTS:
                self._masks.popitem(last=False)
        return found

    async def visits_by(self, grouping: Grouping, span: Span) -> Mapping[Key, Tally]:
        generator = self.generator(span.site)
        if grouping.column.historic and generator is not None:
            await self._history(generator).upto(span.now)
        name = ("visits", grouping.name)
        return await self.folded(name, lambda selection: by_visit(selection, grouping, self.pieces), span, rows_merged)

    async def pages_by(self, grouping: PageGrouping, span: Span) -> Mapping[str, PageTally]:
        name = ("pages", grouping.name)
        return await self.folded(name, lambda selection: by_page(selection, grouping, self.pieces), span, rows_merged)

    async def actions_by(self, grouping: ActionGrouping, span: Span) -> Mapping[Key, ActionTally]:
        name = ("actions", grouping.name)
        return await self.folded(name, lambda selection: by_action(selection, grouping, self.pieces), span, rows_merged)

    async def visitors(self, span: Span) -> tuple[Visitors, Visitors, Visitors]:
        """Distinct visitors: all, new, returning."""
        return await self.folded(
            ("visitors",), lambda selection: visitors_of(selection, self.pieces), span, visitors_merged
        )

    def _history(self, generator: VisitGenerator) -> VisitHistory:
        if generator.history is None:
            generator.history = VisitHistory(generator, self.pieces)
        return generator.history

    async def folded(
        self,
        name: tuple[object, ...],
        fold: Callable[[Selection], Awaitable[T]],
        span: Span,
        merge: Callable[[T, T], T],
    ) -> T:
        """The result of ``fold`` over the visits, cached under ``name``.

        Settled days, to which no visit can be added any more, are cached; later days are folded on each request and
        merged.
        """
        selection = self.select(span)
        settled = selection.settled_until()
        if settled < selection.first:
            return await fold(selection)
        head = await self._kept(name, fold, replace(span, period=DemoPeriod("range", selection.first, settled)))
        if settled >= selection.last:
            return head
        rest = DemoPeriod("range", settled + timedelta(days=1), selection.last)
        return merge(head, await fold(self.select(replace(span, period=rest))))

    async def _kept(self, name: tuple[object, ...], fold: Callable[[Selection], Awaitable[T]], span: Span) -> T:
        site, period = span.site, span.period
        key = (*name, site.id, site.timezone, period.first, period.last, span.segment)
        kept = self._folds.get(key)
        if kept is not None:
            self._folds.move_to_end(key)
            return kept  # type: ignore[return-value]
        made = await fold(self.select(span))
        self._folds[key] = made
        if len(self._folds) > _KEPT_FOLDS:
            self._folds.popitem(last=False)
        return made


class Mergeable(Protocol):
    """Sums of one row."""

    def merge(self, other: Self) -> None:
        """Add another one."""


K = TypeVar("K", bound=Hashable)
M = TypeVar("M", bound=Mergeable)


def rows_merged(first: Mapping[K, M], second: Mapping[K, M]) -> Mapping[K, M]:
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
