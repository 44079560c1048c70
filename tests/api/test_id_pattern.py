"""Patterns that find ids."""

from __future__ import annotations

import re

import pytest

from matomo_tui.api.id_pattern import none_of, one_of


@pytest.mark.parametrize(
    "ids", [{7}, {1, 12, 123}, {4446, 4447, 4456, 5446, 40}, set(range(95, 130)), {9007199254740991, 1}]
)
def test_a_pattern_finds_its_ids_and_the_other_all_the_rest(ids: set[int]) -> None:
    candidates = {*range(200), *ids, *(number + 1 for number in ids), *(number * 10 for number in ids)}
    assert {number for number in candidates if re.search(one_of(ids), str(number))} == ids
    assert {number for number in candidates if re.search(none_of(ids), str(number))} == candidates - ids


def test_equal_beginnings_stand_once() -> None:
    assert len(one_of(range(1_000_000, 1_000_100))) < 100
