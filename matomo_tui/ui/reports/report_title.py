"""The title of a report table: row count, freshness and failures."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports import computed_metrics, event_names
from matomo_tui.reports.column_sets import set_name
from matomo_tui.reports.empty_reason import Emptiness
from matomo_tui.reports.lines import absence, label_text
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.reports.whole_levels import limit_words
from matomo_tui.ui.reports.report_columns import LABEL
from matomo_tui.ui.widgets.async_pane import first_sentence, not_renewed

UNKNOWN = "?"
"""Shown in place of a change whose earlier value is unknown."""

_LONGEST_LABEL = 40


def table_name(request: ReportRequest) -> str:
    """The name of a table: its report, or the open row with the dimension below it: ``Video by Event Action``,
    ``docs in Page URLs``. The third names of an event come from all its first names, and the name says so."""
    report = request.report
    if not request.path:
        return report.name
    label = label_text(request.path[-1].label, _LONGEST_LABEL)
    name = f"{label} in {report.name}" if report.recursive else f"{label} by {request.dimension}"
    outer = event_names.FIRST.get(request.origin.report.method, "") if request.origin is not None else ""
    return f"{name}, in all {_EVENT_PLURALS[outer]}" if outer else name


_EVENT_PLURALS = {"eventCategory": "categories", "eventAction": "actions", "eventName": "names"}


class Failures(Struct, frozen=True):
    """What failed while rows are shown."""

    part: MatomoError | None = None
    """A page or a level of the table."""
    renewal: MatomoError | None = None
    """The last reload: the rows are of an earlier answer."""
    comparison: MatomoError | None = None
    """The comparison period."""


def details(
    table: TableModel, page: ReportPage, marked: Collection[object], failures: Failures, in_view: Collection[str]
) -> tuple[str, ...]:
    """The details in the title of ``table``, most important first; the last ones are dropped if there is no room.

    ``page`` is the table's first page, ``in_view`` the keys of the columns that have room.
    """
    found = []
    if failures.renewal is not None:
        found.append(not_renewed(failures.renewal))
    if failures.part is not None:
        found.append(f"incomplete: {first_sentence(failures.part)}")
    if failures.comparison is not None:
        found.append(not_compared(failures.comparison))
    request = table.request
    if chosen := set_name(request.report, request.columns):
        found.append(chosen)
    found.append(rows_words(table, len(marked)))
    if words := limit_words(request, page.among):
        found.append(words)
    found += _compared(table, page)
    found += _columns(table, page, in_view)
    return tuple(found)


def not_compared(error: MatomoError) -> str:
    """Why there is no comparison."""
    return f"comparison failed: {first_sentence(error)}"


def so_far(page: ReportPage) -> str:
    """Warns that a period that is not over is compared with another one, or another one with it."""
    query = page.request.query
    if page.before_growing and query.before is not None:
        return f"{'so far, ' if page.growing else ''}beside a {query.before.kind} that is not over"
    return f"so far, beside a whole {query.period.kind}"


def compared_with(page: ReportPage) -> str:
    """``vs`` the comparison period; ``""`` without a comparison."""
    before = page.request.query.before
    if before is None:
        return ""
    return f"vs {before.label()}{', not over yet' if page.before_growing else ''}"


def _compared(table: TableModel, page: ReportPage) -> list[str]:
    """What the reader has to know about the changes."""
    before = page.request.query.before
    if before is None:
        return []
    found = [so_far(page)] if page.any_growing else []
    if page.rows and page.before == {} and page.before_complete:
        found.append(f"nothing in {before.label()}")
    if (most := table.looked_through) is not None:
        found.append(f"{UNKNOWN} not among the first {most:,} of {before.label()}")
    return found


def _columns(table: TableModel, page: ReportPage, in_view: Collection[str]) -> list[str]:
    """Why a column has no figures, and how many columns have no room."""
    if not page.rows:
        return []
    keys = [column.key for column in table.columns if column.key != LABEL]
    period = page.request.query.period
    reasons = (absence(key, period) for key in keys if not _has_figures(page, key))
    found = [why.removesuffix(".") for why in reasons if why][:1]
    hidden = len({column.key for column in table.filled_columns}.difference(in_view))
    if hidden and in_view:
        found.append(f"+{hidden} column{'' if hidden == 1 else 's'} (m)")
    return found


def _has_figures(page: ReportPage, key: str) -> bool:
    return any(computed_metrics.value(row, key) is not None for row in page.rows)


def rows_words(table: TableModel, marked: int) -> str:
    """``100 of 2,500 rows``, with the search text and the number of marked rows."""
    loaded, total = table.loaded, table.total
    if table.is_filtered:
        return f"{len(table):,} of the {loaded:,} loaded rows"
    found = f", {marked} marked" if marked else ""
    if matches := table.matches:
        least = "" if total is not None and loaded >= total else "at least "
        return (
            f'{least}{matches:,} match{"" if matches == 1 else "es"} for "{table.request.pattern}" in all levels{found}'
        )
    if table.request.pattern:
        found = f' with "{table.request.pattern}"{found}'
    if total is not None and loaded >= total:
        return f"{total:,} row{'' if total == 1 else 's'}{found}"
    return f"{loaded:,} of {f'{total:,}' if total is not None else 'more'} rows{found}"


def empty_sentence(nothing: Emptiness, request: ReportRequest) -> str:
    """Why there are no rows. A site that does not track searches has its own sentence."""
    if "SiteSearch" in request.report.action and not request.query.site.sitesearch:
        return "Site search is off for this site: Matomo records no searches."
    return nothing.value
