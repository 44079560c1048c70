"""Loads the rows of a report for printing, with those of the comparison period."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from matomo_tui.api.errors import BadRequest, MatomoError
from matomo_tui.api.reports import ReportRow
from matomo_tui.headless.choices import did_you_mean
from matomo_tui.reports.catalogue import Report, ReportColumn
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import ReportRequest
from matomo_tui.sanitize import sanitize

_PAGE = 1_000
_MOST_NAMED = 20


async def first_rows(loader: ReportLoader, request: ReportRequest, limit: int) -> ReportPage:
    """Return the first ``limit`` rows. Raises ``MatomoError``."""
    page = await loader.page(request, 0, limit)
    if page.before_error is not None:
        raise page.before_error
    return page


async def all_rows(loader: ReportLoader, request: ReportRequest) -> AsyncIterator[ReportPage]:
    """Yield all rows in pages that each begin at offset 0. With a comparison the rows of the earlier period are loaded
    first and kept in memory; without one only a page is. Raises ``MatomoError``."""
    before: dict[str, ReportRow] | None = None
    period = request.query.before
    if period is not None:
        if request.path:
            raise BadRequest("All rows below a row cannot be compared: leave out --all or --compare.")
        before = {}
        async for earlier in loader.rows(replace(request, query=request.query.at(period)), _PAGE):
            before |= {row.label: row for row in earlier}
    today = loader.today(request.query)
    async for rows in loader.rows(request, _PAGE):
        yield ReportPage(
            request,
            0,
            rows,
            complete=True,
            asked_at=0.0,
            growing=request.query.period.last >= today,
            single=request.report.is_single,
            before=before,
            before_complete=before is not None,
        )


async def open_rows(loader: ReportLoader, request: ReportRequest, labels: Sequence[str]) -> ReportRequest:
    """Return the request for the level below the rows with these ``labels``, from the first level down.

    Raises ``MatomoError``; ``BadRequest`` if a row does not exist or has no rows below it.
    """
    found = await loader.find_level(request, labels)
    if len(found.path) == len(labels):
        return found
    missing = labels[len(found.path)]
    try:
        page = await loader.page(replace(found, pattern=""))
        known = [sanitize(row.label, 60) for row in page.rows if row.subtable is not None]
    except MatomoError:
        known = []
    hint = did_you_mean(difflib.get_close_matches(missing, known, 5, 0.5))
    raise BadRequest(f"There is no row {sanitize(missing, 80)!r} with rows below it. {hint}".strip())


def columns_by_name(request: ReportRequest, english: Report) -> dict[str, ReportColumn]:
    """The columns of the request by their names in lower case, also by those of ``english``, the report in English:
    these mean the same column in every language."""
    by_key = {column.key: column for column in reversed(_all_columns(request))}
    named = [*_all_columns(replace(request, report=english)), *by_key.values()]
    return {column.name.casefold(): by_key[column.key] for column in reversed(named) if column.key in by_key}


def _all_columns(request: ReportRequest) -> list[ReportColumn]:
    return [*request.described, *request.report.goal_columns]


def find_columns(request: ReportRequest, names: Sequence[str], english: Report) -> tuple[ReportColumn, ...]:
    """Return the columns with these keys (``nb_visits``) or names (``Visits``), in any case, the names also as in
    ``english``, the report in English; without the ``label``, or the dimension (``Country``) that is its heading, with
    which every row begins.

    Raises ``BadRequest`` with suggestions for an unknown one, and for the label alone.
    """
    known = _all_columns(request)
    by_name = columns_by_name(request, english)
    figures = [name for name in names if not _is_label(request, name, english)]
    if names and not figures:
        raise BadRequest("Every row begins with its label: name a column of figures too.")
    found = []
    for name in figures:
        column = request.column(name) or by_name.get(name.casefold())
        if column is None:
            close = difflib.get_close_matches(name.casefold(), [*by_name, *(one.key for one in known)], 5, 0.5)
            some = close or [one.key for one in known[:8]]
            hint = did_you_mean([sanitize(one, 60) for one in some])
            raise BadRequest(f"The report has no column {sanitize(name, 60)!r}. {hint}".strip())
        found.append(column)
    return tuple(found)


def _is_label(request: ReportRequest, name: str, english: Report) -> bool:
    """Return True for ``label``, and for the heading of the labels on any level, unless a column has the same name."""
    word = name.casefold()
    if not word or word == "label" or word in columns_by_name(request, english):
        return word == "label"
    headings = (heading for report in (request.report, english) for heading in (report.dimension, report.sub_dimension))
    return word in map(str.casefold, headings)


def find_sort(request: ReportRequest, name: str, english: Report) -> str:
    """Return the key of the column to sort by: ``label``, also by its heading, or that of :func:`find_columns`.

    Raises ``BadRequest`` for an unknown column, and for one that Matomo would leave unsorted without a word.
    """
    if _is_label(request, name, english):
        return "label"
    (column,) = find_columns(request, [name], english)
    if not column.sortable:
        known = ", ".join(sanitize(one.key, 60) for one in request.described[:_MOST_NAMED] if one.key != "label")
        raise BadRequest(f"Matomo cannot sort this report by {sanitize(column.key, 60)}, only by label, {known}.")
    return column.key
