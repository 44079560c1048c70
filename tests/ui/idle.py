"""When an application under Pilot has nothing more to do. Pilot itself watches the processor's time in slices of 20 ms:
a third of the suite's time went into that, and a busy machine looks busy for ever to it."""

from __future__ import annotations

import asyncio

import textual.app
import textual.pilot

FRAME = 1 / 60 + 0.001
"""Seconds within which a timer belongs to what is being done: Textual draws this long after a change."""


async def wait_for_idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Return when nothing is ready to run and no timer is due within a frame, at the latest after ``max_sleep``
    seconds. What threads and sockets will bring is not seen: a test waits for it by its effect."""
    loop = asyncio.get_running_loop()
    end = loop.time() + max_sleep
    while loop.time() < end:
        await asyncio.sleep(0)
        if loop._ready:  # type: ignore[attr-defined]
            continue
        timers: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]
        due = min((timer.when() for timer in timers if not timer.cancelled()), default=end + FRAME) - loop.time()
        if due > FRAME:
            return
        await asyncio.sleep(max(due, 0.0) + 0.0005)


def install() -> None:
    """Have Pilot wait like this, after each key and in each pause."""
    for module in (textual.app, textual.pilot):
        module.__dict__["wait_for_idle"] = wait_for_idle
