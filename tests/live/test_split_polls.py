"""Known visits are requested on their own, with the columns that change: the result is that of whole visits."""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec.structs import replace

from matomo_tui.live.poller import Poller
from matomo_tui.recording.recording_transport import RecordingTransport
from matomo_tui.recording.replay_transport import ReplayTransport
from tests.live.conftest import Start
from tests.live.fake_clock import FakeClock
from tests.live.matomo import LiveMatomo, page_view, visit

METHOD = "Live.getLastVisitsDetails"


def comes(matomo: LiveMatomo, *numbers: int, **columns: Any) -> None:
    """New visits with an action in this second."""
    for number in numbers:
        matomo.add(visit(number, int(matomo.now), **{"referrerTypeName": "Direct Entry", "city": "Bonn", **columns}))


def goes_on(matomo: LiveMatomo, number: int, **columns: Any) -> None:
    """The visit has one more page view, now."""
    now = int(matomo.now)
    row = next(row for row in matomo.visits[1] if row["idVisit"] == number)
    details = [*row["actionDetails"], page_view(now, f"/{now % 7}")]
    last = {"lastActionTimestamp": now, "actions": len(details), "actionDetails": details}
    matomo.add({**row, **last, "visitDuration": now - row["firstActionTimestamp"], **columns})


def calls(request: list[dict[str, str]]) -> list[list[str]]:
    """The columns of each call for visits."""
    return [call["showColumns"].split(",") for call in request if call["method"] == METHOD]


def shown(poller: Poller) -> tuple[Any, ...]:
    snapshot = poller.snapshot
    feed = tuple(replace(row, updated_at=0.0) for row in snapshot.feed.visits)
    rankings = snapshot.pages, snapshot.sources, snapshot.countries, snapshot.devices, snapshot.happenings
    return feed, rankings, snapshot.minutes.actions, snapshot.counters.active.value


async def check(poller: Poller, clock: FakeClock, start: Start) -> None:
    """The poller shows what another shows that begins now, and so requests all visits whole."""
    fresh = start()
    await clock.advance(0.2)
    poller.poll_now()
    await clock.advance(0.2)
    assert shown(poller) == shown(fresh)


async def settled(clock: FakeClock, matomo: LiveMatomo, start: Start) -> Poller:
    """A poller that knows four visits, the last action of which was just before its last poll."""
    comes(matomo, 1, 2, 3, 4)
    poller = start()
    await clock.advance(1)
    return poller


async def test_known_visits_come_with_the_columns_that_change(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = await settled(clock, matomo, start)
    await clock.advance(3)
    comes(matomo, 5, 6)
    goes_on(matomo, 2)
    await clock.advance(1.5)
    assert len(matomo.polls) == 2
    others, known = calls(matomo.requests[-1])
    assert "visitorId" in others
    assert "country" not in others
    assert "visitorId" not in known
    assert "actionDetails" in known
    await check(poller, clock, start)


async def test_a_hit_of_a_known_visit_that_is_written_after_a_later_one_is_found(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = await settled(clock, matomo, start)
    await clock.advance(2.5)
    goes_on(matomo, 2)
    late = matomo.visits[1].pop()
    await clock.advance(1)
    comes(matomo, 5)
    await clock.advance(1)
    assert {row.id_visit: row.actions for row in poller.snapshot.feed.visits}[2] == 1
    matomo.add(late)
    await clock.advance(5)
    assert {row.id_visit: row.actions for row in poller.snapshot.feed.visits}[2] == 2
    await check(poller, clock, start)


@pytest.mark.parametrize("filters", [True, False])
async def test_an_hour_of_split_polls_shows_what_whole_ones_show(
    clock: FakeClock, matomo: LiveMatomo, start: Start, filters: bool
) -> None:
    """New visits with lower ids, hits that come late and within one second, and a server that ignores the ids."""
    rng = random.Random(7)
    matomo.filters = filters
    poller = await settled(clock, matomo, start)
    number = 1000
    for _ in range(60):
        await clock.advance(rng.uniform(0.2, 1.4))
        for _ in range(rng.randrange(4)):
            number = rng.choice((number + 1, number + 5, rng.randrange(10, 900)))
            country = rng.choice((("Germany", "de"), ("France", "fr"), (f"Country {number}", f"c{number}")))
            comes(matomo, number, country=country[0], countryCode=country[1])
        for _ in range(rng.randrange(3)):
            goes_on(matomo, rng.choice([row["idVisit"] for row in matomo.visits[1][-12:]]))
    assert any(len(calls(request)) == 2 for request in matomo.requests)
    await check(poller, clock, start)


async def test_a_new_country_is_named_by_a_second_request(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    poller = await settled(clock, matomo, start)
    comes(matomo, 5, country="Switzerland", countryCode="ch")
    await clock.advance(4.5)
    assert len(matomo.polls) == 2
    assert "country" in calls(matomo.requests[-1])[0]
    assert {row.country for row in poller.snapshot.feed.visits} == {"Germany", "Switzerland"}


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"userId": "anna", "visitorId": "f" * 16}, "visitor_id", "f" * 16),
        ({"referrerType": "campaign", "referrerName": "spring"}, "source", "spring"),
    ],
)
async def test_a_person_who_logs_in_is_requested_whole(
    clock: FakeClock, matomo: LiveMatomo, start: Start, changes: dict[str, str], name: str, value: str
) -> None:
    """The visitor's id may change with the user, and the source of a visit that began without one."""
    poller = await settled(clock, matomo, start)
    await clock.advance(3)
    goes_on(matomo, 2, **changes)
    await clock.advance(7)
    assert [len(calls(request)) for request in matomo.polls] == [1, 2, 1]
    assert getattr(next(row for row in poller.snapshot.feed.visits if row.id_visit == 2), name) == value


async def test_a_server_that_lists_none_of_them_is_asked_whole(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    """Another version may not know the column: then no visit fits the condition."""
    poller = await settled(clock, matomo, start)
    await clock.advance(3)
    goes_on(matomo, 2)

    def forget(calls: list[dict[str, str]]) -> None:
        for call in calls:
            if "filter_pattern" in call:
                call["filter_pattern"] = "^x$"

    matomo.hook = forget
    await clock.advance(60)
    assert [len(calls(request)) for request in matomo.requests[:5]] == [1, 0, 2, 1, 1]
    assert sum(len(calls(request)) == 2 for request in matomo.requests) == 1
    await check(poller, clock, start)


class Kept(LiveMatomo):
    """A connection that is recorded."""

    whole_visits = True


async def test_a_recording_gets_whole_visits(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    """A replay may begin after the answer that has the rest of a visit."""
    kept = Kept(clock, matomo.visits)
    comes(matomo, 1, 2, 3, 4)
    start(client=kept.client())
    await clock.advance(4)
    goes_on(matomo, 2)
    await clock.advance(7)
    assert [len(calls(request)) for request in kept.requests] == [1, 1, 1]
    assert RecordingTransport.whole_visits
    assert ReplayTransport.whole_visits
