"""One report as a table: opened, sorted, searched, paged, compared, copied."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from matomo_tui.config.settings import Settings
from matomo_tui.reports.loader import REBUILT_EVERY
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison
from matomo_tui.ui.reports.dialogs.columns_dialog import ColumnsDialog
from matomo_tui.ui.reports.dialogs.row_dialog import RowDialog
from matomo_tui.ui.reports.report_pane import ReportPane
from tests.recorded import refusal
from tests.reports.matomo import SITE, TODAY
from tests.ui.cases import SIZES, case
from tests.ui.conftest import until
from tests.ui.reports.sectioning import PAGES, Reports, matomo, page_row, reports


def pane(stage: Reports) -> ReportPane:
    return stage.section.report_pane


async def test_a_row_opens_in_place_and_closes_again() -> None:
    async with reports() as stage:
        await stage.press("enter")
        labels = [line.replace("▸", "").replace("▾", "").split()[0] for line in stage.lines[3:10]]
        assert labels == ["page0", *[f"/in0-{n}" for n in range(5)], "page1"]
        assert stage.asked(PAGES)[-1]["idSubtable"] == "1"
        calls = len(stage.transport.calls)
        await stage.press("down", "down", "left")
        assert pane(stage).table.cursor == 0
        await stage.press("left")
        assert "/in0-0" not in stage.text
        await stage.press("right")
        assert "/in0-0" in stage.text
        assert len(stage.transport.calls) == calls  # what was loaded once is kept


async def test_a_leaf_shows_the_whole_row() -> None:
    transport = matomo()
    transport.tables[PAGES][1] |= {"label": "a" * 300, "url": "https://shop.example/" + "a" * 300, "nb_odd": 7}
    async with reports(transport) as stage:
        await stage.press("down", "enter")
        assert isinstance(stage.app.screen, RowDialog)
        assert stage.text.count("a" * 50) >= 2
        assert "nb odd" in stage.text
        assert "Avg. time on page" in stage.text
        await stage.press("escape")
        assert stage.section.report_pane.table.has_focus


async def test_the_address_of_a_very_long_label_is_scrolled_to() -> None:
    transport = matomo()
    transport.tables[PAGES][1] |= {"label": "a" * 2000, "url": f"https://shop.example/{'b' * 900}/end"}
    async with reports(transport) as stage:
        await stage.press("down", "v")
        assert "Pageviews" in stage.text
        assert "close" in stage.lines[-3]
        assert "/end" not in stage.text
        await stage.press("tab", "end")
        assert "/end" in stage.text
        assert "Pageviews" in stage.text


async def test_rows_are_marked_and_unmarked() -> None:
    async with reports() as stage:
        await stage.press("space", "down", "space")
        assert "40 rows, 2 marked" in stage.text
        assert stage.line(" page0 ").startswith(" ✓")
        await stage.press("space")
        assert "40 rows, 1 marked" in stage.text


async def test_a_site_that_does_not_look_for_searches_says_so() -> None:
    site = msgspec.structs.replace(SITE, sitesearch=False)
    async with reports(matomo(Actions__getSiteSearchKeywords=[]), site=site) as stage:
        await stage.press("l", *["down"] * 8, "enter")
        assert "Site search is off for this site" in stage.text


async def test_order_is_the_servers_and_marked() -> None:
    async with reports() as stage:
        assert "▼ Pageviews" in stage.lines[2]
        await stage.press("O")
        assert "▲ Pageviews" in stage.lines[2]
        call = stage.asked(PAGES)[-1]
        assert (call["filter_sort_column"], call["filter_sort_order"]) == ("nb_hits", "asc")
        await stage.press("o", "3")
        call = stage.asked(PAGES)[-1]
        assert (call["filter_sort_column"], call["filter_sort_order"]) == ("nb_visits", "desc")
        await stage.press("o", "1")
        call = stage.asked(PAGES)[-1]
        assert (call["filter_sort_column"], call["filter_sort_order"]) == ("label", "asc")


async def test_a_click_on_a_heading_sorts_by_it() -> None:
    async with reports() as stage:
        x = stage.lines[2].index("Unique PVs")
        await stage.pilot.click(offset=(x + 3, 2))
        await stage.settle()
        assert stage.asked(PAGES)[-1]["filter_sort_column"] == "nb_visits"
        assert "▼ Unique PVs" in stage.lines[2]


async def test_a_search_filters_at_once_and_asks_the_server_when_the_keys_rest() -> None:
    transport = matomo(pages=400)
    async with reports(transport) as stage:
        gate = transport.gate = asyncio.Event()
        await stage.pilot.press("slash", *"page39")
        await stage.pilot.pause()
        assert "page39" in stage.text  # among the 100 loaded ones
        assert "page38 " not in stage.text
        assert "1 of the 100 loaded rows" in stage.text
        await stage.pilot.press("0")
        assert "0 of the 100 loaded rows" in stage.text
        assert "Not among the loaded rows. Matomo is searching all rows." in stage.text
        await stage.pilot.press("backspace")
        gate.set()
        await until(stage.pilot, lambda: "page390" in stage.text)
        await stage.settle()
        call = stage.asked(PAGES)[-1]
        assert call["filter_pattern_recursive"] == "page39"
        searches = [one["filter_pattern_recursive"] for one in stage.asked(PAGES) if "filter_pattern_recursive" in one]
        assert searches == ["page39"]
        assert '11 matches for "page39" in all levels' in stage.text
        await stage.press("enter", "down")
        assert pane(stage).table.cursor == 1
        await stage.press("escape")
        await until(stage.pilot, lambda: "100 of 400 rows" in stage.text)
        assert pane(stage).table.cursor == 39, "the row that was found among the loaded ones"


async def test_who_goes_on_typing_after_the_server_has_searched_is_still_in_the_search_line() -> None:
    async with reports(matomo(pages=400)) as stage:
        await stage.pilot.press("slash", *"page39")
        await until(stage.pilot, lambda: '11 matches for "page39"' in stage.text)
        await stage.settle()
        await stage.press("5")
        await until(stage.pilot, lambda: "/ page395" in stage.text)


async def test_a_search_begins_while_the_report_loads_and_replaces_what_is_loaded() -> None:
    transport = matomo(pages=400)
    async with reports(transport) as stage:
        gate = transport.gate = asyncio.Event()
        await stage.pilot.press("O", "slash", *"page39", "enter")
        assert "The rows are not loaded." not in stage.text
        gate.set()
        await until(stage.pilot, lambda: '11 matches for "page39"' in stage.text)
        assert "/ page39" in stage.text
        assert pane(stage).table.has_focus
        assert stage.asked(PAGES)[-1]["filter_sort_column"], "in the order asked for before"


@pytest.mark.parametrize("enter", [True, False])
async def test_a_search_typed_before_the_list_of_reports_came_is_made_in_the_report_that_follows(enter: bool) -> None:
    transport = matomo(pages=400)
    gate = transport.gate = asyncio.Event()
    async with reports(transport, section="") as stage:
        await stage.pilot.press("3")
        await stage.pilot.pause()
        await stage.pilot.press("slash", *"page39", *(("enter",) if enter else ()))
        gate.set()
        await until(stage.pilot, lambda: '11 matches for "page39"' in stage.text)
        assert "/ page39" in stage.text
        assert stage.section.report_pane.table.has_focus is enter


async def test_in_a_section_that_begins_with_no_rows_there_is_nothing_to_search_before_it_comes() -> None:
    transport = matomo(pages=400)
    gate = transport.gate = asyncio.Event()
    async with reports(transport, section="") as stage:
        await stage.pilot.press("2")
        await stage.pilot.pause()
        await stage.pilot.press("slash")
        assert "The rows are not loaded." in stage.text
        gate.set()


async def test_nothing_found_is_said() -> None:
    async with reports() as stage:
        await stage.pilot.press("slash", *"zzz")
        await until(stage.pilot, lambda: "Nothing here matches the search" in stage.text)


async def test_flat_is_all_levels_in_one_list() -> None:
    async with reports() as stage:
        await stage.press("x")
        assert stage.asked(PAGES)[-1]["flat"] == "1"
        await stage.press("x")
        assert "flat" not in stage.asked(PAGES)[-1] or len(stage.asked(PAGES)) == 2


async def test_columns_are_chosen_ordered_and_kept() -> None:
    async with reports() as stage:
        await stage.press("m", "end", "enter")
        assert isinstance(stage.app.screen, ColumnsDialog)
        await stage.press("down", "space", "end", "K", "space", "m")
        call = stage.asked(PAGES)[-1]
        assert "goals" in call["showColumns"].split(",")
        assert "Unique PVs" not in stage.lines[2]
        await stage.press("left_square_bracket")
        assert "Unique PVs" not in stage.lines[2]
        await stage.press("m", "1")
        assert "Unique PVs" in stage.lines[2]


@pytest.mark.parametrize(
    ("method", "key", "said"),
    [
        ("Referrers.getAll", "g", "Matomo has no figures of this report over time."),
        ("Actions.getPageTitlesFollowingSiteSearch", "g", "Matomo has no figures of this report over time."),
        ("Referrers.getReferrerType", "x", "Matomo has no flat form of this report."),
    ],
)
async def test_what_matomo_has_not_of_a_report_is_said(method: str, key: str, said: str) -> None:
    rows = [{"label": "Direct Entry", "nb_visits": 9}, {"label": "Websites", "nb_visits": 4, "idsubdatatable": 3}]
    transport = matomo()
    transport.tables[method] = rows
    async with reports(transport, section="4", size=(120, 30)) as stage:
        found = stage.section.catalogue
        assert found is not None
        wanted = found.find(method)
        assert wanted is not None
        stage.section.open_report(wanted)
        await stage.settle()
        await stage.press(key)
        assert [str(note.message) for note in stage.app._notifications] == [said]
        assert stage.asked("API.getRowEvolution") == []


async def test_a_site_without_the_goals_chosen_shows_its_own_columns_and_says_so() -> None:
    transport = matomo()
    everything = transport.answers["API.getReportMetadata"]
    goals = ("metricsGoal", "processedMetricsGoal")
    without = [{name: value for name, value in entry.items() if name not in goals} for entry in everything]
    transport.answers["API.getReportMetadata"] = lambda call: everything if call["idSite"] == "1" else without
    async with reports(transport, size=(120, 30)) as stage:
        await stage.press("m", "4")
        await stage.press("o", "1")
        assert "goals: all" in stage.text
        context = stage.section.context
        context.follow_live(msgspec.structs.replace(SITE, id=2, name="Notes"), "", "")
        await stage.settle()
        assert "Notes › Pages" in stage.lines[0]
        assert "Unique Pageviews" in stage.text
        said = [str(note.message) for note in stage.app._notifications]
        assert said == ["Notes lacks some of the chosen columns, so all are shown."]
        context.follow_live(SITE, "", "")
        await stage.settle()
        assert "goals: all" in stage.text, "where they are they come back"


async def test_which_campaign_converted_best_is_a_set_of_columns() -> None:
    method = "Referrers.getCampaigns"
    goals = {"idgoal=1": {"nb_conversions": 4, "revenue": 20}}
    spring = {"label": "spring", "nb_visits": 50, "nb_visits_converted": 10, "nb_conversions": 12, "revenue": 240}
    autumn = {"label": "autumn", "nb_visits": 30, "nb_visits_converted": 0}
    transport = matomo(Referrers__getCampaigns=[{**spring, "goals": goals}, autumn])
    async with reports(transport, section="4", size=(140, 30)) as stage:
        await stage.press("l", *["down"] * 6, "enter")
        assert "Campaigns 2 rows" in stage.text
        await stage.press("m", "4")
        assert "─ Campaigns goals: all, 2 rows" in stage.text
        assert stage.line(" spring ").split()[-5:] == ["%", "€", "240", "€", "4.80"], stage.text
        assert stage.asked(method)[-1]["showColumns"].startswith("label,nb_visits,nb_conversions,conversion_rate")
        await stage.press("o", "6")
        assert stage.asked(method)[-1]["filter_update_columns_when_show_all_goals"] == "1"
        await stage.press("l", "up", "enter")
        await stage.press("l", "down", "enter")
        assert "goals: all" in stage.text, "the choice stays with the report"
        assert stage.app.remembered.get("columns", "Referrers_getCampaigns")[1] == "nb_conversions"
        await stage.press("m", "1")
        assert "goals: all" not in stage.text
        assert stage.app.remembered.get("columns", "Referrers_getCampaigns") is None


async def test_what_matomo_cannot_sort_by_is_said() -> None:
    async with reports(size=(120, 30)) as stage:
        await stage.press("m", "4")
        assert "goals: all" in stage.text
        pane(stage).sort_by("goal_all_revenue_attrib")
        await stage.settle()
        assert "Matomo cannot sort by" in stage.text


async def test_what_a_report_and_its_columns_mean_is_said_by_the_server() -> None:
    transport = matomo()
    described = [dict(entry) for entry in transport.answers["API.getReportMetadata"]]
    (pages,) = (entry for entry in described if entry["uniqueId"] == "Actions_getPageUrls")
    pages["documentation"] = "Stand-in about <strong>pages</strong> &amp; more.<br />\x1b[31mEnd."
    pages["metricsDocumentation"] = {"nb_hits": "Stand-in: each <b>view</b>.", "exit_rate": "Stand-in: who left."}
    transport.answers["API.getReportMetadata"] = described
    async with reports(transport, size=(120, 40)) as stage:
        await stage.press("i")
        assert "Stand-in about pages & more. [31mEnd." in stage.text
        sorted_by, after = stage.line("Pageviews, the order of the rows"), stage.line("Stand-in: each view.")
        assert stage.text.index(sorted_by) < stage.text.index(after) < stage.text.index("Stand-in: who left.")
        await stage.press("escape")
        assert "Stand-in" not in stage.text


async def test_a_comparison_has_arrow_sign_and_percentage() -> None:
    transport = matomo()
    earlier = [page_row(0, nb_hits=100_000), page_row(1, nb_hits=45_000), page_row(2, nb_hits=89_998)]
    transport.tables[PAGES, "2026-11-21"] = earlier
    async with reports(transport, size=(120, 24)) as stage:
        await stage.press("c", "1")
        assert "vs Sat 21 Nov" in stage.lines[0]
        assert "▼ -10.0k   -10 %" in stage.line(" page0 ")
        assert "▲ +45.0k  +100 %" in stage.line(" page1 ")
        assert "=" in stage.line(" page2 ")
        assert "new" in stage.line(" page4 ")
        await stage.press("c", "3")
        assert "vs Sat 22 Nov 2025" in stage.lines[0]
        await stage.press("c", "6")
        assert "vs" not in stage.lines[0]


async def test_the_list_of_comparisons_has_their_dates() -> None:
    async with reports(size=(120, 24)) as stage:
        await stage.press("c")
        for words in (
            "the period before: Sat 21 Nov 2026",
            "the same weekday a week before: Sun 15 Nov 2026",
            "a year before: Sat 22 Nov 2025",
            "the same weekday a year before: Sun 23 Nov 2025",
            "a date of your own …",
            "6 nothing",
        ):
            assert words in stage.text
        await stage.press("2")
        assert "vs Sun 15 Nov" in stage.lines[0]
        assert stage.asked(PAGES)[-1]["date"] == "2026-11-15"
        await stage.press("c", "escape")
        assert "vs Sun 15 Nov" in stage.lines[0]


async def test_a_week_has_no_weekday_to_keep() -> None:
    async with reports(size=(120, 24)) as stage:
        await stage.press("c", "2", "W")
        assert "vs week 46" in stage.lines[0]
        await stage.press("c")
        assert "weekday" not in stage.text


async def test_a_date_of_your_own_stays_while_the_period_moves() -> None:
    async with reports(size=(120, 24)) as stage:
        await stage.press("c", "5", "up", "enter")
        assert "vs Sat 14 Nov" in stage.lines[0]
        await stage.press("left_square_bracket")
        assert "vs Sat 14 Nov" in stage.lines[0]
        assert stage.asked(PAGES)[-1]["date"] == "2026-11-21", "the day compared with is in the cache"


async def test_addresses_that_begin_alike_are_told_apart_by_their_ends() -> None:
    transport = matomo()
    transport.tables[PAGES][1]["label"] = "/1804/songs-34-for-voice-and-piano/sheet-1271"
    transport.tables[PAGES][2]["label"] = "/1804/songs-34-for-voice-and-piano/sheet-1272"
    async with reports(transport) as stage:
        assert stage.line("iano/sheet-1271 ").split()[0].startswith("/1804/so")
        assert stage.line("iano/sheet-1272 ")


async def test_columns_without_room_are_said() -> None:
    async with reports(size=(200, 24)) as stage:
        assert "column" not in stage.lines[1]
        await stage.pilot.resize_terminal(80, 24)
        await stage.settle()
        shown = len(stage.section.report_pane.table.placed)
        assert f"+{5 - shown + 1} column" in stage.lines[1], stage.text


async def test_why_a_column_has_no_figures_is_said_once() -> None:
    transport = matomo(Referrers__getWebsites=[{"label": "a.example", "nb_visits": 9}])
    async with reports(transport, section="4", size=(120, 24)) as stage:
        await stage.press("Y", "l", *["down"] * 4, "enter")
        assert stage.text.count("Unique visitors are not counted for a year") == 1, stage.text


async def test_a_site_among_all_has_no_row_over_time() -> None:
    transport = matomo(MultiSites__getAll=[{"label": "Shop", "nb_visits": 9}])
    async with reports(transport, section="7") as stage:
        await stage.press("home", "down", "enter")
        assert stage.line(" Shop  ")
        assert not pane(stage).check_action("evolution", ())


async def test_a_comparison_that_fails_says_why() -> None:
    transport = matomo()
    usual = transport.tables.pop(PAGES)
    transport.tables[PAGES, "2026-11-22"] = usual
    transport.answers[PAGES] = refusal("Out of memory. Ask your host.")
    async with reports(transport) as stage:
        await stage.press("c", "1")
        assert "comparison failed: Out of memory, 40 rows" in stage.lines[1]
        assert stage.line(" page0 ").split().count("?") == 1
        transport.tables[PAGES, "2026-11-21"] = usual
        await stage.press("r")
        assert "failed" not in stage.lines[1]
        assert "=" in stage.line(" page0 ")


async def test_what_a_row_was_is_not_guessed_behind_the_rows_looked_through() -> None:
    transport = matomo()
    transport.tables[PAGES, "2026-11-21"] = [page_row(number) for number in range(1, 700)]
    async with reports(transport, size=(120, 24)) as stage:
        await stage.press("c", "1")
        assert "?" in stage.line(" page0 ")
        assert "new" not in stage.line(" page0 ")
        assert "40 rows, ? not among the first 500 of Sat 21 Nov 2026" in stage.lines[1]


async def test_half_a_day_beside_a_whole_one_is_neither_good_nor_bad() -> None:
    transport = matomo()
    transport.tables[PAGES, "2026-11-22"] = [page_row(0, nb_hits=100_000)]
    async with reports(transport) as stage:
        await stage.press("right_square_bracket", "c", "1")
        assert "40 rows, so far, beside a whole day" in stage.lines[1]
        row = pane(stage).table.rows.row(0)
        assert row is not None
        assert (("▼ -10.0k   -10 %", "muted"),) in row.cells


async def test_more_of_a_bounce_rate_is_worse() -> None:
    transport = matomo()
    transport.tables[PAGES, "2026-11-21"] = [page_row(0, bounce_rate=0.20)]
    async with reports(transport, size=(200, 30)) as stage:
        await stage.press("c", "1")
        row = pane(stage).table.rows.row(0)
        assert row is not None
        assert (("▲  +5 pp   +25 %", "bad"),) in row.cells


@pytest.mark.parametrize(
    ("before", "now", "figure", "change"),
    [
        (1 / 3, 1 / 8, "13 %", "▼ -20 pp"),
        (0.384, 0.386, "39 %", "▲  +1 pp"),
        (0.495, 0.505, "51 %", "▲  +1 pp"),
        (0.3754, 0.3846, "38 %", "="),
    ],
)
async def test_the_change_of_a_rate_is_that_of_the_two_figures(
    before: float, now: float, figure: str, change: str
) -> None:
    transport = matomo()
    transport.tables[PAGES, "2026-11-21"] = [page_row(0, bounce_rate=before)]
    transport.tables[PAGES, "2026-11-22"] = [page_row(0, bounce_rate=now)]
    async with reports(transport, size=(200, 30)) as stage:
        await stage.press("c", "1")
        row = pane(stage).table.rows.row(0)
        assert row is not None
        assert str(row.cells[row.cells.index(figure) + 1]).startswith(f"(('{change}")


async def test_a_rate_that_matomo_rounds_to_whole_percent_has_no_decimal_anywhere() -> None:
    transport = matomo()
    transport.tables[PAGES, "2026-11-21"] = [page_row(0, bounce_rate=0.20)]
    async with reports(transport, size=(120, 40)) as stage:
        assert "  25 %  " in stage.line("▸ page0")
        assert ".0 %" not in stage.text
        await stage.press("c", "1", "v")
        assert isinstance(stage.app.screen, RowDialog)
        assert stage.line("Bounce Rate").split()[3:10] == ["25", "%", "▲", "+5", "pp", "+25", "%"]
        assert "20 %" in stage.line("Bounce Rate")
        await stage.press("escape", "y")
        assert "\t25 %\t" in stage.app.clipboard


async def test_a_rate_computed_from_its_counts_is_rounded_as_matomo_rounds_it() -> None:
    row = {"label": "Direct Entry", "nb_visits": 26, "bounce_count": 10, "nb_visits_converted": 10}
    transport = matomo(Referrers__getReferrerType=[row])
    async with reports(transport, section="4", size=(200, 60)) as stage:
        (found,) = [line for line in stage.lines if "Direct Entry" in line and "26" in line]
        assert "  38 %" in found, "of 0.3846 Matomo stores 0.38"


async def test_a_single_row_says_what_it_is_compared_with_too() -> None:
    transport = matomo()
    async with reports(transport, section="7", size=(120, 40)) as stage:
        usual = transport.answers["VisitsSummary.get"]
        await stage.press("right_square_bracket", "c", "1")
        assert "─ Visits Summary so far, beside a whole day ─" in stage.text
        transport.answers["VisitsSummary.get"] = lambda call: (
            refusal("Out of memory.") if call["date"] == "2026-11-22" else usual(call)
        )
        await stage.press("left_square_bracket", "right_square_bracket", "r")
        assert "─ Visits Summary comparison failed: Out of memory ─" in stage.text


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("7", "─ Visits Summary beside a day that is not over ─"),
        ("2", "vs Mon 23 Nov 2026, not over yet"),
        ("5", "vs Mon 23 Nov 2026, not over yet"),
    ],
)
async def test_a_day_compared_with_today_says_so_and_follows_it(section: str, words: str) -> None:
    method = "Goals.get" if section == "5" else "VisitsSummary.get"
    async with reports(matomo(), section=section, size=(120, 40)) as stage:
        context = stage.section.context
        context.set_query(context.query.compared(Comparison.OWN, Period.containing("day", TODAY)))
        await stage.settle()
        assert words in stage.text

        def asked() -> int:
            return sum((call["period"], call["date"]) == ("day", "2026-11-23") for call in stage.asked(method))

        before = asked()
        assert before
        stage.clock.at += REBUILT_EVERY + 1
        stage.section.update_shown_age()
        await stage.settle()
        assert asked() == 2 * before


async def test_a_chart_beside_one_that_ends_with_today_follows_it() -> None:
    async with reports(matomo(), section="2", size=(120, 40)) as stage:
        context = stage.section.context
        context.set_query(context.query.compared(Comparison.OWN, Period.containing("day", TODAY)))
        await stage.settle()

        def asked() -> int:
            return sum(call["date"].endswith(",2026-11-23") for call in stage.asked("VisitsSummary.get"))

        before = asked()
        assert before
        stage.clock.at += REBUILT_EVERY + 1
        (chart,) = stage.section.charts
        chart.update_age()
        await stage.settle()
        assert asked() == before + 1


async def test_unique_visitors_of_a_range_are_said_to_be_absent() -> None:
    transport = matomo()
    transport.answers["VisitsSummary.get"] = lambda call: (
        {"nb_visits": 9} if "," not in call["date"] else {"2025": {"nb_visits": 9}, "2026": {"nb_visits": 9}}
    )
    async with reports(transport, section="2", size=(120, 40)) as stage:
        await stage.press("Y")
        assert "Unique visitors" in stage.text
        assert "not counted for a year" in stage.text
        line = next(line for line in stage.lines if "not counted" in line)
        assert " 0 " not in line


async def test_a_copied_row_has_its_label_and_figures() -> None:
    async with reports() as stage:
        await stage.press("y")
        assert stage.app.clipboard.split("\t")[:3] == ["page0", "90,000", "50,000"]
        await stage.press("enter", "down", "ctrl+y")
        assert stage.app.clipboard == "https://shop.example/in0-0"


async def test_a_copied_row_is_no_formula_for_the_spreadsheet_it_is_pasted_into() -> None:
    async with reports(matomo(Actions__getPageUrls=[page_row(0, "=cmd|' /C calc'!A0")])) as stage:
        await stage.press("y")
        assert stage.app.clipboard.split("\t")[:2] == ["'=cmd|' /C calc'!A0", "90,000"]


HOSTILE = "[red]bold[/]\x1b[2J\x1b]52;c;cHduZWQ=\x07 [@click=app.quit]\u202egnp.exe" + "x" * 3000


async def test_hostile_rows_are_only_text() -> None:
    transport = matomo()
    del transport.tables[PAGES]
    transport.answers[PAGES] = [
        page_row(0, HOSTILE, nb_hits=float("1e300"), nb_visits=-5, avg_time_on_page="soon", bounce_rate="n/a"),
        {**page_row(1, nb_hits=None), "label": ""},
        page_row(3, "👩‍👩‍👧‍👦 家族 日本語のページ" * 20),
        {"label": "[/]", "nb_hits": "12"},
    ]
    async with reports(transport, size=(120, 40)) as stage:
        assert "\x1b" not in stage.text
        assert "[red]bold[/]" in stage.text
        assert "(not set)" in stage.text
        assert all(len(line) <= 130 for line in stage.lines)
        for key in ("v", "escape", "y", "c", "down", "v", "escape", "end", "v", "escape", "z", "f"):
            await stage.press(key)
        assert "\x1b" not in stage.text
        assert "\x1b" not in stage.app.clipboard


async def test_a_hostile_level_opened_by_itself_is_only_text() -> None:
    transport = matomo()
    transport.tables[PAGES][0] = page_row(0, HOSTILE)
    async with reports(transport) as stage:
        await stage.press("z")
        assert "\x1b" not in stage.text
        assert "/in0-0" in stage.text


async def test_a_page_or_a_level_that_fails_says_so_and_the_others_load_on() -> None:
    transport = matomo(pages=700)
    level, rows = transport.tables.pop((PAGES, 1)), transport.tables[PAGES]
    transport.answers[PAGES] = refusal("Out of memory. Ask your host.")
    async with reports(transport, size=(100, 24)) as stage:
        await stage.press("enter")
        assert "failed, r tries again" in stage.lines[4]
        assert "incomplete: Out of memory, 100 of 700 rows" in stage.lines[1]
        await stage.press("down", "down", "down", "down", "enter")
        assert "/in3-0" in stage.text, "another level opens"
        await stage.press("home", "enter")
        assert "incomplete" not in stage.text, "what is closed is not missed"
        del transport.tables[PAGES]
        stage.section.report_pane.table.move_cursor(300)
        await until(stage.pilot, lambda: "failed, r tries again" in stage.text)
        transport.tables |= {PAGES: rows, (PAGES, 1): level}
        await stage.press("end")
        await until(stage.pilot, lambda: "page699" in stage.text)
        await stage.press("r", "home", "enter")
        assert "/in0-0" in stage.text
        assert "incomplete" not in stage.text


async def test_a_report_that_is_not_renewed_says_why_and_how_old_it_is() -> None:
    transport = matomo()
    async with reports(transport) as stage:
        await stage.press("right_square_bracket")
        del transport.tables[PAGES]
        transport.answers[PAGES] = refusal("Out of memory.")
        stage.clock.at += 1200
        pane(stage).update_age()
        await stage.settle()
        assert "refresh failed: Out of memory, 40 rows" in stage.lines[1]
        assert "20 min old" in stage.lines[1]
        asked = len(stage.asked(PAGES))
        pane(stage).update_age()
        await stage.settle()
        assert len(stage.asked(PAGES)) == asked, "a server in trouble is not asked again at once"


async def test_every_size_holds() -> None:
    async with reports(size=(60, 10)) as stage:
        for size in ((60, 10), *SIZES, (100, 24), (20, 5), (400, 19), (79, 24)):
            with case(size):
                await stage.resize(*size)
                assert len(stage.lines) == size[1]
                assert ("page0" if min(size) >= 20 else "72×20") in stage.text
                await stage.resize(120, 40)
                assert "page0" in stage.text


async def test_ascii_has_nothing_else() -> None:
    async with reports(settings=Settings(ascii=True), size=(120, 40)) as stage:
        await stage.press("c", "1", "enter")
        assert stage.text.isascii()


async def test_an_address_that_no_parser_takes_and_one_with_a_token_are_only_text() -> None:
    token = "0123456789abcdef" * 2
    odd, secret = "http://shop[.example/x", f"https://shop.example/y?token_auth={token}"
    transport = matomo()
    del transport.tables[PAGES]
    transport.answers[PAGES] = [page_row(1, "/x", url=odd), page_row(2, f"/y?token_auth={token}", url=secret)]
    transport.answers["Transitions.getTransitionsForPageUrl"] = {
        "pageMetrics": {"pageviews": 3},
        "previousPages": [{"label": "//[", "referrals": 2}, {"label": "shop[.example/z", "referrals": 1}],
    }
    transport.answers["Live.getLastVisitsDetails"] = []
    async with reports(transport, live=True, size=(120, 30)) as stage:
        await stage.press("n")
        assert "/z" in stage.text
        await stage.press("enter", "escape", "escape", "v")
        assert "shop[.example/x" in stage.text
        await stage.press("escape", "down", "ctrl+y")
        assert stage.app.clipboard == "https://shop.example/y?token_auth=***"
        await stage.press("v")
        assert token not in stage.text
        await stage.press("escape", "n")
        assert token not in stage.text
        assert stage.asked("Transitions.getTransitionsForPageUrl")[-1]["pageUrl"] == secret
        await stage.press("escape", "home", "w")
        assert "only “/x”" in stage.text
        assert token not in stage.text


async def test_of_a_report_too_long_to_be_ordered_by_revenue_the_title_says_so() -> None:
    campaigns = [{"label": f"c{n:04}", "nb_visits": 9000 - n, **({"revenue": n} if n % 2 else {})} for n in range(2150)]
    transport = matomo(Referrers__getCampaigns=campaigns)
    async with reports(transport, section="4", size=(120, 40)) as stage:
        await stage.press("l", *["down"] * 6, "enter", "m", "4")
        pane(stage).sort_by("revenue")
        await stage.settle()
        assert "only the first 2,000 rows by Visits are ordered" in stage.text
        assert "c1999" in stage.text
