"""The snapshots of the last hour: one a poll, bounded, of one site and segment."""

from __future__ import annotations

from msgspec.structs import replace

from matomo_tui.live.snapshot import Feed, LiveSnapshot, Phase, PollState
from matomo_tui.live.snapshot_history import MOST, SPAN, SnapshotHistory
from tests.live.matomo import SHOP

START = 1_795_437_064.0


def snapshot(after: float, polls: int, phase: Phase = Phase.LIVE, **given: object) -> LiveSnapshot:
    poll = PollState(phase=phase, polls=polls, last_success_at=START + after)
    made = LiveSnapshot(site=SHOP, taken_at=START + after, poll=poll, feed=Feed(ready=True))
    return replace(made, **given)


def filled(count: int, interval: float = 5.0) -> SnapshotHistory:
    history = SnapshotHistory()
    for number in range(count):
        history.add(snapshot(number * interval, number))
    return history


def test_an_instant_shows_the_newest_poll_before_it() -> None:
    history = filled(10)
    for at, polls in ((22.0, 4), (25.0, 5), (-100.0, 0), (1e6, 9)):
        found = history.before(START + at)
        assert found is not None
        assert found.poll.polls == polls
    assert SnapshotHistory().before(START) is None


def test_steps_go_from_poll_to_poll() -> None:
    history = filled(3)
    middle = history.before(START + 5)
    assert middle is not None
    steps = [history.beside(middle, step) for step in (-5, -1, 1, 2)]
    assert [step and step.poll.polls for step in steps] == [0, 0, 2, None]


def test_of_the_snapshots_of_one_poll_the_last_is_kept() -> None:
    history = SnapshotHistory()
    for after in (0.0, 1.0, 2.0):
        history.add(snapshot(after, 1))
    assert list(history.times) == [START + 2.0]


def test_a_request_in_flight_and_a_screen_without_figures_are_left_out() -> None:
    history = SnapshotHistory()
    history.add(snapshot(0, 1, poll=PollState(phase=Phase.LIVE, in_flight=True)))
    history.add(snapshot(1, 1, feed=Feed()))
    assert len(history) == 0


def test_no_more_than_an_hour_is_kept_however_fast_the_polls() -> None:
    history = filled(4_000, interval=2.0)
    assert len(history) <= MOST
    assert history.times[-1] - history.times[0] <= SPAN
    assert history.times[-1] - history.times[0] > SPAN - 20
    gaps = [after - before for before, after in zip(history.times, history.times[1:], strict=False)]
    assert min(gaps[:-1]) >= 4.0


def test_a_change_of_phase_is_kept_and_named() -> None:
    history = filled(3, interval=2.0)
    history.add(snapshot(7, 3, Phase.STALE))
    history.add(snapshot(8, 4))
    assert list(history.failed_times) == [START + 7]


def test_another_site_or_segment_or_a_clock_set_back_begins_anew() -> None:
    history = filled(5)
    assert history.add(snapshot(30, 6, segment="countryCode==de"))
    assert len(history) == 1
    assert not history.add(snapshot(10, 7, segment="countryCode==de"))
    assert list(history.times) == [START + 10]


def test_each_poll_of_the_hour_is_found_packed_or_not() -> None:
    history = filled(100)
    for place, at in enumerate(history.times):
        found = history.before(at + 1)
        assert found == snapshot(place * 5.0, place)
        later = history.beside(snapshot(place * 5.0, place), 1)
        assert later == (snapshot(place * 5.0 + 5, place + 1) if place < 99 else None)


def test_after_a_long_sleep_only_the_present_is_kept() -> None:
    history = filled(60)
    history.add(snapshot(3 * SPAN, 61))
    assert list(history.times) == [START + 3 * SPAN]
    assert history.before(START) == snapshot(3 * SPAN, 61)
