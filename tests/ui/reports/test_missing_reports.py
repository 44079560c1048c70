"""What a section shows while Matomo's list of reports lacks the one that was chosen, and afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from msgspec import structs

from tests.reports.matomo import SITE
from tests.ui.reports.sectioning import Reports, matomo, reports
from tests.ui.test_unseen_screens import release


@asynccontextmanager
async def titles_that_come_and_go() -> AsyncIterator[tuple[Reports, Callable[..., None]]]:
    """The page titles, opened from the list, and what takes reports out of Matomo's list by words in their ids."""
    transport = matomo(
        Actions__getPageTitles=[{"label": " Home", "nb_visits": 7, "nb_hits": 9}],
        Referrers__getReferrerType=[{"label": "Direct Entry", "nb_visits": 5}],
    )
    everything = transport.answers["API.getReportMetadata"]

    def put(*missing: str) -> None:
        found = [entry for entry in everything if not any(word in entry["uniqueId"] for word in missing)]
        transport.answers["API.getReportMetadata"] = found

    async with reports(transport) as stage:
        await stage.press("l", "down", "enter", "O")
        assert "Page titles" in stage.lines[0]
        yield stage, put


async def test_a_section_comes_back_to_its_report_once_the_list_of_reports_has_it_again() -> None:
    async with titles_that_come_and_go() as (stage, put):
        chosen = stage.section.request
        put("Title")
        await stage.press("r")
        assert "Page URLs · Sun 22 Nov" in stage.lines[0]
        await stage.press("4", "3", "left_square_bracket", "r")
        assert "Page URLs · Sat 21 Nov" in stage.lines[0]
        await stage.press("less_than_sign")
        assert "Page URLs · Sun 22 Nov" in stage.lines[0]
        put()
        await stage.press("r")
        assert "Page titles" in stage.lines[0]
        assert stage.section.request == chosen
        assert "Home" in stage.text


@pytest.mark.parametrize("keys", [("O",), ("z",), ("l", "enter")], ids=["sorted", "opened", "chosen"])
async def test_a_section_stays_where_one_went_while_the_list_of_reports_lacked_the_one_before(
    keys: tuple[str, ...],
) -> None:
    async with titles_that_come_and_go() as (stage, put):
        put("Title")
        await stage.press("r", *keys)
        here = stage.lines[0]
        assert "Page titles" not in here
        put()
        await stage.press("r")
        assert stage.lines[0] == here


async def test_a_section_comes_back_to_its_report_after_there_was_none_at_all() -> None:
    async with titles_that_come_and_go() as (stage, put):
        put("Actions", "Content", "Visit", "Performance")
        await stage.press("r")
        assert "no reports about Pages" in stage.text
        put()
        await stage.press("r")
        assert "Page titles" in stage.lines[0]
        assert stage.section.report_pane.table.has_focus


async def test_the_cursor_of_the_list_follows_the_report_that_it_is_on_and_stays_on_any_other() -> None:
    async with titles_that_come_and_go() as (stage, put):
        table = stage.section.list_pane.table
        for keys, while_missing, afterwards in (
            ("l", "Actions_getPageUrls", "Actions_getPageTitles"),
            ("end", "PagePerformance_get", "PagePerformance_get"),
        ):
            await stage.press(keys)
            put("Title")
            await stage.press("r")
            assert (table.has_focus, table.cursor_key) == (True, while_missing)
            put()
            await stage.press("r")
            assert (table.has_focus, table.cursor_key) == (True, afterwards)


async def test_a_section_comes_back_to_its_report_after_a_site_that_lacks_it() -> None:
    async with titles_that_come_and_go() as (stage, put):
        put("Title")
        stage.section.context.follow_live(structs.replace(SITE, id=2, name="Notes"), "", "")
        await stage.settle()
        assert "Notes › Pages › Page URLs" in stage.lines[0].replace("3 Pages", "Pages")
        put()
        stage.section.context.follow_live(SITE, "", "")
        await stage.settle()
        assert "Page titles" in stage.lines[0]


async def test_a_section_that_gave_back_its_widgets_still_comes_back_to_its_report() -> None:
    async with titles_that_come_and_go() as (stage, put):
        put("Title")
        await stage.press("r", "1")
        await release(stage)
        await stage.press("3")
        assert "Page URLs" in stage.lines[0]
        put()
        await stage.press("r")
        assert "Page titles" in stage.lines[0]
