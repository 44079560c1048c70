"""When what failed is loaded again by itself: at once when the server is back, else with growing delays."""

from __future__ import annotations

import pytest

from matomo_tui.live.snapshot import Phase
from matomo_tui.ui.widgets.retries import FIRST, LOOK_EVERY, MOST, Retries


class Pane:
    """Something that failed, and when it was loaded again."""

    def __init__(self, phase: Phase = Phase.LIVE) -> None:
        self.failed: object = "pages"
        self.loading, self.at = False, 1000.0
        self.loaded: list[float] = []
        self.retries = Retries(lambda: self.failed, lambda: self.loading, self.load, lambda: self.at)
        self.show(phase)

    def load(self) -> None:
        self.loaded.append(self.at - 1000.0)

    def show(self, phase: Phase) -> None:
        self.retries.show_live(phase)
        self.retries.look()

    def pass_(self, seconds: float) -> None:
        until = self.at + seconds
        while self.at < until:
            self.at += LOOK_EVERY
            self.retries.look()


@pytest.mark.parametrize("away", [Phase.STALE, Phase.STOPPED])
def test_a_server_that_is_back_is_asked_at_once_and_once(away: Phase) -> None:
    pane = Pane()
    pane.show(away)
    pane.pass_(3600)
    pane.show(Phase.STARTING)
    assert pane.loaded == [], "nothing while it is away"
    pane.show(Phase.LIVE)
    pane.show(Phase.LIVE)
    assert pane.loaded == [3600.0]


def test_a_connection_that_comes_and_goes_does_not_multiply_requests() -> None:
    pane = Pane()
    for _ in range(120):
        pane.at += 5
        pane.show(Phase.STALE)
        pane.show(Phase.LIVE)
    assert pane.loaded == [5.0 + FIRST * number for number in range(10)]


def test_what_fails_alone_is_loaded_with_growing_delays() -> None:
    pane = Pane()
    pane.pass_(3 * 3600)
    between = [after - before for before, after in zip(pane.loaded, pane.loaded[1:], strict=False)]
    assert pane.loaded[0] == FIRST
    assert between[:4] == [2 * FIRST, 4 * FIRST, 8 * FIRST, MOST]
    assert set(between[4:]) == {MOST}


@pytest.mark.parametrize("between", ["nothing", "another"])
def test_a_failure_is_not_held_against_the_next_one(between: str) -> None:
    pane = Pane()
    pane.pass_(3600)
    if between == "nothing":
        pane.failed = None
        pane.pass_(60)
    pane.failed = "visits"
    pane.retries.look()
    tries = len(pane.loaded)
    pane.pass_(FIRST - LOOK_EVERY)
    assert len(pane.loaded) == tries
    pane.pass_(LOOK_EVERY)
    assert len(pane.loaded) == tries + 1


def test_what_is_on_its_way_is_not_asked_for_twice_and_not_taken_for_good() -> None:
    pane = Pane()
    pane.pass_(FIRST)
    pane.failed, pane.loading = None, True
    pane.pass_(3 * FIRST)
    assert pane.loaded == [FIRST]
    pane.failed, pane.loading = "pages", False
    pane.retries.look()
    assert len(pane.loaded) == 2, "the delay goes on from the last try"
    pane.loading = True
    pane.pass_(FIRST)
    pane.show(Phase.STALE)
    pane.show(Phase.LIVE)
    assert len(pane.loaded) == 2
    pane.loading = False
    pane.retries.look()
    assert len(pane.loaded) == 3, "the request of the time when it was away has failed too"


def test_who_pauses_is_left_alone() -> None:
    pane = Pane()
    pane.show(Phase.PAUSED)
    pane.pass_(3600)
    assert pane.loaded == []


def test_a_clock_that_goes_back_delays_nothing_for_long() -> None:
    pane = Pane()
    pane.pass_(FIRST)
    pane.at -= 900
    pane.pass_(LOOK_EVERY + FIRST)
    assert len(pane.loaded) == 2
