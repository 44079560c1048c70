"""Levels that are loaded whole, to be ordered or searched here: Matomo would do something else without a word.

Its order looks for the column in the first row only. If that row has no conversion, it has neither conversions nor
revenue, and all rows come in the order of their visits. Its search looks at rows before they have the labels that it
sends: before both levels of some flat reports are joined, before fixed rows are named, and before the row of visits
without a keyword is. Fixed rows it also keeps in their own order, and cuts them by another; where it computes a rate to
sort by, it drops rows without visits.

One request loads the first ``MOST`` rows; pages are cut from its answer. In a longer level the rows behind them follow
in Matomo's own order, or are not searched, and :func:`limit_words` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from msgspec import structs

from matomo_tui.api.reports import ReportRow, ReportTable
from matomo_tui.reports import computed_metrics
from matomo_tui.reports.query import ReportRequest, Sort

MOST = 2000
"""Rows of a level that are ordered or searched here. Matomo itself keeps 500 to 1,000 rows of a level, if not set
otherwise."""

_JOINED_LATE = frozenset(
    {
        "BotTracking.getAIChatbotRequests",
        "Contents.getContentNames",
        "Contents.getContentPieces",
        "Referrers.getCampaigns",
    }
)
"""Reports whose flat rows Matomo searches before it joins the labels of both levels."""
_NAMED_LATE = frozenset({"Referrers.getKeywords", "Referrers.getKeywordsFromSearchEngineId"})
"""Levels with the row *Keyword not defined*, whose label is empty when Matomo searches."""
_OF_ALL_VALUES = frozenset({"DevicesDetection.getType"})
"""Reports that are not described as fixed rows, but have rows without visits too."""
_LABEL = "label"


class Part(NamedTuple):
    """Rows of a level, cut from an answer."""

    rows: tuple[ReportRow, ...]
    complete: bool
    """The level ends with these rows."""
    total: int | None = None
    """The number of rows of the level; ``None`` if the answer does not tell."""
    among: int | None = None
    """The number of rows that are ordered or searched, if the level has more."""


def is_sorted_here(request: ReportRequest) -> bool:
    """Returns True if Matomo does not order the rows as ``request`` wants."""
    sort, report = request.sorted_by, request.report
    if sort is None or report.is_single:
        return False
    if _is_fixed(request):
        return True
    if not request.path and report.method in _OF_ALL_VALUES and sort.column != _LABEL:
        return request.sort is not None
    return bool(report.goal_columns) and sort.column in computed_metrics.NONE_IS_ZERO


def is_searched_here(request: ReportRequest) -> bool:
    """Returns True if Matomo does not find all rows with the pattern of ``request``."""
    if not request.pattern:
        return False
    return _is_fixed(request) or request.method in (_JOINED_LATE if request.flat else _NAMED_LATE)


def is_whole(request: ReportRequest) -> bool:
    """Returns True if the level is loaded whole."""
    return _is_fixed(request) or is_sorted_here(request) or is_searched_here(request)


def is_ordered_last(request: ReportRequest) -> bool:
    """Returns True if all rows that match are put in order here, once all rows of the level were read."""
    return is_searched_here(request) and is_sorted_here(request)


def _is_fixed(request: ReportRequest) -> bool:
    report = request.report
    return report.constant_rows and not report.has_levels and not report.is_single


def sent(request: ReportRequest) -> ReportRequest:
    """The request to send for ``request``: without what is done here."""
    if is_searched_here(request):
        request = replace(request, pattern="")
    if not is_sorted_here(request):
        return request
    # Only Matomo knows the order of labels such as "1 page" and "0-10s".
    return replace(request, sort=Sort(_LABEL, ascending=True) if _is_by_label(request) else None)


def span(request: ReportRequest, offset: int, limit: int) -> tuple[int, int]:
    """The offset and number of rows to send a request for, to have ``limit`` rows from ``offset`` on."""
    if not is_whole(request) or (offset >= MOST and not is_searched_here(request)):
        return offset, limit
    return 0, MOST if offset else max(MOST, limit)


def part(request: ReportRequest, table: ReportTable, offset: int, limit: int) -> Part:
    """The rows wanted of ``table``, which is the answer for :func:`span`."""
    start, asked = span(request, offset, limit)
    # A server without paging sends all rows, which can be more than requested.
    is_end = table.single or len(table.rows) != asked
    if table.single or start or not is_whole(request):
        is_behind = start >= MOST and bool(table.rows) and not table.single and is_sorted_here(request)
        return Part(table.rows, is_end, among=MOST if is_behind else None)
    found = arranged(request, table.rows)
    total = len(found) if is_end or is_searched_here(request) else None
    is_last = total is not None and offset + limit >= total
    return Part(found[offset : offset + limit], is_last, total, None if is_end else asked)


def arranged(request: ReportRequest, rows: Sequence[ReportRow]) -> tuple[ReportRow, ...]:
    """``rows``, the first of a level, as ``request`` wants them."""
    return ordered(request, matching(request, rows))


def matching(request: ReportRequest, rows: Sequence[ReportRow]) -> tuple[ReportRow, ...]:
    """The rows of an answer that ``request`` searches for, if that is done here; else all."""
    return _matching(rows, request.pattern.casefold()) if is_searched_here(request) else tuple(rows)


def ordered(request: ReportRequest, rows: Sequence[ReportRow]) -> tuple[ReportRow, ...]:
    """``rows`` in the order of ``request``, if that is made here; else as they are."""
    return _ordered(request, rows) if is_sorted_here(request) else tuple(rows)


def limit_words(request: ReportRequest, among: int | None) -> str:
    """Says that not all rows are ordered or searched, if ``among`` is the number of those that are; else ``""``."""
    if among is None:
        return ""
    if is_searched_here(request):
        return f"only the first {among:,} rows are searched"
    main = request.report.main_column
    by = f" by {main.name}" if main is not None else ""
    return f"only the first {among:,} rows{by} are ordered"


def written_words(request: ReportRequest, rows: int) -> str:
    """As :func:`limit_words`, for the ``rows`` of a level that were all written one after the other."""
    is_cut = rows > MOST and is_sorted_here(request) and not is_ordered_last(request)
    return limit_words(request, MOST) if is_cut else ""


def _is_by_label(request: ReportRequest) -> bool:
    return request.sorted_by is not None and request.sorted_by.column == _LABEL


def _matching(rows: Sequence[ReportRow], wanted: str) -> tuple[ReportRow, ...]:
    """The rows with ``wanted`` in their label, or with such rows below them, of which they keep those alone."""
    found = []
    for row in rows:
        below = _matching(row.rows, wanted)
        if below or wanted in row.label.casefold():
            found.append(structs.replace(row, rows=below) if row.rows else row)
    return tuple(found)


def _ordered(request: ReportRequest, rows: Sequence[ReportRow]) -> tuple[ReportRow, ...]:
    sort = request.sorted_by
    if sort is None:
        return tuple(rows)
    if _is_by_label(request):
        return tuple(rows) if sort.ascending else tuple(reversed(rows))

    def figure(row: ReportRow) -> float:
        value = computed_metrics.value(row, sort.column)
        return value if isinstance(value, int | float) else 0

    # The sum of the rows that Matomo cut off stays last in any order.
    own = sorted((row for row in rows if not row.is_summary), key=figure, reverse=not sort.ascending)
    found = [*own, *(row for row in rows if row.is_summary)]
    return tuple(structs.replace(row, rows=_ordered(request, row.rows)) if row.rows else row for row in found)
