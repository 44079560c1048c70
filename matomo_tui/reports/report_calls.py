"""Builds the API calls of a report request, including the comparison period."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from msgspec import structs

from matomo_tui.api import reports
from matomo_tui.api.calls import Call
from matomo_tui.api.reports import ReportTable
from matomo_tui.api.row_evolution import RowEvolution, get_row_evolution
from matomo_tui.reports import computed_metrics, whole_levels
from matomo_tui.reports.periods import Evolution, Period
from matomo_tui.reports.query import Comparison, OpenedRow, ReportRequest
from matomo_tui.reports.request_queue import CallKey

TIMEOUT = 120.0
"""Timeout of a report in seconds."""

_EARLIER = (500, 2000)
_FLAT_BY_LEVELS = frozenset(
    {"Contents.getContentNames", "Contents.getContentPieces", "Referrers.getCampaigns", "Referrers.getKeywords"}
)
"""Reports whose flat rows ``API.getRowEvolution`` does not find by their label, but by the labels of both levels."""
_JOINT = " - "
_MOST_JOINTS = 4
_NO_KEYWORD = "Keyword not defined"
"""The label of a row of keywords whose part in a flat row is empty."""


def rows_call(
    request: ReportRequest,
    period: Period,
    offset: int,
    limit: int,
    columns: Sequence[str] = (),
    *,
    whole: bool = False,
) -> Call[ReportTable]:
    """The call for rows of one level in ``period``, as Matomo is to send them, with ``columns`` in place of those
    shown, or with all columns (``whole``)."""
    shown, has_below, request = columns or _columns(request), request.searches_levels, whole_levels.sent(request)
    query, sort = request.query, request.sorted_by
    params, has_goals = request.parameters, bool(request.report.goal_columns)
    if sort is not None and request.sort is not None:
        column = request.column(sort.column)
        goal = column.goal if column is not None else ""
        added = computed_metrics.sort_params(sort.column, goal, has_goals=has_goals)
        params |= added
        # Where Matomo adds columns, it drops rows that do not send their visits.
        shown = (*shown, "nb_visits") if added and shown else shown
    return reports.table(
        request.method,
        site_id=query.site.id,
        period=period.kind,
        date=period.api_date,
        segment=query.segment,
        params=params,
        subtable=request.path[-1].subtable if request.path else None,
        flat=request.flat,
        expanded=has_below,
        limit=limit,
        offset=offset,
        sort=sort.column if sort is not None else "",
        ascending=sort is not None and sort.ascending,
        pattern=request.pattern,
        recursive=has_below,
        # Single-row reports may call another report, whose figures a choice of columns would drop.
        columns=() if whole or request.report.is_single else shown,
        timeout=TIMEOUT,
    )


def page_calls(request: ReportRequest, offset: int, limit: int) -> list[Call[ReportTable]]:
    """The call for the rows of a page, and with a comparison the call for the rows of the earlier period."""
    query = request.query
    calls = [rows_call(request, query.period, *whole_levels.span(request, offset, limit))]
    before = query.before
    if before is not None and all(step.before for step in request.path):
        earlier = replace(request, path=tuple(_step_before(step) for step in request.path))
        calls.append(rows_call(earlier, before, 0, earlier_rows(request, offset, limit)))
    return calls


class RowEvolutionCall(NamedTuple):
    """A call for rows over time."""

    call: Call[RowEvolution]
    rows: tuple[int, ...]
    """The indices of the rows asked for. Several calls for one row ask by different labels: the one that has figures
    answers."""


def row_evolution_calls(
    request: ReportRequest, evolution: Evolution, paths: Sequence[Sequence[str]], column: str
) -> list[RowEvolutionCall]:
    """The calls for ``column`` of the rows at ``paths``: one for all rows, or where Matomo does not compare rows (by
    metrics of goals), or does not know flat ones by their label, one or more for each."""
    goal = computed_metrics.goal_over_time(column, has_goals=bool(request.report.goal_columns))
    by_levels = request.flat and request.report.method in _FLAT_BY_LEVELS
    groups: list[tuple[tuple[int, ...], list[Sequence[str]], bool]] = []
    if by_levels:
        for row, path in enumerate(paths):
            levels = _levels(path[-1])
            groups += [((row,), [each], False) for each in levels] or [((row,), [path], True)]
    elif goal:
        groups = [((row,), [path], request.flat) for row, path in enumerate(paths)]
    else:
        groups = [(tuple(range(len(paths))), list(paths), request.flat)]
    query, report = request.query, request.report
    return [
        RowEvolutionCall(
            replace(
                get_row_evolution(
                    report.module,
                    report.action,
                    labels,
                    site_id=query.site.id,
                    period=evolution.kind,
                    date=evolution.api_date,
                    segment=query.segment,
                    column=column if len(labels) > 1 else "",
                    params=request.parameters,
                    flat=flat,
                    goal=goal,
                ),
                timeout=TIMEOUT,
            ),
            rows,
        )
        for rows, labels, flat in groups
    ]


def _levels(label: str) -> list[tuple[str, str]]:
    """The labels of both levels that may have made up the label of a flat row."""
    ends = [match.start() for match in re.finditer(re.escape(_JOINT), label)][:_MOST_JOINTS]
    return [(label[:end] or _NO_KEYWORD, label[end + len(_JOINT) :]) for end in ends]


def earlier_rows(request: ReportRequest, offset: int, limit: int) -> int:
    """The number of rows to load of the comparison period. Rows change places, so it is more than a page; all rows of a
    long report would cost more than they are worth."""
    if request.report.is_single:
        return limit
    if whole_levels.is_whole(request):
        return whole_levels.MOST
    wanted = 2 * (offset + limit)
    return next((most for most in _EARLIER if wanted <= most), _EARLIER[-1])


def alone(request: ReportRequest) -> ReportRequest:
    """``request`` without a comparison."""
    return replace(request, query=request.query.compared(Comparison.NONE))


def unordered(request: ReportRequest) -> ReportRequest:
    """``request`` without order, columns and comparison: equal for requests of the same rows."""
    return replace(alone(request), sort=None, columns=())


def is_of(request: ReportRequest, key: CallKey) -> bool:
    """Returns True if the call ``key`` loads rows of the request's report and query, of any level and order."""
    report, query = request.report, request.query
    method, params = key
    wanted = {**dict(report.parameters), "idSite": str(query.site.id)}
    wanted |= {"period": query.period.kind, "date": query.period.api_date, "segment": query.segment}
    asked = {"segment": "", **dict(params)}
    return method in (report.method, report.sub_method, request.method) and all(
        asked.get(name) == wanted[name] for name in wanted
    )


def _step_before(step: OpenedRow) -> OpenedRow:
    return structs.replace(step, subtable=step.before) if step.before else step


def _columns(request: ReportRequest) -> tuple[str, ...]:
    """The columns to request: those shown and those needed to compute them."""
    keys = [column.key for column in request.shown_columns]
    if not keys:
        return ()
    sort = request.sorted_by
    return computed_metrics.needed([*keys, *([sort.column] if sort is not None else [])])
