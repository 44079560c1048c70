"""Registers functions as reports: computes the rows for each site and period, and applies the filters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.engine.archive import Archive, K, M, Span, Sums, archive_of
from matomo_tui.demo.engine.by_visit import WHOLE, Counted, Tally, Visitors
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import refuse_if
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

    call: ApiRequest
    archive: Archive
    site: StoredSite
    period: DemoPeriod

    @property
    def daily(self) -> bool:
        """Returns True for a single day, whose values come from the database as text."""
        return self.period.name == "day"

    @property
    def uniques(self) -> str:
        """The column of daily visitors: over several days they are summed up."""
        return "nb_uniq_visitors" if self.daily else "sum_daily_nb_uniq_visitors"

    @property
    def span(self) -> Span:
        return Span(self.site, self.period, self.call.segment, self.call.now)

    @property
    def formatted(self) -> bool:
        """Returns True if rates are formatted as ``"38%"``, which is the default."""
        return self.call.params.get("format_metrics", "") != "0"

    @property
    def page_archive(self) -> PageArchive | None:
        """The archive of a site that only has pages and no visits."""
        count = self.call.store.imported.get(self.site.id, 0)
        return page_archive(count, self.site.main_url) if count else None

    @property
    def units(self) -> int:
        """The traffic of a pages-only site in the period, in units of a day off; each day is imported in the following
        night.
        """
        selection = self.archive.select(replace(self.span, segment=""))
        yesterday = today(self.call.now, self.site.timezone) - timedelta(days=1)
        return units_between(selection.first, min(selection.last, yesterday))

    async def rows(self, grouping: Sums[K, M]) -> Mapping[K, M]:
        return await self.archive.rows(grouping, self.span)

    async def whole(self) -> Tally:
        pages = self.page_archive
        return pages.visits(self.units) if pages else (await self.rows(WHOLE)).get(0, Tally())

    async def visitors(self) -> Counted:
        """Distinct visitors: all, new, returning."""
        pages = self.page_archive
        if pages is None:
            return await self.archive.visitors(self.span)
        every = Visitors(pages.visits(self.units).visitors)
        return every, every, Visitors()


Rows = Callable[[ReportQuery], Awaitable[list[TableRow]]]
Single = Callable[[ReportQuery], Awaitable[dict[str, Json]]]

_USUAL = Shape()

ROWS: dict[str, tuple[Rows, Shape]] = {}
"""Every report with rows by its method, for reports that are derived from others."""


def query_of(call: ApiRequest, site: StoredSite, period: DemoPeriod) -> ReportQuery:
    return ReportQuery(call, archive_of(call.store), site, period)


async def each(call: ApiRequest, compute: Callable[[ReportQuery], Awaitable[Json]], *, many: bool = True) -> Json:
    """The result of ``compute`` for every requested site and period, nested like Matomo; without ``many``, for one."""
    sites, many_sites = call.sites()
    answers: dict[str, Json] = {}
    for site in sites:
        periods, many_periods = call.periods(site)
        refuse_if(not many and (many_sites or many_periods), "several sites or dates", method=call.params["method"])
        call.accept()
        if many_periods:
            answers[str(site.id)] = {period.key: await compute(query_of(call, site, period)) for period in periods}
        else:
            answers[str(site.id)] = await compute(query_of(call, site, periods[0]))
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
                query.call.text("idSubtable")
            pages = query.page_archive if name == "Actions.getPageUrls" else None
            if pages is not None:
                return await pages.shown(query.call.params, query.units, Columns(query.daily, {}), shape)
            return shown(await rows(query), query.call.params, shape)

        @method(name, filters_itself=True)
        def answer(call: ApiRequest) -> Json:
            return each(call, one, many=many)

        return rows

    return put


def single(name: str) -> Callable[[Single], Single]:
    """Register a function as the single-row report ``Module.action``, filtered by ``columns``."""

    def put(figures: Single) -> Single:
        async def one(query: ReportQuery) -> Json:
            found = await figures(query)
            if not found:
                return []
            wanted = [column for column in query.call.params.get("columns", "").split(",") if column]
            return {column: found[column] for column in wanted if column in found} if wanted else found

        @method(name, is_table=True)
        def answer(call: ApiRequest) -> Json:
            return each(call, one)

        return figures

    return put
