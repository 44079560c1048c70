"""The poller of one site, the source of all live data: one request per poll, a few more at the start, one in flight."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from matomo_tui.api.client import Client
from matomo_tui.api.errors import AnswerTooLong, MatomoError, NoAccess, TokenRejected
from matomo_tui.api.site import Site
from matomo_tui.limits import MAX_INTERVAL
from matomo_tui.live.clock import Clock, ClockPair, SystemClock
from matomo_tui.live.companion import Companion, NoCompanion
from matomo_tui.live.poll_plan import Calls, Part
from matomo_tui.live.poller_state import Connection, Cycle, Mode, Outcome
from matomo_tui.live.schedule import Pacer, bounded_interval
from matomo_tui.live.site_state import Derived, SiteState
from matomo_tui.live.snapshot import LiveSnapshot, Pace, Phase, PollState

DEFAULT_INTERVAL = 5.0
CLOCK_CHECK = 15.0
"""Seconds after which a long wait checks the clock, because the monotonic clock may stop while a laptop sleeps."""
SOONEST = 1.0
"""Seconds between two polls at least, however often ``poll_now`` is called."""
DRIFT = 60.0
"""Seconds that the two clocks may drift apart between two polls before the time of day counts as unknown."""
MAX_REJECTIONS = 2
"""How often a token that Matomo rejected is sent: once, and once more on ``resume``."""

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
        self.companion: Companion = NoCompanion()
        self.drawn: Callable[[], Awaitable[None]] | None = None
        """Waits until the first figures of a site are drawn, before further ones are asked for."""
        self.snapshot = LiveSnapshot(site=site, segment=segment)
        self._site_state = SiteState(site, segment)
        self._derived: Derived | None = None
        self._pacer = Pacer(bounded_interval(interval) if interval > 0 else DEFAULT_INTERVAL, rng=rng)
        self._subscribers: list[Subscriber] = []
        self._wake = asyncio.Event()
        self._mode = Mode(paused=interval <= 0)
        self._connection = Connection(client)
        self._cycle = Cycle(started=-SOONEST)
        self._outcome = Outcome()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with every new snapshot. Returns a function that ends the subscription."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    async def run(self) -> None:
        """Poll until cancelled. Never raises a ``MatomoError``: they are part of the snapshot."""
        self._publish()
        while True:
            if self._is_idle:
                self._wake.clear()
                await self.clock.wait(self._wake, MAX_INTERVAL)
            elif await self._poll():
                await self._wait()

    def pause(self) -> None:
        """Stop polling; the figures stay."""
        self._mode.paused = True
        self._mode.at_once = False
        self._changed()

    def resume(self) -> None:
        """Poll again at once, also after ``STOPPED``.

        A token that was rejected twice is not sent again: that needs ``token_replaced``.
        """
        if self._mode.stopped and self._connection.rejections >= MAX_REJECTIONS:
            return
        self._mode.paused = self._mode.stopped = False
        self._mode.at_once = self._cycle.request is None
        self._mode.by_user = True
        self._pacer.wake()
        self._changed()

    def poll_now(self) -> None:
        """Poll without waiting for the interval; while paused, once.

        Does nothing if stopped, while a request is in flight, or less than a second after the last poll.
        """
        is_soon = self.clock.monotonic() - self._cycle.started < SOONEST
        if not self._mode.stopped and self._cycle.request is None and not is_soon:
            self._mode.at_once = self._mode.by_user = True
            self._wake.set()

    def set_interval(self, seconds: float) -> None:
        """Change the interval (2 s to 1 h), counted from the last poll; 0 pauses."""
        if seconds <= 0:
            self.pause()
            return
        self._pacer.interval = bounded_interval(seconds)
        self._cycle.due = None
        if self._mode.paused:
            self._mode.paused = False
            self._mode.at_once = True
        self._changed()

    def set_unseen(self, unseen: bool) -> None:
        """Poll seldom while the figures are not on the screen. When they are again, a poll that is due is made."""
        if unseen is not self._pacer.unseen:
            self._pacer.unseen = unseen
            self._cycle.due = None
            self._changed()

    def switch(self, *, site: Site | None = None, segment: str | None = None) -> None:
        """Start over on another site or segment; the answer to a request in flight is dropped.

        The first poll is made at once; in an outage the next ones wait as long as those before. A paused poller fetches
        the new figures once. A poller that was stopped for lack of access polls again; one that was stopped because of
        its token does not.
        """
        old = self._site_state
        self._site_state = SiteState(old.site if site is None else site, old.segment if segment is None else segment)
        self._derived = None
        self._outcome.last_success_at = None
        if isinstance(self._outcome.error, NoAccess):
            self._mode.stopped = False
        # A token may be wrong until an answer proves it: then the request in flight must be answered first.
        if self._cycle.request is not None and self._connection.proven:
            self._cycle.request.cancel()
        self._pacer.switched()
        self._restart()

    def update_site(self, site: Site) -> None:
        """Update the site's name, currency or address; the figures stay.

        If the time zone changed, its day begins at another time: everything is fetched again.
        """
        if site.timezone != self._site_state.site.timezone:
            self.switch(site=site)
        else:
            self._site_state.site = site
            self._changed()

    def token_replaced(self) -> None:
        """Poll at once, because the client sends another token now; the figures stay until it is answered."""
        self._connection = Connection(self._connection.client)
        if self._cycle.request is not None:
            self._cycle.request.cancel()
        self._mode.stopped = False
        self._pacer.wake()
        self._restart()

    @property
    def _is_idle(self) -> bool:
        return self._mode.stopped or (self._mode.paused and not self._mode.at_once)

    def _restart(self) -> None:
        if not self._mode.stopped:
            self._outcome.error = None
            self._outcome.failures = 0
        self._mode.at_once = True
        self._changed()

    def _changed(self) -> None:
        if self._is_idle:
            self._cycle.next_poll_at = None
        self._wake.set()
        self._publish()

    async def _poll(self) -> bool:
        """Make one poll. Returns False if a switch made it obsolete, so that the next is due at once."""
        state, connection = self._site_state, self._connection
        by_user = self._mode.by_user
        self._mode.at_once = self._mode.by_user = False
        if not by_user and (lockout := connection.client.lockout) is not None:
            self._record(lockout)  # Another part of the program was refused; it would be too.
            return True
        cycle = self._cycle = Cycle(self.clock.monotonic(), self.clock.now())
        request = cycle.request = asyncio.ensure_future(self._exchange(state, connection))
        self._publish()
        try:
            await asyncio.wait({request})
        finally:
            request.cancel()
            cycle.request = None
        if request.cancelled() or connection is not self._connection:
            self._mode.by_user |= by_user
            return False
        error = request.result()
        connection.proven |= error is None
        if state is not self._site_state and not (error and error.stops_polling):
            return False
        self._record(error)
        return True

    def _record(self, error: MatomoError | None) -> None:
        """Record the result of a poll; ``error`` made it fail."""
        outcome, connection = self._outcome, self._connection
        outcome.polls += 1
        outcome.error = error
        if error is None:
            if not self._cycle.succeeded:
                self._succeeded(connection)
            return
        outcome.failures += 1
        if error.stops_polling or isinstance(error, NoAccess):
            self._mode.stopped = True
            connection.rejections += isinstance(error, TokenRejected)
        else:
            self._pacer.failed(error)

    def _succeeded(self, connection: Connection) -> None:
        """Record that the live figures came."""
        self._cycle.succeeded, outcome = True, self._outcome
        outcome.error = None
        outcome.failures = connection.rejections = 0
        outcome.last_success_at = self.clock.now()
        outcome.answered = self._clock_pair(connection.client)

    async def _exchange(self, state: SiteState, connection: Connection) -> MatomoError | None:
        """Send the calls that are due and merge the answers; further requests follow at the start and after a burst.
        Returns the error if the poll as a whole failed."""
        client = connection.client
        split, known = not client.whole_visits, self._clock_known(client)
        calls = state.calls(self._clock_pair(client), clock_known=known, split=split)
        is_first = state.is_first
        extra = self.companion.calls(self._clock_pair(client))
        started = self.clock.monotonic()
        try:
            try:
                answers = await client.bulk([*calls.values(), *extra])
            except AnswerTooLong:
                if Part.VISITS not in calls:
                    raise
                calls = state.without_visits(calls)
                answers = await client.bulk([*calls.values(), *extra])
            elapsed = self.clock.monotonic() - started
            self.companion.absorb(answers[len(calls) :], self._clock_pair(client))
            changed = state.absorb(dict(zip(calls, answers, strict=False)), self._clock_pair(client))
            if state is self._site_state:
                self._outcome.answered = self._clock_pair(client)  # also if a further page fails
            while state is self._site_state and (more := self._next_calls(state, client)):
                if Part.VISITS not in more:
                    self._succeeded(connection)  # only reports are missing, which may have to be built first
                self._update_derived()
                self._publish()
                if is_first and self.drawn is not None:
                    await self.drawn()
                is_first = False
                changed |= await self._ask_more(state, client, more)
        except MatomoError as error:
            state.failed(calls, error, self._clock_pair(client))
            self.companion.failed(error, self._clock_pair(client))
            return error
        connection.clocks = self.clock.now(), self.clock.monotonic()
        typical = None if Part.SUMMARY in calls or extra else elapsed
        self._pacer.succeeded(self.clock.monotonic(), elapsed=typical, changed=changed)
        return None

    def _next_calls(self, state: SiteState, client: Client) -> Calls:
        return state.next_calls(self._clock_pair(client), clock_known=self._clock_known(client))

    async def _ask_more(self, state: SiteState, client: Client, calls: Calls) -> bool:
        """Send a further request of a poll. Without reports the poll goes on: they fail as other parts of it do."""
        if Part.VISITS in calls:
            try:
                page = await client.call(calls[Part.VISITS])
            except AnswerTooLong as error:
                state.too_long(error, self._clock_pair(client))
                return False
            return state.absorb_next({Part.VISITS: page}, self._clock_pair(client))
        failure: MatomoError | None = None
        try:
            answers = await client.bulk(list(calls.values()))
        except MatomoError as error:
            failure, answers = error, [error] * len(calls)
        state.absorb_next(dict(zip(calls, answers, strict=True)), self._clock_pair(client))
        if failure is not None:
            state.failed(calls, failure, self._clock_pair(client))
        return False

    async def _wait(self) -> None:
        """Wait until the next poll is due by either clock, or until the mode changes."""
        cycle = self._cycle
        cycle.due = None
        if not self._clock_moved():
            self._update_derived()
        while not (self._is_idle or self._mode.at_once):
            self._wake.clear()
            if cycle.due is None:
                due = cycle.started + self._pacer.delay()
                cycle.due = due, self.clock.now() + due - self.clock.monotonic()
            remaining = cycle.due[0] - self.clock.monotonic()
            if remaining <= 0 or self.clock.now() >= cycle.due[1]:
                return
            self._set_next_poll(self.clock.now() + remaining)
            await self.clock.wait(self._wake, min(remaining, CLOCK_CHECK))
        self._publish()

    def _set_next_poll(self, at: float) -> None:
        """Publish the epoch of the next poll if it changed, as it does when the clock is set."""
        if self._cycle.next_poll_at is None or abs(at - self._cycle.next_poll_at) > 1.0:
            self._cycle.next_poll_at = at
            self._publish()

    def _clock_known(self, client: Client) -> bool:
        """Return True if the server's time is known: it sent it once, and our clock was not set since."""
        return client.clock_offset is not None and not self._clock_moved()

    def _clock_moved(self) -> bool:
        """Return True if our clock was set or the computer slept since the last answer. The next one shows which."""
        if self._connection.clocks is None:
            return False
        epoch, monotonic = self._connection.clocks
        return abs((self.clock.now() - epoch) - (self.clock.monotonic() - monotonic)) > DRIFT

    def _clock_pair(self, client: Client) -> ClockPair:
        now = self.clock.now()
        return ClockPair(now, now + client.server_offset)

    def _update_derived(self) -> None:
        """Bring the derived figures up to now: what answers brought, and who has left since.

        While polls fail they stay at the last answer. Otherwise all visitors would seem to leave, one by one.
        """
        if self._phase() in (Phase.STARTING, Phase.LIVE) or self._outcome.answered is None:
            self._outcome.answered = self._clock_pair(self._connection.client)
        self._derived = self._site_state.derive(self._outcome.answered)

    def _publish(self) -> None:
        state, now = self._site_state, self._clock_pair(self._connection.client)
        derived = self._derived
        if derived is None:
            derived = self._derived = state.derive(now)
        self.snapshot = LiveSnapshot(
            site=state.site,
            segment=state.segment,
            taken_at=now.ours,
            poll=self._poll_state(),
            parts=derived.parts,
            counters=derived.counters,
            minutes=derived.minutes,
            feed=derived.feed,
            pages=derived.rankings.pages,
            paths=derived.rankings.paths,
            sources=derived.rankings.sources,
            countries=derived.rankings.countries,
            devices=derived.rankings.devices,
            happenings=derived.rankings.happenings,
        )
        for subscriber in tuple(self._subscribers):
            subscriber(self.snapshot)

    def _poll_state(self) -> PollState:
        effective, pace = (self._pacer.interval, Pace.NORMAL) if self._mode.stopped else self._pacer.effective
        return PollState(
            phase=self._phase(),
            pace=pace,
            interval=self._pacer.interval,
            effective=effective,
            last_success_at=self._outcome.last_success_at,
            next_poll_at=self._cycle.next_poll_at,
            in_flight=self._cycle.request is not None,
            asked_at=None if self._cycle.request is None else self._cycle.asked_at,
            failures=self._outcome.failures,
            error=self._outcome.error,
            polls=self._outcome.polls,
            clock_offset=self._connection.client.clock_offset,
            server_offset=self._connection.client.server_offset,
            failing=self._site_state.failing,
            tracker_ahead=self._site_state.feed.tracker_ahead,
            believed_ahead=self._site_state.feed.believed_ahead,
        )

    def _phase(self) -> Phase:
        if self._mode.stopped:
            return Phase.STOPPED
        if self._mode.paused:
            return Phase.PAUSED
        if self._outcome.error is not None:
            return Phase.STALE
        return Phase.LIVE if self._outcome.last_success_at is not None else Phase.STARTING
