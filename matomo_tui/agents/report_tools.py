"""Tools for reports: the list of reports, and any report by its name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from msgspec import Meta

from matomo_tui.agents.answers import AnswerColumn, FigureRow, Listing, ReportAnswer, ReportEntry, Value
from matomo_tui.agents.grants import Decision
from matomo_tui.agents.selection import SelectionArguments, decide_segment, query_of
from matomo_tui.agents.tool import PagedArguments, Tool, ToolContext, page_of, sentences
from matomo_tui.api.errors import BadRequest
from matomo_tui.api.reports import ReportRow
from matomo_tui.config.agent_settings import Capability
from matomo_tui.headless.choices import ChosenReport, choose_report
from matomo_tui.headless.report_query import COMPARISONS
from matomo_tui.headless.report_rows import columns_by_name
from matomo_tui.reports import computed_metrics
from matomo_tui.reports.catalogue import Report, ReportColumn
from matomo_tui.reports.lines import label_text
from matomo_tui.reports.names import undescribed
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import Comparison, ReportRequest, Sort
from matomo_tui.reports.whole_levels import limit_words

LISTED_AGAIN_AFTER = 30.0
"""Seconds after which the list of reports is loaded again for a report that it does not have."""
_MOST_NAMES = 5
_MOST_COLUMNS = 40
_SEARCHED = "Searched on all levels: each label has those of the rows above it."

_CAPABILITY_OF_MODULE: Mapping[str, Capability] = {
    "Actions": "pages",
    "PagePerformance": "pages",
    "Contents": "pages",
    "Transitions": "pages",
    "Referrers": "referrers",
    "Goals": "goals",
    "Ecommerce": "goals",
    "Events": "events",
    "MultiSites": "sites",
}
_CAPABILITY_OF_CATEGORY: Mapping[str, Capability] = {
    "actions": "pages",
    "behaviour": "pages",
    "behavior": "pages",
    "referrers": "referrers",
    "acquisition": "referrers",
    "goals": "goals",
    "ecommerce": "goals",
    "events": "events",
}
_OF_GOALS = re.compile(r"conver|revenue|(?:^|_)orders?(?:_|$)|abandoned_carts")
"""Keys of columns that need the grant for goals, in the reports of any area."""
_OF_SINGLE_VISITORS = frozenset({"UserId"})
"""Modules whose rows are single visitors."""


class ReportsArguments(PagedArguments, frozen=True, kw_only=True):
    """Arguments of ``list_reports``."""

    search: Annotated[
        str, Meta(max_length=100, description="Words in the name, category, rows or columns of the report.")
    ] = ""


class ReportArguments(SelectionArguments, frozen=True, kw_only=True):
    """Arguments of ``get_report``."""

    report: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="Name (Page URLs), id (Actions_getPageUrls) or method (Actions.getPageUrls) of the report.",
        ),
    ]
    search: Annotated[
        str,
        Meta(max_length=200, description="Only rows whose label contains this text, of all levels: implies flat."),
    ] = ""
    columns: Annotated[
        tuple[str, ...], Meta(max_length=_MOST_COLUMNS, description="Keys or names of columns. Default: all.")
    ] = ()
    sort: Annotated[str, Meta(max_length=200, description="Key or name of a column, or label.")] = ""
    ascending: bool = False
    flat: Annotated[bool, Meta(description="All levels of rows in one list.")] = False
    open_rows: Annotated[
        tuple[str, ...], Meta(max_length=10, description="Labels from the top level down: answers the rows below.")
    ] = ()
    compare: Annotated[
        Literal["", "previous", "week", "year", "year-weekday"],
        Meta(description="Compare with the period before, or the same (week)day a week or a year before."),
    ] = ""


def capability_of(report: Report) -> Capability:
    """The grant that a report, with its names in English, needs. Reports that belong to no other area are about
    visits."""
    found = _CAPABILITY_OF_MODULE.get(report.module)
    return found or _CAPABILITY_OF_CATEGORY.get(report.category.casefold(), "visits")


async def list_reports(context: ToolContext, arguments: ReportsArguments) -> Listing[ReportEntry]:
    """The reports that the agent may read."""
    catalogue = await context.desk.catalogues.current(context.site.id)
    found = [
        one for one in catalogue.search(arguments.search) if _decide(context, catalogue.in_english(one)).is_allowed
    ]
    rows = [
        ReportEntry(
            name=one.name,
            id=one.id,
            category=" › ".join(part for part in (one.category, one.subcategory) if part),
            rows_are=one.dimension,
            opens_into=(one.sub_dimension or one.dimension) if one.has_levels else "",
            capability=capability_of(catalogue.in_english(one)),
        )
        for one in found
    ]
    return Listing[ReportEntry](site=context.site_ref, **page_of(rows, arguments))


_WHERE = "list_reports has all names."


async def _chosen(context: ToolContext, name: str) -> ChosenReport:
    """The report that ``name`` names. If none does, the list is loaded again, unless that was done just now: the report
    may be new, or missing in an answer that was damaged."""
    catalogues, site_id = context.desk.catalogues, context.site.id
    try:
        return choose_report(await catalogues.current(site_id), name, _WHERE)
    except BadRequest:
        fresh = await catalogues.refresh(site_id) if catalogues.age(site_id) >= LISTED_AGAIN_AFTER else None
        if fresh is None:
            raise
        return choose_report(fresh, name, _WHERE)


async def decide_report(context: ToolContext, arguments: ReportArguments) -> Decision:
    """Decide by the area that the report belongs to."""
    if (denied := decide_segment(context, arguments.segment)) is not None:
        return denied
    return _decide(context, (await _chosen(context, arguments.report)).english)


async def get_report(context: ToolContext, arguments: ReportArguments) -> ReportAnswer:
    """Rows of a report."""
    chosen = await _chosen(context, arguments.report)
    report = chosen.report
    query = query_of(context, arguments).compared(COMPARISONS.get(arguments.compare, Comparison.NONE))
    request = ReportRequest(query, report, flat=arguments.flat and report.has_levels, pattern=arguments.search.strip())
    if arguments.open_rows and request.flat:
        raise ValueError("flat and open_rows exclude each other: in a list of all levels no row opens.")
    if arguments.open_rows:
        request = await _opened(context, request, arguments.open_rows)
    if searched := request.searches_levels:
        # As a tree, the answer would be the rows of the top level above the matches.
        request = replace(request, flat=True)
    request = _arranged(request, arguments, chosen.english)
    if request.sort is not None and _OF_GOALS.search(request.sort.column) and not context.reads("goals"):
        raise ValueError(f"Rows cannot be sorted by {request.sort.column}: it needs a grant for goals.")
    page = await context.desk.loader.page(request, arguments.offset, arguments.limit)
    columns = _columns(request, page)
    granted = tuple(one for one in columns if context.reads("goals") or not _OF_GOALS.search(one.key))
    withheld = context.withheld("goals") if len(granted) < len(columns) else ""
    last = page.offset + len(page.rows)
    return ReportAnswer(
        site=context.site_ref,
        report=report.name,
        period=query.period.label(),
        compared_with="" if query.before is None else query.before.label(),
        columns=tuple(AnswerColumn(key=one.key, name=one.name, type=str(one.type)) for one in granted),
        rows=tuple(_row(row, granted, page, context) for row in page.rows),
        offset=page.offset,
        next_offset=None if page.complete else last,
        # Beyond the end it is unknown.
        total=last if page.complete and (page.rows or not page.offset) else page.total,
        note=sentences(_others(chosen), withheld, _SEARCHED if searched else "", _note(page, context)),
    )


def _decide(context: ToolContext, report: Report) -> Decision:
    capability = capability_of(report)
    if capability == "sites":
        return context.grants.decide_everywhere(capability)
    if report.module in _OF_SINGLE_VISITORS and not context.masker.reveal:
        return Decision(
            False,
            f"The rows of {report.name} are single visitors, and personal data is masked: "
            f"[agents.{context.grants.agent}] has no personal_data = true.",
        )
    return context.grants.decide(capability, "read", context.site.id)


async def _opened(context: ToolContext, request: ReportRequest, labels: Sequence[str]) -> ReportRequest:
    found = await context.desk.loader.find_level(request, labels)
    if len(found.path) < len(labels):
        raise ValueError(
            f"{request.report.name} has no row {labels[len(found.path)]!r} that opens. Ask without open_rows for the "
            "labels."
        )
    return found


def _arranged(request: ReportRequest, arguments: ReportArguments, english: Report) -> ReportRequest:
    """The request with the columns and the order of ``arguments``. Raises ``ValueError`` for an unknown column."""
    columns = tuple(_key(request, name, english) for name in arguments.columns)
    if not arguments.sort:
        return replace(request, columns=columns)
    key = "label" if arguments.sort.casefold() == "label" else _key(request, arguments.sort, english)
    return replace(request, columns=columns, sort=Sort(key, arguments.ascending))


def _key(request: ReportRequest, wanted: str, english: Report) -> str:
    found = request.column(wanted)
    if found is not None and not found.goal:
        return found.key
    text = wanted.strip().casefold()
    named = columns_by_name(request, english).get(text)
    if named is not None and not named.goal:
        return named.key
    known = [column.key for column in request.described]
    near = difflib.get_close_matches(text, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known[:_MOST_COLUMNS])}."
    raise ValueError(f"{request.report.name} has no column {wanted!r}. {hint}")


def _columns(request: ReportRequest, page: ReportPage) -> tuple[ReportColumn, ...]:
    """The columns with a figure in any row; those that are asked for in any case."""
    if request.columns:
        return request.shown_columns
    described = request.shown_columns
    if not described and page.rows:
        described = tuple(undescribed(key) for key in page.rows[0].values)[:_MOST_COLUMNS]
    return tuple(one for one in described if any(computed_metrics.value(row, one.key) is not None for row in page.rows))


def _row(row: ReportRow, columns: Sequence[ReportColumn], page: ReportPage, context: ToolContext) -> FigureRow:
    before = page.only_before if page.single else (page.before or {}).get(row.label)
    return FigureRow(
        label="" if page.single and not row.label else context.masker.text(label_text(row.label)),
        values=_values(row, columns, context),
        before=None if before is None else _values(before, columns, context),
        opens=row.subtable is not None,
    )


def _values(row: ReportRow, columns: Sequence[ReportColumn], context: ToolContext) -> dict[str, Value]:
    found = ((one.key, computed_metrics.value(row, one.key)) for one in columns)
    return {key: context.masker.text(value) if isinstance(value, str) else value for key, value in found}


def _others(chosen: ChosenReport) -> str:
    if not chosen.others:
        return ""
    names = ", ".join(f"{one.name} ({one.id})" for one in chosen.others[:_MOST_NAMES])
    return f"Other reports match too: {names}."


def _note(page: ReportPage, context: ToolContext) -> str:
    last = page.offset + len(page.rows)
    more = "" if page.complete else f"There are more rows: ask with offset={last}."
    unfinished = "period" if page.growing else "comparison period" if page.before_growing else ""
    growing = f"The {unfinished} is not over: Matomo rebuilds its reports every 15 minutes." if unfinished else ""
    empty = "There are no rows from this offset on." if not page.rows and page.offset else ""
    if not page.rows and page.visits is not None and not page.offset:
        empty = "There were no visits." if not page.visits else f"No rows, although there were {page.visits:,} visits."
    trouble = f"The comparison failed: {page.before_error}" if page.before_error is not None else ""
    cut = f"{words[0].upper()}{words[1:]}." if (words := limit_words(page.request, page.among)) else ""
    return sentences(more, empty, cut, growing, trouble, _unsearched(page), context.masked)


def _unsearched(page: ReportPage) -> str:
    """A sentence about rows whose earlier figures are unknown, because only some of the earlier rows were read."""
    earlier, before = page.before, page.request.query.before
    if earlier is None or before is None or page.before_complete or all(row.label in earlier for row in page.rows):
        return ""
    return f"before is null for rows that are not among the first {len(earlier):,} of {before.label()}."


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "list_reports",
        "Reports",
        "Names of the site's reports, plug-ins' included, that may be read.",
        ReportsArguments,
        Listing[ReportEntry],
        lambda asked: f"the list of reports{f' with “{asked.search}”' if asked.search else ''}",
        list_reports,
        decide=None,
    ),
    Tool(
        "get_report",
        "One report",
        "Rows of any report by its name, for any period and segment, compared if wanted. Rates are fractions.",
        ReportArguments,
        ReportAnswer,
        lambda asked: f"the report “{asked.report}” of {asked.period}",
        get_report,
        decide=decide_report,
    ),
)
