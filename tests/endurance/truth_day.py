"""The application over the demo on a clock that jumps from poll to poll, and the hits that are sent to the demo."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import httpx
from textual.pilot import Pilot

from matomo_tui.api import sites
from matomo_tui.api.access import Access
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.live.clock import Clock
from matomo_tui.live.poller import Poller
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from tests.endurance import truth_screen
from tests.endurance.truth_count import Ledger
from tests.live.fake_clock import FakeClock
from tests.real import counting
from tests.real.raw import Raw

ADDRESS = "http://127.0.0.1/"
PATIENCE = 60.0
"""Seconds of the machine's within which a poll is answered."""
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1",
)
REFERRERS = ("", "https://www.google.com/search?q=lamp", "https://news.example/lamps", "https://www.facebook.com/")


class _Even(random.Random):
    """No jitter, so that polls are whole seconds apart."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


class Day:
    """One application, one demo, one clock, and the second client's ledgers by site."""

    def __init__(self, start: float, *, days: bool = True) -> None:
        self._days = days
        # Half seconds: a server's date has whole ones, and its time is estimated to be half a second later.
        self.clock = FakeClock(int(start) + 0.5)
        self.demo = DemoMatomo(now=self.clock.now)
        self._token = self.demo.tokens["superuser"]
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(self.demo), base_url=ADDRESS)
        self.raw = Raw(ADDRESS, self._token, self._http)
        self.ledgers: dict[int, Ledger] = {}
        self.poller: Poller
        self.app: MatomoApp
        self.pilot: Pilot[int]

    @property
    def now(self) -> float:
        """The time of day, as an epoch."""
        return self.clock.now()

    @asynccontextmanager
    async def running(self, site_id: int, interval: float) -> AsyncIterator[Day]:
        """Run the application at 200×60 on a site of the demo."""
        transport = HttpTransport(Address.parse(ADDRESS), Secret(self._token), app=self.demo, timeout=600)
        client = Client(transport, now=self.clock.now)
        site = await client.call(sites.get_site_from_id(site_id))
        session = Session(
            client=client,
            settings=Settings(),
            site=site,
            access=Access(superuser=True, sites=dict.fromkeys(self.demo.world.sites, "admin")),
            version=self.demo.version.name,
            address=ADDRESS,
        )

        async def connector(_settings: Settings, _token: Secret | None) -> Session:
            return session

        def poller_for(_session: Session, _clock: Clock) -> Poller:
            return self.poller

        self.poller = Poller(client, site, interval=interval, clock=self.clock, rng=_Even())
        self.app = MatomoApp(session, session.settings, connector, clock=self.clock, poller_for=poller_for)
        async with self.app.run_test(size=(200, 60), notifications=True) as pilot:
            self.pilot = pilot
            await self._answered()
            yield self
        await self._http.aclose()

    async def ledger(self) -> Ledger:
        """The ledger of the site on the screen, brought up to now."""
        site_id = self.poller.snapshot.site.id
        if site_id not in self.ledgers:
            site = await self.raw.value("SitesManager.getSiteFromId", idSite=site_id)
            place = counting.place_of(site)
            self.ledgers[site_id] = Ledger(self.raw, site_id, place, str(site["currency"]), self._days)
        await self.ledgers[site_id].fetch(self.now)
        return self.ledgers[site_id]

    async def poll(self) -> None:
        """Let the time pass until the next poll, and wait for its answer to be drawn."""
        due = self.poller.snapshot.poll.next_poll_at
        await self.clock.advance(max(0.0, round((due or self.now) - self.now, 3)))
        await self._answered()

    async def later(self, seconds: float) -> None:
        """Let less time pass than until the next poll."""
        await self.clock.advance(seconds)

    async def set_interval(self, seconds: float) -> None:
        """Poll at another interval, counted from the last poll."""
        self.poller.set_interval(seconds)
        await self.clock.settle()
        await self._answered()

    async def polls(self, seconds: float) -> AsyncIterator[int]:
        """Poll for ``seconds``; yields the number of each poll after it."""
        end, number = self.now + seconds, 0
        while self.now < end:
            await self.poll()
            yield number
            number += 1

    async def _answered(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            poll = self.poller.snapshot.poll
            waits = poll.next_poll_at is not None and poll.next_poll_at > self.now + 0.25
            if not poll.in_flight and poll.polls and waits:
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"the poll was not answered: {poll}")
            await asyncio.sleep(0.001)
        await self.pilot.pause()

    async def switch(self, site_id: int, name: str) -> None:
        """Switch to another site by keys, and wait for its first poll."""
        await self.pilot.press("s")
        await self._until(lambda: self.app.screen is not self.app.live)
        await self.pilot.press(*name.split()[0].lower())
        await self._until(lambda: sum(name in line for line in truth_screen.lines(self.app)[1:]) == 1)
        while self.poller.snapshot.site.id != site_id:
            await self.pilot.press("enter")  # with several matches, the first one only searches at once
            await asyncio.sleep(0.05)
        await self._answered()

    async def _until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError("\n".join(truth_screen.lines(self.app)))
            await self.pilot.pause()
            await asyncio.sleep(0.01)

    def read(self) -> truth_screen.LiveFigures:
        """Read the screen."""
        return truth_screen.read(self.app)

    async def send(self, hits: Iterable[Mapping[str, object]], site_id: int) -> None:
        """Send hits to the demo's tracker."""
        fixed = {"idsite": site_id, "rec": 1}
        requests = [f"?{urlencode({**fixed, **hit})}" for hit in hits]
        for start in range(0, len(requests), 500):
            body = json.dumps({"requests": requests[start : start + 500], "token_auth": self._token})
            answer = await self._http.post("/matomo.php", content=body, headers={"Content-Type": "application/json"})
            if answer.json()["invalid"]:
                raise ValueError(f"refused: {answer.json()}")

    def burst(self, count: int, seconds: int, beginning: int) -> list[dict[str, object]]:
        """Hits of ``count`` new visitors within the last ``seconds``; some place orders or search."""
        hits: list[dict[str, object]] = []
        for number in range(beginning, beginning + count):
            who: dict[str, object] = {
                "_id": f"{number:016x}",
                "cip": f"10.{number >> 8 & 255}.{number & 255}.7",
                "ua": AGENTS[number % 2],
                "country": ("de", "fr", "us", "jp", "br")[number % 5],
                "cdt": int(self.now) - number % seconds,
            }
            first = {"url": f"https://lumen-oak.example/burst/{number % 7}", "action_name": f"Burst {number % 7}"}
            hits.append({**who, **first, "urlref": REFERRERS[number % 4]})
            if number % 10 == 0:
                hits.append({**who, "idgoal": 0, "ec_id": f"B-{number}", "revenue": 12.5, "url": first["url"]})
            if number % 15 == 0:
                hits.append({**who, "search": "lamp", "url": first["url"]})
        return hits

    def remove(self, visitors: Iterable[str]) -> int:
        """Delete the visits of visitors, as an administrator deletes those of a bot. Returns the number of visits."""
        unwanted, visits = set(visitors), self.demo.store.tracked._visits
        kept = [visit for visit in visits if visit.person.id not in unwanted]
        removed = len(visits) - len(kept)
        visits.clear()
        visits.extend(kept)
        return removed
