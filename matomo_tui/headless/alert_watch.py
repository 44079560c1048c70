"""Follows alert rules without a screen, for weeks: polls, evaluates, delivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from matomo_tui.alerts.dispatcher import Dispatcher
from matomo_tui.alerts.evaluation import AlertEvent
from matomo_tui.alerts.history import AlertHistory
from matomo_tui.alerts.monitor import AlertMonitor
from matomo_tui.alerts.rules import Rule
from matomo_tui.api.errors import MatomoError, TokenRejected
from matomo_tui.config.secrets import SecretError
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import LiveSnapshot, Phase

LAST_DELIVERIES = 3.0
"""Seconds that deliveries under way may take when the watch ends."""


class AlertWatch:
    """Follows the rules until cancelled. After a rejected token nothing more is polled, but failing polls go on to
    count: a rule with ``poll_failing`` fires."""

    def __init__(
        self,
        connection: ReadConnection,
        rules: Sequence[Rule],
        history: AlertHistory,
        *,
        interval: float,
        on_event: Callable[[AlertEvent, str], None],
        on_note: Callable[[str], None],
        clock: Clock | None = None,
    ) -> None:
        """``on_event`` is called with each alert that fires or ends and its sentence, ``on_note`` with sentences about
        outages, rules that cannot be followed, and deliveries that failed."""
        self._connection, self._rules, self._history = connection, rules, history
        self._interval = interval
        self._on_event, self._on_note = on_event, on_note
        self._clock: Clock = clock or SystemClock()
        self._said: set[str] = set()
        self._rejected: TokenRejected | None = None

    async def run(self) -> None:
        """Connect, and follow the rules. Raises a ``MatomoError`` or a ``SecretError`` if it cannot connect."""
        session = await self._connection.session()
        self._poller = Poller(session.client, session.site, interval=self._interval, clock=self._clock)
        self._dispatcher = Dispatcher(self._delivery_failed, clock=self._clock)
        self._monitor = AlertMonitor(
            self._rules,
            session.client,
            session.site,
            clock=self._clock,
            history=self._history,
            sink=self._alert,
            profile=session.settings.profile,
        )
        self._monitor.watch(self._poller)
        self._poller.subscribe(self._look)
        try:
            await asyncio.gather(self._poller.run(), self._monitor.run())
        finally:
            with suppress(asyncio.CancelledError):
                await self._dispatcher.drain(LAST_DELIVERIES)
            self._dispatcher.close()

    def _alert(self, event: AlertEvent, sentence: str) -> None:
        if event.is_news:
            self._on_event(event, sentence)
        if event.deliver:
            self._dispatcher.deliver(event, sentence)

    def _delivery_failed(self, event: AlertEvent, problem: str) -> None:
        self._monitor.delivery_failed(event, problem)
        self._on_note(f"{event.rule.name}: not delivered: {problem}.")

    def _look(self, snapshot: LiveSnapshot) -> None:
        """Say what is new about the polls and the rules; renew a rejected token once."""
        error, now = snapshot.poll.error, set(self._monitor.problems)
        if error is not None:
            now.add(str(error))
        for sentence in sorted(now - self._said):
            self._on_note(sentence)
        if error is None and snapshot.poll.phase is Phase.LIVE:
            self._said &= now
        self._said |= now
        if isinstance(error, TokenRejected) and error is not self._rejected:
            self._rejected = error
            self._renewing = asyncio.ensure_future(self._renew())

    async def _renew(self) -> None:
        with suppress(MatomoError, SecretError):
            if await self._connection.renew():
                self._poller.token_replaced()
