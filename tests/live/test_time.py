"""Suspended laptops, wrong or changed clocks, midnight in the site's zone, daylight saving."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from matomo_tui.api.errors import Unreachable
from matomo_tui.api.site import Site
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import Presence
from matomo_tui.live.timezones import midnight, same_time_yesterday, utc_offset, zone
from tests.live.conftest import Start
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP, LiveMatomo, visit
from tests.live.visits import read

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(*when: int) -> float:
    return datetime(*when, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type, misc]


def ids(poller: Poller) -> set[int]:
    return {row.id_visit for row in poller.snapshot.feed.visits}


async def test_after_a_nap_the_gap_is_filled_in(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start(interval=3600)
    await clock.advance(20)
    known_from = poller.snapshot.minutes.known_from
    asked = len(matomo.requests)
    for number in range(2, 8):
        clock.suspend(200)
        matomo.add(visit(number, int(clock.true)))
    assert len(matomo.requests) == asked
    clock.suspend(3600)
    for number in range(8, 12):
        matomo.add(visit(number, int(clock.true) - number))
    await clock.advance(16)
    assert len(matomo.requests) == asked + 1, "whoever opens the lid does not wait out the hour"
    assert {8, 9, 10, 11} <= ids(poller)
    assert poller.snapshot.minutes.known_from > known_from
    assert not poller.snapshot.feed.truncated


async def test_a_short_nap_leaves_no_gap(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    poller = start()
    await clock.advance(20)
    known_from = poller.snapshot.minutes.known_from
    for number in range(1, 12):
        clock.suspend(60)
        matomo.add(visit(number, int(clock.true)))
    await clock.advance(6)
    assert ids(poller) == set(range(1, 12))
    assert poller.snapshot.minutes.known_from == known_from
    assert sum(poller.snapshot.minutes.visits) == 11


@pytest.mark.parametrize("seconds", [-7200, -90, 90, 7200, 30 * 86400])
async def test_setting_the_clock_loses_no_visit(
    seconds: int, clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    await clock.advance(20)
    today = poller.snapshot.counters.today
    clock.set_wrong(seconds)
    for number in range(1, 6):
        matomo.add(visit(number, int(clock.true)))
        await clock.advance(7)
        assert ids(poller) == set(range(1, number + 1))
        assert all(row.presence is Presence.ACTIVE for row in poller.snapshot.feed.visits)
        next_at = poller.snapshot.poll.next_poll_at
        assert next_at is None or -1 < next_at - clock.now() < 7
    await clock.advance(60)
    assert poller.snapshot.counters.today.value == 5
    assert today.value == 0
    minutes = {int(call["lastMinutes"]) for call in matomo.asked("Live.getCounters")}
    assert minutes <= {3, 30, *range(811, 815), 1440, *range(2251, 2255)}
    assert poller.snapshot.poll.clock_offset == pytest.approx(-seconds, abs=1.1)


async def test_setting_the_clock_with_a_dead_connection_removes_no_visitors(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(20)
    matomo.failure = Unreachable("No route.")
    clock.set_wrong(7200)
    await clock.advance(60)
    assert poller.snapshot.poll.failures > 0
    assert poller.snapshot.feed.visits[0].presence is Presence.ACTIVE
    assert poller.snapshot.counters.active.value == 1


async def test_a_server_that_does_not_tell_its_time(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.dated = False
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(6)
    matomo.add(visit(2, int(clock.true)))
    await clock.advance(120)
    assert ids(poller) == {1, 2}
    assert poller.snapshot.poll.clock_offset is None
    assert poller.snapshot.poll.error is None


@pytest.mark.parametrize("ahead", [-5400.0, -40.0, 40.0, 5400.0])
async def test_a_server_whose_clock_differs_from_ours(
    ahead: float, clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.ahead = ahead
    matomo.add(visit(1, int(matomo.now) - 100))
    poller = start()
    await clock.advance(12)
    matomo.add(visit(2, int(matomo.now)))
    await clock.advance(120)
    rows = poller.snapshot.feed.visits
    assert [(row.id_visit, row.presence) for row in rows] == [(2, Presence.ACTIVE), (1, Presence.IDLE)]
    assert poller.snapshot.minutes.last_minute_at == int(matomo.now) // 60 * 60


async def test_today_begins_at_midnight_in_the_sites_zone(matomo: LiveMatomo, start: Start, clock: FakeClock) -> None:
    clock.true = berlin(2026, 11, 23, 23, 58, 30)
    for number in range(1, 11):
        matomo.add(visit(number, int(clock.true) - number * 600))
    poller = start()
    await clock.advance(40)
    assert poller.snapshot.counters.today.value == 10
    assert poller.snapshot.counters.conversions.value == 7
    await clock.advance(52)
    assert datetime.fromtimestamp(clock.true, BERLIN).strftime("%d %H:%M") == "24 00:00"
    await clock.advance(5)
    assert poller.snapshot.counters.today.value == 0
    assert poller.snapshot.counters.today.before is None
    matomo.add(visit(20, int(clock.true)))
    await clock.advance(7)
    assert poller.snapshot.counters.today.value == 1
    await clock.advance(120)
    today = poller.snapshot.counters.today
    assert (today.value, today.before) == (1, 0)
    assert len(today.history) <= 4


async def test_yesterday_until_now_is_the_difference_of_two_counters(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    noon = berlin(2026, 11, 24, 12)
    clock.true = noon
    yesterday = noon - 86_400
    for number in range(7):
        matomo.add(visit(number, int(yesterday) - 600 - number))
    matomo.add(visit(100, int(yesterday) + 600))
    matomo.add(visit(101, int(midnight(yesterday, BERLIN)) - 600))
    for number in range(3):
        matomo.add(visit(200 + number, int(noon) - 3000))
    poller = start()
    await clock.advance(10)
    assert poller.snapshot.counters.today.value == 3
    assert poller.snapshot.counters.today.before == 7


@pytest.mark.parametrize(
    ("when", "hours"),
    [((2026, 3, 29, 12), 11), ((2026, 10, 25, 12), 13), ((2026, 10, 26, 12), 12), ((2026, 10, 25, 23, 59), 25)],
)
async def test_counters_follow_a_change_of_the_clocks(
    when: tuple[int, ...], hours: float, clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    clock.true = berlin(*when)
    start()
    await clock.advance(10)
    minutes = {int(call["lastMinutes"]) for call in matomo.asked("Live.getCounters")} - {3, 30}
    since_yesterday = clock.true - midnight(same_time_yesterday(clock.true, BERLIN), BERLIN)
    assert max(minutes) <= 2880
    if since_yesterday / 60 > 2881:  # Matomo does not count that far back: no comparison rather than a wrong one
        assert [*minutes] == [pytest.approx(hours * 60, abs=1)]
        return
    today, to_now, to_midnight = sorted(minutes)
    assert today == pytest.approx(hours * 60, abs=1)
    assert to_now == pytest.approx((clock.true - same_time_yesterday(clock.true, BERLIN)) / 60, abs=1)
    assert to_midnight == pytest.approx(since_yesterday / 60, abs=1)


@pytest.mark.parametrize(
    ("name", "hours"),
    [("UTC", 0), ("UTC+5.5", 5.5), ("UTC-3", -3), ("UTC+5:45", 5.75), ("Asia/Kolkata", 5.5), ("Mars/Olympus", 0)],
)
def test_zones_as_matomo_names_them(name: str, hours: float) -> None:
    assert utc_offset(1795437064, zone(name)) == hours * 3600


async def test_a_site_in_another_zone_has_its_own_midnight(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    kolkata = Site(id=1, name="K", timezone="UTC+5.5")
    start(site=kolkata)
    await clock.advance(10)
    since_midnight = (clock.true + 5.5 * 3600) % 86_400 / 60
    minutes = {int(call["lastMinutes"]) for call in matomo.asked("Live.getCounters")} - {3, 30}
    assert min(minutes) == pytest.approx(since_midnight, abs=1)
    assert SHOP.timezone != kolkata.timezone


async def test_without_answers_no_visitor_leaves(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    """Without answers, departures are unknown: the last figures stay, as the header shows their age."""
    for number in range(1, 4):
        matomo.add(visit(number, int(clock.true) - 5))
    poller = start()
    await clock.advance(20)
    matomo.failure = Unreachable("No route.")
    await clock.advance(1200)
    snapshot = poller.snapshot
    assert snapshot.poll.failures > 0
    assert snapshot.counters.active.value == 3
    assert sum(row.here for row in snapshot.countries.rows) == 3
    matomo.failure = None
    await clock.advance(400)
    assert poller.snapshot.counters.active.value == 0


async def test_a_date_that_no_clock_shows_is_named_and_not_reckoned_with(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    matomo.date = "Fri, 31 Dec 9999 23:59:59 GMT"
    poller = start()
    await clock.advance(20)
    assert poller.snapshot.poll.clock_offset is not None
    assert poller.snapshot.poll.clock_offset > 1e11
    assert poller.snapshot.poll.server_offset == 0.0
    assert poller.snapshot.counters.active.value == 1
    assert sum(poller.snapshot.minutes.visits) == 1


def test_an_action_before_the_clocks_went_back_is_not_the_newest_one() -> None:
    """02:59:30 CEST is before 02:00:09 CET; Matomo shifts each action by the offset of its own time."""
    change = 1_792_890_000
    times = (change - 600, change - 30, change + 4, change + 9)
    seen = read(visit(1, *times), now=change + 20)
    assert [line.at for line in seen.row.timeline] == list(times)
