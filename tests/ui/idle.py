"""Time in the tests of the screen: it passes only where nothing is left to do.

Textual draws a sixtieth of a second after each change, and timers stand behind debouncing, loading signs and requests
that are not answered. The event loop's clock stands still while the program works, so that a busy machine changes
nothing. Where nothing is ready to run, and no thread or socket is at work, it is moved on to the moment for which the
next timer is set: what happens, and in which order, stays the same without the waiting. While a thread or a socket is
at work, it goes by the machine's clock.
Pilot's own way, to watch the processor's time in slices of 20 ms, took a third of the suite's time, and a busy machine
never looks idle to it. Its other way, to send a message to each widget and to wait until all have handled theirs, is
left to where one still handles something.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

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
    """The time of one event loop. It stands still while something runs, and is moved on where the loop would wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.at = loop.time()
        self.turns = 0
        self._loop = loop
        self._threads = threading.active_count()
        self._select: Callable[[float | None], list[object]] = loop._selector.select  # type: ignore[attr-defined]
        loop.__dict__["time"] = self
        loop._selector.select = self._wait  # type: ignore[attr-defined]

    def __call__(self) -> float:
        return self.at

    def _wait(self, timeout: float | None = None) -> list[object]:
        """The selector's ``select``: all that was ready has run, the next is due in ``timeout`` seconds."""
        self.turns += 1
        if timeout is None or timeout <= 0:
            return self._select(timeout)
        if not self.is_busy_elsewhere():
            if not (events := self._select(0)):
                self.at += timeout + _LATE
            return events
        begun = time.monotonic()
        events = self._select(timeout)
        self.at += min(time.monotonic() - begun, timeout)
        return events

    def is_busy_elsewhere(self) -> bool:
        """Returns True if a thread works, or a socket or pipe other than the loop's own is open."""
        pool = self._loop._default_executor  # type: ignore[attr-defined]
        pooled = 0 if pool is None else len(pool._threads)
        at_work = 0 if pool is None else pooled - pool._idle_semaphore._value
        others = threading.active_count() - pooled - self._threads
        return at_work > 0 or others > 0 or len(self._loop._selector.get_map()) > 1  # type: ignore[attr-defined]


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
    return clock if isinstance(clock, _Clock) else _Clock(loop)


def turn() -> int:
    """The number of the running loop's turn, in which all runs that was ready at its beginning."""
    return _clock_of(asyncio.get_running_loop()).turns


def skip(seconds: float) -> None:
    """Have the running loop's clock say that ``seconds`` have passed."""
    _clock_of(asyncio.get_running_loop()).at += seconds


def _now() -> float:
    """Textual's clock: its timers are set by this one and waited for by the loop's."""
    loop = asyncio._get_running_loop()
    return time.monotonic() if loop is None else _clock_of(loop).at


def _next_timer(loop: asyncio.AbstractEventLoop) -> float:
    """The moment for which the next timer is set, infinity without one."""
    timers: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]
    return min((timer.when() for timer in timers if not timer.cancelled()), default=float("inf"))


async def wait_for_idle(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Return when nothing is ready to run and no timer is due within a frame, at the latest when ``max_sleep`` seconds
    of timers were skipped. What threads and sockets will bring is not seen: a test waits for it by its effect."""
    loop = asyncio.get_running_loop()
    clock = _clock_of(loop)
    end, patience = clock.at + max_sleep, time.process_time() + PATIENCE
    while clock.at < end and time.process_time() < patience:
        await asyncio.sleep(0)
        if loop._ready:  # type: ignore[attr-defined]
            continue
        due = _next_timer(loop) - clock()
        if due > FRAME:
            return
        clock.at += max(due, 0.0) + _LATE


async def wait_for_more(pilot: Pilot[int]) -> None:
    """Return when something may have come: of threads and sockets if there are any, else of the next timer."""
    loop = asyncio.get_running_loop()
    if _clock_of(loop).is_busy_elsewhere():
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
            clock.at += due + _LATE
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
        if _clock_of(loop).is_busy_elsewhere():
            await asyncio.sleep(min(REAL, left))
        else:
            clock.at += min(max(_next_timer(loop) - clock() + _LATE, 0.0), left)
    await _pause(pilot)


def install() -> None:
    """Have Pilot wait like this, after each key and in each pause."""
    textual._time.get_time = _now
    Pilot.pause = pause  # type: ignore[method-assign, assignment]
    Pilot._wait_for_screen = wait_for_screen  # type: ignore[method-assign, assignment]
    for module in (textual.app, textual.pilot):
        module.__dict__["wait_for_idle"] = wait_for_idle
