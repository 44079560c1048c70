"""Visits for tests, decoded the way the poller decodes them."""

from __future__ import annotations

import json
from typing import Any

from matomo_tui.api import live
from matomo_tui.api.live import Visit
from matomo_tui.api.site import Site
from matomo_tui.live.visit_rows import RowReader, TrackedVisit
from tests.live.fake_clock import START
from tests.live.matomo import SHOP


def decode(*rows: Any) -> tuple[Visit, ...]:
    """Decode rows of JSON as the client does."""
    call = live.get_last_visits_details(1, limit=len(rows) or 1)
    return call.decode(json.dumps(rows).encode())


def read(row: dict[str, Any], *, site: Site = SHOP, now: float = START) -> TrackedVisit:
    """One visit as a row of the feed."""
    return RowReader(site).read(decode(row)[0], now=now, updated_at=now)


def actions(*details: dict[str, Any], at: int = int(START) - 60, **columns: Any) -> dict[str, Any]:
    """A visit with these actions, each at ``at`` in Berlin's shifted time by default."""
    return {
        "idVisit": 1,
        "visitorId": "a" * 16,
        "firstActionTimestamp": at,
        "lastActionTimestamp": at,
        "actionDetails": [{"timestamp": at + 3600, **detail} for detail in details],
        **columns,
    }
