"""A demo with fewer visits: months of them are what costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from matomo_tui.demo import store
from matomo_tui.demo.catalog import Sitemap
from matomo_tui.demo.options import V5_8, DemoOptions, Version
from matomo_tui.demo.traffic.model import Traffic
from matomo_tui.demo.world import StoredSite
from tests.demo.asking import NOON, Asker


def fewer_visits(monkeypatch: pytest.MonkeyPatch, share: Callable[[int], float]) -> None:
    """From now on a demo has the ``share`` (0 to 1) of its visits to the site with a number."""

    def traffic(site: StoredSite, sitemap: Sitemap, *more: Any, **named: Any) -> Traffic:
        return Traffic(site, replace(sitemap, per_minute=sitemap.per_minute * share(site.id)), *more, **named)

    monkeypatch.setattr(store, "Traffic", traffic)


def a_share(site: int) -> float:
    """The share for answers of which only the shape matters: on the first site still one of everything."""
    return 0.2 if site == 1 else 0.05


@cache
def quiet_reader(matomo: Version = V5_8) -> Asker:
    """:func:`tests.demo.asking.reader` with ``fewer_visits`` of ``a_share``, for tests that only read."""
    return Asker(NOON, options=DemoOptions(failed_logins=1000, matomo=matomo))
