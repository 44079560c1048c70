"""Sites that a rule no longer watches, and a list of sites that fails."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from matomo_tui.alerts.history import AlertHistory
from tests.alerts.watch import SITES, until, watching
from tests.live.matomo import BLOG, LiveMatomo, visit

SILENT: dict[str, Any] = {"name": "Silent", "no_hits": "5m", "site": "all"}
LIST = "SitesManager.getSitesWithAtLeastViewAccess"


async def test_an_alert_of_a_site_that_was_removed_ends(matomo: LiveMatomo, tmp_path: Path) -> None:
    async with watching(matomo, SILENT, folder=tmp_path) as watch:
        await watch.clock.advance(150)
        assert sorted(alert.site for alert in watch.monitor.lasting) == ["Blog", "Docs"]
        matomo.answers[LIST] = SITES[:2]
        await until(watch, lambda: any(state == "ended" for state, _ in watch.events), 4000)
        ended = [message for state, message in watch.events if state == "ended"]
        assert ended[0].startswith("Silent: Docs: over after ")
        assert ended[0].endswith(" min; it is no longer watched.")
    assert {record.site for record in AlertHistory(tmp_path).records() if record.state == "ended"} == {"Docs"}


async def test_an_alert_of_a_site_that_a_rule_no_longer_names_ends_at_the_start(
    matomo: LiveMatomo, tmp_path: Path
) -> None:
    async with watching(matomo, SILENT, folder=tmp_path) as watch:
        await watch.clock.advance(150)
    for rule in ({**SILENT, "site": "Shop"}, {"name": "Silent", "no_hits": "5m"}):
        async with watching(matomo, rule, folder=tmp_path) as watch:
            await watch.clock.advance(10)
            assert watch.monitor.lasting == ()
    ended = [record.site for record in AlertHistory(tmp_path).records() if record.state == "ended"]
    assert sorted(ended) == ["Blog", "Docs"]


async def test_the_end_in_quiet_hours_of_an_alert_that_was_delivered_is_told_after_them_of_a_removed_site_too(
    matomo: LiveMatomo, tmp_path: Path
) -> None:
    begin = matomo.clock.now()
    hours = [datetime.fromtimestamp(begin + 60 * minutes).strftime("%H:%M") for minutes in (10, 180)]
    rule = {**SILENT, "site": ["Blog", "Docs"], "quiet": ["-".join(hours)]}
    async with watching(matomo, rule, folder=tmp_path) as watch:
        await watch.clock.advance(150)
        assert watch.delivered == [True, True]
        matomo.answers[LIST] = SITES[:2]
        await until(watch, lambda: len(watch.events) == 3, 4000)
        assert (watch.events[2][0], watch.delivered[2]) == ("ended", False)
        await watch.clock.advance(60)
    async with watching(matomo, rule, folder=tmp_path) as watch:
        await watch.clock.advance(begin + 179 * 60 - watch.clock.now())
        assert watch.events == []
        await watch.clock.advance(180)
        (told,) = watch.messages
        assert told.startswith("Silent: Docs: over after ")
        assert watch.delivered == [True]
    async with watching(matomo, rule, folder=tmp_path) as watch:
        await watch.clock.advance(120)
        assert watch.events == [], "it is told once"


async def test_an_alert_lasts_until_the_sites_are_known(matomo: LiveMatomo, tmp_path: Path) -> None:
    async with watching(matomo, SILENT, folder=tmp_path) as watch:
        await watch.clock.advance(150)
    del matomo.answers[LIST]
    async with watching(matomo, SILENT, folder=tmp_path) as watch:
        await watch.clock.advance(2000)
        assert sorted(alert.site for alert in watch.monitor.lasting) == ["Blog", "Docs"]
        assert watch.events == []


async def test_rules_go_on_for_the_sites_known_while_their_list_fails(matomo: LiveMatomo) -> None:
    async with watching(matomo, SILENT) as watch:
        await watch.clock.advance(150)
        matomo.refused[LIST] = "Deadlock found."
        await watch.clock.advance(3600)
        assert watch.monitor.problems == ("Deadlock found.",)
        matomo.add(visit(2, int(watch.clock.true), site=BLOG))
        await watch.clock.advance(120)
        ended = [message for state, message in watch.events if state == "ended"]
        assert [message.partition(" after ")[0] for message in ended] == ["Silent: Blog: over"]


async def test_a_site_that_is_missing_leaves_out_no_other_of_its_rule(matomo: LiveMatomo, tmp_path: Path) -> None:
    rule = {**SILENT, "site": ["Docs", "Blog"]}
    async with watching(matomo, rule, folder=tmp_path) as watch:
        await watch.clock.advance(150)
        assert sorted(alert.site for alert in watch.monitor.lasting) == ["Blog", "Docs"]
    async with watching(matomo, {**rule, "site": ["Dosc", "Blog", "Gone"]}, folder=tmp_path) as watch:
        await watch.clock.advance(150)
        assert [alert.site for alert in watch.monitor.lasting] == ["Blog"]
        (problem,) = watch.monitor.problems
        assert "no site with the name 'Dosc'. Did you mean 'Docs'? This token" in problem
        assert problem.endswith("no site with the name 'Gone'.")
