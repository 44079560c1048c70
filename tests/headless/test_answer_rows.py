"""Rows of answers: by site and date, nested values, trees."""

from __future__ import annotations

from typing import Any

import pytest

from matomo_tui.api.errors import NotMatomo
from matomo_tui.headless.answer_rows import RowGroup, columns_of, entries_of, flat_rows, groups_of


def flat(answer: Any, *, levels: bool = False, by_site: bool = True, by_date: bool = True) -> list[dict[str, Any]]:
    groups = groups_of(answer, by_site=by_site, by_date=by_date)
    return [row for group in groups for row in flat_rows(group, levels=levels)]


@pytest.mark.parametrize("nothing", [[], {}, False, None])
def test_nothing_has_no_rows(nothing: Any) -> None:
    assert flat(nothing) == []


def test_a_value_a_list_of_values_and_an_object() -> None:
    assert flat({"value": 81}) == [{"value": 81}]
    assert flat([3, "x", True]) == [{"value": 3}, {"value": "x"}, {"value": True}]
    assert flat({"nb_visits": 12, "bounce_rate": 0.38}) == [{"nb_visits": 12, "bounce_rate": 0.38}]


def test_objects_become_dotted_names_and_lists_text() -> None:
    row = {
        "label": "a",
        "goals": {"idgoal=1": {"revenue": 5, "nb": 2}, "idgoal=2": []},
        "tags": ["x", 2, "y,z"],
        "actions": [{"url": "/a"}, {"url": "/b"}],
        "none": None,
    }
    assert flat([row]) == [
        {
            "label": "a",
            "goals.idgoal=1.revenue": 5,
            "goals.idgoal=1.nb": 2,
            "goals.idgoal=2": "",
            "tags": "x, 2, y,z",
            "actions": '[{"url":"/a"},{"url":"/b"}]',
            "none": None,
        }
    ]


def test_sites_and_dates_are_the_first_columns() -> None:
    answer = {"1": {"2026-11-17": [{"label": "a"}], "2026-11-18": []}, "2": {"2026-11-17": [{"label": "b"}]}}
    assert flat(answer) == [
        {"idSite": "1", "date": "2026-11-17", "label": "a"},
        {"idSite": "2", "date": "2026-11-17", "label": "b"},
    ]
    assert flat({"2026-11-02,2026-11-08": {"nb_visits": 3}, "2026-11-09,2026-11-15": []}) == [
        {"date": "2026-11-02,2026-11-08", "nb_visits": 3}
    ]


def test_an_object_that_php_made_of_a_list_is_one() -> None:
    assert entries_of({"0": {"a": 1}, "2": {"a": 2}}) == [{"a": 1}, {"a": 2}]
    assert flat({"1": {"idgoal": 1}, "4": {"idgoal": 4}}, by_site=False, by_date=False) == [
        {"idgoal": 1},
        {"idgoal": 4},
    ]


def test_keys_that_look_like_years_are_dates_only_if_dates_were_asked_for() -> None:
    answer = {"2025": {"nb": 1}, "2026": {"nb": 2}}
    assert flat(answer) == [{"idSite": "2025", "nb": 1}, {"idSite": "2026", "nb": 2}]
    assert flat(answer, by_site=False) == [{"date": "2025", "nb": 1}, {"date": "2026", "nb": 2}]
    assert flat(answer, by_site=False, by_date=False) == [{"nb": 1}, {"nb": 2}]


def test_a_tree_has_levels_in_its_order() -> None:
    tree = [{"label": "a", "subtable": [{"label": "b", "subtable": [{"label": "c"}]}]}, {"label": "d"}]
    rows = flat(tree, levels=True)
    assert [(row["level"], row["label"]) for row in rows] == [(1, "a"), (2, "b"), (3, "c"), (1, "d")]
    assert all("subtable" not in row for row in rows)
    assert "subtable" in flat(tree)[0]


@pytest.mark.parametrize("depth", [100, 5000])
def test_a_tree_without_an_end_is_cut_or_refused(depth: int) -> None:
    tree: list[Any] = [{"label": "leaf"}]
    for _ in range(depth):
        tree = [{"label": "x", "subtable": tree}]
    if depth == 100:
        assert 1 < len(flat(tree, levels=True)) < 100
    else:
        with pytest.raises(NotMatomo, match="nested too deeply"):
            flat(tree, levels=True)


def test_columns_are_in_the_order_of_their_first_row() -> None:
    assert columns_of([{"b": 1}, {"a": 1, "b": 2}, {"c": 3}]) == ["b", "a", "c"]
    assert RowGroup((), [{"a": 1}]).entries == [{"a": 1}]
