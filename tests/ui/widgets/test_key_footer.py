"""The footer fills by width, names the way out at every size, and nothing that a key would type."""

from __future__ import annotations

import pytest

from tests.ui import snapshots
from tests.ui.conftest import stage, until


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_leaving_and_help_are_named_at_every_size(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size) as on:
        assert on.lines[-1].endswith("^q quit  ? help")
        assert "⏎ open" in on.lines[-1]


async def test_there_is_more_in_a_wider_footer() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        for words in ("s site", "y copy", "+ faster", "- slower"):
            assert words in on.lines[-1]
        await on.pilot.resize_terminal(200, 60)
        await on.pilot.pause()
        for words in ("+ faster", "- slower", "tab next pane", "t theme", "^p palette"):
            assert words in on.lines[-1]


async def test_the_way_out_of_narrowing_comes_first_while_narrowed() -> None:
    async with stage(snapshots.busy()) as on:
        assert "everybody" not in on.lines[-1]
        on.app.live.narrow("countryCode==de", "Germany")
        await until(on.pilot, lambda: on.lines[-1].startswith(" F everybody"))
        await on.pilot.press("F")
        await until(on.pilot, lambda: "everybody" not in on.lines[-1])


async def test_while_typing_a_filter_the_footer_says_how_to_keep_and_to_clear_it() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("slash")
        await until(on.pilot, lambda: "⏎ keep  esc clear" in on.lines[-1])
        for words in ("faster", "Copy selected", "next pane"):
            assert words not in on.lines[-1]
