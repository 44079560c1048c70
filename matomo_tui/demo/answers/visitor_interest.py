"""Matomo's VisitorInterest module: visits by their length, their number of pages, and earlier visits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.accumulators import Tally
from matomo_tui.demo.engine.by_visit import Grouping
from matomo_tui.demo.reports.reporting import ReportQuery, report
from matomo_tui.demo.reports.rows import Shape, TableRow

_AS_IT_IS = Shape(sort="")

_LENGTHS = (0, 11, 31, 61, 121, 241, 421, 601, 901, 1801)
_LENGTH_NAMES: tuple[str, ...] = ("0–10s", "11–30s", "31–60s", "1-2 min", "2-4 min", "4-7 min", "7-10 min", "10-15 min")
_LENGTH_NAMES += ("15-30 min", "30+ min")
_PAGES = (1, 2, 3, 4, 5, 6, 8, 11, 15, 21)
_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 26, 51, 101, 201)
_GAPS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 31, 61, 121, 365)


def ranges(starts: Sequence[int], unit: str) -> list[str]:
    """What Matomo calls the ranges that begin at ``starts``: ``2 visits``, ``9-14 visits``, ``101+ visits``."""
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
    """In which of the ranges a number is."""
    return max(0, bisect_right(starts, number) - 1)


_BY_LENGTH = Grouping("visit length", columns.JOURNEY, lambda facts: within(_LENGTHS, facts.length))
_BY_PAGES = Grouping("pages of a visit", columns.JOURNEY, lambda facts: within(_PAGES, facts.actions))
_BY_COUNT = Grouping("visit count", columns.VISITS_BEFORE, lambda before: within(_COUNTS, before + 1))
_BY_GAP = Grouping("days since last", columns.DAYS_SINCE_LAST, lambda days: within(_GAPS, days))


def _segment(dimension: str, starts: Sequence[int], index: int) -> str:
    if index == len(starts) - 1:
        return f"{dimension}>={starts[index]}"
    # Matomo rounds minutes down here, so that a visit of exactly a minute is in two of them.
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
    """Visits by how long they were."""
    segments = [_segment("visitDuration", _LENGTHS, index) for index in range(len(_LENGTHS))]
    return await _counted(query, _BY_LENGTH, _LENGTH_NAMES, segments)


@report("VisitorInterest.getNumberOfVisitsPerPage", _AS_IT_IS)
async def per_page(query: ReportQuery) -> list[TableRow]:
    """Visits by how many actions they had."""
    segments = [_segment("actions", _PAGES, index) for index in range(len(_PAGES))]
    return await _counted(query, _BY_PAGES, ranges(_PAGES, "page"), segments)


@report("VisitorInterest.getNumberOfVisitsByVisitCount", _AS_IT_IS)
async def by_visit_count(query: ReportQuery) -> list[TableRow]:
    """Visits by which of the visitor's they were."""
    segments = [_segment("visitCount", _COUNTS, index) for index in range(len(_COUNTS))]
    rows = await _counted(query, _BY_COUNT, ranges(_COUNTS, "visit"), segments)
    every = max(1, sum(int(row.columns["nb_visits"]) for row in rows))
    for row in rows:
        row.columns["nb_visits_percentage"] = int(row.columns["nb_visits"]) / every
    return rows


@report("VisitorInterest.getNumberOfVisitsByDaysSinceLast", _AS_IT_IS)
async def by_days_since_last(query: ReportQuery) -> list[TableRow]:
    """Visits by how many days after the one before."""
    return await _counted(query, _BY_GAP, ranges(_GAPS, "day"), ())
