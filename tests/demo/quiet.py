"""A demo with fewer visits: months of them are what costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from matomo_tui.demo import store
from matomo_tui.demo.catalog import Sitemap
from matomo_tui.demo.traffic.model import Traffic
from matomo_tui.demo.world import StoredSite


def fewer_visits(monkeypatch: pytest.MonkeyPatch, share: Callable[[int], float]) -> None:
    """From now on a demo has the ``share`` (0 to 1) of its visits to the site with a number."""

    def traffic(site: StoredSite, sitemap: Sitemap, *more: Any, **named: Any) -> Traffic:
        return Traffic(site, replace(sitemap, per_minute=sitemap.per_minute * share(site.id)), *more, **named)

    monkeypatch.setattr(store, "Traffic", traffic)
