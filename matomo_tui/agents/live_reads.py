"""Live figures for single calls: a poller per site, which polls only when an agent asks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field

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
    polled_at: float | None = None
    """Monotonic seconds of the last answer."""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


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
                watched.polled_at = self._clock.monotonic()
        snapshot = watched.poller.snapshot
        if snapshot.poll.error is not None:
            raise snapshot.poll.error
        return snapshot

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
        if watched is None:
            poller = Poller(self._client, site, interval=0, clock=self._clock)
            task = asyncio.create_task(poller.run(), name=f"live figures of site {site.id}")
            watched = self._watched[site.id] = _Watched(poller, task)
        self._watched.move_to_end(site.id)
        while len(self._watched) > _MOST_SITES:
            _, oldest = self._watched.popitem(last=False)
            oldest.task.cancel()
        return watched

    async def _poll(self, watched: _Watched) -> None:
        """Poll once, and return when the answer is in the poller's snapshot."""
        poller, answered = watched.poller, asyncio.get_running_loop().create_future()
        polls = poller.snapshot.poll.polls

        def look(snapshot: LiveSnapshot) -> None:
            if snapshot.poll.polls > polls and not snapshot.poll.in_flight and not answered.done():
                answered.set_result(None)

        unsubscribe = poller.subscribe(look)
        try:
            poller.poll_now()
            await asyncio.wait({answered, watched.task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            unsubscribe()
        if watched.task.done():
            raise MatomoError("The live figures were closed while they were read. Ask again.")
