"""Errors of the server in the administration: a rejected token, refused hits, a server that is away."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from matomo_tui.api.errors import Unreachable
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.tracking import TrackingFailure
from matomo_tui.api.transport import Response
from matomo_tui.live.snapshot import Phase
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.tracking import failure_words
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from matomo_tui.ui.widgets.pane import PaneState
from tests.ui.admin.administering import Office, office, quiet
from tests.ui.admin.steps import open_part
from tests.ui.conftest import HandPoller, StandingClock


def failure(site_id: int, when: str = "2026-11-28 23:30:47") -> TrackingFailure:
    return TrackingFailure(
        site_id=site_id, when=when, url="https://t1.example/y", problem="No such site.", solution="Send another id."
    )


def test_the_watched_site_comes_first_and_then_the_newest() -> None:
    older, newer = failure(8, "2026-11-27 08:00:00"), failure(9)
    said = failure_words((older, newer, failure(1, "2026-11-26 08:00:00")), 1).splitlines()
    assert said[0] == "The tracker refused 3 kinds of hits in the last days:"
    assert said[1] == (
        "2026-11-26 08:00:00 UTC  site 1 (this one)  https://t1.example/y  No such site. Send another id."
    )
    assert [line.split("  ")[1] for line in said[1:]] == ["site 1 (this one)", "site 9", "site 8"]


def test_of_very_many_only_some_are_shown() -> None:
    said = failure_words([failure(n) for n in range(1, 41)], 40).splitlines()
    assert len(said) == 10
    assert said[-1] == "and 32 more, older or of other sites."


def test_none_are_said_to_be_none() -> None:
    assert failure_words((), 1) == "The tracker refused no hits in the last two days."


@pytest.mark.parametrize("part", ["users", "sites"])
async def test_a_rejected_token_names_the_key_that_replaces_it(part: str) -> None:
    demo = quiet()
    async with office(demo=demo) as on:
        await open_part(on, part)
        assert isinstance(on.app.screen, AdminScreen)
        assert "C connect" not in on.lines[-1]
        demo.world.add_token(demo.tokens["superuser"], "root", expires=0)
        pane = on.app.screen.pane
        assert pane is not None
        await on.press("r")
        await on.until(lambda: pane.state is PaneState.STALE)
        assert "Press C to use another token." in on.said
        await on.until(lambda: "C connect" in on.lines[-1])
        await on.press("C")
        await on.until(lambda: isinstance(on.app.screen, ConnectScreen))


@pytest.mark.parametrize("part", ["goals", "sites", "users", "access"])
async def test_what_failed_comes_with_the_server(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    async def refuse(_self: HttpTransport, _fields: object, *, timeout: float | None = None) -> Response:
        sent.append("")
        raise Unreachable("Nobody is there.")

    async def publish(on: Office, phase: Phase) -> None:
        poller = on.app.poller
        assert isinstance(poller, HandPoller)
        live = poller.snapshot
        poller.publish(replace(live, poll=replace(live.poll, phase=phase)))
        await on.pilot.pause()

    clock = StandingClock()
    async with office(clock=clock) as on:
        screen = on.app.screen
        assert isinstance(screen, AdminScreen)
        with monkeypatch.context() as patched:
            patched.setattr(HttpTransport, "post", refuse)
            await screen.open(part)
            pane = screen.pane
            assert pane is not None
            if not pane.has_failed:  # The first part was loaded before.
                await on.press("r")
            await on.until(lambda: pane.has_failed)
            tries = len(sent)
            await publish(on, Phase.STALE)
            clock.at += 3600
            screen.look_at_failures()
            await on.pilot.pause()
            assert len(sent) == tries, "nothing is asked of a server that is away"
        await publish(on, Phase.LIVE)
        await on.until(lambda: pane.state is PaneState.CONTENT)
        assert "failed" not in on.text


async def test_a_rejected_token_is_not_sent_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    demo, clock = quiet(), StandingClock()
    async with office(demo=demo, clock=clock) as on:
        screen = on.app.screen
        assert isinstance(screen, AdminScreen)
        poller = on.app.poller
        assert isinstance(poller, HandPoller)
        poller.publish(replace(poller.snapshot, poll=replace(poller.snapshot.poll, phase=Phase.LIVE)))
        demo.world.add_token(demo.tokens["superuser"], "root", expires=0)
        await on.press("r")
        pane = screen.pane
        assert pane is not None
        await on.until(lambda: pane.state in (PaneState.STALE, PaneState.BROKEN))
        sent: list[str] = []
        monkeypatch.setattr(HttpTransport, "post", lambda *_, **__: sent.append(""))
        for _ in range(3):
            clock.at += 3600
            screen.look_at_failures()
            await on.pilot.pause()
        assert sent == []
