"""A report of 200,000 rows is opened, walked through and left like one of 50."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from matomo_tui.ui.reports.report_paging import REST
from tests.reports.matomo import ReportMatomo
from tests.ui.conftest import until
from tests.ui.reports.sectioning import PAGES, matomo, page_row, reports

ROWS = 200_000


class BigMatomo(ReportMatomo):
    """Makes the rows that are asked for, and no others."""

    def __init__(self, rows: int) -> None:
        small = matomo(0)
        super().__init__({})
        self.answers = {**small.answers, PAGES: self._pages}
        self.rows = rows
        self.made = 0

    def _pages(self, call: dict[str, str]) -> list[dict[str, Any]]:
        first = int(call.get("filter_offset", 0))
        last = min(self.rows, first + int(call["filter_limit"]))
        if call["filter_sort_order"] == "asc":
            numbers = range(self.rows - 1 - first, self.rows - 1 - last, -1)
        else:
            numbers = range(first, last)
        self.made += len(numbers)
        return [page_row(number, nb_hits=self.rows - number) for number in numbers]


async def test_it_opens_scrolls_to_its_end_and_sorts() -> None:
    transport = BigMatomo(ROWS)
    async with reports(transport, size=(120, 40)) as stage:
        assert "100 of 200,000 rows" in stage.text
        await stage.pilot.press("end")
        await until(stage.pilot, lambda: "page199999" in stage.text)
        await stage.settle()
        assert stage.section.report_pane.table.cursor == ROWS - 1
        await stage.press("O")
        assert "page199999" in stage.text
        await stage.pilot.press("home")
        await until(stage.pilot, lambda: "page199999" in stage.text)
        assert transport.made < 2_000


async def test_who_scrolls_through_asks_for_what_is_rested_on() -> None:
    transport = BigMatomo(ROWS)
    async with reports(transport, size=(80, 24)) as stage:
        before = len(stage.asked(PAGES))
        table = stage.section.report_pane.table
        for line in range(5_000, 150_000, 5_000):
            table.move_cursor(line)
        await stage.pilot.pause(0.1)
        await stage.settle()
        assert "page145000" in stage.text
        assert len(stage.asked(PAGES)) - before <= 4


async def test_who_scrolls_through_while_the_server_is_slow_has_it_work_at_one_page_at_a_time() -> None:
    transport = BigMatomo(ROWS)
    async with reports(transport, size=(80, 24)) as stage:
        gate = transport.gate = asyncio.Event()
        before = len(stage.asked(PAGES))
        for _ in range(12):
            await stage.pilot.press("pagedown")
            await stage.pilot.pause(REST + 0.01)
        assert len(stage.asked(PAGES)) - before == 1
        gate.set()
        await stage.settle()
        assert transport.cancelled == 0
        assert len(stage.asked(PAGES)) - before <= 3
        assert "page240" in stage.text


async def test_end_before_the_count_is_known_still_goes_to_the_end() -> None:
    transport = BigMatomo(5_000)
    async with reports(transport, size=(80, 24), section="") as stage:
        await stage.pilot.press("3")
        await until(stage.pilot, lambda: "page0" in stage.text)
        await stage.pilot.press("end")
        await until(stage.pilot, lambda: "page4999" in stage.text)


async def test_an_answer_is_drawn_at_once_however_long_the_report_is() -> None:
    """Counted in calls, as a clock says little on a busy machine: a report of 100 rows beside one of 200,000."""
    spent = {}
    for rows in (100, ROWS):
        async with reports(BigMatomo(rows), size=(120, 40)) as stage:
            pane = stage.section.report_pane
            page, load = pane.first_page, pane._load
            assert page is not None
            assert load is not None
            calls = 0

            def count(_frame: object, event: str, _argument: object) -> None:
                nonlocal calls
                calls += event == "call"

            sys.setprofile(count)
            try:
                pane._begin(load, page)
                for y in range(pane.table.size.height):
                    pane.table.render_line(y)
            finally:
                sys.setprofile(None)
            spent[rows] = calls
    assert spent[ROWS] < 2 * spent[100], spent
