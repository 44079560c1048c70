"""The sites of the all-sites pane: all loaded at once or page by page, in one list or in groups that fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from matomo_tui.api import multi_sites
from matomo_tui.api.calls import Call
from matomo_tui.api.reports import ReportRow
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.ui.reports.sites.site_groups import FoldedRows, rows_in_groups
from matomo_tui.ui.reports.sites.site_rows import (
    GROUPS_SORTABLE_BY_MATOMO,
    SORTABLE,
    SORTABLE_BY_MATOMO,
    SiteKey,
    found_rows,
    group_of,
    key_of,
    most_visits,
    site_of,
)
from matomo_tui.ui.widgets.table.paging import PAGE, PagedRows
from matomo_tui.ui.widgets.table.rows import LazyRows, ListRows, Row, Rows

T = TypeVar("T")

MOST_AT_ONCE = 1_000
"""Number of sites up to which all are loaded at once; more are loaded page by page."""
_MOST_FOLDED = 20
"""Pages that are loaded to find the end of a group that is to be folded."""


class Arrangement(Struct):
    """How the sites are listed."""

    grouped: bool = False
    text: str = ""
    """The part of a name, an address or a group that is searched for."""
    column: str = SORTABLE[0]
    descending: bool = True


class SiteChoices(Struct, frozen=True):
    """What the user chose in the list."""

    arrangement: Arrangement
    folded: frozenset[str]


class SiteListing:
    """The sites as rows of a table.

    ``seen`` returns the number of sites that the token can see: up to ``MOST_AT_ONCE`` are loaded in one answer
    (``MultiSites.getAll``) and sorted, searched and grouped here; more by Matomo, which answers pages of them
    (``getAll``, or ``getAllWithGroups``). ``draw`` makes a row; ``wanted`` is called when rows in view are missing.
    """

    def __init__(
        self,
        loader: ReportLoader,
        seen: Callable[[], int],
        draw: Callable[[ReportRow], Row[SiteKey]],
        wanted: Callable[[], None],
    ) -> None:
        self.arrangement = Arrangement()
        self.folded: set[str] = set()
        """The groups whose sites are hidden."""
        self.most_visits = 0.0
        """The visits of the largest site or group loaded first."""
        self.was_growing = False
        """True if the period was not over when any of the figures were asked for: they are not those of the whole
        period, though it may be over since."""
        self.found: Sequence[ReportRow] = ()
        """The rows as listed, if all are loaded."""
        self._loader = loader
        self._seen = seen
        self._draw = draw
        self._all: Sequence[ReportRow] = ()
        self._pages: PagedRows[SiteKey, ReportRow] = PagedRows(key_of, draw, wanted)
        self._folded_pages = FoldedRows(self._pages)
        self._number = 0

    @property
    def is_paged(self) -> bool:
        """Returns True if the sites are loaded page by page."""
        return self._seen() > MOST_AT_ONCE

    @property
    def sortable(self) -> Sequence[str]:
        """The columns that the list can be sorted by."""
        if not self.is_paged:
            return SORTABLE
        return GROUPS_SORTABLE_BY_MATOMO if self.arrangement.grouped else SORTABLE_BY_MATOMO

    @property
    def is_empty(self) -> bool:
        """Returns True if the token sees no site."""
        return not (self._pages.count or self.arrangement.text) if self.is_paged else not self._all

    @property
    def total(self) -> int:
        """The number of sites loaded; 0 if they are paged."""
        return 0 if self.is_paged else len(self._all)

    @property
    def has_groups(self) -> bool:
        """Returns True if any site is in a group, as far as is known."""
        return self.is_paged or any(group_of(row) for row in self._all)

    @property
    def may_refresh(self) -> bool:
        """Returns False while pages have folded groups, which loading them again would open."""
        return not (self.is_paged and self.folded)

    def words(self) -> str:
        """The number of sites or lines listed: ``40``, ``3 of 40``, ``9,312 by groups``."""
        text = self.arrangement.text
        if not self.is_paged:
            every, some = len(self._all), sum(1 for row in self.found if site_of(row) is not None)
            is_cut = some != every and not (self.folded and not text)
            return f"{some:,} of {every:,}" if is_cut else f"{every:,}"
        if self.arrangement.grouped:
            lines = f"{self._pages.words} {'line' if self._pages.count == 1 else 'lines'}"
            return f"{lines if text else f'{self._seen():,}'} by groups"
        return self._pages.words if text else f"{self._seen():,}"

    # Loading

    async def load(self, query: Query, *, reload: bool = False, in_place: bool = False) -> None:
        """Load the sites, or the first page of them; ``in_place``: the pages in view. Raises ``MatomoError``."""
        self._number += 1
        number = self._number
        if self.is_paged:
            offset, limit = self._pages.in_view if in_place else (0, PAGE)
            rows, total, growing = await self._page(query, offset, limit, reload=reload)
            if number == self._number:
                self.was_growing = growing
                if not offset:
                    self.most_visits = most_visits(rows)
                self.folded.clear()
                self._folded_pages.clear()
                self._pages.begin(offset, rows, total, limit=limit)
            return
        call = multi_sites.get_all(query.period.kind, query.period.api_date, segment=query.segment)
        table, growing = await self._loader.request_dated(call, query, reload=reload)
        if number == self._number:
            self.was_growing = growing
            self._all = [row for row in table.rows if site_of(row) is not None]
            self.most_visits = most_visits(self._all)
            self.arrange()

    async def load_missing(self, query: Query) -> bool:
        """Load the pages in view. Returns True if there were any to load. Raises ``MatomoError``."""
        missing, number = self._pages.missing, self._number
        if missing is None or not self.is_paged:
            return False
        rows, total, growing = await self._page(query, *missing)
        if number != self._number:
            return False
        self.was_growing |= growing
        self._pages.take(missing[0], rows, total, limit=missing[1])
        return True

    async def _page(
        self, query: Query, offset: int, limit: int, *, reload: bool = False
    ) -> tuple[Sequence[ReportRow], int | None, bool]:
        how = self.arrangement
        text = how.text.strip()

        def called(method: Callable[..., Call[T]]) -> Call[T]:
            return method(
                query.period.kind,
                query.period.api_date,
                segment=query.segment,
                pattern=text,
                sort=how.column,
                ascending=not how.descending,
                limit=limit,
                offset=offset,
            )

        if how.grouped:
            grouped = called(multi_sites.get_all_with_groups)
            found, growing = await self._loader.request_dated(grouped, query, reload=reload)
            return found.rows, found.total, growing
        listed, growing = await self._loader.request_dated(called(multi_sites.get_all), query, reload=reload)
        return listed.rows, None if text else self._seen(), growing

    # Listing

    def arrange(self) -> None:
        """Sort, search and group the sites that are all loaded."""
        how = self.arrangement
        if how.grouped:
            self.found = rows_in_groups(self._all, how.text, how.column, self.folded, descending=how.descending)
        else:
            self.found = found_rows(self._all, how.text, how.column, descending=how.descending)

    @property
    def rows(self) -> Rows[SiteKey]:
        """The rows, to be drawn again."""
        if not self.is_paged:
            return LazyRows(self.found, key_of, self._draw) if self.found else ListRows()
        self._pages.forget_drawn()
        return self._folded_pages

    def row_of(self, key: SiteKey | None) -> ReportRow | None:
        """The figures of a row that is loaded."""
        listed = self._pages.items.values() if self.is_paged else self.found
        return next((row for row in listed if key_of(row) == key), None)

    # Groups

    async def fold(self, name: str, query: Query) -> bool:
        """Hide the sites of a group, after loading them to its end if they are paged. Returns False if it is too long.
        Raises ``MatomoError``."""
        if self.is_paged:
            first = self._pages.index_of(name)
            if first is None:
                return False
            last = await self._end_of_group(first, query)
            if last is None:
                return False
            self._folded_pages.fold(name, first + 1, last)
        self.folded.add(name)
        self.arrange()
        return True

    async def _end_of_group(self, first: int, query: Query) -> int | None:
        """The place after the last site of the group at ``first``."""
        number, at, loaded = self._number, first + 1, 0
        while at < self._pages.count:
            if at not in self._pages.items:
                loaded += 1
                if loaded > _MOST_FOLDED:
                    return None
                offset = at // PAGE * PAGE
                rows, total, growing = await self._page(query, offset, PAGE)
                if number != self._number:
                    return None
                self.was_growing |= growing
                self._pages.take(offset, rows, total)
            if at not in self._pages.items or not group_of(self._pages.items[at]):
                break
            at += 1
        return at

    def unfold(self, name: str) -> None:
        """Show the sites of a group again."""
        self.folded.discard(name)
        self._folded_pages.unfold(name)
        self.arrange()

    def fold_all(self, *, folded: bool) -> None:
        """Hide the sites of all groups, or show them, if all are loaded."""
        self.folded.clear()
        if folded:
            self.folded |= {group_of(row) for row in self._all} - {""}
        self.arrange()
