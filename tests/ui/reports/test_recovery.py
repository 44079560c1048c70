"""Reports that failed come by themselves: once the live figures do, and else with growing delays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import structs

from matomo_tui.api.errors import MatomoError, TimedOut, Unreachable
from matomo_tui.api.transport import Response
from matomo_tui.live.snapshot import Phase
from matomo_tui.ui.widgets.retries import FIRST, RetryingScreen
from tests.recorded import Fields, refusal
from tests.reports.matomo import ReportMatomo
from tests.ui.conftest import until
from tests.ui.reports.sectioning import PAGES, Reports, matomo, reports
from tests.ui.reports.test_movers import MOVERS, recorded

AWAY = Unreachable("Nobody is there.")


class Leaving(ReportMatomo):
    """A good Matomo, but for the methods that raise an ``error``, or everything while it is ``away``."""

    def __init__(self, **tables: Any) -> None:
        good = matomo(**tables)
        super().__init__(good.tables, **{name.replace(".", "__"): answer for name, answer in good.answers.items()})
        self.away = False
        self.errors: dict[str, MatomoError] = {}

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        if self.away:
            self.requests.append([])
            raise AWAY
        return await super().post(fields, timeout=timeout)

    def _answer(self, call: dict[str, str]) -> Any:
        return self.errors.get(call["method"]) or super()._answer(call)


@asynccontextmanager
async def without_the_last_page() -> AsyncIterator[tuple[Leaving, Reports]]:
    """A long report, the end of which is looked at since Matomo is away."""
    transport = Leaving(pages=300)
    async with reports(transport) as stage:
        await publish(stage, Phase.LIVE)
        transport.away = True
        await stage.press("end")
        await until(stage.pilot, lambda: "failed, r tries again" in stage.text)
        yield transport, stage


async def publish(stage: Reports, *phases: Phase) -> None:
    """Live is in each of the phases, one after the other."""
    for phase in phases:
        live = stage.poller.snapshot
        stage.poller.publish(structs.replace(live, poll=structs.replace(live.poll, phase=phase)))
        await stage.settle()


async def wait(stage: Reports, seconds: float) -> None:
    """As if ``seconds`` passed, after which the screen looks."""
    stage.clock.at += seconds
    for screen in stage.app.screen_stack:
        if isinstance(screen, RetryingScreen):
            screen.look_at_failures()
    await stage.settle()


@pytest.mark.parametrize("section", ["2", "3", "4", "5", "6", "7", "8", "V"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_section_comes_back_with_the_server(section: str, size: tuple[int, int]) -> None:
    transport = Leaving()
    async with reports(transport, section=section, size=size) as good:
        expected = good.text
    transport.away = True
    async with reports(transport, section=section, size=size) as stage:
        assert "Nobody is there" in stage.text
        await publish(stage, Phase.STALE)
        asked = len(transport.requests)
        await wait(stage, 3600)
        assert len(transport.requests) == asked, "nothing is asked of a server that is away"
        stage.clock.at -= 3600
        transport.away = False
        await publish(stage, Phase.LIVE)
        assert stage.text == expected


async def test_a_reload_that_failed_is_made_up_for_in_all_panes() -> None:
    transport = Leaving()
    async with reports(transport, section="2", size=(120, 40)) as stage:
        transport.away = True
        await stage.press("r")
        assert stage.text.count("refresh failed") >= 2
        transport.away = False
        await publish(stage, Phase.STALE, Phase.LIVE)
        assert "refresh failed" not in stage.text


async def test_a_report_that_fails_alone_is_asked_for_again_and_nothing_else() -> None:
    transport = Leaving()
    transport.errors[PAGES] = TimedOut("No answer within 120 seconds.")
    async with reports(transport, size=(120, 40)) as stage:
        await publish(stage, Phase.LIVE)  # From now on.
        for seconds, tries in ((FIRST - 1, 0), (1, 1), (2 * FIRST - 1, 0), (1, 1), (60, 0)):
            asked = len(transport.calls)
            await wait(stage, seconds)
            assert [call["method"] for call in transport.calls[asked:]] == [PAGES] * tries
            assert "No answer within 120 seconds." in stage.text
        transport.errors.clear()
        await wait(stage, 4 * FIRST)
        assert "page0" in stage.text


async def test_pages_that_failed_come_where_they_are_missing() -> None:
    async with without_the_last_page() as (transport, stage):
        transport.away = False
        asked = len(transport.calls)
        await publish(stage, Phase.STALE, Phase.LIVE)
        await until(stage.pilot, lambda: "page299" in stage.text)
        assert {call.get("filter_offset") for call in transport.calls[asked:] if call["method"] == PAGES} == {"200"}


@pytest.mark.parametrize("phase", [Phase.STALE, Phase.STOPPED, Phase.PAUSED])
async def test_what_happens_to_the_connection_below_a_dialog_is_known(phase: Phase) -> None:
    transport = Leaving()
    transport.errors[PAGES] = TimedOut("No answer within 120 seconds.")
    async with reports(transport) as stage:
        await publish(stage, Phase.LIVE)
        await stage.press("question_mark")
        await publish(stage, phase)
        asked = len(stage.asked(PAGES))
        await wait(stage, 1000)
        await stage.press("escape")
        await wait(stage, 1000)
        assert len(stage.asked(PAGES)) == asked


async def test_what_a_dialog_covers_comes_while_it_is_open() -> None:
    transport = Leaving()
    transport.errors[PAGES] = TimedOut("No answer within 120 seconds.")
    async with reports(transport) as stage:
        await publish(stage, Phase.STALE)
        transport.errors.clear()
        await stage.press("d")
        await publish(stage, Phase.LIVE)
        await stage.press("escape")
        assert "page0" in stage.text


async def test_a_page_that_goes_on_failing_is_told_once() -> None:
    async with without_the_last_page() as (transport, stage):
        await wait(stage, 0)
        asked = len(transport.requests)
        for number in range(1, 4):
            await wait(stage, 1000)
            await until(stage.pilot, lambda tries=asked + number: len(transport.requests) >= tries)  # type: ignore[misc]
            await until(stage.pilot, lambda: "failed, r tries again" in stage.text)
        assert len(stage.app._notifications) == 1


async def test_the_only_pane_that_failed_is_loaded_and_the_cursor_stays() -> None:
    transport = Leaving()
    transport.answers[MOVERS] = recorded(MOVERS)
    async with reports(transport, section="0", size=(120, 40)) as stage:
        await publish(stage, Phase.LIVE)
        await stage.press("down", "down")
        cursor = stage.section.shown_pane.table.cursor  # type: ignore[attr-defined]
        assert cursor > 1
        transport.away = True
        await stage.press("r")
        assert "refresh failed" in stage.text
        transport.away = False
        await publish(stage, Phase.STALE, Phase.LIVE)
        assert "refresh failed" not in stage.text
        assert stage.section.shown_pane.table.cursor == cursor  # type: ignore[attr-defined]


async def test_of_several_goals_only_those_without_figures_are_asked_for() -> None:
    transport = Leaving()
    good = transport.answers["Goals.get"]
    gone = refusal("Not for this goal.")
    transport.answers["Goals.get"] = lambda call: gone if call.get("idGoal") == "1" else good(call)
    async with reports(transport, section="5", size=(120, 40)) as stage:
        await publish(stage, Phase.LIVE)
        assert "Not for this goal" in stage.text
        asked = len(transport.calls)
        await wait(stage, 0)
        await wait(stage, FIRST)
        again = [call for call in transport.calls[asked:] if call["method"] == "Goals.get"]
        assert {call.get("idGoal", "") for call in again} == {"1"}, "also those of the sparklines"


async def test_nothing_is_asked_for_a_section_that_is_not_shown() -> None:
    transport = Leaving()
    transport.errors[PAGES] = TimedOut("No answer within 120 seconds.")
    async with reports(transport) as stage:
        section = stage.section
        await publish(stage, Phase.LIVE)
        section.look_at_failures()
        await stage.press("1")
        asked = len(transport.requests)
        stage.clock.at += 3600
        section.look_at_failures()
        await publish(stage, Phase.STALE, Phase.LIVE)
        assert len(transport.requests) == asked
