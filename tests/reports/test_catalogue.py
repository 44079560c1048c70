"""The catalogue of the recorded server: all 82 reports, in its order, with their columns; and odd ones."""

from __future__ import annotations

from typing import Any

import pytest

from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, Unreachable
from matomo_tui.api.metadata import ReportMetadata, get_report_metadata
from matomo_tui.reports.catalogue import PANES, Catalogue, Pane, Report
from matomo_tui.reports.catalogue_cache import REFRESHED_AFTER, Catalogues
from matomo_tui.reports.lines import metrics
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.table import TableModel
from tests.recorded import FakeTransport, load
from tests.reports.matomo import NOW, Hands, ReportMatomo, catalogue, loader, query

RAW: list[dict[str, Any]] = load("metadata")[0].json
REPORTS = catalogue()
RECORDED = {
    exchange.method: exchange.json
    for topic in ("actions", "referrers", "goals", "events", "visits", "more", "reports_more")
    for exchange in reversed(load(topic))
    if exchange.params.get("date") == "yesterday" and exchange.params.get("idSite") == "1"
}


def test_every_report_is_there_in_matomos_order() -> None:
    assert [report.id for report in REPORTS] == [raw["uniqueId"] for raw in RAW]
    assert len({report.id for report in REPORTS}) == len(REPORTS) == 82


def test_columns_have_names_and_types() -> None:
    report = REPORTS.get("Actions_getPageUrls")
    assert report is not None
    assert [(column.key, column.name, column.type) for column in report.columns] == [
        ("nb_hits", "Pageviews", "number"),
        ("nb_visits", "Unique Pageviews", "number"),
        ("avg_time_on_page", "Avg. time on page", "duration_s"),
        ("bounce_rate", "Bounce Rate", "percent"),
        ("exit_rate", "Exit rate", "percent"),
    ]
    assert (report.method, report.sub_method, report.recursive) == ("Actions.getPageUrls", "Actions.getPageUrls", True)
    assert report.main_column is report.columns[0]
    assert "<" not in report.documentation


def test_no_report_has_the_time_to_generate_a_page_which_matomo_describes_and_no_longer_measures() -> None:
    assert any("avg_time_generation" in {**raw["metrics"], **raw.get("processedMetrics", {})} for raw in RAW)
    assert not [report.id for report in REPORTS for column in report.columns if "generation" in column.key]


def test_rows_of_one_kind_open_into_another() -> None:
    keywords = REPORTS.find("Referrers.getSearchEngines")
    assert keywords is not None
    assert (keywords.sub_method, keywords.sub_dimension) == ("Referrers.getKeywordsFromSearchEngineId", "Keyword")
    assert keywords.has_levels
    assert not keywords.recursive


def test_a_custom_dimension_stands_below_a_name_and_not_below_its_key() -> None:
    sent = ReportMetadata(module="CustomDimensions", action="getCustomDimension", subcategory="customdimension1")
    (report,) = Catalogue.of([sent])
    assert report.subcategory == "Custom Dimensions"


def test_goals_are_columns_of_the_reports_that_have_them() -> None:
    country = REPORTS.get("UserCountry_getCountry")
    assert country is not None
    assert [(column.key, column.name, column.type) for column in country.goal_columns][:8] == [
        ("nb_conversions", "Conversions", "number"),
        ("conversion_rate", "Conversion Rate", "percent"),
        ("revenue", "Revenue", "money"),
        ("revenue_per_visit", "Revenue per Visit", "money"),
        ("goal_ecommerceOrder_nb_conversions", "Ecommerce Orders: Conversions", "number"),
        ("goal_ecommerceOrder_conversion_rate", "Ecommerce Orders: Conversion Rate", "percent"),
        ("goal_ecommerceOrder_revenue", "Ecommerce Orders: Revenue", "money"),
        ("goal_ecommerceOrder_revenue_per_visit", "Ecommerce Orders: Revenue per Visit", "money"),
    ]
    assert country.column("goal_1_revenue") in country.goal_columns
    assert country.column("nonsense") is None


@pytest.mark.parametrize("pane", PANES)
def test_a_pane_has_its_reports_in_its_order(pane: Pane) -> None:
    found = [report.method for report in REPORTS.pane(pane)]
    if pane != "goals":
        assert found[: len(PANES[pane])] == list(PANES[pane])


def test_a_pane_goes_on_with_what_else_is_in_its_categories() -> None:
    pages = [report.id for report in REPORTS.pane("pages")][len(PANES["pages"]) :]
    assert {"Actions_get", "Contents_getContentNames", "PagePerformance_get"} <= set(pages)
    assert not [report_id for report_id in pages if report_id.startswith("Events_")]
    assert "Referrers_get" in [report.id for report in REPORTS.pane("referrers")]


@pytest.mark.parametrize(("pane", "category"), [("pages", "Behaviour"), ("referrers", "Acquisition"), ("events", "X")])
def test_a_plug_in_s_report_is_in_the_section_of_its_category(pane: Pane, category: str) -> None:
    named = {"pages": "Actions", "referrers": "Referrers", "events": "Events"}[pane]
    own = Report("own", named, PANES[pane][0].partition(".")[2], "Own", category, "Its own")
    plugged = Report("Forms_get", "FormAnalytics", "get", "Forms", category, "Its own")
    other = Report("Other_get", "Other", "get", "Other", "Visitors", "")
    assert [report.id for report in Catalogue([other, plugged, own]).pane(pane)] == ["own", "Forms_get"]


def test_the_goals_pane_has_all_goals_then_each_then_orders_then_products() -> None:
    found = [(report.action, report.goal_id) for report in REPORTS.pane("goals")]
    assert found[:3] == [("get", ""), ("getDaysToConversion", ""), ("getVisitsUntilConversion", "")]
    goals = [goal for action, goal in found if action == "get"]
    assert goals == ["", "0", "1", "2", "3", "ecommerceOrder", "ecommerceAbandonedCart"]
    assert [action for action, _ in found[-3:]] == ["getItemsName", "getItemsSku", "getItemsCategory"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("page urls", "Actions_getPageUrls"),
        ("COUNTRY", "UserCountry_getCountry"),
        ("keyword search", "Actions_getSiteSearchKeywords"),
        ("getOsFamilies", "DevicesDetection_getOsFamilies"),
    ],
)
def test_search(text: str, first: str) -> None:
    assert REPORTS.search(text)[0].id == first


def test_pages_seen_entered_and_left_are_there_whenever_there_are_visits() -> None:
    filled = [report.action for report in REPORTS if report.module == "Actions" and report.filled_when_visited]
    kinds = ("Page", "EntryPage", "ExitPage")
    assert sorted(filled) == sorted(f"get{kind}{what}" for kind in kinds for what in ("Urls", "Titles"))


def test_search_finds_nothing_or_everything() -> None:
    assert REPORTS.search("zebra crossing") == ()
    assert REPORTS.search("  ") == REPORTS.reports


def test_a_report_of_a_plugin_nobody_heard_of_is_one() -> None:
    made = ReportMetadata(
        module="Zebra",
        action="getStripes",
        name="Stripes\x1b[2J",
        category="Zoo",
        dimension="Stripe",
        metrics={"stripes": "Stripes", "weight_bytes": ""},
        metric_types={"stripes": "furlongs", "weight_bytes": "byte"},
        sub_table_action="getHairs",
    )
    sub = ReportMetadata(module="Zebra", action="getHairs", is_subtable_report=True)
    (report,) = Catalogue.of([made, sub])
    assert report.id == "Zebra_getStripes"
    assert report.name == "Stripes[2J"
    assert [(column.name, column.type) for column in report.columns] == [
        ("Stripes", "number"),
        ("weight_bytes", "byte"),
    ]
    assert report.sub_method == "Zebra.getHairs"


@pytest.mark.parametrize(
    ("figures", "overview", "days"),
    [
        ("Goal {}", "Goals Overview", "Days to Conversion"),
        ("Ziel {}", "Ziel-Übersicht", "Tage bis zur Konversion"),
        ("Cíl: {}", "Přehled cílů", "Dnů do konverze"),
        ("{} Hedefi", "Hedefler özeti", "Dönüşüm gün sayısı"),
        ("{}目标", "目标概览", "天数转化"),
    ],
)
def test_a_goal_has_its_own_name_in_every_language(figures: str, overview: str, days: str) -> None:
    """As Matomo 5.8.0 names the reports; in English also without those of the time to a conversion."""
    names = {"0": overview, "1": "Goal - one", "2": "目标"}
    about = [made("Goals", "get", goal, name if goal == "0" else figures.format(name)) for goal, name in names.items()]
    before = [made("Goals", "getDaysToConversion", goal, f"{name} - {days}") for goal, name in names.items()]
    order = made("Goals", "get", "ecommerceOrder", "Pedidos")
    found = Catalogue.of([*about, *before, order])
    named = {one.goal_id: one.goal_name for one in found if one.action == "get"}
    assert named == {"0": "", "1": "Goal - one", "2": "目标", "ecommerceOrder": "Pedidos"}
    if figures.startswith("Goal"):
        assert [one.goal_name for one in Catalogue.of(about)] == ["", "Goal - one", "目标"]


def made(module: str, action: str, goal: str, name: str) -> ReportMetadata:
    """A report about a goal."""
    return ReportMetadata(
        module=module,
        action=action,
        name=name,
        unique_id=f"{module}_{action}_idGoal--{goal}",
        parameters={"idGoal": goal},
    )


def synthetic(raw: dict[str, Any]) -> Any:
    """An answer for a report that was not recorded, from its own description."""
    columns = [*raw["metrics"], *(raw.get("processedMetrics") or {})]
    row = {column: index + 1 for index, column in enumerate(columns)}
    return [{"label": f"{raw['name']} {n}", **row} for n in (1, 2)] if "dimension" in raw else row


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: str(raw["uniqueId"]))
async def test_every_recorded_report_opens(raw: dict[str, Any]) -> None:
    report = REPORTS.get(raw["uniqueId"])
    assert report is not None
    answer = RECORDED.get(report.method)
    sent = answer if answer and not raw.get("parameters") else synthetic(raw)
    matomo = ReportMatomo(**{report.method.replace(".", "__"): sent})
    request = ReportRequest(query(), report)
    page = await loader(matomo).page(request)
    (call,) = matomo.calls
    assert call["method"] == f"{raw['module']}.{raw['action']}"
    for name, value in (raw.get("parameters") or {}).items():
        assert call[name] == str(value)
    if page.single:
        shown = metrics(page)
        assert [metric.column.key for metric in shown] == [column.key for column in report.columns]
        assert any(metric.value is not None for metric in shown)
    else:
        table = TableModel(request)
        table.add(page)
        line = table.line(0)
        assert line is not None
        assert line.label
        assert any(isinstance(line.value(column.key), int | float) for column in table.columns)


async def fetch_failing(call: Any) -> Any:
    raise Unreachable("no")


async def test_a_catalogue_is_asked_for_once_and_refreshed_quietly() -> None:
    hands = Hands()
    transport = FakeTransport(lambda fields: load("metadata")[0].response())
    found = Catalogues(Client(transport).call, language="de", now=hands)
    assert found.held(1) is None
    assert found.is_due(1)
    first = await found.get(1)
    assert await found.get(1) is first
    assert len(transport.sent) == 1
    assert dict(transport.sent[0])["language"] == "de"
    assert not found.is_due(1)
    hands.at += REFRESHED_AFTER + 1
    assert found.is_due(1)
    assert await found.get(1) is first
    assert await found.refresh(1) is None  # nothing is new
    assert not found.is_due(1)


async def test_a_refresh_that_fails_leaves_the_old_one() -> None:
    found = Catalogues(Client(FakeTransport([load("metadata")[0].response(), Unreachable("gone")])).call)
    catalogue_ = await found.get(1)
    assert await found.refresh(1) is None
    assert found.held(1) is catalogue_
    with pytest.raises(MatomoError):
        await Catalogues(fetch_failing).refresh(1)


async def test_only_so_many_sites_are_held() -> None:
    found = Catalogues(Client(FakeTransport(lambda fields: load("metadata")[0].response())).call, now=lambda: NOW)
    for site in range(1, 12):
        await found.get(site)
    assert found.held(1) is None
    assert found.held(11) is not None


def test_metadata_asks_for_the_site() -> None:
    assert get_report_metadata(7).params["idSite"] == 7
