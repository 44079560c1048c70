"""Sends calls one HTTP request at a time, merges equal ones, and cancels those that no task waits for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct

from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, TokenRejected
from matomo_tui.api.reports import ReportRow, ReportTable
from matomo_tui.reports.cache import Cache, CacheEntry

CallKey = tuple[str, tuple[tuple[str, str], ...]]
"""A call's method, and its parameters sorted by name."""

PAUSES = (0.0, 0.1, 0.25, 0.5, 1.0)
"""Seconds to wait before the next request after 0, 1, 2 … cancelled ones in a row. A server completes a report even if
the request is cancelled: without a pause, paging quickly through a year of days would have it build them all."""


class QueuedCall(Struct, frozen=True):
    """A call to send."""

    call: Call[Any]
    lifetime: float
    """Seconds for which its answer is used from the cache; 0: it is not cached."""


class _Request:
    """One HTTP request under way, and the number of tasks waiting for it."""

    def __init__(self, keys: Sequence[Hashable], task: asyncio.Task[dict[Hashable, CacheEntry | MatomoError]]) -> None:
        self.keys = tuple(keys)
        self.task = task
        self.waiting = 0


class _PriorityLock:
    """A lock with two queues: tasks that enter with ``last`` wait until the other queue is empty."""

    def __init__(self) -> None:
        self._locked = False
        self._first: deque[asyncio.Future[None]] = deque()
        self._last: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def held(self, last: bool) -> AsyncIterator[None]:
        """Hold the lock within the ``async with`` block."""
        if self._locked:
            granted = asyncio.get_running_loop().create_future()
            (self._last if last else self._first).append(granted)
            try:
                await granted
            except asyncio.CancelledError:
                if not granted.cancelled():
                    self._pass_on()  # the lock was passed to this task just then
                raise
        self._locked = True
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        for waiting in (self._first, self._last):
            while waiting:
                granted = waiting.popleft()
                if not granted.done():
                    granted.set_result(None)
                    return
        self._locked = False


class RequestQueue:
    """Sends calls through ``client`` and caches up to ``most_rows`` rows of answers. One HTTP request runs at a time.

    Equal calls are merged: a call that is cached or under way is not sent again. A request is cancelled when the last
    task waiting for it is. After an error that must not be repeated (a rejected token, a lockout) nothing is sent until
    :meth:`resume`, and every call raises that error.
    """

    def __init__(self, client: Client, *, now: Callable[[], float] = time.time, most_rows: int = 10_000) -> None:
        self._client = client
        self._now = now
        self._lock = _PriorityLock()
        self._under_way: dict[Hashable, _Request] = {}
        self._granted_up = 0
        self.cache = Cache(most_rows, now)
        self.stopped: MatomoError | None = None

    def resume(self, *, accepted: bool = False) -> None:
        """Send requests again: the user wants it. A rejected token is sent again only if Matomo has ``accepted`` it
        since."""
        if accepted or not isinstance(self.stopped, TokenRejected):
            self.stopped = None

    async def request(
        self, calls: Sequence[QueuedCall], *, reload: bool = False, last: bool = False
    ) -> list[CacheEntry | MatomoError]:
        """An answer or an error for each call, from the cache, a request under way, or one new (bulk) request.
        ``reload`` bypasses the cache; ``last`` sends the request after all that wait.

        Raises a ``MatomoError`` only if it stops polling.
        """
        found: dict[Hashable, CacheEntry | MatomoError] = {}
        missing: dict[Hashable, QueuedCall] = {}
        joined: list[_Request] = []
        for queued in calls:
            key = call_key(queued.call)
            under_way = self._under_way.get(key)
            kept = None if reload else self.cache.get(key)
            if kept is not None:
                found[key] = kept
            elif under_way is not None:
                joined.append(under_way)
            else:
                missing[key] = queued
        if missing:
            joined.append(self._send(missing, last))
        for request in dict.fromkeys(joined):
            request.waiting += 1
        await self._wait(list(dict.fromkeys(joined)), found)
        return [found[call_key(queued.call)] for queued in calls]

    def cached(self, call: Call[Any]) -> CacheEntry | None:
        """The cached answer, however old; ``None`` if there is none."""
        return self.cache.get(call_key(call), stale=True)

    def _send(self, missing: dict[Hashable, QueuedCall], last: bool) -> _Request:
        request = _Request(list(missing), asyncio.ensure_future(self._exchange(list(missing.items()), last)))
        for key in missing:
            self._under_way[key] = request

        def over(task: asyncio.Task[Any]) -> None:
            for key in request.keys:
                if self._under_way.get(key) is request:
                    del self._under_way[key]
            if not task.cancelled():
                task.exception()  # retrieved here in case no task is left to retrieve it

        request.task.add_done_callback(over)
        return request

    async def _wait(self, requests: list[_Request], found: dict[Hashable, CacheEntry | MatomoError]) -> None:
        """Collect the answers of ``requests`` in ``found``. On cancellation, cancel those that no other task waits
        for."""
        left = list(requests)
        try:
            while left:
                answers = await asyncio.shield(left[0].task)
                left.pop(0).waiting -= 1
                found |= answers
        finally:
            for request in left:
                request.waiting -= 1
                if not request.waiting and not request.task.done():
                    for key in request.keys:
                        self._under_way.pop(key, None)
                    request.task.cancel()

    async def _exchange(
        self, missing: list[tuple[Hashable, QueuedCall]], last: bool
    ) -> dict[Hashable, CacheEntry | MatomoError]:
        async with self._lock.held(last):
            await asyncio.sleep(PAUSES[min(self._granted_up, len(PAUSES) - 1)])
            if self.stopped is not None:
                raise self.stopped
            calls = [queued.call for _, queued in missing]
            asked_at = self._now()
            answers: list[Any]
            try:
                answers = await self._client.bulk(calls) if len(calls) > 1 else [await self._client.call(calls[0])]
            except asyncio.CancelledError:
                self._granted_up += 1
                raise
            except MatomoError as error:
                if error.stops_polling:
                    self.stopped = error
                    raise
                answers = [error] * len(calls)
            self._granted_up = 0
        return {
            key: answer
            if isinstance(answer, MatomoError)
            else self.cache.put(key, answer, asked_at=asked_at, lifetime=queued.lifetime, weight=_weight(answer))
            for (key, queued), answer in zip(missing, answers, strict=True)
        }


def call_key(call: Call[Any]) -> CallKey:
    """The key of a call: calls with equal keys have the same answer."""
    return call.method, tuple(sorted((name, str(value)) for name, value in call.params.items()))


def _rows(rows: Sequence[ReportRow]) -> int:
    """The number of rows, subtables included."""
    return len(rows) + sum(_rows(row.rows) for row in rows if row.rows)


def _weight(answer: Any) -> int:
    """The approximate number of rows of an answer."""
    if isinstance(answer, ReportTable):
        return _rows(answer.rows)
    try:
        return len(answer)
    except TypeError:
        return 1
