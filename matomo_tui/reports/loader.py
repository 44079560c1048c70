"""Loads and caches reports. Cached answers are used until the server can have new figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar

import msgspec
from msgspec import structs

from matomo_tui.api import reports
from matomo_tui.api.calls import Call, PeriodKind
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow, ReportTable
from matomo_tui.api.row_evolution import RowEvolution
from matomo_tui.api.site import Site
from matomo_tui.reports import computed_metrics, row_count, values, whole_levels
from matomo_tui.reports.cache import Cache, CacheEntry
from matomo_tui.reports.pages import PAGE, ReportPage, RowSeries, Series
from matomo_tui.reports.periods import Evolution
from matomo_tui.reports.query import OpenedRow, Query, ReportRequest
from matomo_tui.reports.refusals import explained
from matomo_tui.reports.report_calls import (
    TIMEOUT,
    RowEvolutionCall,
    alone,
    earlier_rows,
    is_of,
    page_calls,
    row_evolution_calls,
    rows_call,
    unordered,
)
from matomo_tui.reports.request_queue import CallKey, QueuedCall, RequestQueue, call_key

T = TypeVar("T")

REBUILT_EVERY = 900.0
"""Seconds after which Matomo rebuilds a report that contains today."""

_PAST_LIFETIME = 6 * 3600.0
_MOST_COUNTS = 1000


class ReportLoader:
    """Loads all reports of a connection. ``today`` returns the date of today in a site's time zone, ``now`` the UTC
    epoch in seconds; ``most_rows`` limits the rows in the cache.

    One HTTP request runs at a time (the live poller has its own connection). Equal requests are sent once; a request
    is cancelled when all tasks waiting for it are. Every method raises ``MatomoError``; after an error that stops
    polling, such as a rejected token, nothing is sent until :meth:`resume`.
    """

    def __init__(
        self,
        client: Client,
        today: Callable[[Site], date],
        *,
        now: Callable[[], float] = time.time,
        most_rows: int = 10_000,
    ) -> None:
        self._queue = RequestQueue(client, now=now, most_rows=most_rows)
        self._counts = Cache(_MOST_COUNTS, now)
        self._today = today
        self._now = now

    def resume(self, *, accepted: bool = False) -> None:
        """Ask again after an error that stopped polling, because the user wants it; after a rejected token only if
        Matomo has ``accepted`` it since."""
        self._queue.resume(accepted=accepted)

    def age(self, asked_at: float) -> float:
        """Seconds since ``asked_at`` (UTC epoch in seconds)."""
        return max(0.0, self._now() - asked_at)

    def today(self, query: Query) -> date:
        """The date of today in the time zone of the query's site."""
        return self._today(query.site)

    async def page(
        self, request: ReportRequest, offset: int = 0, limit: int = PAGE, *, reload: bool = False
    ) -> ReportPage:
        """Rows of one level, with those of the comparison period from the same bulk request. ``reload`` bypasses the
        cache and drops all cached rows of the report, so that old and new rows are never mixed."""
        kept = self._queue.cache.held(partial(is_of, request)) if reload else {}
        (found,) = await self.pages([request], offset, limit, reload=reload)
        if isinstance(found, MatomoError):
            raise found
        self._queue.cache.forget(kept)
        return await self._explained(found, reload=reload)

    async def pages(
        self, requests: Sequence[ReportRequest], offset: int = 0, limit: int = PAGE, *, reload: bool = False
    ) -> list[ReportPage | MatomoError]:
        """The same rows of several reports in one bulk request, each a page or its own error. Raises only errors that
        stop polling."""
        groups = [self._queued(request, offset, limit) for request in requests]
        answers = iter(await self._queue.request([call for group in groups for call in group], reload=reload))
        return [
            self._page(request, offset, limit, [next(answers) for _ in group])
            for request, group in zip(requests, groups, strict=True)
        ]

    def forget(self) -> None:
        """Drop all cached answers, so that each report is loaded again when it is needed next."""
        self._queue.cache.clear()

    def cached_page(self, request: ReportRequest, offset: int = 0, limit: int = PAGE) -> ReportPage | None:
        """The page from the cache, however old; ``None`` if it is not there. Sends nothing."""
        kept = [self._queue.cached(ask.call) for ask in self._queued(request, offset, limit)]
        if kept[0] is None:
            return None
        page = self._page(request, offset, limit, [answer for answer in kept if answer is not None])
        return page if isinstance(page, ReportPage) else None

    async def find_level(self, request: ReportRequest, labels: Sequence[str]) -> ReportRequest:
        """The request for the level below the rows with these ``labels``, from the first level of ``request`` down, as
        deep as such rows exist. It finds open rows again in another period, where they have other subtable ids. The
        search pattern is kept."""
        here = replace(request, path=(), pattern="")
        for label in labels:
            step = _step(await self.page(here), label)
            if step is None:
                step = _step(await self.page(replace(here, pattern=label)), label)
            if step is None:
                return here
            here = here.below(step)
        return replace(here, pattern=request.pattern)

    async def whole_row(self, request: ReportRequest, index: int, label: str) -> ReportRow | None:
        """All columns of the row with this ``label``, which was at ``index`` of its level, wherever it is now; ``None``
        if it no longer exists."""
        query = request.query
        named = replace(request, pattern=label)
        by_label = (named, *whole_levels.span(named, 0, PAGE))
        spans = [(request, index, 1), by_label]
        if whole_levels.is_whole(request):  # its index is none of Matomo's, its label may be none that Matomo searches
            spans = [by_label, (replace(request, pattern=""), 0, whole_levels.MOST)]
        for asked, offset, limit in spans:
            table = await self.request(rows_call(alone(asked), query.period, offset, limit, whole=True), query)
            row = next((row for row in _named(table, request).rows if row.label == label), None)
            if row is not None:
                return row
        return None

    async def evolution(
        self,
        request: ReportRequest,
        columns: Sequence[str] = (),
        *,
        points: int | None = None,
        unit: PeriodKind | None = None,
        reload: bool = False,
    ) -> Series:
        """A single-row report for ``points`` periods up to the query's, or for those of its range: see
        ``Period.evolution``."""
        query = request.query
        evolution = query.period.evolution(self.today(query), points, unit)
        call = reports.tables_by_date(
            request.method,
            site_id=query.site.id,
            period=evolution.kind,
            date=evolution.api_date,
            segment=query.segment,
            params=request.parameters,
            columns=() if request.report.is_single else computed_metrics.needed(columns),
            timeout=TIMEOUT,
        )
        (kept,) = await self._queue.request([QueuedCall(call, self._lifetime_of(evolution, query))], reload=reload)
        if isinstance(kept, MatomoError):
            raise explained(kept)
        tables: Mapping[str, ReportTable] = kept.answer
        rows = {key: table.rows[0] if table.rows else ReportRow() for key, table in tables.items()}
        found = tuple((period, rows.get(key)) for period, key in evolution.keys().items())
        return Series(request, evolution, found, kept.asked_at, _was_growing(kept))

    async def row_evolution(
        self,
        request: ReportRequest,
        paths: Sequence[Sequence[str]],
        column: str,
        *,
        points: int | None = None,
        unit: PeriodKind | None = None,
        reload: bool = False,
    ) -> tuple[RowSeries, ...]:
        """One metric of one or more rows for ``points`` periods up to the query's (``API.getRowEvolution``), in one
        HTTP request. ``paths`` are those of :meth:`TableModel.path`."""
        query = request.query
        evolution = query.period.evolution(self.today(query), points, unit)
        calls = row_evolution_calls(request, evolution, paths, column)
        lifetime = self._lifetime_of(evolution, query)
        answers = await self._queue.request([QueuedCall(asked.call, lifetime) for asked in calls], reload=reload)
        keys = evolution.keys()
        series = []
        for index, path in enumerate(paths):
            kept, rows = _answer_for(index, calls, answers)
            if isinstance(kept, MatomoError):
                raise explained(kept)
            found: RowEvolution = kept.answer
            name = f"{column}_{rows.index(index)}" if len(rows) > 1 else column
            figures = [
                computed_metrics.value_over_time(ReportRow(values=found.points.get(key, {})), name)
                for key in keys.values()
            ]
            is_empty = [not found.points.get(key, True) for key in keys.values()]
            line = values.over_time(column, figures, is_empty)
            series.append(RowSeries(tuple(path), evolution, tuple(keys), line, _was_growing(kept)))
        return tuple(series)

    async def request(self, call: Call[T], query: Query | None = None, *, reload: bool = False) -> T:
        """The answer to any other read call, sent in the same queue. It is cached as long as a report of ``query``;
        without a query it is not cached. Raises ``ValueError`` for a call that writes."""
        answer: T = (await self._entry(call, query, reload)).answer
        return answer

    async def request_dated(self, call: Call[T], query: Query, *, reload: bool = False) -> tuple[T, bool]:
        """:meth:`request`, with True if the query's period was not over when the answer was requested."""
        kept = await self._entry(call, query, reload)
        return kept.answer, _was_growing(kept)

    async def _entry(self, call: Call[T], query: Query | None, reload: bool) -> CacheEntry:
        if call.writes:
            raise ValueError(f"{call.method} changes something: that goes through the client, once.")
        (kept,) = await self._queue.request(
            [QueuedCall(call, self._lifetime(query) if query is not None else 0.0)], reload=reload or query is None
        )
        if isinstance(kept, MatomoError):
            raise explained(kept)
        return kept

    async def request_each(self, calls: Sequence[Call[T]], query: Query) -> list[T | MatomoError]:
        """:meth:`request` for several calls in one HTTP request, each with its answer or its error. Raises a
        ``MatomoError`` only where that stops everything."""
        lifetime = self._lifetime(query)
        kept = await self._queue.request([QueuedCall(call, lifetime) for call in calls])
        return [answer if isinstance(answer, MatomoError) else answer.answer for answer in kept]

    def cached_count(self, request: ReportRequest) -> int | None:
        """The number of rows of a level if :meth:`count_rows` found it recently, for the same rows in any order; else
        ``None``."""
        kept = None if whole_levels.is_searched_here(request) else self._counts.get(_count_key(request))
        return kept.answer if kept is not None else None

    async def count_rows(self, request: ReportRequest, at_least: int = 0, *, reload: bool = False) -> int:
        """The number of rows of a level. Matomo does not send it, so the end is searched for with a few requests, which
        give way to all others. ``at_least`` is the number of rows known. The result is cached as long as the report;
        ``reload`` searches again."""
        if whole_levels.is_searched_here(request):
            page = await self.page(request, reload=reload)
            return page.total or 0
        key = _count_key(request)
        known = None if reload else self._counts.get(key)
        if known is None or known.answer < at_least:
            before = self._counts.get(key, stale=True)
            asked_at = self._now()
            total = await row_count.count_rows(
                partial(self._count_range, request), at_least, None if before is None else before.answer
            )
            known = self._counts.put(key, total, asked_at=asked_at, lifetime=self._lifetime(request.query), weight=1)
        found: int = known.answer
        return found

    async def rows(self, request: ReportRequest, page: int = 1000) -> AsyncIterator[tuple[ReportRow, ...]]:
        """Every row of a level for an export, ``page`` rows at a time; what is searched and ordered here comes at once.
        The cache is not used."""
        offset = 0
        before: tuple[ReportRow, ...] = ()
        found: list[ReportRow] | None = [] if whole_levels.is_ordered_last(request) else None
        _, page = whole_levels.span(request, 0, page)
        while True:
            call = rows_call(alone(request), request.query.period, offset, page)
            answered = _named(await self.request(call), request)
            if offset and answered.rows == before:
                break  # this server ignores offsets
            rows = whole_levels.matching(request, answered.rows)
            if found is not None:
                found += rows
            else:
                yield rows if offset else whole_levels.ordered(request, rows)
            before = answered.rows
            offset += page
            if len(before) != page or answered.single:
                break
        if found is not None:
            yield whole_levels.ordered(request, found)

    async def _count_range(self, request: ReportRequest, span: row_count.Span) -> int:
        """The number of rows in a span, requested after all other requests."""
        rows = unordered(request)
        call = rows_call(rows, rows.query.period, *span, ("label",))
        (answer,) = await self._queue.request([QueuedCall(call, 0.0)], reload=True, last=True)
        if isinstance(answer, MatomoError):
            raise answer
        return len(answer.answer.rows)

    async def _explained(self, page: ReportPage, *, reload: bool) -> ReportPage:
        """``page``, with the number of visits if it has no rows."""
        request = page.request
        if page.rows or page.offset or request.path or request.pattern:
            return page
        query = request.query
        call = reports.table(
            "VisitsSummary.get",
            site_id=query.site.id,
            period=query.period.kind,
            date=query.period.api_date,
            segment=query.segment,
            columns=("nb_visits",),
            timeout=TIMEOUT,
        )
        try:
            answered = await self.request(call, query, reload=reload)
        except asyncio.CancelledError:
            raise
        except MatomoError:
            return page
        visits = answered.rows[0].number("nb_visits") if answered.rows else 0
        return structs.replace(page, visits=None if visits is None else int(visits))

    def _queued(self, request: ReportRequest, offset: int, limit: int) -> list[QueuedCall]:
        query, (call, *earlier) = request.query, page_calls(request, offset, limit)
        queued = [QueuedCall(call, self._lifetime(query))]
        if query.before is not None:
            queued += [QueuedCall(one, self._lifetime(query.at(query.before))) for one in earlier]
        return queued

    def _page(
        self, request: ReportRequest, offset: int, limit: int, answers: list[CacheEntry | MatomoError]
    ) -> ReportPage | MatomoError:
        first, *rest = answers
        if isinstance(first, MatomoError):
            return explained(first)
        table = _named(first.answer, request)
        part = whole_levels.part(request, table, offset, limit)
        page = ReportPage(
            request,
            offset,
            part.rows,
            complete=part.complete,
            total=part.total,
            among=part.among,
            asked_at=first.asked_at,
            growing=_was_growing(first),
            single=table.single,
        )
        before = rest[0] if rest else None
        if request.query.before is not None and any(step.before == 0 for step in request.path):
            return structs.replace(page, before={}, before_complete=True)
        if not isinstance(before, CacheEntry):
            return structs.replace(page, before_error=before)
        earlier = _named(before.answer, request)
        most = earlier_rows(request, offset, limit)
        return structs.replace(
            page,
            before={row.label: row for row in earlier.rows},
            before_complete=earlier.single or len(earlier.rows) != most,
            before_growing=_was_growing(before),
        )

    def _lifetime(self, query: Query) -> float:
        return REBUILT_EVERY if query.period.last >= self._today(query.site) else _PAST_LIFETIME

    def _lifetime_of(self, evolution: Evolution, query: Query) -> float:
        """The last week or month of a range may go on after the range's last day."""
        return self._lifetime(query.at(evolution.periods()[-1]))


def _answer_for(
    row: int, calls: Sequence[RowEvolutionCall], answers: Sequence[CacheEntry | MatomoError]
) -> tuple[CacheEntry | MatomoError, tuple[int, ...]]:
    """The answer for a row over time, with the rows that it is for: of several, the first with figures."""
    own = [(answer, asked.rows) for asked, answer in zip(calls, answers, strict=True) if row in asked.rows]
    known = (pair for pair in own if isinstance(pair[0], CacheEntry) and any(pair[0].answer.points.values()))
    return next(known, own[0])


def _was_growing(kept: CacheEntry) -> bool:
    """Returns True if the period was not over when the answer was requested. It may be since: the answer's figures are
    not those of the whole period all the same."""
    return kept.lifetime < _PAST_LIFETIME


def _named(table: ReportTable, request: ReportRequest) -> ReportTable:
    """``table``; a single site without a label (``MultiSites.getOne``) gets the site's name."""
    if not table.single or request.report.is_single or any(row.label for row in table.rows):
        return table
    name = request.query.site.name
    return msgspec.structs.replace(table, rows=tuple(msgspec.structs.replace(row, label=name) for row in table.rows))


def _step(page: ReportPage, label: str) -> OpenedRow | None:
    """The open row for ``label``; ``None`` if the page has no such row with a subtable."""
    row = next((row for row in page.rows if row.label == label and row.subtable is not None), None)
    if row is None or row.subtable is None:
        return None
    known = page.before is not None and (page.before_complete or label in page.before)
    return OpenedRow(label, row.subtable, subtable_before((page.before or {}).get(label), known))


def subtable_before(row: ReportRow | None, known: bool) -> int | None:
    """The value for ``OpenedRow.before``: ``row`` is the row in the comparison period, if ``known``."""
    return (row.subtable if row is not None and row.subtable is not None else 0) if known else None


def _count_key(request: ReportRequest) -> CallKey:
    rows = unordered(request)
    return call_key(rows_call(rows, rows.query.period, 0, 1, ("label",)))
