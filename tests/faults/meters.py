"""What a fault costs: how long the event loop was held, and how much memory the process needed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

MOST_MEMORY = 100.0
"""MB that a fault may need at the most, with the server's own part: one and a half times the longest answer that is
read, however many come at the same time."""
LONGEST_STEP = 0.2
"""Seconds of the processor's that a key may have to wait."""
REPEATED = 2
"""Times that a fault is tried again if a step took longer."""
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
"""Linux then forgets the highest resident memory so far."""


class LoopMeter:
    """The processor's time of the longest step of an event loop: a key that is pressed meanwhile waits that long."""

    longest = 0.0
    """Seconds since :meth:`reset`."""
    _measurement = 0
    _run: Callable[[asyncio.Handle], None] | None = None

    @classmethod
    def install(cls) -> None:
        """Measure every step of every event loop of this process from now on."""
        if cls._run is not None:
            return
        run = cls._run = asyncio.events.Handle._run

        def measured(handle: asyncio.Handle) -> None:
            measurement, started = cls._measurement, time.thread_time()
            run(handle)
            if measurement == cls._measurement:  # else the step is in part the test's own
                cls.longest = max(cls.longest, time.thread_time() - started)

        setattr(asyncio.events.Handle, "_run", measured)  # noqa: B010 (asyncio has no hook around its steps)

    @classmethod
    def reset(cls) -> None:
        """Begin a new measurement."""
        cls.longest = 0.0
        cls._measurement += 1


class MemoryMeter:
    """The peak of the resident memory, in MB above that at the beginning."""

    def __init__(self) -> None:
        with suppress(OSError):
            _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
        self._before = _megabytes("VmRSS")

    @property
    def grown(self) -> float:
        """MB at the peak above the beginning, the server's own included; 0 where the system does not tell."""
        return max(0.0, _megabytes("VmHWM") - self._before)


def _megabytes(name: str) -> float:
    try:
        lines: list[Any] = [line.split() for line in _STATUS.read_text(encoding="ascii").splitlines()]
    except OSError:
        return 0.0
    return next((int(line[1]) / 1024 for line in lines if line and line[0] == f"{name}:"), 0.0)


class Costly(Protocol):
    """An outcome with what it cost."""

    held: float
    grown: float


class Held(Protocol):
    """An outcome with the seconds of the longest step."""

    held: float


Outcome = TypeVar("Outcome", bound=Held)


async def undisturbed(attempt: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """The outcome of ``attempt``, repeated if a step took too long: a machine that is busy, or was idle, takes several
    times as long for the same step, but not each time."""
    for _ in range(REPEATED):
        outcome = await attempt()
        if outcome.held <= LONGEST_STEP:
            return outcome
    return await attempt()


def judge_cost(outcome: Costly) -> list[str]:
    """What was beyond its bound."""
    found = []
    if outcome.held > LONGEST_STEP:
        found.append(f"the event loop was held for {outcome.held:.2f} s")
    if outcome.grown > MOST_MEMORY:
        found.append(f"{outcome.grown:.0f} MB more memory")
    return found
