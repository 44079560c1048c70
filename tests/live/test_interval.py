"""The polling interval: stretched for a slow server, a quiet site and errors, and restored afterwards."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api.errors import (
    AnswerTooLong,
    MatomoError,
    RateLimited,
    ServerError,
    TimedOut,
    TokenRejected,
    Unreachable,
)
from matomo_tui.api.transport import Response
from matomo_tui.live.schedule import LONGEST_RETRY_AFTER, SLOWEST, Pacer
from matomo_tui.live.snapshot import Pace, Phase
from tests.live.conftest import Start
from tests.live.fake_clock import FakeClock
from tests.live.matomo import LiveMatomo, Watcher, begins_a_poll, visit


def gaps(matomo: LiveMatomo) -> list[float]:
    return [later - earlier for earlier, later in pairwise(matomo.asked_at)]


async def keep_busy(clock: FakeClock, matomo: LiveMatomo, seconds: int) -> None:
    """Let time pass with a new visit every few seconds."""
    for _ in range(seconds // 4):
        matomo.add(visit(int(clock.true), int(clock.true)))
        await clock.advance(4)


async def test_a_slow_server_is_asked_less_often_and_more_often_again(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    matomo.latency = 4.0
    await keep_busy(clock, matomo, 400)
    assert poller.snapshot.poll.pace is Pace.SLOW_SERVER
    assert poller.snapshot.poll.effective == pytest.approx(20, rel=0.1)
    assert gaps(matomo)[-1] == pytest.approx(20, rel=0.15)
    matomo.latency = 0.05
    await keep_busy(clock, matomo, 400)
    assert poller.snapshot.poll.effective == 5.0
    assert gaps(matomo)[-1] == pytest.approx(5, rel=0.1)


async def test_a_quiet_site_is_asked_less_often_until_the_first_visit(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    await clock.advance(200)
    assert gaps(matomo)[-1] == pytest.approx(5, rel=0.1)
    await clock.advance(3600)
    assert poller.snapshot.poll.pace is Pace.QUIET
    assert poller.snapshot.poll.effective == 30.0
    matomo.add(visit(1, int(clock.true)))
    await clock.advance(35)
    assert poller.snapshot.poll.effective == 5.0
    assert [row.id_visit for row in poller.snapshot.feed.visits] == [1]
    before = len(matomo.requests)
    await clock.advance(30)
    assert len(matomo.requests) - before >= 5


async def test_errors_back_off_up_to_five_minutes_and_come_back_by_themselves(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    await clock.advance(1)
    matomo.failure = Unreachable("No route.")
    await clock.advance(1800)
    seen = gaps(matomo)[1:]
    assert seen[0] < 15
    assert all(later > earlier * 1.2 for earlier, later in pairwise(seen[:4]))
    assert max(seen) <= 301
    assert poller.snapshot.poll.pace is Pace.ERRORS
    state = poller.snapshot.poll
    assert state.next_poll_at is not None
    assert 0 < state.next_poll_at - clock.now() <= 300
    matomo.failure = None
    await clock.advance(300)
    assert poller.snapshot.poll.error is None
    before = len(matomo.requests)
    await clock.advance(20)
    assert len(matomo.requests) - before >= 3


async def test_retry_after_is_honoured(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    poller = start()
    await clock.advance(1)
    matomo.failure = Response(429, b"slow down", {"retry-after": "120"})
    await clock.advance(10)
    assert isinstance(poller.snapshot.poll.error, RateLimited)
    assert poller.snapshot.poll.pace is Pace.RETRY_AFTER
    matomo.failure = None
    await clock.advance(105)
    assert len(matomo.polls) == 2
    await clock.advance(20)
    assert len(matomo.polls) >= 3
    assert poller.snapshot.poll.error is None


async def test_retry_after_is_honoured_up_to_an_hour_and_reported(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    await clock.advance(1)
    matomo.failure = Response(503, b"", {"retry-after": "86400"})
    await clock.advance(10)
    poll = poller.snapshot.poll
    assert poll.next_poll_at is not None
    assert 3580 < poll.next_poll_at - clock.now() <= 3600
    assert "asks you to wait 1440 min" in str(poll.error)
    before = len(matomo.requests)
    await clock.advance(3500)
    assert len(matomo.requests) == before
    matomo.failure = None
    await clock.advance(120)
    assert poller.snapshot.poll.error is None


async def test_an_answer_that_is_too_long_is_asked_for_with_fewer_visits(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    def too_long(calls: list[dict[str, str]]) -> None:
        limits = [int(call["filter_limit"]) for call in calls if call["method"] == "Live.getLastVisitsDetails"]
        matomo.failure = AnswerTooLong("more than 2 MiB") if max(limits, default=0) > 30 else None

    matomo.hook = too_long
    poller = start()
    await clock.advance(120)
    assert poller.snapshot.poll.error is None
    assert poller.snapshot.feed.ready
    matomo.hook, matomo.failure = None, None
    await clock.advance(900)
    assert matomo.asked("Live.getLastVisitsDetails")[-1]["filter_limit"] == "100", "it grows again"


def limits(calls: list[dict[str, str]]) -> list[int]:
    return [int(call["filter_limit"]) for call in calls if call["method"] == "Live.getLastVisitsDetails"]


async def test_long_visits_come_at_once_in_smaller_pages_and_the_counters_before_them(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    """A dozen visits of 500 actions: 100 kB each."""

    def too_long(calls: list[dict[str, str]]) -> None:
        matomo.failure = AnswerTooLong("more than 1 MiB") if max(limits(calls), default=0) > 10 else None

    matomo.hook = too_long
    for number in range(12):
        matomo.add(visit(number + 1, int(clock.true) - 60 - number))
    poller = start()
    watcher = Watcher()
    poller.subscribe(watcher)
    await clock.advance(4)
    assert poller.snapshot.poll.error is None
    assert len(poller.snapshot.feed.visits) == 12
    assert [limits(calls) for calls in matomo.requests] == [[30], [], [15], [7], [7], []], "the last for the reports"
    counted = [shown for shown in watcher.shown if shown.counters.visits_30.value == 12]
    assert not counted[0].feed.visits


async def test_a_moment_with_long_visits_makes_pages_small_for_no_longer_than_one_answer_would(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    """A busy site, and once a dozen visits of which two fit into an answer that holds a hundred others."""
    long_ones = range(5000, 5012)

    def too_long(calls: list[dict[str, str]]) -> None:
        rows = [row for call in calls if limits([call]) for row in matomo.listed(call)]
        actions = sum(200 if row["idVisit"] in long_ones else 5 for row in rows)
        matomo.failure = AnswerTooLong("more than 1 MiB") if actions > 590 else None

    def arrive() -> None:
        numbers.extend(range(len(numbers), len(numbers) + 40))
        for number in numbers[-40:]:
            matomo.add(visit(number, int(clock.true)))

    numbers: list[int] = []
    matomo.hook = too_long
    poller = start()
    for _ in range(12):
        arrive()
        await clock.advance(5)
    before = len(matomo.requests)
    for number in long_ones:
        matomo.add(visit(number, int(clock.true)))
    arrive()
    await clock.advance(8)
    assert len(matomo.requests) - before < 30
    known = {seen.id_visit for seen in poller.snapshot.feed.visits}
    assert not poller.snapshot.feed.truncated
    assert known >= {*long_ones, *numbers[-40:]}
    for _ in range(60):
        arrive()
        await clock.advance(5)
    assert limits(matomo.requests[-1])[0] == 100
    assert not poller.snapshot.feed.truncated


async def test_larger_pages_tried_in_vain_make_the_next_poll_no_smaller(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    """A very busy site, 60 of whose visits fit into an answer."""

    def too_long(calls: list[dict[str, str]]) -> None:
        matomo.failure = AnswerTooLong("more than 1 MiB") if max(limits(calls), default=0) > 60 else None

    matomo.hook = too_long
    start()
    await clock.advance(4)
    for burst in range(3):
        begun = len(matomo.requests)
        for number in range(200):
            matomo.add(visit(1000 * burst + number, int(clock.true)))
        await clock.advance(5)
    sizes = [limit for calls in matomo.requests[begun:] for limit in limits(calls)]
    assert sizes[:3] == [50, 50, 100], "twice as many are tried after two pages"
    assert sizes[3] == 50


async def test_visits_too_long_to_be_read_at_all_leave_the_counters(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    def too_long(calls: list[dict[str, str]]) -> None:
        matomo.failure = AnswerTooLong("more than 1 MiB") if limits(calls) else None

    matomo.hook = too_long
    matomo.add(visit(1, int(clock.true) - 60))
    poller = start()
    await clock.advance(4)
    snapshot = poller.snapshot
    assert (snapshot.poll.error, snapshot.poll.phase) == (None, Phase.LIVE)
    assert (snapshot.counters.visits_30.value, snapshot.counters.today.value) == (1, 1)
    assert "have very many actions" in str(snapshot.parts.visits)
    await clock.advance(50)
    assert sum(map(bool, map(limits, matomo.requests))) == 5, "asked for again a minute later"
    matomo.hook = matomo.failure = None
    await clock.advance(60)
    assert poller.snapshot.parts.visits is None
    assert len(poller.snapshot.feed.visits) == 1


async def test_a_poll_that_timed_out_over_the_archive_goes_on_without_it(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    def slow_archive(calls: list[dict[str, str]]) -> None:
        archive = any(call["method"] == "VisitsSummary.get" for call in calls)
        matomo.failure = TimedOut("No answer within 20 s.") if archive else None

    matomo.hook = slow_archive
    poller = start()
    await clock.advance(800)
    assert poller.snapshot.poll.error is None
    assert 2 <= len(matomo.asked("VisitsSummary.get")) <= 5
    assert poller.snapshot.counters.today.value is not None
    before = len(matomo.asked("VisitsSummary.get"))
    await clock.advance(3600)
    assert len(matomo.asked("VisitsSummary.get")) - before <= 4


async def test_the_first_figures_do_not_wait_for_the_reports(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    def slow_reports(calls: list[dict[str, str]]) -> None:
        matomo.latency = 0.1 if begins_a_poll(calls) else 15.0

    matomo.hook = slow_reports
    matomo.add(visit(1, int(clock.true) - 60))
    poller = start(interval=60)
    await clock.advance(1)
    counters = poller.snapshot.counters
    assert (len(poller.snapshot.feed.visits), counters.visits_3.value) == (1, 1)
    assert (counters.today.value, counters.conversions.value) == (None, None)
    assert (poller.snapshot.poll.phase, poller.snapshot.poll.in_flight) == (Phase.LIVE, True)
    await clock.advance(16)
    counters = poller.snapshot.counters
    assert (counters.today.value, counters.conversions.value) == (1, 7)
    assert poller.snapshot.poll.last_success_at == pytest.approx(clock.now() - 17, abs=0.5), "not as the reports"


async def test_further_figures_are_asked_for_once_the_first_are_drawn(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    drawn = asyncio.Event()
    poller = start()

    async def wait() -> None:
        await drawn.wait()

    poller.drawn = wait
    matomo.visits[1] = [visit(number, int(clock.true) - 60) for number in range(40)]
    await clock.advance(2)
    assert (len(matomo.requests), len(poller.snapshot.feed.visits)) == (1, 30)
    drawn.set()
    await clock.advance(1)
    assert (len(matomo.requests), len(poller.snapshot.feed.visits)) == (3, 40)
    drawn.clear()
    await clock.advance(20)
    assert len(matomo.polls) > 2, "only once"


async def test_a_first_poll_whose_reports_do_not_come_is_a_good_one(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    def no_reports(calls: list[dict[str, str]]) -> None:
        is_first = begins_a_poll(calls)
        matomo.failure = None if is_first else TimedOut("No answer within 20 s.")

    matomo.hook = no_reports
    matomo.add(visit(1, int(clock.true) - 60))
    poller = start()
    await clock.advance(2)
    snapshot = poller.snapshot
    assert (snapshot.poll.phase, snapshot.poll.error) == (Phase.LIVE, None)
    assert isinstance(snapshot.parts.today, TimedOut)
    await clock.advance(5)
    assert {call["method"] for call in matomo.requests[-1]} == {"Live.getCounters", "Live.getLastVisitsDetails"}
    matomo.hook = matomo.failure = None
    await clock.advance(120)
    assert (poller.snapshot.parts.today, poller.snapshot.counters.conversions.value) == (None, 7)


async def test_a_token_that_is_rejected_with_the_reports_stops_at_once(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    def rejected(calls: list[dict[str, str]]) -> None:
        is_first = begins_a_poll(calls)
        matomo.failure = None if is_first else TokenRejected("Matomo does not accept the token.")

    matomo.hook = rejected
    poller = start()
    await clock.advance(600)
    assert poller.snapshot.poll.phase is Phase.STOPPED
    assert len(matomo.requests) == 2


async def test_a_stall_at_the_start_does_not_hide_the_archives_figures_for_long(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    stalls = iter([TimedOut("No answer within 20 s.")])

    def stall_once(calls: list[dict[str, str]]) -> None:
        archive = any(call["method"] == "VisitsSummary.get" for call in calls)
        matomo.failure = next(stalls, None) if archive else None

    matomo.hook = stall_once
    poller = start()
    await clock.advance(120)
    assert poller.snapshot.counters.conversions.value is not None


OUTCOMES = st.one_of(
    st.tuples(st.floats(0, 100), st.booleans()),
    st.sampled_from([Unreachable("x"), TimedOut("x"), ServerError("x", 503)]),
    st.floats(0, 1e6).map(lambda seconds: _limited(seconds)),
)


def _limited(seconds: float) -> MatomoError:
    error = RateLimited("x")
    error.retry_after = seconds
    return error


@given(st.floats(2, 3600), st.lists(OUTCOMES, max_size=40), st.integers())
def test_whatever_happens_the_wait_stays_within_its_bounds(
    interval: float, outcomes: list[tuple[float, bool] | MatomoError], seed: int
) -> None:
    pacer = Pacer(interval, rng=random.Random(seed))
    now = 0.0
    for outcome in outcomes:
        if isinstance(outcome, MatomoError):
            pacer.failed(outcome)
        else:
            pacer.succeeded(now, elapsed=outcome[0], changed=outcome[1])
        wait = pacer.delay()
        now += wait
        effective, pace = pacer.effective
        assert (
            interval * 0.94
            <= wait
            <= max(LONGEST_RETRY_AFTER if pace is Pace.RETRY_AFTER else SLOWEST, interval) * 1.06
        )
        assert effective == interval or pace is not Pace.NORMAL
    pacer.wake()
    for _ in range(60):
        pacer.succeeded(now, elapsed=0.01, changed=True)
    assert pacer.effective == (interval, Pace.NORMAL)
