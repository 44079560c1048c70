"""Packed snapshots come back as they were, and share what they have in common."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from msgspec.structs import fields, replace

from matomo_tui.api.client import Client
from matomo_tui.api.errors import Unreachable
from matomo_tui.live.packed_snapshots import PackedSnapshots
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import Feed, LiveSnapshot, PartErrors, Phase, PollState, Presence
from tests.live.fake_clock import START, FakeClock
from tests.live.matomo import SHOP
from tests.live.test_recorded_session import Replay
from tests.live.visits import actions, read
from tests.recorded import session_polls


async def recorded() -> list[LiveSnapshot]:
    """A snapshot of each poll of the recorded session."""
    polls = session_polls()
    clock = FakeClock(polls[0].at)
    poller = Poller(Client(Replay(polls, clock), now=clock.now), SHOP, clock=clock, rng=random.Random(3))
    taken: dict[int, LiveSnapshot] = {}
    poller.subscribe(lambda snapshot: taken.update({snapshot.poll.polls: snapshot}))
    task = asyncio.ensure_future(poller.run())
    await clock.advance(polls[-1].at - polls[0].at + 6)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return list(taken.values())


async def test_the_recorded_session_comes_back_as_it_was() -> None:
    snapshots = await recorded()
    assert len(snapshots) > 20
    assert len({snapshot.feed.visits for snapshot in snapshots}) > 20
    packed = PackedSnapshots()
    packed.extend(snapshots[:9])
    packed.extend(snapshots[9:])
    for dropped in (0, 7, 8):
        packed.drop(dropped)
        del snapshots[:dropped]
        assert [packed.at(place) for place in range(len(packed))] == snapshots
    packed.extend(snapshots[-1:])  # and after the visits of the dropped ones went too
    assert packed.at(0) == snapshots[0]


def test_every_field_comes_back() -> None:
    visit = read(actions({"type": "action", "url": "https://shop.example/a"})).row
    filled = LiveSnapshot(
        SHOP,
        "countryCode==de",
        START,
        PollState(Phase.STALE, polls=3, error=Unreachable("Nobody is there.")),
        PartErrors(counters=Unreachable("Not even half.")),
        feed=Feed((visit,), 500, truncated=True, ready=True),
    )
    packed = PackedSnapshots()
    packed.extend([filled])
    found = packed.at(0)
    for one in fields(LiveSnapshot):
        assert getattr(found, one.name) == getattr(filled, one.name), one.name


def test_a_visit_that_only_changed_its_presence_is_kept_once() -> None:
    visit = read(actions({"type": "action", "url": "https://shop.example/a"})).row
    states = [replace(visit, presence=presence) for presence in Presence]
    snapshots = [
        LiveSnapshot(SHOP, taken_at=START + after, feed=Feed((state,), ready=True))
        for after, state in enumerate(states)
    ]
    packed = PackedSnapshots()
    packed.extend(snapshots)
    assert [packed.at(place).feed.visits[0].presence for place in range(len(packed))] == list(Presence)
    once = PackedSnapshots()
    once.extend(snapshots[:1])
    assert [rows.size for rows in packed._rows] == [rows.size for rows in once._rows]
