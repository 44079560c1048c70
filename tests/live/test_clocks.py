"""Clocks that disagree: a tracker ahead of the server, and a server with an absurd time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from matomo_tui.live.snapshot import Phase, Presence
from matomo_tui.live.tracker_clock import TrackerClock
from tests.live.conftest import Start
from tests.live.fake_clock import START, FakeClock
from tests.live.matomo import LiveMatomo, visit
from tests.live.visits import decode, read

NOW = int(START)
AHEAD = 600


def tracked(number: int, *ages: int) -> dict[str, object]:
    """A visit with actions of these ages in seconds, written by a tracker that is ten minutes ahead."""
    return visit(number, *(NOW + AHEAD - age for age in ages))


async def test_a_tracker_ahead_of_its_server_shows_in_all_places_the_servers_time(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    for number, age in enumerate((3, 4, 100, 400, 900, 1500), start=1):
        matomo.add(tracked(number, age + 50, age))
    poller = start()
    await clock.advance(1)
    snapshot = poller.snapshot
    rows = {row.id_visit: row for row in snapshot.feed.visits}
    assert [rows[n].presence for n in (1, 3, 4, 5)] == [
        Presence.ACTIVE,
        Presence.ACTIVE,
        Presence.IDLE,
        Presence.IDLE,
    ]
    assert [row.id_visit for row in snapshot.feed.visits] == [1, 2, 3, 4, 5, 6]
    for number, age in ((3, 100), (5, 900)):
        row = rows[number]
        assert [abs(row.first_action_at - (NOW - age - 50)) < 10, abs(row.last_action_at - (NOW - age)) < 10] == [
            True
        ] * 2
        assert [entry.at for entry in row.timeline] == [row.first_action_at, row.last_action_at]
    assert all(entry.at <= clock.now() + 60 for row in rows.values() for entry in row.timeline)
    assert sum(snapshot.minutes.actions) == 12
    assert snapshot.counters.active.value == 3
    assert snapshot.poll.tracker_ahead == pytest.approx(AHEAD, abs=10)


async def test_visits_of_a_tracker_that_is_ahead_go_on_coming(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(tracked(1, 5))
    poller = start()
    for number in range(2, 8):
        await clock.advance(30)
        matomo.add(visit(number, int(clock.true) + AHEAD))
    await clock.advance(6)
    rows = poller.snapshot.feed.visits
    assert [row.id_visit for row in rows] == [7, 6, 5, 4, 3, 2, 1]
    gaps = [newer.last_action_at - older.last_action_at for newer, older in pairwise(rows)]
    assert all(15 <= gap <= 45 for gap in gaps[:-1]), gaps
    assert poller.snapshot.counters.active.value == 6


async def test_a_tracker_that_was_set_right_is_believed_again(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    for number in (1, 2):
        matomo.add(tracked(number, number))
    poller = start()
    await clock.advance(AHEAD + 60)
    for number in range(3, 8):
        matomo.add(visit(number, int(clock.true)))
        await clock.advance(65)
    assert poller.snapshot.poll.tracker_ahead == 0
    newest = poller.snapshot.feed.visits[0]
    assert (newest.id_visit, newest.last_action_at) == (7, int(clock.true) - 65)


async def test_late_hits_are_reported(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    poller = start()
    for number in range(1, 6):
        await clock.advance(30)
        matomo.add(visit(number, int(clock.true) - 300))
    await clock.advance(8)
    assert -310 < poller.snapshot.poll.tracker_ahead < -280
    for number in range(6, 8):
        matomo.add(visit(number, int(clock.true)))
        await clock.advance(8)
    assert poller.snapshot.poll.tracker_ahead == 0


async def test_seldom_visits_are_not_late(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    poller = start(interval=300)
    for number in range(1, 6):
        await clock.advance(200)
        matomo.add(visit(number, int(clock.true) - 2))
        await clock.advance(400)
    assert poller.snapshot.poll.tracker_ahead == 0


def test_one_broken_visit_moves_no_other() -> None:
    tracker = TrackerClock()
    rows = decode(visit(1, NOW + 10**9), visit(2, NOW - 20), visit(3, NOW + 900))
    tracker.learn(rows, NOW)
    assert [tracker.back(row, NOW) for row in rows] == [10**9, 0, 900]
    assert (tracker.ahead, tracker.known_ahead) == (0, 900), "one visit is told, and believed of itself alone"


async def test_clock_differences_are_accepted_only_from_two_visits(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, NOW - 20))
    matomo.add(tracked(2, 0))
    poller = start()
    await clock.advance(1)
    poll = poller.snapshot.poll
    assert poll.tracker_ahead == pytest.approx(AHEAD, abs=10)
    assert poll.believed_ahead == 0
    matomo.add(tracked(3, 0))
    await clock.advance(10)
    assert poller.snapshot.poll.believed_ahead == pytest.approx(AHEAD, abs=20)


def test_a_visit_from_the_future_is_moved_back_as_a_whole() -> None:
    row = read(visit(1, NOW + 3000, NOW + 3300)).row
    assert (row.first_action_at, row.last_action_at) == (NOW - 300, NOW)
    assert [entry.at for entry in row.timeline] == [NOW - 300, NOW]


def test_clocks_a_minute_apart_agree() -> None:
    row = read(visit(1, NOW + 20, NOW + 55)).row
    assert (row.first_action_at, row.last_action_at) == (NOW + 20, NOW + 55)


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "yesterday",
    ],
)
async def test_a_server_of_another_age_breaks_nothing(
    date: str, clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.date = date
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(120)
    snapshot = poller.snapshot
    assert (snapshot.poll.phase, snapshot.poll.error) == (Phase.LIVE, None)
    assert [row.id_visit for row in snapshot.feed.visits] == [1]
    assert snapshot.counters.visits_30.value is not None


def test_a_tracker_that_is_set_right_is_believed_after_a_few_polls() -> None:
    tracker = TrackerClock()
    tracker.learn(decode(*(visit(n, NOW + AHEAD - n) for n in (1, 2, 3))), NOW)
    assert tracker.ahead > AHEAD - 10
    for poll in range(1, 4):
        now = NOW + 5 * poll
        page = [visit(n, NOW + AHEAD - n) for n in (1, 2, 3)] + [visit(10 + poll, now)]
        tracker.learn(decode(*page), now)
    assert tracker.ahead == 0, "what is still in the future came before the clock was set right"


def test_a_tracker_that_stays_ahead_is_not_mistaken_for_a_corrected_one() -> None:
    tracker = TrackerClock()
    for poll in range(8):
        now = NOW + 5 * poll
        tracker.learn(decode(visit(poll + 1, now + AHEAD), visit(poll, now + AHEAD - 5), visit(90, NOW)), now)
    assert tracker.ahead > AHEAD - 10
