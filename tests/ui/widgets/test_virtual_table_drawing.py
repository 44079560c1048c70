"""The virtual table draws only what changed, asks only for what is in view, and fills every line."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from matomo_tui import sanitize
from matomo_tui.ui.drawing.glyphs import ASCII
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from tests.ui.snapshots import HOSTILE
from tests.ui.widgets.tables import Endless, cursor_line, keys_on_screen, row, rows, table_of

pytestmark = pytest.mark.usefixtures("painted")

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


async def test_a_cell_that_a_row_lacks_is_empty() -> None:
    async with table_of(rows(0, 1), header=True) as (app, pilot, table):
        table.set_rows(ListRows([Row(0, ("short",)), row(1)]))
        await pilot.pause()
        assert (app.lines[1].split(), app.lines[2].split()) == (["▸", "short"], ["row", "1", "Berlin", "1"])
        table.set_rows(ListRows([row(0), Row(1, ())]))
        await pilot.pause()
        assert app.lines[2] == ""


async def test_moving_the_cursor_draws_two_lines() -> None:
    async with table_of(rows(*range(20))) as (_, pilot, table):
        await pilot.press("down")
        await pilot.pause()
        table.redrawn.clear()
        await pilot.press("down")
        await pilot.pause()
        assert table.lines_redrawn == {1, 2}


async def test_rows_above_the_view_draw_nothing_in_it() -> None:
    async with table_of(rows(*range(40)), follow="start") as (_, pilot, table):
        await pilot.press(*["down"] * 15)
        await pilot.pause()
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
        assert app.lines[3].split() == ["…", "4", "…", "…"]
        await pilot.press("end")
        await pilot.pause()
        assert app.lines[5].split()[-4:] == ["…", "1,000", "…", "…"]
        assert table.cursor_key is None, "nothing to choose before it is there"
        table.action_select()
        provider.loaded = range(1_000)
        table.rows_changed()
        await pilot.pause()
        assert table.cursor_key == 999
        assert not [event for event in app.heard if isinstance(event, VirtualTable.Selected)]
        assert keys_on_screen(app)[-1] == 999


async def test_scrolling_through_rows_that_are_not_loaded_shows_how_far_one_is() -> None:
    provider = Endless(100_000, loaded=range(0))
    async with table_of(provider, size=(60, 5)) as (app, pilot, _table):
        for first in (1, 6, 11):
            assert [line.split()[-3] for line in app.lines[:5]] == [str(first + at) for at in range(5)]
            await pilot.press("pagedown")
            await pilot.pause()
        await pilot.press("home")
        await pilot.pause()
        assert app.lines[4].split() == ["…", "5", "…", "…"]


@pytest.mark.parametrize("size", [(12, 5), (30, 8), (80, 24), (200, 60)])
async def test_every_line_is_exactly_as_wide_as_the_table(size: tuple[int, int]) -> None:
    words = [
        sanitize.sanitize(HOSTILE),
        "日本語ガイド" * 9,
        "👨‍👩‍👧‍👦 family",
        "e\u0301\u0301\u0301\u0301",
        "🇩🇪🇫🇷",
        "",
        "a" * 300,
    ]
    provider = ListRows([row(key, name=sanitize.sanitize(one)) for key, one in enumerate(words)])
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
        app.use_theme("light" if theme == "dark" else "dark")
        await pilot.pause()
        app.use_theme(theme)
        await pilot.pause()
        after = table.render_line(1)
        assert [segment.style for segment in after] == [segment.style for segment in table.render_line(2)]
        assert ([s.style for s in before] == [s.style for s in after]) == (theme == "dark")
