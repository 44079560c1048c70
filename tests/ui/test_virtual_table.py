"""The virtual table: the row under the cursor stays the same row, only what changed is drawn, any length is cheap."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from textual.events import MouseScrollDown
from textual.geometry import Region
from textual.pilot import Pilot

from matomo_tui import text
from matomo_tui.ui import themes
from matomo_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.widgets.table_columns import Column
from matomo_tui.ui.widgets.table_rows import ListRows, Row, Rows
from matomo_tui.ui.widgets.virtual_table import Follow, VirtualTable
from tests.ui.host import Host
from tests.ui.snapshots import HOSTILE

COLUMNS = (
    Column("name", "Name", 8, flex=1),
    Column("city", "City", 10, hides=1),
    Column("count", "Count", 6, align="right"),
)


def row(key: int, count: int | None = None, name: str = "") -> Row[int]:
    return Row(key, (name or f"row {key}", (("Berlin", "muted"),), str(key if count is None else count)))


def rows(*keys: int) -> ListRows[int]:
    return ListRows([row(key) for key in keys])


class Endless:
    """A provider that never has more than what is asked for, and remembers that."""

    def __init__(self, length: int, loaded: range | None = None) -> None:
        self.length, self.loaded = length, loaded
        self.asked: set[int] = set()
        self.wanted: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return self.length

    def row(self, index: int) -> Row[int] | None:
        self.asked.add(index)
        return row(index) if self.loaded is None or index in self.loaded else None

    def index_of(self, key: int) -> int | None:
        return key if key < self.length else None

    def want(self, start: int, stop: int) -> None:
        self.wanted.append((start, stop))


class Watched(VirtualTable[int]):
    """Remembers what it asked to be redrawn; ``None`` is everything."""

    def __init__(self, *, header: bool = False, follow: Follow = "none") -> None:
        super().__init__(COLUMNS, header=header, follow=follow)
        self.redrawn: list[Region | None] = []

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Watched:
        self.redrawn.extend(regions or (None,))
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    @property
    def lines_redrawn(self) -> set[int]:
        assert None not in self.redrawn, "everything was redrawn"
        return {y for region in self.redrawn if region is not None for y in range(region.y, region.bottom)}


@asynccontextmanager
async def table_of(
    provider: Rows[int],
    *,
    size: tuple[int, int] = (50, 10),
    header: bool = False,
    follow: Follow = "none",
    glyphs: Glyphs = UNICODE,
) -> AsyncIterator[tuple[Host, Pilot[None], Watched]]:
    table = Watched(header=header, follow=follow)
    app = Host(table, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        table.set_rows(provider)
        table.focus()
        await pilot.pause()
        yield app, pilot, table


def keys_on_screen(app: Host) -> list[int]:
    return [int(line.split("row ")[1].split()[0]) for line in app.lines if "row " in line]


def cursor_line(app: Host, sign: str = UNICODE.cursor) -> int:
    return next(number for number, line in enumerate(app.lines) if line.startswith(sign))


# Following and staying


async def test_at_the_top_the_cursor_takes_each_newest_row() -> None:
    async with table_of(rows(*range(20)), follow="start") as (app, pilot, table):
        table.set_rows(rows(100, *range(20)))
        await pilot.pause()
        assert table.cursor_key == 100
        assert cursor_line(app) == 0
        assert keys_on_screen(app)[:2] == [100, 0]


async def test_elsewhere_the_row_under_the_cursor_stays_on_its_line() -> None:
    async with table_of(rows(*range(20)), follow="start") as (app, pilot, table):
        await pilot.press("down", "down", "down")
        for new in range(100, 112):
            table.set_rows(rows(*range(new, 99, -1), *range(20)))
            await pilot.pause()
            assert table.cursor_key == 3
            assert cursor_line(app) == 3
        assert keys_on_screen(app)[:5] == [0, 1, 2, 3, 4]


async def test_the_same_provider_changed_in_place_keeps_the_line_too() -> None:
    content = [row(key) for key in range(20)]

    class Same(ListRows[int]):
        def index_of(self, key: int) -> int | None:
            return next((place for place, one in enumerate(content) if one.key == key), None)

    provider = Same(content)
    async with table_of(provider, follow="start") as (app, pilot, table):
        await pilot.press("down", "down")
        content[:0] = [row(200), row(201)]
        table.set_rows(provider)
        await pilot.pause()
        assert (table.cursor_key, cursor_line(app)) == (2, 2)


async def test_back_at_the_top_it_follows_again() -> None:
    async with table_of(rows(*range(20)), follow="start") as (_, pilot, table):
        await pilot.press("down")
        table.set_rows(rows(100, *range(20)))
        assert not table.following
        await pilot.press("home")
        assert table.following
        table.set_rows(rows(101, 100, *range(20)))
        assert table.cursor_key == 101


async def test_a_row_that_moves_to_the_top_takes_the_cursor_along_without_following() -> None:
    async with table_of(rows(*range(20)), follow="start") as (_, pilot, table):
        await pilot.press("down", "down")
        table.set_rows(rows(2, 0, 1, *range(3, 20)))
        assert (table.cursor_key, table.cursor) == (2, 0)
        table.set_rows(rows(100, 2, 0, 1, *range(3, 20)))
        assert table.cursor_key == 2, "it was put on this row, not on the newest"


async def test_scrolled_by_the_wheel_nothing_moves_on_the_screen() -> None:
    async with table_of(rows(*range(40)), follow="start") as (app, pilot, table):
        scroll = MouseScrollDown(
            table, 3, 3, delta_x=0, delta_y=1, button=0, shift=False, meta=False, ctrl=False, screen_x=3, screen_y=3
        )
        for _ in range(5):
            app.post_message(scroll)
            await pilot.pause()
        before = keys_on_screen(app)
        assert before[0] > 0
        table.set_rows(rows(100, 101, *range(40)))
        await pilot.pause()
        assert keys_on_screen(app) == before


async def test_a_row_that_is_gone_leaves_the_cursor_on_its_line() -> None:
    async with table_of(rows(*range(20))) as (app, pilot, table):
        await pilot.press("down", "down", "down")
        table.set_rows(rows(0, 1, 2, *range(4, 20)))
        await pilot.pause()
        assert (table.cursor_key, cursor_line(app)) == (4, 3)


async def test_the_last_rows_going_away_leaves_the_cursor_on_a_row() -> None:
    async with table_of(rows(*range(20))) as (_, pilot, table):
        await pilot.press("end")
        table.set_rows(rows(0, 1))
        assert table.cursor_key == 1
        table.set_rows(rows())
        assert table.cursor_key is None
        table.set_rows(rows(7, 8))
        assert table.cursor_key == 7


async def test_following_the_end_keeps_the_newest_in_view_until_one_moves_away() -> None:
    async with table_of(rows(*range(30)), follow="end") as (app, pilot, table):
        assert table.cursor_key == 29
        table.set_rows(rows(*range(31)))
        await pilot.pause()
        assert keys_on_screen(app)[-1] == 30
        await pilot.press("up")
        table.set_rows(rows(*range(35)))
        await pilot.pause()
        assert table.cursor_key == 29
        assert keys_on_screen(app)[-1] == 30


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_comes_goes_and_moves_the_row_under_the_cursor_holds_its_line(seed: int) -> None:
    chance = random.Random(seed)
    keys = list(range(60))
    async with table_of(rows(*keys), size=(50, 12), follow="start", header=True) as (_, pilot, table):
        await pilot.press(*["down"] * 30)
        for new in range(1_000, 1_120):
            key, line = table.cursor_key, table.cursor - table.top
            for _ in range(chance.randint(0, 4)):
                keys.insert(chance.choice([0, 0, 0, chance.randrange(len(keys))]), new * 10 + len(keys))
            moved = chance.randrange(len(keys))
            keys.insert(chance.randrange(len(keys)), keys.pop(moved))
            if chance.random() < 0.5 and keys[(gone := chance.randrange(len(keys)))] != key:
                keys.pop(gone)
            table.set_rows(rows(*keys))
            assert table.cursor_key == key
            assert key is not None
            assert table.cursor == keys.index(key)
            held = table.cursor - table.top
            room = max(0, len(keys) - table.page_size)
            assert held == line or table.top in (0, room), "only an end of the table moves it"
            assert 0 <= held < table.page_size
            if chance.random() < 0.3:
                await pilot.press(chance.choice(["up", "down", "pageup", "pagedown"]))
                if table.following:
                    await pilot.press("down")


async def test_showing_the_header_leaves_the_last_row_within_reach() -> None:
    async with table_of(rows(*range(40))) as (app, pilot, table):
        table.set_header(True)
        await pilot.pause()
        await pilot.press("end")
        await pilot.pause()
        assert app.lines[0].split() == ["Name", "City", "Count"]
        assert keys_on_screen(app)[-1] == 39


# Moving


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["down"], 1),
        (["j", "j", "k"], 1),
        (["up"], 0),
        (["end"], 99),
        (["end", "down"], 99),
        (["end", "home"], 0),
        (["pagedown"], 9),
        (["pagedown", "pagedown", "pageup"], 9),
        (["end", "pageup"], 90),
    ],
)
async def test_keys_move_the_cursor_and_keep_it_in_view(keys: Sequence[str], expected: int) -> None:
    async with table_of(rows(*range(100)), header=True) as (app, pilot, table):
        await pilot.press(*keys)
        await pilot.pause()
        assert table.cursor_key == expected
        assert expected in keys_on_screen(app)


async def test_the_mouse_moves_the_cursor_and_a_double_click_chooses() -> None:
    async with table_of(rows(*range(100)), header=True) as (app, pilot, table):
        await pilot.click(table, offset=(4, 3))
        assert table.cursor_key == 2
        await pilot.click(table, offset=(4, 5), times=2)
        chosen = [event for event in app.heard if isinstance(event, VirtualTable.Selected)]
        assert [event.key for event in chosen] == [4]


async def test_a_click_on_the_header_names_its_column() -> None:
    async with table_of(rows(*range(100)), header=True) as (app, pilot, table):
        await pilot.click(table, offset=(47, 0))
        clicked = [event.column for event in app.heard if isinstance(event, VirtualTable.HeaderClicked)]
        assert clicked == ["count"]
        assert table.cursor_key == 0


async def test_a_click_below_the_last_row_does_nothing() -> None:
    async with table_of(rows(1, 2)) as (app, pilot, table):
        await pilot.click(table, offset=(4, 7), times=2)
        assert table.cursor_key == 1
        assert not [event for event in app.heard if isinstance(event, VirtualTable.Selected)]


async def test_each_change_of_the_row_under_the_cursor_is_told_once() -> None:
    async with table_of(rows(*range(5))) as (app, pilot, table):
        app.heard.clear()
        await pilot.press("down", "down")
        table.set_rows(rows(*range(5)))
        await pilot.pause()
        assert [event.key for event in app.heard if isinstance(event, VirtualTable.Highlighted)] == [1, 2]


async def test_resizing_keeps_the_cursor_in_view() -> None:
    async with table_of(rows(*range(100)), size=(50, 30)) as (app, pilot, table):
        await pilot.press(*["down"] * 25)
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert table.cursor_key == 25
        assert 25 in keys_on_screen(app)
        assert "Berlin" in app.text
        await pilot.resize_terminal(22, 8)
        await pilot.pause()
        assert "Berlin" not in app.text, "the city is the column that hides"


# Drawing


async def test_the_same_rows_again_draw_nothing() -> None:
    async with table_of(rows(*range(20))) as (_, pilot, table):
        table.redrawn.clear()
        table.set_rows(rows(*range(20)))
        await pilot.pause()
        assert table.lines_redrawn == set()


async def test_a_changed_cell_draws_that_cell_only() -> None:
    async with table_of(rows(*range(20)), header=True) as (app, pilot, table):
        table.redrawn.clear()
        changed = [row(key) for key in range(20)]
        changed[3] = row(3, count=777)
        table.set_rows(ListRows(changed))
        await pilot.pause()
        assert table.redrawn == [Region(43, 4, 6, 1)]
        assert "Berlin        777" in app.lines[4]


async def test_moving_the_cursor_draws_two_lines() -> None:
    async with table_of(rows(*range(20))) as (_, pilot, table):
        await pilot.press("down")
        table.redrawn.clear()
        await pilot.press("down")
        assert table.lines_redrawn == {1, 2}


async def test_rows_above_the_view_draw_nothing_in_it() -> None:
    async with table_of(rows(*range(40)), follow="start") as (_, pilot, table):
        await pilot.press(*["down"] * 15)
        table.redrawn.clear()
        table.set_rows(rows(100, 101, *range(40)))
        await pilot.pause()
        assert table.lines_redrawn == set()


async def test_opening_and_moving_in_a_long_table_asks_for_little_more_than_is_in_view() -> None:
    provider = Endless(500_000)
    async with table_of(provider, size=(80, 20)) as (app, pilot, table):
        await pilot.press("end")
        await pilot.pause()
        assert table.cursor_key == 499_999
        assert keys_on_screen(app)[-1] == 499_999
        assert len(provider.asked) <= 2 * 20
        assert provider.wanted[-1] == (499_980, 500_000)


async def test_rows_that_are_not_loaded_are_placeholders_until_they_are() -> None:
    provider = Endless(1_000, loaded=range(3))
    async with table_of(provider, size=(60, 6)) as (app, pilot, table):
        assert keys_on_screen(app) == [0, 1, 2]
        assert app.lines[3].split() == ["…", "…", "…"]
        await pilot.press("end")
        assert table.cursor_key is None, "nothing to choose before it is there"
        table.action_select()
        provider.loaded = range(1_000)
        table.rows_changed()
        await pilot.pause()
        assert table.cursor_key == 999
        assert not [event for event in app.heard if isinstance(event, VirtualTable.Selected)]
        assert keys_on_screen(app)[-1] == 999


@pytest.mark.parametrize("size", [(12, 5), (30, 8), (80, 24), (200, 60)])
async def test_every_line_is_exactly_as_wide_as_the_table(size: tuple[int, int]) -> None:
    words = [
        text.clean(HOSTILE),
        "日本語ガイド" * 9,
        "👨‍👩‍👧‍👦 family",
        "e\u0301\u0301\u0301\u0301",
        "🇩🇪🇫🇷",
        "",
        "a" * 300,
    ]
    provider = ListRows([row(key, name=text.clean(one)) for key, one in enumerate(words)])
    async with table_of(provider, size=size, header=True) as (_, pilot, table):
        for _ in words:
            await pilot.press("down")
            width = table.scrollable_content_region.width
            lengths = {table.render_line(y).cell_length for y in range(table.size.height)}
            assert lengths == {width}


async def test_the_header_names_the_columns_and_marks_the_sorted_one() -> None:
    async with table_of(rows(1, 2), header=True) as (app, pilot, table):
        assert app.lines[0].split() == ["Name", "City", "Count"]
        table.set_sort("count", descending=True)
        await pilot.pause()
        assert app.lines[0].split() == ["Name", "City", "▼", "Cou…"]


async def test_an_empty_table_says_its_sentence() -> None:
    async with table_of(rows()) as (app, pilot, table):
        table.set_empty_text("Nobody here")
        await pilot.pause()
        assert app.lines[0] == "  Nobody here"
        table.set_rows(rows(1))
        await pilot.pause()
        assert "Nobody" not in app.text


async def test_ascii_glyphs_only_where_they_are_asked_for() -> None:
    long = ListRows([row(1, name="a" * 100), row(2)])
    async with table_of(long, glyphs=ASCII) as (app, _, _table):
        assert app.text.isascii()
        assert cursor_line(app, ASCII.cursor) == 0


@pytest.mark.parametrize("theme", ["dark", "light", "ansi-dark", "ansi-light"])
async def test_another_theme_draws_in_its_own_colours_at_once(theme: str) -> None:
    async with table_of(rows(*range(5))) as (app, pilot, table):
        before = table.render_line(1)
        app.theme = themes.initial("light" if theme == "dark" else "dark", sixteen=False)
        await pilot.pause()
        app.theme = themes.initial(theme, sixteen=False)
        await pilot.pause()
        after = table.render_line(1)
        assert [segment.style for segment in after] == [segment.style for segment in table.render_line(2)]
        assert ([s.style for s in before] == [s.style for s in after]) == (theme == "dark")
