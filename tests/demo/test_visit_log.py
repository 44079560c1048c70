"""What the visit log asks of the demo: a day without the day before, addresses by range."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.demo.asking import NOON, Asker

BERLIN = timedelta(hours=1)


async def visits(**params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await Asker().answer(
        "Live.getLastVisitsDetails", **{"idSite": 1, "filter_limit": 100, "period": "range", **params}
    )
    return found


async def test_today_as_a_range_is_today_only() -> None:
    found = await visits(date="2026-11-23,2026-11-23", filter_limit=2000)
    days = {(datetime.fromtimestamp(one["lastActionTimestamp"], UTC) + BERLIN).date() for one in found}
    assert days == {datetime.fromtimestamp(NOON, UTC).date()}


async def test_a_network_is_a_range_of_addresses() -> None:
    day = "2026-11-22,2026-11-22"
    start = (await visits(date=day))[0]["visitIp"].rsplit(".", 2)[0]
    found = await visits(date=day, segment=f"visitIp>={start}.0.0;visitIp<={start}.255.255")
    assert found
    assert {one["visitIp"].rsplit(".", 2)[0] for one in found} == {start}


async def test_the_oldest_come_first_where_that_is_asked_for() -> None:
    day = "2026-11-22,2026-11-22"
    newest = await visits(idSite=3, date=day, filter_limit=-1)
    oldest = await visits(idSite=3, date=day, filter_sort_order="asc", filter_limit=7)
    assert len(newest) > len(oldest) == 7
    assert [one["idVisit"] for one in oldest] == [one["idVisit"] for one in newest[:-8:-1]]
