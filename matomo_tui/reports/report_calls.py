"""Builds the API calls of a report request, including the comparison period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from msgspec import structs

from matomo_tui.api import reports
from matomo_tui.api.calls import Call
from matomo_tui.api.reports import ReportTable
from matomo_tui.api.row_evolution import RowEvolution, get_row_evolution
from matomo_tui.reports import computed_metrics
from matomo_tui.reports.periods import Evolution, Period
from matomo_tui.reports.query import Comparison, OpenedRow, ReportRequest
from matomo_tui.reports.request_queue import CallKey

TIMEOUT = 120.0
"""Timeout of a report in seconds."""

_EARLIER = (500, 2000)


def rows_call(
    request: ReportRequest,
    period: Period,
    offset: int,
    limit: int,
    columns: Sequence[str] = (),
    *,
    whole: bool = False,
) -> Call[ReportTable]:
    """The call for rows of one level in ``period``, with ``columns`` in place of those shown, or with all columns
    (``whole``)."""
    query, sort = request.query, request.sorted_by
    params, has_goals = request.parameters, bool(request.report.goal_columns)
    if sort is not None and request.sort is not None:
        column = request.column(sort.column)
        goal = column.goal if column is not None else ""
        params |= computed_metrics.sort_params(sort.column, goal, has_goals=has_goals)
    sorted_by = sort.column if sort is not None else ""
    return reports.table(
        request.method,
        site_id=query.site.id,
        period=period.kind,
        date=period.api_date,
        segment=query.segment,
        params=params,
        subtable=request.path[-1].subtable if request.path else None,
        flat=request.flat,
        limit=limit,
        offset=offset,
        sort=computed_metrics.sort_name(sorted_by, has_goals=has_goals, flat=request.flat),
        ascending=sort is not None and sort.ascending,
        pattern=request.pattern,
        recursive=request.searches_levels,
        # Single-row reports may call another report, whose figures a choice of columns would drop.
        columns=() if whole or request.report.is_single else columns or _columns(request),
        timeout=TIMEOUT,
    )


def page_calls(request: ReportRequest, offset: int, limit: int) -> list[Call[ReportTable]]:
    """The call for the rows of a page, and with a comparison the call for the rows of the earlier period."""
    query = request.query
    calls = [rows_call(request, query.period, offset, limit)]
    before = query.before
    if before is not None and all(step.before for step in request.path):
        earlier = replace(request, path=tuple(_step_before(step) for step in request.path))
        calls.append(rows_call(earlier, before, 0, earlier_rows(request, offset, limit)))
    return calls


def row_evolution_calls(
    request: ReportRequest, evolution: Evolution, paths: Sequence[Sequence[str]], column: str
) -> list[Call[RowEvolution]]:
    """The calls for ``column`` of the rows at ``paths``: one for all rows, or one for each where Matomo compares rows
    only by metrics of their own, and not by those of goals."""
    query, report = request.query, request.report
    goal = computed_metrics.goal_over_time(column, has_goals=bool(report.goal_columns))
    groups = [[path] for path in paths] if goal else [paths]
    return [
        replace(
            get_row_evolution(
                report.module,
                report.action,
                group,
                site_id=query.site.id,
                period=evolution.kind,
                date=evolution.api_date,
                segment=query.segment,
                column=column if len(group) > 1 else "",
                params=request.parameters,
                flat=request.flat,
                goal=goal,
            ),
            timeout=TIMEOUT,
        )
        for group in groups
    ]


def earlier_rows(request: ReportRequest, offset: int, limit: int) -> int:
    """The number of rows to load of the comparison period. Rows change places, so it is more than a page; all rows of a
    long report would cost more than they are worth."""
    if request.report.is_single:
        return limit
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
