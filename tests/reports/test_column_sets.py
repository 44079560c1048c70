"""Sets of columns, and the figures of goals in them."""

from __future__ import annotations

import pytest

from matomo_tui.api.reports import table_of
from matomo_tui.reports import computed_metrics
from matomo_tui.reports.column_sets import column_sets, set_name
from tests.reports.matomo import catalogue

CAMPAIGNS = b"""[{"label": "spring", "nb_visits": 137, "nb_visits_converted": 51, "nb_conversions": 63,
"revenue": 4005.2, "goals": {"idgoal=1": {"nb_conversions": 4, "nb_visits_converted": 4, "revenue": 20},
"idgoal=ecommerceAbandonedCart": {"nb_conversions": 5, "revenue": 1128.3}}}, {"label": "none", "nb_visits": 9}]"""
ENTRIES = b"""[{"label": "shoes", "nb_visits": 90, "entry_nb_visits": 40, "goals": {
"idgoal=1": {"nb_conversions_entry": 10, "nb_conversions_entry_rate": 22.6, "revenue_entry": 100},
"idgoal=ecommerceOrder": {"nb_conversions_entry": 2, "revenue_entry": 60}}}]"""


def sets(report_id: str) -> dict[str, tuple[str, ...]]:
    found = catalogue().get(report_id)
    assert found is not None
    return {one.name: one.columns for one in column_sets(found)}


def test_a_report_with_goals_offers_all_of_them_and_each() -> None:
    found = sets("Referrers_getCampaigns")
    assert list(found)[:3] == ["traffic", "engagement", "goals: all"]
    assert found["goals: all"] == ("nb_visits", "nb_conversions", "conversion_rate", "revenue", "revenue_per_visit")
    assert found["goals: Ecommerce Orders"][:2] == ("nb_visits", "goal_ecommerceOrder_nb_conversions")


def test_pages_are_credited_with_their_part_of_a_conversion() -> None:
    found = sets("Actions_getPageUrls")
    assert found["goals: all"] == ("nb_hits", "goal_all_nb_conversions_attrib", "goal_all_revenue_attrib")
    assert "goals: Abandoned Carts" not in found


def test_a_report_without_goals_offers_none() -> None:
    assert not any(name.startswith("goals") for name in sets("Events_getCategory"))


def test_columns_of_a_set_have_its_name() -> None:
    report = catalogue().get("Referrers_getCampaigns")
    assert report is not None
    assert set_name(report, sets(report.id)["goals: all"]) == "goals: all"
    assert set_name(report, ("nb_visits",)) == set_name(report, ()) == ""


@pytest.mark.parametrize(
    ("column", "spring", "none"),
    [
        ("nb_conversions", 63, 0),
        ("conversion_rate", 51 / 137, None),
        ("revenue", 4005.2, 0),
        ("revenue_per_visit", 4005.2 / 137, 0),
        ("goal_1_nb_conversions", 4, 0),
        ("goal_1_conversion_rate", 4 / 137, 0),
        ("goal_1_revenue_per_visit", 20 / 137, 0),
        ("goal_2_revenue", 0, 0),
    ],
)
def test_a_goal_that_nobody_reached_is_a_zero(column: str, spring: float, none: float | None) -> None:
    rows = table_of(CAMPAIGNS).rows
    assert computed_metrics.value(rows[0], column) == pytest.approx(spring)
    assert computed_metrics.value(rows[1], column) == none


def test_rates_of_a_folder_are_computed_and_not_added_up() -> None:
    (row,) = table_of(ENTRIES).rows
    assert computed_metrics.value(row, "goal_1_nb_conversions_entry_rate") == 0.25
    assert computed_metrics.value(row, "goal_all_nb_conversions_entry") == 12
    assert computed_metrics.value(row, "goal_all_revenue_per_entry") == 4


def test_the_server_is_told_to_compute_what_it_sorts_by() -> None:
    every = {"filter_update_columns_when_show_all_goals": 1}
    assert computed_metrics.sort_params("revenue_per_visit", "", has_goals=True) == every
    assert computed_metrics.sort_params("goal_1_revenue", "1", has_goals=True) == {
        **every,
        "filter_show_goal_columns_process_goals": "1",
    }
    assert computed_metrics.sort_params("bounce_rate", "", has_goals=True) == {
        "filter_add_columns_when_show_all_columns": 1
    }
    assert computed_metrics.sort_params("nb_visits", "", has_goals=True) == {}
    assert "goals" in computed_metrics.needed(["goal_1_revenue_per_visit"])
