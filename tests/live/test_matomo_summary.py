"""The figures over all sites of a Matomo, where some of its answers or all of them are refused."""

from __future__ import annotations

from matomo_tui.api.client import Client
from matomo_tui.live.matomo_summary import INTERVAL, MatomoWatch
from matomo_tui.live.snapshot import Phase
from tests.live.fake_clock import FakeClock
from tests.recorded import FakeTransport, json_response, refusal

HIT = {"idVisit": 1, "lastActionTimestamp": 1_700_000_000}


async def test_figures_stay_while_all_of_an_answer_is_refused() -> None:
    good = json_response([[HIT, HIT], [HIT], {"totals": {"nb_visits": 7}}])
    clock = FakeClock()
    watch = MatomoWatch(Client(FakeTransport([good, json_response([refusal("x")] * 3), good])), clock.now)
    await watch.load(2)
    before = watch.summary
    assert (before.phase, before.visitors, before.today, before.last_hit_at) == (Phase.LIVE, 2, 7, 1_700_000_000)
    await clock.advance(INTERVAL * 2)
    assert watch.is_due
    await watch.load(2)
    after = watch.summary
    assert (after.phase, str(after.error)) == (Phase.STALE, "x")
    assert (after.visitors, after.today, after.last_hit_at) == (2, 7, 1_700_000_000)
    assert not watch.is_due
    await clock.advance(INTERVAL * 3)
    assert watch.is_due
    await watch.load(2)
    assert (watch.summary.phase, watch.summary.error) == (Phase.LIVE, None)


async def test_a_part_that_is_refused_is_unknown() -> None:
    answer = json_response([refusal("x"), [HIT], {"totals": {"nb_visits": 7}}])
    watch = MatomoWatch(Client(FakeTransport([answer])), FakeClock().now)
    await watch.load(2)
    found = watch.summary
    assert (found.phase, str(found.error), found.visitors, found.today) == (Phase.LIVE, "x", None, 7)
