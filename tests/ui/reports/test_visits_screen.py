"""The overview of visits: recorded figures, what is absent, what fails by itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from matomo_tui.api.errors import Unreachable
from matomo_tui.api.transport import Response
from matomo_tui.reports.loader import REBUILT_EVERY
from matomo_tui.ui.reports.overview import FrequencyPane, PerformancePane
from matomo_tui.ui.widgets.bar_chart import BarList
from tests.recorded import load, refusal
from tests.reports.matomo import ReportMatomo
from tests.ui.cases import SIZES, case
from tests.ui.conftest import until
from tests.ui.reports.sectioning import Reports, matomo, reports

SUMMARY = "VisitsSummary.get"
HOURS = "VisitTime.getVisitInformationPerServerTime"


def recorded(topic: str, method: str) -> Any:
    return next(e.json for e in load(topic) if e.method == method and e.params.get("date") == "yesterday")


def served(**answers: Any) -> ReportMatomo:
    found = matomo()
    for method in (HOURS, "VisitTime.getVisitInformationPerLocalTime"):
        found.answers[method] = recorded("reports_more", method)
    found.answers["VisitFrequency.get"] = recorded("more", "VisitFrequency.get")
    found.answers["PagePerformance.get"] = recorded("more", "PagePerformance.get")
    found.answers["VisitTime.getByDayOfWeek"] = [
        {"label": label, "nb_visits": 40 + n, "day_of_week": n + 1}
        for n, label in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
    ]
    found.answers |= {name.replace("__", "."): answer for name, answer in answers.items()}
    return found


def without_uniques(call: dict[str, str]) -> Any:
    (found,) = [e.json for e in load("visits") if e.params.get("date") == "2026-11-01,2026-11-10"]
    return found if call["period"] == "range" else {}


async def test_the_whole_overview_stands_there_at_once() -> None:
    async with reports(served(), section="2") as stage:
        for size in SIZES:
            with case(size):
                await stage.resize(*size)
                text = stage.text
                assert "Visits › Visits Summary · Sun 22 Nov 2026" in stage.lines[0]
                assert "Sun 22 Nov 2026, vs Sat 21 Nov 2026" in text
                assert "▲ +7 +7 %" in text
                for title in (
                    "By hour, site time",
                    "By hour, visitors' time",
                    "By weekday",
                    "New and returning",
                    "Performance",
                ):
                    assert title in text
                assert "63 %" in stage.line("Share")
                assert "37 %" in stage.line("Share")
                assert "peak 7, 03:00" in text
                if size[0] > 80:
                    assert "Performance 1.03 s" in text
                if size[0] == 200:
                    assert "4 weeks, peak 46, Sunday" in text
                assert "─ Visits Sun 22 Nov 2026  109  ▲ +7 +7 %" in text, "the chart of visits"


async def test_all_parts_come_in_one_request() -> None:
    transport = served()
    async with reports(transport, section="2", size=(120, 40)) as stage:
        together = [request for request in transport.requests if len(request) > 3]
        assert len(together) == 1
        assert transport.requests[1] is together[0], "right after the catalogue: nobody waits for anything else"
        data = stage.section.shown_pane.data
        assert data is not None
        assert data.request.report.method == SUMMARY
        summaries = [call["date"] for call in transport.calls if call["method"] == SUMMARY and "," not in call["date"]]
        assert sorted(summaries) == ["2026-11-21", "2026-11-22"], "the period and the one before it, each once"
        (weekdays,) = [call for call in together[0] if "DayOfWeek" in call["method"]]
        assert (weekdays["period"], weekdays["date"]) == ("range", "2026-10-26,2026-11-22")


async def test_unique_visitors_absent_for_a_range_are_said_and_not_shown_as_nothing() -> None:
    async with reports(served(VisitsSummary__get=without_uniques), section="2", size=(120, 40)) as stage:
        await stage.press("d", "tab")
        await stage.pilot.press(*["2", "0", "2", "6", "minus", "1", "1", "minus", "0", "1", "comma"])
        await stage.pilot.press(*["2", "0", "2", "6", "minus", "1", "1", "minus", "1", "0"])
        await stage.press("enter")
        assert "1–10 Nov 2026" in stage.lines[0]
        assert "Unique visitors are not counted for a range." in stage.text
        assert "not for a range" in stage.text


async def test_a_part_that_fails_says_so_in_its_own_place() -> None:
    async with reports(served(VisitFrequency__get=refusal("Frequency is off.")), section="2", size=(120, 40)) as stage:
        assert "Frequency is off." in stage.text
        assert "Performance 1.03 s" in stage.text
        assert "▲ +7 +7 %" in stage.text


async def test_another_report_of_the_section_takes_the_overview_s_place() -> None:
    async with reports(served(), section="2", size=(120, 40)) as stage:
        await stage.press("l", "down", "enter")
        assert "By weekday" not in stage.text
        assert "Shop › Visits › Returning Visits" in stage.lines[0]
        await stage.press("<")
        assert "By weekday" in stage.text


async def test_the_overview_follows_the_period_and_the_segment() -> None:
    transport = served()
    async with reports(transport, section="2", size=(120, 40)) as stage:
        await stage.press("[", "W")
        assert "week 47, 16–22 Nov 2026" in stage.lines[0]
        (call,) = [c for c in transport.requests[-1] if c["method"] == HOURS] or asked(stage)[-1:]
        assert (call["period"], call["date"]) == ("week", "2026-11-16")
        stage.section.context.add_segment("countryCode==de")
        await stage.settle()
        assert asked(stage)[-1]["segment"] == "countryCode==de"


def asked(stage: Reports) -> list[dict[str, str]]:
    return stage.asked(HOURS)


async def test_r_asks_for_all_of_it_again() -> None:
    transport = served()
    async with reports(transport, section="2", size=(120, 40)) as stage:
        await stage.press("r")
        assert len(asked(stage)) == 2


async def test_a_refresh_that_takes_longer_than_the_ages_stand_is_one_request_and_arrives() -> None:
    transport = served()
    async with reports(transport, section="2", size=(120, 40)) as stage:
        await stage.press("]")
        count = len(asked(stage))
        stage.clock.at += REBUILT_EVERY
        gate = transport.gate = asyncio.Event()
        for _ in range(3):
            stage.section._update_ages()
            await stage.pilot.pause()
        gate.set()
        await stage.settle()
        assert len(asked(stage)) == count + 1
        assert transport.cancelled == 0
        page = stage.section.tiles.page  # type: ignore[attr-defined]
        assert stage.section.context.loader.age(page.asked_at) == 0
        stage.section._update_ages()
        await stage.settle()
        assert len(asked(stage)) == count + 1


async def test_a_day_without_visits_shows_noughts_and_says_what_is_empty() -> None:
    nothing = {"nb_visits": 0, "nb_uniq_visitors": 0, "nb_actions": 0, "bounce_rate": 0}
    quiet = served(
        VisitsSummary__get=lambda _call: nothing,
        VisitTime__getVisitInformationPerServerTime=[],
        VisitTime__getByDayOfWeek=[],
        PagePerformance__get={"avg_page_load_time": 0},
    )
    async with reports(quiet, section="2", size=(120, 40)) as stage:
        assert "same" in stage.text
        assert "No page timings" in stage.text
        assert stage.text.count("No visits in this period.") == 2, "by hour and by weekday"
        assert "No data for this report." not in stage.text


async def test_an_overview_of_today_without_those_who_are_here_is_not_built_yet() -> None:
    unbuilt = served(
        VisitsSummary__get={"nb_visits": 0, "nb_uniq_visitors": 0},
        VisitTime__getVisitInformationPerServerTime=[],
        PagePerformance__get={"avg_page_load_time": 0},
    )
    async with reports(unbuilt, section="2", size=(200, 60)) as stage:
        assert "No visits in this period." in stage.text, "of yesterday, nothing tells otherwise"
        await stage.press("right_square_bracket")
        assert "Mon 23 Nov 2026" in stage.lines[0]
        text = " ".join(stage.text.split())
        assert text.count("There are visits, but Matomo has not built this report yet.") >= 2
        assert "No visits in this period." not in text
        unbuilt.answers[SUMMARY] = {"nb_visits": 9, "nb_uniq_visitors": 9}
        await stage.press("r")
        assert "No page timings" in stage.text, "a site may have none"


async def test_a_part_without_rows_is_told_from_a_day_without_visits() -> None:
    async with reports(served(VisitTime__getVisitInformationPerServerTime=[]), section="2", size=(200, 60)) as stage:
        assert "Matomo has not built this report yet" in stage.text


async def test_titles_tell_nothing_of_the_period_before_while_one_waits_and_once_it_failed() -> None:
    transport = served()
    async with reports(transport, section="2", size=(120, 40)) as stage:
        assert "peak 7, 03:00" in stage.text
        transport.gate = asyncio.Event()
        await stage.pilot.press("[")
        await until(stage.pilot, lambda: "109" not in stage.text)
        assert "peak" not in stage.text
        for method in list(transport.answers):
            transport.answers[method] = refusal("Out of order.")
        transport.gate.set()
        await stage.settle()
        assert "─ Visits failed ─" in stage.text
        assert "By hour, site time failed ─" in stage.text
        for words in ("22 Nov", "peak", "just now"):
            assert words not in stage.text


async def test_one_reload_brings_all_panes_back_once_the_server_answers_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: Any, **__: Any) -> Response:
        raise Unreachable("Nobody is there.")

    transport = served()
    async with reports(transport, section="2", size=(120, 40)) as stage:
        with monkeypatch.context() as patched:
            patched.setattr(transport, "post", refuse)
            await stage.press("r")
            assert stage.text.count("refresh failed") >= 4
        await stage.press("r")
        assert "refresh failed" not in stage.text


async def test_the_phases_of_loading_a_page_have_one_unit() -> None:
    answer = {**recorded("more", "PagePerformance.get"), "avg_time_network": 0.08, "avg_time_server": 0.32}
    async with reports(served(PagePerformance__get=answer), section="2", size=(200, 60)) as stage:
        assert stage.line("Network time").split()[-2:] == ["0.08", "s"]
        assert stage.line("Server time").split()[-2:] == ["0.32", "s"]


PHASES = {
    "avg_time_network": 0.08,
    "avg_time_server": 0.32,
    "avg_time_transfer": 0.02,
    "avg_time_dom_processing": 0.4,
    "avg_time_dom_completion": 0.15,
    "avg_time_on_load": 0.01,
}


async def test_phases_without_a_line_of_their_own_are_summed_up_in_the_last_one() -> None:
    answer = {**PHASES, "avg_page_load_time": 0.98}
    async with reports(served(PagePerformance__get=answer), section="2") as stage:
        pane = stage.section.query_one(PerformancePane)
        for size in SIZES:
            with case(size):
                await stage.resize(*size)
                lines = [pane.query_one(BarList).render_line(y).text.split() for y in range(pane.size.height)]
                lines = [words for words in lines if words]
                assert sum(float(words[-2]) for words in lines) == pytest.approx(0.98)
                if size == (80, 24):
                    assert lines[-1][1] == "others"
                if size == (200, 60):
                    assert len(lines) == len(PHASES)
                    assert "others" not in stage.text


async def test_figures_of_new_and_returning_visits_that_do_not_fit_are_counted_in_the_title() -> None:
    async with reports(served(), section="2", size=(200, 60)) as stage:
        assert "+" not in title_of(stage, "New and returning")
        pane = stage.section.query_one(FrequencyPane)
        drawn = sum(bool(pane.query_one(BarList).render_line(y).text.strip()) for y in range(pane.size.height))
        await stage.resize(80, 24)
        assert pane.size.height < drawn
        assert title_of(stage, "New and returning").startswith(f"+{drawn - pane.size.height} ")
        await stage.resize(200, 60)
        assert "+" not in title_of(stage, "New and returning")


def title_of(stage: Reports, name: str) -> str:
    """What stands behind a pane's name up to the next pane."""
    return stage.line(f" {name} ").partition(f" {name} ")[2].partition("──")[0]
