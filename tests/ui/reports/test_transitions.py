"""Before and after a page, as recorded; walking on, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from matomo_tui.api.errors import TimedOut, Unreachable
from matomo_tui.ui.reports.transitions import PageName, TransitionsScreen
from tests.recorded import load, refusal
from tests.reports.matomo import ReportMatomo
from tests.ui import snapshots
from tests.ui.cases import SIZES, case
from tests.ui.conftest import until
from tests.ui.reports.reporting import Look, look, report_context

PRODUCTS = PageName("url", "https://shop.example/products")


def recorded() -> Any:
    (found,) = [e.json for e in load("more") if e.method.startswith("Transitions.")]
    return found


@asynccontextmanager
async def around(
    answer: Any = None, page: PageName = PRODUCTS, size: tuple[int, int] = (120, 30)
) -> AsyncIterator[tuple[Look, ReportMatomo]]:
    answer = recorded() if answer is None else answer
    served = ReportMatomo(Transitions__getTransitionsForPageUrl=answer, Transitions__getTransitionsForPageTitle=answer)
    async with look(over=TransitionsScreen(report_context(served), page), size=size) as found:
        yield found, served


def pages(served: ReportMatomo) -> list[str]:
    return [call.get("pageUrl", call.get("pageTitle", "")) for call in served.calls]


async def test_the_page_stands_between_what_came_before_and_after() -> None:
    async with around() as (found, served):
        for size in SIZES:
            with case(size):
                await found.resize(*size)
                assert pages(served) == ["https://shop.example/products"]
                assert "Shop › Before and after › /products" in found.app.lines[0]
                for words in ("/docs/install", "Direct entries", "Left the site", "Visits begun here"):
                    assert words in found.text
                assert "16" in found.line("Pageviews")
                assert "50 %" in found.line("Visits begun here")
                assert "/日本語/ガイド" in found.text, "addresses are read as people write them"
                titles = found.line("Before ─")
                assert titles.index("Before") < size[0] // 2 <= titles.index("After")


async def test_enter_walks_on_and_escape_back_to_where_it_began() -> None:
    async with around() as (found, served):
        await found.press("enter")
        assert pages(served)[-1] == "https://shop.example/docs/install"
        assert "› /docs/install" in found.app.lines[0]
        await found.press("right", "down", "enter")
        assert pages(served)[-1] == "https://shop.example/"
        await found.press("escape")
        assert "› /docs/install" in found.app.lines[0]
        await found.press("backspace")
        assert "› /products" in found.app.lines[0]
        await found.press("escape")
        assert found.app.answers == [None]


async def test_what_is_no_page_leads_nowhere() -> None:
    async with around() as (found, served):
        await found.press("end", "enter")
        assert len(pages(served)) == 1


async def test_titles_are_asked_for_as_the_server_has_them() -> None:
    async with around(page=PageName("title", " API reference")) as (found, served):
        assert pages(served) == [" API reference"]
        assert "› API reference" in found.app.lines[0]
        await found.press("enter")
        assert pages(served)[-1] == "shop.example/docs/install"


async def test_a_page_that_nobody_saw_gets_matomos_sentence() -> None:
    answers: list[Any] = [refusal("No data for this page &amp; period."), recorded()]
    async with around(lambda _call: answers.pop(0)) as (found, _):
        assert "No data for this page & period." in found.text
        await found.press("r")
        assert "/docs/install" in found.text


async def test_a_page_with_no_way_in_or_out_says_so() -> None:
    async with around({"pageMetrics": {"pageviews": 1, "entries": 0, "exits": 0, "loops": 1}}) as (found, _):
        assert "No previous pages" in found.text
        assert "No following pages" in found.text


async def test_figures_of_the_page_before_neither_wait_under_this_one_nor_stay_once_it_failed() -> None:
    async with around() as (found, served):
        gate = served.gate = asyncio.Event()
        await found.pilot.press("enter", "r")
        await until(found.pilot, lambda: "Pageviews" not in found.text, 4)
        assert "› /docs/install" in found.app.lines[0]
        assert "Direct entries" not in found.text
        served.answers = dict.fromkeys(served.answers, Unreachable("Nobody is there."))
        gate.set()
        await found.settle()
        assert "Nobody is there." in found.text
        assert "refresh failed" not in found.text
        for words in ("Pageviews", "Direct entries", "Left the site"):
            assert words not in found.text


@pytest.mark.parametrize("keys", [["enter"], ["enter", "r"]], ids=["asked once", "asked again"])
async def test_the_cursor_begins_at_the_first_page_beside_the_next_one(keys: list[str]) -> None:
    async with around() as (found, served):
        gate = served.gate = asyncio.Event()
        await found.pilot.press("down", *keys)
        gate.set()
        await found.settle()
        await found.press("enter")
        assert pages(served)[-1] == "https://shop.example/docs/install"


async def test_a_page_that_fails_to_load_again_keeps_its_figures_and_that_nothing_came_before_it() -> None:
    answers: list[Any] = [{**recorded(), "previousPages": [], "previousSiteSearches": [], "referrers": []}]
    async with around(lambda _call: answers.pop() if answers else Unreachable("Nobody is there.")) as (found, _):
        await found.press("r")
        assert "refresh failed: Nobody is there" in found.text
        for words in ("Pageviews", "No previous pages", "Left the site"):
            assert words in found.text


async def test_hostile_labels_are_plain_text() -> None:
    hostile = {**recorded(), "previousPages": [{"label": "shop.example/[/]%1B%5B2J\x1b[31m", "referrals": 3}]}
    async with around(hostile) as (found, _):
        assert "/[/]" in found.text
        assert "\x1b" not in found.text


async def test_what_failed_comes_with_the_live_figures_whose_state_the_header_says() -> None:
    answers: list[Any] = [TimedOut("No answer within 120 seconds."), recorded()]
    async with around(lambda _call: answers.pop(0)) as (found, _):
        screen = found.app.screen
        assert isinstance(screen, TransitionsScreen)
        assert "No answer within 120 seconds." in found.text
        screen.show_live(snapshots.stale())
        await found.settle()
        assert "◌ stale" in found.app.lines[0]
        assert len(answers) == 1
        screen.show_live(snapshots.busy())
        await found.settle()
        assert "● live" in found.app.lines[0]
        assert "/docs/install" in found.text
