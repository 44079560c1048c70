"""Visits as they happen: every action once, none lost, also over pages, failures and restarts."""

from __future__ import annotations

import random
from typing import Any

import pytest

from matomo_tui.api.client import Client
from matomo_tui.api.errors import AnswerTooLong, ServerError
from matomo_tui.headless.visit_stream import REPEATED, VisitStream, VisitUpdate
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP, LiveMatomo, page_view, visit
from tests.recorded import json_response

START = int(FakeClock().now())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def matomo(clock: FakeClock) -> LiveMatomo:
    return LiveMatomo(clock, latency=0.0)


def stream(since: int = START) -> VisitStream:
    return VisitStream(SHOP, "", since)


async def poll(found: VisitStream, client: Client, clock: FakeClock) -> list[VisitUpdate]:
    return [update async for update in found.poll(client, clock.now())]


def ids(updates: list[VisitUpdate]) -> list[str]:
    return [action.id for update in updates for action in update.actions]


def hits(number: int, *times: int, **columns: Any) -> dict[str, Any]:
    """A visit whose actions have Matomo's ids."""
    row = visit(number, *times, **columns)
    for place, action in enumerate(row["actionDetails"], 1):
        action["pageId"] = number * 1000 + place
    return row


async def test_each_action_comes_once(clock: FakeClock, matomo: LiveMatomo) -> None:
    client, found = matomo.client(), stream()
    assert await poll(found, client, clock) == []
    clock.true += 10
    matomo.add(hits(1, START + 3, START + 9))
    (first,) = await poll(found, client, clock)
    assert (first.is_new, first.row.id_visit, ids([first])) == (True, 1, ["1-1001", "1-1002"])
    assert [action.entry.at for action in first.actions] == [START + 3, START + 9]
    assert await poll(found, client, clock) == []
    clock.true += 10
    matomo.add(hits(1, START + 3, START + 9, START + 20))
    (more,) = await poll(found, client, clock)
    assert (more.is_new, ids([more]), more.cursor) == (False, ["1-1003"], START + 20)
    assert len(more.row.timeline) == 3


async def test_what_was_before_the_start_is_not_told(clock: FakeClock, matomo: LiveMatomo) -> None:
    matomo.add(hits(1, START - 500, START - 400))
    matomo.add(hits(2, START - 300, START + 2))
    clock.true += 5
    (update,) = await poll(stream(), matomo.client(), clock)
    assert (update.row.id_visit, update.is_new, ids([update])) == (2, False, ["2-2002"])


@pytest.mark.parametrize("same_second", [True, False])
async def test_a_burst_is_read_to_its_end(clock: FakeClock, matomo: LiveMatomo, same_second: bool) -> None:
    clock.true += 400
    for number in range(1, 351):
        matomo.add(hits(number, START + (7 if same_second else number)))
    updates = await poll(stream(), matomo.client(), clock)
    assert sorted(ids(updates)) == sorted(f"{number}-{number * 1000 + 1}" for number in range(1, 351))
    cursors = [update.cursor for update in updates]
    assert cursors == sorted(cursors)
    assert len(matomo.requests) <= 5


async def test_a_failure_between_pages_loses_and_repeats_nothing(clock: FakeClock, matomo: LiveMatomo) -> None:
    clock.true += 400
    for number in range(1, 251):
        matomo.add(hits(number, START + number))
    client, found = matomo.client(), stream()
    got: list[VisitUpdate] = []

    async def read_one_by_one() -> None:
        async for update in found.poll(client, clock.now()):
            got.append(update)

    matomo.hook = lambda _: setattr(matomo, "failure", ServerError("Down.") if len(matomo.requests) == 2 else None)
    with pytest.raises(ServerError):
        await read_one_by_one()
    assert len(got) == 100
    got += await poll(found, client, clock)
    assert sorted(ids(got)) == sorted(f"{number}-{number * 1000 + 1}" for number in range(1, 251))


async def test_a_hit_that_is_written_late_is_found(clock: FakeClock, matomo: LiveMatomo) -> None:
    client, found = matomo.client(), stream()
    clock.true += 100
    matomo.add(hits(1, START + 99))
    await poll(found, client, clock)
    matomo.add(hits(2, START + 50))
    late: list[VisitUpdate] = []
    for _ in range(13):
        clock.true += 5
        late += await poll(found, client, clock)
    assert ids(late) == ["2-2001"]
    assert late[0].cursor == START + 99


async def test_goals_orders_and_carts_have_ids_of_their_own(clock: FakeClock, matomo: LiveMatomo) -> None:
    row = visit(1, START + 3)
    at = page_view(START + 3)["timestamp"]
    row["actionDetails"] += [
        {"type": "goal", "goalName": "Newsletter", "goalId": 4, "timestamp": at},
        {"type": "goal", "goalName": "Trial", "goalId": 5, "timestamp": at},
        {"type": "ecommerceOrder", "orderId": "O-1", "revenue": 20, "timestamp": at},
        {"type": "ecommerceAbandonedCart", "revenue": 20, "timestamp": at},
        {"type": "plugin\x1b[2J", "timestamp": at},
    ]
    matomo.add(row)
    clock.true += 5
    (update,) = await poll(stream(), matomo.client(), clock)
    assert len(set(ids([update]))) == 6
    assert f"1-goal4-{at}" in ids([update])
    assert "1-order-O-1" in ids([update])
    assert "\x1b" not in "".join(ids([update]))


async def test_a_tracker_ahead_of_time_moves_no_cursor_into_the_future(clock: FakeClock, matomo: LiveMatomo) -> None:
    client, found = matomo.client(), stream()
    matomo.add(hits(1, START + 3_600))
    clock.true += 5
    (update,) = await poll(found, client, clock)
    assert update.cursor <= clock.now()
    matomo.add(hits(2, START + 8))
    clock.true += 5
    assert ids(await poll(found, client, clock)) == ["2-2001"]


async def test_answers_that_are_too_long_are_requested_in_smaller_pages(clock: FakeClock, matomo: LiveMatomo) -> None:
    clock.true += 100
    for number in range(1, 31):
        matomo.add(hits(number, START + number))

    def hook(calls: list[dict[str, str]]) -> None:
        too_long = int(calls[0].get("filter_limit", 0)) > 20
        matomo.failure = AnswerTooLong("Too long.") if too_long else None

    matomo.hook = hook
    updates = await poll(stream(), matomo.client(), clock)
    assert len(ids(updates)) == 30


async def test_broken_visits_break_nothing(clock: FakeClock, matomo: LiveMatomo) -> None:
    clock.true += 10
    matomo.add(hits(1, START + 3))
    good = matomo.visits[1][0]
    matomo.answers["Live.getLastVisitsDetails"] = [{}, {"idVisit": "x"}, {"idVisit": 5}, good]
    assert "1-1001" in ids(await poll(stream(), matomo.client(), clock))
    matomo.failure = json_response([])
    assert await poll(stream(), matomo.client(), clock) == []


@pytest.mark.parametrize("seed", range(12))
async def test_no_action_is_lost_however_often_it_is_restarted(seed: int) -> None:
    """A run of many visits, with restarts in the middle of a batch from the cursor of the last line printed."""
    rng, clock = random.Random(seed), FakeClock()
    matomo = LiveMatomo(clock, latency=0.0)
    client, found = matomo.client(), stream()
    times: dict[int, list[int]] = {}
    printed: list[str] = []
    cursor = START
    for _ in range(60):
        clock.true += rng.choice([1, 2, 5, 30])
        for _ in range(rng.choice([0, 1, 3, 40])):
            number = rng.randint(1, 80)
            at = max(int(clock.true) - rng.choice([0, 0, 0, 1, 20, 100]), *times.get(number, [0]))
            times.setdefault(number, []).append(at)
            matomo.add(hits(number, *times[number]))
        stop_after = rng.choice([0, 1, 7, 1000, 1000])
        async for update in found.poll(client, clock.now()):
            if stop_after == 0:  # killed before this line
                found = stream(cursor - REPEATED)
                break
            stop_after -= 1
            printed += ids([update])
            cursor = update.cursor
    for _ in range(4):
        clock.true += 30
        printed += ids(await poll(found, client, clock))
    everything = {f"{number}-{number * 1000 + n}" for number, ats in times.items() for n in range(1, len(ats) + 1)}
    assert set(printed) == everything


async def test_without_a_restart_nothing_is_printed_twice() -> None:
    rng, clock = random.Random(5), FakeClock()
    matomo = LiveMatomo(clock, latency=0.0)
    client, found = matomo.client(), stream()
    times: dict[int, list[int]] = {}
    printed: list[str] = []
    for _ in range(200):
        clock.true += 5
        for _ in range(rng.randint(0, 5)):
            number = rng.randint(1, 40)
            times.setdefault(number, []).append(int(clock.true))
            matomo.add(hits(number, *times[number]))
        printed += ids(await poll(found, client, clock))
    assert len(printed) == len(set(printed)) == sum(map(len, times.values()))
