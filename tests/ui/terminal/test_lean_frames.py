"""Frames look on the terminal as Textual's own do, and are shorter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Input, Static
from wcwidth import wcwidth

from matomo_tui.ui.terminal.lean_frames import WHOLE_EVERY, LeanFrames, LeanFramesMixin

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
    whole_screen = Region(0, 0, WIDTH, HEIGHT)
    whole = LayoutUpdate([[strip(line)] for line in start], whole_screen)
    ours, textuals = [frames.render(whole, CONSOLE)], [whole.render_segments(CONSOLE)]
    lines = [list(line) for line in start]
    for y, first, length, cut, cells in changes:
        after = min(WIDTH, first + length)
        lines[y][first:after] = cells[first:after]
        parts = [chops(line, cut) for line in lines]
        update: ChopsUpdate | LayoutUpdate
        update = ChopsUpdate([part for part, _ in parts], [(y, first, after)], [ends for _, ends in parts])
        if length == WIDTH:  # a new layout
            update = LayoutUpdate([[one for one in part.values() if one] for part, _ in parts], whole_screen)
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
    assert sent == "\x1b[11G9"  # the line and the colours are still those of the frame before
    assert frames.render(line_update("Visits 2320 today"), CONSOLE) == "\x1b[2D20"


def test_only_the_changed_runs_of_a_line_are_sent() -> None:
    frames = LeanFrames()
    frames.render(line_update("2 s ago, next in 3 s"), CONSOLE)
    assert frames.render(line_update("3 s ago, next in 2 s"), CONSOLE) == "\r3\x1b[18G2"
    assert frames.render(line_update("4 s ago, next in 1 s"), CONSOLE) == "\x1b[D1\r4"


def test_runs_behind_signs_that_terminals_draw_in_different_widths_are_placed_absolutely() -> None:
    frames = LeanFrames()
    frames.render(line_update("▲ 17 visits, 31 actions"), CONSOLE)
    assert frames.render(line_update("▼ 17 visits, 32 actions"), CONSOLE) == "\r▼\x1b[15G2"


def test_place_and_colours_are_set_again_now_and_then() -> None:
    frames = LeanFrames()
    sent = [frames.render(line_update(f"Visits {number} today"), CONSOLE) for number in range(1000, 1150)]
    assert 2 <= sum("38;2;141" in frame for frame in sent) <= 4


def test_a_line_with_a_wide_character_is_sent_whole() -> None:
    frames = LeanFrames()
    frames.render(line_update("漢字 1"), CONSOLE)
    assert "漢字 2" in frames.render(line_update("漢字 2"), CONSOLE)


def as_the_c_library(character: str) -> int:
    """A vowel sign of Indian scripts takes a cell."""
    return 0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else max(1, wcwidth(character))


def as_unicode_joins(character: str) -> int:
    """It takes none."""
    return 0 if unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf") else wcwidth(character)


def line_on(width: Callable[[str], int], frame: str) -> list[str]:
    """The cells of the first line of a terminal that measures characters by ``width``, full of x before ``frame``."""
    cells, x = ["x"] * 40, 0
    for sequence in re.finditer(r"\x1b\[([0-9;]*)([A-Za-z])|(.)", frame):
        count, end, character = sequence.groups()
        if end == "m":
            continue
        if end:
            cells_moved = int(count or 1)
            x = {"H": 0, "G": cells_moved - 1, "C": x + cells_moved, "D": x - cells_moved}[end]
        elif character == "\r":
            x = 0
        elif cells_taken := width(character):
            cells[x : x + cells_taken] = [character, *[""] * (cells_taken - 1)]
            x = min(x + cells_taken, 39)  # behind the last cell, the cursor is still on it
        else:
            cells[x - 1] += character
    return cells


@pytest.mark.parametrize("at_the_edge", [False, True])
@pytest.mark.parametrize("width", [as_the_c_library, as_unicode_joins])
@pytest.mark.parametrize("room", [0, 1, 9], ids=["full", "a blank", "blanks"])
@pytest.mark.parametrize(
    "text", ["पाठ्यक्रम", "/hi/पाठ्यक्रम/सहायता", "தமிழ் மொழி", "বাংলা", "🇩🇪 Köln 🇫🇷", "🪿 é", "漢字 ガイド", "ไทยน้ำ"]
)
def test_what_follows_text_that_terminals_measure_differently_stays_in_its_column(
    text: str, room: int, width: Callable[[str], int], *, at_the_edge: bool
) -> None:
    padded = text + " " * room
    after = 5 + cell_len(padded)
    style, other = Style.parse("#8d9aa8 on #1a2029"), Style.parse("dim #8d9aa8 on #1a2029")
    row = Strip([Segment("Page ", style), Segment(padded, style), Segment("|17", other), Segment("  5", style)])
    left = (40 - row.cell_length) * at_the_edge
    start = Strip([Segment("x" * left, style)])
    frame = LeanFrames().render(LayoutUpdate([[start, row]], Region(0, 0, left + row.cell_length, 1)), CONSOLE)
    cells = line_on(width, frame)
    assert "".join(cells[left + after :]) == "|17  5".ljust(40 - after - left, "x")
    assert cells[:left] == ["x"] * left
    shown = "".join(cells[left : left + after])
    if room == 9:
        assert shown.rstrip() == f"Page {text}"
    else:
        assert shown.startswith("Page ")
        assert shown.rstrip().removeprefix("Page ").removesuffix("…") in text


@pytest.mark.parametrize("width", [as_the_c_library, as_unicode_joins])
@pytest.mark.parametrize("before", ["किताबी", "किता", "कि"])
def test_what_is_typed_is_whole_and_the_cursor_is_where_the_terminal_has_it(
    before: str, width: Callable[[str], int]
) -> None:
    typed, (style, cursor) = "किताबी", (Style.parse(f"#c6ced8 on {ground}") for ground in ("#1a2029", "#62b0ff"))
    after = typed.removeprefix(before)
    at, rest = (after[:2], after[2:]) if after else (" ", "")
    pieces = [(before, style), (at, cursor), (rest, style), (" " * 9, style), ("0 of 9", Style.parse("dim"))]
    row = Strip([Segment(text, look) for text, look in pieces if text])
    frame = LeanFrames().render(LayoutUpdate([[row]], Region(0, 0, row.cell_length, 1)), CONSOLE)
    shown = "".join(line_on(width, frame)).rstrip("x")
    assert shown.split() == [typed, "0", "of", "9"]
    drawn = re.sub(r"\x1b\[[0-9;]*[A-Z]|\x1b\[m", "", frame)
    assert re.search(rf"{before}\x1b\[[0-9;]*48;2;98;176;255m{at}\x1b", drawn + "\x1b")


@pytest.mark.parametrize("width", [as_the_c_library, as_unicode_joins])
@pytest.mark.parametrize("blanks", [1, 2])
def test_blanks_are_typed_before_the_cursor(blanks: int, width: Callable[[str], int]) -> None:
    style, cursor = (Style.parse(f"#c6ced8 on {ground}") for ground in ("#1a2029", "#62b0ff"))
    pieces = [("किताबी" + " " * blanks, style), (" ", cursor), (" " * 9, style), ("0 of 9", Style.parse("dim"))]
    row = Strip([Segment(text, look) for text, look in pieces])
    frame = LeanFrames().render(LayoutUpdate([[row]], Region(0, 0, row.cell_length, 1)), CONSOLE)
    assert "".join(line_on(width, frame)).rstrip("x").split() == ["किताबी", "0", "of", "9"]
    assert re.search(rf"किताबी {{{blanks}}}\x1b\[[0-9;]*48;2;98;176;255m ", frame)


@pytest.mark.parametrize("width", [as_the_c_library, as_unicode_joins])
def test_the_blanks_behind_a_bar_are_room_too(width: Callable[[str], int]) -> None:
    bar, style = (Style.parse(f"#c6ced8 on {ground}") for ground in ("#1d3048", "#10141a"))
    row = Strip([Segment("/hi/सहायता", bar), Segment("        ", style), Segment("17", style)])
    frame = LeanFrames().render(LayoutUpdate([[row]], Region(0, 0, row.cell_length, 1)), CONSOLE)
    assert "".join(line_on(width, frame)).rstrip("x").split() == ["/hi/सहायता", "17"]


def whole(*texts: str) -> LayoutUpdate:
    style = Style.parse("#8d9aa8 on #1a2029")
    strips = [Strip([Segment(text, style)]) for text in texts]
    return LayoutUpdate([strips], Region(0, 0, sum(map(len, texts)), 1))


def test_of_a_new_layout_only_the_changed_cells_are_sent() -> None:
    frames = LeanFrames()
    frames.render(whole("Visits ", "2318 today"), CONSOLE)
    assert frames.render(whole("Visits 2318 ", "today"), CONSOLE) == ""
    assert frames.render(whole("Visits ", "2319", " today"), CONSOLE) == "\x1b[11G9"
    assert frames.render(line_update("Visits 2320 today"), CONSOLE) == "\x1b[2D20"


def test_a_part_with_a_wide_character_is_not_cut_by_a_new_layout() -> None:
    frames = LeanFrames()
    frames.render(LayoutUpdate([[Strip([Segment("漢字 1")])]], Region(0, 0, 6, 1)), CONSOLE)
    sent = frames.render(
        LayoutUpdate([[Strip([Segment("漢")]), Strip([Segment("字 1")])]], Region(0, 0, 6, 1)), CONSOLE
    )
    assert "漢" in sent
    assert "字 1" in sent


def test_a_new_layout_is_sent_whole_now_and_then() -> None:
    now = 0.0
    frames = LeanFrames(lambda: now)
    frames.render(whole("Visits"), CONSOLE)
    now += WHOLE_EVERY - 1
    assert frames.render(whole("Visits"), CONSOLE) == ""
    now += 1
    assert "Visits" in frames.render(whole("Visits"), CONSOLE)


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


class Page(LeanFramesMixin, App[int]):
    """An application whose frames are written as to a terminal."""

    def compose(self) -> ComposeResult:
        yield Static("Visits", id="visits")
        yield Input(id="filter")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the application wrote."""
    texts: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    monkeypatch.setattr(HeadlessDriver, "write", lambda _driver, text: texts.append(text))
    return texts


async def test_after_a_resize_everything_is_sent_again(written: list[str]) -> None:
    app = Page()
    async with app.run_test(size=(30, 5)) as pilot:
        for _ in range(3):  # the first ones may be part of the whole frame
            app.query_one("#visits").refresh()
            await pilot.pause()
        written.clear()
        app.query_one("#visits").refresh()
        await pilot.pause()
        assert written == []
        # Two sizes soon after each other come as one event: the size is the same, and lines were cut meanwhile.
        app.post_message(events.Resize(app.size, app.size))
        await pilot.pause()
        app.query_one("#visits").refresh()
        await pilot.pause()
        assert "Visits" in "".join(written)


async def test_the_cursor_is_moved_for_text_fields_only(written: list[str]) -> None:
    app = Page()
    async with app.run_test(size=(30, 5)) as pilot:
        app.set_focus(None)
        await pilot.pause()
        app.query_one("#visits", Static).update("Visit 1")
        await pilot.pause()
        written.clear()
        app.query_one("#visits", Static).update("Visit 2")
        await pilot.pause()
        assert written == ["\x1b[D2"]
        app.query_one("#filter").focus()
        await pilot.press("a")
        app.query_one("#filter").refresh()
        await pilot.pause()
        screen = pyte.Screen(30, 5)
        stream = pyte.Stream(screen)
        for text in written:
            stream.feed(text)
        assert (screen.cursor.x, screen.cursor.y) == app.cursor_position
