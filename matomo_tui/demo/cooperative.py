"""Cooperative multitasking for long computations: the demo may share its thread with a user interface."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")

_PIECE = 0.006


class Yielder:
    """Yields to other tasks when a computation has run for too long.

    ``longest`` is the longest stretch without a yield so far, in seconds.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._since = 0.0

    def begin(self) -> None:
        """Restart the clock at the beginning of a computation."""
        self._since = perf_counter()

    async def pause(self) -> None:
        """Yield if due; called between two short steps of a computation."""
        taken = perf_counter() - self._since
        if taken >= _PIECE:
            self.longest = max(self.longest, taken)
            await asyncio.sleep(0)
            self._since = perf_counter()

    async def over(self, items: Iterable[T], every: int) -> AsyncIterator[T]:
        """The items; between two of them it yields if due, which is checked after ``every`` items."""
        for number, item in enumerate(items, 1):
            yield item
            if not number % every:
                await self.pause()
