"""The clock interface of the poller, replaceable in tests."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """``now`` is UTC seconds since 1970 and may jump; ``monotonic`` never goes back (but stops in a sleep on
    some systems)."""

    def now(self) -> float:
        """UTC epoch in seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment."""
        ...

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        """Wait until ``event`` is set (true) or ``timeout`` seconds passed (false)."""
        ...


class SystemClock:
    """The real one."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        except TimeoutError:
            return False
        return True
