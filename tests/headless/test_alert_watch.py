"""Alert rules followed without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from matomo_tui.alerts.evaluation import AlertEvent
from matomo_tui.alerts.history import AlertHistory
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import TokenRejected, Unreachable
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.headless.alert_watch import AlertWatch
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.session import Session
from tests.alerts.rules_of import rules_of
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP, LiveMatomo, visit


class Open(ReadConnection):
    """A connection that is open already; ``renewals`` are the clients with further tokens."""

    def __init__(self, client: Client) -> None:
        settings = Settings(url="stats.example", profile="work")
        super().__init__(settings, TokenSource(settings))
        self._client = client
        self.renewals: list[Client] = []

    async def session(self) -> Session:
        client = await self.client()
        return Session(client, self.settings, SHOP, Access(), "5.8.0", "https://stats.example")

    async def renew(self) -> bool:
        if self.renewals:
            await (await self.client()).take_over(self.renewals.pop(0))
            return True
        return False


class Night:
    """A watch at work, and what it said."""

    def __init__(self, folder: Path, *tables: dict[str, Any]) -> None:
        self.clock = FakeClock()
        self.matomo = LiveMatomo(self.clock)
        self.matomo.add(visit(1, int(self.clock.true)))
        self.connection = Open(self.matomo.client())
        self.printed: list[str] = []
        self.notes: list[str] = []
        self.watch = AlertWatch(
            self.connection,
            rules_of(*tables),
            AlertHistory(folder),
            interval=15,
            on_event=self._print,
            on_note=self.notes.append,
            clock=self.clock,
        )

    def _print(self, event: AlertEvent, sentence: str) -> None:
        self.printed.append(f"{event.change.value}: {sentence}")


@asynccontextmanager
async def at_work(night: Night) -> AsyncIterator[Night]:
    task = asyncio.ensure_future(night.watch.run())
    try:
        yield night
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_fires_and_ends_is_printed_and_kept(tmp_path: Path) -> None:
    async with at_work(Night(tmp_path, {"name": "Silent", "no_hits": "5m"})) as night:
        await night.clock.advance(600)
        night.matomo.add(visit(2, int(night.clock.true)))
        await night.clock.advance(120)
    assert night.printed[0] == "fired: Silent: Shop: no hits for 5 min."
    assert night.printed[1].startswith("ended: Silent: Shop: over after ")
    assert [record.state for record in AlertHistory(tmp_path).records()] == ["fired", "ended"]
    assert night.notes == []


async def test_an_outage_is_noted_once_and_fires_its_rule(tmp_path: Path) -> None:
    async with at_work(Night(tmp_path, {"name": "Down", "poll_failing": "2m"})) as night:
        await night.clock.advance(30)
        night.matomo.failure = Unreachable("stats.example refuses connections.")
        await night.clock.advance(600)
        night.matomo.failure = None
        await night.clock.advance(600)
    assert night.notes == ["stats.example refuses connections."]
    assert [line.partition(":")[0] for line in night.printed] == ["fired", "ended"]


async def test_a_rejected_token_is_renewed_once_and_stops_the_polls_otherwise(tmp_path: Path) -> None:
    async with at_work(Night(tmp_path, {"name": "Down", "poll_failing": "2m"})) as night:
        renewed = LiveMatomo(night.clock)
        night.connection.renewals = [renewed.client()]
        await night.clock.advance(30)
        night.matomo.failure = TokenRejected("Matomo does not accept the token.")
        await night.clock.advance(90)
        assert len(renewed.requests) >= 3, "it goes on with the new token"
        sent = len(night.matomo.requests)
        renewed.failure = TokenRejected("Matomo does not accept the new token.")
        await night.clock.advance(1800)
        assert len(night.matomo.requests) == sent
        assert len(renewed.requests) < 12, "nothing more is sent"
    assert [line.partition(":")[0] for line in night.printed] == ["fired"]


async def test_a_delivery_that_fails_is_noted(tmp_path: Path) -> None:
    rule = {"name": "Rush", "metric": "visits_30", "above": 0, "command": "no-such-command-here"}
    async with at_work(Night(tmp_path, rule)) as night:
        for _ in range(200):
            await night.clock.advance(5)
            if night.notes:
                break
    assert night.notes[0].startswith("Rush: not delivered: the command 'no-such-command-here' could not be started")
    assert [record.state for record in AlertHistory(tmp_path).records()] == ["fired", "failed"]
