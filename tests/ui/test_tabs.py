"""Several Matomos as tabs: each with its own poller and place; none holds up another."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Button, Input

from matomo_tui.api.client import Client
from matomo_tui.api.errors import TokenRejected, Unreachable
from matomo_tui.api.secret import Secret
from matomo_tui.api.site import Site
from matomo_tui.config import validation
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.remembered import Remembered
from matomo_tui.config.settings import Settings
from matomo_tui.live.clock import Clock
from matomo_tui.live.schedule import UNSEEN, Pacer
from matomo_tui.live.snapshot import LiveSnapshot, Pace, Phase, PollState
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.connection import Connection
from matomo_tui.ui.matomos.overview_screen import OverviewScreen
from matomo_tui.ui.shell import UNSEEN_FOR
from matomo_tui.ui.widgets.profile_tabs import ProfileTab, ProfileTabs
from matomo_tui.ui.widgets.screens import CachedStyleScreen
from matomo_tui.ui.widgets.workers import is_working
from matomo_tui.ui.widgets.writing import WritingScreen
from tests.config.keyrings import NO_KEYRING
from tests.ui import snapshots
from tests.ui.conftest import HandPoller, SilentTransport, StandingClock, screen_lines, session_for, until
from tests.ui.host import Host

NAMES = ("shop", "agency", "gone")


class Tabs:
    """The application with a tab for each of ``NAMES``; that of ``gone`` cannot connect."""

    def __init__(
        self,
        app: MatomoApp,
        pilot: Pilot[int],
        pollers: dict[str, HandPoller],
        errors: dict[str, Exception],
        clock: StandingClock,
    ) -> None:
        self.app, self.pilot, self.pollers, self.errors, self.clock = app, pilot, pollers, errors, clock

    @property
    def lines(self) -> list[str]:
        return screen_lines(self.app)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()
        await self.pilot.pause()

    async def publish(self, name: str, snapshot: LiveSnapshot) -> None:
        """Have the poller of a tab publish a snapshot."""
        self.pollers[name].publish(snapshot)
        await self.pilot.pause()


@asynccontextmanager
async def tabs(
    size: tuple[int, int] = (120, 40), folder: Path | None = None, names: tuple[str, ...] = NAMES
) -> AsyncIterator[Tabs]:
    pollers: dict[str, HandPoller] = {}
    errors: dict[str, Exception] = {"gone": Unreachable("No route to gone.example.")}
    clock = StandingClock()

    async def connector(settings: Settings, _token: Secret | None) -> Session:
        if settings.profile in errors:
            raise errors[settings.profile]
        return session_for(snapshots.busy(), settings)

    def poller_for(session: Session, _clock: Clock) -> HandPoller:
        name = session.settings.profile
        first = snapshots.busy()
        pollers[name] = HandPoller(session.client, replace(first, site=site_of(first, name)), clock)
        return pollers[name]

    def token() -> Secret:
        return Secret("5a1f" * 8)

    first, *others = (Settings(profile=name, url=f"{name}.example") for name in names)
    app = MatomoApp(
        None,
        first,
        connector,
        clock=clock,
        token=token,
        poller_for=poller_for,
        more=[(settings, token) for settings in others],
        remembered=Remembered(folder),
        profiles=ProfileStore(folder, NO_KEYRING) if folder is not None else None,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: len(pollers) == len([name for name in names if name not in errors]))
        await pilot.pause()
        await pilot.pause()
        yield Tabs(app, pilot, pollers, errors, clock)


def site_of(snapshot: LiveSnapshot, name: str) -> Site:
    """The site of a snapshot under another name."""
    return msgspec.structs.replace(snapshot.site, name=f"Site of {name}")


async def test_each_matomo_has_a_tab_with_its_state_and_its_visitors() -> None:
    async with tabs() as on:
        line = on.lines[0]
        assert line.startswith(" ● shop 36  ● agency 36  ◌ gone")
        assert "Site of shop" in on.lines[1]
        await on.press("full_stop")
        assert "Site of agency" in on.lines[1]
        assert "agency" in on.lines[1].split("live")[-1]
        await on.press("full_stop")
        assert "No route to gone.example" in on.text
        await on.press("full_stop")
        assert "Site of shop" in on.lines[1]
        await on.press("comma", "comma")
        assert "Site of agency" in on.lines[1]


async def test_a_profile_may_choose_the_colour_of_its_tab() -> None:
    tabs = ProfileTabs()
    poll = PollState()
    async with Host(tabs).run_test(size=(60, 3)) as pilot:
        tabs.show((ProfileTab("shop", poll, None, color="error"), ProfileTab("blog", poll, None, color="")))
        await pilot.pause()
        names = {segment.text.strip(): segment.style for segment in tabs.render_line(0)}
        for number, name in ((5, "shop"), (1, "blog")):
            assert names[name] == tabs.get_component_rich_style(f"profile-tabs--color-{number}"), name
    assert validation.check_value("tab_color", "error", "tab_color") == "error"
    with pytest.raises(validation.ConfigError, match="accent"):
        validation.check_value("tab_color", "pink", "tab_color")


async def test_a_single_matomo_has_no_tabs_and_their_keys_say_how_to_get_some() -> None:
    async with tabs(names=("shop",)) as on:
        assert "Site of shop" in on.lines[0]
        await on.press("full_stop")
        assert "^n opens another profile" in on.text


async def test_switching_asks_nothing_and_keeps_the_place_of_each_tab() -> None:
    async with tabs() as on:
        await on.press("question_mark")
        assert "Keys" in on.text
        await on.press("escape", "down", "down", "enter")
        place = on.app.screen
        await on.press("full_stop")
        assert on.app.screen is on.app.live
        wishes = list(on.pollers["shop"].wishes)
        await on.press("comma")
        assert on.app.screen is place
        assert on.pollers["shop"].wishes == wishes


async def test_a_tab_that_is_not_shown_polls_seldom_and_draws_nothing_on_the_screen_of_another() -> None:
    async with tabs() as on:
        assert [on.pollers[name]._pacer.unseen for name in ("shop", "agency")] == [False, True]
        quiet = replace(on.pollers["agency"].snapshot, poll=PollState(phase=Phase.STALE, error=Unreachable("Away.")))
        await on.publish("agency", quiet)
        assert on.lines[0].startswith(" ● shop 36  ◌ agency")
        assert "Away." not in on.text
        await on.press("full_stop")
        assert "Away." in on.text
        assert [on.pollers[name]._pacer.unseen for name in ("shop", "agency")] == [True, False]


async def test_a_rejected_token_stops_one_tab_only() -> None:
    async with tabs() as on:
        stopped = PollState(phase=Phase.STOPPED, error=TokenRejected("Matomo does not accept the token."))
        await on.publish("agency", replace(on.pollers["agency"].snapshot, poll=stopped))
        assert "■ agency" in on.lines[0]
        await on.publish("shop", replace(on.pollers["shop"].snapshot, taken_at=snapshots.NOW + 5))
        assert "● live" in on.lines[1]


async def test_a_token_that_is_rejected_while_the_profile_is_switched_does_not_cancel_that(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    store.save("agency", {"url": "https://agency.example"}, Secret("5a1f" * 8))
    async with tabs(folder=tmp_path, names=("shop",)) as on:
        open_gate = asyncio.Event()
        connector = on.app.connector

        async def slow(settings: Settings, token: Secret | None) -> Session:
            await open_gate.wait()
            return await connector(settings, token)

        on.app.connector = slow
        on.app.switch_profile("agency")
        await on.pilot.pause()
        stopped = PollState(phase=Phase.STOPPED, error=TokenRejected("The token was rejected."))
        await on.publish("shop", replace(snapshots.busy(), poll=stopped))
        open_gate.set()
        await until(on.pilot, lambda: on.app.settings.profile == "agency", 5.0)


async def test_every_snapshot_of_every_tab_reaches_a_subscriber() -> None:
    async with tabs() as on:
        heard: list[tuple[str, Phase]] = []

        def hear(connection: Connection, snapshot: LiveSnapshot) -> None:
            heard.append((connection.name, snapshot.poll.phase))

        end = on.app.subscribe_snapshots(hear)
        await on.publish("agency", on.pollers["agency"].snapshot)
        await on.publish("shop", on.pollers["shop"].snapshot)
        assert heard == [("agency", Phase.LIVE), ("shop", Phase.LIVE)]
        end()
        await on.publish("shop", on.pollers["shop"].snapshot)
        assert len(heard) == 2


async def test_another_session_of_a_hidden_tab_closes_its_reports_and_no_others() -> None:
    async with tabs(names=("shop", "agency")) as on:
        await on.press("full_stop", "8")
        agency, below = on.app.connection, on.app.screen
        await on.press("comma", "8")
        shown = on.app.screen
        assert shown is not on.app.live
        agency.follow(session_for(snapshots.busy(), agency.settings))
        await on.pilot.pause()
        assert on.app.screen is shown
        await on.press("full_stop")
        assert on.app.screen is on.app.live
        assert below not in on.app.screen_stack


async def test_the_overview_has_a_line_for_each_and_goes_there() -> None:
    async with tabs() as on:
        await on.press("H")
        assert isinstance(on.app.screen, OverviewScreen)
        assert "3 Matomos · – visitors now · – visits today (UTC)" in on.lines[1], "nothing has answered yet"
        assert "Today UTC" in on.text
        (line,) = (line for line in on.lines[2:] if " agency " in line)
        assert {"●", "live", "write", "2"} <= set(line.split())
        await on.press("down", "down")
        assert "gone: No route to gone.example." in on.text
        await on.press("up", "enter")
        assert "Site of agency" in on.lines[1]


async def test_tabs_are_opened_from_a_list_of_profiles_remembered_and_closed(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    for name in NAMES:
        store.save(name, {"url": f"{name}.example"}, Secret("5a1f" * 8))
    async with tabs(folder=tmp_path, names=("shop",)) as on:
        await on.press("ctrl+n")
        await until(on.pilot, lambda: "Show a profile in a tab" in on.text)
        await on.press("down", "enter")
        await until(on.pilot, lambda: "Site of agency" in on.text)
        assert on.lines[0].startswith(" ● shop 36  ● agency 36")
        assert Remembered(tmp_path).get("tabs", "open") == ["agency", "shop"]
        await on.press("ctrl+w")
        await until(on.pilot, lambda: "Site of shop" in on.lines[0])
        assert Remembered(tmp_path).get("tabs", "open") is None


async def test_a_profile_that_has_a_tab_is_shown_there_and_not_opened_a_second_time(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    for name in ("shop", "agency"):
        store.save(name, {"url": f"{name}.example"}, Secret("5a1f" * 8))
    async with tabs(folder=tmp_path, names=("shop", "agency")) as on:
        await on.press("full_stop")
        assert Remembered(tmp_path).get("tabs", "open") == ["agency", "shop"]
        await on.press("ctrl+p", *"profile shop")
        await until(on.pilot, lambda: "Go to the tab shop" in on.text)
        await on.press("enter")
        await until(on.pilot, lambda: "Site of shop" in on.lines[1])
        assert on.lines[0].startswith(" ● shop 36  ● agency 36")
        assert Remembered(tmp_path).get("tabs", "open") == ["shop", "agency"]
        on.app.switch_profile("agency")
        await until(on.pilot, lambda: "Site of agency" in on.lines[1])
        assert [one.settings.profile for one in on.app.connections] == ["shop", "agency"]


async def test_a_profile_that_is_chosen_twice_for_a_tab_has_one(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    for name in ("shop", "agency"):
        store.save(name, {"url": f"{name}.example"}, Secret("5a1f" * 8))
    async with tabs(folder=tmp_path, names=("shop",)) as on:
        await asyncio.gather(on.app.open_profile("agency"), on.app.open_profile("agency"))
        await on.pilot.pause()
        assert [one.settings.profile for one in on.app.connections] == ["shop", "agency"]


async def test_more_tabs_than_fit_have_shorter_names() -> None:
    names = tuple(f"customer-number-{n}" for n in range(6))
    async with tabs((80, 24), names=names) as on:
        assert len(on.lines[0]) <= 80
        assert on.lines[0].count("●") == 6
        assert "cust" in on.lines[0]


@pytest.mark.parametrize(("interval", "expected"), [(5.0, UNSEEN), (300.0, 300.0)])
def test_the_interval_of_a_site_that_is_not_shown(interval: float, expected: float) -> None:
    pacer = Pacer(interval)
    pacer.unseen = True
    assert pacer.effective[0] == expected
    assert (pacer.effective[1] is Pace.UNSEEN) is (expected == UNSEEN)
    pacer.unseen = False
    assert pacer.effective == (interval, Pace.NORMAL)


async def test_a_tab_that_is_not_shown_for_ten_minutes_closes_its_section_and_opens_it_again() -> None:
    async with tabs(names=("shop", "agency")) as on:
        await on.press("full_stop", "8")
        below = on.app.screen
        assert below is not on.app.live
        await on.press("comma")
        for _ in range(2):
            on.app.release_unseen()
            on.clock.at += UNSEEN_FOR / 2 + 1
        assert below.is_running
        on.app.release_unseen()
        await until(on.pilot, lambda: not below.is_running)
        await on.press("full_stop")
        assert on.app.screen is not below
        assert "All sites" in on.lines[1]
        await on.press("1")
        assert "Site of agency" in on.lines[1]
        await on.press("ctrl+w")
        await until(on.pilot, lambda: "Site of shop" in on.lines[0])


async def test_the_connect_form_of_a_tab_keeps_its_own_input() -> None:
    async with tabs(names=("shop", "agency")) as on:
        await on.press("C")
        on.app.screen.query_one("#token", Input).value = "of-the-shop"
        await on.press("escape", "full_stop", "C")
        assert on.app.screen.query_one("#token", Input).value == ""
        assert on.app.screen.query_one("#address", Input).value == "agency.example"
        await on.press("escape", "full_stop", "C")
        assert on.app.screen.query_one("#token", Input).value == "of-the-shop"


async def test_a_tab_that_is_closed_leaves_no_screens_behind() -> None:
    async with tabs(names=("shop", "agency")) as on:
        await on.press("full_stop", "8", "3")
        live, section = on.app.live, on.app.screen
        await on.press("ctrl+w")
        await until(on.pilot, lambda: not (live.is_running or section.is_running))


@pytest.mark.parametrize(
    ("leave", "back"),
    [(("ctrl+p",), ("escape",)), (("question_mark",), ("escape",)), (("full_stop", "3"), ("comma",))],
    ids=["the palette", "the help", "another tab"],
)
async def test_a_connection_that_opens_late_closes_its_own_screen_and_no_other(
    tmp_path: Path, leave: tuple[str, ...], back: tuple[str, ...]
) -> None:
    async with tabs(names=("shop", "agency"), folder=tmp_path) as on:
        gate, connector = asyncio.Event(), on.app.connector

        async def slow(settings: Settings, token: Secret | None) -> Session:
            await gate.wait()
            return await connector(settings, token)

        on.app.connector = slow
        await on.press("C")
        form, poller = on.app.screen, on.app.connection.poller
        form.query_one("#token", Input).value = "a" * 32
        form.query_one("#open", Button).focus()
        await on.press("enter", *leave)
        there = on.app.screen
        assert there is not form
        gate.set()
        await until(on.pilot, lambda: not is_working(form, "connect"))
        await on.press()
        assert on.app.screen is there
        await on.press(*back)
        assert on.app.screen is on.app.connection.live
        assert on.app.connection.name == "shop"
        assert on.app.connection.poller is not poller, "the new session is followed"


async def test_a_connection_that_opens_late_is_closed_where_its_screen_is_gone(tmp_path: Path) -> None:
    async with tabs(names=("shop", "agency"), folder=tmp_path) as on:
        gate, opened = asyncio.Event(), list[SilentTransport]()

        async def slow(settings: Settings, _token: Secret | None) -> Session:
            await gate.wait()
            opened.append(SilentTransport())
            return dataclasses.replace(session_for(snapshots.busy(), settings), client=Client(opened[0]))

        on.app.connector = slow
        await on.press("C")
        form = on.app.screen
        form.query_one("#token", Input).value = "a" * 32
        await on.press("ctrl+o", "ctrl+p")
        gate.set()
        await until(on.pilot, lambda: bool(opened) and not is_working(form, "connect"))
        on.app.uncover(on.app.live)
        await on.press()
        assert opened[0].closed


class Writing(WritingScreen, CachedStyleScreen[None]):
    """A screen that waits for the outcome of a write."""


async def test_a_tab_that_keeps_its_connection_because_something_is_written_in_it_says_so(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    for name in ("shop", "agency"):
        store.save(name, {"url": f"{name}.example"}, Secret("5a1f" * 8))
    async with tabs(folder=tmp_path, names=("shop", "agency")) as on:

        async def chosen(settings: Settings, _token: Secret | None) -> Session:
            found = session_for(snapshots.busy(), settings)
            return dataclasses.replace(found, client=Client(SilentTransport()), token=Secret("b" * 32))

        on.app.connector = chosen
        first, writing = on.pollers["agency"], Writing()
        on.app.show_tab(1)
        await on.app.push_screen(writing)
        writing.begin_write()
        on.app.show_tab(0)
        await on.press("C", "shift+tab", "right", "ctrl+o")
        await until(on.pilot, lambda: on.app.connection.name == "agency")
        await until(on.pilot, lambda: "Something is being written in the tab of agency" in " ".join(on.text.split()))
        assert on.pollers["agency"] is first


@pytest.mark.parametrize("token", [None, Secret("b" * 32)], ids=["the same", "another token"])
async def test_a_profile_that_has_a_tab_is_shown_there_when_it_is_chosen_on_the_connect_screen_of_another(
    tmp_path: Path, token: Secret | None
) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    for name in ("shop", "agency"):
        store.save(name, {"url": f"{name}.example"}, Secret("5a1f" * 8))
    async with tabs(folder=tmp_path, names=("shop", "agency")) as on:
        first, transport = on.pollers["agency"], SilentTransport()

        async def chosen(settings: Settings, _token: Secret | None) -> Session:
            return dataclasses.replace(session_for(snapshots.busy(), settings), client=Client(transport), token=token)

        on.app.connector = chosen
        await on.press("C", "shift+tab", "right", "ctrl+o")
        await until(on.pilot, lambda: on.app.connection.name == "agency")
        await on.press()
        assert on.lines[0].startswith(" ● shop 36  ● agency 36")
        assert [one.settings.profile for one in on.app.connections] == ["shop", "agency"]
        assert on.app.screen is on.app.live
        assert (on.pollers["agency"] is first) == transport.closed == (token is None)
        await on.press("comma")
        assert on.app.screen is on.app.live, "the connect screen is closed"
        assert "Site of shop" in on.lines[1]


async def test_profiles_that_are_opened_later_have_the_interval_of_the_run_and_the_language_of_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    store = ProfileStore(tmp_path, NO_KEYRING)
    for name in NAMES:
        store.save(name, {"url": f"{name}.example"}, Secret("5a1f" * 8))
    async with tabs(folder=tmp_path, names=("shop",)) as on:
        on.app.settings = replace(on.app.settings, interval=60.0, run_interval=60.0)
        await on.app.open_profile("agency")
        await until(on.pilot, lambda: "Site of agency" in on.text)
        assert (on.app.settings.interval, on.app.settings.language) == (60.0, "de")
        await on.press("C", "ctrl+o")
        await until(on.pilot, lambda: on.app.screen is on.app.live)
        assert (on.app.settings.profile, on.app.settings.interval) == ("agency", 60.0)
        assert on.app.settings.language == "de"
        on.errors.clear()
        on.app.switch_profile("gone")
        await until(on.pilot, lambda: on.app.settings.profile == "gone")
        assert (on.app.settings.interval, on.app.settings.language) == (60.0, "de")


@pytest.mark.parametrize(
    ("goes", "to_other_tab"),
    [(False, False), (True, False), (True, True)],
    ids=["who stays", "who goes elsewhere", "who goes elsewhere, and then to another tab"],
)
async def test_a_profile_that_connects_slowly_is_announced_and_takes_nobody_away(
    tmp_path: Path, goes: bool, to_other_tab: bool
) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    for name in ("shop", "agency", "third"):
        store.save(name, {"url": f"{name}.example"}, Secret("5a1f" * 8))
    async with tabs(folder=tmp_path, names=("shop",)) as on:
        gate, connector = asyncio.Event(), on.app.connector

        async def slow(settings: Settings, token: Secret | None) -> Session:
            await gate.wait()
            return await connector(settings, token)

        on.app.connector = slow
        await on.press("ctrl+p", *"agency")
        await until(on.pilot, lambda: "agency in a tab of its own" in on.text)
        await on.press("enter")
        await until(on.pilot, lambda: "Connecting with agency" in on.text)
        if goes:
            await on.press("8")
        there, tab = on.app.screen, on.app.connection
        if to_other_tab:
            await on.app.open_profile("third")
            await on.press()
        gate.set()
        await until(on.pilot, lambda: "agency" in on.pollers)
        await on.press()
        if to_other_tab:
            assert [one.settings.profile for one in on.app.connections] == ["shop", "third", "agency"]
            assert tab.screens[-1] is there
            return
        if goes:
            assert on.app.screen is there, "the section that is read"
            assert "agency is connected, in a tab of its own: . goes there." in on.text
            assert on.lines[0].startswith(" ● shop 36  ● agency 36")
            await on.press("full_stop")
        assert on.app.screen is on.app.live
        assert on.app.settings.profile == "agency"
        assert [one.settings.profile for one in on.app.connections] == (["shop", "agency"] if goes else ["agency"])


async def test_a_profile_that_gets_a_tab_while_it_is_switched_to_has_one(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    for name in ("shop", "agency"):
        store.save(name, {"url": f"{name}.example"}, Secret("5a1f" * 8))
    async with tabs(folder=tmp_path, names=("shop",)) as on:
        gate, connector = asyncio.Event(), on.app.connector

        async def slow(settings: Settings, token: Secret | None) -> Session:
            await gate.wait()
            return await connector(settings, token)

        on.app.connector = slow
        on.app.switch_profile("agency")
        await on.app.open_profile("agency")
        gate.set()
        await until(on.pilot, lambda: "agency" in on.pollers)
        await until(on.pilot, lambda: not [one for one in on.app.workers if one.group == "connect tab 1"])
        assert [one.settings.profile for one in on.app.connections] == ["shop", "agency"]
