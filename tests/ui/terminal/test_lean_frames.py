"""Frames look on the terminal as Textual's own do, and are shorter."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from matomo_tui.ui.terminal.lean_frames import LeanFrames

WIDTH, HEIGHT = 12, 3
CONSOLE = Console(color_system="truecolor", force_terminal=True)

STYLES = st.sampled_from(
    [
        None,
        *(
            Style.parse(text)
            for text in (
                "#8d9aa8 on #1a2029",
                "#c6ced8 on #1a2029",
                "bold #8d9aa8 on #1a2029",
                "bold underline #8d9aa8 on #10141a",
                "reverse #8d9aa8",
                "dim red on default",
                "bright_blue on bright_black",
                "color(120) on color(17)",
                "on #10141a",
            )
        ),
    ]
)
CHARACTERS = st.sampled_from(["a", "b", "7", " ", " ", "█", "⣀"])
CELLS = st.lists(st.tuples(CHARACTERS, STYLES), min_size=WIDTH, max_size=WIDTH)
SCREENS = st.lists(CELLS, min_size=HEIGHT, max_size=HEIGHT)
CHANGES = st.lists(
    st.tuples(
        st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, WIDTH), st.integers(0, WIDTH), CELLS
    ),
    min_size=1,
    max_size=8,
)
Cells = list[tuple[str, Style | None]]


def strip(cells: Cells) -> Strip:
    return Strip(Segment(character, style) for character, style in cells).simplify()


def chops(line: Cells, cut: int) -> tuple[dict[int, Strip | None], list[int]]:
    bounds = [0, cut, WIDTH] if 0 < cut < WIDTH else [0, WIDTH]
    return {a: strip(line[a:b]) for a, b in pairwise(bounds)}, bounds[1:]


def seen(frames: list[str]) -> list[list[Any]]:
    """What is visible of each cell of a terminal that has got ``frames``."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    screen.set_mode(pyte.modes.LNM)
    stream = pyte.Stream(screen)
    for frame in frames:
        stream.feed(frame)
    cells = [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]
    return [[cell if cell.data != " " else (cell.bg, cell.underscore, cell.reverse) for cell in row] for row in cells]


@settings(max_examples=60, deadline=None)
@given(SCREENS, CHANGES)
def test_frames_look_as_those_of_textual(start: list[Cells], changes: list[tuple[int, int, int, int, Cells]]) -> None:
    frames = LeanFrames()
    whole = LayoutUpdate([[strip(line)] for line in start], Region(0, 0, WIDTH, HEIGHT))
    ours, textuals = [frames.render(whole, CONSOLE)], [whole.render_segments(CONSOLE)]
    lines = [list(line) for line in start]
    for y, first, length, cut, cells in changes:
        after = min(WIDTH, first + length)
        lines[y][first:after] = cells[first:after]
        parts = [chops(line, cut) for line in lines]
        update = ChopsUpdate([part for part, _ in parts], [(y, first, after)], [ends for _, ends in parts])
        ours.append(frames.render(update, CONSOLE))
        textuals.append(update.render_segments(CONSOLE))
        assert frames.render(update, CONSOLE) == ""
    assert seen(ours) == seen(textuals)
    assert len("".join(ours)) <= len("".join(textuals))


def line_update(text: str, style: str = "#8d9aa8 on #1a2029") -> ChopsUpdate:
    line = Strip([Segment(text, Style.parse(style))])
    return ChopsUpdate([{0: line}], [(0, 0, line.cell_length)], [[line.cell_length]])


def test_only_the_changed_cells_are_sent() -> None:
    frames = LeanFrames()
    frames.render(line_update("Visits 2318 today"), CONSOLE)
    sent = frames.render(line_update("Visits 2319 today"), CONSOLE)
    assert sent == "\x1b[1;11H\x1b[38;2;141;154;168;48;2;26;32;41m9\x1b[m"


def test_a_line_with_a_wide_character_is_sent_whole() -> None:
    frames = LeanFrames()
    frames.render(line_update("漢字 1"), CONSOLE)
    assert "漢字 2" in frames.render(line_update("漢字 2"), CONSOLE)


def test_after_a_whole_frame_nothing_counts_as_known() -> None:
    frames = LeanFrames()
    update = line_update("Visits")
    frames.render(update, CONSOLE)
    frames.render(LayoutUpdate([[Strip([Segment("Pages ")])]], Region(0, 0, 6, 1)), CONSOLE)
    assert "Visits" in frames.render(update, CONSOLE)


def test_nothing_is_known_once_the_screen_is_forgotten() -> None:
    frames = LeanFrames()
    update = line_update("Visits")
    first = frames.render(update, CONSOLE)
    frames.forget()
    assert frames.render(update, CONSOLE) == first


def test_links_are_sent_around_their_text() -> None:
    style = Style.parse("red") + Style(link="https://shop.example")
    update = LayoutUpdate([[Strip([Segment("shop", style)])]], Region(0, 0, 4, 1))
    sent = LeanFrames().render(update, CONSOLE)
    assert sent.index("\x1b]8;id=") < sent.index("https://shop.example") < sent.index("shop\x1b]8;;")
