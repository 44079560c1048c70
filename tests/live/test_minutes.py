"""Actions and visits begun per minute of the last hour."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from matomo_tui.live.backfill import past_counts
from matomo_tui.live.minutes import LENGTH, MinuteCounts
from tests.live.fake_clock import START
from tests.live.matomo import visit
from tests.live.visits import actions, read

MINUTE = int(START) // 60 * 60


def counted(counts: MinuteCounts, *rows: dict[str, Any], now: int = MINUTE + 30) -> None:
    for row in rows:
        counts.count(read(row, now=now), now)


def test_actions_and_visits_stand_in_the_minute_they_were_in() -> None:
    counts = MinuteCounts(MINUTE - 1800)
    counted(counts, visit(1, MINUTE - 61, MINUTE - 60, MINUTE - 1, MINUTE + 5), visit(2, MINUTE + 6))
    minutes = counts.minutes(MINUTE + 30)
    assert minutes.last_minute_at == MINUTE
    assert minutes.actions[-3:] == (1, 2, 2)
    assert minutes.visits[-3:] == (1, 0, 1)
    assert len(minutes.actions) == len(minutes.visits) == LENGTH
    assert minutes.known_from == MINUTE - 1800


def test_goals_and_orders_are_no_actions() -> None:
    counts = MinuteCounts(0)
    kinds = ["action", "event", "search", "download", "outlink", 13, "goal", "ecommerceOrder", "ecommerceAbandonedCart"]
    counted(counts, actions(*({"type": kind} for kind in kinds), at=MINUTE))
    assert sum(counts.minutes(MINUTE + 30).actions) == 6


def test_an_hour_later_all_is_forgotten() -> None:
    counts = MinuteCounts(MINUTE - 1800)
    counted(counts, *(visit(number, MINUTE + number) for number in range(30)))
    assert sum(counts.minutes(MINUTE + 59 * 60).actions) == 30
    later = counts.minutes(MINUTE + 60 * 60)
    assert sum(later.actions) == sum(later.visits) == 0
    assert later.known_from == 0
    assert len(counts) == 0


def test_the_same_hour_is_the_same_object() -> None:
    counts = MinuteCounts(0)
    counted(counts, visit(1, MINUTE))
    first = counts.minutes(MINUTE + 10)
    assert counts.minutes(MINUTE + 20) is first
    assert counts.minutes(MINUTE + 60) is not first


def test_more_visits_than_are_remembered_are_not_counted_twice() -> None:
    counts = MinuteCounts(0, max_visits=10)
    times = {number: MINUTE - 1200 + number * 10 for number in range(40)}
    counted(counts, *(visit(number, at) for number, at in times.items()))
    assert sum(counts.minutes(MINUTE).actions) == 40
    assert len(counts) == 10
    counted(counts, *(visit(number, at, at + 600) for number, at in times.items()))
    assert sum(counts.minutes(MINUTE + 30).actions) == 80
    assert sum(counts.minutes(MINUTE + 30).visits) == 40


def test_a_long_visit_keeps_totals_beyond_its_bounded_timeline() -> None:
    counts = MinuteCounts(0)
    times = list(range(MINUTE - 1200, MINUTE, 4))
    counted(counts, visit(1, *times[:150]))
    counted(counts, visit(1, *times))
    assert sum(counts.minutes(MINUTE + 30).actions) == 300


def test_the_counters_history_is_computed_from_the_visits() -> None:
    rows = [visit(number, MINUTE - 900 + number * 7, MINUTE - 880 + number * 9) for number in range(60)]
    seen = [read(row, now=MINUTE) for row in rows]
    told = past_counts(seen, since=MINUTE - 1800, now=MINUTE + 3)
    assert told[0].at >= MINUTE - 1800 + 180
    assert [later.at - earlier.at for earlier, later in pairwise(told)] == [30] * (len(told) - 1)
    assert any(count.visits for count in told)
    for count in told:
        window = range(count.at - 180, count.at)
        inside = [[at for at in one.action_times if at in window] for one in seen]
        assert (count.visits, count.actions) == (sum(map(bool, inside)), sum(map(len, inside)))
        assert count.visitors == count.visits


def test_a_visit_that_only_ordered_lately_was_there_without_an_action() -> None:
    details = ({"type": "action"}, {"type": "ecommerceOrder", "timestamp": MINUTE - 60 + 3600})
    seen = read(actions(*details, at=MINUTE - 600, lastActionTimestamp=MINUTE - 60), now=MINUTE)
    told = past_counts([seen], since=MINUTE - 1800, now=MINUTE + 3)[-1]
    assert (told.visits, told.actions, told.visitors) == (1, 0, 1)
