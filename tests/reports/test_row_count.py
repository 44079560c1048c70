"""How many rows a report has: found by looking at few places, known as long as the report, never in anybody's way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from matomo_tui.api.errors import NotMatomo
from matomo_tui.reports.query import OpenedRow, ReportRequest, Sort
from tests.reports.matomo import REPORT, Hands, LongMatomo, ReportMatomo, loader, query, rows

REQUEST = ReportRequest(query(), REPORT)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 599, 600, 601, 1_099, 12_345, 200_000, 3_276_900])
async def test_the_number_of_rows_is_found_by_looking_at_few_places(count: int) -> None:
    matomo = LongMatomo(count)
    assert await loader(matomo).count_rows(REQUEST, at_least=min(count, 100)) == count
    assert len(matomo.calls) == 1 if count < 600 else len(matomo.calls) <= 25
    assert len(matomo.requests) == len(matomo.calls), "each costs the server a report"
    assert {call["showColumns"].split(",")[0] for call in matomo.calls} == {"label"}
    assert all(int(call["filter_limit"]) in (1, 500) for call in matomo.calls[:-1])


async def test_who_scrolls_does_not_wait_for_the_count() -> None:
    matomo = LongMatomo(200_000)
    load_, gate = loader(matomo), asyncio.Event()
    matomo.gate = gate
    counting = asyncio.ensure_future(load_.count_rows(REQUEST, 100))
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(matomo.requests) == 1
    pages_ = [asyncio.ensure_future(load_.page(REQUEST, offset)) for offset in (100, 200, 300)]
    await asyncio.sleep(0)
    pages_[1].cancel()
    gate.set()
    assert await counting == 200_000
    offsets = [call["filter_offset"] for call in matomo.calls if call["filter_limit"] != "500"]
    assert offsets[:2] == ["100", "300"], "after the one look that was under way"
    assert await load_.page(REQUEST, 200)


async def test_a_server_that_begins_at_the_first_row_whatever_is_asked_for_is_no_endless_report() -> None:
    def answer(call: dict[str, str]) -> Any:
        return rows(int(call["filter_limit"]))

    matomo = ReportMatomo(Actions__getPageUrls=answer)
    with pytest.raises(NotMatomo, match="has no end"):
        await loader(matomo).count_rows(REQUEST, 100)
    assert len(matomo.requests) < 13
    assert [len(page) async for page in loader(matomo).rows(REQUEST)] == [1000]


async def test_how_many_there_are_is_known_for_the_same_rows_in_another_order() -> None:
    matomo, hands = LongMatomo(200_000), Hands()
    load_ = loader(matomo, hands)
    assert load_.cached_count(REQUEST) is None
    await load_.count_rows(REQUEST, 100)
    asked = len(matomo.requests)
    other = replace(REQUEST, sort=Sort("bounce_rate", ascending=True), columns=("nb_hits",))
    assert load_.cached_count(other) == await load_.count_rows(other, 100) == 200_000
    assert len(matomo.requests) == asked
    for another in (replace(REQUEST, pattern="x"), replace(REQUEST, flat=True), REQUEST.below(OpenedRow("a", 1))):
        assert load_.cached_count(another) is None
    hands.at += 7 * 3600
    assert load_.cached_count(REQUEST) is None


@pytest.mark.parametrize("now", [200_000, 200_001, 200_499, 201_000, 199_999, 40, 0, 700_000])
async def test_counted_again_it_is_looked_for_where_it_was(now: int) -> None:
    matomo = LongMatomo(200_000)
    load_ = loader(matomo)
    await load_.count_rows(REQUEST, 100)
    asked = len(matomo.calls)
    matomo.count = now
    assert await load_.count_rows(REQUEST, min(now, 100), reload=True) == now
    if 200_000 <= now < 200_499:
        assert len(matomo.calls) - asked == 1
