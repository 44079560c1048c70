"""The live figures of single calls: one poll answers all who ask at the same time, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from matomo_tui.agents.live_reads import LiveReads
from matomo_tui.api.errors import MatomoError
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP, LiveMatomo, visit


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def matomo(clock: FakeClock) -> LiveMatomo:
    server = LiveMatomo(clock)
    server.add(visit(1, int(clock.true) - 20))
    return server


@pytest.fixture
async def reads(clock: FakeClock, matomo: LiveMatomo) -> AsyncIterator[LiveReads]:
    reads = LiveReads(matomo.client(), clock=clock)
    yield reads
    await reads.aclose()


async def test_a_call_right_after_one_that_was_given_up_is_answered(
    clock: FakeClock, matomo: LiveMatomo, reads: LiveReads
) -> None:
    given_up = asyncio.create_task(reads.snapshot(SHOP))
    await clock.advance(0.01)
    given_up.cancel()
    await clock.advance(0.3)
    again = asyncio.create_task(reads.snapshot(SHOP))
    await clock.advance(2.0)
    assert again.done()
    assert [row.id_visit for row in again.result().feed.visits] == [1]
    assert len(matomo.polls) == 1


async def test_a_poller_that_ended_is_replaced(clock: FakeClock, matomo: LiveMatomo, reads: LiveReads) -> None:
    def crash(_: object) -> None:
        raise RuntimeError("a defect")

    matomo.hook = crash
    broken = asyncio.create_task(reads.snapshot(SHOP))
    await clock.advance(1.5)
    assert isinstance(broken.exception(), MatomoError)
    matomo.hook = None
    again = asyncio.create_task(reads.snapshot(SHOP))
    await clock.advance(1.0)
    assert [row.id_visit for row in again.result().feed.visits] == [1]
