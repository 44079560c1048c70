"""The dashboard with the recorded session and a clock that jumps to the next poll: ``soak POLLS FILE``.

Writes its resident memory in bytes after every 500th poll to FILE as JSON, and exits.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from pathlib import Path

import psutil

from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.secret import Secret
from matomo_tui.api.site import Site
from matomo_tui.config.settings import Settings
from matomo_tui.live.clock import Clock
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.live.before_polling import new_poller
from tests.benchmarks.recorded_matomo import RecordedMatomo

FRAME = 1 / 60
EVERY = 500
START = 1795437064.0
SHOP = Site(id=1, name="Shop", main_url="https://shop.example", timezone="Europe/Berlin", currency="EUR")


class JumpingClock:
    """A clock whose waits end as soon as a frame was drawn."""

    def __init__(self) -> None:
        self._passed = 0.0

    def now(self) -> float:
        return START + self._passed

    def monotonic(self) -> float:
        return self._passed

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        await asyncio.sleep(FRAME)
        if event.is_set():
            return True
        self._passed += timeout
        return False


class Soak:
    """Counts polls and records the memory."""

    def __init__(self, polls: int, file: Path) -> None:
        self._polls = polls
        self._file = file
        self._process = psutil.Process()
        self._noted: dict[int, int] = {}
        clock = JumpingClock()
        client = Client(RecordedMatomo(clock.now), now=clock.now)
        session = Session(client, Settings(), SHOP, Access(sites={1: "view"}), "5.0.2", "recorded")

        async def connector(_settings: Settings, _token: Secret | None) -> Session:
            return session

        def poller_for(session: Session, clock: Clock) -> Poller:
            poller = new_poller(session, clock)
            poller.subscribe(self._polled)
            return poller

        self.app = MatomoApp(session, session.settings, connector, clock=clock, poller_for=poller_for)

    def _polled(self, snapshot: LiveSnapshot) -> None:
        polls = snapshot.poll.polls
        if polls and polls % EVERY == 0 and polls not in self._noted:
            gc.collect()
            self._noted[polls] = int(self._process.memory_info().rss)
        if polls >= self._polls:
            self._file.write_text(json.dumps(self._noted))
            self.app.exit(return_code=0)


def main() -> int:
    """Run the given number of polls."""
    soak = Soak(int(sys.argv[1]), Path(sys.argv[2]))
    soak.app.run()
    return soak.app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
