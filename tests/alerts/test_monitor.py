"""The rules of a connection over time: with a server, a poller and a clock of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.alerts.history import AlertHistory
from matomo_tui.alerts.observations import view_of
from matomo_tui.api.errors import Unreachable
from matomo_tui.live.snapshot import LiveSnapshot
from tests.alerts.watch import until, watching
from tests.live.fake_clock import FakeClock
from tests.live.matomo import BLOG, LiveMatomo, visit


async def test_a_site_that_falls_silent_fires_once_and_ends_with_the_next_hit(matomo: LiveMatomo) -> None:
    async with watching(matomo, {"name": "Silent", "no_hits": "5m"}) as watch:
        await watch.clock.advance(240)
        assert watch.events == []
        await until(watch, lambda: watch.events)
        assert watch.events == [("fired", "Silent: Shop: no hits for 5 min.")]
        await watch.clock.advance(1800)
        assert len(watch.events) == 1
        assert [alert.message for alert in watch.monitor.lasting] == ["Silent: Shop: no hits for 5 min."]
        matomo.add(visit(2, int(watch.clock.true)))
        await until(watch, lambda: len(watch.events) > 1)
        assert watch.events[1][0] == "ended"
        assert watch.messages[1].startswith("Silent: Shop: over after 3")
        assert watch.messages[1].endswith("; now 1 hit in the last 5 min.")
        assert watch.monitor.lasting == ()


async def test_failing_polls_fire_without_any_answer_and_end_with_one(matomo: LiveMatomo) -> None:
    rules: tuple[dict[str, Any], ...] = ({"name": "Down", "poll_failing": "2m"}, {"name": "Silent", "no_hits": "5m"})
    async with watching(matomo, *rules) as watch:
        await watch.clock.advance(30)
        matomo.failure = Unreachable("stats.example refuses connections.")
        await watch.clock.advance(115)
        assert watch.events == []
        await watch.clock.advance(20)
        assert len(watch.events) == 1
        assert watch.messages[0].startswith("Down: work: no answer for ")
        assert watch.messages[0].endswith(": stats.example refuses connections.")
        await watch.clock.advance(1200)
        assert len(watch.events) == 1, "what is not known fires nothing"
        matomo.failure = None
        matomo.add(visit(2, int(watch.clock.true)))
        await until(watch, lambda: len(watch.events) > 1)
        assert watch.messages[1].endswith("now Matomo answers.")


async def test_nothing_is_judged_by_the_first_page_of_visits(matomo: LiveMatomo) -> None:
    """The log was closed for a while, so that the poller was live before its first visits came."""
    matomo.latency = 1.0
    matomo.refused = {"Live.getLastVisitsDetails": "Visits log is deactivated in website settings."}
    async with watching(matomo, {"name": "Few", "metric": "visitors_now", "below": 50}) as watch:
        shown: list[LiveSnapshot] = []
        watch.poller.subscribe(shown.append)
        await watch.clock.advance(30)
        matomo.refused = {}
        for _ in range(300):
            matomo.visits[1] = [visit(number, int(watch.clock.true) - 5) for number in range(80)]
            await watch.clock.advance(5)
            if watch.poller.snapshot.feed.ready and not watch.poller.snapshot.feed.pending:
                break
        parts = [snapshot for snapshot in shown if 0 < len(snapshot.feed.visits) < 80]
        assert parts
        assert [view_of(snapshot) for snapshot in parts] == [None] * len(parts)
        whole = view_of(watch.poller.snapshot)
        assert whole is not None
        assert whole.counters.active.value == 80


async def test_other_sites_are_watched_in_the_polls_own_requests(matomo: LiveMatomo) -> None:
    matomo.add(visit(7, int(matomo.clock.true) - 10, site=BLOG))
    async with watching(matomo, {"name": "Silent", "no_hits": "5m", "site": "all"}) as watch:
        await watch.clock.advance(120)
        assert [message for message in watch.messages if "Blog" in message] == []
        assert watch.messages == ["Silent: Docs: no hits for 5 min."]
        await until(watch, lambda: len(watch.events) == 3)
        assert {event for event, _ in watch.events} == {"fired"}
        # Every request is one of a poll, the first of which asks twice: the rules have none of their own.
        assert len(matomo.requests) == len(matomo.polls) + 1
        counters = [call for call in matomo.asked("Live.getCounters") if call["idSite"] == "2"]
        assert len(counters) <= watch.clock.monotonic() / 60 + 1
        assert len(matomo.asked("SitesManager.getSitesWithAtLeastViewAccess")) == 1


async def test_a_group_is_its_sites_and_a_wrong_name_is_explained(matomo: LiveMatomo) -> None:
    rules: tuple[dict[str, Any], ...] = (
        {"name": "group", "no_hits": "5m", "group": "retail"},
        {"name": "typo", "no_hits": "5m", "site": "Blgo"},
        {"name": "no group", "no_hits": "5m", "group": "Retal"},
    )
    async with watching(matomo, *rules) as watch:
        await until(watch, lambda: len(watch.events) == 2)
        assert sorted(watch.messages) == ["group: Docs: no hits for 5 min.", "group: Shop: no hits for 5 min."]
        typo, group = watch.monitor.problems
        assert "alert 'typo': This token has access to no site with the name 'Blgo'. Did you mean 'Blog'?" in typo
        assert "alert 'no group': there is no group 'Retal'. Did you mean 'Retail'?" in group


async def test_many_sites_are_watched_in_turn_and_bounded(matomo: LiveMatomo) -> None:
    matomo.answers["SitesManager.getSitesWithAtLeastViewAccess"] = [
        {"idsite": str(number), "name": f"site {number}"} for number in range(1, 301)
    ]
    rules: tuple[dict[str, Any], ...] = (
        {"name": "silent", "no_hits": "5m", "site": "all"},
        {"name": "empty", "seen": "empty_search", "site": "all"},
    )
    async with watching(matomo, *rules) as watch:
        await watch.clock.advance(150)
        assert len(watch.messages) == 99, "all but the first site are silent"
        assert max(len(request) for request in matomo.requests) < 60
        silent, empty = watch.monitor.problems
        assert "alert 'silent': it watches the first 100 of 300 sites" in silent
        assert "alert 'empty': it watches the first 20 of 300 sites" in empty


async def test_what_the_screen_has_costs_no_request(matomo: LiveMatomo) -> None:
    rules: tuple[dict[str, Any], ...] = (
        {"metric": "visits_30", "above": 0},
        {"metric": "visitors_now", "above": 0},
        {"ranking": "pages", "row": "/", "above": 0},
        {"feed": "page", "above": 0},
        {"metric": "visits_today", "above": 0},
    )
    async with watching(matomo, *rules) as watch:
        await watch.clock.advance(120)
        assert len(watch.events) == 5
        with_rules = {tuple(sorted(call["method"] for call in request)) for request in matomo.requests}
    plain = LiveMatomo(FakeClock(), visits={1: [visit(1, int(FakeClock().true) - 20)]})
    async with watching(plain) as watch:
        await watch.clock.advance(120)
        assert with_rules == {tuple(sorted(call["method"] for call in request)) for request in plain.requests}


async def test_a_poller_that_is_no_longer_watched_sends_its_own_calls_only(matomo: LiveMatomo) -> None:
    async with watching(matomo, {"name": "Silent", "no_hits": "5m", "site": 2}) as watch:
        await watch.clock.advance(70)
        assert any(call["idSite"] == "2" for call in matomo.asked("Live.getCounters"))
        watch.unwatch()
        matomo.requests.clear()
        await watch.clock.advance(200)
        assert {call["idSite"] for call in matomo.asked("Live.getCounters")} == {"1"}


async def test_rules_go_on_for_their_site_while_the_screen_shows_another(matomo: LiveMatomo) -> None:
    async with watching(matomo, {"name": "Cart", "feed": "page", "matching": "/cart", "above": 0}) as watch:
        await watch.clock.advance(10)
        watch.poller.switch(site=BLOG)
        await watch.clock.advance(10)
        matomo.add(visit(3, int(watch.clock.true), path="/cart"))
        await until(watch, lambda: watch.events)
        assert watch.messages[0].startswith("Cart: Shop: 1 page with '/cart' in the last 30 min")


async def test_a_change_is_measured_against_earlier_weeks_with_at_most_one_request_an_hour(matomo: LiveMatomo) -> None:
    hours = [{"label": f"{hour:02d}", "nb_visits": 60} for hour in range(24)]
    matomo.answers["VisitTime.getVisitInformationPerServerTime"] = hours
    async with watching(matomo, {"name": "Fewer", "metric": "visits_60", "falls_by": "50%"}) as watch:
        await until(watch, lambda: watch.events)
        assert watch.messages == ["Fewer: Shop: 1 visit in the last 60 min, usually 60 at this time (-98%)."]
        await watch.clock.advance(2 * 3600)
        own = [one for one in matomo.requests if "Live.getCounters" not in {call["method"] for call in one}]
        assert len(own) == 1, "the days before do not change: they are requested once a day"
        days = [call["date"] for call in own[0]]
        today = datetime.fromtimestamp(watch.clock.true, UTC).date()
        assert len(days) == 8
        assert all((today.toordinal() - datetime.fromisoformat(day).date().toordinal()) % 7 in (0, 1) for day in days)


async def test_usual_figures_that_fail_are_tried_again_an_hour_later(matomo: LiveMatomo) -> None:
    matomo.refused["VisitTime.getVisitInformationPerServerTime"] = "The plugin VisitTime is not enabled."
    async with watching(matomo, {"metric": "visits_60", "falls_by": "50%"}) as watch:
        await watch.clock.advance(3 * 3600)
        own = [one for one in matomo.requests if "Live.getCounters" not in {call["method"] for call in one}]
        assert 3 <= len(own) <= 4
        assert watch.events == []


async def test_reports_are_requested_every_five_minutes_at_most(matomo: LiveMatomo) -> None:
    matomo.answers["Referrers.getWebsites"] = [
        {"label": "news.example", "nb_visits": 41},
        {"label": "blog.news.example", "nb_visits": 99},
    ]
    rule = {"name": "News", "report": "Referrers.getWebsites", "row": "news.example", "above": 40}
    async with watching(matomo, rule) as watch:
        await watch.clock.advance(1500)
        assert watch.messages == ["News: Shop: Referrers.getWebsites nb_visits of news.example today 41, above 40."]
        assert 4 <= len(matomo.asked("Referrers.getWebsites")) <= 6
        assert matomo.asked("Referrers.getWebsites")[0]["filter_pattern"]
        assert "flat" not in matomo.asked("Referrers.getWebsites")[0], "it would join the labels of two levels"


@pytest.mark.parametrize("label", ["/help/eu/", "/help/eu/index", "/help/eu"])
@pytest.mark.parametrize("row", ["/help/eu/", "/help/eu/index", "/Help/EU"])
async def test_a_page_is_found_however_matomo_writes_it(matomo: LiveMatomo, label: str, row: str) -> None:
    matomo.answers["Actions.getPageUrls"] = [
        {"label": "/help/eu/more", "nb_hits": 7},
        {"label": label, "nb_hits": 26},
    ]
    rule = {"name": "Page", "report": "Actions.getPageUrls", "metric": "nb_hits", "row": row, "above": 20}
    async with watching(matomo, rule) as watch:
        await watch.clock.advance(20)
        assert watch.messages[0].startswith("Page: Shop: Actions.getPageUrls nb_hits of ")
        (call,) = matomo.asked("Actions.getPageUrls")
        assert (call["flat"], call["filter_column"]) == ("1", "label")


async def test_a_report_is_compared_with_the_same_weekday(matomo: LiveMatomo) -> None:
    matomo.answers["Actions.get"] = [{"nb_visits": 100}]
    rule = {"report": "Actions.get", "date": "yesterday", "falls_by": "50%", "name": "Drop"}
    async with watching(matomo, rule) as watch:
        await watch.clock.advance(60)
        dates = [call["date"] for call in matomo.asked("Actions.get")]
        assert dates == ["yesterday", "2026-11-15", "2026-11-08", "2026-11-01", "2026-10-25"]
        assert watch.events == []
        await watch.clock.advance(600)
        assert [call["date"] for call in matomo.asked("Actions.get")][5:7] == ["yesterday", "yesterday"]


async def test_a_refused_figure_is_a_problem_and_not_an_alert(matomo: LiveMatomo) -> None:
    matomo.refused["Events.getCategory"] = "You can't access this resource as it requires 'view' access."
    async with watching(matomo, {"report": "Events.getCategory", "row": "x", "below": 5}) as watch:
        await watch.clock.advance(120)
        assert watch.events == []
        assert "no 'view' access" in watch.monitor.problems[0]
        assert len(matomo.asked("Events.getCategory")) == 1


async def test_the_history_outlives_the_program_and_a_lasting_alert_does_not_fire_again(
    matomo: LiveMatomo, tmp_path: Path
) -> None:
    rule = {"name": "Rush", "metric": "visits_30", "above": 0, "ends_after": "0s"}
    async with watching(matomo, rule, folder=tmp_path) as watch:
        await watch.clock.advance(10)
        assert watch.messages == ["Rush: Shop: 1 visit in the last 30 min, above 0."]
    async with watching(matomo, rule, folder=tmp_path) as watch:
        assert [alert.message for alert in watch.monitor.lasting] == [
            "Rush: Shop: 1 visit in the last 30 min, above 0."
        ]
        await watch.clock.advance(10)
        assert watch.events == []
        matomo.visits.clear()
        await until(watch, lambda: watch.events)
        assert watch.events[0][0] == "ended"
    states = [record.state for record in AlertHistory(tmp_path).records()]
    assert states == ["fired", "ended"]
    async with watching(matomo, rule, folder=tmp_path) as watch:
        assert watch.monitor.lasting == ()


async def test_an_alert_that_was_delivered_after_quiet_hours_is_not_delivered_again(
    matomo: LiveMatomo, tmp_path: Path
) -> None:
    begin, end = (datetime.fromtimestamp(matomo.clock.true + seconds) for seconds in (0, 600))
    quiet = [f"{begin:%H:%M}-{end:%H:%M}"]
    rule = {"name": "Rush", "metric": "visits_30", "above": 0, "quiet": quiet}
    async with watching(matomo, rule, folder=tmp_path) as watch:
        await watch.clock.advance(700)
        assert watch.delivered == [False, True]
    async with watching(matomo, rule, folder=tmp_path) as watch:
        await watch.clock.advance(60)
        assert watch.events == []
        matomo.visits.clear()
        await until(watch, lambda: watch.events)
        assert watch.delivered == [True], "who was told of it is told of its end"
    states = [(record.state, record.delivered) for record in AlertHistory(tmp_path).records()]
    assert states == [("fired", False), ("sent", True), ("ended", True)]


async def test_hostile_texts_are_sanitized(matomo: LiveMatomo) -> None:
    matomo.add(visit(2, int(matomo.clock.true), path="/x\x1b]0;pwned\x07"))
    async with watching(matomo, {"feed": "page", "above": 0, "name": "Pages"}) as watch:
        await watch.clock.advance(10)
        assert watch.messages[0].isprintable()
        assert "\x1b" not in watch.history.records()[0].message
