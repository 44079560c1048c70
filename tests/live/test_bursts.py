"""More visits than one page holds, late hits, and the notice when a limit is reached."""

from __future__ import annotations

import pytest

from matomo_tui.api.errors import Unreachable
from matomo_tui.live.feed import BOUND
from matomo_tui.live.poll_plan import FIRST_PAGE, PAGE
from matomo_tui.live.poller import Poller
from matomo_tui.live.visit_pages import BURST_PAGES, MAX_PAGES
from tests.live.conftest import Start
from tests.live.fake_clock import FakeClock
from tests.live.matomo import LiveMatomo, Watcher, visit


def ids(poller: Poller) -> set[int]:
    return {row.id_visit for row in poller.snapshot.feed.visits}


def burst(matomo: LiveMatomo, numbers: range) -> None:
    """Visits that all came in the last four seconds."""
    now = int(matomo.now)
    matomo.visits.setdefault(1, []).extend(visit(number, now - number % 4) for number in numbers)


async def test_a_burst_is_paged_back_to_the_known_visits(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.add(visit(1, int(clock.true) - 60))
    poller = start()
    await clock.advance(3)
    requests = len(matomo.requests)
    burst(matomo, range(100, 350))
    await clock.advance(3)
    assert ids(poller) == {1, *range(100, 350)}
    assert not poller.snapshot.feed.truncated
    pages = matomo.requests[requests:]
    assert [request[-1].get("filter_offset", "0") for request in pages] == ["0", "100", "200"]
    assert [len(request) for request in pages[1:]] == [1, 1]
    assert matomo.most_in_flight == 1


async def test_a_screenful_is_shown_before_the_other_visits_come(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.latency = 1.0
    burst(matomo, range(250))
    poller = start()
    watcher = Watcher()
    poller.subscribe(watcher)
    await clock.advance(1.5)
    assert len(ids(poller)) == FIRST_PAGE
    assert poller.snapshot.counters.active.at_least
    assert poller.snapshot.poll.in_flight
    await clock.advance(1)
    assert len(ids(poller)) == PAGE
    await clock.advance(2)
    assert len(ids(poller)) == 250
    assert not poller.snapshot.counters.active.at_least
    asked = matomo.asked("Live.getLastVisitsDetails")
    sizes = [(int(call.get("filter_offset", 0)), int(call["filter_limit"])) for call in asked]
    assert sizes == [(0, FIRST_PAGE), (FIRST_PAGE, PAGE - FIRST_PAGE), (PAGE, PAGE), (2 * PAGE, PAGE)]


async def test_a_burst_beyond_the_limit_leaves_a_reported_gap(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(clock.true) - 600))
    poller = start()
    await clock.advance(3)
    assert not poller.snapshot.feed.truncated
    requests = len(matomo.requests)
    burst(matomo, range(1000, 1000 + BURST_PAGES * PAGE + 200))
    await clock.advance(3)
    assert len(matomo.requests) - requests == BURST_PAGES
    assert poller.snapshot.feed.truncated
    assert len(ids(poller)) == BOUND
    assert poller.snapshot.pages.of_newest == BOUND
    poller.set_interval(60)
    await clock.advance(1700)
    assert poller.snapshot.feed.truncated
    await clock.advance(200)
    assert not poller.snapshot.feed.truncated
    assert poller.snapshot.pages.of_newest is None
    assert len(ids(poller)) == BOUND


async def test_a_burst_of_ten_pages_is_counted_to_the_last_visitor(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(clock.true) - 600))
    poller = start()
    await clock.advance(3)
    now = int(matomo.now)
    matomo.visits[1].extend(visit(1000 + n, now - n % 4, visitorId=f"{n:016x}") for n in range(10 * PAGE))
    await clock.advance(3)
    active = poller.snapshot.counters.active
    assert (active.value, active.at_least) == (10 * PAGE, False)
    assert sum(poller.snapshot.minutes.visits) == 10 * PAGE + 1
    assert poller.snapshot.pages.of_newest == BOUND
    matomo.visits[1].extend(visit(9000 + n, int(matomo.now)) for n in range(BURST_PAGES * PAGE + 1))
    await clock.advance(5)
    assert poller.snapshot.counters.active.at_least


async def test_a_look_back_reads_every_page(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    """The late hits are older than what the first pages bring, and all of that is known."""
    matomo.add(visit(1, int(clock.true) - 600))
    poller = start()
    await clock.advance(3)
    burst(matomo, range(100, 350))
    await clock.advance(6)
    now = int(matomo.now)
    matomo.visits[1].extend(visit(number, now - 60) for number in range(1000, 1100))
    await clock.advance(10)
    assert ids(poller) == {1, *range(100, 350), *range(1000, 1100)}


async def test_visits_that_the_server_deleted_are_dropped(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    """An administrator deletes the visits of a bot."""
    poller = start()
    await clock.advance(3)
    now = int(matomo.now)
    matomo.visits[1] = [visit(number, now - number % 50, visitorId=f"{number:016x}") for number in range(100, 260)]
    await clock.advance(10)
    assert len(ids(poller)) == 160
    matomo.visits[1] = [row for row in matomo.visits[1] if row["idVisit"] % 8 == 0]
    await clock.advance(15)
    assert ids(poller) == {row["idVisit"] for row in matomo.visits[1]}
    assert poller.snapshot.counters.active.value == len(matomo.visits[1]) == 20
    assert sum(poller.snapshot.minutes.visits) == 20
    assert sum(row.recent for row in poller.snapshot.countries.rows) == 20


async def test_a_busy_start_covers_only_the_fetched_visits(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    now = int(clock.true)
    matomo.visits[1] = [visit(number, now - number) for number in range(1, 1500)]
    poller = start()
    await clock.advance(2)
    assert poller.snapshot.feed.truncated
    assert len(ids(poller)) == MAX_PAGES * PAGE
    assert abs(poller.snapshot.minutes.known_from - (now - MAX_PAGES * PAGE)) <= 2


async def test_a_page_that_fails_is_fetched_the_next_time(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.add(visit(1, int(clock.true) - 60))
    poller = start()
    await clock.advance(3)
    burst(matomo, range(100, 350))

    def break_second_page(calls: list[dict[str, str]]) -> None:
        if calls[-1].get("filter_offset") == "100":
            matomo.failure = Unreachable("The connection was reset.")
            matomo.hook = None

    matomo.hook = break_second_page
    await clock.advance(3)
    assert len(ids(poller)) == 1 + PAGE
    assert poller.snapshot.poll.failures == 1
    matomo.failure = None
    await clock.advance(30)
    assert ids(poller) == {1, *range(100, 350)}
    assert poller.snapshot.poll.failures == 0


async def test_visits_whose_second_page_fails_are_no_half_hour(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    now = int(clock.true)
    matomo.visits[1] = [visit(number, now - 5 * number) for number in range(1, 301)]

    def break_second_page(calls: list[dict[str, str]]) -> None:
        matomo.failure = Unreachable("The connection was reset.") if calls[-1].get("filter_offset") else None

    matomo.hook = break_second_page
    poller = start()
    await clock.advance(2)
    first = poller.snapshot
    assert (len(first.feed.visits), first.feed.pending, first.pages.of_newest) == (FIRST_PAGE, True, FIRST_PAGE)
    assert first.minutes.known_from == now - 5 * FIRST_PAGE, "before that nothing is known"
    await clock.advance(150)
    later = poller.snapshot
    assert (len(later.feed.visits), later.feed.pending, later.pages.of_newest) == (PAGE, True, PAGE)
    assert later.minutes.known_from == now - 5 * PAGE
    assert later.minutes.last_minute_at > first.minutes.last_minute_at
    assert later.poll.failures > 1
    assert later.counters.today.value is not None, "the figures of today do not wait for the page"
    assert later.counters.conversions.value == 7
    matomo.hook = matomo.failure = None
    poller.poll_now()
    await clock.advance(5)
    whole = poller.snapshot
    assert (len(whole.feed.visits), whole.feed.pending, whole.pages.of_newest) == (300, False, None)
    assert whole.minutes.known_from < now - 1500


async def test_a_hit_of_a_second_already_seen_is_not_missed(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    now = int(clock.true)
    matomo.add(visit(1, now))
    poller = start()
    await clock.advance(1)
    matomo.add(visit(2, now))
    await clock.advance(5)
    assert ids(poller) == {1, 2}


@pytest.mark.parametrize("late", [5, 15, 50])
async def test_hits_that_a_queue_writes_late_are_found_two_polls_later(
    late: int, clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    found_after = []
    for number in range(1, 9):
        for second in range(30):
            matomo.add(visit(100 * number + second, int(clock.true)))
            await clock.advance(1)
        matomo.add(visit(number, int(clock.true) - late))
        written = clock.true
        while number not in ids(poller):
            matomo.add(visit(int(clock.true), int(clock.true)))
            await clock.advance(1)
            assert clock.true - written < 15
        found_after.append(clock.true - written)
    assert max(found_after[2:]) < 7, "once something came late, the next ones are expected"


@pytest.mark.parametrize("gap", ["sleep", "outage", "pause"])
@pytest.mark.parametrize("more", [0, 150])
async def test_hits_that_were_written_late_before_a_gap_are_found_after_it(
    gap: str, more: int, clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    for number in range(1, 31):
        matomo.add(visit(number, int(clock.true)))
        await clock.advance(1)
    while poller.snapshot.poll.in_flight:
        await clock.advance(0.1)
    matomo.add(visit(99, int(clock.true) - 30))
    if gap == "sleep":
        clock.suspend(400)
    elif gap == "outage":
        matomo.failure = Unreachable("No route to matomo.example.")
        await clock.advance(400)
        matomo.failure = None
    else:
        poller.pause()
        await clock.advance(400)
    burst(matomo, range(100, 100 + more))
    poller.resume()
    await clock.advance(6)
    assert ids(poller) == {*range(1, 31), 99, *range(100, 100 + more)}


async def test_a_visit_from_the_future_does_not_hide_the_present(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    now = int(clock.true)
    matomo.add(visit(1, now + 90_000))
    poller = start()
    await clock.advance(6)
    matomo.add(visit(2, int(clock.true)))
    await clock.advance(6)
    assert ids(poller) == {1, 2}
    assert poller.snapshot.feed.visits[0].id_visit == 2


async def test_a_quiet_poll_sends_next_to_nothing_twice(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    """With one new visit per second, a poll after 5 s returns about 5 and the overlap, not the whole half hour."""
    now = int(clock.true)
    matomo.visits[1] = [visit(number, now - number) for number in range(1, 1800)]
    start()
    await clock.advance(2)
    sent: list[int] = []

    def count(calls: list[dict[str, str]]) -> None:
        since = int(next(call for call in calls if "minTimestamp" in call)["minTimestamp"])
        sent.append(sum(row["lastActionTimestamp"] > since for row in matomo.visits[1]))

    matomo.hook = count
    for second in range(300):
        matomo.add(visit(10_000 + second, int(clock.true)))
        await clock.advance(1)
    assert sum(sent) / len(sent) < 9


async def test_a_counter_that_never_agrees_does_not_make_it_look_back_for_ever(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    """With a segment on actions Matomo may count a visit more than once."""
    matomo.extra_visits = 3
    looks_back = 0

    def count(calls: list[dict[str, str]]) -> None:
        nonlocal looks_back
        since = next((int(call["minTimestamp"]) for call in calls if "minTimestamp" in call), int(matomo.now))
        looks_back += since < matomo.now - 100

    poller = start(interval=15)
    await clock.advance(6)
    matomo.hook = count
    for _ in range(240):
        matomo.add(visit(int(clock.true), int(clock.true)))
        await clock.advance(15)
    assert 2 <= looks_back <= 8
    assert not poller.snapshot.feed.truncated
