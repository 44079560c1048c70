"""The poller of several sites: one request a poll for the sites that are looked at."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping

from msgspec import Struct, field

from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, NoAccess, TokenRejected
from matomo_tui.live.clock import Clock
from matomo_tui.live.schedule import Pacer
from matomo_tui.live.site_activity import Focus, Moment, SiteActivity, SiteNow
from matomo_tui.live.snapshot import Pace, Phase, PollState

INTERVAL = 30.0
"""Seconds between two polls."""
SOONEST = 1.0
"""Seconds between two polls at least, however often other sites are looked at."""
LONGEST_WAIT = 15.0
"""Seconds after which a long wait looks at the clock, which stops while a laptop sleeps."""
SLEPT = 5.0
"""Seconds by which our two clocks must differ since they were read last for the computer to have slept meanwhile."""
OLD = 3.0
"""Intervals after which figures are not those of now: no poll takes so long while the sites are looked at."""
FRESH = 0.8
"""Part of the interval that figures count as fresh for."""


class SitesSnapshot(Struct, frozen=True):
    """The figures of all sites looked at so far."""

    sites: Mapping[int, SiteNow] = field(default_factory=dict)
    poll: PollState = field(default_factory=PollState)
    taken_at: float = 0.0
    """Epoch of our clock."""
    server_ahead: float = 0.0
    """The server's clock minus ours in seconds."""
    passed: float = 0.0
    """When it was published, in the monotonic seconds of ``SiteNow.asked_at``."""

    def is_old(self, site: int) -> bool:
        """Whether the figures of a site are not those of now: what would renew them failed, or is awaited since the
        site came into view again."""
        found = self.sites.get(site)
        if found is None or found.is_awaited:
            return False
        if found.error is not None or self.poll.phase in (Phase.STOPPED, Phase.STALE):
            return True
        return found.asked_at is not None and self.passed - found.asked_at > OLD * self.poll.effective

    def hit_age(self, site: int, now: float) -> float | None:
        """Seconds since the last hit of a site, at ``now`` of our clock; ``None`` if unknown, or if there was none."""
        last = self.sites[site].last_hit_at if site in self.sites else None
        return None if last is None else max(0.0, now + self.server_ahead - last)


class SitesPoller:
    """Polls the sites in focus and publishes a :class:`SitesSnapshot` after each poll.

    ``run`` polls until it is cancelled, which pauses: figures are kept, and what is fresh is not asked for again. It
    backs off after errors and stops for good as :class:`~matomo_tui.live.poller.Poller` does.
    """

    def __init__(
        self, client: Client, clock: Clock, *, interval: float = INTERVAL, rng: random.Random | None = None
    ) -> None:
        self.activity = SiteActivity()
        self.snapshot = SitesSnapshot()
        self._client = client
        self._clock = clock
        self._pacer = Pacer(interval, rng=rng)
        self._wake = asyncio.Event()
        self._subscribers: list[Callable[[SitesSnapshot], None]] = []
        self._asked_at: float | None = None
        """When the last poll began, by ``_passed``."""
        self._clocks = clock.now(), clock.monotonic()
        """Epoch and monotonic seconds as they were read last."""
        self._slept = 0.0
        self._stopped = False
        self._by_user = False
        """The user asked for the next poll, though the server may have locked this address out."""
        self._rejections = 0
        self._error: MatomoError | None = None
        self._succeeded_at: float | None = None
        self._next_at: float | None = None
        self._polls = 0
        self._in_flight = False

    def subscribe(self, subscriber: Callable[[SitesSnapshot], None]) -> Callable[[], None]:
        """Call ``subscriber`` with every new snapshot. Returns a function that ends the subscription."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def look_at(self, focus: Focus) -> None:
        """Look at these sites. Those that are unknown or old are polled at once."""
        is_other, at = focus != self.activity.focus, self._moment()
        self.activity.look_at(focus, at.servers)
        if is_other or self.activity.awaited(at):
            self._wake.set()

    def resume(self, *, accepted: bool = False) -> None:
        """Poll at once what is not fresh or was refused, also after an error that stopped polling; a token that was
        rejected twice is not sent again, unless Matomo has ``accepted`` it, or another one, since."""
        if accepted:
            self._rejections = 0
        if self._rejections < 2:
            self._stopped = False
            self._by_user = True
            self._error = None
            self._pacer.wake()
            self.activity.ask_again()
            self._asked_at = None
            self._wake.set()

    async def run(self) -> None:
        """Poll until cancelled. Never raises a ``MatomoError``: the last one is part of the snapshot."""
        while True:
            delay = self._delay()
            if delay is not None and delay <= 0:
                await self._poll()
                continue
            self._wake.clear()
            self._next_at = None if delay is None else self._clock.now() + delay
            self._publish()
            await self._clock.wait(self._wake, LONGEST_WAIT if delay is None else min(delay, LONGEST_WAIT))

    def _delay(self) -> float | None:
        """Seconds until the next poll; ``None`` while there is nothing to ask for."""
        if self._stopped or not self.activity.focus.sites:
            return None
        now = self._moment()
        passed = float("inf") if self._asked_at is None else now.passed - self._asked_at
        interval = self._pacer.effective[0]
        if not self._pacer.failures and (self.activity.due(now.passed, interval) or self.activity.awaited(now)):
            interval = SOONEST
        return max(0.0, interval - passed)

    def _passed(self) -> float:
        """Monotonic seconds, plus those that the computer slept: that clock may stand still meanwhile."""
        before, self._clocks = self._clocks, (self._clock.now(), self._clock.monotonic())
        slept = (self._clocks[0] - before[0]) - (self._clocks[1] - before[1])
        if slept > SLEPT:
            self._slept += slept
        return self._clocks[1] + self._slept

    def _moment(self) -> Moment:
        return Moment(self._passed(), self._clock.now() + self._client.server_offset)

    async def _poll(self) -> None:
        started = self._clock.monotonic()
        at = self._moment()
        self._asked_at = at.passed
        calls = self.activity.calls(at, self._pacer.effective[0] * FRESH)
        if not calls:
            return
        by_user, self._by_user = self._by_user, False
        if not by_user and (lockout := self._client.lockout) is not None:
            self._failed(lockout)  # Another part of the program was refused; it would be too.
            return
        self._in_flight = True
        self._publish()
        try:
            answers = await self._client.bulk(list(calls.values()))
        except MatomoError as error:
            self._failed(error)
        else:
            elapsed = self._clock.monotonic() - started
            self.activity.absorb(dict(zip(calls, answers, strict=True)), at)
            self._pacer.succeeded(self._clock.monotonic(), elapsed=elapsed, changed=True)
            self._error, self._rejections = None, 0
            self._succeeded_at = self._clock.now()
        finally:
            self._in_flight = False
        self._polls += 1

    def _failed(self, error: MatomoError) -> None:
        self._error = error
        if error.stops_polling or isinstance(error, NoAccess):
            self._stopped = True
            self._rejections += isinstance(error, TokenRejected)
        else:
            self._pacer.failed(error)

    def _publish(self) -> None:
        self.snapshot = SitesSnapshot(
            dict(self.activity.sites),
            self._poll_state(),
            self._clock.now(),
            self._client.server_offset,
            self._passed(),
        )
        for subscriber in tuple(self._subscribers):
            subscriber(self.snapshot)

    def _poll_state(self) -> PollState:
        effective, pace = (self._pacer.interval, Pace.NORMAL) if self._stopped else self._pacer.effective
        phase = Phase.LIVE if self._succeeded_at is not None else Phase.STARTING
        if self._error is not None:
            phase = Phase.STOPPED if self._stopped else Phase.STALE
        return PollState(
            phase=phase,
            pace=pace,
            interval=self._pacer.interval,
            effective=effective,
            last_success_at=self._succeeded_at,
            next_poll_at=self._next_at,
            in_flight=self._in_flight,
            failures=self._pacer.failures,
            error=self._error,
            polls=self._polls,
            clock_offset=self._client.clock_offset,
            server_offset=self._client.server_offset,
        )
