"""The clock of a replay: speed, pause, seek and step, and waits that follow them."""

from __future__ import annotations

import asyncio

import pytest

from matomo_tui.recording.player import Player
from matomo_tui.recording.recording import Recording
from tests.recording.studio import Hand

BEGIN = 1_795_437_064.0


def player(polls: int = 20, failed: tuple[int, ...] = ()) -> tuple[Player, Hand]:
    from matomo_tui.recording.frames import Frame, FrameKind
    from matomo_tui.recording.recording import _Entry

    entries = [
        _Entry(0, Frame(0, 0, BEGIN + 5.0 * n, FrameKind.FAILED_POLL if n in failed else FrameKind.POLL, 0, ()))
        for n in range(polls)
    ]
    hand = Hand()
    return Player(Recording([b""], entries, "demo"), real=hand), hand


def test_time_passes_as_fast_as_it_is_told_and_ends_at_the_end() -> None:
    played, hand = player()
    hand.at += 10
    assert played.now() == BEGIN + 10
    played.change_speed(2)
    hand.at += 5
    assert played.now() == BEGIN + 30
    played.pause()
    hand.at += 100
    assert played.now() == BEGIN + 30
    played.play()
    hand.at += 1_000
    assert played.now() == played.end == BEGIN + 95
    assert played.ended
    played.play()
    assert played.now() == BEGIN


def test_no_time_passes_while_an_answer_is_looked_up() -> None:
    played, hand = player()
    hand.at += 10
    with played.held():
        hand.at += 20
        assert played.now() == BEGIN + 10
    hand.at += 1
    assert played.now() == BEGIN + 11


async def test_no_time_passes_before_the_first_poll_is_shown() -> None:
    played, hand = player()
    played.begin_with_poll()
    hand.at += 20
    played.set_speed(64)
    assert played.now() == BEGIN
    played.seek(BEGIN + 30)
    ends = asyncio.ensure_future(played.finished())
    hand.at += 20
    await asyncio.sleep(0)
    played.poll_shown()
    assert played.now() == BEGIN + 30
    hand.at += 2
    played.poll_shown()
    assert played.ended
    async with asyncio.timeout(5):
        await ends


async def test_the_end_is_waited_for_also_from_within_the_look_up_of_an_answer() -> None:
    played, hand = player()
    with played.held():
        ends = asyncio.ensure_future(played.finished())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        hand.at += 1_000
    hand.at += 1_000
    async with asyncio.timeout(5):
        await ends


def test_steps_stand_still_at_polls() -> None:
    played, hand = player()
    hand.at += 12
    places = []
    for count in (1, 1, -1, -3, -100, 100):
        played.step(count)
        places.append(played.now() - BEGIN)
    assert places == [15, 20, 15, 0, 0, 95]
    assert not played.playing


@pytest.mark.parametrize(("at", "good"), [(12, None), (27, 20), (37, 20), (42, None)])
def test_in_an_outage_the_last_good_poll_is_known(at: float, good: float | None) -> None:
    played, _ = player(failed=(5, 6, 7))
    found = played.last_good(BEGIN + at)
    assert (None if found is None else found - BEGIN) == good


async def test_a_wait_ends_when_the_replay_is_moved() -> None:
    played, _ = player()
    played.pause()
    event = asyncio.Event()
    waiting = asyncio.ensure_future(played.wait(event, 1_000.0))
    await asyncio.sleep(0)
    played.seek(BEGIN + 50)
    assert await waiting is False
    waiting = asyncio.ensure_future(played.wait(event, 1_000.0))
    await asyncio.sleep(0)
    event.set()
    assert await waiting is True


async def test_a_wait_follows_the_speed() -> None:
    played = Player(Recording([b""], list(player()[0]._recording._entries), "demo"))
    played.set_speed(64)
    began = asyncio.get_running_loop().time()
    assert await played.wait(asyncio.Event(), 6.4) is False
    assert asyncio.get_running_loop().time() - began < 6.0
