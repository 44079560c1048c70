"""A replay on the live screen: says that it is one, pauses, steps, seeks and changes its speed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Response
from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import Phase
from matomo_tui.live.timezones import zone
from matomo_tui.recording.player import Player
from matomo_tui.recording.recording import Recording, read_recording
from matomo_tui.recording.replay_transport import ReplayTransport
from matomo_tui.session import Session, open_replay
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.widgets.time_bar import TimeBar
from tests.demo.asking import fewer_visits
from tests.recording.studio import START, Hand, recording_of_the_demo
from tests.recording.studio import until as settled
from tests.ui.conftest import screen_lines, until


@pytest.fixture(autouse=True)
def _fewer_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording of a few visits a minute shows as much."""
    fewer_visits(monkeypatch, lambda site: 0.3)


@dataclass
class Replayed:
    """A replay on the screen."""

    app: MatomoApp
    pilot: Pilot[int]
    recording: Recording
    player: Player


@asynccontextmanager
async def replay(
    file: Path, *, hand: Hand | None = None, gate: asyncio.Event | None = None, connecting: float = 0.0
) -> AsyncIterator[Replayed]:
    """The application with the recording in ``file``, once its first figures came. While ``gate`` is not set, it
    answers nothing. ``connecting`` takes so many seconds."""
    recording = read_recording(file)
    hand = hand or Hand()
    player = Player(recording, real=hand)
    player.begin_with_poll()

    async def connect(settings: Settings, _token: Secret | None) -> Session:
        hand.at += connecting
        transport = ReplayTransport(recording, player, zone) if gate is None else HeldTransport(recording, player, gate)
        return await open_replay(settings, transport, recording.address, now=player.now)

    app = MatomoApp(None, Settings(url=recording.address, site="1", read_only=True), connect, player=player)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.live.snapshot.feed.ready)
        yield Replayed(app, pilot, recording, player)
    recording.close()


class HeldTransport(ReplayTransport):
    """Answers while ``gate`` is set."""

    def __init__(self, recording: Recording, player: Player, gate: asyncio.Event) -> None:
        super().__init__(recording, player, zone)
        self._gate = gate

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        await self._gate.wait()
        return await super().post(fields, timeout=timeout)


async def test_a_replay_begins_at_its_beginning_however_long_connecting_takes(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(6)
    hand = Hand()
    async with replay(file, hand=hand, connecting=20.0) as on:
        assert on.app.live.snapshot.taken_at == on.recording.begin
        await until(on.pilot, lambda: on.app.live.snapshot.poll.polls == 1)
        began = on.player.now()
        assert began == on.recording.begin
        hand.at += 10
        assert on.player.now() == began + 10


async def test_the_times_of_a_replay_are_the_sites_also_if_the_recorders_clock_was_wrong(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file, start=START + 3 * 3600, ahead=3 * 3600) as studio:
        await studio.polls(6)
    async with replay(file) as on:
        on.app.live._tick()
        await on.pilot.pause()
        lines = screen_lines(on.app)
        assert "13:31" in lines[0]
        assert any("23 Nov 2026 13:31:0" in line for line in lines[-4:])
        assert not any("16:31" in line for line in lines)


async def test_a_replay_is_steered_by_keys(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(20)
        at, middle = studio.clock.now(), studio.snapshot
        await studio.polls(20)
    hand = Hand()
    async with replay(file, hand=hand) as on:
        app, pilot, player, recording = on.app, on.pilot, on.player, on.recording
        await pilot.press("p")
        assert not player.playing
        assert "next in" not in screen_lines(app)[0]
        app.live._tick()
        await pilot.pause()
        lines = screen_lines(app)
        assert " REPLAY " in lines[0]
        assert any("paused" in line and "●" in line for line in lines[-4:])
        begin = player.now()

        await pilot.press("greater_than_sign")
        assert player.now() == begin + 60
        await until(pilot, lambda: app.live.snapshot.taken_at == player.now() and app.live.snapshot.feed.ready)

        app.live.query_one(TimeBar).focus()
        await pilot.press("left")
        assert player.now() == begin + 55
        await pilot.press("end")
        assert player.now() == recording.end
        await pilot.press("home")
        assert player.now() == recording.begin
        await until(pilot, lambda: app.live.snapshot.feed.ready)

        player.seek(at)
        app.live._start_over()
        await until(pilot, lambda: app.live.snapshot.counters.visits_30.value == middle.counters.visits_30.value)
        assert [row.id_visit for row in app.live.snapshot.feed.visits[:10]] == [
            row.id_visit for row in middle.feed.visits[:10]
        ]

        await pilot.press("p", "plus", "plus")
        assert (player.playing, player.speed) == (True, 4)
        await pilot.press("minus")
        assert player.speed == 2

        def ended() -> bool:
            hand.at += 100
            return player.ended

        await until(pilot, ended)
        app.live._tick()
        await pilot.pause()
        assert any(" end " in line for line in screen_lines(app)[-4:])
        await pilot.press("p")
        assert player.now() == recording.begin

        await pilot.press("3")
        await until(pilot, lambda: any("─ Pages not recorded ─" in line for line in screen_lines(app)))
        said = " ".join(line.strip() for line in screen_lines(app))
        assert "The recording has no answer to API.getReportMetadata at this time: it was not on the screen" in said
        assert "r tries again" not in said


async def test_the_end_of_a_replay_shows_what_was_recorded_last(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(20)
        last = studio.snapshot
    hand = Hand()
    async with replay(file, hand=hand) as on:
        app, pilot, player = on.app, on.pilot, on.player
        assert app.live.snapshot.counters.conversions.value is None
        hand.at += player.end - player.begin - 2.0
        await until(pilot, lambda: app.live.snapshot.counters.conversions.value is not None)
        assert app.live.snapshot.feed.visits[0] != last.feed.visits[0]
        hand.at += 2.0
        for _ in range(3):
            app.live._tick()
            await pilot.pause()
            await until(pilot, lambda: not app.live.snapshot.poll.in_flight)
        assert player.ended
        assert app.live.snapshot.taken_at == player.end
        assert app.live.snapshot.counters.visits_30.value == last.counters.visits_30.value
        assert app.live.snapshot.feed.visits[0].id_visit == last.feed.visits[0].id_visit
        footer = screen_lines(app)[-1]
        assert "p resume" in footer
        assert "p pause" not in footer
        assert " ago " in screen_lines(app)[0]
        assert "next in" not in screen_lines(app)[0]


async def test_the_end_has_the_figures_of_today_if_it_comes_after_one_poll(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.clock.advance(2)
        studio.poller.poll_now()
        await settled(lambda: studio.snapshot.counters.conversions.value is not None)
        last = studio.snapshot
    hand = Hand()
    async with replay(file, hand=hand) as on:
        app, pilot, player = on.app, on.pilot, on.player
        hand.at += 2
        assert player.ended
        for _ in range(3):
            app.live._tick()
            await pilot.pause()
            await until(pilot, lambda: not app.live.snapshot.poll.in_flight)
        assert app.live.snapshot.counters.conversions.value == last.counters.conversions.value


async def test_a_speed_that_is_chosen_while_paused_has_its_own_polls(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(4)
    async with replay(file) as on:
        app, pilot, player = on.app, on.pilot, on.player
        await pilot.press(*["plus"] * 6)
        assert player.speed == 64
        assert app.live.poller is not None
        assert app.live.poller.snapshot.poll.interval == 32
        await pilot.press("p", *["minus"] * 6, "p")
        assert (player.speed, player.playing) == (1, True)
        assert app.live.poller.snapshot.poll.interval == 5


@pytest.mark.parametrize("page", [None, Response(503, b"<h1>Service Unavailable</h1>")])
async def test_an_outage_shows_the_figures_that_were_on_the_screen(tmp_path: Path, page: Response | None) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(6)
        before = studio.snapshot
        studio.cable.out, studio.cable.page = page is None, page
        await studio.polls(8)
        at = studio.clock.now()
    async with replay(file) as on:
        app, pilot = on.app, on.pilot
        app.live._seek(at)
        await until(pilot, lambda: app.live.snapshot.poll.phase is Phase.STALE)
        shown = app.live.snapshot
        assert shown.counters.visits_30.value == before.counters.visits_30.value
        assert shown.feed.visits
        assert "◌ stale" in screen_lines(app)[0]
        sentence = "refused the connection" if page is None else "Service Unavailable"
        assert any(sentence in line for line in screen_lines(app))


async def test_each_key_counts_while_the_figures_before_an_outage_are_looked_up(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(6)
        outage = studio.clock.now()
        studio.cable.out = True
        await studio.polls(100)
    gate = asyncio.Event()
    gate.set()
    async with replay(file, gate=gate) as on:
        app, pilot, player = on.app, on.pilot, on.player
        player.pause()
        gate.clear()
        app.live._seek(outage + 60)
        for _ in range(3):
            await until(pilot, lambda: player.now() <= outage)
            await pilot.press("greater_than_sign")
        await until(pilot, lambda: player.now() <= outage)
        gate.set()
        await until(pilot, lambda: app.live.snapshot.poll.phase is Phase.STALE)
        assert player.now() == outage + 240


async def test_a_replay_says_what_the_figures_were_narrowed_to(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(3)
        whole = studio.clock.now()
        studio.poller.switch(segment="deviceType==smartphone")
        await studio.polls(3)
    async with replay(file) as on:
        app, pilot, recording = on.app, on.pilot, on.recording
        app.live._seek(recording.end)
        await until(pilot, lambda: app.live.snapshot.segment == "deviceType==smartphone")
        await until(pilot, lambda: "only: deviceType is smartphone" in screen_lines(app)[0])
        assert app.live.segment == "deviceType==smartphone"
        navigator = app.open_navigator()
        assert navigator is not None
        assert navigator.context.query.segment == "deviceType==smartphone"

        app.live._seek(whole - 1)
        await until(pilot, lambda: app.live.snapshot.segment == "" and "only:" not in screen_lines(app)[0])
        assert navigator.context.query.segment == ""


async def test_a_segment_that_was_not_recorded_is_called_that(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(6)
    async with replay(file) as on:
        app, pilot = on.app, on.pilot
        app.live._seek(on.player.begin + 20)
        await until(pilot, lambda: app.live.snapshot.feed.ready and not app.live.snapshot.poll.in_flight)
        await pilot.press("p")
        app.live.narrow("deviceType==smartphone", "device smartphone")
        await until(pilot, lambda: app.live.snapshot.poll.error is not None)
        app.live._tick()
        await pilot.pause()
        lines = screen_lines(app)
        text = "\n".join(lines)
        assert "◌ not recorded" in lines[0]
        assert "next in" not in lines[0]
        assert "The recording has only everybody; F shows them." in text
        assert "Nothing was recorded" not in text
        assert "tries again" not in text
        assert "waiting" not in text
        await pilot.press("r")
        await until(pilot, lambda: any("Matomo is not asked for anything" in line for line in screen_lines(app)))
        await pilot.press("F")
        for _ in range(4):
            app.live._tick()
            await pilot.pause()
            await until(pilot, lambda: not app.live.snapshot.poll.in_flight)
        assert "◌" not in screen_lines(app)[0]
        assert app.live.snapshot.feed.ready
        assert app.live.snapshot.counters.conversions.value is not None, "also while the clock stands still"


async def test_an_outage_in_a_replay_names_no_key_to_try_again(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(3)
        studio.cable.out = True
        await studio.polls(30)
        at = studio.clock.now()
    async with replay(file) as on:
        app, pilot = on.app, on.pilot
        on.player.pause()
        on.player.seek(at - 5)
        app.live.narrow("deviceType==smartphone", "device smartphone")
        await until(pilot, lambda: app.live.snapshot.poll.error is not None)
        assert "tries again" not in "\n".join(screen_lines(app))


async def test_another_site_than_the_recorded_one_is_called_that(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(6)
    async with replay(file) as on:
        app, pilot = on.app, on.pilot
        site = replace(app.live.snapshot.site, id=2, name="Another")
        app.live.switch_site(site, "view")
        await until(pilot, lambda: app.live.snapshot.poll.error is not None)
        assert str(app.live.snapshot.poll.error) == "The recording has another site at this time."
