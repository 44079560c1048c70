"""Outages, sleep and pauses: since when polls fail, and what of before is still known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matomo_tui.api.errors import Unreachable
from tests.alerts.watch import Watch, until, watching
from tests.live.matomo import BLOG, SHOP, LiveMatomo, visit

GONE = Unreachable("no route to host.")
DOWN: dict[str, Any] = {"name": "Down", "poll_failing": "5m"}


async def resumed_fires_after_five_minutes(watch: Watch) -> None:
    watch.poller.pause()
    await watch.clock.advance(2 * 3600)
    watch.poller.resume()
    await watch.clock.advance(290)
    assert watch.events == []
    await watch.clock.advance(30)
    assert len(watch.events) == 1


async def test_a_computer_that_wakes_without_a_network_has_not_failed_while_it_slept(matomo: LiveMatomo) -> None:
    async with watching(matomo, DOWN) as watch:
        await watch.clock.advance(60)
        watch.clock.suspend(8 * 3600)
        matomo.failure = GONE
        await watch.clock.advance(290)
        assert watch.events == []
        await watch.clock.advance(30)
        assert watch.messages == ["Down: work: no answer for 5 min: no route to host."]


async def test_an_outage_before_a_pause_or_sleep_is_not_counted_with_what_follows(matomo: LiveMatomo) -> None:
    async with watching(matomo, DOWN) as watch:
        await watch.clock.advance(60)
        matomo.failure = GONE
        await watch.clock.advance(240)
        watch.clock.suspend(3600)
        await watch.clock.advance(240)
        assert watch.events == []
        await resumed_fires_after_five_minutes(watch)


async def test_resuming_without_a_network_counts_from_then_on(matomo: LiveMatomo) -> None:
    async with watching(matomo, DOWN) as watch:
        await watch.clock.advance(60)
        matomo.failure = GONE
        await resumed_fires_after_five_minutes(watch)


async def test_an_outage_that_goes_on_after_sleep_or_a_pause_is_not_over(matomo: LiveMatomo) -> None:
    async with watching(matomo, DOWN) as watch:
        await watch.clock.advance(60)
        matomo.failure = GONE
        await watch.clock.advance(400)
        assert len(watch.events) == 1
        watch.clock.suspend(8 * 3600)
        await watch.clock.advance(600)
        watch.poller.pause()
        await watch.clock.advance(3600)
        watch.poller.resume()
        await watch.clock.advance(600)
        assert len(watch.events) == 1
        matomo.failure = None
        await until(watch, lambda: len(watch.events) > 1)
        assert watch.messages[1].endswith("; now Matomo answers.")


async def test_a_clock_that_is_set_does_not_fire_or_end_anything(matomo: LiveMatomo) -> None:
    async with watching(matomo, DOWN) as watch:
        await watch.clock.advance(60)
        matomo.failure = GONE
        await watch.clock.advance(60)
        watch.clock.set_wrong(3600)
        await watch.clock.advance(60)
        watch.clock.set_wrong(-7200)
        await watch.clock.advance(60)
        assert watch.events == []
        await watch.clock.advance(300)
        assert len(watch.events) == 1
        watch.clock.set_wrong(-7200)
        await watch.clock.advance(60)
        assert len(watch.events) == 1


async def test_counters_of_before_a_pause_are_not_judged_after_it(matomo: LiveMatomo) -> None:
    async with watching(matomo, {"name": "Rush", "metric": "visits_30", "above": 0, "for": "10m"}) as watch:
        await watch.clock.advance(20)
        watch.poller.pause()
        await watch.clock.advance(2 * 3600)
        matomo.latency = 3.0
        watch.poller.resume()
        await watch.clock.advance(60)
        assert watch.events == []


async def test_sleep_is_no_time_for_which_a_condition_held(matomo: LiveMatomo) -> None:
    async with watching(matomo, {"name": "Rush", "metric": "visits_30", "above": 0, "for": "10m"}) as watch:
        await watch.clock.advance(60)
        watch.clock.suspend(8 * 3600)
        matomo.add(visit(2, int(watch.clock.true)))
        await watch.clock.advance(580)
        assert watch.events == []
        await watch.clock.advance(60)
        assert watch.messages == ["Rush: Shop: 1 visit in the last 30 min, above 0."]


async def test_another_site_in_an_outage_neither_ends_it_nor_counts_anew(matomo: LiveMatomo) -> None:
    async with watching(matomo, DOWN) as watch:
        await watch.clock.advance(60)
        matomo.failure, matomo.latency = GONE, 20.0
        for number in range(20):
            watch.poller.switch(site=(BLOG, SHOP)[number % 2])
            await watch.clock.advance(60)
        assert watch.messages == ["Down: work: no answer for 5 min: no route to host."]
        matomo.failure = None
        await until(watch, lambda: len(watch.events) > 1)
        assert watch.messages[1].endswith("; now Matomo answers.")


async def test_an_outage_that_begins_with_another_site_counts_from_the_last_answer(matomo: LiveMatomo) -> None:
    async with watching(matomo, DOWN) as watch:
        await watch.clock.advance(60)
        matomo.failure, matomo.latency = GONE, 20.0
        watch.poller.switch(segment="countryCode==de")
        await watch.clock.advance(310)
        assert watch.messages == ["Down: work: no answer for 5 min: no route to host."]


async def test_a_program_that_starts_in_an_outage_goes_on_with_its_alert(matomo: LiveMatomo, tmp_path: Path) -> None:
    async with watching(matomo, DOWN, folder=tmp_path) as watch:
        await watch.clock.advance(60)
        matomo.failure, matomo.latency = GONE, 20.0
        await watch.clock.advance(400)
        assert len(watch.events) == 1
    async with watching(matomo, DOWN, folder=tmp_path) as watch:
        await watch.clock.advance(800)
        assert watch.events == []
        assert len(watch.monitor.lasting) == 1
        matomo.failure = None
        await until(watch, lambda: watch.events)
        assert watch.messages[0].endswith("; now Matomo answers.")


async def test_another_token_ends_an_outage_only_with_its_first_answer(matomo: LiveMatomo) -> None:
    async with watching(matomo, DOWN) as watch:
        await watch.clock.advance(60)
        matomo.failure = GONE
        await watch.clock.advance(400)
        watch.poller.token_replaced()
        await watch.clock.advance(400)
        assert len(watch.events) == 1
