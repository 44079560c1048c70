"""What a key asked for comes after its section was left: nothing leads away from what is shown by then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from matomo_tui.ui.widgets.pane import LOADING_AFTER
from tests.reports.matomo import ReportMatomo
from tests.ui.reports.sectioning import reports
from tests.ui.reports.test_all_sites import many
from tests.ui.reports.test_movers import insightful

SECTIONS: dict[str, Callable[[], ReportMatomo]] = {"8": many, "0": insightful}
"""The sections whose rows lead elsewhere once Matomo has answered."""


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("key", ["2", "1", "question_mark"])
async def test_an_answer_that_comes_late_leads_nowhere(section: str, key: str) -> None:
    async with reports(SECTIONS[section](), section=section, size=(140, 24)) as stage:
        await stage.press("down")
        gate = stage.transport.gate = asyncio.Event()
        site = stage.app.live.snapshot.site
        await stage.pilot.press("enter", key)
        await stage.pilot.pause()
        there = stage.app.screen
        gate.set()
        await stage.settle()
        assert stage.app.screen is there
        assert stage.app.live.snapshot.site == site


@pytest.mark.parametrize("section", SECTIONS)
async def test_what_is_awaited_is_shown_to_be_and_escape_drops_it(section: str) -> None:
    async with reports(SECTIONS[section](), section=section, size=(140, 24)) as stage:
        await stage.press("down")
        there = stage.app.screen
        gate = stage.transport.gate = asyncio.Event()
        await stage.pilot.press("enter")
        await stage.pilot.pause(LOADING_AFTER + 0.5)
        assert "━━━━━━" in stage.lines[1]
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert stage.app.screen is there
        assert "━━━━━━" not in stage.lines[1]
        gate.set()
        await stage.press("enter")
        assert stage.app.screen is not there


@pytest.mark.parametrize(("section", "key"), [("", "3"), ("3", "2")], ids=["a section", "a report"])
async def test_what_is_to_be_exported_before_it_came_is_said_to_be_loading(section: str, key: str) -> None:
    async with reports(section=section) as stage:
        gate = stage.transport.gate = asyncio.Event()
        await stage.pilot.press(key, "e")
        await stage.pilot.pause()
        assert "The report is still loading." in stage.text
        gate.set()
        await stage.settle()
