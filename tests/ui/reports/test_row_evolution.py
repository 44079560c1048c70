"""A row over time: the recorded one with all its metrics, and several rows in one chart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from matomo_tui.api.errors import TimedOut
from matomo_tui.reports.query import Comparison, ReportRequest
from matomo_tui.ui.reports.row_evolution import RowEvolutionScreen
from matomo_tui.ui.widgets.line_chart import LineChart
from tests.recorded import load, refusal
from tests.reports.matomo import ReportMatomo
from tests.ui import snapshots
from tests.ui.cases import SIZES, case
from tests.ui.reports.reporting import Look, day, look, report, report_context

PARTNER = "blog.partner.example"


def recorded() -> Any:
    (found,) = [e.json for e in load("more") if e.params.get("apiAction") == "getWebsites" and "RowEv" in e.method]
    return found


@asynccontextmanager
async def evolving(
    answer: Any, paths: Sequence[Sequence[str]] = ((PARTNER,),), size: tuple[int, int] = (100, 30), **changes: Any
) -> AsyncIterator[tuple[Look, ReportMatomo]]:
    served = ReportMatomo(API__getRowEvolution=answer, Annotations__getAll=[])
    at = report_context(served, period=day(1), **changes)
    request = ReportRequest(at.query, report("Referrers.getWebsites"))
    async with look(over=RowEvolutionScreen(at, request, paths), size=size) as found:
        yield found, served


async def test_the_chart_stands_above_every_metric_with_its_bounds() -> None:
    async with evolving(recorded()) as (found, served):
        for size in SIZES:
            with case(size):
                await found.resize(*size)
                assert f"Shop › Websites › {PARTNER}" in found.app.lines[0]
                assert "Sun 22 Nov 2026  11" in found.text.replace("Visits ", "")
                visits = found.line("▸ Visits").split()[1:]
                assert visits[:2] == ["Visits", "11"]
                if size[0] >= 100:
                    assert visits[-3:] == ["2", "12", "6.8"], "lowest, highest, average of the days that are over"
                assert found.line("Bounce Rate").split()[2:4] == ["27", "%"]
                assert len([call for call in served.calls if "RowEvolution" in call["method"]]) == 1


async def test_metrics_of_goals_stand_in_the_table_and_those_that_matomo_does_not_send_do_not() -> None:
    def answer(call: dict[str, str]) -> dict[str, Any]:
        own = {"nb_visits": 52, "nb_actions": 220}
        goals = {"nb_visits": 52, "revenue_per_visit": 44.85, "goal_1_nb_conversions": 4, "goal_1_revenue": 2.5}
        row = goals if call.get("showGoalMetricsForGoal") == "0" else own
        return {"reportData": {str(day(back).first): [row] for back in range(1, 31)}, "metadata": {}}

    columns = ("nb_visits", "nb_actions", "nb_users", "nb_conversions", "conversion_rate", "revenue")
    served = ReportMatomo(API__getRowEvolution=answer, Annotations__getAll=[])
    at = report_context(served, period=day(1))
    request = ReportRequest(at.query, report("Referrers.getWebsites"), columns=columns)
    async with look(over=RowEvolutionScreen(at, request, [[PARTNER]]), size=(100, 30)) as found:
        lines = found.app.lines
        names = [line[3:20].strip() for line in lines[lines.index(found.line("─ Summary")) + 2 : -1]]
        assert [name for name in names if name] == ["Visits", "Actions", "Conversions", "Revenue"], found.text
        assert found.line("   Conversions").split()[1] == "4"
        assert found.line("   Revenue").split()[1:3] == ["€", "2.50"]
        assert len([call for call in served.calls if "RowEvolution" in call["method"]]) == 2


async def test_a_metric_of_the_table_is_charted() -> None:
    async with evolving(recorded()) as (found, served):
        await found.press("tab", "down", "down")
        name = (
            next(line for line in found.app.lines if line.lstrip().startswith("▸")).split("▸")[1].split("  ")[0].strip()
        )
        await found.press("enter")
        assert f"─ {name} Sun 22 Nov" in found.text
        assert len([call for call in served.calls if "RowEvolution" in call["method"]]) == 1


async def test_several_rows_are_compared_by_one_metric() -> None:
    def rows(call: dict[str, str]) -> dict[str, Any]:
        assert call["label"] == "a.example,b.example"
        column = call["column"]
        keys = [str(day(back).first) for back in range(1, 31)]
        data = {key: [{f"{column}_0": 5 + n, f"{column}_1": 40 - n}] for n, key in enumerate(reversed(keys))}
        return {"reportData": data, "metadata": {}}

    async with evolving(rows, [["a.example"], ["b.example"]]) as (found, served):
        assert "Shop › Websites › 2 rows" in found.app.lines[0]
        assert found.line("▸ 1 a.example").split()[1:7] == ["1", "a.example", "34", "▲", "+29", "+580"]
        (second,) = [line for line in found.app.lines if "2 b.example" in line and "▼" in line]
        assert second.split()[:3] == ["2", "b.example", "11"]
        assert found.app.screen.query_one(LineChart).has_focus
        await found.press("m", "2")
        assert [call["column"] for call in served.calls if "RowEvolution" in call["method"]] == [
            "nb_visits",
            "nb_uniq_visitors",
        ]


def two(call: dict[str, str]) -> dict[str, Any]:
    """As many rows as there are labels, each the same number on every day of the time asked for."""
    count = len(call["label"].split(","))
    names = [f"nb_visits_{n}" for n in range(count)] if count > 1 else ["nb_visits"]
    month = int(call["date"].split("-")[1])
    data = {str(day(back).first): [dict.fromkeys(names, month)] for back in range(1, 70)}
    return {"reportData": data, "metadata": {}}


async def test_one_row_is_compared_with_itself_in_the_time_before() -> None:
    async with evolving(two, comparison=Comparison.PREVIOUS) as (found, served):
        assert "1 this period 10   2 the period before, Sun 18 Oct 2026: 9" in found.text
        asked = [call["date"] for call in served.calls if "RowEvolution" in call["method"]]
        assert asked == ["2026-10-24,2026-11-22", "2026-09-19,2026-10-18"]


async def test_a_row_that_was_not_there_before_is_charted_alone() -> None:
    def answer(call: dict[str, str]) -> Any:
        return two(call) if call["date"].endswith("11-22") else refusal("No such row.")

    async with evolving(answer, comparison=Comparison.PREVIOUS) as (found, served):
        assert "1 this period 10   2 before: No such row" in found.text
        assert len([call for call in served.calls if "RowEvolution" in call["method"]]) == 2


async def test_of_more_rows_than_have_room_it_is_said_how_many_are_drawn() -> None:
    async with evolving(two, [[f"{n}.example"] for n in range(8)]) as (found, _):
        assert "Websites › 6 of 8 rows" in found.app.lines[0]


async def test_a_refusal_is_said_and_asked_again() -> None:
    answers = [refusal("The row is gone."), recorded()]
    async with evolving(lambda _call: answers.pop(0)) as (found, _):
        assert "The row is gone." in found.text
        await found.press("r")
        assert "Sun 22 Nov 2026  11" in found.text


async def test_what_failed_comes_with_the_live_figures_whose_state_the_header_says() -> None:
    answers: list[Any] = [TimedOut("No answer within 120 seconds."), recorded()]
    async with evolving(lambda _call: answers.pop(0)) as (found, _):
        screen = found.app.screen
        assert isinstance(screen, RowEvolutionScreen)
        assert "No answer within 120 seconds." in found.text
        screen.show_live(snapshots.stale())
        await found.settle()
        assert "◌ stale" in found.app.lines[0]
        assert len(answers) == 1
        screen.show_live(snapshots.busy())
        await found.settle()
        assert "● live" in found.app.lines[0]
        assert "Bounce Rate" in found.text
