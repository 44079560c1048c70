"""Unreadable counters are unknown and their part has failed; they are never shown as 0."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from matomo_tui.api import goals, live, visits_summary
from matomo_tui.live.snapshot import Phase
from tests.live.conftest import Start
from tests.live.fake_clock import FakeClock
from tests.live.matomo import LiveMatomo, visit

UNREADABLE: list[Any] = [None, {}, [], "many", -1, "-4", 10**400, 1e999]


def body(value: Any) -> bytes:
    return json.dumps(value).replace("Infinity", "1e999").encode()


@pytest.mark.parametrize("value", UNREADABLE, ids=repr)
def test_a_counter_that_cannot_be_read_is_no_answer(value: Any) -> None:
    for row in ({"visits": value, "actions": 3}, {"visits": 3, "actions": value}):
        with pytest.raises((ValueError, msgspec.MsgspecError)):
            live.get_counters(1, 3).decode(body([row]))


@pytest.mark.parametrize("answer", [[], [[]], {}, [{}], None, False])
def test_an_answer_without_the_columns_asked_for_is_no_answer(answer: Any) -> None:
    with pytest.raises(ValueError, match=r"no count of|not a Counters"):
        live.get_counters(1, 3).decode(body(answer))


def test_a_count_as_text_is_a_count() -> None:
    assert live.get_counters(1, 3).decode(body([{"visits": "12", "actions": 30.0}])).visits == 12


@pytest.mark.parametrize("value", [None, {}, -1, 10**400], ids=repr)
def test_todays_figures_that_cannot_be_read_are_not_known(value: Any) -> None:
    summary = visits_summary.get(1, "day", "today").decode(body({"bounce_rate": value, "avg_time_on_site": value}))
    assert (summary.bounce_rate, summary.avg_time_on_site) == (None, None)
    with pytest.raises(ValueError, match="no figure: nb_conversions"):
        goals.get(1, "day", "today").decode(body({"nb_conversions": value, "revenue": 1}))


async def poll_with(matomo: LiveMatomo, start: Start, clock: FakeClock, counters: Any) -> Any:
    """A poller that polled successfully, and then received ``counters`` for half a minute."""
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(12)
    matomo.answers["Live.getCounters"] = counters
    await clock.advance(30)
    return poller


async def test_unreadable_counters_fail_their_part_and_keep_their_age(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = await poll_with(matomo, start, clock, [[]])
    snapshot = poller.snapshot
    assert snapshot.poll.phase is Phase.LIVE
    assert snapshot.poll.failing == ("counters",)
    assert "Live.getCounters" in str(snapshot.parts.counters)
    assert snapshot.counters.visits_30.value == 1
    assert snapshot.counters.counters_at is not None, "older than its neighbours, and it says so"
    assert snapshot.counters.counters_at < snapshot.poll.last_success_at
    del matomo.answers["Live.getCounters"]
    await clock.advance(70)
    assert (poller.snapshot.poll.failing, poller.snapshot.counters.counters_at) == ((), None)


async def test_unreadable_from_the_beginning_is_unknown_not_nought(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.answers["Live.getCounters"] = [{"visits": None, "actions": -2}]
    poller = start()
    await clock.advance(12)
    counters = poller.snapshot.counters
    assert (counters.actions_3.value, counters.visits_30.value, counters.today.value) == (None, None, None)
    assert "counters" in poller.snapshot.poll.failing


async def test_where_nothing_can_be_read_nothing_is_live(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.answers |= {"Live.getCounters": [[]], "Live.getLastVisitsDetails": [[]]}
    poller = start()
    await clock.advance(12)
    assert poller.snapshot.poll.phase is Phase.STALE
    assert poller.snapshot.poll.error is not None


async def test_visits_that_fail_leave_the_active_ones_as_they_were_with_their_age(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(12)
    matomo.answers["Live.getLastVisitsDetails"] = "nonsense"
    await clock.advance(400)
    snapshot = poller.snapshot
    assert snapshot.poll.failing == ("visits",)
    assert snapshot.counters.active.value == 1, "nobody saw them go"
    assert snapshot.counters.visits_at is not None


async def test_the_visits_of_today_say_when_they_came(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(6)
    assert poller.snapshot.counters.today_at is not None
    assert clock.now() - poller.snapshot.counters.today_at < 60
