"""Axes end with round figures of their unit; dates below them are Mondays, firsts of months, whole years."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api.calls import PeriodKind
from matomo_tui.reports.periods import Period
from matomo_tui.reports.values import ColumnType
from matomo_tui.ui.drawing.axes import axis_marks, axis_top, date_ticks, short_figure

KINDS: tuple[ColumnType, ...] = ("number", "money", "percent", "duration_s", "duration_ms", "byte", "text")


def days(count: int, until: date = date(2026, 11, 23)) -> list[Period]:
    return [Period.containing("day", until - timedelta(days=back)) for back in reversed(range(count))]


@pytest.mark.parametrize(
    ("peak", "kind", "top"),
    [
        (128, "number", 150),
        (None, "number", 4),
        (0.56, "percent", 0.6),
        (1.2, "percent", 1.5),
        (156, "duration_s", 240),
        (1.03, "duration_s", 2),
        (100_000, "duration_s", 30 * 3600),
        (364.54, "money", 400),
        (0, "money", 1),
        (1_234_567, "byte", 1_500_000),
    ],
)
def test_an_axis_ends_with_a_round_figure_of_its_unit(peak: float | None, kind: ColumnType, top: float) -> None:
    assert axis_top(peak, kind) == pytest.approx(top)


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(KINDS), st.integers(1, 60))
def test_every_axis_encloses_its_peak_and_its_labels_are_short(peak: float, kind: ColumnType, rows: int) -> None:
    top = axis_top(peak, kind)
    assert top > 0
    limit = (
        1e13 if kind == "percent" else 1e15
    )  # beyond it a figure is not drawn as it is; percents are drawn times 100
    assert not 0 <= peak <= limit or top >= peak * (1 - 1e-8)
    marks = axis_marks(top, rows, kind, "EUR")
    assert set(marks) <= set(range(rows))
    assert all(0 < len(label) <= 12 for label in marks.values())


def test_round_figures_stand_at_the_rows_nearest_to_them() -> None:
    assert axis_marks(150, 11, "number") == {0: "150", 3: "100", 7: "50", 10: "0"}
    assert axis_marks(8000, 27, "number") == {0: "8,000", 6: "6,000", 13: "4,000", 20: "2,000", 26: "0"}
    assert axis_marks(40_000, 15, "number") == {0: "40k", 4: "30k", 7: "20k", 10: "10k", 14: "0"}
    assert axis_marks(1500, 5, "number") == {0: "1,500", 2: "750", 4: "0"}
    assert axis_marks(1500, 4, "number") == {0: "1,500", 3: "0"}
    assert axis_marks(4, 26, "number") == {0: "4", 6: "3", 12: "2", 19: "1", 25: "0"}, "there is no half visit"
    assert axis_marks(0.6, 8, "percent") == {0: "60 %", 2: "40 %", 5: "20 %", 7: "0 %"}
    assert axis_marks(240, 13, "duration_s") == {0: "4:00", 3: "3:00", 6: "2:00", 9: "1:00", 12: "0:00"}


@given(st.floats(0, 1e12), st.sampled_from(KINDS), st.integers(2, 80))
def test_labels_never_stand_close_and_their_distance_is_even(peak: float, kind: ColumnType, rows: int) -> None:
    at = list(axis_marks(axis_top(peak, kind), rows, kind))
    assert (at[0], at[-1]) == (0, rows - 1)
    gaps = [below - above for above, below in pairwise(at)]
    assert len(gaps) == 1 or min(gaps) >= 2
    assert max(gaps) - min(gaps) <= 1


def test_figures_have_their_unit() -> None:
    written = [short_figure(1500, kind, "EUR") for kind in KINDS]
    assert written == ["1,500", "€ 1,500", "150k %", "25:00", "1500 ms", "1.5 kB", "1,500"]
    assert short_figure(2.5, "number") == "2.5"
    assert [short_figure(value, "number") for value in (40_000, 2_500_000, 12_340)] == ["40k", "2.5M", "12.3k"]
    assert short_figure(40_000, "money", "EUR") == "€ 40k"
    assert short_figure(0.4, "duration_s") == "0.4 s"


@pytest.mark.parametrize(
    ("periods", "most", "labels"),
    [
        (days(30), 10, ["26 Oct", "2 Nov", "9 Nov", "16 Nov", "23 Nov"]),
        (days(7), 10, ["17 Nov", "18 Nov", "19 Nov", "20 Nov", "21 Nov", "22 Nov", "23 Nov"]),
        (days(92), 4, ["1 Sep", "1 Oct", "1 Nov"]),
        (
            [Period.containing("month", date(2026, month, 1)) for month in range(1, 13)],
            5,
            ["2026", "Apr", "Jul", "Oct"],
        ),
        (
            [Period.containing("year", date(year, 1, 1)) for year in range(2020, 2027)],
            4,
            ["2020", "2022", "2024", "2026"],
        ),
    ],
)
def test_dates_are_those_that_people_count_by(periods: list[Period], most: int, labels: list[str]) -> None:
    assert [periods[index].short_label() for index in date_ticks(periods, most)] == labels


@given(st.sampled_from(["day", "week", "month", "year"]), st.integers(0, 120), st.integers(0, 20))
def test_there_are_never_more_dates_than_fit(kind: PeriodKind, count: int, most: int) -> None:
    period = Period.containing(kind, date(2026, 11, 23))
    periods = [period]
    for _ in range(count):
        periods.insert(0, periods[0].previous())
    assert len(date_ticks(periods, most)) <= most
