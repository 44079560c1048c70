"""Matomo's VisitTime, VisitFrequency and VisitorInterest modules: times, lengths and frequency of visits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_visit import NEW, Grouping, Key, Tally
from matomo_tui.demo.engine.columns import zone_offset
from matomo_tui.demo.periods import epoch
from matomo_tui.demo.reports.reporting import NOT_UNIQUE, ReportQuery, report, single
from matomo_tui.demo.reports.rows import Shape, TableRow
from matomo_tui.demo.reports.visit_columns import visit_columns, visit_figures

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
    """A row for each number below ``count``; empty if there are no visits at all."""
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
            # These rows are sums over days, but without the prefix of such columns.
            columns = {name.removeprefix("sum_daily_"): value for name, value in columns.items()}
        rows.append(TableRow(label, columns, meta))
    return rows


@report("VisitTime.getVisitInformationPerLocalTime", _AS_IT_IS)
async def per_local_time(query: ReportQuery) -> list[TableRow]:
    return _each_of(
        await query.visits_by(_LOCAL_HOUR),
        24,
        query,
        lambda hour: (f"{hour:02d}", {"segment": f"visitLocalHour=={hour}"}),
    )


@report("VisitTime.getVisitInformationPerServerTime", _AS_IT_IS)
async def per_server_time(query: ReportQuery) -> list[TableRow]:
    """Visits by hour of the site's clock; the segments of its rows use the server's hour, in UTC."""
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
    """Visits by day of the week; for periods longer than a day."""
    days = await query.visits_by(_WEEKDAY)
    return _each_of(days, 7, query, lambda day: (_DAYS[day], {"day_of_week": day + 1}), summed=True)


async def frequency(query: ReportQuery) -> dict[str, Json]:
    """New and returning visits, each with all columns of a summary."""
    halves = await query.visits_by(NEW)
    _, new, returning = await query.visitors()
    figures: dict[str, Json] = {}
    for suffix, fresh, people in (("_new", True, new), ("_returning", False, returning)):
        half = halves.get(fresh, Tally())
        if query.period.name not in NOT_UNIQUE:
            figures[f"nb_uniq_visitors{suffix}"] = people.count
            figures[f"nb_users{suffix}"] = len(people.users)
        figures |= {f"{name}{suffix}": value for name, value in visit_figures(half, query).items()}
    return figures


@single("VisitFrequency.get")
async def frequency_report(query: ReportQuery) -> dict[str, Json]:
    """The same, except with ``showColumns``: Matomo passes it on to the underlying report, which has none of these
    columns.
    """
    return without_figures(await frequency(query), query)


def without_figures(figures: dict[str, Json], query: ReportQuery) -> dict[str, Json]:
    """The remains of a derived report under ``showColumns``: averages of nothing, which are 0."""
    if not query.ask.params.get("showColumns"):
        return figures
    return {name: 0 for name in figures if name.startswith(("bounce_rate", "nb_actions_per_visit", "avg_time_on_site"))}


_LENGTHS = (0, 11, 31, 61, 121, 241, 421, 601, 901, 1801)
_LENGTH_NAMES: tuple[str, ...] = ("0–10s", "11–30s", "31–60s", "1-2 min", "2-4 min", "4-7 min", "7-10 min", "10-15 min")
_LENGTH_NAMES += ("15-30 min", "30+ min")
_PAGES = (1, 2, 3, 4, 5, 6, 8, 11, 15, 21)
_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 26, 51, 101, 201)
_GAPS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 31, 61, 121, 365)


def ranges(starts: Sequence[int], unit: str) -> list[str]:
    """Matomo's names of the ranges that begin at ``starts``: ``2 visits``, ``9-14 visits``, ``101+ visits``."""
    names = []
    for index, start in enumerate(starts):
        if index == len(starts) - 1:
            names.append(f"{start}+ {unit}s")
        elif starts[index + 1] == start + 1:
            names.append(f"{start} {unit}" + ("" if start == 1 else "s"))
        else:
            names.append(f"{start}-{starts[index + 1] - 1} {unit}s")
    return names


def within(starts: Sequence[int], number: int) -> int:
    """The index of the range that contains ``number``."""
    return max(0, bisect_right(starts, number) - 1)


_BY_LENGTH = Grouping("visit length", columns.JOURNEY, lambda facts: within(_LENGTHS, facts.length))
_BY_PAGES = Grouping("pages of a visit", columns.JOURNEY, lambda facts: within(_PAGES, facts.actions))
_BY_COUNT = Grouping("visit count", columns.VISITS_BEFORE, lambda before: within(_COUNTS, before + 1))
_BY_GAP = Grouping("days since last", columns.DAYS_SINCE_LAST, lambda days: within(_GAPS, days))


def _segment(dimension: str, starts: Sequence[int], index: int) -> str:
    if index == len(starts) - 1:
        return f"{dimension}>={starts[index]}"
    # Matomo rounds minutes down here, so a visit of exactly one minute is in two ranges.
    first = starts[index] - 1 if dimension == "visitDuration" and starts[index] > 31 else starts[index]
    last = starts[index + 1] - 1
    return f"{dimension}=={first}" if first == last else f"{dimension}>={first};{dimension}<={last}"


async def _counted(
    query: ReportQuery, grouping: Grouping, names: Sequence[str], segments: Sequence[str]
) -> list[TableRow]:
    tallies = await query.visits_by(grouping)
    if not tallies:
        return []
    rows = []
    for index, name in enumerate(names):
        visits = tallies.get(index, Tally()).visits
        columns: dict[str, Json] = {"nb_visits": str(visits) if query.daily else visits}
        rows.append(TableRow(name, columns, {"segment": segments[index]} if segments else {}))
    return rows


@report("VisitorInterest.getNumberOfVisitsPerVisitDuration", _AS_IT_IS)
async def per_visit_duration(query: ReportQuery) -> list[TableRow]:
    segments = [_segment("visitDuration", _LENGTHS, index) for index in range(len(_LENGTHS))]
    return await _counted(query, _BY_LENGTH, _LENGTH_NAMES, segments)


@report("VisitorInterest.getNumberOfVisitsPerPage", _AS_IT_IS)
async def per_page(query: ReportQuery) -> list[TableRow]:
    segments = [_segment("actions", _PAGES, index) for index in range(len(_PAGES))]
    return await _counted(query, _BY_PAGES, ranges(_PAGES, "page"), segments)


@report("VisitorInterest.getNumberOfVisitsByVisitCount", _AS_IT_IS)
async def by_visit_count(query: ReportQuery) -> list[TableRow]:
    segments = [_segment("visitCount", _COUNTS, index) for index in range(len(_COUNTS))]
    rows = await _counted(query, _BY_COUNT, ranges(_COUNTS, "visit"), segments)
    every = max(1, sum(int(row.columns["nb_visits"]) for row in rows))
    for row in rows:
        row.columns["nb_visits_percentage"] = int(row.columns["nb_visits"]) / every
    return rows


@report("VisitorInterest.getNumberOfVisitsByDaysSinceLast", _AS_IT_IS)
async def by_days_since_last(query: ReportQuery) -> list[TableRow]:
    return await _counted(query, _BY_GAP, ranges(_GAPS, "day"), ())
