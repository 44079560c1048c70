"""When what failed is loaded again by itself: at once when the server is back, else with growing delays."""

from __future__ import annotations

import pytest

from matomo_tui.live.snapshot import Phase
from matomo_tui.ui.widgets.retries import FIRST, LOOK_EVERY, MOST, Retries


class Pane:
    """Something that failed, and how often it was loaded again."""

    def __init__(self) -> None:
        self.failed, self.loading, self.at = True, False, 1000.0
        self.loaded: list[float] = []
        self.retries = Retries(lambda: self.failed, lambda: self.loading, self.load, lambda: self.at)

    def load(self) -> None:
        self.loaded.append(self.at - 1000.0)

    def pass_(self, seconds: float) -> None:
        until = self.at + seconds
        while self.at < until:
            self.at += LOOK_EVERY
            self.retries.look()


@pytest.mark.parametrize("away", [Phase.STALE, Phase.STOPPED])
def test_a_server_that_is_back_is_asked_at_once_and_once(away: Phase) -> None:
    pane = Pane()
    pane.retries.show_live(Phase.LIVE)
    pane.retries.show_live(away)
    pane.pass_(3600)
    pane.retries.show_live(Phase.STARTING)
    assert pane.loaded == [], "nothing while it is away"
    pane.retries.show_live(Phase.LIVE)
    pane.retries.show_live(Phase.LIVE)
    assert pane.loaded == [3600.0]


def test_what_fails_alone_is_loaded_with_growing_delays() -> None:
    pane = Pane()
    pane.retries.show_live(Phase.LIVE)
    pane.pass_(3 * 3600)
    between = [after - before for before, after in zip(pane.loaded, pane.loaded[1:], strict=False)]
    assert pane.loaded[0] == LOOK_EVERY + FIRST
    assert between[:4] == [2 * FIRST, 4 * FIRST, 8 * FIRST, MOST]
    assert set(between[4:]) == {MOST}


def test_what_came_once_is_not_held_against_the_next_failure() -> None:
    pane = Pane()
    pane.retries.show_live(Phase.LIVE)
    pane.pass_(3600)
    pane.failed = False
    pane.pass_(60)
    pane.failed, tries = True, len(pane.loaded)
    pane.pass_(LOOK_EVERY + FIRST)
    assert len(pane.loaded) == tries + 1


def test_what_is_on_its_way_is_not_asked_for_twice_and_not_taken_for_good() -> None:
    pane = Pane()
    pane.retries.show_live(Phase.LIVE)
    pane.pass_(LOOK_EVERY + FIRST)
    pane.failed, pane.loading = False, True
    pane.pass_(600)
    pane.failed, pane.loading = True, False
    pane.retries.look()
    assert len(pane.loaded) == 2, "the delay goes on from the last try"
    pane.loading = True
    pane.retries.show_live(Phase.STALE)
    pane.retries.show_live(Phase.LIVE)
    assert len(pane.loaded) == 2


def test_who_pauses_is_left_alone() -> None:
    pane = Pane()
    pane.retries.show_live(Phase.LIVE)
    pane.retries.show_live(Phase.PAUSED)
    pane.pass_(3600)
    pane.retries.show_live(Phase.LIVE)
    assert pane.loaded == []
