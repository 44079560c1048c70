"""The delay before the next poll, for each reason that stretches it."""

from __future__ import annotations

import random

import pytest

from matomo_tui.api.errors import RateLimited, ServerError
from matomo_tui.live.schedule import LONGEST_RETRY_AFTER, QUIET_AFTER, SLOWEST, Pacer
from matomo_tui.live.snapshot import Pace


class Middle(random.Random):
    """Returns the middle of each range, and records the bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.bounds: tuple[float, float] | None = None

    def uniform(self, a: float, b: float) -> float:
        self.bounds = (a, b)
        return (a + b) / 2


@pytest.fixture
def rng() -> Middle:
    return Middle()


@pytest.fixture
def pacer(rng: Middle) -> Pacer:
    return Pacer(5.0, rng=rng)


def test_before_anything_happened_the_interval_is_kept(pacer: Pacer, rng: Middle) -> None:
    assert (pacer.effective, pacer.failures) == ((5.0, Pace.NORMAL), 0)
    assert pacer.delay() == 5.0
    assert rng.bounds == (0.95, 1.05)


def test_a_slow_answer_weighs_more_than_a_fast_one(pacer: Pacer) -> None:
    pacer.succeeded(0.0, elapsed=4.0, changed=True)
    assert pacer.effective == (10.0, Pace.SLOW_SERVER)  # half of 4 s, which is a fifth of the interval
    pacer.succeeded(5.0, elapsed=0.0, changed=True)
    assert pacer.effective == (7.5, Pace.SLOW_SERVER)  # a quarter less
    pacer.succeeded(10.0, elapsed=None, changed=True)
    assert pacer.effective == (7.5, Pace.SLOW_SERVER)


def test_each_failure_doubles_the_wait_from_five_seconds_up_to_the_slowest(rng: Middle) -> None:
    pacer = Pacer(2.0, rng=rng)
    waits = []
    for _ in range(7):
        pacer.failed(ServerError("down", 503))
        waits.append(pacer.delay())
        assert rng.bounds == (0.8, 1.2)
        assert pacer.effective[1] is Pace.ERRORS
    assert waits == [10.0, 20.0, 40.0, 80.0, 160.0, SLOWEST, SLOWEST]
    pacer.succeeded(0.0, elapsed=None, changed=False)
    assert (pacer.failures, pacer.effective) == (0, (2.0, Pace.NORMAL))


@pytest.mark.parametrize(
    ("wish", "wait", "pace"),
    [
        (None, 10.0, Pace.ERRORS),
        (9.0, 10.0, Pace.ERRORS),
        (10.0, 10.0, Pace.RETRY_AFTER),
        (90.0, 90.0, Pace.RETRY_AFTER),
        (86_400.0, LONGEST_RETRY_AFTER, Pace.RETRY_AFTER),
    ],
)
def test_a_servers_own_wish_counts_where_it_is_longer(
    pacer: Pacer, wish: float | None, wait: float, pace: Pace
) -> None:
    error = RateLimited("too many")
    error.retry_after = wish
    pacer.failed(error)
    assert pacer.effective == (wait, pace)


def test_a_quiet_site_is_asked_less_often_until_someone_acts_or_something_fails(pacer: Pacer) -> None:
    pacer.succeeded(0.0, elapsed=None, changed=False)
    pacer.succeeded(QUIET_AFTER - 1, elapsed=None, changed=False)
    assert pacer.effective == (5.0, Pace.NORMAL)
    pacer.succeeded(QUIET_AFTER, elapsed=None, changed=False)
    assert pacer.effective == (10.0, Pace.QUIET)
    pacer.succeeded(100 * QUIET_AFTER, elapsed=None, changed=False)
    assert pacer.effective == (30.0, Pace.QUIET)
    pacer.wake()
    assert pacer.effective == (5.0, Pace.NORMAL)
    pacer.succeeded(101 * QUIET_AFTER, elapsed=None, changed=False)
    assert pacer.effective == (5.0, Pace.NORMAL), "how long it was quiet is counted from now on"
    pacer.succeeded(102 * QUIET_AFTER, elapsed=None, changed=False)
    pacer.failed(ServerError("down", 503))
    pacer.wake()
    assert (pacer.failures, pacer.effective) == (0, (5.0, Pace.NORMAL))


def test_another_site_is_not_quiet_but_fails_as_the_one_before(pacer: Pacer) -> None:
    pacer.succeeded(0.0, elapsed=None, changed=False)
    pacer.succeeded(100 * QUIET_AFTER, elapsed=None, changed=False)
    pacer.switched()
    assert pacer.effective == (5.0, Pace.NORMAL)
    for _ in range(3):
        pacer.failed(ServerError("down", 503))
    waits = pacer.delay()
    pacer.switched()
    assert (pacer.failures, pacer.delay()) == (3, waits)
