"""Figures in a row: whole words where there is room, large ones all together or not at all."""

from __future__ import annotations

import re

import pytest
from rich.segment import Segment

from matomo_tui.ui.drawing.glyphs import UNICODE
from matomo_tui.ui.widgets.bar_chart import BarList, ColumnChart, Fact
from matomo_tui.ui.widgets.pane import Pane
from matomo_tui.ui.widgets.sparkline import course
from matomo_tui.ui.widgets.tiles import Tile, Tiles
from tests.ui.host import Host
from tests.ui.reports.reporting import look

TILES = (
    Tile("Visits", "119,461", -1, -1, "-90.9k ->999 %", brief_change="-43 %"),
    Tile("Unique visitors", "80,670", -1, -1, "-52.5k -39 %", brief_change="-39 %"),
    Tile("Actions", "694,350", -1, -1, "-531k -43 %", brief_change="-43 %"),
    Tile("Actions per Visit", "5.8", change="same", brief_label="Actions/visit"),
    Tile("Avg. Visit Duration", "2:45", change="same", brief_label="Avg. duration"),
)


async def shown(width: int, height: int, tiles: tuple[Tile, ...] = TILES) -> list[str]:
    """The lines of the tiles."""
    widget = Tiles()
    async with look(widget, size=(width, height)) as found:
        widget.styles.height = height
        widget.show(tiles)
        await found.settle()
        return [line.rstrip() for line in found.app.lines]


async def test_where_the_whole_has_no_room_it_is_brief_and_never_cut() -> None:
    lines = await shown(78, 3)
    assert lines[0].split("  ")[0].strip() == "Visits"
    for words in ("Unique visitors", "Actions/visit", "Avg. duration"):
        assert words in lines[0]
    assert "▼ -43 %" in lines[2]
    assert "▼ -52.5k -39 %" in lines[2], "what has room is whole"
    assert "…" not in "".join(lines)


async def test_with_room_everything_is_whole() -> None:
    lines = await shown(110, 3)
    for words in ("Actions per Visit", "Avg. Visit Duration"):
        assert words in lines[0]
    assert "▼ -90.9k ->999 %" in lines[2]


@pytest.mark.parametrize("width", range(88, 112, 3))
async def test_large_figures_never_read_as_one(width: int) -> None:
    lines = await shown(width, 6, tuple(Tile(name, "888,888") for name in "ABCD"))
    if "888" not in lines[1]:
        assert all(len(gap) >= 4 for gap in re.findall(r"(?<=█) {2,}(?=█)", lines[1]) if len(gap) != 2)
        assert len(re.findall(r"(?<=█) {4,}(?=█)", lines[1])) == 3


async def test_figures_are_large_all_together_or_not_at_all() -> None:
    large = await shown(100, 6)
    assert "694,350" not in "".join(large)
    assert "Actions per Visit" in large[0], "four of them have room"
    assert "duration" not in large[0].lower()
    small = await shown(78, 6)
    assert "694,350" in small[1]
    assert "-43 %" in small[2], "no blank lines between"
    unlike = (*TILES[:4], Tile("Revenue", "€ 12"))
    assert "119,461" in "".join(await shown(180, 6, unlike)), "a sign that has no large form keeps all small"


async def test_of_several_details_in_a_title_the_last_ones_go_first() -> None:
    pane = Pane()
    async with look(pane, size=(40, 3)) as found:
        for details, said in (
            (("4 weeks", "peak 46", "Sunday"), "─ By weekday 4 weeks, peak 46, Sunday ──"),
            (("4 weeks", "peak 30,152", "Sunday"), "─ By weekday 4 weeks, peak 30,152 ──────"),
            (("Nothing that has any room at all", "more"), "─ By weekday Nothing that has any room…"),
        ):
            pane.set_title(details, title="By weekday")
            await found.settle()
            assert found.app.lines[0].startswith(said)


async def test_figures_are_brief_where_labels_would_be_cut() -> None:
    facts = BarList()
    async with look(facts, size=(24, 4)) as found:
        facts.show(
            [
                Fact("", "new", second="returning", brief=("new", "ret.")),
                Fact("Visitors", "400,750", second="11,857", brief=("401k", "11.9k")),
                Fact("per visit", "5.8", second="5.9"),
            ]
        )
        await found.settle()
        assert [line.split() for line in found.app.lines[:3]] == [
            ["new", "ret."],
            ["Visitors", "401k", "11.9k"],
            ["per", "visit", "5.8", "5.9"],
        ]
        await found.pilot.resize_terminal(60, 4)
        await found.settle()
        assert [line.split() for line in found.app.lines[:2]] == [
            ["new", "returning"],
            ["Visitors", "400,750", "11,857"],
        ]


async def test_an_hour_without_visits_has_no_column() -> None:
    chart = ColumnChart()
    async with Host(chart).run_test(size=(24, 5)) as pilot:
        chart.show(["0", "1", "2"], [1, 0, 90])
        await pilot.pause()
        lowest = chart.render_line(chart.size.height - 2).text.rstrip()
    few, none, many = lowest[0], lowest[7], lowest[14]
    assert few != " "
    assert none == " "
    assert many == "█"


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([0, 5, 10], "▁▄█"),
        ([150, 150, 150], "▄▄▄"),
        ([148, 150, 152], "▃▄▅"),
        ([100, 130, 160], "▁▄█"),
        ([None, 7], " ▄"),
        ([0, 0], "▁▁"),
        ([], ""),
    ],
)
def test_a_course_shows_what_changes(values: list[float | None], drawn: str) -> None:
    assert course(values, UNICODE) == drawn


async def test_a_share_is_a_bar_behind_its_label() -> None:
    facts = BarList()
    async with look(facts, size=(40, 3)) as found:
        facts.show([Fact("Network time", "60 ms", share=0.1), Fact("Server time", "0.54 s", share=1.0)])
        await found.settle()
        assert found.app.lines[1].split() == ["Server", "time", "0.54", "s"]
        lengths = [sum(len(part.text) for part in facts.render_line(y) if tinted(facts, part)) for y in (0, 1)]
        assert lengths[1] > 25
        assert 1 <= lengths[0] <= lengths[1] // 5


def tinted(facts: BarList, part: Segment) -> bool:
    bar = facts.get_component_rich_style("bar-list--bar").bgcolor
    return part.style is not None and part.style.bgcolor == bar
