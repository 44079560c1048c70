"""How a report looks, line by line, at the smallest size and wider."""

from __future__ import annotations

import pytest

from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import Phase, PollState
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader, Crumb, path_crumbs
from matomo_tui.ui.widgets.pane import Pane
from tests.reports.matomo import ReportMatomo
from tests.ui.reports.reporting import look
from tests.ui.reports.sectioning import PAGES, Reports, matomo, reports


def shop() -> ReportMatomo:
    transport = matomo(0)
    transport.tables[PAGES] = [
        {"label": "docs", "nb_hits": 3310, "nb_visits": 2911, "bounce_rate": 0.12, "idsubdatatable": 1},
        {"label": "products", "nb_hits": 3002, "nb_visits": 2533, "bounce_rate": 0.22, "idsubdatatable": 2},
        {"label": "/index", "nb_hits": 12, "nb_visits": 9, "avg_time_on_page": 3661, "bounce_rate": 1},
        {"label": "Others", "nb_hits": 1, "nb_visits": 1, "bounce_rate": 0},
    ]
    transport.tables[PAGES, "2026-11-21"] = [
        {"label": "docs", "nb_hits": 3000, "nb_visits": 2911, "bounce_rate": 0.10},
        {"label": "products", "nb_hits": 4500, "nb_visits": 2600, "bounce_rate": 0.22},
    ]
    transport.tables[PAGES, 1] = [
        {"label": "api", "nb_hits": 1802, "nb_visits": 1633, "bounce_rate": 0.10, "idsubdatatable": 3},
        {"label": "/install", "nb_hits": 1508, "nb_visits": 1278, "bounce_rate": 0.15, "url": "https://shop.example/x"},
    ]
    return transport


AT_80 = [
    " Shop › 3 Pages › Page URLs · Sun 22 Nov 2026 · vs Sat 21 Nov            ● live",
    " ─ Page URLs 4 rows, +2 columns (m) ────────────────────────────────── just now",
    "   Page URL                    ▼ Pageviews           change   Unique Pageviews",
    " ▸ ▾ docs                            3,310 ▲   +310   +10 %              2,911",
    "     ▸ api                           1,802              new              1,633",
    "       /install                      1,508              new              1,278",
    "   ▸ products                        3,002 ▼ -1,498   -33 %              2,533",
    "     /index                             12              new                  9",
    "     Others                              1              new                  1",
]
AT_108 = [
    " ─ Reports 22 ────────────────────────  ─ Page URLs 4 rows, +1 column (m) ──────────────────────── just now",
    " ▸ Page URLs                              Page URL                    ▼ Pageviews   Unique PVs   Avg. time",
    "   Page titles                          ▸ ▾ docs                            3,310        2,911           –",
    "   Entry pages                              ▸ api                           1,802        1,633           –",
    "   Entry page titles                          /install                      1,508        1,278           –",
    "   Exit pages                             ▸ products                        3,002        2,533           –",
    "   Exit page titles                         /index                             12            9     1:01:01",
    "   Downloads                                Others                              1            1           –",
]


def line_of(stage: Reports, words: str) -> int:
    """The number of the first line with ``words``."""
    return next(number for number, line in enumerate(stage.lines) if words in line)


async def test_pages_compared_at_80_columns() -> None:
    async with reports(shop()) as stage:
        await stage.press("c", "1", "enter")
        assert stage.lines[0] == AT_80[0]
        start = line_of(stage, "─ Page URLs")
        assert stage.lines[start : start + 8] == AT_80[1:]
        assert start > 10, "the chart has what the table leaves"
        assert stage.lines[-1].startswith(" ⏎ open")
        assert stage.lines[-1].endswith("? help")


async def test_pages_beside_their_list_at_108_columns() -> None:
    async with reports(shop(), size=(108, 24)) as stage:
        await stage.press("enter", "l")
        start = line_of(stage, "─ Page URLs")
        shown = [line[40:] for line in stage.lines[start : start + 8]]
        assert shown == [line[40:] for line in AT_108]
        assert [line[:30].rstrip() for line in stage.lines[1:9]] == [line[:30].rstrip() for line in AT_108]


async def test_names_of_reports_are_whole_where_there_is_room() -> None:
    for size in ((120, 40), (200, 60)):
        async with reports(section="2", size=size) as stage:
            if size[0] < 140:
                await stage.press("l")
            assert "  Visits per hour in the site's timezone " in stage.text


async def test_headings_are_shortened_before_columns_are_hidden() -> None:
    row = {"label": "Direct Entry", "nb_visits": 52, "nb_uniq_visitors": 51, "nb_actions": 220, "nb_users": 4}
    row |= {"sum_visit_length": 12_190, "bounce_count": 15, "nb_visits_converted": 11}
    async with reports(matomo(Referrers__getReferrerType=[row]), section="4") as stage:
        line = next(line for line in stage.lines if "Direct Entry" in line)
        assert line.split()[-5:] == ["52", "51", "220", "4", "4.2"], "actions a visit too"
        assert " Unique " in next(line for line in stage.lines if " Visits " in line and "Actions" in line)


async def test_the_list_folds_without_the_focus_below_140_columns() -> None:
    async with reports(shop(), size=(108, 24)) as stage:
        assert "Page titles" not in stage.text
        assert stage.lines[-1].startswith(" l list")
        for leave in ("escape", "tab"):
            await stage.press("l")
            assert "▸ Page URLs" in stage.text, "the open report is marked"
            assert "Page titles" in stage.text
            assert "docs" in stage.text, "the report stays beside it"
            await stage.press(leave)
            assert "Page titles" not in stage.text, leave
        await stage.press("l", "down", "enter")
        assert "Page titles" in stage.lines[0]
        assert "Entry pages" not in stage.text
        await stage.pilot.resize_terminal(140, 24)
        await stage.settle()
        assert "Entry pages" in stage.text
        assert not stage.lines[-1].startswith(" l list")


async def test_the_one_pane_with_the_focus_has_its_title_in_the_accent() -> None:
    transport = shop()
    transport.answers["MultiSites.getAll"] = [{"label": "Shop", "idsite": 1, "nb_visits": 9}]
    async with reports(transport, size=(120, 40)) as stage:
        for key in ("tab", "tab", "tab", "4", "5", "tab", "2", "8", "3"):
            await stage.press(key)
            panes = stage.app.screen.query(Pane)
            accent = stage.app.theme_variables["accent"].lower()
            looks = {pane: pane.get_component_rich_style("pane-title--name").color for pane in panes}
            lit = [pane for pane, color in looks.items() if color is not None and color.name.lower() == accent]
            assert lit == [pane for pane in panes if pane.has_focus_within], key
            assert len(lit) == 1, key


async def test_where_there_is_no_room_a_long_segment_is_cut_before_the_period_goes() -> None:
    header = BreadcrumbHeader()
    crumbs = [
        *path_crumbs(["Lumen & Oak", "Pages", "Entry pages"]),
        Crumb("Tue 24 Nov 2026", "text", 3, least=10),
        Crumb("Page URL starts with https://lumen-oak.example/products", "only", 2, least=10),
    ]
    async with look(header, size=(80, 1)) as found:
        header.show(crumbs, PollState(phase=Phase.LIVE), demo=True)
        await found.settle()
        (line,) = found.app.lines
        assert line.startswith(" Lumen & Oak › Entry pages · Tue 24 Nov 2026 · Page URL")
        await found.pilot.resize_terminal(67, 1)
        await found.settle()
        (line,) = found.app.lines
        assert line.startswith(" Lumen & Oak › Entry p")
        assert "Tue 24 No… · Page URL …" in line


async def test_money_in_ascii_is_written_with_the_code_of_its_currency() -> None:
    transport = matomo(0, Goals__getItemsName=[{"label": "Lamp", "revenue": 29667.5, "quantity": 3}])
    async with reports(transport, section="5", settings=Settings(profile="prod", ascii=True)) as stage:
        await stage.press("l", "end", "up", "up", "enter")
        assert "EUR 29,66" in stage.line("Lamp")
        assert stage.text.isascii()


async def test_where_there_was_nothing_to_compare_with_the_title_says_so() -> None:
    transport = matomo(5)
    transport.tables[PAGES, "2026-11-21"] = []
    async with reports(transport) as stage:
        await stage.press("c", "1")
        assert "nothing in Sat 21 Nov 2026" in stage.lines[line_of(stage, "─ Page URLs")]
        transport.tables[PAGES, "2026-11-20"] = []
        await stage.press("left_square_bracket")
        assert "─ Page URLs 0 rows ─" in stage.text, "no word about columns that nobody misses"


async def test_the_chart_takes_what_a_short_table_leaves() -> None:
    async with reports(matomo(5), size=(200, 60)) as stage:
        section = stage.section
        (chart,) = section.charts
        assert section.report_pane.outer_size.height <= 9
        assert chart.outer_size.height > 40
        stage.transport.tables[PAGES] = matomo(90).tables[PAGES]
        await stage.press("r")
        assert chart.outer_size.height == 16
        assert section.report_pane.outer_size.height > 30
    async with reports(matomo(90), size=(200, 60)) as stage:
        (chart,) = stage.section.charts
        assert chart.outer_size.height == 16


async def test_a_short_table_leaves_room_for_a_chart_on_a_low_screen_too() -> None:
    async with reports(matomo(5), size=(80, 24)) as stage:
        (chart,) = stage.section.charts
        assert chart.outer_size.height >= 9
        await stage.press("left_square_bracket")
        assert stage.section.charts == [chart]
    async with reports(matomo(30), size=(80, 24)) as stage:
        assert stage.section.charts == []
        assert len(stage.asked("Actions.get")) == 0, "nothing is asked for that nobody sees"


async def test_the_few_metrics_of_a_single_row_leave_the_rest_to_their_chart() -> None:
    async with reports(section="7", size=(120, 40)) as stage:
        await stage.press("enter")
        (chart,) = stage.section.charts
        metrics = stage.section.metrics_pane
        assert metrics.outer_size.height <= len(metrics.table.rows) + 2
        assert chart.outer_size.height > 20


async def test_the_row_under_the_cursor_is_explained_beside_the_report_where_there_is_room() -> None:
    url = "https://shop.example/a/very/long/address/that/no/column/has/room/for.html"
    transport = matomo(0)
    transport.tables[PAGES] = [
        {"label": "docs", "nb_hits": 3310, "nb_visits": 2911},
        {"label": "/far", "nb_hits": 12, "nb_visits": 9, "url": url, "segment": "pageUrl==far"},
    ]
    async with reports(transport, size=(200, 40)) as stage:
        assert "v opens it" in stage.text
        assert url not in "".join(line[150:] for line in stage.lines)
        await stage.press("down")
        beside = "".join(line[150:].strip() for line in stage.lines)
        assert "shop.example/a/very/long" in beside
        assert "Segment: Page URL is far" in beside or "Segment: pageUrl is far" in beside
        # The report itself may be reloaded meanwhile, and on a slow machine the cursor has rested long enough for more.
        calls = [call for call in stage.asked(PAGES) if call["filter_limit"] != "1"]
        assert len({tuple(sorted(call.items())) for call in calls}) == 1, "what the table has is drawn at once"
        await stage.pilot.resize_terminal(170, 40)
        await stage.settle()
        assert "v opens it" not in stage.text


async def test_the_list_of_reports_fills_the_screen_where_it_stands_in_the_place_of_the_report() -> None:
    for size in ((80, 24), (99, 30)):
        async with reports(section="6", size=size) as stage:
            await stage.press("l")
            assert stage.section.list_pane.outer_size.width == size[0] - 2
            await stage.resize(120, 40)
            assert stage.section.list_pane.outer_size.width < 60, "beside the report"
            await stage.resize(*size)
            assert stage.section.list_pane.outer_size.width == size[0] - 2, "again"


async def test_the_list_of_reports_alone_fills_the_screen() -> None:
    async with reports(section="6", size=(150, 40)) as stage:
        beside = stage.section.list_pane.outer_size.width
        await stage.press("l", "Z")
        assert stage.section.list_pane.outer_size.width == 150
        await stage.press("Z")
        assert stage.section.list_pane.outer_size.width == beside


@pytest.mark.parametrize("size", [(80, 24), (110, 30), (150, 40), (200, 50)])
async def test_the_texts_of_a_list_with_short_names_are_whole(size: tuple[int, int]) -> None:
    async with reports(section="6", size=size) as stage:
        await stage.press("l", "slash", *"zzqx wort")
        assert 'No report matches "zzqx wort"' in stage.text
        assert stage.section.list_pane.outer_size.width >= 28


async def test_headings_of_the_list_are_whole() -> None:
    heading = "Visitors by where their country is"
    transport = matomo()
    known = transport.answers["API.getReportMetadata"]
    countries = [{**one, "subcategory": heading} for one in known if one["module"] == "UserCountry"]
    others = [one for one in known if one["action"] == "getPageUrls"]
    transport.answers["API.getReportMetadata"] = others + countries
    async with reports(transport, section="7", size=(200, 50)) as stage:
        assert f" {heading} " in stage.text
