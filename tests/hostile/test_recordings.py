"""Hostile texts through a recording and its replay: the screen and the summary of a replay."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from click.testing import CliRunner

from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.cli.main import cli
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.live.poller import Poller
from matomo_tui.live.timezones import zone
from matomo_tui.recording.masking import Masker
from matomo_tui.recording.player import Player
from matomo_tui.recording.recorder import Recorder
from matomo_tui.recording.recording import read_recording
from matomo_tui.recording.recording_transport import RecordingTransport
from matomo_tui.recording.replay_transport import ReplayTransport
from matomo_tui.session import Session, _ready, open_replay
from matomo_tui.ui.app import MatomoApp
from tests.hostile import outputs
from tests.hostile.hostile_matomo import HostileMatomo, Poison
from tests.hostile.stage import HostileStage, RunningClock, WatchingFilter, keeping
from tests.live.fake_clock import FakeClock
from tests.recording.studio import START, Hand, Steady, until

SHOP = "https://shop.example"


async def _record(file: Path) -> None:
    clock = FakeClock(START)
    demo = DemoMatomo(now=clock.now)
    token = Secret(demo.tokens["superuser"])
    hostile = HttpTransport(Address.parse("http://127.0.0.1/"), token, app=HostileMatomo(demo, Poison()))
    recorder = Recorder(file, personal=True, now=clock.now, masker=Masker(personal=True, key=b"k"))
    recorder.open()
    client = Client(RecordingTransport(hostile, recorder, SHOP), now=clock.now)
    session = await _ready(client, Settings(), SHOP, (), token)
    poller = Poller(client, session.site, clock=clock, rng=Steady())
    task = asyncio.ensure_future(poller.run())
    for _ in range(3):
        await clock.advance(5)
        await until(lambda: not poller.snapshot.poll.in_flight)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await client.aclose()
    recorder.close(timeout=30.0)


def test_a_replay_shows_nothing_but_text_and_the_programs_own_sequences(tmp_path: Path) -> None:
    file = tmp_path / "hostile.rec"
    asyncio.run(_record(file))
    result = CliRunner().invoke(cli, ("replay", str(file), "--info"), prog_name="matomo-tui")
    assert result.exit_code == 0, result.stderr
    assert result.stdout
    assert outputs.text(result.stdout) == []
    asyncio.run(_replay(file))


async def _replay(file: Path) -> None:
    recording, watching = read_recording(file), WatchingFilter()
    player = Player(recording, real=Hand())

    async def connect(settings: Settings, _token: Secret | None) -> Session:
        return await open_replay(settings, ReplayTransport(recording, player, zone), recording.address, now=player.now)

    with keeping(watching):
        app = MatomoApp(None, Settings(url=recording.address, site="1", read_only=True), connect, player=player)
        async with app.run_test(headless=False, size=(80, 24), notifications=True) as pilot:
            on = HostileStage(app, pilot, watching, (80, 24), RunningClock())
            await on.first_data()
            await on.press("p", "y", "enter", "escape")
            assert "m4rk" in on.sent or "evil" in on.sent
            assert on.problems() == []
            assert watching.caught == []
