"""From a row of a report to its evolution, what came before and after it, and a file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.ui.reports.row_evolution import RowEvolutionScreen
from matomo_tui.ui.reports.section_screen import SectionScreen
from matomo_tui.ui.reports.transitions import TransitionsScreen
from tests.recorded import load
from tests.ui.cases import case
from tests.ui.reports.reporting import day
from tests.ui.reports.sectioning import PAGES, Reports, matomo, page_row, reports


def evolution(call: dict[str, str]) -> dict[str, Any]:
    """Every row has the same figures each day, by whichever columns it is asked for."""
    labels = call["label"].split(",")
    keys = [str(day(back).first) for back in range(1, 31)]
    if len(labels) == 1:
        return {"reportData": {key: [{"nb_hits": 12, "nb_visits": 7}] for key in keys}, "metadata": {}}
    row = {f"{call['column']}_{n}": n + 5 for n in range(len(labels))}
    return {"reportData": {key: [row] for key in keys}, "metadata": {}}


async def test_a_row_is_shown_over_time_and_escape_leads_back() -> None:
    served = matomo()
    served.answers["API.getRowEvolution"] = evolution
    async with reports(served, size=(120, 40)) as stage:
        await stage.press("down", "g")
        assert isinstance(stage.app.screen, RowEvolutionScreen)
        assert "Shop › Page URLs › page1" in stage.lines[0]
        assert stage.asked("API.getRowEvolution")[0]["label"] == "page1"
        await stage.press("escape")
        assert isinstance(stage.app.screen, SectionScreen)


async def test_marked_rows_stand_in_one_chart() -> None:
    served = matomo()
    served.answers["API.getRowEvolution"] = evolution
    async with reports(served, size=(120, 40)) as stage:
        await stage.press("space", "down", "space", "g")
        assert "2 rows" in stage.lines[0]
        (call,) = stage.asked("API.getRowEvolution")
        assert call["label"].split(",") == ["page0", "page1"]


async def test_before_and_after_a_page_are_a_key_away() -> None:
    (found,) = [e.json for e in load("more") if e.method.startswith("Transitions.")]
    served = matomo()
    served.tables[PAGES] = [page_row(1, "/products", url="https://shop.example/products")]
    served.answers["Transitions.getTransitionsForPageUrl"] = found
    async with reports(served, size=(120, 40)) as stage:
        await stage.press("n")
        assert isinstance(stage.app.screen, TransitionsScreen)
        assert "/docs/install" in stage.text
        await stage.press("escape")
        assert isinstance(stage.app.screen, SectionScreen)


@pytest.mark.parametrize(("section", "name"), [("3", "Page-URLs"), ("2", "Visits-Summary")])
async def test_what_is_seen_is_exported(
    section: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with reports(size=(120, 40), section=section) as stage:
        await stage.press("e")
        assert "the visible rows" in stage.text
        await stage.press("enter")
        assert os.listdir(tmp_path) == [f"Shop-{name}-2026-11-22.csv"]
        assert isinstance(stage.app.screen, SectionScreen)


async def test_from_two_names_of_an_event_one_goes_on_to_the_third_and_back() -> None:
    def event(label: str, **more: Any) -> dict[str, Any]:
        return {"label": label, "nb_events": 5, "nb_visits": 4, **more}

    transport = matomo(
        Events__getCategory=[event("Video", idsubdatatable=1, segment="eventCategory==Video")],
        Events__getAction=[event("play", idsubdatatable=7, segment="eventAction==play")],
    )
    transport.tables["Events.getActionFromCategoryId", 1] = [
        event("pause"),
        event("play", segment="eventAction==play"),
    ]
    transport.tables["Events.getNameFromActionId", 7] = [event("intro", segment="eventName==intro")]
    async with reports(transport, section="6") as stage:
        await stage.press("right", "down", "down", "z")
        assert "intro" in stage.text
        assert "play by Event Name, in all categories" in stage.text
        asked = stage.asked("Events.getNameFromActionId")[-1]
        assert (asked["idSubtable"], asked.get("segment")) == ("7", None)  # the server's own figures, of everybody
        assert "Event Actions" in stage.lines[0]
        assert "play" in stage.lines[0]
        assert not stage.poller.wishes
        await stage.press("backspace")
        assert "Event Categories" in stage.lines[0]
        assert "only" not in stage.lines[0]
        pane = stage.section.report_pane
        assert pane.table.cursor_key == ("Video", "play")  # on the row that was left, which is open as it was
        await stage.press("up", "up", "z")
        assert "Video by Event Action" in stage.text
        assert "in all" not in stage.text
        await stage.press("escape")
        assert pane.highlighted is not None
        assert pane.highlighted.label == "Video"


async def test_the_cursor_moves_without_the_screen_being_laid_out_again() -> None:
    for size in ((80, 24), (120, 40)):
        async with reports(size=size) as stage:
            with case(size):
                laid_out: list[object] = []
                stage.section.screen_layout_refresh_signal.subscribe(stage.section, laid_out.append)
                await stage.press("down", "down")
                assert stage.section.report_pane.table.cursor == 2
                assert laid_out == []


def opened(stage: Reports) -> list[str]:
    """The labels of the rows that are open."""
    request = stage.section.request
    return [step.label for step in request.path] if request is not None else []


def compared(stage: Reports) -> list[bool]:
    """Whether each row shown is compared."""
    data = stage.section.report_pane.data
    return [line.compared for line in data.loaded_lines()] if data is not None else []


async def test_a_row_stays_open_however_fast_the_days_go_by() -> None:
    async with reports(size=(120, 40)) as stage:
        await stage.press("z")
        assert opened(stage) == ["page0"]
        stage.transport.gate = asyncio.Event()
        for _ in range(3):
            await stage.pilot.press("[")
            await stage.pilot.pause()
        stage.transport.gate.set()
        await stage.settle()
        assert "Thu 19 Nov 2026" in stage.lines[0]
        assert opened(stage) == ["page0"]
        assert "/in0-4" in stage.text


async def test_a_row_that_is_gone_is_not_looked_for_again() -> None:
    served = matomo()
    async with reports(served, size=(120, 40)) as stage:
        await stage.press("z")
        served.tables[PAGES] = [page_row(1)]
        await stage.press("[")
        assert opened(stage) == []
        served.tables[PAGES] = [page_row(0)]
        await stage.press("[")
        assert opened(stage) == [], "by now the user looks at all pages"


async def test_an_open_row_is_compared_too() -> None:
    async with reports(size=(140, 40)) as stage:
        await stage.press("z", "c", "down", "enter")
        assert "vs Sun 15 Nov" in stage.lines[0]
        assert opened(stage) == ["page0"]
        asked = [(call["date"], call["idSubtable"]) for call in stage.transport.calls if "idSubtable" in call]
        assert asked[-2:] == [("2026-11-22", "1"), ("2026-11-15", "1")]
        assert compared(stage) == [True] * 5
        sent = len(stage.transport.calls)
        await stage.press("2", "3")
        assert compared(stage) == [True] * 5
        assert not [call for call in stage.transport.calls[sent:] if call["method"] == PAGES], "it is known"
