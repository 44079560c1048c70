"""The poller against a server on a fake clock: what it asks, when, and what the snapshots say."""

from __future__ import annotations

from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import Phase
from tests.live.conftest import Start
from tests.live.fake_clock import FakeClock
from tests.live.matomo import LiveMatomo, Watcher, visit


def ids(poller: Poller) -> list[int]:
    return [row.id_visit for row in poller.snapshot.feed.visits]


async def test_the_last_half_hour_is_filled_in_with_one_request(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    now = int(clock.true)
    matomo.add(visit(1, now - 1900))
    matomo.add(visit(2, now - 1700))
    matomo.add(visit(3, now - 60, now - 30))
    poller = start()
    await clock.advance(1)
    assert len(matomo.requests) == 1
    assert ids(poller)[:2] == [3, 2]
    assert poller.snapshot.poll.phase is Phase.LIVE
    assert poller.snapshot.feed.ready


async def test_a_visit_that_goes_on_moves_up_and_shows_its_new_page(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    now = int(clock.true)
    matomo.add(visit(1, now - 60))
    matomo.add(visit(2, now - 30))
    poller = start()
    await clock.advance(1)
    before = {row.id_visit: row for row in poller.snapshot.feed.visits}
    assert ids(poller) == [2, 1]
    matomo.add(visit(1, now - 60, now + 3, path="/cart"))
    await clock.advance(6)
    assert ids(poller) == [1, 2]
    first, second = poller.snapshot.feed.visits
    assert (first.page, first.actions, first.last_action_at) == ("/cart", 2, now + 3)
    assert second is before[2]


async def test_one_request_a_poll_and_one_in_flight(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    watcher = Watcher()
    start().subscribe(watcher)
    await clock.advance(60)
    assert 11 <= len(matomo.requests) <= 13
    assert matomo.most_in_flight == 1
    assert [len(request) for request in matomo.requests][:1] == [3]
    assert watcher.shown[-1].poll.polls == len(matomo.requests)
