"""The poller of one site: one HTTP request a poll, one in flight; source of all live data."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, NoAccess, TokenRejected
from matomo_tui.api.sites import Site
from matomo_tui.limits import MAX_INTERVAL, MIN_INTERVAL
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.live.poll_plan import Part
from matomo_tui.live.schedule import Pacer
from matomo_tui.live.site_state import ClockPair, Derived, SiteState
from matomo_tui.live.snapshot import LiveSnapshot, Pace, Phase, PollState

DEFAULT_INTERVAL = 5.0
LOOK_UP = 15.0
"""Seconds after which a long wait looks at the clock, as a monotonic clock may stand still while a laptop sleeps."""
SOONEST = 1.0
"""Seconds between two polls, however often a person asks."""
DRIFT = 60.0
"""Seconds that the two clocks may disagree between two polls before the time of day counts as unknown."""
MAX_REJECTIONS = 2
"""How often a token that Matomo rejected is sent: once, and once more when a person says so."""

Subscriber = Callable[[LiveSnapshot], None]


class Poller:
    """Polls ``Live`` and publishes a :class:`LiveSnapshot` after each poll and each change of state.

    Subscribers are called in the event loop and must not block. All methods but ``run`` return at once.
    """

    def __init__(
        self,
        client: Client,
        site: Site,
        *,
        interval: float = DEFAULT_INTERVAL,
        segment: str = "",
        clock: Clock | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.snapshot = LiveSnapshot(site=site, segment=segment)
        self._client = client
        self._watch = SiteState(site, segment)
        self._pacer = Pacer(_bounded(interval) if interval > 0 else DEFAULT_INTERVAL, rng=rng)
        self._subscribers: list[Subscriber] = []
        self._wake = asyncio.Event()
        self._request: asyncio.Task[MatomoError | None] | None = None
        self._paused = interval <= 0
        self._at_once = False
        self._stopped = False
        self._rejections = 0
        self._proven = False
        self._polls = 0
        self._failures = 0
        self._picture: Derived | None = None
        self._due: tuple[float, float] | None = None
        self._started = -SOONEST
        self._clocks: tuple[float, float] | None = None
        self._error: MatomoError | None = None
        self._last_success_at: float | None = None
        self._answered: ClockPair | None = None
        self._next_poll_at: float | None = None
        self._asked_at: float | None = None

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with every new snapshot; returns what ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    async def run(self) -> None:
        """Poll until cancelled. Never raises a ``MatomoError``: they are part of the snapshot."""
        self._publish()
        while True:
            if self._rests:
                self._wake.clear()
                await self.clock.wait(self._wake, MAX_INTERVAL)
            elif await self._poll():
                await self._wait()

    def pause(self) -> None:
        """Stop polling, keep the figures."""
        self._paused = True
        self._at_once = False
        self._changed()

    def resume(self) -> None:
        """Poll again at once, also after ``STOPPED`` (a person acted).

        A token that was rejected twice is not sent again: that needs ``replace_client``.
        """
        if self._stopped and self._rejections >= MAX_REJECTIONS:
            return
        self._paused = self._stopped = False
        self._at_once = self._request is None
        self._pacer.wake()
        self._changed()

    def poll_now(self) -> None:
        """Poll without waiting for the interval, once also while paused; nothing when stopped, while one is in flight,
        or less than a second after the last."""
        just_was = self.clock.monotonic() - self._started < SOONEST
        if not self._stopped and self._request is None and not just_was:
            self._at_once = True
            self._wake.set()

    def set_interval(self, seconds: float) -> None:
        """Another interval, 2 s to 1 h, counted from the last poll; 0 pauses."""
        if seconds <= 0:
            self.pause()
            return
        self._pacer.interval = _bounded(seconds)
        self._due = None
        if self._paused:
            self._paused = False
            self._at_once = True
        self._changed()

    def switch(self, *, site: Site | None = None, segment: str | None = None) -> None:
        """Start afresh on another site or segment; an answer under way for the old one is dropped.

        A poller that is paused fetches the new figures once. One that was stopped for lack of access polls again; one
        that was stopped for its token stays so.
        """
        old = self._watch
        self._watch = SiteState(old.site if site is None else site, old.segment if segment is None else segment)
        self._picture = None
        self._last_success_at = None
        if isinstance(self._error, NoAccess):
            self._stopped = False
        # A token that no answer has proven yet may be a wrong one: what it was sent with has to come back first.
        if self._request is not None and self._proven:
            self._request.cancel()
        self._restart()

    def describe(self, site: Site) -> None:
        """The site that is watched has another name, currency or address: the figures stay. In another time zone its
        day begins at another time, and everything is asked for afresh."""
        if site.timezone != self._watch.site.timezone:
            self.switch(site=site)
        else:
            self._watch.site = site
            self._changed()

    def replace_client(self, client: Client) -> None:
        """Poll through another client (a new token), at once; the figures stay until it answers."""
        if client is not self._client:
            self._client = client
            self._rejections = 0
            self._proven = False
            self._clocks = None
            if self._request is not None:
                self._request.cancel()
        if self._rejections < MAX_REJECTIONS:
            self._stopped = False
        self._restart()

    @property
    def _rests(self) -> bool:
        return self._stopped or (self._paused and not self._at_once)

    def _restart(self) -> None:
        if not self._stopped:
            self._error = None
            self._failures = 0
            self._pacer.wake()
        self._at_once = True
        self._changed()

    def _changed(self) -> None:
        if self._rests:
            self._next_poll_at = None
        self._wake.set()
        self._publish()

    async def _poll(self) -> bool:
        """One poll; false when it was overtaken by a switch and the next is due at once."""
        watch, client = self._watch, self._client
        self._started, self._asked_at = self.clock.monotonic(), self.clock.now()
        self._at_once = False
        self._next_poll_at = None
        request = self._request = asyncio.ensure_future(self._exchange(watch, client))
        self._publish()
        try:
            await asyncio.wait({request})
        finally:
            request.cancel()
            self._request = None
        if request.cancelled() or client is not self._client:
            return False
        error = request.result()
        self._proven |= error is None
        if watch is not self._watch and not (error and error.stops_polling):
            return False
        self._polls += 1
        self._error = error
        if error is None:
            self._failures = self._rejections = 0
            self._last_success_at = self.clock.now()
            self._answered = self._moment(client)
            return True
        self._failures += 1
        if error.stops_polling or isinstance(error, NoAccess):
            self._stopped = True
            self._rejections += isinstance(error, TokenRejected)
        else:
            self._pacer.failed(error)
        return True

    async def _exchange(self, watch: SiteState, client: Client) -> MatomoError | None:
        """Ask and take in, page after page where a burst needs it; the error that made the poll fail, if one did."""
        calls = watch.calls(self._moment(client), clock_known=self._clock_known(client))
        started = self.clock.monotonic()
        try:
            answers = await client.bulk(list(calls.values()))
            elapsed = self.clock.monotonic() - started
            changed = watch.absorb(dict(zip(calls, answers, strict=True)), self._moment(client))
            while watch is self._watch and (page := watch.next_page) is not None:
                self._look()
                self._publish()
                changed |= watch.absorb_page(await client.call(page), self._moment(client))
        except MatomoError as error:
            watch.failed(calls, error, self._moment(client))
            return error
        self._clocks = self.clock.now(), self.clock.monotonic()
        typical = None if Part.SUMMARY in calls else elapsed
        self._pacer.succeeded(self.clock.monotonic(), elapsed=typical, changed=changed)
        return None

    async def _wait(self) -> None:
        """Until the next poll is due, by either clock, or a person wants something."""
        self._due = None
        if not self._clock_moved():
            self._look()
        while not (self._rests or self._at_once):
            self._wake.clear()
            if self._due is None:
                due = self._started + self._pacer.delay()
                self._due = due, self.clock.now() + due - self.clock.monotonic()
            remaining = self._due[0] - self.clock.monotonic()
            if remaining <= 0 or self.clock.now() >= self._due[1]:
                return
            self._announce(self.clock.now() + remaining)
            await self.clock.wait(self._wake, min(remaining, LOOK_UP))
        self._publish()

    def _announce(self, at: float) -> None:
        """Say when the next poll is, where that is not what was said (the clock may have been set meanwhile)."""
        if self._next_poll_at is None or abs(at - self._next_poll_at) > 1.0:
            self._next_poll_at = at
            self._publish()

    def _clock_known(self, client: Client) -> bool:
        """Whether the server's time can be told from ours, which it cannot before the server told its own."""
        return client.clock_offset is not None and not self._clock_moved()

    def _clock_moved(self) -> bool:
        """Whether our clock was set or the computer slept since the last answer; the next one tells which."""
        if self._clocks is None:
            return False
        passed, ticked = self.clock.now() - self._clocks[0], self.clock.monotonic() - self._clocks[1]
        return abs(passed - ticked) > DRIFT

    def _moment(self, client: Client) -> ClockPair:
        now = self.clock.now()
        return ClockPair(now, now + client.server_offset)

    def _look(self) -> None:
        """Bring the picture up to now: what answers brought, and who is gone meanwhile. Without answers it stays at the
        last one: who left cannot be told, and nobody would seem to be there in the end."""
        if self._phase() in (Phase.STARTING, Phase.LIVE) or self._answered is None:
            self._answered = self._moment(self._client)
        self._picture = self._watch.picture(self._answered)

    def _publish(self) -> None:
        watch, now = self._watch, self._moment(self._client)
        picture = self._picture
        if picture is None:
            picture = self._picture = watch.picture(now)
        self.snapshot = LiveSnapshot(
            site=watch.site,
            segment=watch.segment,
            taken_at=now.ours,
            poll=self._state(),
            parts=picture.parts,
            counters=picture.counters,
            minutes=picture.minutes,
            feed=picture.feed,
            pages=picture.rankings.pages,
            paths=picture.rankings.paths,
            sources=picture.rankings.sources,
            countries=picture.rankings.countries,
            devices=picture.rankings.devices,
            happenings=picture.rankings.happenings,
        )
        for subscriber in tuple(self._subscribers):
            subscriber(self.snapshot)

    def _state(self) -> PollState:
        effective, pace = (self._pacer.interval, Pace.NORMAL) if self._stopped else self._pacer.effective
        return PollState(
            phase=self._phase(),
            pace=pace,
            interval=self._pacer.interval,
            effective=effective,
            last_success_at=self._last_success_at,
            next_poll_at=self._next_poll_at,
            in_flight=self._request is not None,
            asked_at=None if self._request is None else self._asked_at,
            failures=self._failures,
            error=self._error,
            polls=self._polls,
            clock_offset=self._client.clock_offset,
            failing=self._watch.failing,
            tracker_ahead=self._watch.feed.tracker_ahead,
            believed_ahead=self._watch.feed.believed_ahead,
        )

    def _phase(self) -> Phase:
        if self._stopped:
            return Phase.STOPPED
        if self._paused:
            return Phase.PAUSED
        if self._error is not None:
            return Phase.STALE
        return Phase.LIVE if self._last_success_at is not None else Phase.STARTING


def _bounded(seconds: float) -> float:
    return min(MAX_INTERVAL, max(MIN_INTERVAL, seconds))
