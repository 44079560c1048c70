"""Watching for hours: pace, outages, rejected tokens, and an output that nobody reads any more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from matomo_tui.api.client import Client
from matomo_tui.api.errors import (
    BadRequest,
    LockedOut,
    MatomoError,
    NoAccess,
    RateLimited,
    ServerError,
    TokenRejected,
    Unreachable,
)
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.headless.formats import json_text
from matomo_tui.headless.visit_stream import VisitStream
from matomo_tui.headless.watch_lines import counters_line, page_lines, visit_line
from matomo_tui.headless.watch_loop import Watching, watch_snapshots, watch_visits
from tests.headless.test_visit_stream import hits
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP, LiveMatomo, visit

START = int(FakeClock().now())


class OneClient(ReadConnection):
    """A connection to the test's server; ``renewals`` is how often it gets another token."""

    def __init__(self, client: Client, renewals: int = 0) -> None:
        settings = Settings(url="https://x.example")
        super().__init__(settings, TokenSource(settings))
        self._only = client
        self.renewals = renewals

    async def client(self) -> Client:
        return self._only

    async def renew(self) -> bool:
        self.renewals -= 1
        return self.renewals >= 0


class Watch:
    """Runs a watch on the test's clock and keeps what it yields."""

    def __init__(self, *, renewals: int = 0, fail_fast: bool = False) -> None:
        self.clock = FakeClock()
        self.matomo = LiveMatomo(self.clock)
        self.notes: list[str] = []
        self.found: list[Any] = []
        self.connection = OneClient(self.matomo.client(), renewals)
        self.watching = Watching(5.0, fail_fast, self.notes.append, clock=self.clock)
        self.task: asyncio.Task[None] | None = None

    def visits(self) -> None:
        self._run(watch_visits(self.connection, VisitStream(SHOP, "", START), self.watching))

    def snapshots(self) -> None:
        self._run(watch_snapshots(self.connection, SHOP, "", self.watching))

    def _run(self, source: AsyncIterator[Any]) -> None:
        async def collect() -> None:
            async for one in source:
                self.found.append(one)

        self.task = asyncio.ensure_future(collect())

    async def error(self) -> MatomoError:
        assert self.task is not None
        await self.clock.advance(30)
        assert self.task.done(), self.notes
        found = self.task.exception()
        assert isinstance(found, MatomoError)
        return found

    async def __aenter__(self) -> Watch:
        return self

    async def __aexit__(self, *raised: object) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])


async def test_visits_come_at_the_pace_of_the_interval() -> None:
    async with Watch() as watch:
        watch.visits()
        await watch.clock.advance(60)
        assert 11 <= len(watch.matomo.requests) <= 14
        watch.matomo.add(hits(1, int(watch.clock.now())))
        await watch.clock.advance(7)
        assert [update.row.id_visit for update in watch.found] == [1]
        assert watch.notes == []


@pytest.mark.parametrize("what", ["visits", "snapshots"])
async def test_an_outage_is_told_once_and_ends_by_itself(what: str) -> None:
    async with Watch() as watch:
        getattr(watch, what)()
        await watch.clock.advance(10)
        before = len(watch.matomo.requests)
        watch.matomo.failure = Unreachable("No connection.")
        await watch.clock.advance(300)
        assert len(watch.notes) == 1
        assert watch.notes[0].startswith("No connection. Trying again in ")
        assert len(watch.matomo.requests) - before < 12  # backs off
        seen = len(watch.found)
        watch.matomo.failure = ServerError("Maintenance.", 503)
        await watch.clock.advance(300)
        watch.matomo.failure = None
        watch.matomo.add(hits(1, int(watch.clock.now())))
        await watch.clock.advance(400)
        assert watch.notes[1].startswith("Maintenance.")
        assert watch.notes[-1].startswith("Matomo answers again, after ")
        assert len(watch.notes) == 3
        assert len(watch.found) > seen


async def test_a_first_poll_that_fails_counts_as_told_too() -> None:
    async with Watch() as watch:
        told: list[int] = []
        watch.watching.on_polled = lambda: told.append(len(watch.notes))
        watch.matomo.failure = Unreachable("No connection.")
        watch.snapshots()
        await watch.clock.advance(1)
        assert told == [1]


async def test_what_happened_during_an_outage_is_not_lost() -> None:
    async with Watch() as watch:
        watch.visits()
        await watch.clock.advance(10)
        watch.matomo.failure = Unreachable("No connection.")
        for number in range(1, 251):
            await watch.clock.advance(4)
            watch.matomo.add(hits(number, int(watch.clock.now())))
        watch.matomo.failure = None
        await watch.clock.advance(400)
        assert sorted(update.row.id_visit for update in watch.found) == list(range(1, 251))


async def test_the_server_says_how_long_to_wait() -> None:
    async with Watch() as watch:
        watch.visits()
        await watch.clock.advance(10)
        failure = RateLimited("Too many requests.")
        failure.retry_after = 600.0
        watch.matomo.failure = failure
        await watch.clock.advance(30)
        before = len(watch.matomo.requests)
        await watch.clock.advance(500)
        assert len(watch.matomo.requests) == before


@pytest.mark.parametrize("what", ["visits", "snapshots"])
@pytest.mark.parametrize("error", [TokenRejected("No."), LockedOut("Wait."), NoAccess("No access.")])
async def test_what_waiting_does_not_help_ends_it(what: str, error: MatomoError) -> None:
    async with Watch() as watch:
        getattr(watch, what)()
        await watch.clock.advance(10)
        watch.matomo.failure = error
        assert await watch.error() is error
        watch.matomo.requests.clear()
        await watch.clock.advance(600)
        assert watch.matomo.requests == []


@pytest.mark.parametrize("what", ["visits", "snapshots"])
async def test_a_rejected_token_is_renewed(what: str) -> None:
    async with Watch(renewals=1) as watch:
        getattr(watch, what)()
        await watch.clock.advance(10)
        watch.matomo.failure = TokenRejected("Expired.")

        def renewed(_: object) -> None:
            if watch.connection.renewals == 0:
                watch.matomo.failure = None

        watch.matomo.hook = renewed
        watch.matomo.add(hits(1, int(watch.clock.now()) + 5))
        await watch.clock.advance(60)
        assert watch.connection.renewals == 0
        assert watch.found
        assert watch.task is not None
        assert not watch.task.done()


async def test_a_date_that_no_clock_shows_is_not_written() -> None:
    async with Watch() as watch:
        watch.matomo.date = "Fri, 31 Dec 9999 23:59:59 GMT"
        watch.snapshots()
        await watch.clock.advance(20)
        assert [str(counters_line(snapshot)["at"])[:10] for snapshot in watch.found] == ["2026-11-23"] * len(
            watch.found
        )
        assert len(watch.found) > 2


async def test_a_parameter_that_is_refused_at_first_ends_it_and_later_does_not() -> None:
    async with Watch() as watch:
        watch.matomo.failure = BadRequest("Segment 'x' is not supported.")
        watch.visits()
        assert str(await watch.error()) == "Segment 'x' is not supported."
    async with Watch() as watch:
        watch.visits()
        await watch.clock.advance(10)
        watch.matomo.failure = BadRequest("The database went away.")
        await watch.clock.advance(60)
        watch.matomo.failure = None
        await watch.clock.advance(300)
        assert len(watch.notes) == 2


@pytest.mark.parametrize("what", ["visits", "snapshots"])
async def test_fail_fast_ends_it_at_the_first_failure(what: str) -> None:
    async with Watch(fail_fast=True) as watch:
        getattr(watch, what)()
        await watch.clock.advance(10)
        watch.matomo.failure = ServerError("Down.")
        assert str(await watch.error()) == "Down."
        assert watch.notes == []


@pytest.mark.parametrize("what", ["visits", "snapshots"])
async def test_an_output_without_a_reader_ends_it(what: str) -> None:
    async with Watch() as watch:

        def check() -> None:
            if watch.clock.now() > START + 12:
                raise BrokenPipeError

        watch.watching.on_wait = check
        getattr(watch, what)()
        await watch.clock.advance(20)
        assert watch.task is not None
        assert watch.task.done()
        assert isinstance(watch.task.exception(), BrokenPipeError)


async def test_the_lines_are_json_with_stable_keys() -> None:
    async with Watch() as watch:
        row = visit(1, START + 2, START + 4, userId="ann\x1b[2J", referrerType="search", referrerName="Goo\u202egle")
        row["actionDetails"][1]["url"] += "?token_auth=0123456789abcdef0123"
        row["actionDetails"].append({"type": "ecommerceOrder", "orderId": "O-1", "revenue": 54.5})
        watch.matomo.add(row)
        watch.clock.true += 10
        watch.visits()
        await watch.clock.advance(5)
        (update,) = watch.found
        line = json.loads(json_text(visit_line(update, SHOP)))
        pages = [json.loads(json_text(page)) for page in page_lines(update, SHOP)]
    assert (line["type"], line["site"], line["new"], line["id_visit"]) == ("visit", 1, True, 1)
    assert (line["at"], line["began_at"]) == ("2026-11-23T12:31:08Z", "2026-11-23T12:31:06Z")
    assert (line["user_id"], line["source"], line["source_type"]) == ("ann[2J", "Google", "search")
    assert (line["cursor"], line["revenue"], line["currency"]) == (START + 4, 54.5, "EUR")
    assert [action["kind"] for action in line["new_actions"]] == ["page", "page", "order"]
    assert [(page["type"], page["at"], page["country_code"]) for page in pages] == [
        ("page", "2026-11-23T12:31:06Z", "de"),
        ("page", "2026-11-23T12:31:08Z", "de"),
    ]
    assert len({page["id"] for page in pages}) == 2
    assert "0123456789abcdef0123" not in json_text(visit_line(update, SHOP)) + json_text(pages)


async def test_counters_are_those_of_the_server() -> None:
    async with Watch() as watch:
        watch.matomo.add(hits(1, START - 1000, START - 900))
        watch.matomo.add(hits(2, START - 20))
        watch.snapshots()
        await watch.clock.advance(17)
        lines = [json.loads(json_text(counters_line(snapshot))) for snapshot in watch.found]
    assert len(lines) >= 3
    first, last = lines[0], lines[-1]
    assert (first["visits_3_min"], first["visits_30_min"], first["actions_30_min"]) == (1, 2, 3)
    assert first["conversions_today"] == 7
    assert (last["conversions_today"], last["revenue_today"], last["bounce_rate_today"]) == (7, 120.5, 0.5)
    assert last["last_action_at"] == "2026-11-23T12:30:44Z"
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
