"""Calls about several sites at once: hits, visits by site, visits of all sites together."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from matomo_tui.api import live, multi_sites, visits_summary


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)


def test_the_last_hits_of_several_sites_are_asked_without_their_actions() -> None:
    call = live.get_last_hits((1, 3), limit=5, min_timestamp=1_795_760_460)
    assert call.params["idSite"] == "1,3"
    assert call.params["doNotFetchActions"] == 1
    assert live.get_last_hits((), limit=1, min_timestamp=0).params["idSite"] == "all"
    found = call.decode(encoded([{"idSite": 3, "idVisit": 4331, "lastActionTimestamp": 1795931043}]))
    assert [(hit.id_site, hit.id_visit, hit.last_action_timestamp) for hit in found] == [(3, 4331, 1795931043)]
    assert call.decode(b"[]") == ()


@pytest.mark.parametrize("answer", [[], 7, "x", None])
def test_an_answer_without_sites_is_no_answer_for_several(answer: Any) -> None:
    call = visits_summary.get_visits_of_sites_by_date((1, 2), "day", "2026-11-27,2026-11-29")
    with pytest.raises(ValueError, match="no sites"):
        call.decode(encoded(answer))


@pytest.mark.parametrize(
    ("visits", "expected"),
    [(179, 179), ([], 0), ({"nb_visits": 4}, 4), ({"nb_visits": "5"}, 5), ({"value": 6}, 6), (-3, None), ("x", None)],
)
def test_the_visits_of_a_day(visits: Any, expected: int | None) -> None:
    call = visits_summary.get_visits_of_sites_by_date((1, 2), "day", "2026-11-27,2026-11-29")
    assert call.decode(encoded({"1": {"2026-11-27": visits}, "x": {}})) == {1: (expected,)}


def test_visits_by_site_and_day_are_in_the_order_of_days() -> None:
    days = {"2026-11-28": 92, "2026-11-27": 147, "2026-11-29": []}
    two = visits_summary.get_visits_of_sites_by_date((1, 2), "day", "2026-11-27,2026-11-29")
    assert two.decode(encoded({"1": days, "2": "broken"})) == {1: (147, 92, 0)}
    one = visits_summary.get_visits_of_sites_by_date((1,), "day", "2026-11-27,2026-11-29", segment="countryCode==de")
    assert one.decode(encoded(days)) == {1: (147, 92, 0)}
    assert one.params["segment"] == "countryCode==de"


@pytest.mark.parametrize(("visits", "expected"), [(235, 235), ("13,950", 13950), ("0", 0)])
def test_the_visits_of_all_sites_together(visits: Any, expected: int) -> None:
    call = multi_sites.get_total_visits("day", "today")
    assert call.decode(encoded({"numSites": 5, "totals": {"nb_visits": visits}, "sites": []})) == expected


@pytest.mark.parametrize("answer", [[], {}, {"totals": []}, {"totals": {"nb_visits": "lots"}}])
def test_totals_that_are_no_number_are_unknown(answer: Any) -> None:
    with pytest.raises(ValueError, match="no total"):
        multi_sites.get_total_visits("day", "today").decode(encoded(answer))


def test_a_page_of_all_sites_is_sorted_by_matomo() -> None:
    call = multi_sites.get_all("day", "today", sort="revenue", ascending=True, limit=100, offset=300, pattern="shop")
    wanted = {"filter_sort_column": "revenue", "filter_sort_order": "asc", "filter_limit": 100, "filter_offset": 300}
    assert wanted.items() <= call.params.items()
    assert call.params["pattern"] == "shop"
    assert "filter_sort_column" not in multi_sites.get_all("day", "today").params
