"""Cooperative multitasking for long computations: the demo may share a thread with a user interface."""

from __future__ import annotations

import asyncio
from time import perf_counter

_PIECE = 0.006


class Yielder:
    """Lets other tasks run when a computation has taken too long.

    ``longest`` is the longest piece so far, in seconds: what somebody waited in the worst case.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._since = 0.0

    def begin(self) -> None:
        """A computation begins: what ran before it is not its time."""
        self._since = perf_counter()

    async def pause(self) -> None:
        """Between two steps of a computation, each short."""
        taken = perf_counter() - self._since
        if taken >= _PIECE:
            self.longest = max(self.longest, taken)
            await asyncio.sleep(0)
            self._since = perf_counter()
