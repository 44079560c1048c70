"""The virtual table: the row under the cursor stays the same row; keys and mouse move the cursor."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from textual.events import MouseScrollDown

from matomo_tui.ui.widgets.table.rows import ListRows
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from tests.ui.widgets.tables import cursor_line, keys_on_screen, row, rows, table_of

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


async def test_without_holding_the_line_the_view_scrolls_only_to_keep_the_cursor_visible() -> None:
    async with table_of(rows(*range(20)), follow="start", hold_line=False) as (app, pilot, table):
        await pilot.press("down", "down", "down")
        table.set_rows(rows(100, 101, *range(20)))
        await pilot.pause()
        assert (table.cursor_key, cursor_line(app)) == (3, 5)
        assert keys_on_screen(app)[:3] == [100, 101, 0]
        table.set_rows(rows(*range(100, 112), *range(20)))
        await pilot.pause()
        assert (table.cursor_key, cursor_line(app)) == (3, 9)
        table.set_rows(rows(3, 4))
        await pilot.pause()
        assert (table.cursor_key, cursor_line(app)) == (3, 0)


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
