"""Screens that are not shown for ten minutes give back their widgets and tasks, and come back at the same place."""

from __future__ import annotations

import asyncio
import gc

from msgspec import structs
from textual.widget import Widget

from matomo_tui.ui.shell import UNSEEN_FOR
from tests.reports.matomo import SITE
from tests.ui.reports.sectioning import Reports, matomo, reports

SECTIONS = ("2", "3", "4", "5", "6", "7", "8", "0")


async def release(stage: Reports, seconds: float = UNSEEN_FOR + 1) -> None:
    """Let time pass, and look for unseen screens as the application does every minute."""
    stage.app.release_unseen()
    stage.clock.at += seconds
    stage.app.release_unseen()
    await stage.settle()


def held() -> tuple[int, int]:
    """The number of tasks, and of widgets in memory."""
    loop = asyncio.get_running_loop()
    scheduled: list[asyncio.TimerHandle] = loop._scheduled  # type: ignore[attr-defined]
    # The clock of the tests stands still, so the loop does not come to drop what was cancelled.
    scheduled[:] = [timer for timer in scheduled if not timer.cancelled()]
    gc.collect()
    return len(asyncio.all_tasks()), sum(1 for one in gc.get_objects() if isinstance(one, Widget))


async def test_all_sections_give_back_their_tasks_and_widgets() -> None:
    async with reports(section="") as stage:
        await stage.press("3", "1")
        await release(stage)
        tasks, widgets = held()
        await stage.press(*SECTIONS, "1")
        assert held()[0] > tasks + 100
        await release(stage, UNSEEN_FOR - 1)
        assert held()[0] > tasks + 100
        await release(stage)
        assert held()[0] <= tasks
        assert held()[1] <= widgets + 5


async def test_a_section_comes_back_with_its_report_search_cursor_and_open_rows() -> None:
    async with reports() as stage:
        await stage.press("left_square_bracket", "down", "down", "down", "space", "right", "down", "down")
        before = stage.lines
        assert "/in3-1" in stage.text
        table = stage.section.report_pane.table
        row = table.cursor_key
        await stage.press("1")
        await release(stage)
        requests = len(stage.transport.requests)
        assert not table.is_attached
        await stage.press("3")
        assert stage.section.report_pane.table is not table
        assert stage.section.report_pane.table.cursor_key == row
        assert stage.lines == before
        assert len(stage.transport.requests) > requests


async def test_a_section_that_comes_back_shows_its_rows_before_matomo_answers() -> None:
    async with reports() as stage:
        await stage.press("down", "1")
        await release(stage)
        gate = stage.transport.gate = asyncio.Event()
        await stage.pilot.press("3")
        await stage.pilot.pause()
        assert "page0" in stage.text
        gate.set()
        await stage.settle()


async def test_under_another_period_a_section_comes_back_with_the_rows_of_that() -> None:
    async with reports() as stage:
        await stage.press("down", "down", "4")
        await release(stage)
        await stage.press("left_square_bracket", "3")
        assert "Sat 21 Nov 2026" in stage.lines[0]
        assert "page0" in stage.text


async def test_marks_come_back_but_not_for_another_site() -> None:
    async with reports() as stage:
        await stage.press("space", "down", "space", "4")
        await release(stage)
        await stage.press("3")
        assert "2 marked" in stage.text
        await stage.press("4")
        await release(stage)
        stage.section.context.follow_live(structs.replace(SITE, id=2, name="Notes"), "", "")
        await stage.settle()
        await stage.press("3")
        assert "Notes › 3 Pages" in stage.lines[0]
        assert "marked" not in stage.text


async def test_the_section_on_the_screen_and_those_below_dialogs_stay() -> None:
    async with reports() as stage:
        section = stage.section
        await stage.press("d")
        await release(stage)
        await stage.press("escape")
        assert stage.app.screen is section


async def test_what_is_searched_for_in_the_visit_log_comes_back() -> None:
    async with reports(matomo(Live__getLastVisitsDetails=[]), section="") as stage:
        sections = stage.app.open_navigator()
        assert sections is not None
        sections.open_visit_log("10.1")
        await stage.settle()
        await stage.press("1")
        await release(stage)
        sections.go("log")
        await stage.settle()
        first, again = stage.asked("Live.getLastVisitsDetails")
        assert "10.1" in first["segment"]
        assert again["segment"] == first["segment"]
