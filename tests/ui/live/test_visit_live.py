"""A visit that is open above the live screen: how the connection is, and the live screen's keys."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from matomo_tui.api.errors import Unreachable
from matomo_tui.api.transport import Response
from matomo_tui.config.settings import Settings
from matomo_tui.ui.live.visit_screen import VisitScreen
from tests.ui import snapshots
from tests.ui.conftest import SilentTransport, Stage, stage, until


async def open_visit(on: Stage) -> VisitScreen:
    """The visit under the feed's cursor."""
    await on.pilot.press("enter")
    await on.pilot.pause()
    assert isinstance(on.app.screen, VisitScreen)
    assert "Shop" in on.lines[0], "at once, not with the next second"
    assert " s ago" in on.lines[0]
    return on.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_an_open_visit_says_how_fresh_and_that_it_is_the_demo(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size, Settings(demo=True)) as on:
        visit = await open_visit(on)
        for words in ("Shop", "visit", " DEMO ", "● live", "2 s ago, next in 3 s", "14:02"):
            assert words in on.lines[0]
        on.clock.at += 2
        visit.draw_header()
        await on.pilot.pause()
        assert "4 s ago, next in 1 s" in on.lines[0]


async def test_an_open_visit_goes_stale_and_stops() -> None:
    async with stage(snapshots.busy()) as on:
        await open_visit(on)
        await on.publish(snapshots.stale())
        await on.pilot.pause()
        assert "◌ stale" in on.lines[0]
        await on.publish(snapshots.stopped())
        await on.pilot.pause()
        assert "■ stopped" in on.lines[0]


async def test_a_profile_that_failed_comes_with_the_live_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    async def refuse(_self: SilentTransport, _fields: object, *, timeout: float | None = None) -> Response:
        sent.append("")
        raise Unreachable("Nobody is there.")

    async with stage(snapshots.busy(), (120, 40)) as on:
        with monkeypatch.context() as patched:
            patched.setattr(SilentTransport, "post", refuse)
            await open_visit(on)
            await until(on.pilot, lambda: "Nobody is there." in on.text)
            asked = len(sent)
            await on.publish(snapshots.stale())
            await on.pilot.pause()
            assert len(sent) == asked
        await on.publish(snapshots.busy())
        await until(on.pilot, lambda: "Nobody is there." not in on.text)
        assert "Matomo no longer knows this visitor." in on.text, "which is what this server answers"


@pytest.mark.usefixtures("painted")
@pytest.mark.parametrize("key", ["question_mark", "ctrl+p", "s"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_lies_above_leaves_the_header_to_be_seen(key: str, size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size, Settings(demo=True)) as on:
        await on.pilot.press(key)
        await on.pilot.pause()
        await on.pilot.pause()
        assert on.app.screen is not on.app.live
        assert " DEMO " in on.lines[0]
        assert "● live" in on.lines[0]


async def test_a_terminal_that_is_too_small_says_that_it_is_the_demo() -> None:
    async with stage(snapshots.busy(), (50, 12), Settings(demo=True)) as on:
        assert "DEMO" in on.text


async def test_the_keys_of_polling_work_from_an_open_visit_and_the_others_say_where_they_belong() -> None:
    async with stage(snapshots.busy()) as on:
        await open_visit(on)
        await on.pilot.press("p")
        await until(on.pilot, lambda: "‖ paused" in on.lines[0])
        await on.pilot.press("p", "plus")
        assert [wish for wish, _ in on.poller.wishes] == ["pause", "resume", "interval"]
        await on.pilot.press("s")
        await until(on.pilot, lambda: "works on the live screen" in on.text)
        assert isinstance(on.app.screen, VisitScreen)


async def test_one_broken_visit_moves_no_visit_of_the_profile() -> None:
    busy = snapshots.busy()
    told = replace(busy, poll=replace(busy.poll, tracker_ahead=900.0, believed_ahead=0.0))
    async with stage(told) as on:
        visit = await open_visit(on)
        assert visit.tracker.ahead == 0
    async with stage(replace(told, poll=replace(told.poll, believed_ahead=600.0))) as on:
        assert (await open_visit(on)).tracker.ahead == 600
