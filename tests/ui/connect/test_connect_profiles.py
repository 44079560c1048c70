"""Whose token the connect screen sends to which address, and what becomes of saved profiles."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from textual.widgets import Input

from matomo_tui.api.errors import NotMatomo, Redirected
from matomo_tui.api.secret import Secret
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.settings import Settings
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from tests.config.keyrings import NO_KEYRING
from tests.ui.connect.test_connect_screen import TOKEN, URL, FakeConnector, Host, filled, pasted, settled

PLAIN = "http://matomo.shop.example"
COMMAND = [sys.executable, "-c", "print('from-the-command')"]
SECURE_OFFER = Redirected("It requires https.", URL + "/index.php", URL)


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector()


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "config", NO_KEYRING)


def of_work(store: ProfileStore, connector: FakeConnector, url: str = PLAIN) -> Host:
    """The connect screen of a profile with a command and settings of its own."""
    store.folder.mkdir()
    store.file.write_text(
        f'[profiles.work]\nurl = "{url}"\ntoken_command = {json.dumps(COMMAND)}\nsite = "1"\ntab_color = "error"\n'
        'headers = { "X-Access" = "abc" }\n'
    )
    return Host(lambda: ConnectScreen(store.settings("work"), connector, store))


async def test_an_upgrade_to_https_keeps_the_profile(connector: FakeConnector, store: ProfileStore) -> None:
    host = of_work(store, connector)
    connector.errors = [SECURE_OFFER]
    before = store.read().by_name["work"]
    async with host.run_test(size=(80, 30)) as pilot:
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "This changes the address and repeats the test:" in host.said
        await pilot.press("enter")
        await settled(pilot)
        settings, token = connector.calls[1]
        assert token == Secret("from-the-command")
        assert (settings.url, settings.profile, settings.headers) == (URL, "work", (("X-Access", "abc"),))
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert host.results[0] is not None
    assert store.read().by_name["work"] == {**before, "url": URL}


async def test_an_upgrade_to_https_keeps_the_stored_token(connector: FakeConnector, store: ProfileStore) -> None:
    store.save("work", {"url": PLAIN}, Secret(TOKEN))
    host = Host(lambda: ConnectScreen(store.settings("work"), connector, store))
    async with host.run_test(size=(80, 30)) as pilot:
        host.screen.query_one("#address", Input).value = URL
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert connector.tokens == [TOKEN]
        assert host.results[0] is not None
    assert store.settings("work").url == URL
    assert store.token_source(store.settings("work"))() == Secret(TOKEN)


async def test_an_offer_of_another_address_says_that_the_token_stays_with_the_profile(
    connector: FakeConnector, store: ProfileStore
) -> None:
    host = of_work(store, connector, URL)
    connector.errors = [NotMatomo("This address answers with a page of WordPress.", "My Blog", wordpress=True)]
    async with host.run_test(size=(80, 30)) as pilot:
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "the profile's token is not sent there" in host.said
        assert "repeats the test" not in host.said
        await pilot.press("enter")
        await settled(pilot)
        assert "Profile 'work' is for https://matomo.shop.example" in host.said
        assert "Type a token first" in host.said
        assert "Not sent to this address" in host.text
        assert len(connector.calls) == 1


@pytest.mark.parametrize(
    ("url", "lost", "kept"),
    [
        (URL, "token_command", {"site", "tab_color", "headers"}),
        ("https://other.example", "site, token_command, headers, tab_color", set()),
    ],
)
async def test_what_saving_removes_from_the_profile_is_named_before(
    connector: FakeConnector, store: ProfileStore, url: str, lost: str, kept: set[str]
) -> None:
    host = of_work(store, connector)
    before, profile = store.file.read_text(), store.read().by_name["work"]
    async with host.run_test(size=(80, 30)) as pilot:
        await filled(pilot, url)
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert f"Saving removes from profile 'work': {lost}. Repeat to save." in host.said
        assert store.file.read_text() == before
        await pilot.press("ctrl+o")
        await settled(pilot)
    assert store.read().by_name["work"] == {**{key: profile[key] for key in kept}, "url": url}


async def test_what_is_lost_with_a_replaced_profile_is_named(connector: FakeConnector, store: ProfileStore) -> None:
    host = of_work(store, connector)
    async with host.run_test(size=(80, 30)) as pilot:
        host.screen.query_one("#profile").focus()
        await pilot.press("right")
        await pasted(pilot, "https://other.example")
        host.screen.query_one("#name", Input).value = "work"
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert "Repeat to replace it, which removes site, token_command, headers, tab_color." in host.said
        assert connector.calls == []


async def test_a_wrong_address_is_said_before_what_is_lost(connector: FakeConnector, store: ProfileStore) -> None:
    host = of_work(store, connector)
    async with host.run_test(size=(80, 30)) as pilot:
        await pasted(pilot, "ftp://other.example")
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert "https:// or http://" in host.said
        assert host.focused_id == "address"


def other_program_saves(store: ProfileStore) -> None:
    """Another program saves a profile under the name that is suggested here."""
    other = ProfileStore(store.folder, NO_KEYRING)
    other.save("shop", {"url": "https://other.example", "site": "2"}, Secret("otherotherother"))


@pytest.mark.parametrize("when", ["after the test", "while connecting"])
async def test_a_profile_that_another_program_saved_meanwhile_is_not_replaced_unasked(
    connector: FakeConnector, store: ProfileStore, when: str
) -> None:
    host = Host(lambda: ConnectScreen(Settings(), connector, store))
    async with host.run_test(size=(80, 30)) as pilot:
        if when == "while connecting":
            connector.gate = asyncio.Event()
            await pasted(pilot)
            await pilot.press("ctrl+o")
            await pilot.pause()
            other_program_saves(store)
            connector.gate.set()
        else:
            await filled(pilot)
            other_program_saves(store)
            await pilot.press("ctrl+o")
        await settled(pilot)
        assert "Profile 'shop' already exists. Repeat to replace it, which removes site." in host.said
        assert host.focused_id == "name"
        assert host.results == []
        assert dict(store.read().by_name["shop"]) == {"url": "https://other.example", "site": "2"}
        assert store.token_source(store.settings("shop"))() == Secret("otherotherother")
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert host.results[0] is not None
        assert len(connector.calls) == 1
    assert dict(store.read().by_name["shop"]) == {"url": URL}
    assert store.token_source(store.settings("shop"))() == Secret(TOKEN)


async def test_a_name_that_differs_in_capitals_only_is_refused_before_anything_is_sent(
    connector: FakeConnector, store: ProfileStore
) -> None:
    store.save("Shop", {"url": "https://other.example"}, Secret("otherotherother"))
    host = Host(lambda: ConnectScreen(Settings(), connector, store))
    async with host.run_test(size=(80, 30)) as pilot:
        await pasted(pilot)
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert "There is a profile 'Shop' already, and 'shop' differs only in capitals" in host.said
        assert host.focused_id == "name"
        assert connector.calls == []


async def test_where_a_profile_cannot_be_saved_its_token_is_not_saved_either(
    connector: FakeConnector, store: ProfileStore
) -> None:
    host = Host(lambda: ConnectScreen(Settings(), connector, store))
    async with host.run_test(size=(80, 30)) as pilot:
        await filled(pilot)
        store.folder.mkdir()
        store.file.write_text('profiles.b.url = "https://b.example"\n')
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert "cannot be edited automatically" in host.said
        assert host.focused_id == "name"
        assert store.token_kept_in("shop") == ""
