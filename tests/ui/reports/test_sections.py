"""Report screens: where one goes, what is asked then, and what comes along."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec import structs

from matomo_tui.api.errors import LockedOut, Unreachable
from matomo_tui.api.rejections import LOCKOUT_PAUSE
from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import Phase
from matomo_tui.ui.live.live_screen import LiveScreen
from tests.recorded import refusal
from tests.reports.matomo import SITE, ReportMatomo
from tests.ui.conftest import until
from tests.ui.reports.sectioning import PAGES, matomo, page_row, reports


def failing(answer: Any) -> ReportMatomo:
    """A Matomo that has ``answer`` in place of the report of pages."""
    transport = matomo()
    del transport.tables[PAGES]
    transport.answers[PAGES] = answer
    return transport


def mend(transport: ReportMatomo) -> None:
    good = matomo()
    transport.tables, transport.answers = good.tables, good.answers


async def test_a_section_opens_its_first_report_for_yesterday() -> None:
    async with reports() as stage:
        assert stage.lines[0].split("  ")[0] == " Shop › 3 Pages › Page URLs · Sun 22 Nov 2026"
        assert "40 rows" in stage.line("Page URLs 40")
        (call,) = stage.asked(PAGES)
        assert (call["period"], call["date"], call["filter_limit"]) == ("day", "2026-11-22", "100")


async def test_nothing_is_asked_before_a_section_is_opened() -> None:
    async with reports(section="") as stage:
        assert stage.transport.calls == []


async def test_a_section_keeps_what_it_showed_and_asks_for_nothing_again() -> None:
    async with reports() as stage:
        await stage.press("down", "down")
        requests = len(stage.transport.requests)
        await stage.press("1")
        assert isinstance(stage.app.screen, LiveScreen)
        await stage.press("3")
        assert stage.section.report_pane.table.cursor == 2
        assert len(stage.transport.requests) == requests


async def test_an_hour_later_a_section_seen_again_still_shows_its_rows_at_once() -> None:
    async with reports() as stage:
        await stage.press("1")
        stage.clock.at += 7 * 3600
        gate = stage.transport.gate = asyncio.Event()
        await stage.pilot.press("3")
        await stage.pilot.pause()
        assert "page0" in stage.text
        gate.set()
        await stage.settle()


async def test_another_period_is_asked_once_for_the_section_in_sight() -> None:
    async with reports() as stage:
        await stage.press("4", "3")
        before = len(stage.transport.calls)
        await stage.press("left_square_bracket")
        assert "Sat 21 Nov 2026" in stage.lines[0]
        new = stage.transport.calls[before:]
        assert [(call["method"], call["date"]) for call in new] == [(PAGES, "2026-11-21")]


async def test_a_hidden_section_follows_when_it_is_seen() -> None:
    transport = matomo(Referrers__getReferrerType=[{"label": "Direct Entry", "nb_visits": 5}])
    async with reports(transport, section="4") as stage:
        await stage.press("3", "W", "4")
        assert "week 47" in stage.lines[0]
        assert stage.asked("Referrers.getReferrerType")[-1]["period"] == "week"


async def test_there_is_nothing_after_today() -> None:
    async with reports() as stage:
        await stage.press("right_square_bracket")
        assert "Mon 23 Nov 2026" in stage.lines[0]
        before = len(stage.transport.calls)
        await stage.press("right_square_bracket")
        assert "No period after today" in stage.text
        assert len(stage.transport.calls) == before


async def test_back_and_forward_go_through_reports_periods_and_sections() -> None:
    transport = matomo(
        Actions__getPageTitles=[{"label": " Home", "nb_visits": 1, "nb_hits": 1}],
        Referrers__getReferrerType=[{"label": "Direct Entry", "nb_visits": 5}],
    )
    async with reports(transport, size=(120, 30)) as stage:
        await stage.press("left_square_bracket", "4")
        assert "Channel Type" in stage.lines[0]
        await stage.press("less_than_sign")
        assert "Page URLs · Sat 21 Nov" in stage.lines[0]
        await stage.press("alt+left")
        assert "Page URLs · Sun 22 Nov" in stage.lines[0]
        await stage.press("greater_than_sign", "greater_than_sign")
        assert "Channel Type" in stage.lines[0]


async def test_a_row_narrows_the_reports_and_the_live_screen() -> None:
    async with reports() as stage:
        await stage.press("f")
        assert stage.poller.wishes == [("switch", (None, "pageUrl==page0"))]
        assert "Page URL is page0" in stage.lines[0]
        assert stage.asked(PAGES)[-1]["segment"] == "pageUrl==page0"
        await stage.press("F")
        assert stage.poller.wishes[-1] == ("switch", (None, ""))
        assert "page0" not in stage.lines[0]


async def test_the_live_screen_narrows_the_reports() -> None:
    async with reports() as stage:
        await stage.press("1")
        stage.app.live.narrow("countryCode==de", "Germany")
        await stage.press("3")
        assert stage.asked(PAGES)[-1]["segment"] == "countryCode==de"
        assert "Germany" in stage.lines[0]


async def test_the_list_opens_another_report() -> None:
    transport = matomo(Actions__getPageTitles=[{"label": " Home", "nb_visits": 7, "nb_hits": 9}])
    async with reports(transport) as stage:
        await stage.press("l", "down", "enter")
        assert "Page titles" in stage.lines[0]
        assert "Home" in stage.text
        await stage.press("down", "l", "escape")
        assert "Page titles" in stage.lines[0]


async def test_r_asks_for_the_rows_and_for_the_chart_above_them() -> None:
    async with reports(size=(80, 40)) as stage:
        await stage.press("r")
        assert len(stage.asked(PAGES)) == 2
        assert len(stage.asked("Actions.get")) == 2


async def test_all_reports_are_a_tree_with_a_search() -> None:
    async with reports(section="7") as stage:
        lines = [line.strip() for line in stage.lines[2:8]]
        assert lines[:2] == ["All Websites", "All Websites dashboard"]
        assert "Visits Summary" in stage.lines[0]
        await stage.press("slash", *"bytes")
        assert "No report matches" in stage.text
        await stage.press("escape")
        await stage.press("slash", *"browser", "enter", "enter")
        assert stage.lines[0].startswith(" Shop › 7 All reports › Browsers")
        assert "The method 'DevicesDetection.getBrowsers' does not exist." in stage.text


async def test_an_error_stays_in_the_pane_in_matomos_words_and_r_tries_again() -> None:
    transport = failing(refusal("The segment condition 'x' is not valid."))
    async with reports(transport) as stage:
        assert "The segment condition 'x' is not valid." in stage.text
        assert "r tries again" in stage.text
        mend(transport)
        await stage.press("r")
        assert "page0" in stage.text
        await stage.press("down")
        assert stage.section.report_pane.table.cursor == 1


async def test_a_period_that_this_matomo_forbids_is_not_said_to_be_worth_another_try() -> None:
    forbidden = refusal("The period 'day' is not supported. Try any of the following instead: week, month, year, range")
    async with reports(failing(forbidden)) as stage:
        text = " ".join(stage.text.split())
        assert "The period 'day' is not supported. Try any of the following instead: week, month, year" in text
        assert "tries again" not in text


async def test_after_a_lockout_nothing_is_asked_until_r_tries_again() -> None:
    transport = failing(LockedOut("Matomo has locked out this IP address."))
    async with reports(transport) as stage:
        assert "locked out this IP address" in stage.text
        mend(transport)
        requests = len(transport.requests)
        await stage.press("left_square_bracket")
        assert "locked out this IP address" in stage.text
        assert len(transport.requests) == requests
        stage.clock.at += LOCKOUT_PAUSE
        await stage.press("r")
        assert "page0" in stage.text


async def test_after_a_lockout_sections_ask_again_once_the_live_screen_does() -> None:
    transport = matomo()
    transport.answers["Referrers.getReferrerType"] = LockedOut("Matomo has locked out this IP address.")
    async with reports(transport, section="4") as stage:
        live = stage.app.live.snapshot
        stage.clock.at += LOCKOUT_PAUSE
        for phase, asks in ((Phase.STOPPED, False), (Phase.STARTING, False), (Phase.LIVE, True)):
            before = len(transport.requests)
            if asks:
                transport.answers["Referrers.getReferrerType"] = []
            stage.poller.publish(structs.replace(live, poll=structs.replace(live.poll, phase=phase)))
            await stage.settle()
            assert (len(transport.requests) > before) == asks
        before = len(transport.requests)
        await stage.press("left_square_bracket")
        assert len(transport.requests) > before


async def test_a_catalogue_that_does_not_come_is_asked_for_again() -> None:
    transport = ReportMatomo(API__getReportMetadata=Unreachable("No connection to matomo.example."))
    async with reports(transport) as stage:
        assert "No connection to matomo.example." in stage.text
        mend(transport)
        await stage.press("r")
        assert "page0" in stage.text


async def test_loading_is_shown_after_a_moment_and_given_up_when_one_moves_on() -> None:
    transport = matomo()
    async with reports(transport) as stage:
        gate = transport.gate = asyncio.Event()
        await stage.pilot.press("left_square_bracket")
        await stage.pilot.pause()
        assert "page0" in stage.text  # for a moment what was there stays
        await until(stage.pilot, lambda: "page0" not in stage.text)
        await stage.pilot.press("left_square_bracket")
        await until(stage.pilot, lambda: transport.cancelled == 1)
        gate.set()
        await stage.settle()
        assert stage.asked(PAGES)[-1]["date"] == "2026-11-20"
        assert transport.most_at_once == 1


@pytest.mark.parametrize("left", ["2", "3", "5"])
async def test_what_a_left_section_waits_for_is_given_up_and_asked_for_again_when_one_returns(left: str) -> None:
    transport = matomo()
    async with reports(transport, section=left) as stage:
        there = stage.text
        transport.gate = asyncio.Event()
        asked = len(transport.calls)
        await stage.pilot.press("left_square_bracket")
        await until(stage.pilot, lambda: len(transport.calls) > asked)
        before = len(transport.calls)
        await stage.pilot.press("1")
        await until(stage.pilot, lambda: transport.cancelled >= 1)
        transport.gate.set()
        await stage.settle()
        assert len(transport.calls) == before  # nothing that stood behind it was sent either
        await stage.press(left)
        assert len(transport.calls) > before
        assert stage.text != there
        await stage.press("right_square_bracket")
        assert stage.text == there


async def test_the_rows_of_a_long_report_are_counted_when_one_returns() -> None:
    transport = matomo(pages=700)
    async with reports(transport, section="") as stage:
        hold = asyncio.Event()
        transport.gate = hold
        await stage.pilot.press("3")
        await until(stage.pilot, lambda: bool(stage.asked("API.getReportMetadata")))
        hold.set()
        await until(stage.pilot, lambda: bool(stage.asked(PAGES)))
        transport.gate = asyncio.Event()
        await until(stage.pilot, lambda: "page0" in stage.text)
        await stage.pilot.press("1")
        await stage.settle()
        transport.gate.set()
        await stage.press("3")
        assert "700" in stage.text


async def test_a_dialog_above_a_section_does_not_hold_it_up() -> None:
    transport = matomo()
    async with reports(transport) as stage:
        transport.gate = asyncio.Event()
        await stage.pilot.press("left_square_bracket")
        await until(stage.pilot, lambda: transport.calls[-1]["date"] == "2026-11-21")
        await stage.pilot.press("question_mark")
        transport.gate.set()
        await stage.settle()
        await stage.press("escape")
        assert transport.cancelled == 0
        assert "page0" in stage.text


async def test_names_are_asked_for_in_the_persons_language_and_refusals_in_english() -> None:
    async with reports(settings=Settings(language="de")) as stage:
        await stage.press("S")
        assert {call["language"] for call in stage.asked("API.getReportMetadata")} == {"de"}
        assert {call["language"] for call in stage.asked("API.getSegmentsMetadata")} == {"de"}
        assert {call["language"] for call in stage.asked(PAGES)} == {"en"}


async def test_keys_do_nothing_to_rows_that_are_on_their_way_out() -> None:
    transport = matomo()
    async with reports(transport) as stage:
        gate = transport.gate = asyncio.Event()
        await stage.pilot.press("left_square_bracket")
        await stage.pilot.press("f", "enter", "w")
        assert stage.poller.wishes == []
        gate.set()
        await stage.settle()


async def test_no_data_an_archive_on_its_way_and_no_visits_are_told_apart() -> None:
    transport = matomo(pages=0)
    async with reports(transport) as stage:
        assert "has not built this report yet" in stage.text
    transport = matomo(pages=0)
    transport.answers["VisitsSummary.get"] = {"nb_visits": 0}
    async with reports(transport) as stage:
        assert "No visits in this period" in stage.text
    transport = matomo(Actions__getDownloads=[])
    async with reports(transport) as stage:
        await stage.press("l", *["down"] * 6, "enter")
        assert "none with data for this report" in stage.text


async def test_escape_leaves_the_row_then_the_section_and_never_the_program() -> None:
    async with reports() as stage:
        await stage.press("z")
        assert stage.lines[0].startswith(" Shop › 3 Pages › Page URLs › page0")
        assert "/in0-0" in stage.text
        await stage.press("escape")
        assert "page1" in stage.text
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)
        await stage.press("escape")
        assert stage.app.is_running


async def test_a_level_stays_open_in_another_period() -> None:
    async with reports() as stage:
        await stage.press("z", "left_square_bracket")
        assert "page0 · Sat 21 Nov" in stage.lines[0]
        assert "/in0-0" in stage.text


async def test_another_connection_ends_the_sections() -> None:
    async with reports() as stage:
        session = stage.app.session
        assert session is not None
        stage.app.connection.follow(session)
        await stage.pilot.pause()
        assert isinstance(stage.app.screen, LiveScreen)
        assert stage.app.sections is None
        await stage.press("3")
        assert "page0" in stage.text


async def test_the_demo_is_loud_and_the_connection_small() -> None:
    async with reports(settings=Settings(demo=True), size=(120, 40)) as stage:
        assert "DEMO" in stage.lines[0]
        assert stage.lines[0].endswith("● live")


async def test_new_figures_of_today_come_by_themselves_after_the_server_rebuilt_them() -> None:
    transport = matomo()
    async with reports(transport, size=(80, 40)) as stage:
        await stage.press("right_square_bracket")
        asked, charts = len(stage.asked(PAGES)), len(stage.asked("Actions.get"))
        stage.clock.at += 600
        stage.section._update_ages()
        await stage.settle()
        assert len(stage.asked(PAGES)) == asked
        assert stage.text.count("10 min old") == 2, "of the rows and of the chart above them"
        transport.tables[PAGES].insert(0, page_row(50_000, "brand new", nb_hits=99_999))
        stage.clock.at += 301
        stage.section._update_ages()
        await stage.settle()
        assert "41 rows" in stage.text
        assert len(stage.asked("Actions.get")) == charts + 1
        assert stage.text.count("just now") == 2
        assert stage.section.report_pane.table.cursor == 1  # still on the row that it was on
        await stage.press("home")
        assert "brand new" in stage.text


async def test_another_site_has_no_marks_and_says_that_it_has_site_search_off() -> None:
    transport = matomo()
    everything = transport.answers["API.getReportMetadata"]
    found = [entry for entry in everything if "SiteSearch" not in entry["action"]]
    transport.answers["API.getReportMetadata"] = lambda call: everything if call["idSite"] == "1" else found
    async with reports(transport, size=(120, 30)) as stage:
        await stage.press("space", "down", "space")
        assert "2 marked" in stage.text
        assert "Site search is off" not in stage.text
        stage.section.context.follow_live(structs.replace(SITE, id=2, name="Notes", sitesearch=False), "", "")
        await stage.settle()
        assert "Notes › Pages › Page URLs" in stage.lines[0]
        assert "marked" not in stage.text
        await stage.press("l", "end")
        assert "Site search is off" in stage.text
        await stage.press("enter")
        said = " ".join(str(note.message) for note in stage.app._notifications)
        assert said == "Site search is off for this site. Users with admin access can switch it on."
        assert "Notes › Pages › Page URLs" in stage.lines[0]


async def test_flat_rows_are_others_than_those_that_were_marked() -> None:
    async with reports() as stage:
        await stage.press("space", "down", "space")
        assert "2 marked" in stage.text
        await stage.press("x")
        assert "marked" not in stage.text
        await stage.press("space")
        assert "1 marked" in stage.text
        await stage.press("x")
        assert "marked" not in stage.text


async def test_the_help_has_the_keys_that_open_and_close_a_row() -> None:
    async with reports(size=(100, 50)) as stage:
        await stage.press("question_mark")
        assert stage.line(" → ").split()[2:5] == ["Open", "the", "row"]
        await stage.press("escape", "right", "question_mark")
        assert stage.line(" ← ").split()[2:5] == ["Close", "the", "row,"]
