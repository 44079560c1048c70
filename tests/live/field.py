"""Visits reported by users (``recordings/field``), of kinds that a recorded shop does not have."""

from __future__ import annotations

import json
from typing import Any

from matomo_tui.live.feed import VisitFeed
from matomo_tui.live.live_rankings import LiveRankings, Rankings
from matomo_tui.live.snapshot import VisitRow
from tests.live.fake_clock import START
from tests.live.matomo import SHOP
from tests.live.visits import decode
from tests.recorded import FOLDER

NOW = int(START)


def load(name: str) -> dict[str, Any]:
    """The parsed file ``name``: ``visits``, and answers by ``methods``."""
    found: dict[str, Any] = json.loads((FOLDER / "field" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def visits(name: str) -> list[dict[str, Any]]:
    """The visits of a file with their ages (``ago``, in seconds) converted to Matomo's timestamps, in Berlin."""
    rows = []
    for number, raw in enumerate(load(name)["visits"], start=1):
        at = NOW - raw["ago"]
        details = raw.get("actionDetails")
        for action in details if isinstance(details, list) else details.values() if details else ():
            action.setdefault("timestamp", at - action.get("ago", 0) + 3600)
        rows.append({"idVisit": number, "firstActionTimestamp": at - 120, "lastActionTimestamp": at, **raw})
    return rows


def fed(*rows: dict[str, Any]) -> tuple[list[VisitRow], Rankings]:
    """The feed rows of these visits, newest first, and their rankings."""
    feed = VisitFeed(SHOP)
    feed.merge(decode(*rows), now=NOW, updated_at=NOW)
    return list(feed.feed(NOW).visits), LiveRankings().rank(feed, NOW)
