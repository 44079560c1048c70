"""A clock, a server and a running poller for each test."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio

from matomo_tui.api.sites import Site
from matomo_tui.live.poller import Poller
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP, LiveMatomo

Start = Callable[..., Poller]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def matomo(clock: FakeClock) -> LiveMatomo:
    return LiveMatomo(clock)


@pytest_asyncio.fixture
async def start(clock: FakeClock, matomo: LiveMatomo) -> AsyncIterator[Start]:
    """Starts pollers against ``matomo`` and ends them with the test."""
    tasks: list[asyncio.Task[None]] = []

    def begin(site: Site = SHOP, **settings: Any) -> Poller:
        poller = Poller(matomo.client(), site, clock=clock, rng=random.Random(1), **settings)
        tasks.append(asyncio.ensure_future(poller.run()))
        return poller

    yield begin
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
