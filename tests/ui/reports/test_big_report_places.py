"""Where one is in a long report, and what is open there, holds whatever is asked again, counted or ordered."""

from __future__ import annotations

import asyncio

from matomo_tui.api.transport import Response
from tests.recorded import Fields, calls_sent
from tests.reports.matomo import ReportMatomo
from tests.ui.conftest import until
from tests.ui.reports.sectioning import PAGES, Reports, matomo, page_row, reports


def at(stage: Reports) -> tuple[int, str]:
    """The cursor's row: its number, its label."""
    pane = stage.section.report_pane
    line = pane.highlighted
    return pane.table.cursor, line.label if line is not None else "…"


async def test_asked_again_far_down_one_stays_there_and_sees_new_figures() -> None:
    transport = matomo(pages=700)
    async with reports(transport) as stage:
        stage.section.report_pane.table.move_cursor(400)
        await stage.pilot.pause(0.1)
        await stage.settle()
        assert at(stage) == (400, "page400")
        transport.tables[PAGES] = [page_row(n, nb_hits=900_000 - n) for n in range(650)]
        await stage.press("r")
        assert at(stage) == (400, "page400")
        assert "899,600" in stage.line(" page400 ")
        assert "…  " not in stage.text.replace("Unique Page…", "")
        assert "of 650 rows" in stage.text


async def test_asked_again_what_is_open_stays_open() -> None:
    transport = matomo()
    async with reports(transport) as stage:
        await stage.press("enter", "down", "down")
        transport.tables[PAGES, 1][1]["nb_hits"] = 77_777
        await stage.press("r")
        assert "77,777" in stage.line("/in0-1 ")
        assert at(stage) == (5, "/in0-1")  # seen least by now


class Uncounted(ReportMatomo):
    """Lets who counts rows wait."""

    def __init__(self) -> None:
        usual = matomo(pages=700)
        super().__init__(usual.tables)
        self.answers = usual.answers
        self.counted = asyncio.Event()

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        if calls_sent(fields)[0].get("showColumns", "").startswith("label,segment"):
            await self.counted.wait()
        return await super().post(fields, timeout=timeout)


async def test_who_goes_down_to_the_last_known_row_is_not_taken_to_the_end() -> None:
    transport = Uncounted()
    async with reports(transport, section="") as stage:
        await stage.pilot.press("3")
        await until(stage.pilot, lambda: "100 of more rows" in stage.text)
        for _ in range(12):
            await stage.pilot.press("pagedown")
        assert at(stage)[0] == 100
        transport.counted.set()
        await stage.settle()
        assert "of 700 rows" in stage.text
        assert at(stage) == (100, "page100")


async def test_another_day_begins_at_its_top_where_the_row_is_not_there() -> None:
    transport = matomo(pages=700)
    transport.tables[PAGES, "2026-11-21"] = [page_row(n, f"other{n}") for n in range(700)]
    async with reports(transport) as stage:
        stage.section.report_pane.table.move_cursor(400)
        await stage.settle()
        await stage.press("left_square_bracket")
        assert at(stage) == (0, "other0")
        assert "of 700 rows" in stage.text


async def test_another_order_begins_at_its_top_and_is_not_counted_again() -> None:
    transport = matomo(pages=700)
    async with reports(transport) as stage:
        pane = stage.section.report_pane
        pane.table.move_cursor(400)
        await stage.pilot.pause(0.1)
        await stage.settle()
        asked = len(transport.requests)
        await stage.press("O")
        assert at(stage) == (0, "page699")
        assert "100 of 700 rows" in stage.text
        # Bars are as long as those of the same figures were before, and not as if these were the highest.
        assert pane.data is not None
        assert pane.data.bar(0, "nb_hits") == 89_301 / 90_000
        assert len(transport.requests) - asked == 1


async def test_a_search_in_the_tree_leads_to_what_was_found() -> None:
    transport = matomo()
    needle = page_row(1, "/needle", url="https://shop.example/needle")
    transport.tables[PAGES, 1].append(needle)
    transport.tables[PAGES][0]["label"] = "folder"
    found = [transport.tables[PAGES][0]]
    usual = transport.tables.pop(PAGES)
    transport.answers[PAGES] = lambda call: found if "filter_pattern_recursive" in call else usual
    async with reports(transport) as stage:
        await stage.pilot.press("slash", *"needle", "enter")
        await until(stage.pilot, lambda: '1 row with "needle"' in stage.text)
        await stage.settle()
        await stage.press("enter")
        assert "/needle" in stage.text
        assert "/in0-1" not in stage.text
        await stage.press("z")
        assert '1 match for "needle" in all levels' in stage.text
        assert "/ needle" in stage.text
        await stage.press("escape")
        assert "6 rows" in stage.text
        await stage.press("escape")
        assert '1 match for "needle" in all levels' in stage.text
        assert "/ needle" in stage.text
        await stage.press("escape")
        assert "page1 " in stage.text


async def test_a_search_that_is_dropped_is_dropped_at_once() -> None:
    async with reports() as stage:
        await stage.pilot.press("slash", *"page3", "enter")
        await until(stage.pilot, lambda: '11 matches for "page3" in' in stage.text)
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert "40 rows, +" in stage.text


async def test_what_the_rows_are_ordered_by_is_seen_on_a_narrow_screen() -> None:
    async with reports(size=(80, 24)) as stage:
        assert "Exit rate" not in stage.lines[2]
        await stage.press("o", "6")
        assert "▼ Exit rate" in stage.lines[2]
        await stage.press("c", "1")
        assert "▼ Exit rate" in stage.lines[2]
