"""The adapter around plotext: right where the numbers are, and neither slow nor broken whatever they are."""

from __future__ import annotations

import math
import random
import time
from datetime import UTC
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_tui.ui.drawing import plotting
from matomo_tui.ui.drawing.plotting import Values, canvas, column_of, redrawn, round_top, squeeze, time_ticks

SIZES = [(1, 1), (2, 3), (20, 6), (74, 9), (114, 12), (240, 50)]
RNG = random.Random(7)
HOSTILE: dict[str, Values] = {
    "nothing": [],
    "one": [5.0],
    "unknown": [None] * 60,
    "one among unknown": [None] * 30 + [3.0] + [None] * 29,
    "every other": [n if n % 2 else None for n in range(60)],
    "zeros": [0.0] * 60,
    "nan and infinities": [math.nan, math.inf, -math.inf, 1.0] * 15,
    "negative": [-1e9, -0.0, 5.0] * 20,
    "a peak beyond the scale": [1.0] * 59 + [1e12],
    "beyond any float": [10**400, -(10**400), 7] * 20,
    "smallest": [5e-324] * 60,
    "largest": [1.7e308, 0.0] * 30,
    "a day of minutes": [float(n % 97) for n in range(1440)],
    "noise": [RNG.random() * 10 ** RNG.randint(0, 14) for _ in range(500)],
}


def lines(rows: list[list[plotting.Run]]) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_numbers_on_any_size_fill_the_canvas_and_no_more(name: str) -> None:
    """Under any limit on one size, under two on any other."""
    begun = time.process_time()
    cases = [((74, 9), top, ascii) for top, ascii in product((0.0, math.nan, -1.0, 5e-324), (False, True))]
    cases += [(size, top, ascii) for size in SIZES for top, ascii in ((60.0, False), (math.inf, True))]
    for (width, height), top, ascii in cases:
        rows = canvas([HOSTILE[name], HOSTILE["noise"]], top, width, height, fill=True, ascii=ascii)
        assert [len(line) for line in lines(rows)] == [width] * height
        assert {number for row in rows for _, number in row} <= {None, 0, 1}
        allowed = " #+:" if ascii else " " + "".join(map(chr, range(0x2801, 0x2900)))
        assert set("".join(lines(rows))) <= set(allowed)
    # A limit that did not enclose the data would take plotext tens of seconds and gigabytes.
    assert time.process_time() - begun < 10


@settings(deadline=None)
@given(
    st.lists(st.none() | st.floats() | st.integers(-(10**30), 10**30), max_size=120),
    st.floats(),
    st.integers(-1, 90),
    st.integers(-1, 12),
)
def test_random_numbers_never_break_it(values: list[float | None], top: float, width: int, height: int) -> None:
    rows = canvas([values], top, width, height, fill=True)
    assert len(rows) == (max(0, height) if width > 0 else 0)
    assert all(len(line) == width for line in lines(rows))


def test_a_size_beyond_any_terminal_is_bounded() -> None:
    rows = canvas([[1.0, 2.0]], 2.0, 10**6, 10**6)
    assert (len(rows[0][0][0]), len(rows)) <= (plotting.MAX_COLUMNS, plotting.MAX_ROWS)


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right() -> None:
    drawn = lines(canvas([[float(n) for n in range(40)]], 39.0, 40, 10))
    assert drawn[0].strip()
    assert not drawn[0][:30].strip()
    assert drawn[-1][0] != " "
    assert not drawn[-1][10:].strip()


def test_the_fill_reaches_the_ground_and_nothing_stands_above_the_line() -> None:
    drawn = lines(canvas([[5.0] * 40], 10.0, 40, 10, fill=True))
    assert all(not line.strip() for line in drawn[:4])
    assert all(line == "⣿" * 40 for line in drawn[-4:])


def test_a_gap_stays_a_gap_under_the_fill() -> None:
    drawn = lines(canvas([[5.0] * 20 + [None] * 20 + [5.0] * 20], 10.0, 60, 8, fill=True))
    assert drawn[-1][:18].strip()
    assert drawn[-1][42:].strip()
    assert not drawn[-1][22:38].strip()


def test_the_second_curve_is_seen_over_the_first_ones_area() -> None:
    rows = canvas([[8.0] * 40, [2.0] * 40], 10.0, 40, 10, fill=True)
    numbers = [{number for _, number in row} for row in rows]
    assert {1} in numbers
    assert numbers[-1] == {0}


def test_never_more_points_than_columns_and_no_peak_lost() -> None:
    values: list[float | None] = [1.0] * 500
    values[251] = 90.0
    assert len(squeeze(values, 40)) == 40
    assert max(value for value in squeeze(values, 40) if value is not None) == 90.0
    assert squeeze([None, None, 1.0, None], 2) == [None, 1.0]
    assert squeeze([1.0, 2.0], 40) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("peak", "top"),
    [(None, 4), (0, 4), (4, 4), (5, 5), (9, 10), (11, 15), (58, 60), (63, 80), (101, 150), (900, 1000), (math.nan, 4)],
)
def test_an_axis_ends_with_the_next_round_number(peak: float | None, top: float) -> None:
    assert round_top(peak) == top


@settings(deadline=None)
@given(st.floats(0, 1e15))
def test_the_axis_always_encloses_the_peak(peak: float) -> None:
    assert peak <= round_top(peak) <= max(4.0, peak * 2)


def test_time_ticks_are_round_in_the_zone_of_the_site() -> None:
    first = 1_795_521_780  # 13:03 in Berlin
    assert time_ticks(first, first + 59 * 60, UTC, 6) == [first + (7 + 10 * n) * 60 for n in range(6)]
    kathmandu = ZoneInfo("Asia/Kathmandu")  # UTC+5:45
    for tick in time_ticks(first, first + 59 * 60, kathmandu, 5):
        assert (tick + 5 * 3600 + 45 * 60) % 900 == 0
    assert time_ticks(10**30, 10**30 + 60, UTC, 5) == []


@pytest.mark.parametrize("most", [1, 2, 3, 7, 20])
def test_there_are_never_more_ticks_than_asked_for(most: int) -> None:
    ticks = time_ticks(1_795_521_780, 1_795_521_780 + 59 * 60, UTC, most)
    assert len(ticks) <= most


def test_a_column_is_where_plotext_draws_it() -> None:
    for width in (20, 61, 120):
        for index in (0, 7, 30, 59):
            values: list[float | None] = [None] * 60
            values[index] = 1.0
            if width < 60:
                continue
            (line,) = lines(canvas([values], 1.0, width, 1))
            assert len(line) - len(line.lstrip()) == pytest.approx(column_of(index / 59, width), abs=1)


def test_a_flipped_canvas_is_the_same_upside_down() -> None:
    plotting.load()
    rows = plotting.canvas([[1, 2, 3, 4]], 4, 20, 4, fill=True)
    hanging = plotting.flipped(rows)
    assert plotting.flipped(hanging) == rows
    dots = [sum(bin(ord(sign) - 0x2800).count("1") for text, _ in row for sign in text.strip()) for row in rows]
    assert [sum(bin(ord(sign) - 0x2800).count("1") for text, _ in row for sign in text.strip()) for row in hanging] == (
        dots[::-1]
    )
    assert "".join(text for text, _ in hanging[0]).strip(" \u2800") == rows[-1][0][0].translate(plotting._FLIPPED)


@pytest.mark.parametrize("width", [61, 74, 114, 189, 240])
def test_the_last_columns_drawn_alone_are_those_of_the_whole_canvas(width: int) -> None:
    rng = random.Random(width)
    drawn = 0
    for height in (2, 5, 12):
        before = [float(rng.randrange(90)) for _ in range(60)]
        for changed in (1, 2, 5):
            after = [*before[:-changed], *(float(rng.randrange(90)) for _ in range(changed))]
            part = redrawn(canvas([before], 80.0, width, height, fill=True), before, after, 80.0)
            drawn += part is not None
            assert part in (None, canvas([after], 80.0, width, height, fill=True))
    assert drawn


@pytest.mark.parametrize("name", HOSTILE)
def test_only_a_curve_that_changed_at_its_end_is_drawn_in_part(name: str) -> None:
    before, after = [1.0] * 60, HOSTILE[name]
    rows = canvas([before], 4.0, 114, 6, fill=True)
    assert redrawn(rows, before, after, 4.0) in (None, canvas([after], 4.0, 114, 6, fill=True))
