"""Stored logins, and tokens that are renewed before they expire, by one program at a time."""

from __future__ import annotations

import asyncio
import json
import os
import select
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.api.errors import ServerError, TokenRejected
from matomo_tui.api.oauth import Endpoints, LoginEnded
from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Response
from matomo_tui.config.login_renewal import LoginRenewal, renewal_of, settle
from matomo_tui.config.logins import Login, LoginStore
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.secrets import SecretError, SecretSource, TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session, open_session, renew
from tests.config.keyrings import NO_KEYRING, MemoryKeyring
from tests.oauth_matomo import Issued, OAuthMatomo, serving_oauth
from tests.oauth_matomo import OAuthClient as Client

NOW = 1_764_400_000.0


class Clock:
    """A clock for the server and the program."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def matomo(clock: Clock) -> OAuthMatomo:
    return OAuthMatomo(clock=clock)


@pytest.fixture
def address(matomo: OAuthMatomo) -> Iterator[str]:
    with serving_oauth(matomo) as url:
        yield url


def a_login(address: str, matomo: OAuthMatomo | None = None, **values: object) -> Login:
    """A login whose tokens ``matomo`` has issued; both live an hour."""
    if matomo is not None:
        matomo.access["access-token-1"] = Issued("tui", "matomo:read", NOW + 3600)
        matomo.refresh["refresh-token-1"] = Issued("tui", "matomo:read", NOW + 30 * 86_400, access="access-token-1")
    fields = {
        "address": address,
        "client_id": "tui",
        "scope": "read",
        "endpoints": Endpoints("a", f"{address}/index.php?module=OAuth2&action=token", ""),
        "access_token": Secret("access-token-1"),
        "expires_at": NOW + 3600,
        "refresh_token": Secret("refresh-token-1"),
        "refresh_expires_at": NOW + 30 * 86_400,
    }
    return Login(**{**fields, **values})  # type: ignore[arg-type] # each has its field's type


def settings(address: str, **values: object) -> Settings:
    return Settings(profile="work", url=address, oauth_client_id="tui", **values)  # type: ignore[arg-type]


def renewal(folder: Path, address: str, clock: Clock, **values: object) -> LoginRenewal:
    return LoginRenewal(settings(address, **values), LoginStore(folder, NO_KEYRING), now=clock)


# The store


def test_a_login_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    store = LoginStore(tmp_path, NO_KEYRING)
    login = a_login("https://a.example", client_secret=Secret("client-secret"))
    assert store.save("work", login) == str(tmp_path / "logins" / "work.json")
    assert store.load("work") == login
    assert stat.S_IMODE((tmp_path / "logins" / "work.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "logins").stat().st_mode) == 0o700
    assert "access_token=Secret(***)" in repr(login)


def test_with_a_keyring_no_file_has_it(tmp_path: Path) -> None:
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login("https://a.example"))
    keyring = MemoryKeyring()
    store = LoginStore(tmp_path, keyring)
    assert store.save("work", a_login("https://b.example")) == "the keyring"
    assert list((tmp_path / "logins").iterdir()) == []
    assert list(keyring.kept) == ["oauth:work"]
    assert store.load("work") == a_login("https://b.example")


def test_the_newest_of_two_places_wins(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    LoginStore(tmp_path, keyring).save("work", a_login("https://a.example"))
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login("https://a.example", expires_at=NOW + 7200))
    found = LoginStore(tmp_path, keyring).load("work")
    assert found is not None
    assert found.expires_at == NOW + 7200


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"address": 3}', '{"address": "a", "client_id": null}', "[" * 99_999]
)
def test_an_unreadable_login_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "logins").mkdir()
    (tmp_path / "logins" / "work.json").write_text(text)
    assert LoginStore(tmp_path, NO_KEYRING).load("work") is None


def test_names_with_dots_do_not_collide(tmp_path: Path) -> None:
    store = LoginStore(tmp_path, NO_KEYRING)
    for name in ("a", "a.json", "a.lock"):
        with store.locked(name):
            store.save(name, a_login(f"https://{name}.example"))
    assert [store.load(name) for name in ("a", "a.json")] == [
        a_login("https://a.example"),
        a_login("https://a.json.example"),
    ]


def test_renaming_and_removing(tmp_path: Path) -> None:
    for keyring in (NO_KEYRING, MemoryKeyring()):
        store = LoginStore(tmp_path, keyring)
        store.save("work", a_login("https://a.example"))
        assert store.rename("work", "office") != ""
        assert store.load("work") is None
        assert store.load("office") == a_login("https://a.example")
        store.remove("office")
        assert store.load("office") is None
        assert list((tmp_path / "logins").iterdir()) == []
        assert store.rename("none", "other") == ""


def test_a_program_that_waits_while_a_login_is_renamed_finds_none(tmp_path: Path) -> None:
    found: list[Login | None] = []

    def wait() -> None:
        with LoginStore(tmp_path, NO_KEYRING).locked("work"):
            found.append(LoginStore(tmp_path, NO_KEYRING).load("work"))

    waiting = threading.Thread(target=wait)

    class SlowKeyring(MemoryKeyring):
        """Has the other program wait for the lock from the first write on, and take it as soon as it can."""

        def delete(self, profile: str) -> None:
            if profile == "oauth:office":
                waiting.start()
            else:
                waiting.join(0.3)

    LoginStore(tmp_path, NO_KEYRING).save("work", a_login("https://a.example"))
    LoginStore(tmp_path, SlowKeyring(installed=False)).rename("work", "office")
    waiting.join()
    assert found == [None]


def test_a_typed_token_replaces_the_login_of_the_profile(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[profiles.work]\nurl = "https://a.example"\noauth_client_id = "tui"\n')
    store = ProfileStore(tmp_path, NO_KEYRING)
    store.logins.save("work", a_login("https://a.example", expires_at=2 * NOW))
    assert store.token_source(store.settings("work"))() == Secret("access-token-1")
    store.save("work", {"url": "https://a.example"}, Secret("typed-token"))
    assert store.token_source(store.settings("work"))() == Secret("typed-token")
    assert store.logins.load("work") is None


def test_a_login_that_is_missing_is_said_where_the_token_is_fetched(tmp_path: Path) -> None:
    source = TokenSource(settings("https://a.example"), folder=tmp_path, keyring=NO_KEYRING)
    assert source.may_find()
    with pytest.raises(SecretError, match=r"no login for profile 'work'\. Run `matomo-tui login`."):
        source()


# Renewal


async def test_a_fresh_token_is_used_as_it_is(tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo) -> None:
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login(address, matomo))
    found = renewal(tmp_path, address, clock)
    assert found.read() == Secret("access-token-1")
    clock.now += 3600 - 61
    assert await found.current() == Secret("access-token-1")
    assert found.seconds_left == 61
    assert matomo.forms == []


async def test_a_minute_before_its_end_it_is_renewed_and_stored_first(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo
) -> None:
    store = LoginStore(tmp_path, NO_KEYRING)
    store.save("work", a_login(address, matomo))
    found = renewal(tmp_path, address, clock)
    found.read()
    clock.now += 3600 - 59
    token = await found.current()
    kept = store.load("work")
    assert kept is not None
    assert kept.access_token == token != Secret("access-token-1")
    assert kept.refresh_token != Secret("refresh-token-1")
    assert kept.expires_at == clock.now + 3600
    assert kept.refresh_expires_at == clock.now + 30 * 86_400
    assert "access-token-1" not in matomo.access
    assert renewal_of(token) is found


async def test_many_at_once_use_the_refresh_token_once(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo
) -> None:
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login(address, matomo))
    clock.now += 3600
    programs = [renewal(tmp_path, address, clock) for _ in range(4)]
    for program in programs:
        program.read()
    tokens = await asyncio.gather(*(program.current() for program in programs for _ in range(2)))
    assert len(set(tokens)) == 1
    assert len(matomo.forms) == 1
    assert matomo.reused == 0


async def test_a_program_that_ends_waits_until_the_new_refresh_token_is_stored(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LoginStore(tmp_path, NO_KEYRING)
    store.save("work", a_login(address, matomo, expires_at=NOW))
    settle(0)
    asked, go_on = threading.Event(), threading.Event()
    answer = matomo.post

    def slow(*request: Any) -> Response:
        asked.set()
        go_on.wait(10)
        return answer(*request)

    monkeypatch.setattr(matomo, "post", slow)
    renewing = asyncio.create_task(renewal(tmp_path, address, clock).current())
    await asyncio.to_thread(asked.wait, 10)
    settling = asyncio.create_task(asyncio.to_thread(settle, 10))
    go_on.set()
    await settling
    kept = store.load("work")
    assert kept is not None
    assert kept.refresh_token != Secret("refresh-token-1")
    assert await renewing == kept.access_token


async def test_a_server_that_is_down_does_not_matter_until_the_token_expires(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo
) -> None:
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login(address, matomo))
    found = renewal(tmp_path, address, clock)
    found.read()
    matomo.down = True
    clock.now += 3600 - 30
    assert await found.current() == Secret("access-token-1")
    clock.now += 30
    with pytest.raises(ServerError):
        await found.current()
    matomo.down = False
    assert await found.current() != Secret("access-token-1")


@pytest.mark.parametrize("refused", ["invalid_grant", "invalid_request"])
async def test_a_refresh_token_that_was_used_elsewhere_ends_the_login(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo, refused: str
) -> None:
    matomo.refused_refresh = refused
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login(address, matomo))
    matomo.used.add("refresh-token-1")
    clock.now += 3600
    found = renewal(tmp_path, address, clock)
    found.read()
    with pytest.raises(LoginEnded, match="matomo-tui login") as error:
        await found.current()
    assert error.value.stops_polling
    assert "refresh-token-1" not in str(error.value)


async def test_client_credentials_are_requested_again(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo
) -> None:
    matomo.clients = {"tui": Client(secret="client-secret")}
    command = (sys.executable, "-c", "print('client-secret')")
    found = renewal(tmp_path, address, clock, oauth_secret_command=command)
    placeholder = found.read()
    assert placeholder is not None
    assert renewal_of(placeholder) is found
    first = await found.current()
    clock.now += 3600
    assert await found.current() != first
    assert [form["grant_type"] for form in matomo.forms] == ["client_credentials"] * 2
    assert "client-secret" not in (tmp_path / "logins" / "work.json").read_text()


async def test_the_command_for_the_secret_ends_with_the_attempt_that_asked_for_it(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo
) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    reader = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    command = ("sh", "-c", f"exec 1> {held}; echo running; exec sleep 50")
    found = renewal(tmp_path, address, clock, oauth_secret_command=command)
    found.read()
    asking = asyncio.create_task(found.current())
    assert await asyncio.to_thread(select.select, [reader], [], [], 30.0) == ([reader], [], [])
    assert os.read(reader, 100) == b"running\n"
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(select.select, [reader], [], [], 10.0) == ([reader], [], []), "it runs on"
    assert os.read(reader, 100) == b""
    os.close(reader)
    assert matomo.forms == []


def test_a_rejected_token_is_replaced_once(tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo) -> None:
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login(address, matomo))
    found = renewal(tmp_path, address, clock)
    found.read()
    renewed = found.renew(Secret("access-token-1"))
    assert renewed is not None
    assert renewed.reveal() in matomo.access
    assert len(matomo.forms) == 1


# The session


async def opened(folder: Path, address: str, clock: Clock) -> tuple[Session, LoginRenewal]:
    found = renewal(folder, address, clock)
    return await open_session(settings(address), found.read()), found


async def test_a_session_of_many_hours_never_sends_an_expired_token(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo
) -> None:
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login(address, matomo))
    session, _ = await opened(tmp_path, address, clock)
    try:
        for _ in range(5):
            clock.now += 3590
            await session.client.server_info()
    finally:
        await session.client.aclose()
    assert len(set(matomo.api_tokens)) == 6
    assert (matomo.wrong_tokens, matomo.reused) == (0, 0)
    assert len(matomo.forms) == 5


async def test_a_session_whose_login_was_revoked_stops_and_says_so(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo
) -> None:
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login(address, matomo))
    session, _ = await opened(tmp_path, address, clock)
    try:
        matomo.access.clear()
        matomo.used.add("refresh-token-1")
        with pytest.raises(TokenRejected, match=r"Log in again with `matomo-tui login`\."):
            await session.client.server_info()
        clock.now += 3600
        with pytest.raises(TokenRejected, match="matomo-tui login"):
            await session.client.server_info()
    finally:
        await session.client.aclose()
    assert matomo.wrong_tokens == 1


async def test_a_token_that_was_revoked_early_is_replaced_after_one_rejection(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo
) -> None:
    LoginStore(tmp_path, NO_KEYRING).save("work", a_login(address, matomo))
    session, found = await opened(tmp_path, address, clock)
    source = TokenSource(settings(address), folder=tmp_path, keyring=NO_KEYRING)
    source.source, source.renewal = SecretSource("login", "from the login"), found
    session = replace(session, source=source)
    clock.now += 3600
    await session.client.server_info()
    matomo.access.clear()
    with pytest.raises(TokenRejected):
        await session.client.server_info()
    renewed = await renew(session, open_session)
    assert renewed is not None
    await renewed.client.server_info()
    for each in (session, renewed):
        await each.client.aclose()
    assert (matomo.wrong_tokens, matomo.reused) == (1, 0)


async def test_another_login_is_found_without_sending_the_rejected_token_again(
    tmp_path: Path, address: str, clock: Clock, matomo: OAuthMatomo
) -> None:
    store = LoginStore(tmp_path, NO_KEYRING)
    store.save("work", a_login(address, matomo))
    session, found = await opened(tmp_path, address, clock)
    try:
        matomo.access.clear()
        matomo.used.add("refresh-token-1")
        with pytest.raises(TokenRejected):
            await session.client.server_info()
        with pytest.raises(LoginEnded):
            await asyncio.to_thread(found.renew, Secret("access-token-1"))
        matomo.access["access-token-2"] = Issued("tui", "matomo:read", NOW + 3600)
        store.save("work", a_login(address, access_token=Secret("access-token-2")))
        await session.client.server_info()
    finally:
        await session.client.aclose()
    assert matomo.wrong_tokens == 1
    assert matomo.api_tokens[-1] == "access-token-2"


TWO = """
import asyncio, json, sys, time
from pathlib import Path
from matomo_tui.config.login_renewal import LoginRenewal
from matomo_tui.config.logins import LoginStore
from matomo_tui.config.settings import Settings
from tests.config.keyrings import NO_KEYRING
settings = Settings(profile="work", url=sys.argv[2], oauth_client_id="tui")
found = LoginRenewal(settings, LoginStore(Path(sys.argv[1]), NO_KEYRING))
found.read()
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(found.current())
print("renewed", flush=True)
"""


@pytest.mark.terminal
def test_two_processes_never_use_the_same_refresh_token(tmp_path: Path) -> None:
    matomo = OAuthMatomo()
    root = Path(__file__).parents[2]
    with serving_oauth(matomo) as address:
        LoginStore(tmp_path, NO_KEYRING).save("work", a_login(address, expires_at=0.0))
        matomo.refresh["refresh-token-1"] = Issued("tui", "matomo:read", matomo.clock() + 3600)
        programs = [
            subprocess.Popen(
                [sys.executable, "-c", TWO, str(tmp_path), address],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=root,
            )
            for _ in range(2)
        ]
        for program in programs:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
        for program in programs:
            assert program.communicate("go\n")[0] == "renewed\n"
    assert (len(matomo.forms), matomo.reused) == (1, 0)
    kept = json.loads((tmp_path / "logins" / "work.json").read_text())
    assert kept["refresh_token"] in matomo.refresh
