"""From the first frame to the first figures: what can be done while the server works is done then, and what came is
drawn at once."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.live.polled_screen import AFTER_KEY, MOST_KEYS
from matomo_tui.ui.widgets import pane
from matomo_tui.ui.widgets.pane import Pane, PaneState
from matomo_tui.ui.widgets.time_bar import TimeBar
from tests.ui import snapshots
from tests.ui.conftest import stage, until


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_panes_are_built_while_the_first_answer_is_awaited(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(pane, "BUILD_AFTER", 3600.0)
    asked = replace(snapshots.starting(), poll=replace(snapshots.starting().poll, in_flight=True))
    waiting = replace(asked, poll=replace(asked.poll, in_flight=False))
    async with stage(waiting, size) as on:
        visible = [one for one in on.app.live.query(Pane) if one.region]
        assert visible
        assert all(one.is_postponed for one in visible)
        await on.publish(asked)
        await until(on.pilot, lambda: not any(one.is_postponed for one in visible))
        assert {one.state for one in visible if one.id != "timeline"} == {PaneState.LOADING}


async def test_the_first_figures_do_not_wait_for_the_next_tick() -> None:
    async with stage(snapshots.starting(), (120, 40)) as on:
        chart = on.app.live.query_one("MinutesChart")
        assert not chart.size.height
        on.app.live._update_timer.stop()
        on.poller.publish(snapshots.busy())
        turns = 0
        while not chart.size.height and turns < 1_000:  # The pilot's pauses are ticks too.
            turns += 1
            await asyncio.sleep(0)
        assert chart.size.height


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_what_is_typed_before_the_first_figures_is_a_filter(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr(pane, "BUILD_AFTER", 3600.0)
    async with stage(snapshots.starting(), size) as on:
        feed = on.app.live.query_one(FeedPane)
        await on.pilot.press("slash", *"space")
        await on.pilot.pause()
        assert feed.filter_text == "space"
        assert "/ space" in on.text
        assert on.app.screen is on.app.live
        assert on.poller.wishes == [], "s, p and c are no commands"
        assert "does nothing here" not in on.text
        assert "0 of 0" not in on.text
        busy = snapshots.busy()
        visit = replace(busy.feed.visits[3], page_title="Space")
        await on.publish(replace(busy, feed=replace(busy.feed, visits=(*busy.feed.visits[:3], visit))))
        assert feed.filter_text == "space"
        assert "1 of 4" in on.text
        await on.pilot.press("escape")
        assert "4 listed in 30 min" in on.text


async def test_what_is_hidden_is_mounted_when_it_is_needed() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        assert not on.app.live.query(TimeBar)
        assert not on.app.live.query("SizeNotice")
        await on.pilot.resize_terminal(30, 8)
        await on.pilot.pause()
        assert "this is 30×8" in on.text
        assert "in 30 min" in on.text, "the main figures stay"


async def test_figures_that_come_while_a_key_is_handled_wait_for_it_but_not_for_long() -> None:
    async with stage(snapshots.quiet(), (120, 40)) as on:
        app, live = on.app, on.app.live
        busy = snapshots.busy()
        app._busy = app.set_timer(3600, lambda: None)
        on.poller.publish(busy)
        await asyncio.sleep(AFTER_KEY * MOST_KEYS / 2)
        assert live.snapshot is not busy
        app._busy.stop()
        app._busy = None
        await until(on.pilot, lambda: live.snapshot is busy)

        quiet = snapshots.quiet()
        app._busy = app.set_timer(3600, lambda: None)
        on.poller.publish(quiet)
        begun = asyncio.get_running_loop().time()
        await until(on.pilot, lambda: live.snapshot is quiet)
        assert asyncio.get_running_loop().time() - begun < 1.0
        app._busy.stop()
        app._busy = None
