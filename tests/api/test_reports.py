"""The generic report: every recorded answer is read completely, and invalid ones are refused."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api import multi_sites, reports
from matomo_tui.api.client import Client
from matomo_tui.api.reports import ReportRow, ReportTable
from matomo_tui.api.transport import BIG
from tests.recorded import Exchange, FakeTransport, json_response, load

TOPICS = ("actions", "referrers", "goals", "events", "visits", "reports_more", "more")
REPORT_MODULES = (
    *("Actions", "Referrers", "Goals", "Events", "VisitsSummary", "VisitFrequency", "VisitTime"),
    *("VisitorInterest", "UserCountry", "DevicesDetection", "Contents", "PagePerformance"),
)
NOT_REPORTS = ("Goals.getGoals", "Goals.getGoal", "Goals.addGoal", "Goals.updateGoal", "Goals.deleteGoal")


def is_report(exchange: Exchange) -> bool:
    refused = isinstance(exchange.json, dict) and exchange.json.get("result") == "error"
    module = exchange.method.split(".")[0]
    return module in REPORT_MODULES and exchange.method not in NOT_REPORTS and not refused


def over_time(exchange: Exchange) -> bool:
    date, period = exchange.params.get("date", ""), exchange.params.get("period")
    return date.startswith("last") and period != "range"


EXCHANGES = [exchange for topic in TOPICS for exchange in load(topic) if is_report(exchange)]
ONE_SITE = [exchange for exchange in EXCHANGES if exchange.params["idSite"].isdecimal()]
SIMPLE = [exchange for exchange in ONE_SITE if not over_time(exchange)]
OVER_TIME = [exchange for exchange in ONE_SITE if over_time(exchange)]


def figure(raw: Any) -> Any:
    """The value that a raw figure must have."""
    if isinstance(raw, str):
        try:
            return float(raw.rstrip("%")) / (100 if raw.endswith("%") else 1)
        except ValueError:
            return raw
    return raw


def expect_row(row: ReportRow, raw: dict[str, Any]) -> None:
    assert row.label == str(raw.get("label", ""))
    assert row.segment == raw.get("segment", "")
    assert row.subtable == raw.get("idsubdatatable")
    for key, value in raw.items():
        if key in ("label", "segment", "url", "idsubdatatable", "subtable"):
            continue
        if key == "goals":
            for goal, metrics in value.items():
                for metric, one in metrics.items():
                    assert row.values[f"goal_{goal.removeprefix('idgoal=')}_{metric}"] == pytest.approx(figure(one))
        elif key in ("code", "region", "country", "browser_family"):
            assert row.values[key] == value
        elif value is not False and value is not None:
            assert row.values[key] == pytest.approx(figure(value)), key
    assert len(row.rows) == len(raw.get("subtable", []))
    for below, sent in zip(row.rows, raw.get("subtable", []), strict=True):
        expect_row(below, sent)


def expect_table(table: ReportTable, raw: Any) -> None:
    if isinstance(raw, dict):
        assert table.single
        expect_row(table.rows[0], raw)
    elif isinstance(raw, list):
        assert not table.single
        assert len(table.rows) == len(raw)
        for row, sent in zip(table.rows, raw, strict=True):
            expect_row(row, sent)
    else:
        assert (table.single, table.rows[0].values) == (True, {"value": raw})


@pytest.mark.parametrize("exchange", SIMPLE, ids=lambda exchange: exchange.name)
async def test_a_recorded_report_keeps_every_figure(exchange: Exchange) -> None:
    call = reports.table(exchange.method, site_id=1, period="day", date="yesterday")
    expect_table(await Client(FakeTransport([exchange.response()])).call(call), exchange.json)


@pytest.mark.parametrize("exchange", OVER_TIME, ids=lambda exchange: exchange.name)
async def test_a_recorded_report_over_time_keeps_every_date(exchange: Exchange) -> None:
    call = reports.tables_by_date(exchange.method, site_id=1, period="day", date="last7")
    tables = await Client(FakeTransport([exchange.response()])).call(call)
    assert list(tables) == sorted(exchange.json)
    for key, table in tables.items():
        expect_table(table, exchange.json[key])


def test_the_recordings_have_every_shape() -> None:
    assert len(SIMPLE) > 50
    assert len(OVER_TIME) >= 6


@pytest.mark.parametrize("exchange", [e for e in load("reports_more") if e.method == "MultiSites.getAll"])
async def test_all_sites_are_rows(exchange: Exchange) -> None:
    table = await Client(FakeTransport([exchange.response()])).call(multi_sites.get_all("day", "today"))
    expect_table(table, exchange.json)


async def test_sites_with_groups_are_figures_though_they_come_as_texts() -> None:
    (exchange,) = [e for e in load("reports_more") if e.method == "MultiSites.getAllWithGroups"]
    call = multi_sites.get_all_with_groups("day", "today", sort="revenue", limit=2)
    page = await Client(FakeTransport([exchange.response()])).call(call)
    assert (page.total, [row.label for row in page.rows]) == (3, ["Shop", "Blog"])
    shop = page.rows[0].values
    assert [shop[name] for name in ("nb_visits", "nb_actions", "revenue")] == [128, 308, 1703.26]
    assert shop["visits_evolution"] == pytest.approx(2.033)
    assert (call.params["filter_sort_column"], call.params["filter_sort_order"]) == ("Goal_revenue", "desc")


async def test_a_page_that_begins_within_a_group_is_read_without_the_groups_line() -> None:
    group = {"label": "Shops", "nb_visits": "13,950", "revenue": "1,000.5", "isGroup": 1, "group": ""}
    sites = [{"label": f"Shop {n}", "idsite": n, "nb_visits": 12_345, "group": "Shops"} for n in (1, 2)]
    answer = {"numSites": 9, "sites": [group, *sites]}
    call = multi_sites.get_all_with_groups("day", "today", limit=2, offset=4)
    page = await Client(FakeTransport([json_response(answer)])).call(call)
    assert [row.label for row in page.rows] == ["Shop 1", "Shop 2"]
    first = await Client(FakeTransport([json_response(answer)])).call(multi_sites.get_all_with_groups("day", "today"))
    assert [first.rows[0].values[name] for name in ("nb_visits", "revenue", "isGroup")] == [13_950, 1000.5, 1]
    assert first.rows[1].values["nb_visits"] == 12_345


def test_requests_use_matomos_method_names() -> None:
    call = reports.table(
        "Actions.getPageUrls",
        site_id=3,
        period="range",
        date="2026-11-01,2026-11-10",
        segment="countryCode==de",
        params={"idGoal": 2},
        subtable=7,
        limit=50,
        offset=100,
        sort="nb_hits",
        ascending=True,
        pattern="a/b.html",
        columns=("nb_hits", "nb_visits"),
    )
    assert call.params == {
        "idSite": 3,
        "period": "range",
        "date": "2026-11-01,2026-11-10",
        "percent_of_total": 0,
        "idGoal": 2,
        "idSubtable": 7,
        "filter_limit": 50,
        "filter_offset": 100,
        "filter_sort_column": "nb_hits",
        "filter_sort_order": "asc",
        "filter_pattern": r"a/b\.html",
        "filter_column": "label",
        "showColumns": "label,nb_hits,nb_visits,segment,url,idsubdatatable",
        "segment": "countryCode==de",
    }


@pytest.mark.parametrize(
    ("sent", "segment"),
    [
        ("languageCode==de", "languageCode==de,languageCode==de-de"),
        ("languageCode==de-ch", "languageCode==de-ch"),
        ("languageCode==de,languageCode=@de-", "languageCode==de,languageCode=@de-"),
        ("languageCode==ja-jp", "languageCode==ja-jp,languageCode==ja"),
        ("languageCode==zh-cn", "languageCode==zh-cn"),
        ("languageCode==xx", "languageCode==xx,languageCode=="),
    ],
)
def test_the_segment_of_a_language_finds_its_visits_on_each_version(sent: str, segment: str) -> None:
    # 5.0.2 stores "de" and "ja", 5.8.0 "de-de" and "ja-jp": both answer the rows "German (de)" with languageCode==de
    # and "Japanese - Japan (ja-jp)" with languageCode==ja-jp. Both store an empty code for xx.
    (row,) = reports.read_table([{"label": "German (de)", "nb_visits": 47, "segment": sent}])
    assert row.segment == segment


def test_a_pattern_is_searched_for_as_it_stands_in_every_level() -> None:
    call = reports.table(
        "Actions.getPageUrls", site_id=1, period="day", date="today", pattern="C++ (a|b)", recursive=True
    )
    assert call.params["filter_pattern_recursive"] == r"C\+\+ \(a\|b\)"
    assert call.params["filter_column_recursive"] == "label"
    assert "filter_pattern" not in call.params


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("x=1&y", "/a?x=1&y=2"),  # page addresses and campaigns
        ("Q&A", "Q&amp;A"),  # page titles, events and others
        ('"2"<3>', "/a?y=&quot;2&quot;&lt;3&gt;"),
        ("it's", "it&#039;s"),
        ("m\" <n> o'p", 'k&l "m" <n> o\'p'),
    ],
)
def test_a_sign_that_is_an_entity_in_parameters_is_found_however_matomo_stored_it(text: str, stored: str) -> None:
    # Seen on 5.0.2 and 5.8.0: the parameter becomes HTML before it is a regular expression, the stored text may be.
    call = reports.table("Actions.getPageUrls", site_id=1, period="day", date="today", pattern=text)
    pattern = str(call.params["filter_pattern"])
    assert re.search(html.escape(pattern).replace("&#x27;", "&#039;"), stored)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("παπουτσια", "gr/%CF%80%CE%B1%CF%80%CE%BF%CF%85%CF%84%CF%83%CE%B9%CE%B1"),  # page addresses
        ("über/", "%c3%bcber/uns"),
        ("über", "%C3%9Cber-uns"),
        ("ÜBER", "Alles über uns"),  # page titles
        ("Straße", "/stra%C3%9Fe"),
        ("靴", "/%E9%9D%B4"),
    ],
)
def test_a_letter_outside_ascii_is_found_however_matomo_stored_it(text: str, stored: str) -> None:
    # Seen on 5.0.2 and 5.8.0: bytes are compared, and the case of ASCII letters alone is ignored.
    call = reports.table("Actions.getPageUrls", site_id=1, period="day", date="today", pattern=text)
    pattern = str(call.params["filter_pattern"])
    assert re.search(pattern.encode(), stored.encode(), re.IGNORECASE)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("23", 23),
        ("0.0400", 0.04),
        ("27.16%", 0.2716),
        ("38\u00a0%", 0.38),
        ("-12", -12),
        ("07", "07"),
        ("1e3", 1000.0),
        ("1,234", "1,234"),
        ("", ""),
        ("n/a", "n/a"),
        (True, 1),
        (False, None),
        (None, None),
        ([], None),
        ({}, None),
        (2**70, None),
        (0.5, 0.5),
    ],
)
def test_a_cell(raw: Any, read: Any) -> None:
    assert reports.read_value(raw) == (pytest.approx(read) if isinstance(read, float) else read)


@pytest.mark.parametrize("visitor", ["1234567890123456", "123456789012e345", "0000000000000027", "8a15692db219095e"])
def test_the_id_of_a_visitor_stays_a_text(visitor: str) -> None:
    (row,) = reports.read_table([{"label": "jane", "idvisitor": visitor, "nb_visits": "12"}]).rows
    assert row.values == {"idvisitor": visitor, "nb_visits": 12}


@pytest.mark.parametrize("answer", ["[]", "{}", "false", "null"])
def test_nothing_is_an_empty_table(answer: str) -> None:
    assert reports.table_of(answer.encode()) == ReportTable()


@pytest.mark.parametrize("answer", ["[1, 2]", '["a"]', '{"2026-11-01": [{"label": "a"}]}'])
async def test_an_answer_that_is_not_a_report_is_an_error(answer: str) -> None:
    with pytest.raises(ValueError, match=r"row|dates"):
        reports.table_of(answer.encode())


def test_a_list_that_lost_an_entry_is_one() -> None:
    table = reports.table_of(b'{"0": {"label": "a"}, "2": {"label": "b"}}')
    assert [row.label for row in table.rows] == ["a", "b"]
    assert not table.single


def test_the_summary_row_is_distinguished_from_a_page_of_that_name() -> None:
    rows = [{"label": "Others", "nb_visits": 3}, {"label": "Others", "nb_visits": 1, "segment": "pageUrl==x"}]
    table = reports.table_of(json.dumps(rows).encode())
    assert [row.is_summary for row in table.rows] == [True, False]


def test_a_row_without_a_label_and_with_odd_cells_is_a_row() -> None:
    table = reports.table_of(b'[{"nb_visits": "4", "odd": [1], "goals": [], "idsubdatatable": "9", "url": false}]')
    (row,) = table.rows
    assert (row.label, row.values, row.subtable, row.url) == ("", {"nb_visits": 4, "odd": None}, 9, "")
    assert row.number("nb_visits") == 4
    assert row.number("odd") is None


def test_rows_nested_without_end_are_cut_off() -> None:
    nested: dict[str, Any] = {"label": "0"}
    for depth in range(200):
        nested = {"label": str(depth), "subtable": [nested]}
    row, levels = reports.table_of(json.dumps([nested]).encode()).rows[0], 1
    while row.rows:
        row, levels = row.rows[0], levels + 1
    assert 20 < levels < 50


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@given(ANY_JSON)
def test_any_json_is_a_table_or_refused(value: Any) -> None:
    try:
        table = reports.read_table(value)
    except ValueError:
        return
    for row in table.rows:
        assert isinstance(row.label, str)
        assert all(cell is None or isinstance(cell, int | float | str) for cell in row.values.values())


@given(st.dictionaries(st.sampled_from(["label", "goals", "subtable", "segment", "idsubdatatable"]), ANY_JSON))
async def test_a_row_may_be_anything(row: dict[str, Any]) -> None:
    client = Client(FakeTransport([json_response([row])]))
    table = await client.call(reports.table("X.y", site_id=1, period="day", date="today"))
    assert len(table.rows) == 1


def test_a_table_of_many_rows_is_read_in_pieces_with_the_same_result() -> None:
    page = {"nb_hits": "17", "url": "https://shop.example/" + "a" * 100}
    rows = [*({"label": f"/products/{number}", **page} for number in range(9_000)), {"label": "Others"}, 3]
    for separators in ((",", ":"), (", ", ": ")):
        answer = json.dumps(rows, separators=separators).encode()
        assert len(answer) > BIG
        assert reports.table_of(answer) == reports.read_table(json.loads(answer))
