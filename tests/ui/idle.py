"""Time in the tests of the screen: nothing is waited for that only the clock brings.

Textual draws a sixtieth of a second after each change, and timers stand behind debouncing, loading signs and requests
that are not answered. Where nothing is ready to run, and no thread or socket is at work, the event loop's clock is
moved on to the moment for which the next timer is set: what happens, and in which order, stays the same without the
waiting.
Pilot's own way, to watch the processor's time in slices of 20 ms, took a third of the suite's time, and a busy machine
never looks idle to it. Its other way, to send a message to each widget and to wait until all have handled theirs, is
left to where one still handles something.
"""

from __future__ import annotations

import asyncio
import time

import textual._time
import textual.app
import textual.pilot
from textual.app import App
from textual.pilot import Pilot

FRAME = 1 / 60 + 0.001
"""Seconds within which a timer belongs to the present step: Textual draws this long after a change."""

REAL = 0.005
"""Seconds that threads and sockets are given at a time."""

_LONGEST = 10
"""How many times that at the most until it is looked at what they have brought."""

PATIENCE = 30.0
"""Seconds of this process's own, whatever else the machine does, after which an application is given up that never has
nothing to do."""

_LATE = 0.0005
"""Seconds beyond the moment for which a timer is set, as Textual wakes up that much too early."""

_pause = Pilot.pause
_wait_for_screen = Pilot._wait_for_screen


class _Clock:
    """The time of one event loop, ``ahead`` of the machine's by what was skipped."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


class _Arrivals:
    """How often a socket, pipe or thread has brought something to one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.count = 0
        self._process = loop._process_events  # type: ignore[attr-defined]

    def __call__(self, events: list[object]) -> None:
        self.count += bool(events)
        self._process(events)


def _arrivals_of(loop: asyncio.AbstractEventLoop) -> _Arrivals:
    arrivals = loop.__dict__.get("_process_events")
    if not isinstance(arrivals, _Arrivals):
        arrivals = loop.__dict__["_process_events"] = _Arrivals(loop)
    return arrivals


def _clock_of(loop: asyncio.AbstractEventLoop) -> _Clock:
    clock = loop.__dict__.get("time")
    if not isinstance(clock, _Clock):
        clock = loop.__dict__["time"] = _Clock()
    return clock


def _now() -> float:
    """Textual's clock: its timers are set by this one and waited for by the loop's."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()


def _next_timer(loop: asyncio.AbstractEventLoop) -> float:
    """The moment for which the next timer is set, infinity without one."""
    timers: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]
    return min((timer.when() for timer in timers if not timer.cancelled()), default=float("inf"))


def _is_busy_elsewhere(loop: asyncio.AbstractEventLoop) -> bool:
    """Returns True if a thread of the loop's pool works, or a socket or pipe other than the loop's own is open."""
    pool = loop._default_executor  # type: ignore[attr-defined]
    at_work = 0 if pool is None else len(pool._threads) - pool._idle_semaphore._value
    return at_work > 0 or len(loop._selector.get_map()) > 1  # type: ignore[attr-defined]


async def wait_for_idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Return when nothing is ready to run and no timer is due within a frame, at the latest when ``max_sleep`` seconds
    of timers were skipped. What threads and sockets will bring is not seen: a test waits for it by its effect."""
    loop = asyncio.get_running_loop()
    clock = _clock_of(loop)
    # How long the machine takes for what is ready says nothing: on a busy one a second is soon over.
    end, patience = clock.ahead + max_sleep, time.process_time() + PATIENCE
    while clock.ahead < end and time.process_time() < patience:
        await asyncio.sleep(0)
        if loop._ready:  # type: ignore[attr-defined]
            continue
        due = _next_timer(loop) - clock()
        if due > FRAME:
            return
        clock.ahead += max(due, 0.0) + _LATE


async def wait_for_more(pilot: Pilot[int]) -> None:
    """Return when something may have come: of threads and sockets if there are any, else of the next timer."""
    loop = asyncio.get_running_loop()
    if _is_busy_elsewhere(loop):
        arrivals = _arrivals_of(loop)
        before = arrivals.count
        for _ in range(_LONGEST):
            await asyncio.sleep(REAL)
            if arrivals.count != before:
                break
    else:
        clock = _clock_of(loop)
        due = _next_timer(loop) - clock()
        if 0 < due < 3600 and not loop._ready:  # type: ignore[attr-defined]
            clock.ahead += due + _LATE
    await pilot.pause()


async def wait_for_screen(pilot: Pilot[int], timeout: float = 30.0) -> bool:
    """``Pilot._wait_for_screen``: all messages sent so far were handled."""
    loop, patience = asyncio.get_running_loop(), time.process_time() + PATIENCE
    while time.process_time() < patience:
        await asyncio.sleep(0)
        if not loop._ready:  # type: ignore[attr-defined]
            break
    if pilot.app._exception is not None or _are_handling(pilot.app):
        return await _wait_for_screen(pilot, timeout)
    return True


def _are_handling(app: App[int]) -> bool:
    """Returns True if the application or a part of its screen has a message to handle, or is in the middle of it."""
    parts = [app, *app.screen.walk_children(with_self=True)] if app._screen_stack else [app]
    return any(not part._message_queue.ready_event._waiters for part in parts if not (part._closing or part._closed))


async def pause(pilot: Pilot[int], delay: float | None = None) -> None:
    """``Pilot.pause``; of a ``delay`` only what threads and sockets need is waited out."""
    if delay is None:
        await _pause(pilot)
        return
    loop = asyncio.get_running_loop()
    clock = _clock_of(loop)
    end = clock() + delay
    while (left := end - clock()) > 0:
        await asyncio.sleep(0)
        if loop._ready:  # type: ignore[attr-defined]
            continue
        if _is_busy_elsewhere(loop):
            await asyncio.sleep(min(REAL, left))
        else:
            clock.ahead += min(max(_next_timer(loop) - clock() + _LATE, 0.0), left)
    await _pause(pilot)


def install() -> None:
    """Have Pilot wait like this, after each key and in each pause."""
    textual._time.get_time = _now
    Pilot.pause = pause  # type: ignore[method-assign, assignment]
    Pilot._wait_for_screen = wait_for_screen  # type: ignore[method-assign, assignment]
    for module in (textual.app, textual.pilot):
        module.__dict__["wait_for_idle"] = wait_for_idle
