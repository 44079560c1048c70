"""The demo's reports: metadata, the common filters, and access to annotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from matomo_tui.demo.options import V5_0, V5_8, Version
from matomo_tui.demo.reports.report_table import reports_of, subtables_of
from matomo_tui.demo.world import World
from tests.demo.asking import Asker, reader
from tests.recorded import load
from tests.wire import exchanges

SHOP = World(1).sites[1]
DAY: dict[str, object] = {"idSite": 1, "period": "day", "date": "2026-11-22"}

# A real Matomo describes these as well, and the recordings lack their answers, too.
UNTOLD = {
    "Actions_getSiteSearchCategories": {"exit_rate"},
    "Goals_getItemsName": {"nb_visits"},
    "BotTracking_getPageUrlsForAIChatbot": {"page_requests", "document_requests", "visits_acquired"},
    "Goals_getItemsSku": {"nb_visits"},
    "Goals_getItemsCategory": {"nb_visits"},
}


REPORTS = reports_of(SHOP, V5_8)


@pytest.mark.parametrize("report", [*REPORTS, *subtables_of(SHOP, V5_8)], ids=lambda report: str(report.unique_id))
async def test_every_described_report_answers_with_its_columns(report: Any) -> None:
    asker = reader()
    name = f"{report.module}.{report.action}"
    params: dict[str, object] = DAY | {"enhanced": 1, **report.parameters}
    if report.is_subtable:
        above = next(each for each in REPORTS if each.module == report.module and each.opens == report.action)
        opened = await asker.answer(f"{above.module}.{above.action}", **params)
        params["idSubtable"] = next(row["idsubdatatable"] for row in opened if "idsubdatatable" in row)
    answer = await asker.answer(name, **params)
    assert "result" not in answer, answer
    if not report.dimension:
        assert isinstance(answer, dict)
        assert set(report.columns.metrics) <= answer.keys()
        return
    assert isinstance(answer, list)
    assert answer, name
    lacking = set(report.columns.metrics) - {column for row in answer for column in row}
    assert lacking == UNTOLD.get(report.unique_id, set())
    assert len({row["label"] for row in answer}) == len(answer)
    if report.opens and report.opens != report.action:
        row = next(row for row in answer if "idsubdatatable" in row)
        assert await asker.answer(f"{report.module}.{report.opens}", **(params | {"idSubtable": row["idsubdatatable"]}))


def _recorded(version: str) -> list[Any]:
    """The reports of a real Matomo, except for goals that the demo's shop does not have."""
    (exchange,) = (each for each in exchanges(version, "walk") if each.method == "API.getReportMetadata")
    return [report for report in exchange.json if not re.search("idGoal--[4-9]", report["uniqueId"])]


@pytest.mark.parametrize("matomo", [V5_0, V5_8], ids=lambda matomo: str(matomo.name))
async def test_the_recorded_reports_are_all_there_in_the_same_order(matomo: Version) -> None:
    recorded = _recorded(matomo.name)
    asker = reader(matomo)
    ours = await asker.answer("API.getReportMetadata", idSite=1, period="day", date="today")
    theirs = [report["uniqueId"] for report in recorded]
    own = [report["uniqueId"] for report in ours]
    assert [name for name in own if name in theirs] == theirs
    assert {"AssetWatch_getFileTypes"} | {
        f"Goals_{name}_idGoal--4" for name in ("get", "getVisitsUntilConversion", "getDaysToConversion")
    } == set(own) - set(theirs)
    described = {report["uniqueId"]: report for report in ours}
    for report in recorded:
        mine = described[report["uniqueId"]]
        for key in ("category", "subcategory", "module", "action", "dimension", "actionToLoadSubTables", "dimensions"):
            assert mine.get(key) == report.get(key), report["uniqueId"]
        # The additional reports of 5.8 are in other places of the list.
        order = list if matomo is V5_0 else sorted
        assert order(mine["metrics"]) == order(report["metrics"]), report["uniqueId"]
        types = report["metricTypes"]
        assert all(types.get(column, kind) == kind for column, kind in mine["metricTypes"].items())


async def test_each_site_has_the_reports_that_fit_it() -> None:
    asker = reader()

    async def categories(site: int) -> set[str]:
        found = await asker.answer("API.getReportMetadata", idSite=site)
        return {f"{report['category']}/{report.get('subcategory', '')}" for report in found}

    assert {"Ecommerce/Products", "Behaviour/Site Search"} <= await categories(1)
    assert not {"Ecommerce/Products", "Ecommerce/"} & await categories(2)
    assert {"Goals/"} & await categories(2)
    assert not {"Goals/"} & await categories(5)
    inner = await asker.answer("API.getReportMetadata", idSite=1, showSubtableReports=1)
    assert next(report["action"] for report in inner if report.get("isSubtableReport")) == "getActionFromCategoryId"
    (one,) = await asker.answer("API.getMetadata", idSite=1, apiModule="Goals", apiAction="get", idGoal=2)
    assert one["name"] == "Goal Reached checkout"


async def test_a_plugins_report_has_bytes_and_milliseconds() -> None:
    asker = reader()
    rows = await asker.answer("AssetWatch.getFileTypes", **DAY, expanded=1)
    views = (await asker.answer("Actions.get", **DAY))["nb_pageviews"]
    document = next(row for row in rows if row["label"] == "Document")
    assert document["nb_requests"] == views
    assert document["bytes_sent"] == views * document["max_bytes"]
    assert [row["bytes_sent"] for row in rows] == sorted((row["bytes_sent"] for row in rows), reverse=True)
    for row in rows:
        assert sum(inner["bytes_sent"] for inner in row["subtable"]) == row["bytes_sent"]
        assert row["cache_hit_rate"].endswith("%")


async def _rows(name: str, **params: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await reader().answer(name, **(DAY | params))
    return found


async def test_rows_are_sorted_cut_and_paged() -> None:
    name = "UserCountry.getCity"
    every = await _rows(name, filter_limit=-1)
    assert len(every) > 50
    assert [row["nb_visits"] for row in every] == sorted((row["nb_visits"] for row in every), reverse=True)
    assert await _rows(name, filter_limit=5, filter_offset=10) == every[10:15]
    by_name = await _rows(name, filter_limit=-1, filter_sort_column="label", filter_sort_order="asc")
    assert [row["label"] for row in by_name] == sorted((row["label"] for row in every), key=str.casefold)
    rising = await _rows(name, filter_limit=3, filter_sort_column="nb_actions", filter_sort_order="asc")
    assert [int(row["nb_actions"]) for row in rising] == sorted(int(row["nb_actions"]) for row in every)[:3]
    assert len(await _rows("UserId.getUsers")) == 100


async def test_the_rest_is_summed_up_in_a_last_row() -> None:
    every = await _rows("UserCountry.getCity", filter_limit=-1)
    rows = await _rows("UserCountry.getCity", filter_truncate=4)
    assert [row["label"] for row in rows] == [*(row["label"] for row in every[:4]), "Others"]
    assert sum(row["nb_visits"] for row in rows) == sum(row["nb_visits"] for row in every)
    assert rows[-1]["max_actions"] == max(row["max_actions"] for row in every[4:])
    assert "segment" not in rows[-1]


async def test_patterns_are_regular_expressions_over_one_level_or_all() -> None:
    assert {row["label"] for row in await _rows("UserCountry.getCity", filter_pattern="^(ber|ham).*ger")} == {
        "Berlin, Germany",
        "Hamburg, Germany",
    }
    assert await _rows("UserCountry.getCity", filter_pattern="(") == []
    codes = await _rows("Referrers.getSearchEngines", filter_column="nb_visits", filter_pattern="^1")
    assert all(str(row["nb_visits"]).startswith("1") for row in codes)
    assert [row["label"] for row in await _rows("Actions.getPageUrls", filter_pattern="hazel")] == []
    found = await _rows("Actions.getPageUrls", filter_pattern_recursive="hazel", expanded=1)
    assert [row["label"] for row in found] == ["products"]
    assert [row["label"] for row in found[0]["subtable"]] == ["/hazel-table-lamp"]
    opened = await _rows("Actions.getPageUrls", idSubtable=found[0]["idsubdatatable"], filter_pattern="lamp")
    assert {row["label"] for row in opened} == {"/hazel-table-lamp", "/fjord-floor-lamp"}
    assert await _rows("Actions.getPageUrls", idSubtable=7) == []
    assert await _rows("UserCountry.getCity", filter_excludelowpop="nb_visits", filter_excludelowpop_value=10_000) == []


def rate_of(row: dict[str, Any]) -> str:
    """The bounce rate of a row, from its counts."""
    return f"{round(100 * int(row['bounce_count']) / int(row['nb_visits']))}%"


def recorded_summaries(value: Any) -> Iterator[dict[str, Any]]:
    """The rows with a bounce rate in a recorded answer."""
    if isinstance(value, dict) and "bounce_rate" in value and "bounce_count" in value:
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from recorded_summaries(inner)


async def test_bounce_rates_are_counted_as_by_a_matomo() -> None:
    recorded = [row for exchange in load("visits") for row in recorded_summaries(exchange.json)]
    formatted = [row for row in recorded if str(row["bounce_rate"]).endswith("%") and int(row["nb_visits"])]
    assert len(formatted) > 5
    for row in (await reader().answer("VisitsSummary.get", **DAY), *formatted):
        assert row["bounce_rate"] == rate_of(row)


async def test_filtering_columns_keeps_the_metadata_of_rows() -> None:
    (row,) = await _rows("Actions.getPageUrls", flat=1, filter_limit=1, showColumns="label,nb_hits")
    assert list(row) == ["label", "nb_hits", "url", "Actions_PageUrl", "segment"]
    (row,) = await _rows("UserCountry.getCountry", filter_limit=1, hideColumns="goals,nb_conversions")
    assert {"goals", "nb_conversions"} & row.keys() == set()
    assert row["segment"] == "countryCode==de"
    (row,) = await _rows("UserCountry.getCountry", filter_limit=1, filter_add_columns_when_show_all_columns=1)
    assert row["nb_actions_per_visit"] == pytest.approx(int(row["nb_actions"]) / row["nb_visits"], abs=0.06)
    assert row["bounce_rate"] == rate_of(row)
    (row,) = await _rows("Actions.getPageUrls", flat=1, filter_limit=1, format_metrics=0)
    assert 0 < row["exit_rate"] < 1
    (row,) = await _rows("UserCountry.getCountry", label="Japan")
    assert row["code"] == "jp"


async def test_many_sites_and_many_dates_are_levels() -> None:
    asker = reader()
    found = await asker.answer(
        "Referrers.getReferrerType", idSite="1,2", period="day", date="last2", filter_limit=1, showColumns="nb_visits"
    )
    assert list(found) == ["1", "2"]
    assert list(found["2"]) == ["2026-11-22", "2026-11-23"]
    assert len(found["2"]["2026-11-22"]) == 1
    every = await asker.answer("Actions.get", idSite="all", period="week", date="2026-10-05")
    assert list(every) == ["1", "2", "3", "4", "5"]
    assert every["5"]["nb_pageviews"] == 0
    refused = await asker.answer("UserCountry.getCountry", **(DAY | {"segment": "nonsense==1"}))
    assert refused == {"result": "error", "message": "Segment 'nonsense' is not a supported segment."}
    assert await asker.answer("UserCountry.getCountry", **(DAY | {"idSite": 5})) == []
    assert await asker.answer("UserCountry.getCountry", **(DAY | {"date": "2035-01-01"})) == []


async def test_segments_are_saved_for_oneself_or_by_a_superuser_for_all() -> None:
    asker = Asker()
    saved = {"idSite": 1, "name": "Phones & more", "definition": "deviceType==smartphone;countryCode==de"}
    number = int((await asker.answer("SegmentEditor.add", "write", **saved))["value"])
    mine = await asker.answer("SegmentEditor.getAll", "write", idSite=1)
    (found,) = [segment for segment in mine if segment["idsegment"] == number]
    assert (found["name"], found["login"], found["enable_only_idsite"]) == ("Phones & more", "bob", 1)
    assert number not in {
        segment["idsegment"] for segment in await asker.answer("SegmentEditor.getAll", "view", idSite=1)
    }
    refused = await asker.answer("SegmentEditor.add", "write", **(saved | {"enabledAllUsers": 1}))
    assert refused["message"] == "enabledAllUsers=1 requires Super User access"
    refused = await asker.answer("SegmentEditor.add", "write", **(saved | {"definition": "bogus==1"}))
    assert refused["message"] == "Segment 'bogus' is not a supported segment."
    assert (await asker.post("anonymous", method="SegmentEditor.add", **(saved | {"idSite": 3}))).status == 401
    changed = {"idSegment": number, "name": "Tablets", "definition": "deviceType==tablet", "idSite": 1}
    assert (await asker.answer("SegmentEditor.update", "admin", **changed))["result"] == "error"
    assert (await asker.answer("SegmentEditor.update", "write", **changed))["result"] == "success"
    assert (await asker.answer("SegmentEditor.get", "write", idSegment=number))["name"] == "Tablets"
    assert (await asker.answer("SegmentEditor.delete", "write", idSegment=number))["result"] == "success"
    assert (await asker.answer("SegmentEditor.get", "write", idSegment=number))[
        "message"
    ] == "Requested segment not found"


async def test_every_described_dimension_can_be_asked_for() -> None:
    asker = reader()
    dimensions = await asker.answer("API.getSegmentsMetadata", idSites=1)
    assert {"Visitors", "Visitor location", "Behaviour", "Events", "Acquisition", "Ecommerce"} == {
        dimension["category"] for dimension in dimensions
    }
    for dimension in dimensions:
        name = dimension["segment"]
        values = await asker.answer("API.getSuggestedValuesForSegment", idSite=1, segmentName=name)
        assert isinstance(values, list), (name, values)
    browsers = await asker.answer("API.getSuggestedValuesForSegment", idSite=1, segmentName="browserName")
    rows = await _rows("DevicesDetection.getBrowsers")
    assert set(browsers) <= {row["label"] for row in rows}
    assert len(browsers) > 5
    assert "productName" not in {each["segment"] for each in await asker.answer("API.getSegmentsMetadata", idSites=2)}


async def test_notes_on_dates_ask_for_write_access() -> None:
    asker = Asker()
    note = {"idSite": 1, "date": "2026-11-20", "note": "Spring sale starts"}
    refused = await asker.post("view", method="Annotations.add", **note)
    assert (refused.status, refused.json["message"]) == (
        401,
        "You can't access this resource as it requires 'write' access for the website id = 1.",
    )
    made = await asker.answer("Annotations.add", "write", **note, starred=1)
    assert made | note == made | {"idSite": 1}
    ((*notes,),) = await asker.answer("Annotations.getAll", "view", idSite=1, period="day", date="2026-11-20")
    assert [(each["note"], each["starred"], each["canEditOrDelete"]) for each in notes] == [
        ("Spring sale starts", 1, False)
    ]
    ((*weeks,),) = await asker.answer("Annotations.getAll", idSite=1, period="week", date="today", lastN=3)
    assert {each["date"] for each in weeks} >= {"2026-11-14", "2026-11-20"}
    changed = await asker.answer("Annotations.save", "write", idSite=1, idNote=made["idNote"], note="It rained")
    assert (changed["note"], changed["date"]) == ("It rained", "2026-11-20")
    theirs = await asker.answer("Annotations.add", "superuser", **note)
    assert (await asker.answer("Annotations.delete", "write", idSite=1, idNote=theirs["idNote"]))["result"] == "error"
    assert (await asker.answer("Annotations.delete", "admin", idSite=1, idNote=made["idNote"]))["result"] == "success"
    assert (await asker.answer("Annotations.get", idSite=1, idNote=made["idNote"]))["result"] == "error"
