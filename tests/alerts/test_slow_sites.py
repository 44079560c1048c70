"""Rules about a large site, whose calls may take the poll that they ride in too long."""

from __future__ import annotations

from typing import Any

from matomo_tui.api.errors import AnswerTooLong, MatomoError, TimedOut
from matomo_tui.live.snapshot import Phase
from tests.alerts.watch import Watch, watching
from tests.live.matomo import BLOG, LiveMatomo, visit


def fails_with(matomo: LiveMatomo, error: MatomoError, method: str, site: int, **params: str) -> None:
    """Let every request fail that has a call of ``method`` for ``site`` with these parameters."""
    wanted = {"method": method, "idSite": str(site), **params}
    matomo.hook = lambda calls: setattr(
        matomo, "failure", error if any(wanted.items() <= call.items() for call in calls) else None
    )


async def minutes_live(watch: Watch, minutes: int) -> int:
    """In how many of the next ``minutes`` a poll succeeded."""
    good = 0
    for _ in range(minutes):
        before = watch.poller.snapshot.poll.last_success_at
        await watch.clock.advance(60)
        good += watch.poller.snapshot.poll.last_success_at != before
    return good


async def test_a_figure_of_visits_asks_for_no_report_of_its_site(matomo: LiveMatomo) -> None:
    rules: tuple[dict[str, Any], ...] = (
        {"metric": "visitors_now", "above": 100, "site": 2},
        {"feed": "page", "matching": "/cart", "above": 5, "site": 3},
        {"metric": "visits_today", "above": 100, "site": 3},
    )
    fails_with(matomo, TimedOut("No answer within 30 s."), "VisitsSummary.get", 2)
    async with watching(matomo, *rules) as watch:
        assert await minutes_live(watch, 30) == 30
        sites = {name: {call["idSite"] for call in matomo.asked(name)} for name in ("VisitsSummary.get", "Goals.get")}
        assert sites == {"VisitsSummary.get": {"1"}, "Goals.get": {"1"}}
        counted = {call["idSite"] for call in matomo.asked("Live.getCounters") if int(call["lastMinutes"]) > 30}
        assert counted == {"1", "3"}, "visits of today are counted for the site whose rule is about them"


async def test_a_site_left_for_another_asks_only_for_what_its_rule_needs(matomo: LiveMatomo) -> None:
    fails_with(matomo, TimedOut("No answer within 30 s."), "VisitsSummary.get", 1)
    async with watching(matomo, {"feed": "page", "matching": "/cart", "above": 5}) as watch:
        await watch.clock.advance(600)
        watch.poller.switch(site=BLOG)
        assert await minutes_live(watch, 60) == 60


async def test_a_report_that_takes_too_long_is_put_off_and_the_screen_goes_on(matomo: LiveMatomo) -> None:
    fails_with(matomo, TimedOut("No answer within 30 s."), "VisitsSummary.get", 2)
    async with watching(matomo, {"metric": "revenue_today", "above": 100, "site": 2}) as watch:
        assert await minutes_live(watch, 120) >= 115
        assert len([call for call in matomo.asked("VisitsSummary.get") if call["idSite"] == "2"]) < 15


async def test_a_counter_that_takes_too_long_leaves_polls_between_for_the_screen(matomo: LiveMatomo) -> None:
    fails_with(matomo, TimedOut("No answer within 30 s."), "Live.getCounters", 2, lastMinutes="1440")
    async with watching(matomo, {"metric": "visits_1440", "above": 100, "site": 2}) as watch:
        assert await minutes_live(watch, 60) >= 50
        assert watch.monitor.problems == ("No answer within 30 s.",)


async def test_visits_whose_answer_is_too_long_are_asked_for_in_smaller_pages(matomo: LiveMatomo) -> None:
    fails_with(matomo, AnswerTooLong("cut off."), "Live.getLastVisitsDetails", 2, filter_limit="100")
    matomo.add(visit(7, int(matomo.clock.true) - 10, site=BLOG, path="/cart"))
    async with watching(matomo, {"name": "Cart", "feed": "page", "matching": "/cart", "above": 0, "site": 2}) as watch:
        assert await minutes_live(watch, 10) == 10
        assert watch.poller.snapshot.poll.phase is Phase.LIVE
        assert watch.messages[0].startswith("Cart: Blog: 1 page with '/cart' in the last 30 min")
