"""Loads reports: only what is requested, and not again before the server can have new data."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar

import msgspec

from matomo_tui.api import reports, row_evolution
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow, ReportTable
from matomo_tui.api.sites import Site
from matomo_tui.reports import computed_metrics
from matomo_tui.reports.cache import Cache, CacheEntry
from matomo_tui.reports.pages import PAGE, Page, RowSeries, Series
from matomo_tui.reports.query import Query, ReportRequest, Step
from matomo_tui.reports.refusals import explained
from matomo_tui.reports.report_calls import TIMEOUT, alone, earlier_rows, is_of, page_calls, rows_call, unordered
from matomo_tui.reports.request_queue import CallKey, QueuedCall, RequestQueue, call_key
from matomo_tui.reports.row_count import Span, count_rows

__all__ = ["PAGE", "REBUILT_EVERY", "Page", "ReportLoader", "RowSeries", "Series", "subtable_before"]

T = TypeVar("T")

REBUILT_EVERY = 900.0
"""Seconds after which Matomo rebuilds a report that contains today."""

_PAST_LASTS = 6 * 3600.0
_MOST_COUNTS = 1000


class ReportLoader:
    """The one way to a report. ``today`` is the day in a site's time zone, ``now`` the UTC epoch.

    One request is under way at a time (the live poll has its own); a request that nobody waits for any more, because
    its task was cancelled, is given up; the same one is sent once. Everything raises ``MatomoError``. After one that
    stops polling, nothing is sent any more.
    """

    def __init__(
        self,
        client: Client,
        today: Callable[[Site], date],
        *,
        now: Callable[[], float] = time.time,
        most_rows: int = 10_000,
    ) -> None:
        self._asker = RequestQueue(client, now=now, most_rows=most_rows)
        self._counts = Cache(_MOST_COUNTS, now)
        self._today = today
        self._now = now

    @property
    def stopped(self) -> MatomoError | None:
        """The error after which nothing is sent any more, if there was one."""
        return self._asker.stopped

    def age(self, asked_at: float) -> float:
        """Seconds since an answer was asked for."""
        return max(0.0, self._now() - asked_at)

    def today(self, query: Query) -> date:
        """The day that it is at the query's site."""
        return self._today(query.site)

    async def page(self, request: ReportRequest, offset: int = 0, limit: int = PAGE, *, reload: bool = False) -> Page:
        """Rows of one level, with those of the period compared with from the same HTTP request. ``reload`` asks anew
        and forgets what was kept of the same report, so that old rows and new ones are not mixed."""
        kept = self._asker.cache.held(partial(is_of, request)) if reload else {}
        (found,) = await self.pages([request], offset, limit, reload=reload)
        if isinstance(found, MatomoError):
            raise found
        self._asker.cache.forget(kept)
        return await self._explained(found)

    async def pages(
        self, requests: Sequence[ReportRequest], offset: int = 0, limit: int = PAGE, *, reload: bool = False
    ) -> list[Page | MatomoError]:
        """The same rows of several reports, in one HTTP request, each with its own error (raised is only what stops
        everything)."""
        groups = [self._asks(request, offset, limit) for request in requests]
        answers = iter(await self._asker.ask([ask for group in groups for ask in group], reload=reload))
        return [
            self._page(request, offset, limit, [next(answers) for _ in group])
            for request, group in zip(requests, groups, strict=True)
        ]

    def kept(self, request: ReportRequest, offset: int = 0, limit: int = PAGE) -> Page | None:
        """The page as it was last answered, whatever its age, without asking; ``None`` if it is not kept."""
        kept = [self._asker.kept(ask.call) for ask in self._asks(request, offset, limit)]
        if kept[0] is None:
            return None
        page = self._page(request, offset, limit, [answer for answer in kept if answer is not None])
        return page if isinstance(page, Page) else None

    async def follow(self, request: ReportRequest, labels: Sequence[str]) -> ReportRequest:
        """The level below the rows with these ``labels``, from the first level of ``request`` down, as deep as there
        are such rows: for another period, where the same rows open by other ids. What was searched for there is
        searched for there again."""
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
        """Everything that the server has of the row at ``index`` of a level, or wherever the one with this ``label``
        stands by now; ``None`` where there is none any more."""
        query = request.query
        named = replace(request, pattern=label)
        for asked, offset, limit in ((request, index, 1), (named, 0, PAGE)):
            table = await self.ask(rows_call(alone(asked), query.period, offset, limit, whole=True), query)
            row = next((row for row in _named(table, request).rows if row.label == label), None)
            if row is not None:
                return row
        return None

    async def evolution(
        self, request: ReportRequest, columns: Sequence[str] = (), *, points: int | None = None, reload: bool = False
    ) -> Series:
        """A single-row report over the periods up to the query's, or over the days of its range."""
        query = request.query
        evolution = query.period.evolution(self.today(query), points)
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
        (kept,) = await self._asker.ask([QueuedCall(call, self._lasts(query))], reload=reload)
        if isinstance(kept, MatomoError):
            raise explained(kept, query)
        tables: Mapping[str, ReportTable] = kept.answer
        rows = {key: table.rows[0] if table.rows else None for key, table in tables.items()}
        found = tuple((period, rows.get(key)) for period, key in evolution.keys().items())
        return Series(request, evolution, found, kept.asked_at)

    async def row_evolution(
        self,
        request: ReportRequest,
        paths: Sequence[Sequence[str]],
        column: str,
        *,
        points: int | None = None,
        reload: bool = False,
    ) -> tuple[RowSeries, ...]:
        """One metric of one row or several (by :meth:`ReportTable.path`) over the periods up to the query's."""
        query = request.query
        evolution = query.period.evolution(self.today(query), points)
        call = row_evolution.get_row_evolution(
            request.report.module,
            request.report.action,
            paths,
            site_id=query.site.id,
            period=evolution.kind,
            date=evolution.api_date,
            segment=query.segment,
            column=column if len(paths) > 1 else "",
            params=request.parameters,
            flat=request.flat,
        )
        found = await self.ask(replace(call, timeout=TIMEOUT), query, reload=reload)
        keys = evolution.keys()
        rows = {key: ReportRow(values=values) for key, values in found.points.items()}
        series = []
        for index, path in enumerate(paths):
            name = column if len(paths) == 1 else f"{column}_{index}"
            values = tuple(computed_metrics.value(rows.get(key, ReportRow()), name) for key in keys.values())
            series.append(RowSeries(tuple(path), evolution, tuple(keys), values))
        return tuple(series)

    async def ask(self, call: Call[T], query: Query | None = None, *, reload: bool = False) -> T:
        """Any other call that changes nothing, in the same queue: kept as long as a report of ``query``'s
        period, or not at all without one (then it is asked anew each time)."""
        if call.writes:
            raise ValueError(f"{call.method} changes something: that goes through the client, once.")
        (kept,) = await self._asker.ask(
            [QueuedCall(call, self._lasts(query) if query is not None else 0.0)], reload=reload or query is None
        )
        if isinstance(kept, MatomoError):
            raise kept if query is None else explained(kept, query)
        answer: T = kept.answer
        return answer

    async def ask_each(self, calls: Sequence[Call[T]], query: Query) -> list[T | MatomoError]:
        """:meth:`ask` for several calls in one HTTP request, each with its answer or its error. Raises a
        ``MatomoError`` only where that stops everything."""
        lasts = self._lasts(query)
        kept = await self._asker.ask([QueuedCall(call, lasts) for call in calls])
        return [answer if isinstance(answer, MatomoError) else answer.answer for answer in kept]

    def counted(self, request: ReportRequest) -> int | None:
        """How many rows a level has, where :meth:`count` found that out not long ago for the same rows in any order."""
        kept = self._counts.get(_count_key(request))
        return kept.answer if kept is not None else None

    async def count(self, request: ReportRequest, at_least: int = 0, *, reload: bool = False) -> int:
        """How many rows a level has: Matomo does not say, so its end is looked for, in some requests that let all
        others pass. ``at_least`` are known. Known from then on as long as the report itself, unless ``reload`` looks
        again."""
        key = _count_key(request)
        known = None if reload else self._counts.get(key)
        if known is None or known.answer < at_least:
            before = self._counts.get(key, stale=True)
            asked_at = self._now()
            total = await count_rows(partial(self._look, request), at_least, None if before is None else before.answer)
            known = self._counts.put(key, total, asked_at=asked_at, lasts=self._lasts(request.query), weight=1)
        found: int = known.answer
        return found

    async def rows(self, request: ReportRequest, page: int = 1000) -> AsyncIterator[tuple[ReportRow, ...]]:
        """Every row of a level, page by page, past the cache; for an export."""
        offset = 0
        before: tuple[ReportRow, ...] = ()
        while True:
            call = rows_call(alone(request), request.query.period, offset, page)
            answered = _named(await self.ask(call), request)
            if offset and answered.rows == before:
                return  # a server that begins at the first row whatever is asked for
            yield answered.rows
            before = answered.rows
            offset += page
            if len(before) != page or answered.single:
                return

    async def _look(self, request: ReportRequest, span: Span) -> int:
        """How many rows there are in a span, once nobody waits for anything else."""
        rows = unordered(request)
        call = rows_call(rows, rows.query.period, *span, ("label",))
        (answer,) = await self._asker.ask([QueuedCall(call, 0.0)], reload=True, last=True)
        if isinstance(answer, MatomoError):
            raise answer
        return len(answer.answer.rows)

    async def _explained(self, page: Page) -> Page:
        """``page``, with the number of visits where it has no rows at all."""
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
            answered = await self.ask(call, query)
        except asyncio.CancelledError:
            raise
        except MatomoError:
            return page
        visits = answered.rows[0].number("nb_visits") if answered.rows else 0
        return replace(page, visits=None if visits is None else int(visits))

    def _asks(self, request: ReportRequest, offset: int, limit: int) -> list[QueuedCall]:
        lasts = self._lasts(request.query)
        calls = page_calls(request, offset, limit)
        return [QueuedCall(calls[0], lasts), *(QueuedCall(call, _PAST_LASTS) for call in calls[1:])]

    def _page(
        self, request: ReportRequest, offset: int, limit: int, answers: list[CacheEntry | MatomoError]
    ) -> Page | MatomoError:
        first, *rest = answers
        if isinstance(first, MatomoError):
            return explained(first, request.query)
        table = _named(first.answer, request)
        page = Page(
            request,
            offset,
            table.rows,
            # More than was asked for is everything, from a server that does not cut reports into pages.
            complete=table.single or len(table.rows) != limit,
            asked_at=first.asked_at,
            growing=request.query.period.last >= self.today(request.query),
            single=table.single,
        )
        before = rest[0] if rest else None
        if request.query.before is not None and any(step.before == 0 for step in request.path):
            return replace(page, before={}, before_complete=True)
        if not isinstance(before, CacheEntry):
            return replace(page, before_error=before)
        earlier = _named(before.answer, request)
        most = earlier_rows(request, offset, limit)
        return replace(
            page,
            before={row.label: row for row in earlier.rows},
            before_complete=earlier.single or len(earlier.rows) != most,
        )

    def _lasts(self, query: Query) -> float:
        return REBUILT_EVERY if query.period.last >= self._today(query.site) else _PAST_LASTS


def _named(table: ReportTable, request: ReportRequest) -> ReportTable:
    """``table``; one site as a row without a label (``MultiSites.getOne``) is called by the site's name."""
    if not table.single or request.report.is_single or any(row.label for row in table.rows):
        return table
    name = request.query.site.name
    return msgspec.structs.replace(table, rows=tuple(msgspec.structs.replace(row, label=name) for row in table.rows))


def _step(page: Page, label: str) -> Step | None:
    """What opens the row with this label, if it is on the page."""
    row = next((row for row in page.rows if row.label == label and row.subtable is not None), None)
    if row is None or row.subtable is None:
        return None
    known = page.before is not None and (page.before_complete or label in page.before)
    return Step(label, row.subtable, subtable_before((page.before or {}).get(label), known))


def subtable_before(row: ReportRow | None, known: bool) -> int | None:
    """``Step.before`` of a row that was ``row`` in the period compared with, if that is ``known``."""
    return (row.subtable if row is not None and row.subtable is not None else 0) if known else None


def _count_key(request: ReportRequest) -> CallKey:
    rows = unordered(request)
    return call_key(rows_call(rows, rows.query.period, 0, 1, ("label",)))
