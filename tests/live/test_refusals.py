"""Refusals that stop polling or a part of it, and the number of requests with a wrong token."""

from __future__ import annotations

import asyncio

import pytest

from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, FeatureDisabled, LockedOut, NoAccess, TokenRejected
from matomo_tui.api.server import get_matomo_version
from matomo_tui.api.transport import Response
from matomo_tui.live.poll_plan import FIRST_PAGE
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import Phase
from tests import recorded
from tests.live.conftest import Start
from tests.live.fake_clock import FakeClock
from tests.live.matomo import BLOG, LiveMatomo, visit

NO_ACCESS = "You can't access this resource as it requires 'view' access for the website id = 1."


def phase(poller: Poller) -> str:
    return poller.snapshot.poll.phase.value


def page(word: str) -> Response:
    """A recorded HTML page that contains ``word``."""
    return next(
        one.response()
        for one in recorded.load("html_answers")
        if one.status >= 400 and word in one.response().body.decode()
    )


async def test_a_rejected_token_is_sent_twice_at_most(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.failure = page("token")
    poller = start()
    await clock.advance(3600)
    assert phase(poller) == Phase.STOPPED
    assert isinstance(poller.snapshot.poll.error, TokenRejected)
    assert poller.snapshot.poll.next_poll_at is None
    assert len(matomo.requests) == 1
    poller.poll_now()
    poller.switch(site=BLOG)
    poller.switch(segment="countryCode==de")
    poller.set_interval(2)
    await clock.advance(3600)
    assert len(matomo.requests) == 1
    for _ in range(5):
        poller.resume()
        await clock.advance(60)
    assert len(matomo.requests) == 2
    assert phase(poller) == Phase.STOPPED
    poller.pause()
    poller.set_interval(5)
    await clock.advance(60)
    assert len(matomo.requests) == 2
    matomo.failure = None
    await poller._connection.client.take_over(matomo.client())
    poller.token_replaced()
    await clock.advance(1)
    assert phase(poller) == Phase.LIVE


async def test_a_token_rejected_while_paging_stops_at_once(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    now = int(clock.true)
    matomo.visits[1] = [visit(number, now - 1) for number in range(400)]

    def revoke(calls: list[dict[str, str]]) -> None:
        if calls[0].get("filter_offset"):
            matomo.failure = page("token")

    matomo.hook = revoke
    poller = start()
    await clock.advance(600)
    assert phase(poller) == Phase.STOPPED
    assert len(matomo.requests) == 2
    assert len(poller.snapshot.feed.visits) == FIRST_PAGE


async def test_a_lockout_stops_polling_until_the_user_retries(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(11)
    requests = len(matomo.requests)
    matomo.failure = page("Too many failed logins")
    await clock.advance(7200)
    assert len(matomo.requests) == requests + 1
    assert isinstance(poller.snapshot.poll.error, LockedOut)
    assert phase(poller) == Phase.STOPPED
    assert [row.id_visit for row in poller.snapshot.feed.visits] == [1]
    matomo.failure = None
    poller.resume()
    await clock.advance(6)
    assert phase(poller) == Phase.LIVE
    assert poller.snapshot.poll.failures == 0


async def locked_out_elsewhere(clock: FakeClock, matomo: LiveMatomo, client: Client) -> None:
    """A report meets a lockout, which lasts for some seconds only."""
    matomo.failure = page("Too many failed logins")
    with pytest.raises(LockedOut):
        await asyncio.gather(client.call(get_matomo_version()), clock.advance(1))
    matomo.failure = None
    await clock.advance(11)


async def test_a_lockout_that_a_report_met_stops_polling_until_the_user_asks(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    client = matomo.client()
    poller = start(client=client, interval=60)
    await clock.advance(5)
    await locked_out_elsewhere(clock, matomo, client)
    requests = len(matomo.requests)
    await clock.advance(600)
    assert (phase(poller), len(matomo.requests)) == (Phase.STOPPED, requests)
    poller.resume()
    matomo.latency = 5.0
    await clock.advance(1)
    poller.switch(site=BLOG)
    await clock.advance(20)
    assert phase(poller) == Phase.LIVE, "the retry is not lost with the request that was under way"
    assert client.lockout is None


async def test_a_lockout_that_a_report_met_does_not_hold_back_what_the_user_asks_for(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    client = matomo.client()
    poller = start(client=client, interval=3600)
    await clock.advance(5)
    await locked_out_elsewhere(clock, matomo, client)
    poller.poll_now()
    await clock.advance(5)
    assert (phase(poller), poller.snapshot.poll.polls) == (Phase.LIVE, 2)
    poller.pause()
    await locked_out_elsewhere(clock, matomo, client)
    await clock.advance(3600)
    poller.switch(site=BLOG)
    await clock.advance(5)
    assert (phase(poller), poller.snapshot.poll.polls) == (Phase.PAUSED, 3), "it is over after an hour"
    assert poller.snapshot.feed.ready


async def test_no_access_to_the_site_stops_until_another_site(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.refused = dict.fromkeys(("Live.getCounters", "Live.getLastVisitsDetails"), NO_ACCESS)
    poller = start()
    await clock.advance(600)
    assert phase(poller) == Phase.STOPPED
    assert isinstance(poller.snapshot.poll.error, NoAccess)
    assert len(matomo.requests) == 1
    matomo.refused = {}
    poller.switch(site=BLOG)
    await clock.advance(1)
    assert phase(poller) == Phase.LIVE


async def test_without_the_visitor_log_the_counters_go_on(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    message = "Visits log is deactivated in website settings. A user with at least admin access can enable it."
    matomo.refused = {"Live.getLastVisitsDetails": message}
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(60)
    snapshot = poller.snapshot
    assert phase(poller) == Phase.LIVE
    assert isinstance(snapshot.parts.visits, FeatureDisabled | BadRequest)
    assert message in str(snapshot.parts.visits)
    assert snapshot.parts.counters is None
    assert snapshot.counters.visits_3.value == 1
    assert not snapshot.feed.ready
    assert len(matomo.asked("Live.getLastVisitsDetails")) == 1
    await clock.advance(1740)
    assert len(matomo.asked("Live.getLastVisitsDetails")) == 2
    matomo.refused = {}
    matomo.add(visit(2, int(clock.true) - 5))
    await clock.advance(940)
    assert poller.snapshot.parts.visits is None
    assert [row.id_visit for row in poller.snapshot.feed.visits] == [2]


async def test_refused_reports_of_today_leave_the_rest_alone(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.refused = {
        "Goals.get": "The plugin Goals is not enabled. You can activate the plugin on Settings &gt; Plugins"
    }
    poller = start()
    await clock.advance(600)
    snapshot = poller.snapshot
    assert phase(poller) == Phase.LIVE
    assert snapshot.parts.today is not None
    assert "Settings > Plugins" in str(snapshot.parts.today)
    assert snapshot.counters.bounce_rate.value == 0.5
    assert snapshot.counters.conversions.value is None
    assert len(matomo.asked("Goals.get")) == 1


async def test_a_database_that_is_busy_for_a_moment_leaves_nothing_out_for_long(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    poller = start()
    await clock.advance(11)
    matomo.refused = {"Live.getCounters": "SQLSTATE[40001]: Serialization failure: 1213 Deadlock found"}
    await clock.advance(5)
    assert poller.snapshot.parts.counters is not None
    matomo.refused = {}
    await clock.advance(6)
    assert poller.snapshot.parts.counters is None


async def test_a_refused_segment_is_reported_until_another_is_chosen(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    message = "Segment 'nonsense' is not a supported segment."
    matomo.refused = dict.fromkeys(
        ("Live.getCounters", "Live.getLastVisitsDetails", "VisitsSummary.get", "Goals.get"), message
    )
    poller = start(segment="nonsense==1")
    await clock.advance(120)
    assert phase(poller) == Phase.STALE
    assert message in str(poller.snapshot.poll.error)
    assert len(matomo.requests) < 8
    matomo.refused = {}
    poller.switch(segment="")
    await clock.advance(1)
    assert phase(poller) == Phase.LIVE
    assert poller.snapshot.poll.error is None


@pytest.mark.parametrize(
    "body", [b"", b"<html><title>Sign in</title></html>", b"[]", b"{}", b"[1,2,3]", b"null", b"\xff"]
)
async def test_an_answer_that_is_no_matomos_is_a_failed_poll(
    body: bytes, clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.add(visit(1, int(clock.true) - 5))
    poller = start()
    await clock.advance(1)
    matomo.failure = Response(200, body, {})
    await clock.advance(6)
    matomo.failure = None
    assert phase(poller) == Phase.STALE
    assert [row.id_visit for row in poller.snapshot.feed.visits] == [1]
    await clock.advance(60)
    assert phase(poller) == Phase.LIVE


async def test_switching_while_a_wrong_token_is_on_its_way_does_not_send_it_again(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    matomo.failure = page("token")
    matomo.latency = 2.0
    poller = start()
    for _ in range(10):
        await clock.advance(0.1)
        poller.switch(segment="countryCode==de")
        poller.switch(site=BLOG)
    await clock.advance(600)
    assert len(matomo.requests) == 1
    assert phase(poller) == Phase.STOPPED
    assert poller.snapshot.site is BLOG
