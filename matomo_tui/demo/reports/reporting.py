"""Registers functions as reports: computes the rows for each site and period, and applies the filters.

Matomo computes the visit columns of rows in different ways, which clients have to cope with, as the demo does: a day
comes from the database, with unique visitors and some figures as text; a longer period is the sum of its days, with
``sum_daily_`` before the summed daily visitors; a subtable is always summed up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from matomo_tui.demo.api_request import ApiRequest, Json, method
from matomo_tui.demo.engine.archive import Archive, K, M, Span, Sums, archive_of
from matomo_tui.demo.engine.by_visit import WHOLE, Counted, Tally, Visitors
from matomo_tui.demo.engine.journey_stats import CART, ORDER
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.formats import DemoPeriod, declared, number, rate, today
from matomo_tui.demo.reports.page_rows import Columns, PageArchive, page_archive, units_between
from matomo_tui.demo.reports.rows import Shape, TableRow, shown
from matomo_tui.demo.traffic.visit import Sale
from matomo_tui.demo.world import StoredSite

_AS_TEXT = ("nb_actions", "sum_visit_length", "bounce_count", "nb_visits_converted")
NOT_UNIQUE = ("range", "year")


@dataclass(frozen=True, slots=True)
class ReportQuery:
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
        return self.call.params.get("format_metrics", "") != "0"

    @property
    def page_archive(self) -> PageArchive | None:
        count = self.call.store.imported.get(self.site.id, 0)
        return page_archive(count, self.site.main_url) if count else None

    @property
    def units(self) -> int:
        """The traffic of a pages-only site in units of a day off; each day is imported in the following night."""
        selection = self.archive.select(replace(self.span, segment=""))
        yesterday = today(self.call.now, self.site.timezone) - timedelta(days=1)
        return units_between(selection.first, min(selection.last, yesterday))

    async def rows(self, grouping: Sums[K, M]) -> Mapping[K, M]:
        return await self.archive.rows(grouping, self.span)

    async def whole(self) -> Tally:
        pages = self.page_archive
        return pages.visits(self.units) if pages else (await self.rows(WHOLE)).get(0, Tally())

    async def visitors(self) -> Counted:
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
    """Register a function as a report; without ``many`` for one site and date, with ``below`` only for subtables."""

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


def visit_columns(tally: Tally, query: ReportQuery, *, goals: bool = True, text: bool = False) -> dict[str, Json]:
    """The columns of a row; ``text``: a day's database figures are text."""
    prefix = "" if query.daily else "sum_daily_"
    columns = {name if "nb_u" not in name else prefix + name: v for name, v in declared("visit row", tally).items()}
    if text and query.daily:
        columns |= {name: str(columns[name]) for name in _AS_TEXT}
    if goals and (reached := goal_columns(tally)):
        columns |= {"goals": reached, "nb_conversions": tally.conversions, "revenue": number(tally.revenue)}
    return columns | _processed(tally, query) | _goals_processed(tally, query)


def visit_figures(tally: Tally, query: ReportQuery) -> dict[str, Json]:
    visits = tally.visits
    return {
        **declared("visit figures", tally),
        "bounce_rate": rate(tally.bounces, visits, formatted=query.formatted),
        "nb_actions_per_visit": number(tally.actions / visits, 1) if visits else 0,
        "avg_time_on_site": round(tally.length / visits) if visits else 0,
    }


def _processed(tally: Tally, query: ReportQuery) -> dict[str, Json]:
    if query.call.params.get("filter_add_columns_when_show_all_columns", "0") in ("", "0"):
        return {}
    visits = max(1, tally.visits)
    return {
        "nb_actions_per_visit": number(tally.actions / visits, 1),
        "avg_time_on_site": round(tally.length / visits),
        "bounce_rate": tally.bounces / visits,
        "conversion_rate": tally.converted / visits,
    }


def _goals_processed(tally: Tally, query: ReportQuery) -> dict[str, Json]:
    """Additional columns for the view of goals: the rate of each goal, all figures of the requested one."""
    params = query.call.params
    if params.get("filter_update_columns_when_show_all_goals", "0") in ("", "0"):
        return {}
    visits, only = max(1, tally.visits), params.get("filter_show_goal_columns_process_goals", "")
    found: dict[str, Json] = {
        "conversion_rate": tally.converted / visits,
        "revenue_per_visit": number(tally.revenue / visits),
    }
    for goal, reached in tally.goals.items():
        found[f"goal_{goal}_conversion_rate"] = round(reached.count / visits, 4)
        if str(goal) == only:
            found[f"goal_{goal}_nb_conversions"] = reached.count
            found[f"goal_{goal}_revenue"] = number(reached.revenue)
            found[f"goal_{goal}_revenue_per_visit"] = number(reached.revenue / visits)
    return found


def goal_columns(tally: Tally) -> dict[str, Json]:
    """Conversions by goal: ``idgoal=1``, ``idgoal=ecommerceOrder``."""
    found: dict[str, Json] = {}
    for goal, reached in sorted(tally.goals.items(), key=lambda each: (not isinstance(each[0], str), str(each[0]))):
        columns = declared("goal figures", reached)
        if goal == ORDER:
            columns |= {**sale_columns(tally.sold), "items": tally.sold.items}
        if goal != CART:
            found[f"idgoal={goal}"] = columns
    return found


def sale_columns(sold: Sale) -> dict[str, Json]:
    return {f"revenue_{name}": number(getattr(sold, name)) for name in ("subtotal", "tax", "shipping", "discount")}


async def summary(query: ReportQuery) -> dict[str, Json]:
    """The row of ``VisitsSummary.get``. Ranges and years have no unique visitors."""
    figures = visit_figures(await query.whole(), query)
    if query.period.name in NOT_UNIQUE:
        return figures
    people, _, _ = await query.visitors()
    return {"nb_uniq_visitors": people.count, "nb_users": len(people.users)} | figures


def without_figures(figures: dict[str, Json], query: ReportQuery) -> dict[str, Json]:
    """The columns of a derived report: with ``showColumns`` only averages of nothing remain, as in Matomo."""
    if not query.call.params.get("showColumns"):
        return figures
    return {name: 0 for name in figures if name.startswith(("bounce_rate", "nb_actions_per_visit", "avg_time_on_site"))}
