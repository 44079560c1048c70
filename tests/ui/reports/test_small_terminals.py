"""A section in a terminal that is too small for it says so, and how to get out, whatever it was shown in before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.reports.dialogs.segment_dialog import SegmentDialog
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog
from tests.reports.matomo import ReportMatomo
from tests.ui.reports.sectioning import Reports, matomo, reports
from tests.ui.reports.test_all_sites import many
from tests.ui.reports.test_goals_screen import served
from tests.ui.reports.test_movers import insightful

SECTIONS: dict[str, Callable[[], ReportMatomo]] = {
    "2": matomo,
    "3": matomo,
    "7": matomo,
    "8": many,
    "0": insightful,
    "V": matomo,
}


def words(stage: Reports) -> str:
    return " ".join(stage.text.split())


@pytest.mark.parametrize("key", SECTIONS)
async def test_a_section_that_was_shown_before_the_terminal_shrank_names_both_sizes(key: str) -> None:
    async with reports(SECTIONS[key](), section=key, size=(200, 60)) as stage:
        title = stage.section.section.title
        await stage.press("1")
        await stage.resize(60, 15)
        await stage.press(key)
        assert f"The section {title} needs 72×20; this is 60×15. 1 shows Live." in words(stage)
        assert title[:6] in stage.lines[0]
        assert "? help" in stage.lines[-1]
        await stage.resize(58, 14)
        assert "this is 58×14." in words(stage)
        await stage.resize(200, 60)
        assert "needs" not in stage.lines[30]
        await stage.resize(60, 15)
        assert "this is 60×15." in words(stage)
        await stage.press("1")
        assert isinstance(stage.app.screen, LiveScreen)


async def test_a_section_that_is_opened_in_a_small_terminal_names_both_sizes() -> None:
    async with reports(section="3", size=(60, 15)) as stage:
        assert "The section Pages needs 72×20; this is 60×15. 1 shows Live." in words(stage)
        await stage.press("z", "o", "down", "enter")
        assert stage.lines[0].startswith(" Shop › 3 Pages › Page URLs ·"), "rows that are not to be seen have no keys"
        assert stage.app.focused is None
        await stage.resize(80, 24)
        assert "page0" in stage.text
        assert stage.app.focused is stage.section.shown_pane.table
        await stage.resize(60, 15)
        await stage.press("enter", "z", "S")
        assert isinstance(stage.app.screen, SegmentDialog)
        assert "f2 save" in stage.lines[-1], "a dialog is to be seen"


async def test_a_goal_that_is_not_to_be_seen_leads_to_live_in_one_step() -> None:
    async with reports(served(), section="5", size=(120, 40)) as stage:
        await stage.press("down", "enter")
        assert "Goals › Goal Checkout" in stage.lines[0]
        await stage.resize(60, 15)
        await stage.press("5")
        assert "Goal Checkout" in stage.lines[0]
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)


@pytest.mark.parametrize("size", [(71, 30), (40, 12)])
async def test_keys_of_a_report_that_is_not_to_be_seen_are_not_offered_and_say_so(size: tuple[int, int]) -> None:
    async with reports(section="3", size=(120, 40)) as stage:
        await stage.resize(*size)
        assert "compare" not in stage.lines[-1]
        assert "export" not in stage.lines[-1]
        assert stage.lines[-1].endswith("^q quit  ? help")
        for key in ("c", "e", "i", "Z"):
            await stage.press(key)
            assert stage.app.screen is stage.section, key
        assert "too small" in words(stage)
        await stage.resize(120, 40)
        assert "c compare  e export" in stage.lines[-1]
        await stage.press("c")
        assert isinstance(stage.app.screen, ChoiceDialog)


async def test_l_and_esc_leave_what_is_not_to_be_seen_as_it_is() -> None:
    async with reports(section="3", size=(80, 24)) as stage:
        await stage.press("slash", *"page1", "enter")
        await stage.resize(60, 15)
        await stage.press("l", "escape")
        assert isinstance(stage.app.screen, LiveScreen)
        await stage.press("3")
        await stage.resize(80, 24)
        assert stage.app.focused is stage.section.shown_pane.table
        assert "/ page1" in stage.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("keys", [("slash",), ("l", "slash")])
async def test_a_search_goes_on_when_the_terminal_is_large_enough_again(
    keys: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with reports(section="3", size=size) as stage:
        await stage.press(*keys, *"pa")
        await stage.resize(60, 15)
        await stage.resize(58, 15)
        assert stage.app.focused is None
        await stage.resize(*size)
        await stage.press(*"ge")
        assert "/ page" in stage.text
