"""A server with three sites, of which one had a visit."""

from __future__ import annotations

import pytest

from tests.alerts.watch import SITES
from tests.live.fake_clock import FakeClock
from tests.live.matomo import LiveMatomo, visit


def server(clock: FakeClock) -> LiveMatomo:
    """A server with three sites, of which one had a visit."""
    matomo = LiveMatomo(clock)
    matomo.answers["SitesManager.getSitesWithAtLeastViewAccess"] = SITES
    matomo.add(visit(1, int(clock.true) - 20))
    return matomo


@pytest.fixture
def matomo() -> LiveMatomo:
    return server(FakeClock())
