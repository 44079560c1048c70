"""The poller against a server on a fake clock: what it asks, when, and what the snapshots say."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from matomo_tui.api.errors import Unreachable
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import Phase, Presence
from tests.live.conftest import Start
from tests.live.fake_clock import FakeClock
from tests.live.matomo import BLOG, SHOP, LiveMatomo, Watcher, visit


def phase(poller: Poller) -> str:
    return poller.snapshot.poll.phase.value


def ids(poller: Poller) -> list[int]:
    return [row.id_visit for row in poller.snapshot.feed.visits]


async def test_the_last_half_hour_is_filled_in(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    now = int(clock.true)
    matomo.add(visit(1, now - 1900))
    matomo.add(visit(2, now - 1700))
    matomo.add(visit(3, now - 60, now - 30))
    client = matomo.client()
    client.clock_offset = 0.0
    poller = start(client=client)
    await clock.advance(1)
    assert len(matomo.polls) == 1
    assert ids(poller) == [3, 2]
    assert poller.snapshot.poll.phase is Phase.LIVE
    assert poller.snapshot.feed.ready


async def test_without_the_servers_time_the_newest_visits_are_asked_for(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    clock.set_wrong(6 * 3600)
    now = int(clock.true)
    matomo.add(visit(1, now - 60))
    poller = start()
    await clock.advance(1)
    assert ids(poller) == [1]
    assert poller.snapshot.feed.visits[0].presence is Presence.ACTIVE
    assert "minTimestamp" not in matomo.asked("Live.getLastVisitsDetails")[0]
    assert poller.snapshot.poll.clock_offset == pytest.approx(-6 * 3600, abs=1)


async def test_subtitles_are_asked_for_once_a_plug_in_has_added_a_kind_of_action(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(matomo.now) - 60))
    start()
    await clock.advance(20)
    row = visit(2, int(matomo.now))
    row["actionDetails"][0] |= {"type": "formSubmit", "title": "Form", "subtitle": "contact"}
    matomo.add(row)
    await clock.advance(20)
    asked = ["subtitle" in call["hideColumns"].split(",") for call in matomo.asked("Live.getLastVisitsDetails")]
    assert asked[0]
    assert not asked[-1]


@pytest.mark.parametrize(("kind", "asked"), [("website", False), ("rollup", True), ("of a plug-in", True)])
async def test_names_and_currencies_of_sites_are_asked_where_visits_are_of_several_sites(
    clock: FakeClock, matomo: LiveMatomo, start: Start, kind: str, asked: bool
) -> None:
    start(msgspec.structs.replace(SHOP, type=kind))
    await clock.advance(20)
    columns = set(matomo.asked("Live.getLastVisitsDetails")[-1]["showColumns"].split(","))
    assert ({"idSite", "siteName", "siteCurrency", "siteCurrencySymbol"} & columns != set()) is asked


async def test_a_poll_asks_only_cheap_columns_and_those_that_rows_show(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    start(segment="countryCode==de")
    await clock.advance(120)
    assert {call["showColumns"] for call in matomo.asked("Live.getCounters")} == {"visits,actions"}
    details = matomo.asked("Live.getLastVisitsDetails")[-1]
    assert {"idVisit", "lastActionTimestamp", "actionDetails"} <= set(details["showColumns"].split(","))
    assert "iconSVG" in details["hideColumns"].split(",")
    assert not set(details["hideColumns"].split(",")) & set(details["showColumns"].split(","))
    for request in matomo.requests:
        assert {call["segment"] for call in request} == {"countryCode==de"}


async def test_today_rides_along_once_a_minute_and_the_archive_every_quarter(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    start()
    await clock.advance(1800)
    today = {call["lastMinutes"] for call in matomo.asked("Live.getCounters")} - {"3", "30"}
    assert 811 <= min(int(minutes) for minutes in today) <= 813  # 13:31 in Berlin
    asked = len([call for call in matomo.asked("Live.getCounters") if call["lastMinutes"] == "1440"])
    assert 25 <= asked <= 32
    assert len(matomo.asked("VisitsSummary.get")) == len(matomo.asked("Goals.get")) == 2
    assert all(len(request) <= 9 for request in matomo.requests)
    assert "VisitsSummary.get" not in {call["method"] for call in matomo.requests[0]}


async def test_a_visit_that_goes_on_moves_up_and_shows_its_new_page(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    now = int(clock.true)
    matomo.add(visit(1, now - 60))
    matomo.add(visit(2, now - 30))
    poller = start()
    await clock.advance(1)
    before = {row.id_visit: row for row in poller.snapshot.feed.visits}
    assert ids(poller) == [2, 1]
    matomo.add(visit(1, now - 60, now + 3, path="/cart"))
    await clock.advance(6)
    assert ids(poller) == [1, 2]
    first, second = poller.snapshot.feed.visits
    assert (first.page, first.actions, first.last_action_at) == ("/cart", 2, now + 3)
    assert first.updated_at > before[1].updated_at
    assert second is before[2]


async def test_unchanged_parts_are_the_same_object(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    now = int(clock.true)
    for number in range(1, 6):
        matomo.add(visit(number, now - 10 * number))
    poller = start()
    await clock.advance(12)
    before = poller.snapshot
    await clock.advance(5)
    after = poller.snapshot
    assert after is not before
    assert after.poll.polls > before.poll.polls
    for part in ("feed", "minutes", "pages", "sources", "countries", "devices", "happenings", "parts"):
        assert getattr(after, part) is getattr(before, part), part


async def test_presence_changes_with_time_alone(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.add(visit(1, int(clock.true) - 100))
    poller = start()
    seen = []
    for wait in (1, 120, 1500, 120):
        await clock.advance(wait)
        seen.append(poller.snapshot.feed.visits[0].presence)
    assert seen == [Presence.ACTIVE, Presence.IDLE, Presence.IDLE, Presence.GONE]


async def test_one_request_a_poll_and_one_in_flight(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    watcher = Watcher()
    start().subscribe(watcher)
    await clock.advance(60)
    assert 11 <= len(matomo.polls) <= 13
    assert len(matomo.requests) == len(matomo.polls) + 1, "the reports of today come after the first visits"
    assert matomo.most_in_flight == 1
    assert watcher.shown[-1].poll.polls == len(matomo.polls)
    assert any(snapshot.poll.in_flight for snapshot in watcher.shown)
    gaps = [later - earlier for earlier, later in pairwise(matomo.asked_at[:1] + matomo.asked_at[2:])]
    assert all(4.7 <= gap <= 5.3 for gap in gaps)
    assert len({round(gap, 3) for gap in gaps}) > 1


async def test_a_request_under_way_says_since_when(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.latency = 8.0
    poller = start()
    sent = clock.now()
    await clock.advance(6)
    assert poller.snapshot.poll.in_flight
    assert poller.snapshot.poll.asked_at == pytest.approx(sent, abs=0.1)
    await clock.advance(11)
    assert (poller.snapshot.poll.in_flight, poller.snapshot.poll.asked_at) == (False, None)


async def test_an_unsubscribed_watcher_hears_nothing_more(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    watcher = Watcher()
    stop = start().subscribe(watcher)
    await clock.advance(6)
    heard = len(watcher.shown)
    stop()
    stop()
    await clock.advance(20)
    assert heard == len(watcher.shown) > 0


async def test_pause_keeps_the_figures_and_resume_polls_at_once(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(11)
    poller.pause()
    assert phase(poller) == Phase.PAUSED
    assert poller.snapshot.poll.next_poll_at is None
    asked = len(matomo.requests)
    await clock.advance(300)
    assert len(matomo.requests) == asked
    assert ids(poller) == [1]
    poller.resume()
    await clock.advance(0.2)
    assert len(matomo.requests) == asked + 1
    assert phase(poller) == Phase.LIVE


async def test_pausing_while_a_poll_is_in_flight_lets_it_finish(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.latency = 1.0
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(0.5)
    poller.pause()
    await clock.advance(60)
    assert len(matomo.polls) == 1
    assert ids(poller) == [1]
    assert poller.snapshot.poll.phase is Phase.PAUSED
    assert not poller.snapshot.poll.in_flight


async def test_paused_one_can_still_look_once(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    poller = start(interval=0)
    await clock.advance(60)
    assert matomo.requests == []
    assert poller.snapshot.poll.phase is Phase.PAUSED
    poller.poll_now()
    await clock.advance(60)
    assert len(matomo.polls) == 1
    assert poller.snapshot.counters.conversions.value == 7
    assert poller.snapshot.poll.phase is Phase.PAUSED
    poller.switch(site=BLOG)
    await clock.advance(60)
    assert len(matomo.polls) == 2
    assert poller.snapshot.site is BLOG
    assert poller.snapshot.feed.ready


async def test_poll_now_does_not_wait_but_cannot_be_hammered(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start(interval=60)
    await clock.advance(10)
    assert len(matomo.polls) == 1
    for _ in range(50):
        poller.poll_now()
        await clock.advance(0.1)
    assert 4 <= len(matomo.polls) <= 7
    assert matomo.most_in_flight == 1


async def test_a_new_interval_counts_from_the_last_poll(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    poller = start(interval=5)
    await clock.advance(2)
    for seconds in (10, 15, 30, 60):
        poller.set_interval(seconds)
    await clock.advance(40)
    assert len(matomo.polls) == 1
    assert poller.snapshot.poll.interval == 60
    poller.set_interval(2)
    await clock.advance(0.5)
    assert len(matomo.polls) == 2
    await clock.advance(10)
    assert 6 <= len(matomo.requests) <= 8


@pytest.mark.parametrize(("asked", "kept"), [(0.1, 2.0), (1e9, 3600.0), (7, 7.0)])
async def test_the_interval_has_bounds(
    asked: float, kept: float, clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    poller.set_interval(asked)
    assert poller.snapshot.poll.interval == kept
    poller.set_interval(0)
    assert poller.snapshot.poll.phase is Phase.PAUSED
    poller.set_interval(5)
    assert poller.snapshot.poll.phase is not Phase.PAUSED


async def test_an_answer_for_the_old_site_is_dropped(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    now = int(clock.true)
    poller = start(interval=60)
    await clock.advance(10)
    matomo.latency = 3.0
    matomo.add(visit(1, now - 5))
    matomo.add(visit(2, now - 5, site=BLOG))
    poller.poll_now()
    watcher = Watcher()
    poller.subscribe(watcher)
    await clock.advance(1)
    assert matomo.in_flight == 1
    poller.switch(site=BLOG)
    assert poller.snapshot.site is BLOG
    assert poller.snapshot.poll.phase is Phase.STARTING
    await clock.advance(3.5)
    assert ids(poller) == [2]
    assert matomo.most_in_flight == 1
    assert all(row.id_visit == 2 for snapshot in watcher.shown for row in snapshot.feed.visits)


async def test_a_switch_starts_afresh_at_once(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    now = int(clock.true)
    matomo.add(visit(1, now - 5))
    matomo.add(visit(2, now - 5, site=BLOG))
    poller = start(interval=60)
    await clock.advance(70)
    poller.switch(site=BLOG, segment="countryCode==de")
    snapshot = poller.snapshot
    assert (snapshot.site, snapshot.segment, snapshot.feed.visits) == (BLOG, "countryCode==de", ())
    assert snapshot.counters.visits_3.value is None
    assert snapshot.poll.last_success_at is None
    await clock.advance(1)
    last = [call for request in matomo.requests[-2:] for call in request]
    assert {call["idSite"] for call in last} == {"2"}
    assert {call["segment"] for call in last} == {"countryCode==de"}
    assert len([call for call in last if call["method"] == "Live.getCounters"]) == 5
    poller.switch(segment="")
    assert (poller.snapshot.site, poller.snapshot.segment) == (BLOG, "")


async def test_a_site_with_another_name_keeps_its_figures_and_in_another_zone_starts_afresh(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start(interval=60)
    await clock.advance(70)
    before, asked = poller.snapshot, len(matomo.requests)
    renamed = msgspec.structs.replace(before.site, name="Renamed", currency="JPY")
    poller.update_site(renamed)
    assert (poller.snapshot.site, poller.snapshot.feed, poller.snapshot.counters) == (
        renamed,
        before.feed,
        before.counters,
    )
    await clock.advance(1)
    assert len(matomo.requests) == asked
    poller.update_site(msgspec.structs.replace(renamed, timezone="Asia/Tokyo"))
    assert poller.snapshot.feed.visits == ()
    await clock.advance(1)
    assert len(matomo.requests) == asked + 2
    assert poller.snapshot.site.timezone == "Asia/Tokyo"
    assert ids(poller) == [1]


async def test_a_dead_connection_and_back(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(11)
    good = poller.snapshot
    matomo.failure = Unreachable("No route to shop.example.")
    await clock.advance(60)
    bad = poller.snapshot
    assert bad.poll.phase is Phase.STALE
    assert bad.poll.failures >= 2
    assert isinstance(bad.poll.error, Unreachable)
    assert bad.poll.last_success_at == good.poll.last_success_at
    assert bad.feed is good.feed
    matomo.add(visit(2, int(clock.true) - 20))
    matomo.failure = None
    await clock.advance(300)
    assert poller.snapshot.poll.phase is Phase.LIVE
    assert poller.snapshot.poll.failures == 0
    assert poller.snapshot.poll.error is None
    assert ids(poller) == [2, 1]


async def test_cancelling_the_poller_cancels_its_request(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.latency = 30.0
    start()
    await clock.advance(1)
    assert matomo.in_flight == 1
    start.tasks[0].cancel()
    await clock.settle()
    assert matomo.in_flight == 0


async def test_another_site_in_an_outage_is_polled_at_once_and_then_as_seldom_as_before(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    await clock.advance(11)
    matomo.failure = Unreachable("No route to shop.example.")
    await clock.advance(1200)
    before = len(matomo.requests)
    poller.switch(site=BLOG)
    await clock.advance(1)
    assert len(matomo.requests) == before + 1
    await clock.advance(230)
    assert len(matomo.requests) == before + 1
    poller.resume()
    await clock.advance(30)
    assert len(matomo.requests) >= before + 3, "the user asked for it"
    matomo.failure = None
    await clock.advance(300)
    assert phase(poller) == Phase.LIVE
