"""What a key asked for comes after its section was left: nothing leads away from what is shown by then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from matomo_tui.api.errors import ServerError, Unreachable
from matomo_tui.ui.reports.dialogs.export_dialog import ExportDialog
from matomo_tui.ui.reports.report_list import ReportList
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.pane import LOADING_AFTER
from matomo_tui.ui.widgets.visibility import is_displayed
from tests.reports.matomo import SITE, ReportMatomo
from tests.ui.conftest import until
from tests.ui.reports import test_goals_screen, test_visits_screen
from tests.ui.reports.holding import HoldingMatomo, other_period, other_site
from tests.ui.reports.reporting import report
from tests.ui.reports.sectioning import Reports, matomo, reports
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


async def show(stage: Reports, method: str) -> None:
    """Open a report of the section by its method; nothing keeps what the section begins with."""
    if method:
        assert stage.app.sections is not None
        stage.app.sections.open_report(report(method))
        await stage.settle()


CONTENTS = [("2", ""), ("3", ""), ("5", ""), ("3", "Actions.get")]
"""Sections, each with the report to open in it: tiles, rows, goals, and the metrics of a single row."""


@pytest.mark.parametrize("choose", [other_period, other_site])
@pytest.mark.parametrize(("section", "method"), CONTENTS)
@pytest.mark.parametrize("seconds", [0.05, 1.0])
async def test_nothing_of_the_period_or_site_before_is_exported(
    section: str, method: str, choose: Callable[[Reports], Awaitable[None]], seconds: float
) -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, section=section, size=(120, 36)) as stage:
        await show(stage, method)
        transport.hold_all()
        await choose(stage)
        await stage.pilot.pause(seconds)
        await stage.pilot.press("e")
        await stage.pilot.pause()
        assert not isinstance(stage.app.screen, ExportDialog)
        assert "The report is still loading." in stage.text
        transport.let_go()
        await stage.press("e")
        assert isinstance(stage.app.screen, ExportDialog)
        assert ("Blog-" in stage.text) is (choose is other_site)
        assert ("2026-11-21.csv" in stage.text) is (choose is other_period)


@pytest.mark.parametrize(("section", "method"), CONTENTS)
async def test_what_failed_is_not_exported_as_it_was_before(section: str, method: str) -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, section=section, size=(120, 36)) as stage:
        await show(stage, method)
        transport.hold_all()
        await stage.pilot.press("W")
        await stage.pilot.pause(1)
        transport.fail(ServerError("The server failed (503)."))
        await stage.press("e")
        assert not isinstance(stage.app.screen, ExportDialog)
        assert "There is no table to export." in stage.text


@pytest.mark.parametrize(("section", "method"), CONTENTS)
async def test_what_is_loaded_again_is_exported_as_it_is(section: str, method: str) -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, section=section, size=(120, 36)) as stage:
        await show(stage, method)
        transport.hold_all()
        await stage.pilot.press("r")
        await stage.pilot.pause(1)
        await stage.pilot.press("e")
        await stage.pilot.pause()
        assert isinstance(stage.app.screen, ExportDialog)
        transport.let_go()
        await stage.settle()


FIGURES: list[tuple[str, str, Callable[[], ReportMatomo]]] = [
    ("2", "", test_visits_screen.served),
    ("5", "", test_goals_screen.served),
    ("3", "Actions.get", matomo),
    ("0", "", insightful),
    ("8", "", many),
]
"""Sections, each with the report to open in it: overviews, the metrics of a single row, changes, and all sites."""


@pytest.mark.parametrize(("section", "method", "served"), FIGURES)
async def test_figures_of_another_period_neither_wait_under_this_one_nor_stay_once_it_failed(
    section: str, method: str, served: Callable[[], ReportMatomo]
) -> None:
    async with reports(served(), section=section, size=(120, 24)) as stage:
        await show(stage, method)
        panes = [
            pane
            for pane in stage.section.query(AsyncPane)
            if not isinstance(pane, ReportList) and is_displayed(pane) and pane.has_content
        ]
        assert len(panes) > (section in "25"), "several in an overview"
        gate = stage.transport.gate = asyncio.Event()
        await stage.pilot.press("[", "r")
        await until(stage.pilot, lambda: not any(pane.has_content for pane in panes), 4)
        answers = stage.transport.answers
        answers |= dict.fromkeys(answers, Unreachable("Nobody is there."))
        gate.set()
        await stage.settle()
        assert not any(pane.has_content for pane in panes)
        assert "refresh failed" not in stage.text
        assert "Nobody is there." in stage.text


async def test_the_outcome_of_writing_an_annotation_is_not_left_unasked() -> None:
    transport = matomo()
    transport.answers["Annotations.add"] = {"date": "2026-11-22", "note": "hi", "idNote": 0}
    async with reports(transport, section="2", size=(120, 36), site=replace(SITE, id=2)) as stage:
        await stage.press("A", "h", "i")
        gate = transport.gate = asyncio.Event()
        await stage.pilot.press("enter", "ctrl+q")
        await until(stage.pilot, lambda: "The write is under way" in stage.text)
        assert stage.app.return_code is None
        gate.set()
        await stage.settle()
