"""Metadata, segments, row evolution, transitions, insights and annotations."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import pytest

from matomo_tui.api import annotations as notes
from matomo_tui.api import calls, insights, metadata, row_evolution, segment_editor, transitions
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, NotAllowed, NotMatomo
from tests.recorded import Exchange, FakeTransport, json_response, load

T = TypeVar("T")


def recorded(method: str, topic: str = "more") -> list[Exchange]:
    return [exchange for exchange in load(topic) if exchange.method == method]


async def answer(exchange: Exchange, call: calls.Call[T]) -> T:
    return await Client(FakeTransport([exchange.response()])).call(call)


async def answer_to(value: Any, call: calls.Call[T]) -> T:
    return await Client(FakeTransport([json_response(value)])).call(call)


async def test_all_82_reports_are_described() -> None:
    (exchange,) = recorded("API.getReportMetadata", "metadata")
    reports = await answer(exchange, metadata.get_report_metadata(1))
    assert len(reports) == len(exchange.json) == 82
    for found, raw in zip(reports, exchange.json, strict=True):
        assert (found.module, found.action, found.name) == (raw["module"], raw["action"], raw["name"])
        assert found.metrics == raw["metrics"]
        assert found.processed_metrics == (raw.get("processedMetrics") or {})
        assert found.metric_types == raw["metricTypes"]
        assert found.dimension == raw.get("dimension", "")
        assert found.sub_table_action == (raw.get("actionToLoadSubTables") or "")
        assert found.parameters == {key: str(value) for key, value in (raw.get("parameters") or {}).items()}
        assert found.constant_rows_count == bool(raw.get("constantRowsCount"))


async def test_a_description_with_empty_maps_and_without_names_is_one() -> None:
    (found,) = await answer_to(
        [
            {"module": "Odd", "action": "get", "metrics": [], "processedMetrics": False, "parameters": []},
            {"name": "no"},
        ],
        metadata.get_report_metadata(1, language="de"),
    )
    assert (found.metrics, found.processed_metrics, found.parameters, found.name) == ({}, {}, {}, "")


def test_names_are_asked_for_in_the_users_language() -> None:
    assert metadata.get_report_metadata(1, language="de").params["language"] == "de"
    assert metadata.get_segments_metadata(1, language="de").params["language"] == "de"


async def test_what_a_segment_can_be_made_of() -> None:
    (exchange,) = recorded("API.getSegmentsMetadata")
    found = await answer(exchange, metadata.get_segments_metadata(1))
    assert [(each.segment, each.name, each.type) for each in found] == [
        (raw["segment"], raw["name"], raw["type"]) for raw in exchange.json
    ]


async def test_suggested_values() -> None:
    (exchange,) = recorded("API.getSuggestedValuesForSegment")
    found = await answer(exchange, metadata.get_suggested_values_for_segment(1, "countryCode"))
    assert list(found) == exchange.json
    assert await answer_to([7, "a", None], metadata.get_suggested_values_for_segment(1, "x")) == ("7", "a")


@pytest.mark.parametrize("exchange", recorded("SegmentEditor.getAll"), ids=["none", "one"])
async def test_saved_segments(exchange: Exchange) -> None:
    found = await answer(exchange, segment_editor.get_all(1))
    assert [(each.id, each.name, each.definition) for each in found] == [
        (raw["idsegment"], raw["name"], raw["definition"]) for raw in exchange.json
    ]


async def test_a_segment_is_saved_unless_read_only() -> None:
    (exchange,) = recorded("SegmentEditor.add")
    call = segment_editor.add(1, exchange.params["name"], exchange.params["definition"])
    assert await answer(exchange, call) == 1
    assert {name: str(call.params[name]) for name in exchange.params if name != "method"} == {
        name: value for name, value in exchange.params.items() if name != "method"
    }
    transport = FakeTransport([])
    with pytest.raises(NotAllowed):
        await Client(transport, read_only=True).call(call)
    assert transport.sent == []
    with pytest.raises(ValueError, match="needs a name"):
        segment_editor.add(1, " ", "a==b")


async def test_a_saved_segment_is_changed_as_typed_and_deleted() -> None:
    call = segment_editor.update(7, 0, " A &amp; 5% ", "a==b;c=@d%2526", auto_archive=True, enable_all_users=True)
    assert call.params == {
        "idSegment": 7,
        "name": "A &amp;amp; 5%",
        "definition": "a==b;c=@d%2526",
        "autoArchive": 1,
        "enabledAllUsers": 1,
    }
    for done in ({"value": True}, {"result": "success", "message": "ok"}):
        await answer_to(done, call)
        await answer_to(done, segment_editor.delete(7))
    with pytest.raises(NotMatomo):
        await answer_to({"value": False}, call)


@pytest.mark.parametrize("exchange", recorded("API.getRowEvolution"), ids=["no row", "row"])
async def test_a_rows_evolution(exchange: Exchange) -> None:
    call = row_evolution.get_row_evolution(
        exchange.params["apiModule"],
        exchange.params["apiAction"],
        [exchange.params["label"]],
        site_id=1,
        period="day",
        date="last14",
    )
    assert {name: str(value) for name, value in call.params.items()} == {
        name: value for name, value in exchange.params.items() if name != "method"
    } | {"percent_of_total": "0"}
    found = await answer(exchange, call)
    assert found.label == exchange.json["label"]
    assert list(found.points) == sorted(exchange.json["reportData"])
    for key, raw in exchange.json["reportData"].items():
        assert found.points[key].get("nb_visits") == (raw[0]["nb_visits"] if raw else None)
    assert {key: metric.name for key, metric in found.metrics.items()} == {
        key: metric["name"] for key, metric in exchange.json["metadata"]["metrics"].items()
    }


async def test_several_rows_evolve_together() -> None:
    call = row_evolution.get_row_evolution(
        "Actions",
        "getPageUrls",
        [("docs", "/a > b, c"), "é"],
        site_id=1,
        period="day",
        date="last2",
        column="nb_visits",
    )
    assert call.params["label"] == "docs > %2Fa%20%3E%20b%2C%20c,%C3%A9"
    assert call.params["column"] == "nb_visits"
    found = await answer_to(
        {
            "column": "nb_visits",
            "labels": ["a", "b"],
            "reportData": {
                "2026-11-02": [{"nb_visits_0": 3, "nb_visits_1": "4"}],
                "2026-11-01": {"nb_visits_0": 1},
                "2026-11-03": "what",
            },
            "metadata": [],
        },
        call,
    )
    assert found.labels == ("a", "b")
    assert list(found.points.items()) == [
        ("2026-11-01", {"nb_visits_0": 1}),
        ("2026-11-02", {"nb_visits_0": 3, "nb_visits_1": 4}),
        ("2026-11-03", {"value": "what"}),
    ]
    with pytest.raises(ValueError, match="needs a row"):
        row_evolution.get_row_evolution("A", "b", [], site_id=1, period="day", date="last2")


async def test_transitions() -> None:
    (exchange,) = recorded("Transitions.getTransitionsForPageUrl")
    call = transitions.get_transitions_for_page_url(
        "https://shop.example/products", site_id=1, period="day", date="yesterday", limit=5
    )
    assert {name: str(value) for name, value in call.params.items()} == {
        name: value for name, value in exchange.params.items() if name != "method"
    }
    found, raw = await answer(exchange, call), exchange.json
    assert [(each.label, each.referrals) for each in found.previous_pages] == [
        (each["label"], each["referrals"]) for each in raw["previousPages"]
    ]
    assert [(each.label, each.referrals) for each in found.following_pages] == [
        (each["label"], each["referrals"]) for each in raw["followingPages"]
    ]
    metrics = found.page_metrics
    assert {"loops": metrics.loops, "pageviews": metrics.pageviews, "entries": metrics.entries} == {
        key: value for key, value in raw["pageMetrics"].items() if key != "exits"
    }
    assert [(each.short_name, each.visits, len(each.details)) for each in found.referrers] == [
        (each["shortName"], each["visits"], len(each["details"])) for each in raw["referrers"]
    ]
    titled = transitions.get_transitions_for_page_title(" Home", site_id=1, period="day", date="today")
    assert (titled.method, titled.params["pageTitle"]) == ("Transitions.getTransitionsForPageTitle", " Home")


async def test_movers_and_shakers() -> None:
    (exchange,) = recorded("Insights.getMoversAndShakers")
    call = insights.get_movers_and_shakers("Actions_getPageUrls", site_id=1, period="day", date="yesterday")
    assert exchange.params.items() - {("method", "Insights.getMoversAndShakers")} <= {
        (name, str(value)) for name, value in call.params.items()
    }
    found = await answer(exchange, call)
    assert [(each.label, each.growth, each.value_old, each.value_new) for each in found] == [
        (raw["label"], 0.75, raw["value_old"], raw["value_new"]) for raw in exchange.json
    ]


@pytest.mark.parametrize("name", ["getMoversAndShakersOverview", "getInsightsOverview"])
async def test_what_changed_in_every_report(name: str) -> None:
    (exchange,) = recorded(f"Insights.{name}")
    make = insights.get_movers_and_shakers_overview if "Movers" in name else insights.get_insights_overview
    call = make(site_id=1, period="day", date="yesterday")
    assert call.method == f"Insights.{name}"
    found = await answer(exchange, call)
    assert {report: [row.label for row in rows] for report, rows in found.items()} == {
        report: [row["label"] for row in rows] for report, rows in exchange.json.items()
    }
    assert await answer_to([], call) == {}
    with pytest.raises(NotMatomo):
        await answer_to([{"label": "x"}], call)


async def test_annotations() -> None:
    (exchange,) = recorded("Annotations.getAll")
    found = await answer(exchange, notes.get_all(1, period="month", date="today"))
    assert [(each.date, each.note, each.id, each.user, each.may_edit) for each in found] == [
        (raw["date"], raw["note"], raw["idNote"], raw["user"], raw["canEditOrDelete"]) for raw in exchange.json[0]
    ]
    by_site = {"1": [{"date": "2026-01-01", "note": "a"}], "2": []}
    assert [each.note for each in await answer_to(by_site, notes.get_all(1))] == ["a"]
    assert await answer_to([], notes.get_all(1)) == ()
    with pytest.raises(MatomoError):
        await answer_to("x", notes.get_all(1))


async def test_a_note_is_added_unless_read_only() -> None:
    (exchange,) = recorded("Annotations.add")
    call = notes.add(1, exchange.params["date"], exchange.params["note"])
    found = await answer(exchange, call)
    assert (found.note, found.date) == (exchange.json["note"], exchange.json["date"])
    with pytest.raises(NotAllowed):
        await Client(FakeTransport([]), read_only=True).call(call)
    with pytest.raises(ValueError, match="needs a text"):
        notes.add(1, "2026-11-20", "\n")


def test_no_recorded_request_kept_a_token() -> None:
    for topic in ("metadata", "more", "reports_more", "actions", "referrers", "events"):
        for exchange in load(topic):
            assert "token_auth=" not in json.dumps(exchange.json).replace("token_auth=anonymous", "")
