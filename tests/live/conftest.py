"""A clock, a server and a running poller for each test."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from matomo_tui.api.client import Client
from matomo_tui.api.site import Site
from matomo_tui.live.poller import Poller
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP, LiveMatomo


@dataclass
class Start:
    """Starts pollers for ``matomo``, or for another client of it."""

    clock: FakeClock
    matomo: LiveMatomo
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __call__(self, site: Site = SHOP, *, client: Client | None = None, **settings: Any) -> Poller:
        poller = Poller(client or self.matomo.client(), site, clock=self.clock, rng=random.Random(1), **settings)
        self.tasks.append(asyncio.ensure_future(poller.run()))
        return poller


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def matomo(clock: FakeClock) -> LiveMatomo:
    return LiveMatomo(clock)


@pytest_asyncio.fixture
async def start(clock: FakeClock, matomo: LiveMatomo) -> AsyncIterator[Start]:
    """Starts pollers, and stops them after the test."""
    starter = Start(clock, matomo)
    yield starter
    for task in starter.tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
