"""Registers functions as reports: computes the rows for each site and period, and applies the filters."""

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
"""Periods without distinct visitors."""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """The query of one report for one site and period."""

    ask: ApiRequest
    archive: Archive
    site: StoredSite
    period: DemoPeriod

    @property
    def daily(self) -> bool:
        """Returns True for a single day, whose values come from the database as text."""
        return self.period.name == "day"

    @property
    def span(self) -> Span:
        return Span(self.site, self.period, self.ask.segment, self.ask.now)

    @property
    def formatted(self) -> bool:
        """Returns True if rates are formatted as ``"38%"``, which is the default."""
        return self.ask.params.get("format_metrics", "") != "0"

    @property
    def page_archive(self) -> PageArchive | None:
        """The archive of a site that only has pages and no visits."""
        count = self.ask.store.imported.get(self.site.id, 0)
        return page_archive(count, self.site.main_url) if count else None

    @property
    def units(self) -> int:
        """The traffic of a pages-only site in the period, in units of a day off; each day is imported in the following
        night.
        """
        selection = self.archive.select(replace(self.span, segment=""))
        yesterday = today(self.ask.now, self.site.timezone) - timedelta(days=1)
        return units_between(selection.first, min(selection.last, yesterday))

    async def visits_by(self, grouping: Grouping) -> Mapping[Key, Tally]:
        pages = self.page_archive
        if pages is not None:
            every = pages.visits(self.units)
            return {0: every} if grouping is WHOLE and every.visits else {}
        return await self.archive.visits_by(grouping, self.span)

    async def visitors(self) -> tuple[Visitors, Visitors, Visitors]:
        """Distinct visitors: all, new, returning."""
        pages = self.page_archive
        if pages is not None:
            every = Visitors(pages.visits(self.units).visitors)
            return every, every, Visitors()
        return await self.archive.visitors(self.span)

    async def pages_by(self, grouping: PageGrouping) -> Mapping[str, PageTally]:
        return await self.archive.pages_by(grouping, self.span)

    async def actions_by(self, grouping: ActionGrouping) -> Mapping[Any, ActionTally]:
        return await self.archive.actions_by(grouping, self.span)


Rows = Callable[[ReportQuery], Awaitable[list[TableRow]]]
Single = Callable[[ReportQuery], Awaitable[dict[str, Json]]]

_USUAL = Shape()

ROWS: dict[str, tuple[Rows, Shape]] = {}
"""Every report with rows by its method, for reports that are derived from others."""

SINGLES: dict[str, Single] = {}
"""Every single-row report by its method."""


def query_of(ask: ApiRequest, site: StoredSite, period: DemoPeriod) -> ReportQuery:
    return ReportQuery(ask, archive_of(ask.store), site, period)


async def each(ask: ApiRequest, compute: Callable[[ReportQuery], Awaitable[Json]], *, many: bool = True) -> Json:
    """The result of ``compute`` for every requested site and period, nested like Matomo; without ``many``, for one."""
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
    """Register a function as the report ``Module.action``; without ``many`` for a single site and date only.

    ``below``: it only has the subtables of another report, and requires ``idSubtable``.
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
    """Register a function as the single-row report ``Module.action``, filtered by ``columns``."""

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
