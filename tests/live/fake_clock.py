"""A clock for tests: time only passes in ``advance``, and jumps to the next deadline."""

from __future__ import annotations

import asyncio
import heapq
import math
from itertools import count
from typing import Any

START = 1795437064.0
"""The first poll of the recorded live session: 2026-11-23 12:31:04 UTC, 13:31:04 in Berlin."""


class FakeClock:
    """A manual :class:`~matomo_tui.live.clock.Clock`.

    ``true`` is the actual time (and that of a test's server); ``now`` is this computer's, which may be wrong;
    ``monotonic`` stops while the computer is suspended.
    """

    def __init__(self, start: float = START) -> None:
        self.true = start
        self.error = 0.0
        self._monotonic = 1000.0
        self._timers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._sequence = count()

    def now(self) -> float:
        return self.true + self.error

    def monotonic(self) -> float:
        return self._monotonic

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        if event.is_set() or timeout <= 0:
            return event.is_set()
        timer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # However short the wait, the clock moves on: one below its resolution would be begun again for ever.
        due = max(self._monotonic + timeout, math.nextafter(self._monotonic, math.inf))
        heapq.heappush(self._timers, (due, next(self._sequence), timer))
        waiter = asyncio.ensure_future(event.wait())
        either: set[asyncio.Future[Any]] = {waiter, timer}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
            timer.cancel()
        return event.is_set()

    async def sleep(self, seconds: float) -> None:
        """Wait without other effects, as a slow server does."""
        await self.wait(asyncio.Event(), seconds)

    async def settle(self) -> None:
        """Run all tasks that do not wait for time."""
        for _ in range(12):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Let time pass, and wake sleeping tasks in order."""
        await self.settle()
        target = self._monotonic + seconds
        while True:
            while self._timers and self._timers[0][2].done():
                heapq.heappop(self._timers)
            if not self._timers or self._timers[0][0] > target:
                break
            due, _, timer = heapq.heappop(self._timers)
            self._pass(max(0.0, due - self._monotonic))
            timer.set_result(None)
            await self.settle()
        self._pass(target - self._monotonic)
        await self.settle()

    def suspend(self, seconds: float) -> None:
        """Suspend the computer: the actual time passes, the monotonic clock stops, no task wakes."""
        self.true += seconds

    def set_wrong(self, seconds: float) -> None:
        """Set this computer's clock ahead (or back) of the actual time."""
        self.error += seconds

    def _pass(self, seconds: float) -> None:
        self.true += seconds
        self._monotonic += seconds
