"""Figures that remember what they were."""

from __future__ import annotations

from matomo_tui.live.counters import POINTS, SAMPLES, MetricHistory
from tests.live.conftest import Start
from tests.live.fake_clock import START, FakeClock
from tests.live.matomo import LiveMatomo, visit


def test_a_figure_is_compared_with_itself_three_minutes_ago() -> None:
    track = MetricHistory(180)
    for step in range(60):
        track.add(START + step * 5, step)
        before = track.count.before
        assert before is not None if step >= 38 else before is None or step >= 34
        assert before is None or abs(step - 36 - before) <= 2
    assert track.count.value == 59


def test_a_gap_leaves_nothing_to_compare_with() -> None:
    track = MetricHistory(180)
    track.add(START, 5)
    track.add(START + 1000, 7)
    assert track.count.before is None
    track.add(START + 1180, 8)
    assert track.count.before == 7


def test_a_clock_set_back_starts_over() -> None:
    track = MetricHistory(180)
    for step in range(60):
        track.add(START + step * 5, step)
    track.add(START - 3600, 1)
    assert (track.count.value, track.count.before, track.count.history) == (1, None, (1,))


def test_a_history_is_bounded_and_oldest_first() -> None:
    track = MetricHistory(1800)
    for step in range(10_000):
        track.add(START + step * 5, step)
    assert len(track) == SAMPLES
    assert len(track.count.history) == POINTS
    assert list(track.count.history) == sorted(track.count.history)
    assert track.count.before is not None
    assert abs(9_999 - 360 - track.count.before) <= 2


def test_an_equal_figure_is_the_same_object() -> None:
    track = MetricHistory()
    for step in range(3000):
        track.add(START + step * 5, 3)
    first = track.count
    track.add(START + 15_000, 3)
    assert track.count is first


async def test_the_first_picture_has_a_past(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    """What is filled in at the start tells what the counters of 3 minutes would have said."""
    now = int(clock.true)
    for number in range(300):
        matomo.add(visit(number, now - number * 6))
    poller = start()
    await clock.advance(6)
    counters = poller.snapshot.counters
    assert counters.visits_3.value == 30
    assert counters.visits_3.before is not None
    assert abs(counters.visits_3.before - 30) <= 2
    assert counters.actions_3.before == counters.visits_3.before
    assert len(counters.active.history) > 40
    assert counters.visits_30.before is None


async def test_the_figures_of_the_first_half_hour(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    poller = start()
    for number in range(400):
        matomo.add(visit(number, int(clock.true)))
        await clock.advance(6)
    counters = poller.snapshot.counters
    assert counters.visits_3.value in (29, 30, 31)
    assert counters.visits_30.value in (299, 300, 301)
    assert counters.active.value == counters.visits_3.value
    assert counters.visits_30.before is not None
    assert 90 <= counters.visits_30.before <= 110
    assert (counters.conversions.value, counters.revenue.value) == (7, 120.5)
    assert (counters.bounce_rate.value, counters.avg_time.value) == (0.5, 60)
    assert counters.archived_at is not None
    assert clock.now() - counters.archived_at <= 905


HOURS = "VisitTime.getVisitInformationPerServerTime"


async def test_the_hours_of_the_day_are_known_at_once(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    for number in range(12):
        matomo.add(visit(number, int(clock.true) - number * 3600))
    poller = start()
    await clock.advance(12)
    counters = poller.snapshot.counters
    assert counters.today.history == (*[0.0] * 2, *[1.0] * 12), "it is 13:31 in Berlin"
    assert counters.conversions.history == counters.today.history
    assert sum(counters.revenue.history) == 12 * 17.5
    assert (counters.conversions.value, counters.revenue.value) == (7, 120.5)
    await clock.advance(1000)
    assert len(matomo.asked(HOURS)) == len(matomo.asked("Goals.get")) == 2, "with the archive, not with each poll"


async def test_reports_that_are_not_built_are_unknown_not_nought(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.answers["VisitsSummary.get"] = {"nb_visits": 0, "nb_uniq_visitors": 0, "bounce_rate": 0}
    matomo.answers["Goals.get"] = {"nb_conversions": 0, "revenue": 0}
    poller = start()
    await clock.advance(12)
    counters = poller.snapshot.counters
    assert (counters.today.value, counters.conversions.value, counters.unique.value) == (0, 0, 0), "nobody came yet"
    matomo.add(visit(1, int(clock.true)))
    await clock.advance(1000)
    counters = poller.snapshot.counters
    assert counters.today.value == 1
    assert [one.value for one in (counters.conversions, counters.revenue, counters.unique)] == [None] * 3
    del matomo.answers["VisitsSummary.get"], matomo.answers["Goals.get"]
    await clock.advance(900)
    assert poller.snapshot.counters.conversions.value == 7


async def test_hours_that_are_refused_leave_the_figures_alone(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.refused[HOURS] = "The plugin VisitTime is not enabled."
    poller = start()
    await clock.advance(600)
    snapshot = poller.snapshot
    assert snapshot.counters.conversions.value == 7
    assert snapshot.parts.today is None
    assert snapshot.poll.failing == ()
    assert len(matomo.asked(HOURS)) == 1


async def test_a_new_day_forgets_the_hours(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.add(visit(1, int(clock.true)))
    poller = start()
    await clock.advance(12)
    assert len(poller.snapshot.counters.revenue.history) == 14
    poller.set_interval(60)
    await clock.advance(10.6 * 3600)
    assert len(poller.snapshot.counters.revenue.history) == 1
