"""Rows of blocks and large digits: what a value looks like without plotext."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.widgets.big_digits import ROWS, digit_rows
from matomo_tui.ui.widgets.sparkline import columns


def test_one_row_goes_from_the_lowest_sign_to_the_full_one() -> None:
    assert columns([0, 1, 2, 3, 4, 5, 6, 7, 8], 8, 1, UNICODE) == ["▁▂▂▃▄▅▆▇█"]


def test_a_single_visit_among_a_thousand_is_seen() -> None:
    assert columns([0, 1, 1000], 1000, 1, UNICODE) == ["▁▂█"]


def test_unknown_is_a_gap_and_zero_is_not() -> None:
    assert columns([None, 0, math.nan, math.inf, 4], 4, 1, UNICODE) == [" ▁  █"]


def test_rows_stack_from_the_ground_up() -> None:
    assert columns([0, 2, 4, 6, 8], 8, 2, UNICODE) == ["   ▄█", "▁▄███"]


def test_more_than_the_top_is_cut_at_the_top() -> None:
    assert columns([9, 1e300], 3, 2, UNICODE) == ["██", "██"]


def test_nothing_at_all_is_a_low_line() -> None:
    assert columns([0, 0], 0, 2, UNICODE) == ["  ", "▁▁"]


@settings(deadline=None)
@given(
    st.lists(st.none() | st.floats() | st.integers(), max_size=50),
    st.floats(),
    st.integers(1, 6),
    st.sampled_from([UNICODE, ASCII]),
)
def test_any_values_fill_their_rows_with_the_set_s_own_signs(
    values: list[float | None], top: float, height: int, glyphs: Glyphs
) -> None:
    rows = columns(values, top, height, glyphs)
    assert [len(row) for row in rows] == [len(values)] * height
    assert set("".join(rows)) <= {" ", *glyphs.sparks}


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("text", ["0123456789", "1,234.5", "-12%", "+3", "98.4k", "1.2M", "12:40", "–", ""])
def test_digits_are_three_rows_of_equal_width(text: str, ascii: bool) -> None:
    rows = digit_rows(text, ascii=ascii)
    assert rows is not None
    assert len(rows) == ROWS
    assert len({len(row) for row in rows}) == 1
    assert not ascii or "".join(rows).isascii()


@pytest.mark.parametrize("ascii", [False, True])
def test_every_figure_is_as_wide_as_every_other_and_looks_different(ascii: bool) -> None:
    drawn = [digit_rows(figure, ascii=ascii) for figure in "0123456789"]
    assert {len(rows[0]) for rows in drawn if rows} == {3}
    assert len(set(drawn)) == 10


def test_a_sign_without_a_large_form_is_said() -> None:
    assert digit_rows("12 €") is None
