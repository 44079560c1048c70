"""Which columns are shown at a width, and cells cut to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from matomo_tui import sanitize
from matomo_tui.ui.widgets.table.columns import Cell, Column, fit, place

FEED = (
    Column("time", width=8),
    Column("source", width=10, flex=2, most=20),
    Column("device", width=7, hides=2),
    Column("n", width=4, align="right"),
    Column("page", width=12, flex=4),
    Column("title", width=12, flex=4, hides=3),
    Column("badge", width=8, hides=1),
)


def shown(width: int) -> dict[str, int]:
    return {FEED[at.index].key: at.width for at in place(FEED, width, 2, 1)}


def test_columns_hide_in_the_stated_order_as_the_table_narrows() -> None:
    hidden: list[str] = []
    for width in range(120, 10, -1):
        gone = [column.key for column in FEED if column.key not in shown(width)]
        hidden += [key for key in gone if key not in hidden and key in ("device", "title", "badge")]
    assert hidden == ["title", "device", "badge"]


def test_what_never_hides_stays_while_there_is_a_cell_for_it() -> None:
    assert set(shown(40)) == {"time", "source", "n", "page"}
    assert set(shown(28)) == {"time", "source", "n", "page"}


def test_flexible_columns_share_what_is_left_and_fixed_ones_stay_as_they_are() -> None:
    wide = shown(160)
    assert (wide["time"], wide["n"], wide["device"]) == (8, 4, 7)
    assert wide["source"] == 20, "bounded by most"
    assert abs(wide["page"] - wide["title"]) <= 1, "equal shares"


@given(width=st.integers(0, 300))
def test_columns_neither_overlap_nor_leave_the_line(width: int) -> None:
    at = 2
    for placed in place(FEED, width, 2, 1):
        assert placed.x >= at
        assert placed.width >= 1
        at = placed.x + placed.width + 1
        assert placed.x + placed.width <= width


@given(width=st.integers(76, 300))
def test_a_wide_enough_line_is_used_to_its_end(width: int) -> None:
    last = place(FEED, width, 2, 1)[-1]
    assert last.x + last.width == width


SPAN = st.tuples(st.text(max_size=30).map(sanitize.sanitize), st.just("muted"))


@given(spans=st.lists(SPAN, max_size=4), width=st.integers(0, 60), right=st.booleans())
def test_a_cell_takes_exactly_its_width_whatever_it_holds(
    spans: list[tuple[str, str]], width: int, right: bool
) -> None:
    cell: Cell = tuple((words, "muted") for words, _ in spans)
    pieces = fit(cell, width, "right" if right else "left", "…")
    assert sum(cell_len(piece) for piece, _ in pieces) == width


@pytest.mark.parametrize(
    ("words", "width", "expected"),
    [
        ("lamp", 6, "lamp  "),
        ("/products/lamp", 9, "/product…"),
        ("日本語ガイド", 12, "日本語ガイド"),
        ("日本語ガイド", 8, "日本語 …"),
        ("日本語ガイド", 7, "日本語…"),
        ("lamp", 1, "…"),
        ("", 3, "   "),
    ],
)
def test_cut_and_padded(words: str, width: int, expected: str) -> None:
    assert "".join(piece for piece, _ in fit(words, width, "left", "…")) == expected


def test_figures_stand_at_the_right() -> None:
    assert "".join(piece for piece, _ in fit("42", 5, "right", "…")) == "   42"
