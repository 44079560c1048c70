"""The cost of the demo's reports, in visits generated instead of seconds, and a site with very many pages."""

from __future__ import annotations

import asyncio
from typing import Any

from matomo_tui.demo.options import DemoOptions
from tests.demo.asking import Asker


def _sum(rows: list[dict[str, Any]], column: str) -> float:
    return sum(float(row[column]) for row in rows)


async def test_a_long_time_is_drawn_once() -> None:
    """A month generates each visit once, however many reports are requested."""
    asker = Asker()
    site = asker.demo.world.sites[2]
    traffic = asker.demo.store.traffic(site)
    assert traffic is not None
    month: dict[str, object] = {"idSite": 2, "period": "month", "date": "2026-10-01", "filter_limit": 1}
    await asker.answer("UserCountry.getCountry", **month)
    drawn = traffic.drawn
    visits = (await asker.answer("VisitsSummary.get", **month))["nb_visits"]
    assert visits <= drawn < visits * 1.05
    for name in ("Actions.getPageUrls", "Referrers.getAll", "Events.getCategory", "Goals.get"):
        await asker.answer(name, **month)
    await asker.answer("UserCountry.getCountry", **month, segment="deviceType==smartphone")
    assert traffic.drawn == drawn


async def test_very_many_pages_are_paged_sorted_and_searched() -> None:
    asker = Asker(options=DemoOptions(pages=20_000))
    big: dict[str, object] = {"idSite": 6, "period": "day", "date": "yesterday"}
    top = await asker.answer("Actions.getPageUrls", **big)
    shelf = await asker.answer("Actions.getPageUrls", **big, idSubtable=top[0]["idsubdatatable"])
    box = await asker.answer("Actions.getPageUrls", **big, idSubtable=shelf[0]["idsubdatatable"])
    assert (len(top), len(shelf), len(box)) == (4, 50, 100)
    assert _sum(shelf, "nb_hits") == top[0]["nb_hits"]
    assert _sum(box, "nb_hits") == shelf[0]["nb_hits"]
    hits = (await asker.answer("Actions.get", **big))["nb_pageviews"]
    assert _sum(top, "nb_hits") == hits
    pages: list[dict[str, Any]] = []
    while len(pages) < 20_000:
        offset = len(pages)
        pages += await asker.answer(
            "Actions.getPageUrls", **big, flat=1, filter_limit=5000, filter_offset=offset, showColumns="label,nb_hits"
        )
    assert len({page["url"] for page in pages}) == 20_000
    assert _sum(pages, "nb_hits") == hits
    assert [page["nb_hits"] for page in pages] == sorted((page["nb_hits"] for page in pages), reverse=True)
    found = await asker.answer("Actions.getPageUrls", **big, flat=1, filter_limit=-1, filter_pattern="0123[0-4]..*map")
    assert found
    assert all("-map" in row["label"] and "0123" in row["label"] for row in found)
    first = await asker.answer(
        "Actions.getPageUrls", **big, flat=1, filter_limit=1, filter_sort_column="label", filter_sort_order="asc"
    )
    assert first[0]["label"].startswith("/1780/letters-00/sheet-000000")
    searched = await asker.answer("Actions.getPageUrls", **big, filter_pattern_recursive="sheet-019999")
    assert [row["label"] for row in searched] == ["1783"]
    week = await asker.answer("VisitsSummary.get", idSite=6, period="week", date="2026-11-16")
    assert week["nb_visits"] == 12 * (await asker.answer("VisitsSummary.get", **big))["nb_visits"]
    assert await asker.answer("UserCountry.getCountry", **big) == []


async def test_others_run_while_a_long_report_is_made() -> None:
    """The demo runs in the event loop of the screen: a week is folded in slices between which other tasks run."""
    asker = Asker()
    turns = 0
    done = asyncio.Event()

    async def somebody_else() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.ensure_future(somebody_else())
    await asker.answer("Actions.getPageUrls", idSite=1, period="week", date="2026-10-05")
    done.set()
    await other
    assert turns > 20


async def test_reports_asked_for_at_once_are_those_asked_for_one_by_one() -> None:
    names = ("UserCountry.getCity", "Actions.getPageUrls", "Events.getName", "Goals.getDaysToConversion", "API.get")
    asked: dict[str, object] = {"idSite": 2, "period": "week", "date": "today", "filter_limit": -1}
    alone, together = Asker(), Asker()
    expected = [await alone.answer(name, **asked) for name in names]
    assert await asyncio.gather(*(together.answer(name, **asked) for name in names)) == expected
