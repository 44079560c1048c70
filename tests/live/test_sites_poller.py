"""The poller of several sites: what one poll asks, what is inferred, and how it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from matomo_tui.api.client import Client
from matomo_tui.api.errors import LockedOut, Unreachable
from matomo_tui.live.site_activity import TODAY, Focus, Moment, SiteActivity
from matomo_tui.live.sites_poller import SitesPoller
from matomo_tui.live.snapshot import Phase
from tests.live.fake_clock import FakeClock
from tests.live.test_schedule import Middle
from tests.recorded import refusal
from tests.reports.matomo import ReportMatomo


class Town:
    """Sites by id, each with the ages in seconds of its visits' last actions at the start."""

    def __init__(self, clock: FakeClock, **visits: list[int]) -> None:
        self.clock = clock
        self.hits = {int(name[1:]): [clock.true - age for age in ages] for name, ages in visits.items()}
        self.refused: set[int] = set()
        self.failing: set[int] = set()
        self.no_log: set[int] = set()
        self.broken: Exception | None = None
        self.broken_reports = False
        self.zones: dict[int, str] = {}
        self.matomo = ReportMatomo(
            Live__getCounters=self._counters,
            Live__getLastVisitsDetails=self._visits,
            VisitsSummary__get=self._summary,
            SitesManager__getSiteFromId=self._site,
        )

    def hit(self, site: int) -> None:
        """Somebody visits the site now."""
        self.hits[site].append(self.clock.true)

    def asked(self, method: str = "") -> list[dict[str, str]]:
        """The calls of the last request, of one method."""
        return [call for call in self.matomo.requests[-1] if call["method"].endswith(method)]

    def _counters(self, call: dict[str, str]) -> Any:
        if self.broken is not None:
            return self.broken
        site = int(call["idSite"])
        if site in self.refused:
            return refusal("You can't access this resource as it requires 'view' access for the website id = 1.")
        if site in self.failing:
            return refusal("SQLSTATE[40001]: Serialization failure: Deadlock found")
        since = self.clock.true - 60 * int(call["lastMinutes"])
        return [{"visits": sum(1 for at in self.hits[site] if at > since)}]

    def _visits(self, call: dict[str, str]) -> Any:
        if self.broken_reports:
            return refusal("SQLSTATE[40001]: Serialization failure: Deadlock found")
        sites = list(self.hits) if call["idSite"] == "all" else [int(site) for site in call["idSite"].split(",")]
        if set(sites) & (self.refused | self.no_log):
            return refusal("Visits log is deactivated in website settings.")
        found = sorted(((at, site) for site in sites for at in self.hits[site]), reverse=True)
        newer = [(at, site) for at, site in found if at > int(call["minTimestamp"])]
        rows = [{"idVisit": n, "idSite": site, "lastActionTimestamp": int(at)} for n, (at, site) in enumerate(newer)]
        return rows[: int(call["filter_limit"])]

    def _summary(self, call: dict[str, str]) -> Any:
        if self.broken_reports:
            return refusal("SQLSTATE[40001]: Serialization failure: Deadlock found")
        sites = call["idSite"].split(",")
        last = date.fromisoformat(call["date"].split(",")[1])
        one: Any = {str(last - timedelta(days=1)): 3, str(last): last.day}
        return dict.fromkeys(sites, one) if len(sites) > 1 else one

    def _site(self, call: dict[str, str]) -> Any:
        if self.broken_reports:
            return refusal("SQLSTATE[40001]: Serialization failure: Deadlock found")
        site = int(call["idSite"])
        return {"idsite": site, "timezone": self.zones.get(site, "Europe/Berlin")}


@asynccontextmanager
async def polling(town: Town, interval: float = 30.0, client: Client | None = None) -> AsyncIterator[SitesPoller]:
    """A poller of the town that runs."""
    client = client or Client(town.matomo, now=town.clock.now)
    poller = SitesPoller(client, town.clock, interval=interval, rng=Middle())
    task = asyncio.ensure_future(poller.run())
    try:
        yield poller
    finally:
        task.cancel()


async def seen(town: Town, poller: SitesPoller, *sites: int, **focus: Any) -> None:
    """Look at the sites, and let the poll be answered."""
    poller.look_at(Focus(tuple(sites), **focus))
    await town.clock.advance(0)
    await town.clock.settle()


async def test_one_request_has_the_visitors_the_last_hits_and_the_days_of_all_sites_looked_at() -> None:
    town = Town(FakeClock(), s1=[20, 400], s2=[4000], s3=[])
    async with polling(town) as poller:
        await seen(town, poller, 1, 2, 3, recent=True, until=TODAY)
        assert len(town.matomo.requests) == 1
        await town.clock.advance(1)
        assert len(town.matomo.requests) == 2, "the days, once the zones are known"
        assert [call["method"] for call in town.asked()] == ["VisitsSummary.get"]
        one, two, three = (poller.snapshot.sites[site] for site in (1, 2, 3))
        assert (one.visits_3, one.visits_30, one.today, one.course) == (1, 2, 23, (3, 23))
        assert (two.visits_3, two.visits_30, two.is_silent) == (0, 0, False)
        assert (three.last_hit_at, three.is_silent) == (None, True)
        assert poller.snapshot.hit_age(1, town.clock.now()) == pytest.approx(20, abs=1)
        assert poller.snapshot.hit_age(2, town.clock.now()) == pytest.approx(4000, abs=1)
        assert poller.snapshot.hit_age(3, town.clock.now()) is None
        assert poller.snapshot.poll.phase is Phase.LIVE


async def test_the_next_poll_asks_for_the_hits_of_all_in_one_call_and_counts_only_where_somebody_was() -> None:
    town = Town(FakeClock(), s1=[20], s2=[4000], s3=[])
    async with polling(town) as poller:
        await seen(town, poller, 1, 2, 3, recent=True)
        await town.clock.advance(29)
        assert len(town.matomo.requests) == 1
        town.hit(2)
        await town.clock.advance(2)
        assert len(town.matomo.requests) == 2
        (hits,) = town.asked("getLastVisitsDetails")
        assert hits["idSite"] == "1,2,3"
        assert {call["idSite"] for call in town.asked("getCounters")} == {"1"}
        assert poller.snapshot.sites[2].visits_3 == 1, "counted from the hits themselves"
        assert poller.snapshot.sites[3].visits_30 == 0


async def test_what_is_fresh_is_not_asked_for_again_when_other_sites_come_into_view() -> None:
    town = Town(FakeClock(), s1=[20], s2=[30])
    async with polling(town) as poller:
        await seen(town, poller, 1)
        await town.clock.advance(2)
        await seen(town, poller, 1, 2)
        assert len(town.matomo.requests) == 2
        assert {call["idSite"] for call in town.asked()} == {"2"}


async def test_looking_at_other_sites_again_and_again_costs_a_request_a_second_at_most() -> None:
    town = Town(FakeClock(), **{f"s{site}": [10] for site in range(1, 60)})
    async with polling(town) as poller:
        for site in range(1, 41):
            poller.look_at(Focus((site, site + 1)))
            await town.clock.advance(0.1)
        assert len(town.matomo.requests) <= 5


async def test_a_site_that_is_refused_says_so_and_holds_up_no_other() -> None:
    town = Town(FakeClock(), s1=[20], s2=[30])
    town.refused.add(2)
    async with polling(town) as poller:
        await seen(town, poller, 1, 2)
        assert poller.snapshot.sites[1].visits_30 == 1
        assert "view" in str(poller.snapshot.sites[2].error)
        await town.clock.advance(31)
        assert {call["idSite"] for call in town.asked()} == {"1"}, "it is left alone for some minutes"
        town.refused.clear()
        await town.clock.advance(600)
        assert poller.snapshot.sites[2].error is None
        assert poller.snapshot.sites[2].last_hit_at is not None


async def test_a_site_that_was_refused_is_asked_for_at_once_when_the_user_asks() -> None:
    town = Town(FakeClock(), s1=[20], s2=[30])
    town.refused.add(2)
    async with polling(town) as poller:
        await seen(town, poller, 1, 2)
        town.refused.clear()
        poller.resume()
        await town.clock.advance(1)
        assert {call["idSite"] for call in town.asked()} == {"2"}
        assert poller.snapshot.sites[2].error is None


async def test_a_site_that_fails_on_a_slow_server_is_asked_for_no_sooner_than_the_others() -> None:
    town = Town(FakeClock(), **{f"s{site}": [10] for site in range(1, 11)})
    town.failing.add(3)
    async with polling(town, interval=600.0) as poller:
        await seen(town, poller, *range(1, 11))
        await town.clock.advance(7000)
        assert len(town.matomo.requests) <= 13


async def test_what_failed_beside_the_counters_is_asked_for_again_too() -> None:
    town = Town(FakeClock(), s1=[20])
    town.broken_reports = True
    async with polling(town) as poller:
        await seen(town, poller, 1, recent=True, until=TODAY)
        now = poller.snapshot.sites[1]
        assert (now.visits_30, now.today, now.last_hit_at) == (1, None, None)
        town.broken_reports = False
        await town.clock.advance(10)
        poller.resume()
        await town.clock.advance(2)
        now = poller.snapshot.sites[1]
        assert (now.today, now.course) == (23, (3, 23))
        assert now.last_hit_at is not None


async def test_servers_behind_one_address_whose_clocks_differ_are_asked_as_often_as_one() -> None:
    town = Town(FakeClock(), **{f"s{site}": [10 * site] for site in range(1, 6)})
    client = Client(town.matomo, now=town.clock.now)
    async with polling(town, client=client) as poller:
        await seen(town, poller, *range(1, 6))
        for number in range(20):
            client.server_offset = 180.0 * (number % 2)
            await town.clock.advance(30)
        assert len(town.matomo.requests) <= 22
        assert sum(call["idSite"] in "12345" for call in town.asked("getLastVisitsDetails")) == 0, "all in one call"


async def test_a_site_that_failed_is_asked_for_again_after_a_minute() -> None:
    town = Town(FakeClock(), s1=[20], s2=[30])
    town.failing.add(2)
    async with polling(town) as poller:
        await seen(town, poller, 1, 2)
        assert "Deadlock" in str(poller.snapshot.sites[2].error)
        town.failing.clear()
        await town.clock.advance(65)
        assert poller.snapshot.sites[2].error is None
        assert poller.snapshot.sites[2].visits_30 == 1


@pytest.mark.parametrize("broken", [False, True])
async def test_after_a_sleep_everything_is_asked_for_at_the_next_look_at_the_clock(broken: bool) -> None:
    town = Town(FakeClock(), s1=[20])
    async with polling(town) as poller:
        await seen(town, poller, 1, recent=True, until=TODAY)
        if broken:
            town.broken = Unreachable("No route to matomo.example.")
            await town.clock.advance(200)
            town.broken = None
        await town.clock.advance(3)
        requests = len(town.matomo.requests)
        town.clock.suspend(8 * 3600)
        await town.clock.advance(15)
        assert len(town.matomo.requests) == requests + 1
        assert poller.snapshot.poll.phase is Phase.LIVE
        assert poller.snapshot.sites[1].visits_30 == 0
        assert {call["date"] for call in town.asked("VisitsSummary.get")} == {"2026-10-25,2026-11-23"}


@pytest.mark.parametrize("years", [-8000, 3, 7973])
async def test_a_clock_that_was_wrong_for_a_while_holds_up_nothing(years: int) -> None:
    town = Town(FakeClock(), s1=[20], s2=[4000])
    async with polling(town) as poller:
        town.clock.error = years * 365.25 * 86_400
        await seen(town, poller, 1, 2, recent=True, until=TODAY)
        town.clock.error = 0
        await town.clock.advance(31)
        requests = len(town.matomo.requests)
        age = poller.snapshot.hit_age(2, town.clock.now())
        assert age == pytest.approx(4031, abs=2)
        town.hit(2)
        await town.clock.advance(31)
        assert len(town.matomo.requests) == requests + 1
        assert poller.snapshot.sites[2].visits_3 == 1
        age = poller.snapshot.hit_age(2, town.clock.now())
        assert age == pytest.approx(31, abs=2)


async def test_a_lockout_that_another_poller_met_is_not_met_again_until_the_user_asks() -> None:
    town = Town(FakeClock(), s1=[20])
    client = Client(town.matomo, now=town.clock.now)
    wall = SitesPoller(client, town.clock, rng=Middle())
    cards = SitesPoller(client, town.clock, rng=Middle())
    town.broken = LockedOut("Matomo has locked out this IP address.")
    tasks = [asyncio.ensure_future(wall.run())]
    await seen(town, wall, 1)
    await town.clock.advance(11)
    tasks.append(asyncio.ensure_future(cards.run()))
    await seen(town, cards, 1)
    await town.clock.advance(4000)
    assert len(town.matomo.requests) == 1
    assert [poller.snapshot.poll.phase for poller in (wall, cards)] == [Phase.STOPPED] * 2
    cards.resume()
    await town.clock.advance(60)
    assert len(town.matomo.requests) == 2
    town.broken = None
    cards.resume()
    await town.clock.advance(1)
    assert cards.snapshot.poll.phase is Phase.LIVE
    wall.resume()
    await town.clock.advance(1)
    assert wall.snapshot.poll.phase is Phase.LIVE
    for task in tasks:
        task.cancel()


async def test_a_site_that_closes_its_visits_log_keeps_its_counters_and_the_others_their_last_hits() -> None:
    town = Town(FakeClock(), s1=[20], s2=[30])
    async with polling(town) as poller:
        await seen(town, poller, 1, 2)
        town.no_log.add(2)
        await town.clock.advance(31)
        town.hit(1)
        await town.clock.advance(31)
        assert {call["idSite"] for call in town.asked("getLastVisitsDetails")} == {"1", "2"}, "each alone"
        await town.clock.advance(31)
        assert poller.snapshot.sites[2].last_hit_at is None
        assert poller.snapshot.sites[2].visits_30 == 1
        age = poller.snapshot.hit_age(1, town.clock.now())
        assert age is not None
        assert age < 70, "the hit after the log was closed"


async def test_it_backs_off_while_matomo_does_not_answer_and_keeps_the_figures() -> None:
    town = Town(FakeClock(), s1=[20])
    async with polling(town) as poller:
        await seen(town, poller, 1)
        town.broken = Unreachable("No route to matomo.example.")
        await town.clock.advance(31)
        assert poller.snapshot.poll.phase.value == "stale"
        assert poller.snapshot.sites[1].visits_30 == 1
        sent = len(town.matomo.requests)
        await town.clock.advance(50)
        assert len(town.matomo.requests) == sent
        town.broken = None
        await town.clock.advance(20)
        assert poller.snapshot.poll.phase is Phase.LIVE


async def test_a_rejected_token_stops_it_until_a_person_acts_and_is_sent_twice_at_most() -> None:
    clock = FakeClock()
    matomo = ReportMatomo()
    sent = 0

    class Rejecting(ReportMatomo):
        async def post(self, fields: Any, *, timeout: float | None = None) -> Any:
            nonlocal sent
            sent += 1
            from matomo_tui.api.errors import TokenRejected

            raise TokenRejected("Matomo does not accept the token.")

    matomo = Rejecting()
    client = Client(matomo, now=clock.now)
    poller = SitesPoller(client, clock, rng=Middle())
    task = asyncio.ensure_future(poller.run())
    poller.look_at(Focus((1,)))
    await clock.advance(4000)
    assert sent == 1
    assert poller.snapshot.poll.phase is Phase.STOPPED
    for _ in range(3):
        poller.resume()
        await clock.advance(100)
    assert sent == 2
    await client.take_over(Client(Town(clock, s1=[20]).matomo, now=clock.now))
    poller.resume(accepted=True)
    await clock.advance(100)
    assert poller.snapshot.poll.last_success_at is not None
    assert sent == 2
    task.cancel()


async def test_it_asks_nothing_while_it_does_not_run() -> None:
    town = Town(FakeClock(), s1=[20])
    async with polling(town) as poller:
        await seen(town, poller, 1)
    await town.clock.advance(600)
    assert len(town.matomo.requests) == 1


def test_a_burst_that_cuts_the_answer_off_makes_the_other_sites_unknown() -> None:
    from matomo_tui.api.live import SiteHit
    from matomo_tui.live import site_activity

    activity = SiteActivity()
    activity.look_at(Focus((1, 2)), 1000)
    activity.absorb(
        {("hit", 1): (SiteHit(id_visit=1, id_site=1, last_action_timestamp=900),), ("hit", 2): ()}, Moment(1000, 1000)
    )
    burst = tuple(SiteHit(id_visit=n, id_site=1, last_action_timestamp=1020) for n in range(site_activity.MOST_HITS))
    activity.absorb({("hits", (1, 2)): burst}, Moment(1030, 1030))
    assert ("hit", 2) in activity.calls(Moment(1100, 1100), 30)
    assert ("hits", (1,)) in activity.calls(Moment(1100, 1100), 30)


def test_another_segment_keeps_only_the_last_hits() -> None:
    from matomo_tui.api.live import Counters, SiteHit

    activity = SiteActivity()
    activity.look_at(Focus((1,)), 1000)
    hit = (SiteHit(id_visit=1, id_site=1, last_action_timestamp=900),)
    activity.absorb({("hit", 1): hit, ("counter", 1, 30): Counters(visits=4)}, Moment(1000, 1000))
    before = activity.sites[1]
    assert before.visits_30 == 4
    activity.look_at(Focus((1,), segment="countryCode==de"), 1000)
    assert (activity.sites[1].visits_30, activity.sites[1].last_hit_at) == (None, 900)
    counter = activity.calls(Moment(1001, 1001), 30)["counter", 1, 30]
    assert counter.params["segment"] == "countryCode==de"


async def test_what_was_asked_for_before_midnight_is_no_figure_of_the_new_day() -> None:
    clock = FakeClock(datetime(2026, 11, 23, 23, 0, tzinfo=UTC).timestamp() - 2)
    town = Town(clock, s1=[20])
    async with polling(town) as poller:
        town.matomo.gate = asyncio.Event()
        town.matomo.gate.set()
        await seen(town, poller, 1, until=TODAY)
        town.matomo.gate.clear()
        await clock.advance(3)
        asked_before_midnight = town.asked("VisitsSummary.get")
        assert asked_before_midnight[0]["date"].endswith("2026-11-23")
        shown: list[int | None] = []
        poller.subscribe(lambda snapshot: shown.append(snapshot.sites[1].today))
        poller.look_at(Focus((1,), until=TODAY))
        town.matomo.gate.set()
        await clock.advance(2)
        assert (shown[0], shown[-1], set(shown)) == (None, 24, {None, 24})


async def test_the_day_before_is_not_shown_as_today_while_the_new_one_is_asked_for() -> None:
    clock = FakeClock(datetime(2026, 11, 23, 23, 0, tzinfo=UTC).timestamp() - 20)
    town = Town(clock, s1=[20])
    async with polling(town) as poller:
        await seen(town, poller, 1, until=date.max)
        await clock.advance(2)
        assert poller.snapshot.sites[1].today is not None
        shown: list[int | None] = []
        poller.subscribe(lambda snapshot: shown.append(snapshot.sites[1].today))
        town.matomo.gate = asyncio.Event()
        await clock.advance(60)
        assert shown[-1] is None, "a day has begun in Berlin, and its first answer has not come"
        town.matomo.gate.set()
        await clock.advance(2)
        assert shown[-1] is not None


async def test_each_site_has_the_visits_of_its_own_today() -> None:
    clock = FakeClock(datetime(2026, 12, 1, 1, 13, tzinfo=UTC).timestamp())
    town = Town(clock, s1=[20], s2=[30], s3=[40], s4=[50])
    town.zones = {2: "America/New_York", 3: "Asia/Tokyo", 4: "America/New_York"}
    async with polling(town) as poller:
        await seen(town, poller, 1, 2, 3, 4, until=TODAY)
        await clock.advance(1)
        asked = {(call["idSite"], call["date"]) for call in town.asked("VisitsSummary.get")}
        assert asked == {("1,3", "2026-11-02,2026-12-01"), ("2,4", "2026-11-01,2026-11-30")}
        figures = [(poller.snapshot.sites[site].today, poller.snapshot.sites[site].course) for site in (1, 2, 3, 4)]
        assert figures == [(1, (3, 1)), (30, (3, 30)), (1, (3, 1)), (30, (3, 30))]
        assert len(town.matomo.requests) == 2
        await clock.advance(3 * 3600 + 46 * 60 + 30)
        before = poller.snapshot.sites[2].today
        await clock.advance(60)
        assert (before, poller.snapshot.sites[2].today) == (30, 1), "a day has begun in New York"
        zones = [call["idSite"] for call in town.matomo.calls if call["method"] == "SitesManager.getSiteFromId"]
        assert zones == ["1", "2", "3", "4"]


async def test_the_days_before_a_day_that_is_over_everywhere_are_asked_for_without_the_zones() -> None:
    town = Town(FakeClock(), s1=[20])
    async with polling(town) as poller:
        await seen(town, poller, 1, until=date(2026, 11, 22))
        assert (poller.snapshot.sites[1].today, poller.snapshot.sites[1].course) == (None, (3, 22))
        await seen(town, poller, 1, until=date(2026, 11, 29))
        assert not poller.snapshot.sites[1].course, "it was of other days"
        await town.clock.advance(2)
        assert poller.snapshot.sites[1].course == (3, 23), "none after today"


def test_answers_that_come_after_more_is_wanted_leave_the_site_due() -> None:
    activity = SiteActivity()
    activity.look_at(Focus((1,)), 1000)
    activity.calls(Moment(1000, 1000), 30)
    activity.look_at(Focus((1,), recent=True), 1000)
    activity.absorb({("hit", 1): ()}, Moment(1000, 1000))
    assert activity.due(1001, 30) == (1,)
    activity.calls(Moment(1001, 1001), 30)
    activity.absorb({("hits", (1,)): ()}, Moment(1001, 1001))
    assert activity.due(1002, 30) == ()
