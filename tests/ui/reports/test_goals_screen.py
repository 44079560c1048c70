"""All goals with their courses; the one under the cursor in full; each by itself."""

from __future__ import annotations

import asyncio
import csv
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.ui.reports.goal_table import REST, GoalTable
from matomo_tui.ui.widgets.pane import LOADING_AFTER
from tests.recorded import load, refusal
from tests.reports.matomo import ReportMatomo
from tests.ui.cases import SIZES, case
from tests.ui.conftest import until
from tests.ui.reports.reporting import over_time
from tests.ui.reports.sectioning import Reports, matomo, reports

DAYS, VISITS, GOALS = "Goals.getDaysToConversion", "Goals.getVisitsUntilConversion", "Goals.get"
CONVERSIONS = {"": 28, "1": 12, "2": 9, "3": 0, "ecommerceOrder": 7, "ecommerceAbandonedCart": 3}


def goal(call: dict[str, str]) -> Any:
    """Of each goal its own number of conversions, one more a day."""
    size = CONVERSIONS[call.get("idGoal", "")]

    def row(day: date) -> dict[str, Any]:
        count = size + day.day - 22 if size else 0
        return {
            "nb_conversions": count,
            "nb_visits_converted": count,
            "revenue": count * 10.5,
            "conversion_rate": "27.16%",
        }

    return over_time(row)(call)


def recorded(method: str) -> Any:
    return next(e.json for e in load("reports_more") if e.method == method)


def served(**answers: Any) -> ReportMatomo:
    found = matomo()
    found.answers |= {GOALS: goal, DAYS: recorded(DAYS), VISITS: recorded(VISITS)}
    found.answers |= {name.replace("__", "."): answer for name, answer in answers.items()}
    return found


def line_of(stage: Reports, name: str) -> str:
    """The line of a goal, from its name on."""
    left = stage.section.query_one(GoalTable).region.x
    (found,) = [line[left:] for line in stage.lines if name in line[left:]]
    return found.strip(" ▸")


async def rest(stage: Reports) -> None:
    await stage.pilot.pause(REST + 0.1)
    await stage.settle()


async def test_every_goal_has_a_line_with_its_figures() -> None:
    async with reports(served(), section="5") as stage:
        for size in SIZES:
            with case(size):
                await stage.resize(*size)
                assert "Goals · Sun 22 Nov 2026" in stage.lines[0]
                assert "vs Sat 21 Nov 2026" in stage.text
                line = line_of(stage, "Checkout")
                assert " 12 " in line
                assert "27.2 %" in line
                assert "€ 126.00" in line, "as another amount has cents"
                assert "€ 94.50" in line_of(stage, "Newsletter")
                assert "Ecommerce Orders" in stage.text
                if size[0] >= 120:
                    assert "▲" in line, "the change"
                for title in ("Days to conversion", "Visits to conversion"):
                    assert title in stage.text


GERMAN = (
    ("Goals Overview", "Ziel-Übersicht"),
    ("Goal ", "Ziel "),
    ("Days to Conversion", "Tage bis zur Konversion"),
    ("Visits to Conversion", "Besuche bis zur Konversion"),
)


async def test_goals_are_called_as_their_owner_named_them_in_another_language() -> None:
    transport = served()
    translated = []
    for report in transport.answers["API.getReportMetadata"]:
        name = report["name"]
        for english, german in GERMAN:
            name = name.replace(english, german)
        translated.append({**report, "name": name})
    transport.answers["API.getReportMetadata"] = translated
    async with reports(transport, section="5", size=(120, 40)) as stage:
        lines = [line for line in stage.lines if "Checkout" in line or "Newsletter" in line]
        assert lines
        assert not [line for line in lines if "Ziel" in line]
        await stage.press("3", "m")
        assert "goals: Newsletter" in stage.text


async def test_a_line_shows_how_a_goal_went() -> None:
    async with reports(served(), section="5", size=(200, 60)) as stage:
        line = line_of(stage, "Newsletter")
        course = line[line.rindex("€") :]
        assert "▇" in course
        assert "▁" in course or "▂" in course


async def test_the_chart_and_the_columns_follow_the_cursor_once_it_rests() -> None:
    transport = served()
    async with reports(transport, section="5", size=(120, 40)) as stage:
        assert "─ Conversions Sun 22 Nov 2026  28" in stage.text
        await stage.pilot.press("down", "down")
        await rest(stage)
        assert "─ Conversions Sun 22 Nov 2026  9" in stage.text
        assert [call.get("idGoal", "") for call in stage.asked(DAYS)] == ["", "2"], "not of those passed over"


async def test_enter_shows_one_goal_by_itself_and_back_returns() -> None:
    async with reports(served(), section="5", size=(120, 40)) as stage:
        await stage.press("down", "enter")
        assert "Shop › Goals › Goal Checkout" in stage.lines[0]
        assert "Newsletter" not in "\n".join(line[40:] for line in stage.lines)
        await stage.press("<")
        assert "€ 126" in line_of(stage, "Checkout")


async def test_a_slow_answer_does_not_take_the_keys_elsewhere() -> None:
    transport = served()
    async with reports(transport, section="", size=(120, 40)) as stage:
        transport.gate = asyncio.Event()
        await stage.pilot.press("5")
        await stage.pilot.pause(LOADING_AFTER + 0.2)
        transport.gate.set()
        await stage.settle()
        await stage.press("down", "enter")
        assert "Shop › Goals › Goal Checkout" in stage.lines[0]


async def test_courses_are_not_asked_for_once_one_has_moved_on_and_come_when_one_is_back() -> None:
    transport = served()
    async with reports(transport, section="", size=(120, 40)) as stage:
        post, asked = transport.post, 0

        async def counting(fields: Any, *, timeout: float | None = None) -> Any:
            nonlocal asked
            over_days = any(name == "date" and "," in value for name, value in fields)
            if over_days and ("method", GOALS) in fields and (asked := asked + 1) == 2:
                stage.app.action_section("live")
            return await post(fields, timeout=timeout)

        transport.post = counting  # type: ignore[method-assign]
        await stage.press("5")
        before = asked
        assert before < 5
        await stage.press("5")
        assert "▇" in line_of(stage, "Abandoned Carts")


async def test_all_goals_come_in_one_request() -> None:
    transport = served()
    async with reports(transport, section="5", size=(120, 40)):
        together = max(transport.requests, key=len)
        assert {call.get("idGoal", "") for call in together} >= {"1", "2", "3", "ecommerceOrder"}


async def test_what_fails_of_one_goal_is_said_in_its_line() -> None:
    def broken(call: dict[str, str]) -> Any:
        return refusal("That goal is broken.") if call.get("idGoal") == "2" else goal(call)

    async with reports(served(Goals__get=broken), section="5", size=(200, 60)) as stage:
        assert "That goal is broken." in line_of(stage, "Newsletter")
        assert "12" in line_of(stage, "Checkout")


async def test_what_fails_of_all_is_said_in_the_pane_and_r_asks_again() -> None:
    answers = {"broken": True}

    def broken(call: dict[str, str]) -> Any:
        return refusal("No goals today.") if answers["broken"] else goal(call)

    async with reports(served(Goals__get=broken), section="5", size=(120, 40)) as stage:
        assert "No goals today." in stage.text
        answers["broken"] = False
        await stage.press("r")
        assert "€ 126" in line_of(stage, "Checkout")


async def test_another_period_is_another_list() -> None:
    async with reports(served(), section="5", size=(120, 40)) as stage:
        await stage.press("[")
        assert "11" in line_of(stage, "Checkout").split()


async def test_without_reports_about_goals_it_is_not_said_that_the_site_has_none_and_one_can_go_on() -> None:
    """The Goals plug-in is switched off. A Matomo with it has the reports of a site without goals too."""
    transport = served()
    metadata = transport.answers["API.getReportMetadata"]
    transport.answers["API.getReportMetadata"] = [entry for entry in metadata if entry["module"] != "Goals"]
    async with reports(transport, section="3") as stage:
        await stage.press("5")
        assert "Goals · Sun 22 Nov 2026" in stage.lines[0]
        assert "This Matomo has no reports about Goals." in stage.text
        assert "This site has no goals" not in stage.text
        assert "page0" not in stage.text
        await stage.press("[")
        assert "Shop › 5 Goals · Sat 21 Nov 2026" in stage.lines[0]
        assert "This Matomo has no reports about Goals." in stage.text
        await stage.press("<", "<")
        assert "Shop › 3 Pages › Page URLs · Sun 22 Nov 2026" in stage.lines[0]
        assert "page0" in stage.text


@pytest.mark.parametrize("size", SIZES)
async def test_the_goals_in_view_have_their_sparklines_however_many_are_above_them(size: tuple[int, int]) -> None:
    transport = served()
    metadata = transport.answers["API.getReportMetadata"]
    (one,) = [entry for entry in metadata if entry["uniqueId"] == "Goals_get_idGoal--1"]
    more = [
        one | {"uniqueId": f"Goals_get_idGoal--{n}", "parameters": {"idGoal": str(n)}, "name": f"Goal Extra {n}"}
        for n in range(10, 70)
    ]
    transport.answers |= {"API.getReportMetadata": [*metadata, *more]}
    transport.answers[GOALS] = lambda call: goal(call | {"idGoal": "1"})
    async with reports(transport, section="5", size=size) as stage:

        def courses() -> list[str]:
            """The ids of the goals whose course was asked for."""
            return [call.get("idGoal", "") for call in stage.asked(GOALS) if "," in call["date"]]

        await until(stage.pilot, lambda: len(set(courses())) > 3)
        await stage.settle()
        assert "ecommerceOrder" not in courses()
        await stage.press("end")
        await until(stage.pilot, lambda: {"ecommerceOrder", "ecommerceAbandonedCart"} <= set(courses()))
        await stage.settle()
        assert any(sign in line_of(stage, "Ecommerce Orders") for sign in "▁▂▃▄▅▆▇") or size[0] < 100
        assert len(set(courses())) < 60, "not those that were scrolled past"


async def test_more_abandoned_carts_are_no_good_news() -> None:
    async with reports(served(), section="5", size=(120, 40)) as stage:

        def colour(words: str) -> str:
            for strip in stage.app.screen._compositor.render_strips():
                if words in strip.text and "▲" in strip.text:
                    return next(str(part.style.color) for part in strip if "▲" in part.text and part.style is not None)
            raise AssertionError(stage.text)

        assert colour("Abandoned Carts") != colour("Checkout")


async def test_a_new_goal_appears_on_r_and_by_itself_an_hour_later() -> None:
    transport = served()
    everything = transport.answers["API.getReportMetadata"]

    def without(*goals: str) -> list[dict[str, Any]]:
        return [one for one in everything if str(one.get("parameters", {}).get("idGoal", "")) not in goals]

    transport.answers["API.getReportMetadata"] = without("1", "2")
    async with reports(transport, section="5", size=(120, 40)) as stage:
        transport.answers["API.getReportMetadata"] = without("2")
        await stage.press("[")
        assert "Checkout" not in stage.text
        await stage.press("r")
        assert "11" in line_of(stage, "Checkout").split()
        assert "Newsletter" not in stage.text
        transport.answers["API.getReportMetadata"] = everything
        stage.clock.at += 3601
        await stage.press("]")
        assert "9" in line_of(stage, "Newsletter").split()
        assert len(stage.asked("API.getReportMetadata")) == 3


async def test_the_goals_are_exported_as_they_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with reports(served(), section="5") as stage:
        await stage.press("e")
        assert "all rows" not in stage.text
        await stage.press("enter")
    (file,) = os.listdir(tmp_path)
    rows = list(csv.DictReader((tmp_path / file).read_text().splitlines()))
    assert len(rows) == len(CONVERSIONS)
    assert (rows[0]["Goal"], rows[0]["Conversions"], rows[0]["Conversions, change"]) == ("All goals", "28", "1")


async def test_each_exported_goal_is_compared_with_its_own_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two goals have the same name, and the earlier figures of a third one failed."""
    monkeypatch.chdir(tmp_path)

    def earlier_fails(call: dict[str, str]) -> Any:
        failed = call.get("idGoal") == "ecommerceOrder" and call["date"] == "2026-11-21"
        return refusal("That goal is broken.") if failed else goal(call)

    transport = served(Goals__get=earlier_fails)
    renamed = [
        {**report, "name": "Goal Checkout"} if report["name"] == "Goal Newsletter" else report
        for report in transport.answers["API.getReportMetadata"]
    ]
    transport.answers["API.getReportMetadata"] = renamed
    async with reports(transport, section="5") as stage:
        await stage.press("e", "enter")
    (file,) = os.listdir(tmp_path)
    rows = list(csv.DictReader((tmp_path / file).read_text().splitlines()))
    found = {row["Goal"]: (row["Conversions"], row["Conversions, change"]) for row in rows}
    assert (found["Checkout"], found["Checkout (2)"]) == (("12", "1"), ("9", "1"))
    assert found["Ecommerce Orders"] == ("7", "")


async def test_half_a_day_beside_a_whole_one_is_neither_good_nor_bad() -> None:
    async with reports(served(), section="5") as stage:
        looks = [look(stage)]
        await stage.press("right_square_bracket")
        looks.append(look(stage))
        assert looks == ["good", "muted"]


def look(stage: Reports) -> str:
    """How the change of all goals together is coloured."""
    row = stage.section.query_one(GoalTable).table.rows.row(0)
    assert row is not None
    cell = row.cells[2]
    assert isinstance(cell, tuple)
    return str(cell[0][1])
