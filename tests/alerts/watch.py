"""A monitor at work with a server, a poller and a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from matomo_tui.alerts.evaluation import AlertEvent
from matomo_tui.alerts.history import AlertHistory
from matomo_tui.alerts.monitor import AlertMonitor
from matomo_tui.alerts.rules import Rule
from matomo_tui.live.poller import Poller
from tests.alerts.rules_of import rules_of
from tests.live.matomo import SHOP, LiveMatomo

SITES = [
    {"idsite": "1", "name": "Shop", "timezone": "Europe/Berlin", "group": "Retail"},
    {"idsite": "2", "name": "Blog", "timezone": "UTC", "group": ""},
    {"idsite": "3", "name": "Docs", "timezone": "UTC", "group": "Retail"},
]


class Watch:
    """A monitor at work, and what it reported."""

    def __init__(self, matomo: LiveMatomo, rules: tuple[Rule, ...], folder: Path | None = None) -> None:
        self.matomo, self.clock = matomo, matomo.clock
        self.events: list[tuple[str, str]] = []
        self.delivered: list[bool] = []
        client = matomo.client()
        self.poller = Poller(client, SHOP, clock=self.clock)
        self.history = AlertHistory(folder)
        self.monitor = AlertMonitor(
            rules, client, SHOP, clock=self.clock, history=self.history, sink=self._note, profile="work"
        )
        self.unwatch = self.monitor.watch(self.poller)

    def _note(self, event: AlertEvent, message: str) -> None:
        self.events.append((event.change.value, message))
        self.delivered.append(event.deliver)

    @property
    def messages(self) -> list[str]:
        return [message for _, message in self.events]


@asynccontextmanager
async def watching(matomo: LiveMatomo, *tables: dict[str, Any], folder: Path | None = None) -> AsyncIterator[Watch]:
    watch = Watch(matomo, rules_of(*tables), folder)
    tasks = [asyncio.ensure_future(watch.poller.run()), asyncio.ensure_future(watch.monitor.run())]
    try:
        yield watch
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(watch: Watch, condition: Callable[[], object], seconds: float = 600) -> None:
    for _ in range(int(seconds // 5)):
        if condition():
            return
        await watch.clock.advance(5)
    assert condition(), watch.events
