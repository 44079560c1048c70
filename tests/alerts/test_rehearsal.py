"""Rules tried against the last hour, which is replayed from its visits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from matomo_tui.alerts import rehearsal
from matomo_tui.alerts.rehearsal import Rehearsal, rehearse
from matomo_tui.api.errors import MatomoError
from tests.alerts.rules_of import rule_of
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP, LiveMatomo, page_view, visit


@pytest.fixture
def matomo() -> LiveMatomo:
    """A shop with a visit a minute, but for the time from 40 to 20 minutes ago."""
    server = LiveMatomo(FakeClock())
    now = int(server.clock.true)
    for minute in (*range(120, 40, -1), *range(20, 0, -1)):
        server.add(visit(minute, now - minute * 60 + 5))
    return server


async def tried(matomo: LiveMatomo, **rule: Any) -> Rehearsal:
    client = matomo.client()
    task = asyncio.ensure_future(rehearse(client, rule_of(**rule), SHOP, matomo.clock.now(), {}))
    await matomo.clock.advance(60)
    return await task


def course(trial: Rehearsal, matomo: LiveMatomo) -> list[tuple[str, int]]:
    """What happened, and how many minutes ago."""
    now = matomo.clock.true - 60
    return [(event.change.value, round((now - event.at) / 60)) for event in trial.events]


async def test_a_silence_is_found_where_it_was(matomo: LiveMatomo) -> None:
    trial = await tried(matomo, no_hits="5m")
    (fired, ended) = course(trial, matomo)
    assert (fired[0], ended[0]) == ("fired", "ended")
    assert fired[1] in (35, 36)
    assert ended[1] in (19, 20)
    assert (trial.lowest, trial.highest, trial.now.value) == (0, 5, 5)
    assert trial.remark == ""


async def test_the_rules_duration_counts(matomo: LiveMatomo) -> None:
    assert (await tried(matomo, no_hits="5m", for_="20m")).events == ()


async def test_rankings_and_actions_are_replayed_as_they_were(matomo: LiveMatomo) -> None:
    now = int(matomo.clock.true)
    search = {**page_view(now - 2400), "type": "search", "siteSearchKeyword": "lamp", "siteSearchCount": 0}
    matomo.add(visit(500, now - 2400, actionDetails=[search]))
    trial = await tried(matomo, seen="empty_search")
    assert [change for change, _ in course(trial, matomo)] == ["fired", "ended"]
    assert course(trial, matomo)[0][1] in (39, 40)
    assert course(trial, matomo)[1][1] in (9, 10)
    pages = await tried(matomo, ranking="pages", row="/", metric="here", below=1)
    assert [change for change, _ in course(pages, matomo)] == ["fired", "ended"]


async def test_visitors_and_visits_of_today_follow_from_the_visits(matomo: LiveMatomo) -> None:
    here = await tried(matomo, metric="visitors_now", below=1, ends_after="0s")
    assert [change for change, _ in course(here, matomo)] == ["fired", "ended"]
    today = await tried(matomo, metric="visits_today", above=90)
    assert today.now.value == 100
    assert (today.lowest, today.highest) == (61, 100), "an hour ago, of which a minute has passed"
    assert [change for change, _ in course(today, matomo)] == ["fired"]


async def test_what_is_known_for_now_only_is_tried_now(matomo: LiveMatomo) -> None:
    matomo.answers["Goals.get"] = {"nb_conversions": 7, "revenue": "120.5"}
    trial = await tried(matomo, metric="revenue_today", above=100, for_="1h")
    assert [event.change.value for event in trial.events] == ["fired"]
    assert trial.now.value == 120.5
    assert "for now only" in trial.remark
    report = await tried(matomo, report="Goals.get", metric="nb_conversions", below=5)
    assert (report.events, report.now.value) == ((), 7)


async def test_earlier_weeks_are_compared_with(matomo: LiveMatomo) -> None:
    hours = [{"label": f"{hour:02d}", "nb_visits": 60} for hour in range(24)]
    matomo.answers["VisitTime.getVisitInformationPerServerTime"] = hours
    trial = await tried(matomo, metric="visits_60", falls_by="20%")
    assert (trial.now.value, trial.now.usual) == (40, 60)
    assert [change for change, _ in course(trial, matomo)] == ["fired"]


async def test_a_busy_hour_is_tried_as_far_as_its_visits_were_fetched(
    matomo: LiveMatomo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "MOST_PAGES", 1)
    now = int(matomo.clock.true)
    for number in range(200):
        matomo.add(visit(1000 + number, now - 2400 + number))
    trial = await tried(matomo, metric="visits_3", above=50)
    assert trial.remark.startswith("Only the last ")
    assert "more than 100 visits" in trial.remark


async def test_failing_polls_of_the_past_are_not_known(matomo: LiveMatomo) -> None:
    trial = await tried(matomo, poll_failing="5m")
    assert trial.events == ()
    assert "are not known" in trial.remark


async def test_a_refused_report_is_an_error(matomo: LiveMatomo) -> None:
    matomo.refused["Goals.get"] = "The plugin Goals is not enabled."
    with pytest.raises(MatomoError):
        await tried(matomo, report="Goals.get", metric="nb_conversions", below=5)
