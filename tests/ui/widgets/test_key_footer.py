"""The footer fills by width, names the way out at every size, and nothing that a key would type."""

from __future__ import annotations

import pytest

from matomo_tui.ui.widgets.key_footer import KeyFooter
from tests.ui import snapshots
from tests.ui.conftest import stage, until
from tests.ui.reports.sectioning import matomo, reports
from tests.ui.reports.test_section_rows import evolution


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_leaving_and_help_are_named_at_every_size(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size) as on:
        assert on.lines[-1].endswith("^q quit  ? help")
        assert "⏎ open" in on.lines[-1]


@pytest.mark.parametrize("section", ["2", "3"])
async def test_a_report_names_its_date_comparison_and_export_at_80_columns(section: str) -> None:
    async with reports(section=section) as stage:
        assert stage.lines[-1].endswith("d date  c compare  e export  ^q quit  ? help")


async def test_the_keys_to_the_period_before_and_after_are_one_item_and_a_click_presses_either() -> None:
    async with reports(section="2", size=(120, 40)) as stage:
        assert "  [ ] period  " in stage.lines[-1]
        at = stage.lines[-1].index("[ ] period")
        today = "Sun 22 Nov 2026"
        assert today in stage.lines[0]
        await stage.pilot.click(KeyFooter, offset=(at, 0))
        await stage.settle()
        assert "Sat 21 Nov 2026" in stage.lines[0]
        await stage.pilot.click(KeyFooter, offset=(at + 2, 0))
        await stage.settle()
        assert today in stage.lines[0]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_way_back_from_a_row_over_time_is_named_at_every_size_and_sections_do_not_read_like_figures(
    size: tuple[int, int],
) -> None:
    served = matomo()
    served.answers["API.getRowEvolution"] = evolution
    async with reports(served, size=size) as stage:
        await stage.press("down", "g")
        assert stage.lines[-1].endswith("  esc back  ^q quit  ? help")
        assert "2 visits" not in stage.lines[-1]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_way_back_from_a_visit_is_named_at_every_size(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size) as on:
        await on.pilot.press("enter")
        await until(on.pilot, lambda: "Visit " in on.lines[1])
        await until(on.pilot, lambda: on.lines[-1].endswith("  esc back  ^q quit  ? help"))


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
