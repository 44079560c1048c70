"""Delivers alerts outside of the program: a bounded queue, time limits and a few further attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from matomo_tui.alerts import apprise_delivery
from matomo_tui.alerts.command_delivery import run_command
from matomo_tui.alerts.delivery_error import DeliveryError
from matomo_tui.alerts.evaluation import AlertChange, AlertEvent
from matomo_tui.alerts.rule_values import filled
from matomo_tui.alerts.wording import format_usual, format_value
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.sanitize import sanitize

MOST_WAITING = 100
"""Deliveries that wait or are under way; further ones are dropped and reported."""
AT_ONCE = 4
RETRIES = (10.0, 60.0)
"""Seconds before the second and the third attempt."""

Failed = Callable[[AlertEvent, str], None]


def alert_values(event: AlertEvent, message: str) -> dict[str, str]:
    """Return the values for the placeholders of a command and for its environment, sanitized."""
    value, usual = event.measure.value, event.measure.usual
    return {
        "message": message,
        "rule": sanitize(event.rule.name),
        "site": sanitize(event.site.name),
        "state": event.change.value,
        "value": "" if value is None else format_value(value),
        "usual": "" if usual is None else format_usual(usual),
    }


_Place = tuple[str, int, str]
"""A rule's name, a site's id, and where to: what is delivered there keeps its order."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    event: AlertEvent
    send: Callable[[], Awaitable[None]]
    replaced: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when what followed is to be delivered at the same place: after a failure there is no further attempt."""


class Dispatcher:
    """Runs commands and sends messages in tasks of their own. ``deliver`` returns at once and never raises.

    What a rule tells of a site arrives in its order: an alert that could not be delivered is not tried again once it
    is over, and its end is delivered in its place."""

    def __init__(self, failed: Failed, *, clock: Clock | None = None, retries: Sequence[float] = RETRIES) -> None:
        """``failed`` is called with the event and the end of a sentence after the last attempt."""
        self._failed = failed
        self._retries = tuple(retries)
        self._clock: Clock = clock or SystemClock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._latest: dict[_Place, tuple[_Job, asyncio.Task[None]]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    def deliver(self, event: AlertEvent, message: str) -> None:
        """Run the rule's command and send its messages. The bell and the terminal are the screen's."""
        deliveries = event.rule.deliveries
        if deliveries.command:
            values = alert_values(event, message)
            words = [filled(word, values) for word in deliveries.command]
            self._start(_Job(event, partial(run_command, words, values)), "")
        for address in deliveries.apprise:
            self._start(_Job(event, partial(_send, address, event, message)), address)

    async def drain(self, limit: float) -> None:
        """Wait up to ``limit`` seconds for what is under way."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=limit)

    def close(self) -> None:
        """Cancel everything under way; commands are killed."""
        for task in tuple(self._tasks):
            task.cancel()

    def _start(self, job: _Job, destination: str) -> None:
        if len(self._tasks) >= MOST_WAITING:
            self._failed(job.event, f"more than {MOST_WAITING} deliveries were waiting; it was dropped")
            return
        place = job.event.rule.name, job.event.site.id, destination
        earlier = None
        if place in self._latest:
            replaced, earlier = self._latest[place]
            replaced.replaced.set()
        task = asyncio.ensure_future(self._attempts(job, earlier))
        self._tasks.add(task)
        self._latest[place] = job, task
        task.add_done_callback(partial(self._done, place))

    def _done(self, place: _Place, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if place in self._latest and self._latest[place][1] is task:
            del self._latest[place]

    async def _attempts(self, job: _Job, earlier: asyncio.Task[None] | None) -> None:
        if earlier is not None:
            await asyncio.wait({earlier})
        for delay in (*self._retries, None):
            try:
                async with self._slots:
                    await job.send()
            except DeliveryError as error:
                if delay is None or error.final or await self._clock.wait(job.replaced, delay):
                    self._failed(job.event, str(error))
                    return
            else:
                return


async def _send(address: str, event: AlertEvent, message: str) -> None:
    title = f"{event.rule.name}: {'over' if event.change is AlertChange.ENDED else 'alert'}"
    await apprise_delivery.send((address,), sanitize(title), message, failed=event.change is AlertChange.FIRED)
