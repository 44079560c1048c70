"""Values found by any word, from reports in one request."""

from __future__ import annotations

from typing import Any

import pytest

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.segment_values import FoundValue, SegmentValues, rank
from tests.recorded import refusal
from tests.reports.matomo import ReportMatomo, loader, query


def row(label: str, segment: str, visits: int = 5) -> dict[str, Any]:
    return {"label": label, "segment": segment, "nb_visits": visits}


COUNTRIES = [row("Germany", "countryCode==de", 786), row("Sweden", "countryCode==se", 62)]
DEVICES = [row("Desktop", "deviceType==desktop", 900), row("Smartphone", "deviceType==smartphone", 600)]
SYSTEMS = [
    row("iOS 17.4", "operatingSystemCode==IOS;operatingSystemVersion==17.4"),
    row("iOS 16.6", "operatingSystemCode==IOS;operatingSystemVersion==16.6"),
]
CITIES = [row("Berlin, Berlin, Germany", "city==Berlin;regionCode==BE;countryCode==de")]


def matomo(**more: Any) -> ReportMatomo:
    return ReportMatomo(
        {
            "UserCountry.getCountry": COUNTRIES,
            "DevicesDetection.getType": DEVICES,
            "DevicesDetection.getOsVersions": SYSTEMS,
            "UserCountry.getCity": CITIES,
            "Actions.getPageTitles": [row("Road shoes", "pageTitle==Road%2Bshoes")],
        },
        **more,
    )


@pytest.mark.parametrize(
    ("text", "label", "expression"),
    [
        ("phones", "Smartphone", "deviceType==smartphone"),
        ("Germany", "Germany", "countryCode==de"),
        ("germ", "Germany", "countryCode==de"),
        ("de", "Germany", "countryCode==de"),
        ("mobile", "Smartphone", "deviceType==smartphone"),
        ("ios", "iOS", "operatingSystemCode==IOS"),
        ("berlin", "Berlin, Berlin, Germany", "city==Berlin;regionCode==BE;countryCode==de"),
        ("road", "Road shoes", "pageTitle==Road%2520shoes"),
        ("phones germany", "Smartphone + Germany", "deviceType==smartphone;countryCode==de"),
    ],
)
async def test_a_word_finds_the_segment(text: str, label: str, expression: str) -> None:
    found = await SegmentValues(loader(matomo())).find(query(), text)
    assert (found[0].label, found[0].expression) == (label, expression)


async def test_two_requests_at_most_and_none_for_what_was_loaded() -> None:
    server = matomo()
    values = SegmentValues(loader(server))
    await values.find(query(), "germany")
    assert len(server.requests) == 2
    await values.find(query(), "germany")
    await values.find(query(), "de")  # too short for the server to search
    assert len(server.requests) == 2
    await values.find(query(), "berlin")
    assert len(server.requests) == 3
    assert all(0 < int(call["filter_limit"]) <= 300 for call in server.calls)


async def test_device_types_are_found_before_anything_is_loaded() -> None:
    server = matomo()
    (found, *_) = SegmentValues(loader(server)).kept(query(), "phones")
    assert found.expression == "deviceType==smartphone"
    assert server.calls == []


async def test_a_report_that_the_server_lacks_leaves_the_others() -> None:
    server = matomo(Events__getCategory=refusal("The plugin is not enabled."))
    assert (await SegmentValues(loader(server)).find(query(), "sweden"))[0].expression == "countryCode==se"
    with pytest.raises(MatomoError):
        await SegmentValues(loader(ReportMatomo())).find(query(), "sweden")


def test_values_without_visits_come_last() -> None:
    values = [FoundValue("Phone case", "Page", "a==b", 0), FoundValue("My phone", "Page", "a==c", 3)]
    assert [one.expression for one in rank("phone", values)] == ["a==c", "a==b"]


def test_nothing_typed_finds_nothing() -> None:
    assert rank("  ", [FoundValue("x", "Page", "a==b", 1)]) == ()


async def test_a_report_that_failed_is_requested_again_by_the_next_search() -> None:
    server = matomo(DevicesDetection__getBrand=refusal("MySQL server has gone away"))
    values = SegmentValues(loader(server))
    assert await values.find(query(), "apple") == ()
    server.answers["DevicesDetection.getBrand"] = [row("Apple", "deviceBrand==AP")]
    before = len(server.calls)
    (found,) = await values.find(query(), "apple")
    assert found.expression == "deviceBrand==AP"
    assert [call["method"] for call in server.calls[before:]] == ["DevicesDetection.getBrand"]


async def test_where_all_that_was_missing_fails_again_the_rest_is_kept() -> None:
    server = matomo(DevicesDetection__getBrand=refusal("MySQL server has gone away"))
    values = SegmentValues(loader(server))
    await values.find(query(), "germany")
    (found, *_) = await values.find(query(), "germany")
    assert found.expression == "countryCode==de"


async def test_a_search_on_the_server_that_failed_in_part_is_repeated() -> None:
    server = matomo(Actions__getPageUrls=refusal("MySQL server has gone away"))
    values = SegmentValues(loader(server))
    await values.find(query(), "lamp")
    server.answers["Actions.getPageUrls"] = [row("/lamp", "pageUrl==lamp")]
    (found,) = await values.find(query(), "lamp")
    assert found.expression == "pageUrl==lamp"
