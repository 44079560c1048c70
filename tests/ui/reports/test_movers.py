"""What changed: the recorded overview, for the period that all sections show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from matomo_tui.ui.reports.movers import ChangedPane
from matomo_tui.ui.reports.section_screen import SectionScreen
from matomo_tui.ui.widgets.pane import WORDS_AFTER
from tests.recorded import load, refusal
from tests.reports.matomo import ReportMatomo
from tests.ui.cases import SIZES, case
from tests.ui.reports.sectioning import Reports, matomo, reports

MOVERS, ALL = "Insights.getMoversAndShakersOverview", "Insights.getInsightsOverview"


def recorded(method: str) -> Any:
    (found,) = [exchange.json for exchange in load("more") if exchange.method == method]
    return found


def insightful(**answers: Any) -> ReportMatomo:
    served = matomo()
    served.answers |= {MOVERS: recorded(MOVERS), ALL: recorded(ALL)}
    served.answers |= {name.replace("__", "."): answer for name, answer in answers.items()}
    return served


def looks_of_changes(stage: Reports) -> set[str]:
    """The looks of the changes in all rows."""
    rows = stage.section.query_one(ChangedPane).table.rows
    cells = [row.cells[3] for row in map(rows.row, range(len(rows))) if row is not None]
    return {look for cell in cells if isinstance(cell, tuple) for _, look in cell}


async def test_rows_stand_below_their_reports_with_both_figures() -> None:
    async with reports(insightful(), section="0") as stage:
        for size in SIZES:
            with case(size):
                await stage.resize(*size)
                assert "What changed · Sun 22 Nov 2026" in stage.lines[0]
                assert "Movers and shakers Sun 22 Nov 2026, vs Sat 21 Nov 2026" in stage.lines[1]
                line = stage.line("/search").split()
                assert line[-6:] == ["12", "21", "▲", "+9", "+75", "%"]
                assert stage.text.index("Page URLs") < stage.text.index("/search") < stage.text.index("Page titles")
                assert "Campaigns" not in stage.text, "a report in which nothing changed is left out"
                (call,) = stage.asked(MOVERS)
                assert (call["period"], call["date"], call["idSite"]) == ("day", "2026-11-22", "1")


async def test_all_larger_changes_are_a_key_away() -> None:
    async with reports(insightful(), section="0", size=(120, 40)) as stage:
        assert "/products" not in stage.text
        await stage.press("m")
        assert "/products" in stage.text
        assert "All larger changes" in stage.lines[1]


async def test_it_follows_the_period_and_says_that_today_is_not_over() -> None:
    async with reports(insightful(), section="0", size=(120, 40)) as stage:
        await stage.press("]")
        assert stage.asked(MOVERS)[-1]["date"] == "2026-11-23"
        assert "Mon 23 Nov 2026, which is not over, vs Sun 22 Nov 2026" in stage.lines[1]
        await stage.press("3")
        assert "Mon 23 Nov 2026" in stage.lines[0]


async def test_what_was_asked_for_before_midnight_is_not_that_of_the_whole_day_after_it() -> None:
    async with reports(insightful(), section="0", size=(120, 40)) as stage:
        stage.clock.at = datetime(2026, 11, 23, 22, 59, tzinfo=UTC).timestamp()  # 23:59 in Berlin
        await stage.press("]", "m")
        await stage.press("m")
        asked = len(stage.asked(MOVERS)), len(stage.asked(ALL))
        stage.clock.at += 180
        for title in ("All larger changes", "Movers and shakers"):
            await stage.press("m")
            assert f"{title} Mon 23 Nov 2026, which is not over, vs" in stage.lines[1]
            assert looks_of_changes(stage) == {"muted"}
        assert (len(stage.asked(MOVERS)), len(stage.asked(ALL))) == asked, "the answers from before midnight"
        await stage.press("r")
        assert "Movers and shakers Mon 23 Nov 2026, vs Sun 22 Nov 2026" in stage.lines[1]
        assert looks_of_changes(stage) == {"good"}


async def test_enter_opens_the_report_and_back_returns() -> None:
    async with reports(insightful(), section="0", size=(120, 40)) as stage:
        await stage.press("enter")
        assert "Pages › Page URLs" in stage.lines[0]
        await stage.press("<")
        assert "What changed" in stage.lines[0]


async def test_that_nothing_changed_stays_while_it_is_loaded_again() -> None:
    async with reports(insightful(Insights__getMoversAndShakersOverview=[]), section="0") as stage:
        gate = stage.transport.gate = asyncio.Event()
        await stage.pilot.press("r")
        await stage.pilot.pause(1)
        assert "Nothing changed more than usual in this period." in stage.text
        gate.set()
        await stage.settle()


async def test_nothing_changed_is_said() -> None:
    async with reports(insightful(Insights__getMoversAndShakersOverview=[]), section="0") as stage:
        assert "Nothing changed more than usual in this period." in stage.text
        await stage.press("m")
        assert "/search" in stage.text


async def test_without_insights_matomo_says_so() -> None:
    gone = refusal("The plugin Insights is not enabled. You can activate the plugin on Settings &gt; Plugins page.")
    async with reports(insightful(Insights__getMoversAndShakersOverview=gone), section="0") as stage:
        assert "The plugin Insights is not enabled." in " ".join(stage.text.split())
        assert isinstance(stage.app.screen, SectionScreen)
        await stage.press("escape")
        assert not isinstance(stage.app.screen, SectionScreen)


async def test_where_there_is_room_the_visits_over_time_stand_below_the_changes() -> None:
    async with reports(insightful(), section="0", size=(200, 60)) as stage:
        (chart,) = stage.section.charts
        assert chart.outer_size.height > 10
        assert "Visits Sun 22 Nov 2026" in stage.text
        (call,) = stage.asked("VisitsSummary.get")
        assert call["date"] == "2026-10-24,2026-11-22"
        await stage.press("left_square_bracket")
        assert "Visits Sat 21 Nov 2026" in stage.text
    async with reports(insightful(), section="0", size=(80, 20)) as stage:
        assert stage.section.charts == []
        assert stage.asked("VisitsSummary.get") == []


async def test_one_pane_is_shown_alone_and_both_again() -> None:
    async with reports(insightful(), section="0", size=(120, 40)) as stage:
        assert "Visits Sun 22 Nov 2026" in stage.text
        await stage.press("Z")
        assert "Visits Sun 22 Nov 2026" not in stage.text
        assert "Movers and shakers" in stage.text
        await stage.press("Z")
        assert "Visits Sun 22 Nov 2026" in stage.text


@pytest.mark.parametrize(("section", "transport"), [("0", insightful), ("3", matomo)])
async def test_how_long_matomo_has_not_answered_is_said(section: str, transport: Callable[[], ReportMatomo]) -> None:
    slow = transport()
    async with reports(slow, section="2", size=(80, 24)) as stage:
        gate = slow.gate = asyncio.Event()
        await stage.pilot.press(section)
        await stage.pilot.pause(WORDS_AFTER - 0.5)
        assert "has not answered" not in stage.text
        await stage.pilot.pause(2)
        assert "Matomo has not answered for 4 s. It computes figures" in " ".join(stage.text.split())
        await stage.pilot.pause(8)
        assert "Matomo has not answered for 12 s." in stage.text
        await stage.pilot.pause(60)
        assert "Matomo has not answered for half a minute or longer." in stage.text
        gate.set()
        await stage.settle()
        assert "has not answered" not in stage.text
        slow.gate = asyncio.Event()
        await stage.pilot.press("left_square_bracket")
        await stage.pilot.pause(1)
        assert "has not answered" not in stage.text
        slow.gate.set()
