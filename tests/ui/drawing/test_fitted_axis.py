"""Axes with labels at even distances."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.reports.values import ColumnType
from matomo_tui.ui.drawing.fitted_axis import fitted_axis

KINDS: tuple[ColumnType, ...] = ("number", "money", "percent", "duration_s", "duration_ms", "byte", "text")


@given(st.lists(st.none() | st.floats(allow_nan=True), max_size=9), st.integers(1, 70), st.sampled_from(KINDS))
def test_every_axis_encloses_its_values_at_even_distances(
    values: list[float | None], rows: int, kind: ColumnType
) -> None:
    axis = fitted_axis(values, rows, kind, "EUR")
    assert 1 <= axis.rows <= rows
    assert rows - axis.rows <= 2
    assert 0 <= axis.low < axis.top
    for value in values:
        if value is not None and 0 <= value <= 1e15:
            assert axis.low * (1 - 1e-6) <= value <= axis.top * (1 + 1e-6)
    assert set(axis.labels) <= set(range(axis.rows))
    assert all(0 < len(label) <= 12 for label in axis.labels.values())
    if rows >= 5:
        assert len({below - above for above, below in pairwise(sorted(axis.labels))}) == 1


@pytest.mark.parametrize(
    ("values", "rows", "kind", "labels"),
    [
        ([0, 7_800], 27, "number", ["8,000", "6,000", "4,000", "2,000", "0"]),
        ([5_600, 7_900], 15, "number", ["8,000", "7,000", "6,000", "5,000"]),
        ([0, 3], 12, "number", ["4", "2", "0"]),
        ([0.30, 0.38], 10, "percent", ["38 %", "36 %", "34 %", "32 %", "30 %"]),
        ([100, 140], 12, "duration_s", ["2:20", "2:00", "1:40"]),
        ([], 9, "number", ["4", "2", "0"]),
    ],
)
def test_the_figures_are_round(values: list[float], rows: int, kind: ColumnType, labels: list[str]) -> None:
    axis = fitted_axis(values, rows, kind)
    assert [axis.labels[row] for row in sorted(axis.labels)] == labels


def test_values_that_differ_little_do_not_look_far_apart() -> None:
    axis = fitted_axis([99, 100], 12, "number")
    assert axis.low <= 80


def test_values_that_do_not_differ_begin_at_0() -> None:
    assert fitted_axis([100, 100], 12, "number").low == 0


@pytest.mark.parametrize(("peak", "rows", "top"), [(259, 4, 300), (60, 5, 60), (61, 5, 80), (1_010, 4, 1_500)])
def test_an_axis_of_few_rows_does_not_leave_half_of_them_empty(peak: float, rows: int, top: float) -> None:
    assert fitted_axis([0, peak], rows, "number").top == top
