"""The mouse reaches what keys reach, and shows the whole of what is cut."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from textual.content import Content
from textual.events import MouseDown, MouseUp
from textual.widget import Widget

from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.live.site_switcher import SiteSwitcher
from matomo_tui.ui.reports.dialogs.period_dialog import PeriodDialog
from matomo_tui.ui.reports.dialogs.segment_dialog import SegmentDialog
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage, until
from tests.ui.live.feeding import LAMP, feed, only, visit
from tests.ui.reports.sectioning import matomo, reports


async def click(on: Stage, words: str, line: int | None = None) -> None:
    """Click on the first of ``words`` on the screen."""
    y = next(n for n, text in enumerate(on.lines) if words in text) if line is None else line
    await on.pilot.click(offset=(on.lines[y].index(words) + 1, y))
    await on.pilot.pause()


def tooltip(widget: Widget) -> str:
    return widget.tooltip.plain if isinstance(widget.tooltip, Content) else ""


@pytest.mark.parametrize(
    ("words", "screen"), [("Shop", SiteSwitcher), ("22 Nov", PeriodDialog), ("page is page0", SegmentDialog)]
)
async def test_a_click_on_a_crumb_does_what_its_key_does(words: str, screen: type) -> None:
    async with reports(matomo(), size=(120, 40)) as on:
        on.section.context.set_query(on.section.context.query.segmented("pageUrl==page0", "page is page0"))
        await on.settle()
        await click(on, words, 0)
        await until(on.pilot, lambda: isinstance(on.app.screen, screen))


async def test_a_click_on_the_section_leads_to_its_list_and_one_click_opens_a_report() -> None:
    async with reports(matomo(), size=(120, 40)) as on:
        await click(on, "Pages", 0)
        assert on.section.list_pane.table.has_focus
        await click(on, "Entry pages")
        await on.settle()
        assert on.section.request is not None
        assert on.section.request.report.name == "Entry pages"


async def test_a_click_on_a_crumb_leads_up() -> None:
    async with reports(matomo(), size=(120, 40)) as on:
        await on.press("z")
        assert "› page0" in on.lines[0]
        await click(on, "Page URLs", 0)
        await on.settle()
        assert on.section.request is not None
        assert not on.section.request.path


async def test_the_header_of_the_live_screen() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await click(on, "live", 0)  # the section
        assert on.poller.wishes == []
        await on.pilot.click(offset=(on.lines[0].index("● live") + 2, 0))
        await until(on.pilot, lambda: on.poller.wishes == [("pause", None)])
        await on.pilot.click(offset=(on.lines[0].index("paused") + 1, 0))
        await until(on.pilot, lambda: on.poller.wishes[-1] == ("resume", None))
        await click(on, "Shop", 0)
        await until(on.pilot, lambda: isinstance(on.app.screen, SiteSwitcher))


async def test_a_click_on_a_title_goes_to_the_pane() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await click(on, "Pages now")
        focused = on.app.screen.focused
        assert focused is not None
        assert any(pane.id == "pages" for pane in focused.ancestors)


async def test_a_click_on_the_feeds_header_opens_its_filter() -> None:
    async with stage(snapshots.busy(), (200, 60)) as on:
        table = on.app.live.query_one(FeedPane).query_one("VirtualTable")
        await on.pilot.click(table, offset=(6, 0))
        await until(on.pilot, lambda: bool(on.app.live.query_one("#feed FilterLine").display))


LEFT, MIDDLE, RIGHT = 1, 2, 3


async def test_only_the_left_button_acts() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        y = next(n for n, line in enumerate(on.lines) if "^q quit" in line)
        x = on.lines[y].index("^q quit") + 1

        async def press(button: int) -> None:
            """As the terminal does: Pilot's clicks do not pass the application."""
            for event in (MouseDown, MouseUp):
                on.app.post_message(event(None, x, y, 0, 0, button, shift=False, meta=False, ctrl=False))
            await on.pilot.pause()

        for button in (MIDDLE, RIGHT):
            await press(button)
            assert on.app.return_code is None
        await press(LEFT)
        await until(on.pilot, lambda: on.app.return_code == 0)


@pytest.mark.parametrize("end", ["x" * 70, "?mtm_source=social&mtm_medium=" + "c" * 40, "#section-" + "4" * 60])
async def test_resting_on_a_cut_cell_shows_the_whole_of_it(end: str) -> None:
    whole = f"/a-rather-long-path/{end}"
    async with reports(matomo(Actions__getPageUrls=[long_row(whole)]), size=(80, 24)) as on:
        table = on.section.report_pane.table
        line = next(n for n, text in enumerate(on.lines) if "/a-rather" in text)
        await on.pilot.hover(offset=(on.lines[line].index("/a-rather") + 2, line))
        await until(on.pilot, lambda: tooltip(table) == whole)
        await on.pilot.hover(offset=(78, line))
        await until(on.pilot, lambda: tooltip(table) == "")


async def test_a_tooltip_closes_when_new_visits_move_its_cell_from_under_the_pointer() -> None:
    cut = replace(LAMP, page_title="A lamp that is warm, round and large " * 5)
    async with feed(only(visit(id_visit=1), cut), (160, 24)) as on:
        table = on.pane.query_one(VirtualTable)
        line = next(n for n, text in enumerate(on.app.lines) if "A lamp" in text)
        await on.pilot.hover(offset=(on.app.lines[line].index("A lamp") + 2, line))
        await on.pilot.pause()
        assert tooltip(table) == cut.page_title.strip()
        await on.show(only(visit(id_visit=1, actions=9), cut))
        assert tooltip(table) == cut.page_title.strip(), "its cell is where it was"
        await on.show(only(visit(id_visit=2), visit(id_visit=1), cut))
        assert tooltip(table) == ""


def long_row(label: str) -> dict[str, object]:
    return {"label": label, "nb_hits": 5, "nb_visits": 4}
