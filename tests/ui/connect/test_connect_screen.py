"""The connect screen, by keyboard, on a connector that does what a test wants."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button, Input

from matomo_tui import ui
from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import LockedOut, MatomoError, NoAccess, NotMatomo, Redirected, TLSFailed, TokenRejected
from matomo_tui.api.secret import Secret
from matomo_tui.api.site import Site
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.settings import Settings, resolve
from matomo_tui.session import Session
from matomo_tui.ui.connect.connect_messages import suggested_name
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE
from matomo_tui.ui.drawing.themes import ThemeList
from matomo_tui.ui.widgets.notices import Remarks
from tests.config.keyrings import NO_KEYRING
from tests.recorded import FakeTransport, fake_matomo

URL = "https://matomo.shop.example"
TOKEN = "5ec2e7d0aa11bb22"


@dataclass
class FakeConnector:
    """Raises the next of ``errors``, then succeeds; waits for ``gate`` where there is one."""

    errors: list[MatomoError] = field(default_factory=list)
    gate: asyncio.Event | None = None
    calls: list[tuple[Settings, Secret | None]] = field(default_factory=list)
    opened: list[FakeTransport] = field(default_factory=list)
    warnings: tuple[str, ...] = ()
    counters: list[Any] = field(default_factory=lambda: [{"visits": 3, "actions": 9}])

    async def __call__(self, settings: Settings, token: Secret | None) -> Session:
        self.calls.append((settings, token))
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        transport = fake_matomo({"Live.getCounters": self.counters, "Live.getLastVisitsDetails": []})
        self.opened.append(transport)
        address = "demo" if settings.demo else settings.url
        access = Access(False, {1: "admin", 2: "view"})
        site = Site(id=1, name="Sh\x1b[2Jop")
        return Session(Client(transport), settings, site, access, "5.2.1", address, self.warnings, token)

    @property
    def tokens(self) -> list[str]:
        return [token.reveal() for _, token in self.calls if token is not None]


class Host(App[None]):
    """An application that has nothing but the connect screen."""

    CSS_PATH = str(Path(ui.__file__).parent / "app.tcss")

    def __init__(self, make: Callable[[], ConnectScreen], *, ascii_only: bool = False) -> None:
        super().__init__()
        self.make = make
        self.glyphs = ASCII if ascii_only else UNICODE
        self.results: list[Session | None] = []
        theme = ThemeList("truecolor").load("dark")
        self.register_theme(theme)
        self.theme = theme.name

    def on_mount(self) -> None:
        self.push()

    def push(self) -> None:
        self.push_screen(self.make(), self.results.append)

    @property
    def said(self) -> str:
        return " ".join(remark.text for remark in self.screen.query_one(Remarks).remarks)

    @property
    def tones(self) -> set[str]:
        return {remark.tone for remark in self.screen.query_one(Remarks).remarks}

    def value(self, field: str) -> str:
        return self.screen.query_one(f"#{field}", Input).value

    @property
    def focused_id(self) -> str | None:
        return self.screen.focused.id if self.screen.focused is not None else None

    @property
    def text(self) -> str:
        strips = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector()


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "config", NO_KEYRING)


@pytest.fixture
def host(connector: FakeConnector, store: ProfileStore) -> Host:
    return Host(lambda: ConnectScreen(Settings(), connector, store))


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def pasted(pilot: Pilot[None], url: str = URL, token: str = TOKEN) -> None:
    """Address and token pasted, the cursor behind the token."""
    pilot.app.screen.query_one("#address", Input).value = url
    pilot.app.screen.query_one("#token", Input).value = token
    pilot.app.screen.query_one("#token").focus()
    await pilot.pause()


async def filled(pilot: Pilot[None], url: str = URL, token: str = TOKEN) -> None:
    """The same and ``enter`` pressed, which tests."""
    await pasted(pilot, url, token)
    await pilot.press("enter")
    await settled(pilot)


async def test_address_enter_token_enter_tests_and_enter_opens(
    host: Host, connector: FakeConnector, store: ProfileStore
) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        assert host.focused_id == "address"
        await pilot.press(*URL, "enter", *TOKEN, "enter")
        await settled(pilot)
        assert host.focused_id == "open"
        assert "Matomo 5.2.1 at https://matomo.shop.example" in host.said
        assert "admin on 1 site, view on 1 site" in host.said
        assert "Opens with Sh[2Jop (id 1)" in host.said
        assert host.tones == {"good"}
        await pilot.press("enter")
        await settled(pilot)
        assert host.results[0] is not None
        assert host.results[0].settings.profile == "shop"
    assert len(connector.calls) == 1
    assert not connector.opened[0].closed
    assert store.settings("shop").url == URL
    assert store.token_source(store.settings("shop"))() == Secret(TOKEN)
    assert TOKEN not in store.file.read_text()


async def test_options_that_were_given_without_an_address_are_for_the_one_that_is_typed(
    connector: FakeConnector, store: ProfileStore
) -> None:
    given = resolve({"site": "2", "ca_bundle": "/etc/own-authority.pem"}, {}, {}, "")
    app = Host(lambda: ConnectScreen(given, connector, store))
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        await pilot.press("ctrl+o")
        await settled(pilot)
    (used, _), *_ = connector.calls
    assert (used.url, used.site, used.ca_bundle) == (URL, "2", "/etc/own-authority.pem")
    assert store.settings("shop").ca_bundle == "/etc/own-authority.pem"


async def test_the_token_is_hidden(host: Host) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        assert TOKEN not in host.text
        assert "•" * len(TOKEN) in host.text
        assert TOKEN not in pilot.app.export_screenshot()


async def test_without_a_name_nothing_is_saved(host: Host, store: ProfileStore) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        host.screen.query_one("#name", Input).value = ""
        await pilot.pause()
        assert str(host.screen.query_one("#open", Button).label) == "Open"
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert host.results[0] is not None
    assert not store.file.exists()


async def test_without_a_place_to_save_there_is_nothing_to_save_as(connector: FakeConnector) -> None:
    host = Host(lambda: ConnectScreen(Settings(), connector, None))
    async with host.run_test(size=(80, 24)) as pilot:
        assert not host.screen.query("#name")
        await filled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert host.results[0] is not None
        assert host.results[0].settings.profile == ""


async def test_a_rejected_token_is_sent_again_only_when_asked_twice(host: Host, connector: FakeConnector) -> None:
    connector.errors = [TokenRejected("Matomo rejected this token.")] * 2
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        assert host.focused_id == "token"
        assert "rejected" in host.said
        assert "bad" in host.tones
        await pilot.press("enter")
        await settled(pilot)
        assert connector.tokens == [TOKEN]
        assert "Not sent" in host.said
        await pilot.press("end", "x")
        await pilot.press("enter")
        await settled(pilot)
        assert connector.tokens == [TOKEN, TOKEN + "x"]
        await pilot.press("enter", "enter")
        await settled(pilot)
        assert len(connector.tokens) == 3
        assert host.value("token") == TOKEN + "x"


@pytest.mark.parametrize(
    ("error", "says", "field"),
    [
        (LockedOut("Too many failed logins."), "unblock", "address"),
        (NoAccess("The token sees no site."), "Administration, Users", "token"),
        (NotMatomo("That is a page called Login.", "Login"), "path after the host", "address"),
        (TLSFailed("The certificate is not trusted."), "--ca-bundle", "address"),
    ],
)
async def test_each_problem_says_what_to_do_and_nothing_typed_is_lost(
    host: Host, connector: FakeConnector, error: MatomoError, says: str, field: str
) -> None:
    connector.errors = [error]
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        assert str(error) in host.said
        assert says in host.said
        assert host.focused_id == field
        assert (host.value("address"), host.value("token")) == (URL, TOKEN)
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert host.tones == {"good"}


async def test_a_redirect_to_https_is_offered_with_one_key(host: Host, connector: FakeConnector) -> None:
    connector.errors = [Redirected("It wants https.", URL + "/index.php", URL)]
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot, "http://matomo.shop.example")
        assert host.focused_id == "upgrade"
        assert "Plain http" in host.text
        await pilot.press("enter")
        await settled(pilot)
        assert host.value("address") == URL
        assert host.value("token") == TOKEN
        assert [settings.url for settings, _ in connector.calls] == ["http://matomo.shop.example", URL]
        assert not host.screen.query_one("#upgrade").display
        assert "Plain http" not in host.text


async def test_a_redirect_elsewhere_offers_nothing(host: Host, connector: FakeConnector) -> None:
    connector.errors = [Redirected("It points elsewhere.", "https://evil.example")]
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        assert not host.screen.query_one("#upgrade").display
        assert host.value("address") == URL


def wordpress() -> NotMatomo:
    """What the root of a WordPress site answers."""
    return NotMatomo("This address answers with a page of WordPress.", "My Blog", wordpress=True)


def nearby() -> TLSFailed:
    """https to a port that speaks http, on this machine."""
    error = TLSFailed("Port 8080 of 127.0.0.1 does not speak https.")
    error.offer = "http://127.0.0.1:8080"
    return error


@pytest.mark.parametrize(
    ("error", "url", "offered"),
    [
        (wordpress(), "https://blog.example", "https://blog.example/wp-content/plugins/matomo/app"),
        (wordpress(), "https://x.example/blog/", "https://x.example/blog/wp-content/plugins/matomo/app"),
        (nearby(), "https://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
async def test_the_address_that_is_meant_is_offered_with_one_key(
    host: Host, connector: FakeConnector, error: MatomoError, url: str, offered: str
) -> None:
    connector.errors = [error]
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot, url)
        assert host.focused_id == "upgrade"
        await pilot.press("enter")
        await settled(pilot)
        assert host.value("address") == offered
        assert [settings.url for settings, _ in connector.calls] == [url, offered]


async def test_an_offer_is_gone_with_the_message_that_it_belongs_to(host: Host, connector: FakeConnector) -> None:
    connector.errors = [nearby()]
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot, "https://127.0.0.1:8080")
        assert host.screen.query_one("#upgrade").display
        host.screen.query_one("#address", Input).value = "0123456789abcdef0123456789abcdef"
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "That looks like a token" in host.said
        assert not host.screen.query_one("#upgrade").display


async def test_an_empty_row_where_figures_should_be_is_no_success(host: Host, connector: FakeConnector) -> None:
    connector.counters = [[]]
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        assert "The live screen would not work" in host.said
        assert "bad" in host.tones


async def test_a_public_matomo_is_connected_to_without_a_token(host: Host, connector: FakeConnector) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot, token="")
        assert connector.calls == []
        assert "For a public Matomo repeat this with an empty field" in host.said
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert connector.tokens == ["anonymous"]
        assert host.tones == {"good"}


@pytest.mark.parametrize(
    ("pasted_token", "sent"),
    [(f"Bearer {TOKEN}", [TOKEN]), (f"&token_auth={TOKEN}", [TOKEN]), ("https://matomo.shop.example/index.php", [])],
)
async def test_what_is_pasted_around_a_token_is_taken_apart_before_it_is_sent(
    host: Host, connector: FakeConnector, pasted_token: str, sent: list[str]
) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot, token=pasted_token)
        assert connector.tokens == sent
        if not sent:
            assert "is an address, not a token" in host.said
            assert host.focused_id == "token"


@pytest.mark.parametrize(("can_go_back", "field"), [(True, "address"), (False, "token")])
async def test_another_connection_begins_at_the_address(
    connector: FakeConnector, store: ProfileStore, can_go_back: bool, field: str
) -> None:
    settings = Settings(url=URL)
    host = Host(lambda: ConnectScreen(settings, connector, store, can_go_back=can_go_back))
    async with host.run_test(size=(80, 24)):
        assert host.focused_id == field


async def test_what_the_session_warns_of_is_said(host: Host, connector: FakeConnector) -> None:
    connector.warnings = ("Certificates are not verified.",)
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        assert "Certificates are not verified." in host.said
        assert host.tones == {"good", "warning"}


async def test_pressing_twice_connects_once(host: Host, connector: FakeConnector) -> None:
    connector.gate = asyncio.Event()
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot)
        await pilot.press("enter", "enter", "ctrl+t", "ctrl+o", "ctrl+l")
        await pilot.pause()
        assert "Connecting to matomo.shop.example" in host.said
        connector.gate.set()
        await settled(pilot)
        assert len(connector.calls) == 1


async def test_escape_ends_an_attempt_and_then_goes_back(host: Host, connector: FakeConnector) -> None:
    connector.gate = asyncio.Event()
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("escape")
        await settled(pilot)
        assert "Cancelled" in host.said
        assert host.results == []
        connector.gate.set()
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert host.tones == {"good"}
        await pilot.press("escape")
        await pilot.pause()
        assert host.results == [None]
    assert connector.opened[0].closed


async def test_with_nothing_to_go_back_to_escape_says_so(connector: FakeConnector, store: ProfileStore) -> None:
    host = Host(lambda: ConnectScreen(Settings(), connector, store, can_go_back=False))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape", "escape")
        assert "^q" in host.said
        assert host.results == []
        assert pilot.app.is_running


async def test_a_look_at_the_demo_loses_nothing(host: Host, connector: FakeConnector) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot)
        await pilot.press("ctrl+l")
        await settled(pilot)
        assert host.results[0] is not None
        assert host.results[0].settings.demo
        assert connector.calls[0][1] is None
        host.push()
        await pilot.pause()
        assert (host.value("address"), host.value("token"), host.value("name")) == (URL, TOKEN, "shop")


async def test_after_it_was_used_the_form_is_empty(host: Host) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        host.push()
        await pilot.pause()
        assert host.value("token") == ""


async def test_a_resize_loses_nothing_and_everything_can_be_reached(host: Host) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot)
        for size in ((40, 10), (200, 60), (60, 16), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert host.value("address") == URL
        host.screen.query_one("#address").focus()
        seen = set()
        for _ in range(8):
            seen.add(host.focused_id)
            await pilot.press("tab")
        assert seen == {"address", "token", "auth", "name", "test", "open", "demo"}


@pytest.mark.parametrize("button", ["test", "open", "demo"])
async def test_the_mouse_does_what_the_keys_do(host: Host, connector: FakeConnector, button: str) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        host.screen.query_one("#address", Input).value = URL
        host.screen.query_one("#token", Input).value = TOKEN
        await pilot.pause()
        await pilot.click(f"#{button}")
        await settled(pilot)
        assert len(connector.calls) == 1
        assert len(host.results) == (0 if button == "test" else 1)


@pytest.mark.parametrize(
    ("url", "token", "says", "field"),
    [
        ("", "", "The address is empty", "address"),
        ("ftp://x.example", "", "https:// or http://", "address"),
        ("https://u:p4ss@x.example", "", "user name and password", "address"),
        (URL, "", "Type a token first", "token"),
        (URL, "two words", "characters that no token has", "address"),
    ],
)
async def test_what_cannot_be_sent_is_not_sent(
    host: Host, connector: FakeConnector, url: str, token: str, says: str, field: str
) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        host.screen.query_one("#address", Input).value = url
        host.screen.query_one("#token", Input).value = token
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert says in host.said
        assert "p4ss" not in host.said
        assert connector.calls == []


async def test_another_way_to_send_the_token_is_chosen_by_arrows(host: Host, connector: FakeConnector) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot)
        await pilot.press("tab", "right")
        assert "Authorization: Bearer" in host.text
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert connector.calls[0][0].auth == "bearer"


async def test_a_profile_that_is_there_is_not_replaced_unasked(
    host: Host, connector: FakeConnector, store: ProfileStore
) -> None:
    store.save("shop", {"url": "https://other.example"}, Secret("otherotherother"))
    async with host.run_test(size=(80, 30)) as pilot:
        await filled(pilot)
        host.screen.query_one("#name", Input).value = "shop"
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert "already" in host.said
        assert store.settings("shop").url == "https://other.example"
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert store.settings("shop").url == URL


@pytest.mark.parametrize("token", ["", TOKEN])
async def test_two_questions_about_one_input_are_each_asked_once(
    token: str, host: Host, connector: FakeConnector, store: ProfileStore
) -> None:
    store.save("shop", {"url": "https://other.example"}, Secret("otherotherother"))
    connector.errors = [TokenRejected("Matomo rejected this token.")] if token else []
    async with host.run_test(size=(80, 30)) as pilot:
        if token:
            await filled(pilot)
        else:
            await pasted(pilot, token="")
        host.screen.query_one("#name", Input).value = "shop"
        said = []
        for _ in range(2):
            await pilot.press("ctrl+o")
            await settled(pilot)
            said.append(host.said)
        assert "already exists" in said[0]
        assert ("Not sent" if token else "Type a token first") in said[1]
        assert store.settings("shop").url == "https://other.example"
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert store.settings("shop").url == URL


async def test_a_token_that_is_rejected_once_more_is_asked_for_once_more(host: Host, connector: FakeConnector) -> None:
    connector.errors = [TokenRejected("Matomo rejected this token.")] * 2
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        for sent in (1, 2, 2):
            await pilot.press("enter")
            await settled(pilot)
            assert len(connector.tokens) == sent
        assert "Not sent" in host.said


async def test_profiles_are_listed_and_their_token_is_used(connector: FakeConnector, store: ProfileStore) -> None:
    command = [sys.executable, "-c", "print('from-the-command')"]
    store.folder.mkdir()
    store.file.write_text(
        'default = "b"\n[profiles.a]\nurl = "https://a.example"\n'
        f'[profiles.b]\nurl = "https://b.example"\nauth = "bearer"\ntoken_command = {json.dumps(command)}\n'
    )
    host = Host(
        lambda: ConnectScreen(replace(Settings(), profile="b", run_read_only=True), connector, store, "Rejected.")
    )
    async with host.run_test(size=(80, 30)) as pilot:
        assert "Rejected." in host.text
        assert host.value("address") == "https://b.example"
        await pilot.press("ctrl+t")
        await settled(pilot)
        settings, token = connector.calls[0]
        assert token == Secret("from-the-command")
        assert (settings.profile, settings.auth, settings.read_only) == ("b", "bearer", True)
        host.screen.query_one("#token", Input).value = "half-typed"
        host.screen.query_one("#profile").focus()
        await pilot.press("left")
        assert (host.value("address"), host.value("token"), host.value("name")) == ("https://a.example", "", "a")
        await pilot.press("right")
        assert (host.value("address"), host.value("token")) == ("https://b.example", "half-typed")


async def test_the_token_of_a_profile_does_not_go_to_another_address(
    connector: FakeConnector, store: ProfileStore
) -> None:
    store.save("a", {"url": "https://a.example"}, Secret(TOKEN))
    host = Host(lambda: ConnectScreen(Settings(profile="a", url="https://a.example"), connector, store))
    async with host.run_test(size=(80, 30)) as pilot:
        host.screen.query_one("#address", Input).value = "https://evil.example"
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert connector.calls == []
        assert "Type a token first" in host.said


@pytest.mark.parametrize("run_read_only", [False, True], ids=["a profile's refusals", "the run's"])
async def test_a_new_profile_of_another_matomo_has_nothing_of_the_present_one(
    connector: FakeConnector, store: ProfileStore, run_read_only: bool
) -> None:
    store.save("a", {"url": "https://a.example", "read_only": True, "allow": ["read"], "timeout": 60}, Secret(TOKEN))
    present = replace(store.settings("a"), theme="light", run_read_only=run_read_only)
    host = Host(lambda: ConnectScreen(present, connector, store))
    async with host.run_test(size=(80, 30)) as pilot:
        host.screen.query_one("#profile").focus()
        await pilot.press("right")
        await filled(pilot)
    ((settings, _),) = connector.calls
    assert (settings.profile, settings.url, settings.theme) == ("", URL, "light")
    assert (settings.allow, settings.timeout) == (None, Settings().timeout)
    assert settings.read_only is run_read_only


async def test_a_broken_profile_file_is_said_and_stays(
    host: Host, connector: FakeConnector, store: ProfileStore
) -> None:
    store.folder.mkdir()
    store.file.write_text("[profiles.a\n")
    async with host.run_test(size=(80, 30)) as pilot:
        assert "line 1" in host.said
        await filled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert "line 1" in host.said
        assert host.results == []
    assert store.file.read_text() == "[profiles.a\n"


async def test_in_ascii_nothing_else_is_drawn(connector: FakeConnector, store: ProfileStore) -> None:
    host = Host(lambda: ConnectScreen(Settings(), connector, store), ascii_only=True)
    connector.errors = [TokenRejected("No.")]
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot)
        await pilot.press("enter")
        await settled(pilot)
        frame = set("╭╮╰╯─│•")
        assert {char for char in host.text if not char.isascii()} <= frame


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://matomo.shop.example", "shop"),
        ("stats.acme.co.uk/matomo", "acme"),
        ("www.acme.org", "acme"),
        ("acme.org", "acme"),
        ("http://localhost:8080", "local"),
        ("http://127.0.0.1:8080", "local"),
        ("10.0.0.5", "10.0.0.5"),
        ("intranet", "intranet"),
        ("", ""),
        ("https://", ""),
    ],
)
def test_a_name_is_suggested(url: str, name: str) -> None:
    assert suggested_name(url) == name


async def test_a_copy_of_a_profile_has_its_settings(connector: FakeConnector, store: ProfileStore) -> None:
    settings = (
        'read_only = true\nallow = ["read"]\nverify_tls = false\nheaders = { "X-Access" = "abc" }\nsite = "2"\n'
        'timeout = 60\ntoken_file = "token"\n'
    )
    alerts = '[[profiles.work.alerts]]\nname = "Silent"\nno_hits = "5m"\n'
    store.folder.mkdir()
    store.file.write_text(f'default = "work"\n[profiles.work]\nurl = "{URL}"\n{settings}{alerts}')
    for name, url in (("copy", URL), ("other", "https://other.example")):
        host = Host(lambda: ConnectScreen(store.settings("work"), connector, store))
        async with host.run_test(size=(80, 24)) as pilot:
            await pasted(pilot, url)
            host.screen.query_one("#name", Input).value = name
            await pilot.press("ctrl+o")
            await settled(pilot)
    by_name = store.read().by_name
    lost = {"alerts", "token_file"}
    assert by_name["copy"] == {key: value for key, value in by_name["work"].items() if key not in lost}
    assert dict(by_name["other"]) == {"url": "https://other.example"}
    assert store.settings("copy").read_only
    assert store.token_source(store.settings("copy"))() == Secret(TOKEN)
