"""The clock interface of the poller, replaceable in tests, and an instant on the clocks of both sides."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from msgspec import Struct

INEXACT = 2.0
"""Seconds that a difference of two clocks may be wrong: an answer's time has whole seconds, and it took a while."""


def shown_offset(offset: float) -> float:
    """Return the difference of the server's clock by which times of our clock are corrected where they are shown.

    One that may be inexactness alone is none: the seconds shown would jump with each answer.
    """
    return 0.0 if abs(offset) < INEXACT else offset


class ClockPair(Struct, frozen=True):
    """One instant on two clocks, as epochs."""

    ours: float
    servers: float
    """An estimate until the server sent its time."""


class Clock(Protocol):
    """A wall clock, which may jump, and a monotonic one, which on some systems stops while the computer sleeps."""

    def now(self) -> float:
        """UTC epoch in seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary instant."""
        ...

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        """Wait for ``event``. Returns False if it was not set within ``timeout`` seconds."""
        ...


class SystemClock:
    """The clock of the operating system."""

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
