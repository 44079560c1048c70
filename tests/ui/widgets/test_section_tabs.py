"""The sections stand permanently: as a line from 120 columns on, by number in the breadcrumbs below."""

from __future__ import annotations

import pytest

from tests.ui import snapshots
from tests.ui.conftest import Stage, stage, until
from tests.ui.reports.sectioning import reports


async def click_tab(on: Stage, words: str) -> None:
    (tabs,) = on.app.screen.query("SectionTabs")
    await on.pilot.click("SectionTabs", offset=(on.lines[tabs.region.y].index(words) + 1, 0))
    await on.pilot.pause()


async def test_the_open_section_is_marked_and_a_click_opens_another() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        assert " 1 live  2 visits  3 pages  4 referrers " in on.lines[-2]
        await click_tab(on, "3 pages")
        await until(on.pilot, lambda: on.app.screen is not on.app.live)
        assert "3 pages" in on.lines[-2]
        await click_tab(on, "1 live")
        await until(on.pilot, lambda: on.app.screen is on.app.live)


async def test_only_what_can_be_opened_is_there() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        assert "9 admin" in on.lines[-2]
        assert on.app.session is not None
        on.app.access_changed(on.app.session.access.__class__(sites={1: "view"}))
        await until(on.pilot, lambda: "9 admin" not in on.lines[-2] and "8 sites" not in on.lines[-2])


async def test_the_keys_are_those_of_the_key_map() -> None:
    async with stage(snapshots.busy(), (120, 40), keymap={"app.section.pages": "P"}) as on:
        assert " P pages " in on.lines[-2]


@pytest.mark.parametrize("width", [80, 119])
async def test_below_that_no_line_is_lost_and_the_number_is_in_the_header(width: int) -> None:
    async with reports(size=(width, 24), live=True) as on:
        assert not on.app.screen.query("SectionTabs").first().display
        assert on.lines[0].startswith(" Shop › 3 Pages › ")
        await on.press("1")
        assert on.lines[0].startswith(" Shop  1 live ")
