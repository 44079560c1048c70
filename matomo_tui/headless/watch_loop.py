"""Repeats polls for hours: paced, with back-off during outages, and with a new token when one is rejected."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, FeatureDisabled, MatomoError, NoAccess, TokenRejected
from matomo_tui.api.site import Site
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.headless.visit_stream import VisitStream, VisitUpdate
from matomo_tui.instants import apart
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.live.poller import DEFAULT_INTERVAL, Poller
from matomo_tui.live.schedule import Pacer
from matomo_tui.live.snapshot import LiveSnapshot, Phase

_AT_FIRST = (BadRequest, FeatureDisabled)
_CHECKED_EVERY = 1.0
"""Seconds between two checks of whether the output is still read."""


def ends_watching(error: MatomoError, *, at_first: bool) -> bool:
    """Return True if waiting does not help: token and access, and ``at_first`` also parameters and features."""
    return error.stops_polling or isinstance(error, NoAccess) or (at_first and isinstance(error, _AT_FIRST))


@dataclass(slots=True)
class Watching:
    """How a watch behaves. ``interval`` is in seconds; ``fail_fast`` ends it at the first failed poll."""

    interval: float = DEFAULT_INTERVAL
    fail_fast: bool = False
    on_note: Callable[[str], None] = lambda _: None
    """Called with a sentence when an outage begins, changes and ends."""
    on_wait: Callable[[], None] = lambda: None
    """Called about once a second while nothing is sent; may raise to end the watch."""
    on_polled: Callable[[], None] = lambda: None
    """Called when a snapshot of the live screen, or the failure of its poll, was told."""
    clock: Clock = field(default_factory=SystemClock)
    fresh: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the live screen may have something new."""
    ends: bool = False
    """See :meth:`end`."""
    _since: float | None = None
    _said: str = ""
    _answered: bool = False

    def failed(self, error: MatomoError, wait: float) -> None:
        """Report a failed poll; the next one is in ``wait`` seconds. Raises the error if it ends the watch."""
        if self.fail_fast or ends_watching(error, at_first=not self._answered):
            raise error
        if self._since is None:
            self._since = self.clock.now()
        if str(error) != self._said:
            self._said = str(error)
            self.on_note(f"{error} Trying again in {apart(wait)}, and then until it answers.")

    def answered(self) -> None:
        """Report a good poll."""
        if self._since is not None:
            self.on_note(f"Matomo answers again, after {apart(self.clock.now() - self._since)}.")
        self._since, self._said, self._answered = None, "", True

    def end(self) -> None:
        """Let the live screen make one more poll at once, and end the watch when that was told."""
        self.ends = True
        self.fresh.set()

    async def wait(self, seconds: float) -> None:
        """Wait, and check meanwhile that the output is still read."""
        until = self.clock.monotonic() + seconds
        never = asyncio.Event()
        self.on_wait()
        while (left := until - self.clock.monotonic()) > 0:
            await self.clock.wait(never, min(left, _CHECKED_EVERY))
            self.on_wait()


class Watchable(Protocol):
    """What a watch asks for its client: a :class:`ReadConnection`, or a replay."""

    async def client(self) -> Client:
        """Return the client."""

    async def renew(self) -> bool:
        """Replace a rejected token. Returns False if there is no other one."""


async def watch_visits(
    connection: ReadConnection, stream: VisitStream, watching: Watching
) -> AsyncIterator[VisitUpdate]:
    """Yield the updates of ``stream`` until cancelled. Raises a ``MatomoError`` that ends the watch."""
    clock = watching.clock
    pacer = Pacer(watching.interval or DEFAULT_INTERVAL)
    while True:
        started, changed = clock.monotonic(), False
        try:
            client = await connection.client()
            async for update in stream.poll(client, clock.now() + client.server_offset):
                changed = True
                yield update
        except TokenRejected:
            if not await connection.renew():
                raise
            continue
        except MatomoError as error:
            pacer.failed(error)
            watching.failed(error, pacer.effective[0])
        else:
            pacer.succeeded(clock.monotonic(), elapsed=client.last_elapsed, changed=changed)
            watching.answered()
        await watching.wait(started + pacer.delay() - clock.monotonic())


async def watch_snapshots(
    connection: Watchable, site: Site, segment: str, watching: Watching
) -> AsyncIterator[LiveSnapshot]:
    """Yield a snapshot of the live screen after each good poll, until cancelled or up to ``watching.end``. Raises a
    ``MatomoError`` that ends the watch."""
    poller = Poller(
        await connection.client(),
        site,
        interval=watching.interval or DEFAULT_INTERVAL,
        segment=segment,
        clock=watching.clock,
    )
    fresh = watching.fresh
    poller.subscribe(lambda _: fresh.set())
    running = asyncio.ensure_future(poller.run())
    polls, last = 0, math.inf
    try:
        while True:
            if not fresh.is_set():
                await watching.clock.wait(fresh, _CHECKED_EVERY)
                watching.on_wait()
                if running.done():
                    await running
                continue
            fresh.clear()
            snapshot = poller.snapshot
            poll = snapshot.poll
            if watching.ends and last == math.inf and not poll.in_flight:
                last = poll.polls + 1
                poller.resume()
            if poll.in_flight or poll.polls == polls:
                continue
            polls = poll.polls
            if poll.error is None:
                watching.answered()
                yield snapshot
            elif poll.phase is Phase.STOPPED and isinstance(poll.error, TokenRejected):
                if not await connection.renew():
                    raise poll.error
                poller.token_replaced()
            else:
                watching.failed(poll.error, poll.effective)
            watching.on_polled()
            if polls >= last:
                return
    finally:
        running.cancel()
