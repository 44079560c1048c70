"""What the connect screen does with its fields after an answer, and where its answers are seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from matomo_tui.api.errors import MatomoError, NoAccess, Redirected, TokenRejected, Unreachable
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.settings import Settings
from matomo_tui.ui.connect.connect_messages import WITHOUT_A_KEY
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from tests.config.keyrings import NO_KEYRING
from tests.ui.connect.test_connect_screen import TOKEN, URL, FakeConnector, Host, filled, pasted, settled

OTHER_TOKEN = "0f1e2d3c4b5a6978"
SHOWS_NOTHING = NoAccess("This Matomo shows no site without a token.", "view")
REJECTED = TokenRejected("Matomo rejected this token.")


@pytest.fixture
def connector() -> FakeConnector:
    return FakeConnector()


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return ProfileStore(tmp_path / "config", NO_KEYRING)


@pytest.fixture
def host(connector: FakeConnector, store: ProfileStore) -> Host:
    return Host(lambda: ConnectScreen(Settings(), connector, store))


@pytest.mark.parametrize("error", [SHOWS_NOTHING, REJECTED, Unreachable("The host was not found.")])
async def test_after_an_attempt_as_anonymous_a_typed_token_is_sent_as_typed(
    host: Host, connector: FakeConnector, error: MatomoError
) -> None:
    connector.errors = [error]
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot, token="")
        await pilot.press("ctrl+t", "ctrl+t")
        await settled(pilot)
        assert connector.tokens == ["anonymous"]
        assert host.value("token") == ""
        host.screen.query_one("#token").focus()
        await pilot.press(*TOKEN, "ctrl+t")
        await settled(pilot)
        assert connector.tokens == ["anonymous", TOKEN]


async def test_anonymous_is_sent_again_only_when_asked_again(host: Host, connector: FakeConnector) -> None:
    connector.errors = [REJECTED] * 2
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot, token="")
        for sent in (0, 1, 1, 2, 2):
            await pilot.press("ctrl+t")
            await settled(pilot)
            assert len(connector.tokens) == sent
        assert "Not sent" in host.said


@pytest.mark.parametrize("error", [REJECTED, NoAccess("The token sees no site.")])
async def test_a_token_pasted_after_a_refused_one_takes_its_place(
    host: Host, connector: FakeConnector, error: MatomoError
) -> None:
    connector.errors = [error]
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.press(*URL, "enter")
        for token in (TOKEN, OTHER_TOKEN):
            host.screen.query_one("#token").post_message(events.Paste(token))
            await pilot.press("enter")
            await settled(pilot)
        assert connector.tokens == [TOKEN, OTHER_TOKEN]


async def test_a_token_pasted_after_one_that_was_not_sent_again_takes_its_place(
    host: Host, connector: FakeConnector
) -> None:
    connector.errors = [REJECTED]
    async with host.run_test(size=(80, 24)) as pilot:
        await filled(pilot)
        await pilot.press("end", "x", "backspace", "enter")
        await settled(pilot)
        assert "Not sent" in host.said
        host.screen.query_one("#token").post_message(events.Paste(OTHER_TOKEN))
        await pilot.press("enter")
        await settled(pilot)
        assert connector.tokens == [TOKEN, OTHER_TOKEN]


async def test_a_tested_public_matomo_is_opened_without_another_attempt(host: Host, connector: FakeConnector) -> None:
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot, token="")
        await pilot.press("ctrl+t", "ctrl+t")
        await settled(pilot)
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert host.results[0] is not None
        assert connector.tokens == ["anonymous"]
        assert URL in host.results[0].settings.url


NOT_FOUND = "The host name matomo.shop.example was not found: is it spelled correctly, and is this machine online?"
LOW_SIZES = [(40, 10), (60, 12), (80, 10), (80, 14)]


def words_on(host: Host) -> str:
    """What is on the screen, without frames, scroll bars and ends of lines."""
    return " ".join(host.text.translate(dict.fromkeys(map(ord, "│▁▂▃▄▅▆▇█"), " ")).split())


@pytest.mark.parametrize("size", LOW_SIZES)
async def test_on_a_low_screen_an_answer_is_seen_and_then_the_field_that_is_typed_in(
    host: Host, connector: FakeConnector, size: tuple[int, int]
) -> None:
    connector.errors = [Unreachable(NOT_FOUND)]
    async with host.run_test(size=size) as pilot:
        await pilot.press(*URL, "enter", "ctrl+t")
        await pilot.pause()
        assert WITHOUT_A_KEY in words_on(host)
        await pilot.press("x")
        await pilot.pause()
        assert "Token •" in words_on(host)
        await pilot.press("enter")
        await settled(pilot)
        assert NOT_FOUND in words_on(host)
        await pilot.press("shift+tab", "tab")
        await pilot.pause()
        assert "Address" in words_on(host)


@pytest.mark.parametrize("size", LOW_SIZES)
async def test_on_a_low_screen_a_second_answer_of_another_length_is_seen_too(
    host: Host, connector: FakeConnector, size: tuple[int, int]
) -> None:
    connector.errors = [REJECTED]
    async with host.run_test(size=size) as pilot:
        await pilot.press(*URL, "enter", *TOKEN, "enter")
        await settled(pilot)
        assert str(REJECTED) in words_on(host)
        await pilot.press("enter")
        await pilot.pause()
        assert "Not sent: Matomo rejected this token." in words_on(host)
        await pilot.press("enter")
        await settled(pilot)
        assert "Matomo 5.2.1" in words_on(host), "the first line of the result, which is longer than the screen"


@pytest.mark.parametrize("size", LOW_SIZES)
async def test_on_a_low_screen_the_offered_address_is_seen(
    host: Host, connector: FakeConnector, size: tuple[int, int]
) -> None:
    connector.errors = [Redirected("It wants https.", URL + "/index.php", URL)]
    async with host.run_test(size=size) as pilot:
        await filled(pilot, "http://matomo.shop.example")
        assert host.focused_id == "upgrade"
        assert "It wants https." in words_on(host)
        assert f"Use {URL}" in words_on(host)


async def test_a_refused_attempt_as_anonymous_asks_for_a_token(host: Host, connector: FakeConnector) -> None:
    connector.errors = [SHOWS_NOTHING]
    async with host.run_test(size=(80, 24)) as pilot:
        await pasted(pilot, token="")
        await pilot.press("ctrl+t", "ctrl+t")
        await settled(pilot)
        assert host.said == f"{SHOWS_NOTHING} Type a token: you create it in Matomo."
        assert host.focused_id == "token"
