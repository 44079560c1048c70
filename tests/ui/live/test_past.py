"""The live screen as it was: < and > go back and forward, the screen says that it is the past, polling goes on."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from matomo_tui.live.snapshot import Count, LiveSnapshot
from matomo_tui.ui.widgets.time_bar import TimeBar
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage, until


def at(minute: int) -> LiveSnapshot:
    """The busy shop ``minute`` minutes after the first snapshot, with as many visitors."""
    first = snapshots.busy()
    counters = replace(first.counters, active=Count(100 + minute))
    poll = replace(first.poll, polls=minute + 1, last_success_at=snapshots.NOW + 60 * minute, next_poll_at=None)
    return replace(first, taken_at=snapshots.NOW + 60 * minute, counters=counters, poll=poll)


async def minutes_pass(on: Stage, count: int) -> None:
    for minute in range(count + 1):
        on.clock.at = snapshots.NOW + 60 * minute
        await on.publish(at(minute))


async def test_back_forward_and_to_now() -> None:
    async with stage(at(0), (120, 40)) as on:
        await minutes_pass(on, 4)
        assert "the past" not in on.text
        await on.pilot.press("less_than_sign")
        assert "◌ the past, 60 s ago" in on.lines[0]
        assert on.app.live.shown.counters.active.value == 103
        assert "The past: 14:05:11, 60 s ago" in on.text
        await on.pilot.press("less_than_sign", "less_than_sign")
        assert on.app.live.shown.counters.active.value == 101
        await on.pilot.press("greater_than_sign")
        assert on.app.live.shown.counters.active.value == 102
        await on.pilot.press("escape")
        assert on.app.live.shown.counters.active.value == 104
        assert "the past" not in on.text.lower()
        await on.pilot.press("less_than_sign", "greater_than_sign")
        assert not on.app.live.is_past


async def test_the_past_is_at_the_sites_time_if_this_computers_clock_is_wrong() -> None:
    async with stage(at(0), (120, 40)) as on:
        for minute in range(3):
            on.clock.at = snapshots.NOW + 60 * minute
            then = at(minute)
            await on.publish(replace(then, poll=replace(then.poll, server_offset=-3 * 3600)))
        await on.pilot.press("less_than_sign")
        assert on.lines[0].endswith("11:03:11")
        assert "The past: 11:03:11, 60 s ago" in on.text


async def test_polling_goes_on_and_the_past_stays() -> None:
    async with stage(at(0), (120, 40)) as on:
        await minutes_pass(on, 3)
        await on.pilot.press("less_than_sign")
        on.clock.at += 60
        await on.publish(at(4))
        assert on.app.live.shown.counters.active.value == 102
        assert on.app.live.snapshot.counters.active.value == 104
        on.app.live._tick()
        await on.pilot.pause()
        assert "the past, 2 m ago" in on.lines[0]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_footer_says_how_to_move_in_the_past_and_polling_keys_rest(size: tuple[int, int]) -> None:
    async with stage(at(0), size) as on:
        await minutes_pass(on, 3)
        assert "p pause" in on.lines[-1]
        await on.pilot.press("less_than_sign")
        assert on.lines[-1].startswith(" < earlier  > later  esc back  ")
        assert not [word for word in ("pause", "faster", "slower", "refresh") if word in on.lines[-1]]
        await on.pilot.press("p")
        assert "The screen shows" in on.text
        assert on.poller.wishes == []
        await on.pilot.press("escape")
        assert "p pause" in on.lines[-1]
        assert "earlier" not in on.lines[-1]


async def test_while_a_filter_is_typed_the_footer_names_no_key_that_would_be_typed() -> None:
    async with stage(at(0), (120, 40)) as on:
        await minutes_pass(on, 3)
        await on.pilot.press("less_than_sign", "slash", "d")
        assert "earlier" not in on.lines[-1]
        assert "later" not in on.lines[-1]
        assert "esc clear" in on.lines[-1]
        await on.pilot.press("escape")
        assert on.lines[-1].startswith(" < earlier  > later  esc back  ")


async def test_a_visit_opened_in_the_past_is_that_of_now_and_says_so() -> None:
    async with stage(at(0), (120, 40)) as on:
        await minutes_pass(on, 3)
        await on.pilot.press("less_than_sign")
        assert "the past" in on.lines[0]
        await on.pilot.press("enter")
        await until(on.pilot, lambda: " visit " in on.lines[0])
        assert "the past" not in on.lines[0]
        assert "● live" in on.lines[0]


async def test_the_line_of_time_goes_from_poll_to_poll() -> None:
    async with stage(at(0), (80, 24)) as on:
        await minutes_pass(on, 5)
        await on.pilot.press("less_than_sign")
        bar = on.app.live.query_one(TimeBar)
        bar.focus()
        for key, active in (("left", 103), ("left", 102), ("right", 103), ("home", 100), ("pagedown", None)):
            await on.pilot.press(key)
            shown = on.app.live.shown.counters.active.value if on.app.live.is_past else None
            assert shown == active, key
        await on.pilot.press("less_than_sign")
        bar.focus()
        await on.pilot.press("end")
        assert not on.app.live.is_past
        assert not bar.display


async def test_at_the_beginning_there_is_nothing_earlier() -> None:
    async with stage(at(0), (80, 24)) as on:
        await on.pilot.press("less_than_sign", "less_than_sign", "less_than_sign")
        assert on.app.live.shown.counters.active.value == 100


async def test_another_segment_ends_the_past() -> None:
    async with stage(at(0), (120, 40)) as on:
        await minutes_pass(on, 2)
        await on.pilot.press("less_than_sign")
        assert on.app.live.is_past
        await on.publish(replace(at(3), segment="countryCode==de"))
        assert not on.app.live.is_past


async def test_a_small_terminal_says_that_it_is_the_past_too() -> None:
    async with stage(at(0), (40, 10)) as on:
        await minutes_pass(on, 2)
        await on.pilot.press("less_than_sign")
        await until(on.pilot, lambda: "the past, 60 s ago" in on.lines[0])


async def test_a_recording_and_why_it_fails_are_said() -> None:
    reasons = [""]
    async with stage(at(0), (120, 40), notice=lambda: reasons[0]) as on:
        assert "recording" in on.lines[0]
        reasons[0] = "Not recording: the disk is full."
        on.app.live._tick()
        await on.pilot.pause()
        assert "Not recording: the disk is full." in on.text
        reasons[0] = ""
        on.app.live._tick()
        await on.pilot.pause()
        assert "disk is full" not in on.text
