"""What a connection of the connect screen begins from: the chosen profile, and what the run was given."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from textual.widgets import Input

from matomo_tui.api.secret import Secret
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.settings import Settings, demo_layers, resolve
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from tests.config.keyrings import NO_KEYRING
from tests.ui.connect.test_connect_screen import TOKEN, URL, FakeConnector, Host, filled, settled

OTHER = "https://other.example"
RESTRICTED = (
    f'[profiles.work]\nurl = "{URL}"\nsite = "2"\nread_only = true\nallow = ["read"]\ntimeout = 3\n'
    'verify_tls = false\nbasic_auth_user = "gate"\nheaders = { "X-Access" = "abc" }\n'
)
GERMAN = {"LANG": "de_DE.UTF-8", "MATOMO_TUI_INTERVAL": "60"}


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector()


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    store = ProfileStore(tmp_path / "config", NO_KEYRING)
    store.folder.mkdir()
    return store


def begun_with(
    store: ProfileStore, connector: FakeConnector, flags: dict[str, object], environ: dict[str, str]
) -> Host:
    """The connect screen of a run with these options and variables, whose default profile is work."""
    values = store.read().values("work", store.file)
    demo = flags.get("demo")
    settings = demo_layers(flags, environ, values).settings() if demo else resolve(flags, environ, values, "work")
    return Host(lambda: ConnectScreen(settings, connector, store))


def same_but_for_the_run(used: Settings, saved: Settings) -> bool:
    """Whether the settings are those of the saved profile, as the next start has them."""
    names = [name for name in Settings.__struct_fields__ if name not in ("run_options", "run_interval")]
    return [getattr(used, name) for name in names] == [getattr(saved, name) for name in names]


@pytest.mark.parametrize(
    ("flags", "url"),
    [
        ({}, URL),
        ({}, OTHER),
        ({"demo": True}, OTHER),
        ({"url": OTHER}, OTHER),
        ({"url": OTHER}, "https://third.example"),
    ],
    ids=["the same Matomo", "another Matomo", "after the demo", "the run's address", "not the run's address"],
)
async def test_a_new_profile_is_connected_with_as_it_is_saved(
    connector: FakeConnector,
    store: ProfileStore,
    monkeypatch: pytest.MonkeyPatch,
    flags: dict[str, object],
    url: str,
) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", GERMAN["LANG"])
    store.file.write_text(RESTRICTED)
    host = begun_with(store, connector, flags, GERMAN)
    async with host.run_test(size=(80, 30)) as pilot:
        if not flags:
            host.screen.query_one("#profile").focus()
            await pilot.press("right")
        await filled(pilot, url)
        host.screen.query_one("#name", Input).value = "second"
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert host.results[0] is not None
        used = host.results[0].settings
    assert dict(store.read().by_name["second"]) == {"url": url}
    assert same_but_for_the_run(used, resolve({}, GERMAN, store.read().by_name["second"], "second"))
    assert (used.read_only, used.headers, used.interval, used.language) == (False, (), 60.0, "de")


@pytest.mark.parametrize("chosen", ["work", ""])
async def test_what_a_run_was_given_holds_for_its_profile_and_for_a_new_one_of_its_matomo(
    connector: FakeConnector, store: ProfileStore, chosen: str
) -> None:
    store.file.write_text(
        f'[profiles.work]\nurl = "{URL}"\nsite = "1"\n[profiles.third]\nurl = "{OTHER}"\nsite = "4"\n'
    )
    given: dict[str, object] = {"ca_bundle": "/etc/own-authority.pem", "site": "2", "auth": "bearer"}
    host = begun_with(store, connector, given, {})
    async with host.run_test(size=(80, 30)) as pilot:
        host.screen.query_one("#profile").focus()
        if not chosen:
            await pilot.press("left")
        await filled(pilot)
        used = connector.calls[-1][0]
        assert (used.profile, used.ca_bundle, used.site) == (chosen, "/etc/own-authority.pem", "2")
        assert used.auth == ("bearer" if chosen else "post")
        host.screen.query_one("#profile").focus()
        await pilot.press(*(["right"] if chosen else ["left"]))
        await filled(pilot, OTHER)
        used = connector.calls[-1][0]
        assert (used.profile, used.ca_bundle, used.site) == ("third", "", "4")


async def test_the_site_of_the_demo_is_not_that_of_a_matomo(connector: FakeConnector, store: ProfileStore) -> None:
    store.file.write_text(RESTRICTED)
    host = begun_with(store, connector, {"demo": True, "site": "3", "ca_bundle": "/etc/own-authority.pem"}, {})
    async with host.run_test(size=(80, 30)) as pilot:
        await filled(pilot, OTHER)
    ((used, _),) = connector.calls
    assert (used.site, used.ca_bundle) == ("", "/etc/own-authority.pem")


async def test_a_profile_whose_address_is_given_to_the_run_is_found(
    connector: FakeConnector, store: ProfileStore
) -> None:
    command = json.dumps([sys.executable, "-c", f"print('{TOKEN}')"])
    store.file.write_text(f'[profiles.work]\ntoken_command = {command}\nheaders = {{ "X-Access" = "abc" }}\n')
    host = begun_with(store, connector, {}, {"MATOMO_URL": URL})
    async with host.run_test(size=(80, 30)) as pilot:
        assert host.value("address") == URL
        await pilot.press("ctrl+t")
        await settled(pilot)
        host.screen.query_one("#address", Input).value = OTHER
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert f"Profile 'work' is for {URL}: its token and headers are not sent elsewhere." in host.said
    ((used, token),) = connector.calls
    assert (used.profile, used.headers, token) == ("work", (("X-Access", "abc"),), Secret(TOKEN))
