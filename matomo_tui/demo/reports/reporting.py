"""Turns functions into reports: computes the rows for each site and period, and applies the filters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.engine.archive import Archive, Span, archive_of
from matomo_tui.demo.engine.by_action import ActionGrouping, ActionTally
from matomo_tui.demo.engine.by_visit import WHOLE, Grouping, Key, Tally
from matomo_tui.demo.engine.pages import PageGrouping, PageTally
from matomo_tui.demo.engine.visitors import Visitors
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.periods import DemoPeriod, today
from matomo_tui.demo.reports.page_archive import PageArchive, page_archive, units_between
from matomo_tui.demo.reports.page_rows import Columns
from matomo_tui.demo.reports.rows import Shape, TableRow, shown

NOT_UNIQUE = ("range", "year")
"""Periods for which nobody counts different visitors."""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """One report for one site and one period."""

    ask: ApiRequest
    archive: Archive
    site: StoredSite
    period: DemoPeriod

    @property
    def daily(self) -> bool:
        """Returns True if it is about a single day: those are read from the database as they were written."""
        return self.period.name == "day"

    @property
    def span(self) -> Span:
        """Which visits it is about."""
        return Span(self.site, self.period, self.ask.segment, self.ask.now)

    @property
    def formatted(self) -> bool:
        """Returns True if rates are written as ``"38%"``, as they are unless a client wants numbers."""
        return self.ask.params.get("format_metrics", "") != "0"

    @property
    def page_archive(self) -> PageArchive | None:
        """The pages of a site that has only those, and no visits."""
        count = self.ask.store.imported.get(self.site.id, 0)
        return page_archive(count, self.site.main_url) if count else None

    @property
    def units(self) -> int:
        """How much the days of the period brought to a site with only pages; each is imported in the night after it."""
        selection = self.archive.select(replace(self.span, segment=""))
        yesterday = today(self.ask.now, self.site.timezone) - timedelta(days=1)
        return units_between(selection.first, min(selection.last, yesterday))

    async def visits_by(self, grouping: Grouping) -> Mapping[Key, Tally]:
        """The visits in rows."""
        pages = self.page_archive
        if pages is not None:
            every = pages.visits(self.units)
            return {0: every} if grouping is WHOLE and every.visits else {}
        return await self.archive.visits_by(grouping, self.span)

    async def visitors(self) -> tuple[Visitors, Visitors, Visitors]:
        """Different visitors: all, new, returning."""
        pages = self.page_archive
        if pages is not None:
            every = Visitors(pages.visits(self.units).visitors)
            return every, every, Visitors()
        return await self.archive.visitors(self.span)

    async def pages_by(self, grouping: PageGrouping) -> Mapping[str, PageTally]:
        """The pages that were seen."""
        return await self.archive.pages_by(grouping, self.span)

    async def actions_by(self, grouping: ActionGrouping) -> Mapping[Any, ActionTally]:
        """What else was done, in rows."""
        return await self.archive.actions_by(grouping, self.span)


Rows = Callable[[ReportQuery], Awaitable[list[TableRow]]]
Single = Callable[[ReportQuery], Awaitable[dict[str, Json]]]

_USUAL = Shape()

ROWS: dict[str, tuple[Rows, Shape]] = {}
"""Every report that has rows, by its method, for those that are made of other reports."""

SINGLES: dict[str, Single] = {}
"""Every report that is one row of metrics, by its method."""


def query_of(ask: ApiRequest, site: StoredSite, period: DemoPeriod) -> ReportQuery:
    """A question about one site and period."""
    return ReportQuery(ask, archive_of(ask.store), site, period)


async def each(ask: ApiRequest, compute: Callable[[ReportQuery], Awaitable[Json]], *, many: bool = True) -> Json:
    """``compute`` for every site and period asked for, nested as Matomo does; without ``many`` only for one."""
    sites, many_sites = ask.sites()
    answers: dict[str, Json] = {}
    for site in sites:
        periods, many_periods = ask.periods(site)
        if not many and (many_sites or many_periods):
            raise ApiError(f"{ask.params['method']} with multiple sites or dates is not supported (yet).")
        ask.accept()
        if many_periods:
            answers[str(site.id)] = {period.key: await compute(query_of(ask, site, period)) for period in periods}
        else:
            answers[str(site.id)] = await compute(query_of(ask, site, periods[0]))
    if many_sites:
        return answers
    return answers[str(sites[0].id)]


def report(name: str, shape: Shape = _USUAL, *, many: bool = True, below: bool = False) -> Callable[[Rows], Rows]:
    """Makes a function the report ``Module.action`` with rows; without ``many`` for one site and date only.

    ``below``: it has only what the rows of another report open to, and wants ``idSubtable``.
    """

    def put(rows: Rows) -> Rows:
        ROWS[name] = (rows, shape)

        async def one(query: ReportQuery) -> Json:
            if below:
                query.ask.text("idSubtable")
            pages = query.page_archive if name == "Actions.getPageUrls" else None
            if pages is not None:
                return await pages.shown(query.ask.params, query.units, Columns(query.daily, {}), shape)
            return shown(await rows(query), query.ask.params, shape)

        @method(name, filters_itself=True)
        def answer(ask: ApiRequest) -> Json:
            return each(ask, one, many=many)

        return rows

    return put


def single(name: str) -> Callable[[Single], Single]:
    """Makes a function the report ``Module.action`` that is one row of metrics, cut to ``columns``."""

    def put(figures: Single) -> Single:
        SINGLES[name] = figures

        async def one(query: ReportQuery) -> Json:
            found = await figures(query)
            if not found:
                return []
            wanted = [column for column in query.ask.params.get("columns", "").split(",") if column]
            return {column: found[column] for column in wanted if column in found} if wanted else found

        @method(name, is_table=True)
        def answer(ask: ApiRequest) -> Json:
            return each(ask, one)

        return figures

    return put
