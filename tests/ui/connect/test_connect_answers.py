"""What the connect screen does with its fields after an answer, and where its answers are seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from matomo_tui.api.errors import MatomoError, NoAccess, TokenRejected, Unreachable
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.settings import Settings
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
