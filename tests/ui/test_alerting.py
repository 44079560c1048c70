"""Alerts on the screen: the mark in the header, the message, the list, and what the terminal is sent."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from matomo_tui.api.secret import Secret
from matomo_tui.config.alert_settings import AlertSetting
from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import Count, LiveSnapshot
from matomo_tui.session import Session
from matomo_tui.ui import alerting
from matomo_tui.ui.alerts_dialog import AlertsDialog
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.drawing.formatting import day
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from tests.ui import snapshots
from tests.ui.conftest import HandPoller, Stage, StandingClock, session_for, until


def counting(visits: int, polls: int) -> LiveSnapshot:
    """A snapshot after the poll with this number, with visits in the last 30 minutes."""
    snapshot = snapshots.quiet()
    counters = replace(snapshot.counters, visits_30=Count(visits), actions_30=Count(visits))
    return replace(snapshot, counters=counters, poll=replace(snapshot.poll, polls=polls))


@asynccontextmanager
async def alerted(
    *rules: dict[str, Any],
    folder: Path | None = None,
    size: tuple[int, int] = (100, 30),
    settings: Settings | None = None,
) -> AsyncIterator[Stage]:
    settings = replace(
        settings or Settings(),
        url="matomo.example",
        profile="work",
        alerts=tuple(AlertSetting(rule, {"": "config.toml, line 7"}) for rule in rules),
    )
    clock = StandingClock()
    session = session_for(counting(1, 1), settings)
    poller = HandPoller(session.client, counting(1, 1), clock)

    async def connector(_settings: Settings, _token: Secret | None) -> Session:
        return session

    app = MatomoApp(
        session, settings, connector, clock=clock, poller_for=lambda _session, _clock: poller, alert_folder=folder
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Stage(app, pilot, clock, poller)


RUSH = {"name": "Rush", "metric": "visits_30", "above": 10, "ends_after": "0s", "notify": ["bell", "osc9"]}


async def test_an_alert_is_in_the_header_in_a_message_in_the_list_and_goes_to_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(alerting, "send_to_terminal", lambda _app, sequence: sent.append(sequence))
    monkeypatch.setattr(MatomoApp, "bell", lambda _app: sent.append("bell"))
    monkeypatch.delenv("TMUX", raising=False)
    marker = tmp_path / "ran"
    rule = {**RUSH, "command": ["touch", str(marker)]}
    async with alerted(rule, folder=tmp_path) as stage:
        assert "alert" not in stage.lines[0]
        await stage.publish(counting(12, 2))
        await until(stage.pilot, lambda: "Rush: Blog: 12 visits in" in stage.text)
        assert "! 1 alert " in stage.lines[0]
        assert sent == ["bell", "\x1b]9;Rush: Blog: 12 visits in the last 30 min, above 10.\x07"]
        await until(stage.pilot, marker.exists)
        await stage.publish(counting(13, 3))
        assert len(sent) == 2
        await stage.pilot.press("N")
        await until(stage.pilot, lambda: "Alerts, 1 now" in stage.text)
        assert "! 13:" not in stage.text
        await stage.publish(counting(3, 4))
        await until(stage.pilot, lambda: "Rush: Blog: over after 0 s; now 3 visits" in stage.text)
        assert "Alerts, 1 now" not in stage.text
        assert "! 1 alert" not in stage.lines[0]
    async with alerted(RUSH, folder=tmp_path) as stage:
        await stage.pilot.press("N")
        await until(stage.pilot, lambda: "ended" in stage.text)
        assert "fired" in stage.text


async def test_rules_rest_while_polling_is_paused_and_the_header_says_so() -> None:
    async with alerted(RUSH) as stage:
        assert "alerts rest" not in stage.lines[0]
        await stage.pilot.press("p")
        await until(stage.pilot, lambda: "alerts rest" in stage.lines[0])
        await stage.pilot.press("p")
        await until(stage.pilot, lambda: "alerts rest" not in stage.lines[0])
    async with alerted() as stage:
        await stage.pilot.press("p")
        await until(stage.pilot, lambda: "paused" in stage.lines[0])
        assert "alerts rest" not in stage.lines[0]


async def test_many_alerts_of_one_poll_are_one_message() -> None:
    rules = [{**RUSH, "name": f"rule {number}", "notify": []} for number in range(6)]
    async with alerted(*rules) as stage:
        await stage.publish(counting(12, 2))
        await until(stage.pilot, lambda: "and 3 more: N lists all" in stage.text)
        assert "! 6 alerts" in stage.lines[0]
        await stage.pilot.press("3")
        await until(stage.pilot, lambda: "Pages" in stage.lines[0])
        assert "! 6 alerts" in stage.lines[0], "on every screen"


async def test_the_list_says_how_long_alerts_last_by_now_and_keeps_its_cursor() -> None:
    async with alerted(RUSH) as stage:
        await stage.publish(counting(12, 2))
        await stage.pilot.press("N")
        await until(stage.pilot, lambda: "for 0 s" in stage.text)
        await stage.pilot.press("down")
        dialog = stage.app.screen
        assert isinstance(dialog, AlertsDialog)
        under = dialog.query_one(VirtualTable).cursor_key
        stage.clock.at += 3600
        await until(stage.pilot, lambda: "for 60 m" in stage.text)
        assert dialog.query_one(VirtualTable).cursor_key == under
        stage.clock.at += 86_400
        await until(stage.pilot, lambda: "for 25 h" in stage.text)
        assert stage.text.count(day(snapshots.NOW, snapshots.BLOG.timezone)[:6]) == 2, (
            "neither row is of today any more"
        )


async def test_the_times_of_the_list_are_the_sites_if_this_computers_clock_is_wrong() -> None:
    async with alerted(RUSH) as stage:
        fired = counting(12, 2)
        await stage.publish(replace(fired, poll=replace(fired.poll, server_offset=-3 * 3600)))
        await stage.pilot.press("N")
        await until(stage.pilot, lambda: "Alerts, 1 now" in stage.text)
        assert "▸ 05:02:11" in stage.text


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 10)])
async def test_alerts_are_in_the_header_also_while_the_past_is_shown(size: tuple[int, int]) -> None:
    async with alerted(RUSH, size=size) as stage:
        for minute in range(1, 4):
            stage.clock.at += 60
            await stage.publish(replace(counting(11 + minute, minute + 1), taken_at=stage.clock.at))
        await stage.pilot.press("less_than_sign")
        await until(stage.pilot, lambda: "the past, " in stage.lines[0])
        assert "! 1 alert " in stage.lines[0]
        assert re.search(r"ago(  \d\d:\d\d:\d\d)?$", stage.lines[0]), "nothing is cut"


async def test_without_rules_the_list_says_how_to_get_some() -> None:
    async with alerted() as stage:
        await stage.pilot.press("N")
        await until(stage.pilot, lambda: "[[profiles.NAME.alerts]]" in stage.text)


async def test_the_list_has_the_alerts_and_rules_of_all_tabs() -> None:
    async with alerted(RUSH) as stage:
        await stage.publish(counting(12, 2))
        stage.app.show_connection(stage.app.add_connection(Settings(url="other.example", profile="other"), None))
        await stage.pilot.pause()
        await stage.pilot.press("N")
        await until(stage.pilot, lambda: "Alerts, 1 now" in stage.text)
        assert "1 rule, times in" in stage.text
        assert "profile work" in stage.text
        assert "no alert rules" not in stage.text


async def test_alerts_of_a_tab_that_was_closed_are_no_longer_in_the_header_of_another() -> None:
    async with alerted(RUSH) as stage:
        await stage.publish(counting(12, 2))
        await until(stage.pilot, lambda: "! 1 alert " in stage.lines[0])
        other = stage.app.add_connection(Settings(url="other.example", profile="other"), None)
        other.follow(session_for(snapshots.busy(), other.settings))
        await stage.pilot.pause()
        await stage.pilot.press("ctrl+w")
        await until(stage.pilot, lambda: stage.app.connections == [other])
        await stage.pilot.pause()
        assert "live" in stage.lines[0]
        assert "alert" not in stage.lines[0]


async def test_a_delivery_that_failed_is_shown() -> None:
    async with alerted({**RUSH, "command": "no-such-command-here"}) as stage:
        await stage.publish(counting(12, 2))
        await until(stage.pilot, lambda: "Rush: not delivered" in stage.text)
