"""``esc`` from a report that was opened from a list: one step back leads to that list."""

from __future__ import annotations

import pytest

from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.palette_dialog import PaletteDialog
from matomo_tui.ui.reports.movers import ChangedPane
from tests.ui.conftest import until
from tests.ui.reports.sectioning import Reports, matomo, reports
from tests.ui.reports.test_goals_screen import served
from tests.ui.reports.test_movers import insightful

SIZES = [(80, 24), (120, 40), (200, 60)]


async def by_name(stage: Reports, name: str) -> None:
    """Open a report by its name, in the palette."""
    await stage.press("ctrl+p", *name)
    await until(stage.pilot, lambda: any(line.strip(" │▸").startswith(name) for line in stage.lines))
    assert isinstance(stage.app.screen, PaletteDialog)
    await stage.press("enter")


@pytest.mark.parametrize("key", ["escape", "5"])
async def test_an_opened_goal_leads_back_to_the_goals_with_the_cursor_on_it(key: str) -> None:
    async with reports(served(), section="5", size=(120, 40)) as stage:
        await stage.press("down", "enter")
        assert "Goals › Goal Checkout" in stage.lines[0]
        await stage.press(key)
        assert "Goals › Goal" not in stage.lines[0]
        await stage.press("enter")
        assert "Goals › Goal Checkout" in stage.lines[0]
        await stage.press("1", "5")
        assert "Goals › Goal Checkout" in stage.lines[0]
        await stage.press("escape", "escape")
        assert isinstance(stage.app.screen, LiveScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_a_report_of_what_changed_leads_back_to_what_changed(size: tuple[int, int]) -> None:
    async with reports(insightful(), section="0", size=size) as stage:
        await stage.press("enter")
        assert "Pages › Page URLs" in stage.lines[0]
        await stage.press("left_square_bracket", "escape")
        assert "What changed · Sat 21 Nov 2026" in stage.lines[0]
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)


async def test_a_report_that_was_gone_to_by_its_key_leads_back_to_live() -> None:
    async with reports(insightful(), section="0", size=(120, 40)) as stage:
        await stage.press("enter", "2", "3")
        assert "Pages › Page URLs" in stage.lines[0]
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["escape", "7"])
async def test_a_report_of_all_reports_leads_back_to_their_list(key: str, size: tuple[int, int]) -> None:
    async with reports(matomo(), section="7", size=size) as stage:
        await stage.press("slash", *"page titles", "enter", "enter")
        assert "All reports › Page titles" in stage.lines[0]
        assert stage.app.focused is not stage.section.list_pane.table
        await stage.press(key)
        assert stage.app.focused is stage.section.list_pane.table
        await stage.press("enter")
        assert stage.app.focused is not stage.section.list_pane.table
        await stage.press("escape", "escape", "escape")
        assert isinstance(stage.app.screen, LiveScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_a_report_opened_by_its_name_is_in_front_and_esc_shows_the_list_that_it_is_one_of(
    size: tuple[int, int],
) -> None:
    async with reports(matomo(), section="3", size=size) as stage:
        await by_name(stage, "Country")
        assert "All reports › Country" in stage.lines[0]
        assert stage.app.focused is stage.section.shown_pane.table
        await stage.press("l")
        assert stage.app.focused is stage.section.list_pane.table
        await stage.press("escape")
        assert stage.app.focused is stage.section.shown_pane.table
        await stage.press("escape")
        assert stage.app.focused is stage.section.list_pane.table
        await stage.press("1")
        await by_name(stage, "Country")
        assert stage.app.focused is stage.section.shown_pane.table, "also in place of the list that was left"
        await stage.press("escape", "escape")
        assert isinstance(stage.app.screen, LiveScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_a_report_of_what_changed_among_all_reports_is_in_front_and_leads_back(size: tuple[int, int]) -> None:
    async with reports(insightful(), section="0", size=size) as stage:
        stage.section.post_message(ChangedPane.Opened("Country"))
        await stage.settle()
        assert "All reports › Country" in stage.lines[0]
        assert stage.app.focused is stage.section.shown_pane.table
        await stage.press("escape")
        assert "What changed" in stage.lines[0]
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)
