"""All that reports have been folded into so far, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from weakref import WeakKeyDictionary

from matomo_tui.demo.pausing import Pieces
from matomo_tui.demo.periods import Period
from matomo_tui.demo.reports.blocks import Drawer
from matomo_tui.demo.reports.by_action import ActionGrouping, ActionTally, by_action
from matomo_tui.demo.reports.by_visit import Grouping, by_visit
from matomo_tui.demo.reports.history import History
from matomo_tui.demo.reports.masks import Masks
from matomo_tui.demo.reports.pages import PageGrouping, PageTally, by_page
from matomo_tui.demo.reports.selection import Selection
from matomo_tui.demo.reports.tallies import Key, Tally
from matomo_tui.demo.reports.visitors import Visitors, visitors_of
from matomo_tui.demo.segments import compile_segment
from matomo_tui.demo.store import Store
from matomo_tui.demo.world import Site

T = TypeVar("T")
_KEPT_FOLDS = 400
_KEPT_SEGMENTS = 8


class Archive:
    """What the reports of one demo are answered from. Days that are over are folded once; those that are not, as
    often as somebody asks."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.pieces = Pieces()
        self._drawers: dict[int, Drawer] = {}
        self._masks: OrderedDict[tuple[int, str], Masks] = OrderedDict()
        self._folds: OrderedDict[tuple[object, ...], object] = OrderedDict()

    def drawer(self, site: Site) -> Drawer | None:
        """The site's visits as columns; ``None`` where nobody comes."""
        traffic = self.store.traffic(site)
        if traffic is None:
            return None
        found = self._drawers.get(site.id)
        if found is None or found.traffic is not traffic:
            # The site was changed, and with it what its visits reach.
            found = self._drawers[site.id] = Drawer(traffic, self.pieces)
            self._folds.clear()
            self._masks.clear()
        return found

    def select(self, site: Site, period: Period, segment: str, now: float) -> Selection:
        """The visits of the site in the period that are in the segment. Raises ``ApiError`` for a wrong segment."""
        self.pieces.begin()
        drawer = self.drawer(site)
        if not segment:
            return Selection(self.store, site, period, now, drawer=drawer)
        accept = compile_segment(segment)
        masks = None if drawer is None else self._masks_of(site, segment, drawer)
        return Selection(self.store, site, period, now, drawer=drawer, masks=masks, accept=accept)

    def _masks_of(self, site: Site, segment: str, drawer: Drawer) -> Masks:
        key = (site.id, segment)
        found = self._masks.get(key)
        if found is None:
            found = self._masks[key] = Masks(segment, compile_segment(segment), drawer, self.pieces)
            if len(self._masks) > _KEPT_SEGMENTS:
                self._masks.popitem(last=False)
        return found

    async def visits_by(
        self, grouping: Grouping, site: Site, period: Period, segment: str, now: float
    ) -> Mapping[Key, Tally]:
        """The visits in rows."""
        return await self.folded(
            ("visits", grouping.name),
            lambda selection: by_visit(selection, grouping, self.pieces),
            site,
            period,
            segment,
            now,
        )

    async def pages_by(
        self, grouping: PageGrouping, site: Site, period: Period, segment: str, now: float
    ) -> Mapping[str, PageTally]:
        """The pages that were seen."""
        return await self.folded(
            ("pages", grouping.name),
            lambda selection: by_page(selection, grouping, self.pieces),
            site,
            period,
            segment,
            now,
        )

    async def actions_by(
        self, grouping: ActionGrouping, site: Site, period: Period, segment: str, now: float
    ) -> Mapping[Key, ActionTally]:
        """What else was done, in rows."""
        return await self.folded(
            ("actions", grouping.name),
            lambda selection: by_action(selection, grouping, self.pieces),
            site,
            period,
            segment,
            now,
        )

    async def visitors(
        self, site: Site, period: Period, segment: str, now: float
    ) -> tuple[Visitors, Visitors, Visitors]:
        """Different visitors: all, new, returning."""
        return await self.folded(
            ("visitors",), lambda selection: visitors_of(selection, self.pieces), site, period, segment, now
        )

    async def history(self, site: Site, now: float) -> None:
        """Have it known what regulars did before their visits, for groupings by that."""
        drawer = self.drawer(site)
        if drawer is None:
            return
        if drawer.history is None:
            drawer.history = History(drawer, self.pieces)
        await drawer.history.upto(now)

    async def folded(
        self,
        name: tuple[object, ...],
        fold: Callable[[Selection], Awaitable[T]],
        site: Site,
        period: Period,
        segment: str,
        now: float,
    ) -> T:
        """What ``fold`` makes of the visits; kept under ``name`` where nothing will be added to them any more."""
        selection = self.select(site, period, segment, now)
        key = (*name, site.id, site.timezone, selection.first, selection.last, segment)
        if selection.settled:
            kept = self._folds.get(key)
            if kept is not None:
                self._folds.move_to_end(key)
                return kept  # type: ignore[return-value]
        made = await fold(selection)
        if selection.settled:
            self._folds[key] = made
            if len(self._folds) > _KEPT_FOLDS:
                self._folds.popitem(last=False)
        return made


_ARCHIVES: WeakKeyDictionary[Store, Archive] = WeakKeyDictionary()


def archive_of(store: Store) -> Archive:
    """The archive of a demo's store."""
    found = _ARCHIVES.get(store)
    if found is None:
        found = _ARCHIVES[store] = Archive(store)
    return found
