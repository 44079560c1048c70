"""Curves over time, as they read on the screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from matomo_tui.reports.periods import Period
from matomo_tui.ui.drawing.fading import FADE_ROWS
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE
from matomo_tui.ui.widgets.line_chart import ChartData, ChartLine, LineChart
from tests.ui.reports.reporting import Look, look

LAST = date(2026, 11, 23)
BRAILLE = re.compile("[\u2801-\u28ff]")


def course(*curves: Sequence[float | None], **changes: Any) -> ChartData:
    """Days up to ``LAST``."""
    count = len(curves[0])
    days = tuple(Period.containing("day", LAST - timedelta(days=back)) for back in reversed(range(count)))
    found = ChartData(days, tuple(ChartLine(f"curve {n}", tuple(values)) for n, values in enumerate(curves)))
    return replace(found, **changes)


async def drawn(found: Look, what: ChartData) -> list[str]:
    chart = found.app.query_one(LineChart)
    chart.draw(what)
    await found.settle()
    return found.app.lines


@pytest.mark.parametrize(
    ("size", "second"), [((80, 12), "2 Nov"), ((120, 20), "2 Nov"), ((200, 40), "28 Oct")], ids=str
)
async def test_a_scale_of_round_figures_and_dates_that_people_count_by(size: tuple[int, int], second: str) -> None:
    async with look(LineChart(), size=size) as found:
        lines = await drawn(found, course([float(n) for n in range(30)]))
        assert next(line for line in lines if line.strip()).split()[0] == "30"
        assert lines[-3].split()[0] == "0"
        dates = re.findall(r"\d+ \w+", lines[-1])
        assert (dates[0], dates[1], dates[-1]) == ("26 Oct", second, "23 Nov")
        assert BRAILLE.search(found.text)


async def test_what_is_not_known_is_a_gap_and_not_zero() -> None:
    async with look(LineChart(), size=(80, 12)) as found:
        known: list[float | None] = [5.0] * 10 + [None] * 10 + [5.0] * 10
        lines = await drawn(found, course(known))
        assert not any(BRAILLE.search(line[38:46]) for line in lines)
        assert any(BRAILLE.search(line[:30]) for line in lines)
        zero = await drawn(found, course([5.0] * 10 + [0.0] * 10 + [5.0] * 10))
        assert BRAILLE.search(zero[-3][38:46])


async def test_several_curves_are_told_apart_without_colour() -> None:
    async with look(LineChart(), size=(80, 12)) as found:
        lines = await drawn(found, course([1.0] * 10, [9.0] * 10))
        ends = {line[-1]: y for y, line in enumerate(lines[:-2]) if line[-1:] in ("1", "2")}
        assert ends["2"] < ends["1"], "the number of the higher curve stands above that of the lower one"
    async with look(LineChart(), size=(80, 12), glyphs=ASCII) as found:
        text = "\n".join(await drawn(found, course([1.0] * 10, [9.0] * 10)))
        assert "#" in text
        assert "+" in text
        assert text.isascii()


async def test_the_area_below_a_single_curve_fades_within_a_few_rows() -> None:
    chart = LineChart()
    async with look(chart, size=(80, 20)) as found:
        lines = await drawn(found, course([9.0] * 30))
        painted = [y for y in range(18) if BRAILLE.search(lines[y])]
        assert len(painted) == 1 + FADE_ROWS, "the line, and what fades below it"
        assert len({str(chart.render_line(y)._segments[1].style) for y in painted}) == 1 + FADE_ROWS
        await drawn(found, course([9.0] * 30, [5.0] * 30))
        looks = {str(part.style) for y in range(18) for part in chart.render_line(y) if BRAILLE.search(part.text)}
        assert len(looks) == 2, "lines are of one colour each"


async def test_an_axis_far_from_0_is_marked_as_broken() -> None:
    async with look(LineChart(), size=(80, 14)) as found:
        lines = await drawn(found, course([6_000.0 + 60 * n for n in range(30)]))
        assert lines[-2].split()[:2] == ["0", UNICODE.broken_axis]
        assert "0" not in [line.split()[0] for line in lines[:-2] if line.strip()]
        lines = await drawn(found, course([60.0 * n for n in range(30)]))
        assert UNICODE.broken_axis not in lines[-2]


async def test_with_days_that_have_no_figures_the_axis_begins_at_0() -> None:
    async with look(LineChart(), size=(60, 14)) as found:
        await drawn(found, course([None, None, 4.0, 5.0, 6.0]))
        assert "≈" not in found.text
        await drawn(found, course([4.0, 5.0, 6.0, None]))
        assert "≈" in found.text, "today may have none yet"


async def test_where_curves_meet_the_first_one_is_seen() -> None:
    chart = LineChart()
    async with look(chart, size=(80, 12)) as found:
        await drawn(found, course([5.0] * 30, [5.0] * 30))
        first = chart.get_component_rich_style("chart--0").color
        colours = {
            part.style.color
            for y in range(10)
            for part in chart.render_line(y)
            if BRAILLE.search(part.text) and part.style is not None
        }
        assert colours == {first}


async def test_the_cursor_walks_over_the_points_and_stays_on_its_day() -> None:
    chart = LineChart()
    async with look(chart, size=(80, 12)) as found:
        await drawn(found, course([float(n) for n in range(30)]))
        assert chart.cursor == 29
        await found.press("left", "left")
        assert chart.cursor == 27
        assert found.app.lines[-2].rstrip()[-8:].count(UNICODE.up) == 1
        later = course([float(n) for n in range(30)])
        shifted = tuple(period.next(LAST + timedelta(days=9)) for period in later.periods)
        await drawn(found, ChartData(shifted, later.curves))
        assert chart.cursor == 26, "the same day, one place further left"
        await found.press("home")
        assert chart.cursor == 0
        await found.press("left", "end", "right")
        assert chart.cursor == 29
        heard = [message.index for message in found.app.heard if isinstance(message, LineChart.Pointed)]
        assert heard == [28, 27, 0, 29], "nothing is told where the cursor could not move"


async def test_the_cursor_on_the_newest_point_takes_the_next_newest() -> None:
    chart = LineChart()
    async with look(chart, size=(80, 12)) as found:
        first = course([1.0] * 10)
        await drawn(found, first)
        moved = tuple(period.next(LAST + timedelta(days=9)) for period in first.periods)
        await drawn(found, ChartData(moved, first.curves))
        assert chart.cursor == 9


async def test_annotations_are_marks_on_the_line() -> None:
    async with look(LineChart(), size=(80, 12)) as found:
        lines = await drawn(found, course([1.0] * 29, noted=frozenset({0, 14})))
        assert [at for at, sign in enumerate(lines[-2]) if sign == UNICODE.note] == [2, 41]


async def test_a_click_points_at_a_day() -> None:
    chart = LineChart()
    async with look(chart, size=(80, 12)) as found:
        await drawn(found, course([1.0] * 29, open_curves=1))
        await found.pilot.click(LineChart, offset=(41, 5))
        assert chart.cursor == 14


@pytest.mark.parametrize("size", [(80, 3), (20, 12), (5, 2), (1, 1)])
async def test_where_there_is_no_room_for_axes_it_is_blocks(size: tuple[int, int]) -> None:
    async with look(LineChart(), size=size) as found:
        lines = await drawn(found, course([float(n) for n in range(30)], [1.0] * 30, open_curves=2))
        assert "█" in "".join(lines)
        assert not BRAILLE.search("".join(lines))


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_few_points_are_drawn_too(count: int) -> None:
    async with look(LineChart(), size=(80, 12)) as found:
        lines = await drawn(found, course([7.0] * count, noted=frozenset(range(count))))
        assert bool("".join(lines).strip()) == bool(count)
        await found.press("left", "right", "home", "end")
