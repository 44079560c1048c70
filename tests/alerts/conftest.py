"""A server with three sites, of which one had a visit."""

from __future__ import annotations

import pytest

from tests.alerts.watch import SITES
from tests.live.fake_clock import FakeClock
from tests.live.matomo import LiveMatomo, visit


@pytest.fixture
def matomo() -> LiveMatomo:
    clock = FakeClock()
    server = LiveMatomo(clock)
    server.answers["SitesManager.getSitesWithAtLeastViewAccess"] = SITES
    server.add(visit(1, int(clock.true) - 20))
    return server
