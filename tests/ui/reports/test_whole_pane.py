"""One pane of a report screen alone, and all of them again."""

from __future__ import annotations

from tests.ui.reports.sectioning import reports

SIZE = (160, 40)


async def test_the_report_alone_has_all_lines_and_all_panes_come_back() -> None:
    async with reports(size=SIZE) as stage:
        assert "Reports" in stage.text
        assert "page25" not in stage.text
        await stage.press("Z")
        assert "Reports" not in stage.text
        assert "page25" in stage.text
        assert "Pages" in stage.lines[0]
        assert "⏎ open" in stage.lines[-1]
        before = stage.transport.calls[:]
        await stage.press("Z")
        assert "Reports" in stage.text
        assert "page25" not in stage.text
        assert stage.transport.calls == before


async def test_the_chart_alone_and_escape_leads_back() -> None:
    async with reports(size=SIZE) as stage:
        await stage.press("shift+tab", "Z")
        assert "Pageviews" in stage.text
        assert "page1 " not in stage.text
        assert "Reports" not in stage.text
        await stage.press("escape")
        assert "Reports" in stage.text
        assert stage.section.request is not None


async def test_a_report_opened_from_the_list_alone_has_its_neighbours() -> None:
    async with reports(size=SIZE) as stage:
        await stage.press("l", "Z")
        assert "Page titles" in stage.text
        assert "page1" not in stage.text
        await stage.press("enter")
        assert "page1" in stage.text
        assert "Reports" in stage.text
        await stage.press("Z", "l")
        assert "Page titles" in stage.text


async def test_a_terminal_that_becomes_too_small_shows_the_notice() -> None:
    async with reports(size=SIZE) as stage:
        await stage.press("Z")
        await stage.pilot.resize_terminal(50, 12)
        await stage.settle()
        assert "needs" in stage.text
        await stage.pilot.resize_terminal(*SIZE)
        await stage.settle()
        assert "page1" in stage.text


async def test_a_section_with_a_single_pane_says_so() -> None:
    async with reports(section="V", size=SIZE) as stage:
        await stage.press("Z")
        assert "no panes to choose from" in stage.text
