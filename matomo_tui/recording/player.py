"""The clock of a replay, which can be paused, moved and made faster."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from matomo_tui.recording.recording import Recording

SPEEDS: tuple[float, ...] = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)
"""Seconds of the recording per second."""
QUICKEST = 0.5
"""Seconds between two polls of a fast replay by the user's clock."""
_SINCE = 1_000_000.0
"""What the monotonic clock shows at the beginning of the recording."""


class Player:
    """Plays the instants of a recording from its beginning to its end: a clock for the poller and the screens.

    ``real`` returns the seconds of a monotonic clock that the speed refers to.
    """

    def __init__(self, recording: Recording, *, real: Callable[[], float] = time.monotonic) -> None:
        self.begin, self.end = recording.begin, recording.end
        """Epochs of the first and the last recorded poll."""
        self.polls: Sequence[float] = recording.polls
        self.failed_polls: Sequence[float] = recording.failed_polls
        self.interval, self.gap = recording.interval, recording.gap
        self.playing = True
        self.speed = 1.0
        self._recording = recording
        self._real = real
        self._from = self.begin, real()
        self._moved = 0
        self._held = 0
        self._begins_with_poll = False
        self._changed: set[asyncio.Event] = set()

    def now(self) -> float:
        """The instant of the replay: a UTC epoch in seconds."""
        at, since = self._from
        return min(self.end, at + (self._real() - since) * self.speed) if self._moves else at

    def begin_with_poll(self) -> None:
        """Let no time pass before :meth:`poll_shown`: at a high speed, connecting takes a minute of the recording."""
        self._from = self.now(), self._real()
        self._begins_with_poll = True

    def poll_shown(self) -> None:
        """Let time pass, if it waits for the first poll."""
        if self._begins_with_poll:
            self._from = self._from[0], self._real()
            self._begins_with_poll = False
            self._wake()

    @property
    def _moves(self) -> bool:
        return self.playing and not self._held and not self._begins_with_poll

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no time pass within the block."""
        at = self.now()
        self._held += 1
        self._from = at, self._real()
        try:
            yield
        finally:
            self._from = self._from[0], self._real()
            self._held -= 1
            self._wake()

    def monotonic(self) -> float:
        """Seconds that move with :meth:`now`, also back."""
        return self.now() - self.begin + _SINCE

    @property
    def ended(self) -> bool:
        """True if the end of the recording is reached."""
        return self.now() >= self.end

    @property
    def poll_interval(self) -> float:
        """Seconds of the recording between two polls at this speed."""
        return max(self.interval, QUICKEST * self.speed)

    def last_good(self, at: float) -> float | None:
        """The instant of the last poll that succeeded up to ``at``, if the screen at ``at`` (epochs) was still showing
        its figures because of an outage; ``None`` if it was live, or had never been."""
        place = bisect_right(self.polls, at) - 1
        failed = set(self.failed_polls)
        good = next((one for one in reversed(self.polls[: place + 1]) if one not in failed), None)
        if good is None or (good == self.polls[place] and at - good <= self.gap):
            return None
        return good

    def subject(self) -> tuple[int, str] | None:
        """The site's id and the segment that were polled at this instant."""
        return self._recording.subject_at(self.now())

    def play(self) -> None:
        """Go on, at the end of the recording from its beginning."""
        self._set(self.begin if self.ended else self.now(), playing=True)

    def pause(self) -> None:
        """Stand still."""
        self._set(self.now(), playing=False)

    def seek(self, at: float) -> None:
        """Go to the epoch ``at``, or to the end of the recording that is nearer to it."""
        self._moved += 1
        self._set(min(self.end, max(self.begin, at)), playing=self.playing)

    def step(self, count: int) -> None:
        """Pause at the recorded poll ``count`` polls after this instant, or before it if negative."""
        self.pause()
        at = self.now()
        if count > 0:
            place = bisect_right(self.polls, at + 0.01) + count - 1
        else:
            place = bisect_left(self.polls, at - 0.01) + count
        self.seek(self.polls[min(len(self.polls) - 1, max(0, place))])

    def change_speed(self, steps: int) -> None:
        """Play faster by ``steps`` of ``SPEEDS``, or slower if negative."""
        self.set_speed(SPEEDS[min(len(SPEEDS) - 1, max(0, SPEEDS.index(self.speed) + steps))])

    def set_speed(self, speed: float) -> None:
        """Play ``speed`` seconds of the recording per second; one of ``SPEEDS``."""
        at = self.now()
        self.speed = speed
        self._set(at, playing=self.playing)

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        """Wait for ``event``. Returns False after ``timeout`` seconds of the recording, or if the replay was moved."""
        return await self._wait_until(event, self.now() + timeout)

    async def _wait_until(self, event: asyncio.Event, until: float) -> bool:
        """Wait for ``event`` up to the epoch ``until``; after the end of the recording, where time stands, for ever."""
        moved = self._moved
        changed = asyncio.Event()
        self._changed.add(changed)
        waits = asyncio.ensure_future(event.wait())
        try:
            while moved == self._moved and self.now() < until:
                changed.clear()
                moves = self._moves and not self.ended
                left = max(0.001, (until - self.now()) / self.speed) if moves else None
                changes = asyncio.ensure_future(changed.wait())
                await asyncio.wait({waits, changes}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                changes.cancel()
                if waits.done():
                    return True
            return event.is_set()
        finally:
            self._changed.discard(changed)
            waits.cancel()
            with suppress(asyncio.CancelledError):
                await waits

    async def finished(self) -> None:
        """Wait until the end of the recording is reached; the replay must play."""
        while not self.ended:
            await self._wait_until(asyncio.Event(), self.end)

    def _set(self, at: float, *, playing: bool) -> None:
        self._from, self.playing = (at, self._real()), playing
        self._wake()

    def _wake(self) -> None:
        """Have those that wait for an instant look again when it comes."""
        for changed in self._changed:
            changed.set()
