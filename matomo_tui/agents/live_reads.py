"""Live figures for single calls: a poller per site, which polls only when an agent asks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.site import Site
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import LiveSnapshot

FRESH = 3.0
"""Seconds for which an answer is used again: an agent may call several tools in a row."""
_MOST_SITES = 8


@dataclass(slots=True)
class _Watched:
    poller: Poller
    task: asyncio.Task[None]
    polls: int = 0
    polled_at: float | None = None
    """Monotonic seconds of the last answer."""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class LiveReads:
    """Snapshots of sites. The sites asked for last keep their state, so that a later poll fetches only new visits."""

    def __init__(self, client: Client, *, clock: Clock | None = None) -> None:
        self._client = client
        self._clock: Clock = clock or SystemClock()
        self._watched: OrderedDict[int, _Watched] = OrderedDict()

    async def snapshot(self, site: Site) -> LiveSnapshot:
        """The snapshot of a site, at most :data:`FRESH` seconds old. Raises the ``MatomoError`` of the poll."""
        watched = self._watch(site)
        async with watched.asking:
            if not self._is_fresh(watched):
                await self._poll(watched)
        snapshot = watched.poller.snapshot
        if snapshot.poll.error is not None:
            raise snapshot.poll.error
        return snapshot

    def token_replaced(self) -> None:
        """Ask again about sites whose poll failed, because the client sends another token now."""
        for watched in self._watched.values():
            if watched.poller.snapshot.poll.error is not None:
                watched.polled_at = None

    async def aclose(self) -> None:
        """Stop all pollers."""
        tasks = [watched.task for watched in self._watched.values()]
        self._watched.clear()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    def _is_fresh(self, watched: _Watched) -> bool:
        return watched.polled_at is not None and 0 <= self._clock.monotonic() - watched.polled_at < FRESH

    def _watch(self, site: Site) -> _Watched:
        watched = self._watched.get(site.id)
        if watched is not None and watched.poller.snapshot.poll.error is not None and not self._is_fresh(watched):
            watched.task.cancel()  # a poller may have stopped after an error, and a new one tries again
            watched = None
        if watched is None or watched.task.done():
            poller = Poller(self._client, site, interval=0, clock=self._clock)
            task = asyncio.create_task(poller.run(), name=f"live figures of site {site.id}")
            watched = self._watched[site.id] = _Watched(poller, task)
            poller.subscribe(partial(self._look, watched))
        self._watched.move_to_end(site.id)
        while len(self._watched) > _MOST_SITES:
            _, oldest = self._watched.popitem(last=False)
            oldest.task.cancel()
        return watched

    def _look(self, watched: _Watched, snapshot: LiveSnapshot) -> None:
        """Note the answer to a poll, also if whoever asked for it has given up."""
        if snapshot.poll.polls > watched.polls and not snapshot.poll.in_flight:
            watched.polls, watched.polled_at = snapshot.poll.polls, self._clock.monotonic()
            watched.answered.set()

    async def _poll(self, watched: _Watched) -> None:
        """Poll once, or wait for the poll in flight, and return when the answer is in the poller's snapshot."""
        watched.answered.clear()
        watched.poller.poll_now()
        answered = asyncio.ensure_future(watched.answered.wait())
        try:
            await asyncio.wait({answered, watched.task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            answered.cancel()
        if watched.task.done():
            cause = None if watched.task.cancelled() else watched.task.exception()
            raise MatomoError("The live figures were closed while they were read. Ask again.") from cause
