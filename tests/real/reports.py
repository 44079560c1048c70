"""Compares the program's report tables with raw answers of the same methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from matomo_tui.api import metadata, sites
from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.catalogue import Catalogue, Report
from matomo_tui.reports.lines import metrics
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Query, ReportRequest
from matomo_tui.reports.table import TableModel
from tests.real import rows
from tests.real.counting import zone_of
from tests.real.raw import Raw, Refused
from tests.real.stage import Stage

FIRST = 10
"""Rows of each report that are compared."""
AT_ONCE = 8
"""Reports that the program loads in one request."""
ATTEMPTS = 3
"""How often both sides are asked anew where a report of a time that is not over differs."""

PERIODS: tuple[PeriodKind, ...] = ("day", "month")
SINGLE_AT_LEAST = ("VisitFrequency.get", "AIAgents.get")
"""Reports of one row that have been seen to lose their figures."""


@dataclass
class _Work:
    """State shared by the comparisons for one site."""

    stage: Stage
    raw: Raw
    loader: ReportLoader
    entries: Mapping[tuple[str, str], Mapping[str, Any]]
    site_id: int
    opened: int = 0

    async def asked(self, report: Report, period: Period, **more: Any) -> Any:
        """Request the complete raw answer of a report's method."""
        params = dict(self.entries[key_of(report)].get("parameters") or {})
        params |= {"idSite": self.site_id, "period": period.kind, "date": period.api_date, "filter_limit": -1, **more}
        if report.module == "MultiSites":
            params["enhanced"] = 1  # required for conversions and orders
        method = params.pop("method", f"{report.module}.{report.action}")
        if method == "MultiSites.getAll":
            params.setdefault("enhanced", 1)  # required for conversions, orders and product revenue
        return await self.raw.value(method, params)


def key_of(report: Report) -> tuple[str, str]:
    """A report's method and fixed parameters."""
    return report.method, repr(sorted((name, str(value)) for name, value in report.parameters))


def _raw_key(entry: Mapping[str, Any]) -> tuple[str, str]:
    parameters = entry.get("parameters") or {}
    fixed = sorted((str(name), str(value)) for name, value in parameters.items())
    return f"{entry['module']}.{entry['action']}", repr(fixed)


async def check(stage: Stage) -> None:
    """Compare every report for yesterday and its month, one opened row of each, and a search in a tree."""
    raw, site_id = stage.raw(), await stage.choose_site()
    listed: list[Mapping[str, Any]] = await raw.value(
        "API.getReportMetadata", idSite=site_id, period="day", date="today", filter_limit=-1
    )
    entries = {_raw_key(entry): entry for entry in listed if not entry.get("isSubtableReport")}
    client = stage.client()
    site = await client.call(sites.get_site_from_id(site_id))
    catalogue = Catalogue.of(await client.call(metadata.get_report_metadata(site_id)))
    shown = {key_of(report) for report in catalogue}
    stage.judge.same(
        "reports: the catalogue has each report of API.getReportMetadata",
        sorted(shown - entries.keys()),
        sorted(entries.keys() - shown),
        f"{len(shown)} of {len(entries)}",
    )
    today = datetime.fromtimestamp(stage.clock.now(), UTC).astimezone(zone_of(site.timezone)).date()
    loader = ReportLoader(client, lambda _: today, now=stage.clock.now)
    work = _Work(stage, raw, loader, entries, site_id)
    chosen = [report for report in catalogue if key_of(report) in entries]
    if stage.most_reports is not None:
        # Reports over all sites would make the demo generate the visits of every site.
        chosen = [report for report in chosen if report.module != "MultiSites"]
        first = [report for report in chosen if report.method in SINGLE_AT_LEAST or report.recursive]
        chosen = list(dict.fromkeys([*first[:4], *chosen]))[: stage.most_reports]
    yesterday = today - timedelta(days=1)
    for kind in PERIODS:
        query = Query(site, Period.containing(kind, yesterday))
        for start in range(0, len(chosen), AT_ONCE):
            await _some(work, chosen[start : start + AT_ONCE], query, growing=query.period.last >= today)
    await _search(work, chosen, Query(site, Period.containing("day", yesterday)))
    if not work.opened:
        stage.judge.skipped("report: below a row", "no report of that day has rows that open")


async def _some(work: _Work, reports: Sequence[Report], query: Query, *, growing: bool) -> None:
    requests = [ReportRequest(query, report) for report in reports]
    pages = await work.loader.pages(requests)
    for request, page in zip(requests, pages, strict=True):
        await _one(work, request, page, growing)


async def _one(work: _Work, request: ReportRequest, page: ReportPage | MatomoError, growing: bool) -> None:
    report, period = request.report, request.query.period
    what = f"report: {report.id}, {period.kind}"
    judge = work.stage.judge
    for attempt in range(ATTEMPTS if growing else 1):
        if attempt:
            (page,) = await work.loader.pages([request], reload=True)
        try:
            raw = await work.asked(report, period)
        except Refused as refusal:
            if isinstance(page, MatomoError):
                judge.ok(what, "refused to both")
            else:
                judge.differs(what, f"{len(page.rows)} rows", str(refusal))
            return
        if isinstance(page, MatomoError):
            judge.differs(what, f"{type(page).__name__}: {page}", "an answer")
            return
        entry = work.entries[key_of(report)]
        table = TableModel(request)
        table.add(page)
        if report.is_single:
            problem = rows.single({each.column.key: each.value for each in metrics(page)}, raw, entry)
        else:
            problem = rows.compared(table, request, raw, entry, FIRST)
        if problem is None:
            break
    if problem is not None:
        judge.differs(what, *problem)
        return
    judge.ok(what, rows.noted(raw))
    if period.kind == "day" and not report.is_single and entry.get("actionToLoadSubTables"):
        await _below(work, request, table, raw, entry)


async def _below(work: _Work, request: ReportRequest, table: TableModel, raw: Any, entry: Mapping[str, Any]) -> None:
    """Open the first row that has rows below it, and compare them."""
    opening = next((line for line in table.lines(0, FIRST) if line is not None and line.expandable), None)
    if opening is None:
        return
    what = f"report: {request.report.id}, {request.query.period.kind}, below “{opening.label}”"
    row = next(
        (one for one in rows.listed(raw) if rows.label_of(one) == opening.label and one.get("idsubdatatable")), None
    )
    wanted = table.toggle(opening.index)
    if row is None or wanted is None:
        work.stage.judge.differs(what, wanted, row)
        return
    work.opened += 1
    page = await work.loader.page(wanted.request)
    method = f"{entry['module']}.{entry['actionToLoadSubTables']}"
    below = await work.asked(request.report, request.query.period, method=method, idSubtable=row["idsubdatatable"])
    level = TableModel(wanted.request)
    level.add(page)
    problem = rows.compared(level, wanted.request, below, entry, FIRST)
    if problem is None:
        work.stage.judge.ok(what, rows.noted(below))
    else:
        work.stage.judge.differs(what, *problem)


async def _search(work: _Work, reports: Sequence[Report], query: Query) -> None:
    """Search for a label on a deeper level of a tree."""
    judge = work.stage.judge
    for report in reports:
        if not report.recursive:
            continue
        tree = rows.listed(await work.asked(report, query.period, expanded=1))
        pattern = rows.only_below(tree)
        if pattern is None:
            continue
        tops = sorted(rows.label_of(row) for row in tree if rows.holds(row, pattern))
        flat = rows.listed(await work.asked(report, query.period, flat=1))
        leaves = sorted(rows.label_of(row) for row in flat if pattern.casefold() in rows.label_of(row).casefold())
        page = await work.loader.page(ReportRequest(query, report, pattern=pattern))
        table = TableModel(page.request)
        table.add(page)
        found = sorted(line.label for line in table.lines(0, len(table)) if line is not None and not line.indent)
        what = f"report: {report.id}: search for “{pattern}”, which stands below the first level"
        if found in (tops, leaves):
            judge.ok(what, f"{len(found)} rows")
        else:
            judge.differs(what, found, tops)
        return
    judge.skipped("report: search in a tree", "no report has a row below the first level that is not found on it")
