"""Levels that are loaded whole, to be ordered here: Matomo would order them by something else without a word.

Its order looks for the column in the first row only. If that row has no conversion, it has neither conversions nor
revenue, and all rows come in the order of their visits. One request loads the first ``MOST`` rows; pages are cut from
its answer. In a longer level the rows behind them follow in Matomo's own order, and :func:`limit_words` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from msgspec import structs

from matomo_tui.api.reports import ReportRow, ReportTable
from matomo_tui.reports import computed_metrics
from matomo_tui.reports.query import ReportRequest

MOST = 2000
"""Rows of a level that are ordered here. Matomo itself keeps 500 to 1,000 rows of a level, if not set otherwise."""


class Part(NamedTuple):
    """Rows of a level, cut from an answer."""

    rows: tuple[ReportRow, ...]
    complete: bool
    """The level ends with these rows."""
    total: int | None = None
    """The number of rows of the level; ``None`` if the answer does not tell."""
    among: int | None = None
    """The number of rows that are ordered, if the level has more."""


def is_sorted_here(request: ReportRequest) -> bool:
    """Returns True if Matomo does not order the rows as ``request`` wants."""
    sort, report = request.sorted_by, request.report
    if sort is None or report.is_single:
        return False
    return bool(report.goal_columns) and sort.column in computed_metrics.NONE_IS_ZERO


def is_whole(request: ReportRequest) -> bool:
    """Returns True if the level is loaded whole."""
    return is_sorted_here(request)


def sent(request: ReportRequest) -> ReportRequest:
    """The request to send for ``request``: without what is done here."""
    return replace(request, sort=None) if is_sorted_here(request) else request


def span(request: ReportRequest, offset: int, limit: int) -> tuple[int, int]:
    """The offset and number of rows to send a request for, to have ``limit`` rows from ``offset`` on."""
    if not is_whole(request) or offset >= MOST:
        return offset, limit
    return 0, MOST if offset else max(MOST, limit)


def part(request: ReportRequest, table: ReportTable, offset: int, limit: int) -> Part:
    """The rows wanted of ``table``, which is the answer for :func:`span`."""
    start, asked = span(request, offset, limit)
    # A server without paging sends all rows, which can be more than requested.
    is_end = table.single or len(table.rows) != asked
    if table.single or start or not is_whole(request):
        return Part(table.rows, is_end)
    found = arranged(request, table.rows)
    total = len(found) if is_end else None
    is_last = total is not None and offset + limit >= total
    return Part(found[offset : offset + limit], is_last, total, None if is_end else asked)


def arranged(request: ReportRequest, rows: Sequence[ReportRow], *, are_first: bool = True) -> tuple[ReportRow, ...]:
    """``rows`` of an answer as ``request`` wants them. Only the first rows of a level are ordered (``are_first``)."""
    return _ordered(request, rows) if are_first and is_sorted_here(request) else tuple(rows)


def limit_words(request: ReportRequest, among: int | None) -> str:
    """Says that not all rows are ordered, if ``among`` is the number of those that are; else ``""``."""
    if among is None:
        return ""
    main = request.report.main_column
    by = f" by {main.name}" if main is not None else ""
    return f"only the first {among:,} rows{by} are ordered"


def written_words(request: ReportRequest, rows: int) -> str:
    """As :func:`limit_words`, for the ``rows`` of a level that were all written one after the other."""
    return limit_words(request, MOST) if is_whole(request) and rows > MOST else ""


def _ordered(request: ReportRequest, rows: Sequence[ReportRow]) -> tuple[ReportRow, ...]:
    sort = request.sorted_by
    if sort is None:
        return tuple(rows)

    def figure(row: ReportRow) -> float:
        value = computed_metrics.value(row, sort.column)
        return value if isinstance(value, int | float) else 0

    # The sum of the rows that Matomo cut off stays last in any order.
    own = sorted((row for row in rows if not row.is_summary), key=figure, reverse=not sort.ascending)
    found = [*own, *(row for row in rows if row.is_summary)]
    return tuple(structs.replace(row, rows=_ordered(request, row.rows)) if row.rows else row for row in found)
