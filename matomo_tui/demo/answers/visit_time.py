"""Matomo's VisitTime and VisitFrequency modules: when visitors come, and whether they come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.accumulators import Key, Tally
from matomo_tui.demo.engine.by_visit import NEW, Grouping
from matomo_tui.demo.engine.columns import zone_offset
from matomo_tui.demo.number_formats import number, rate
from matomo_tui.demo.periods import epoch
from matomo_tui.demo.reports.reporting import NOT_UNIQUE, ReportQuery, report, single
from matomo_tui.demo.reports.rows import Shape, TableRow
from matomo_tui.demo.reports.visit_columns import visit_columns

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_AS_IT_IS = Shape(sort="")
_LOCAL_HOUR, _SITE_HOUR, _WEEKDAY = (
    Grouping(column.name, column) for column in (columns.LOCAL_HOUR, columns.SITE_HOUR, columns.WEEKDAY)
)


def _each_of(
    tallies: Mapping[Key, Tally],
    count: int,
    query: ReportQuery,
    describe: Callable[[int], tuple[str, dict[str, Json]]],
    *,
    goals: bool = False,
    summed: bool = False,
) -> list[TableRow]:
    """A row for each number up to ``count``, nothing where nobody came at all."""
    if not tallies:
        return []
    rows = []
    for code in range(count):
        label, meta = describe(code)
        tally = tallies.get(code)
        columns: dict[str, Json] = {"nb_visits": 0}
        if tally is not None:
            columns = visit_columns(tally, query, goals=goals, text=True)
        if summed:
            # These rows are days put together: what each of them counted is added under its own name.
            columns = {name.removeprefix("sum_daily_"): value for name, value in columns.items()}
        rows.append(TableRow(label, columns, meta))
    return rows


@report("VisitTime.getVisitInformationPerLocalTime", _AS_IT_IS)
async def per_local_time(query: ReportQuery) -> list[TableRow]:
    """Visits by the hour on the visitor's clock."""
    return _each_of(
        await query.visits_by(_LOCAL_HOUR),
        24,
        query,
        lambda hour: (f"{hour:02d}", {"segment": f"visitLocalHour=={hour}"}),
    )


@report("VisitTime.getVisitInformationPerServerTime", _AS_IT_IS)
async def per_server_time(query: ReportQuery) -> list[TableRow]:
    """Visits by the hour on the site's clock; a segment is of the server's, which goes by UTC."""
    ahead = zone_offset(query.site.timezone, epoch(query.period.first, query.site.timezone)) // 3600
    return _each_of(
        await query.visits_by(_SITE_HOUR),
        24,
        query,
        lambda hour: (f"{hour:02d}", {"segment": f"visitStartServerHour=={(hour - ahead) % 24}"}),
        goals=True,
    )


@report("VisitTime.getByDayOfWeek", _AS_IT_IS)
async def by_day_of_week(query: ReportQuery) -> list[TableRow]:
    """Visits by the day of the week, of a longer time."""
    days = await query.visits_by(_WEEKDAY)
    return _each_of(days, 7, query, lambda day: (_DAYS[day], {"day_of_week": day + 1}), summed=True)


async def frequency(query: ReportQuery) -> dict[str, Json]:
    """New and returning visits, each with everything that a summary has."""
    halves = await query.visits_by(NEW)
    _, new, returning = await query.visitors()
    figures: dict[str, Json] = {}
    for suffix, fresh, people in (("_new", True, new), ("_returning", False, returning)):
        half = halves.get(fresh, Tally())
        if query.period.name not in NOT_UNIQUE:
            figures[f"nb_uniq_visitors{suffix}"] = people.count
            figures[f"nb_users{suffix}"] = len(people.users)
        figures |= {
            f"nb_visits{suffix}": half.visits,
            f"nb_actions{suffix}": half.actions,
            f"nb_visits_converted{suffix}": half.converted,
            f"bounce_count{suffix}": half.bounces,
            f"sum_visit_length{suffix}": half.length,
            f"max_actions{suffix}": half.longest,
            f"bounce_rate{suffix}": rate(half.bounces, half.visits, formatted=query.formatted),
            f"nb_actions_per_visit{suffix}": number(half.actions / half.visits, 1) if half.visits else 0,
            f"avg_time_on_site{suffix}": round(half.length / half.visits) if half.visits else 0,
        }
    return figures


@single("VisitFrequency.get")
async def told_frequency(query: ReportQuery) -> dict[str, Json]:
    """The same, unless columns are chosen: another report is asked for the figures, and that one has none of them."""
    return without_figures(await frequency(query), query)


def without_figures(figures: dict[str, Json], query: ReportQuery) -> dict[str, Json]:
    """Under ``showColumns`` what is left of a report that asks another: averages of nothing, which are 0."""
    if not query.ask.params.get("showColumns"):
        return figures
    return {name: 0 for name in figures if name.startswith(("bounce_rate", "nb_actions_per_visit", "avg_time_on_site"))}
