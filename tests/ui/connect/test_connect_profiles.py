"""Whose token the connect screen sends to which address, and what becomes of saved profiles."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from textual.widgets import Input

from matomo_tui.api.errors import (
    MatomoError,
    NoAccess,
    NoSite,
    NotMatomo,
    Redirected,
    SeveralMatch,
    UnknownSite,
    Unreachable,
)
from matomo_tui.api.secret import Secret
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.run_token import RunToken
from matomo_tui.config.settings import CONNECTION_KEYS, Settings, resolve
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from tests.config.keyrings import NO_KEYRING, MemoryKeyring
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


@pytest.mark.parametrize("when", ["after the test", "while connecting"])
@pytest.mark.parametrize(
    ("change", "question"),
    [
        ("changed", "Another program has changed profile 'work'. Repeat to replace it, which removes site."),
        ("removed", "Another program has removed profile 'work'. Repeat to save it anew."),
    ],
)
async def test_the_chosen_profile_that_another_program_changed_meanwhile_is_not_replaced_unasked(
    connector: FakeConnector, store: ProfileStore, when: str, change: str, question: str
) -> None:
    store.save("work", {"url": URL}, Secret(TOKEN))

    def elsewhere() -> None:
        other = ProfileStore(store.folder, NO_KEYRING)
        if change == "removed":
            other.remove("work")
        else:
            other.save("work", {"url": "https://other.example", "site": "2"}, Secret("otherotherother"))

    host = Host(lambda: ConnectScreen(store.settings("work"), connector, store))
    async with host.run_test(size=(80, 30)) as pilot:
        if when == "while connecting":
            connector.gate = asyncio.Event()
            await pilot.press("ctrl+o")
            await pilot.pause()
            elsewhere()
            connector.gate.set()
        else:
            await pilot.press("ctrl+t")
            await settled(pilot)
            elsewhere()
            await pilot.press("ctrl+o")
        await settled(pilot)
        assert question in host.said
        assert host.results == []
        left = {} if change == "removed" else {"work": {"url": "https://other.example", "site": "2"}}
        assert store.read().by_name == left
        await pilot.press("ctrl+o")
        await settled(pilot)
        if change == "removed":  # with its token
            assert "Type a token first" in host.said
            assert host.results == []
            host.screen.query_one("#token", Input).value = TOKEN
            await pilot.press("ctrl+o", "ctrl+o")
            await settled(pilot)
        assert host.results[0] is not None
        assert set(connector.tokens) == {TOKEN}
    assert dict(store.read().by_name["work"]) == {"url": URL}
    assert store.token_source(store.settings("work"))() == Secret(TOKEN)


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


def with_variable(store: ProfileStore, settings: Settings, connector: FakeConnector) -> Host:
    """The connect screen of a run that began with ``settings`` and MATOMO_TOKEN."""
    run_token = RunToken(store.token_source(settings, environment=Secret(TOKEN)), settings)
    return Host(lambda: ConnectScreen(settings, connector, store, run_token=run_token))


async def test_the_token_of_a_run_without_an_address_goes_to_the_first_that_takes_it(
    connector: FakeConnector, store: ProfileStore
) -> None:
    host = with_variable(store, Settings(), connector)
    connector.errors = [Unreachable("The host was not found.")]
    async with host.run_test(size=(80, 30)) as pilot:
        assert "Empty: MATOMO_TOKEN" in host.text
        await pilot.press(*"matomo.shop.exampl", "enter")
        await settled(pilot)
        host.screen.query_one("#address", Input).value = URL
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert connector.tokens == [TOKEN, TOKEN]
        assert host.tones == {"good"}
        host.screen.query_one("#address", Input).value = "https://other.example"
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "Type a token first" in host.said
        assert "MATOMO_TOKEN" not in host.text
        host.screen.query_one("#address", Input).value = URL
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert host.results[0] is not None
        assert connector.tokens == [TOKEN, TOKEN]
    assert store.token_source(store.settings("shop"))() == Secret(TOKEN)


@pytest.mark.parametrize(
    "error",
    [
        UnknownSite("This token has access to no site with the name 'Shpo'."),
        SeveralMatch("Several sites are called 'Shop'."),
        NoSite("This Matomo has no site yet."),
        NoAccess("The token is valid, but its user has no access to any site."),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_the_token_of_a_run_stays_with_a_matomo_that_took_it_and_has_no_site_for_it(
    connector: FakeConnector, store: ProfileStore, error: MatomoError
) -> None:
    host = with_variable(store, Settings(site="Shpo"), connector)
    connector.errors = [error]
    async with host.run_test(size=(80, 30)) as pilot:
        host.screen.query_one("#address", Input).value = URL
        await pilot.press("ctrl+t")
        await settled(pilot)
        host.screen.query_one("#address", Input).value = "https://other.example"
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert {settings.url for settings, _ in connector.calls} == {URL}
        assert "Type a token first" in host.said


async def test_the_token_of_a_run_goes_to_its_own_address_and_not_to_another_profile(
    connector: FakeConnector, store: ProfileStore
) -> None:
    store.save("shop", {"url": URL}, None)
    store.save("other", {"url": URL}, Secret("otherotherother"))
    host = with_variable(store, store.settings("shop"), connector)
    async with host.run_test(size=(80, 30)) as pilot:
        assert "Empty: MATOMO_TOKEN" in host.text
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert connector.tokens == [TOKEN]
        host.screen.query_one("#profile").focus()
        await pilot.press("right", "ctrl+t")
        await settled(pilot)
        assert connector.tokens == [TOKEN, "otherotherother"]
        host.screen.query_one("#profile").focus()
        await pilot.press("left")
        host.screen.query_one("#address", Input).value = "https://other.example"
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "Profile 'shop' is for https://matomo.shop.example" in host.said
        assert len(connector.tokens) == 2
    assert store.token_kept_in("shop") == ""


async def test_the_token_of_a_run_without_an_address_is_not_tried_for_a_saved_profile(
    connector: FakeConnector, store: ProfileStore
) -> None:
    store.save("shop", {"url": URL}, Secret("otherotherother"))
    host = with_variable(store, Settings(), connector)
    async with host.run_test(size=(80, 30)) as pilot:
        host.screen.query_one("#profile").focus()
        await pilot.press("left", "ctrl+t")
        await settled(pilot)
        assert connector.tokens == ["otherotherother"]


async def test_where_nothing_is_stored_the_screen_does_not_send_to_itself(
    connector: FakeConnector, tmp_path: Path
) -> None:
    store = ProfileStore(tmp_path, MemoryKeyring())
    store.save("shop", {"url": URL}, None)
    host = Host(lambda: ConnectScreen(store.settings("shop"), connector, store))
    async with host.run_test(size=(80, 30)) as pilot:
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert host.said == "There is no token for profile 'shop'. Type one: you create it in Matomo."
        assert host.focused_id == "token"
        assert connector.calls == []


async def test_a_token_that_is_stored_for_another_address_is_typed_here(
    connector: FakeConnector, tmp_path: Path
) -> None:
    store = ProfileStore(tmp_path, MemoryKeyring())
    store.save("shop", {"url": URL}, Secret(TOKEN))
    store.file.write_text(store.file.read_text().replace(URL, "https://other.example"))
    host = Host(lambda: ConnectScreen(store.settings("shop"), connector, store))
    async with host.run_test(size=(80, 30)) as pilot:
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "was saved for https://matomo.shop.example" in host.said
        assert "Type the token of that Matomo, or change the address back." in host.said


ALERTS = '[[profiles.work.alerts]]\nname = "Silent"\nno_hits = "5m"\n'


async def test_the_demo_has_nothing_of_the_connection_of_the_profile(
    connector: FakeConnector, store: ProfileStore
) -> None:
    host = of_work(store, connector)
    store.file.write_text(store.file.read_text() + ALERTS)
    async with host.run_test(size=(80, 30)) as pilot:
        await pilot.press("ctrl+l")
        await settled(pilot)
    ((settings, token),) = connector.calls
    assert (settings.demo, token) == (True, None)
    defaults = Settings()
    assert {key for key in CONNECTION_KEYS if getattr(settings, key) != getattr(defaults, key)} == set()


@pytest.mark.parametrize(("name", "rules"), [("work", ["Silent"]), ("second", []), ("third", ["Slow"])])
async def test_a_connection_follows_the_alerts_of_the_profile_that_it_is_saved_as(
    connector: FakeConnector, store: ProfileStore, name: str, rules: list[str]
) -> None:
    host = of_work(store, connector, URL)
    third = f'[profiles.third]\nurl = "{URL}"\n' + ALERTS.replace("work", "third").replace("Silent", "Slow")
    store.file.write_text(store.file.read_text() + ALERTS + third)
    async with host.run_test(size=(80, 30)) as pilot:
        host.screen.query_one("#name", Input).value = name
        await pilot.pause()
        await pilot.press("ctrl+o")
        await settled(pilot)
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert host.results[0] is not None
        assert [rule.values["name"] for rule in host.results[0].settings.alerts] == rules
    assert [rule.values["name"] for rule in store.settings(name).alerts] == rules


@pytest.mark.parametrize("error", [UnknownSite("No site 'Shpo'."), SeveralMatch("Two are called 'Shpo'.")])
async def test_a_site_that_is_not_found_is_no_dead_end(
    connector: FakeConnector, store: ProfileStore, error: MatomoError
) -> None:
    host = Host(lambda: ConnectScreen(resolve({"site": "Shpo"}, {}, {}, ""), connector, store))
    connector.errors = [error]
    async with host.run_test(size=(80, 30)) as pilot:
        for field, value in (("#address", URL), ("#token", TOKEN), ("#name", "shop")):
            host.screen.query_one(field, Input).value = value
        await pilot.press("ctrl+t")
        await settled(pilot)
        assert "--site or MATOMO_SITE. Repeat to connect without it." in " ".join(host.said.split())
        await pilot.press("ctrl+o")
        await settled(pilot)
    assert [settings.site for settings, _ in connector.calls] == ["Shpo", ""]
    assert host.results[0] is not None
    assert store.settings("shop").site == ""
