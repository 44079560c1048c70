"""``matomo-tui login`` and ``logout`` against a stand-in authorization server over real sockets."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import subprocess
import sys
import threading
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlsplit

import click
import pytest
from click.testing import Result

from matomo_tui.api.errors import TimedOut
from matomo_tui.cli import logging_in
from matomo_tui.cli.loopback import RedirectListener
from tests.cli.conftest import Invoke
from tests.oauth_matomo import OAuthClient, OAuthMatomo, serving_oauth
from tests.recorded import html_response


@pytest.fixture
def matomo() -> OAuthMatomo:
    return OAuthMatomo()


@pytest.fixture
def address(matomo: OAuthMatomo) -> Iterator[str]:
    with serving_oauth(matomo) as url:
        yield url


def visit(url: str) -> tuple[int, str]:
    """The status and the text of a page; redirects are followed as by a browser."""
    try:
        with urllib.request.urlopen(url, timeout=10) as page:  # noqa: S310 (loopback)
            return page.status, page.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, str]]]:
    """A browser that logs in by itself; the pages that it saw."""
    seen: list[tuple[int, str]] = []
    threads = []

    def open_page(url: str) -> bool:
        threads.append(threading.Thread(target=lambda: seen.append(visit(url))))
        threads[-1].start()
        return True

    monkeypatch.setattr(webbrowser, "open", open_page)
    monkeypatch.setattr(webbrowser, "get", lambda: None)
    monkeypatch.setattr(logging_in, "_has_browser", lambda environ: True)
    yield seen
    for thread in threads:
        thread.join()


def redirect_of(page: str) -> str:
    """Where the authorization page sends the browser."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    with pytest.raises(HTTPError) as sent:
        urllib.request.build_opener(Stay).open(page, timeout=10)
    with sent.value as answer:
        return str(answer.headers["location"])


def no_secret_in(result: Result, matomo: OAuthMatomo) -> bool:
    return not any(secret in result.output for secret in matomo.every_secret())


def stored(config: Path, profile: str = "work") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((config / "logins" / f"{profile}.json").read_text())
    return found


def test_a_login_in_the_browser(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, browser: list[tuple[int, str]]
) -> None:
    result = invoke("login", "--url", address, "--profile", "work", "--client-id", "tui")
    assert result.exit_code == 0, result.output
    assert f"Logged in to {address}" in result.output
    assert "scope matomo:admin, admin on 2 sites" in result.output
    text = (config / "config.toml").read_text()
    assert 'oauth_client_id = "tui"' in text
    assert "token" not in text.replace("Tokens do not", "")
    file = config / "logins" / "work.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stored(config)["access_token"] in matomo.access
    assert no_secret_in(result, matomo)
    ((status, page),) = browser
    assert status == 200
    assert "You can close this page" in page
    assert not any(secret in page for secret in matomo.every_secret())


def test_no_secret_is_in_a_url_and_the_token_is_a_header(
    invoke: Invoke, matomo: OAuthMatomo, address: str, browser: list[tuple[int, str]]
) -> None:
    invoke("login", "--url", address, "--profile", "work", "--client-id", "tui")
    assert matomo.api_tokens
    assert not any(secret in url for secret in matomo.every_secret() for url in matomo.urls)


@pytest.mark.parametrize(
    ("flags", "scope"),
    [
        ([], "matomo:admin"),
        (["--read-only"], "matomo:read"),
        (["--scope", "write"], "matomo:write"),
        (["--scope", "superuser"], "matomo:superuser"),
    ],
)
def test_the_scope_is_chosen_by_read_only_or_by_name(
    invoke: Invoke,
    config: Path,
    matomo: OAuthMatomo,
    address: str,
    browser: list[tuple[int, str]],
    flags: list[str],
    scope: str,
) -> None:
    assert invoke("login", "--url", address, "--profile", "work", "--client-id", "tui", *flags).exit_code == 0
    assert {issued.scope for issued in matomo.access.values()} == {scope}
    assert ("read_only = true" in (config / "config.toml").read_text()) == ("--read-only" in flags)


class Paste:
    """Answers the prompt for the redirect's address; ``answers`` make it from the page's address."""

    def __init__(self, *answers: Callable[[str], str]) -> None:
        self._answers = list(answers)

    def read_line(self) -> str:
        return f"{self._answers.pop(0)(self.page)}\n" if self._answers else ""

    def echo(self, message: str = "", **options: Any) -> None:
        if found := re.search(r"^ {2}(http\S+)$", message, re.MULTILINE):
            self.page = found[1]


@pytest.fixture
def paste(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def answers(*makers: Callable[[str], str]) -> None:
        pasting, echo = Paste(*makers), click.echo

        def both(message: str = "", **options: Any) -> None:
            pasting.echo(message)
            echo(message, **options)

        monkeypatch.setattr(click, "echo", both)
        monkeypatch.setattr(logging_in, "read_line", pasting.read_line)

    return answers


def test_over_ssh_the_answer_is_pasted(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, paste: Callable[..., None]
) -> None:
    paste(redirect_of)
    result = invoke(
        "login", "--url", address, "--profile", "work", "--client-id", "tui", SSH_CONNECTION="1 2 3 4", DISPLAY=":1"
    )
    assert result.exit_code == 0, result.output
    assert "Open this address in a browser, on any computer" in result.output
    assert no_secret_in(result, matomo)
    assert stored(config)["scope"] == "admin"


def test_a_wrong_paste_is_explained_and_asked_for_again(
    invoke: Invoke, matomo: OAuthMatomo, address: str, paste: Callable[..., None]
) -> None:
    paste(lambda page: "the-code-alone", lambda page: "http://127.0.0.1/callback?code=x&state=old", redirect_of)
    result = invoke("login", "--no-browser", "--url", address, "--profile", "work", "--client-id", "tui")
    assert result.exit_code == 0, result.output
    assert "not the whole address" in result.output
    assert "belongs to another login" in result.output
    assert len(matomo.forms) == 1


def test_three_wrong_pastes_end_it(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, paste: Callable[..., None]
) -> None:
    paste(*[lambda page: "http://127.0.0.1/callback?code=x&state=old"] * 3)
    result = invoke("login", "--no-browser", "--url", address, "--profile", "work", "--client-id", "tui")
    assert result.exit_code == 2
    assert matomo.forms == []
    assert not (config / "config.toml").exists()


def test_an_input_that_ends_is_a_sentence(invoke: Invoke, matomo: OAuthMatomo, address: str) -> None:
    result = invoke("login", "--no-browser", "--url", address, "--profile", "work", "--client-id", "tui")
    assert result.exit_code == 2
    assert "Address: there is no answer." in result.output
    assert matomo.forms == []


def test_ctrl_c_ends_it_with_130(invoke: Invoke, config: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(logging_in, "read_line", interrupted)
    result = invoke("login", "--no-browser", "--url", address, "--profile", "work", "--client-id", "tui")
    assert result.exit_code == 130
    assert not (config / "config.toml").exists()


def test_strangers_at_the_redirect_address_change_nothing(
    invoke: Invoke, matomo: OAuthMatomo, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    threads = []

    def open_page(url: str) -> bool:
        def browse() -> None:
            redirect = dict(parse_qsl(urlsplit(url).query))["redirect_uri"]
            seen.append(visit(redirect.replace("/callback", "/favicon.ico"))[0])
            seen.append(visit(f"{redirect}?code=stolen&state=guessed")[0])
            seen.append(visit(f"{redirect}?error=access_denied&state=guessed")[0])
            seen.append(visit(url)[0])

        threads.append(threading.Thread(target=browse))
        threads[-1].start()
        return True

    monkeypatch.setattr(webbrowser, "open", open_page)
    monkeypatch.setattr(logging_in, "_has_browser", lambda environ: True)
    result = invoke("login", "--url", address, "--profile", "work", "--client-id", "tui")
    for thread in threads:
        thread.join()
    assert result.exit_code == 0, result.output
    assert seen == [404, 400, 400, 200]
    assert [form["code"] for form in matomo.forms] != ["stolen"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"denies": True}, "refused the login"),
        ({"clients": {"tui": OAuthClient(scopes=("matomo:read",))}}, "choose another one with --scope"),
        ({"clients": {"tui": OAuthClient(secret="x" * 20)}}, "does not know this client, or its secret is wrong"),
        ({"clients": {"tui": OAuthClient(grants=("client_credentials",))}}, "may not log in in this way"),
        ({"down": True}, "503"),
    ],
)
def test_what_the_server_refuses_is_a_sentence_and_leaves_nothing(
    invoke: Invoke,
    config: Path,
    matomo: OAuthMatomo,
    address: str,
    browser: list[tuple[int, str]],
    change: dict[str, Any],
    words: str,
) -> None:
    for name, value in change.items():
        setattr(matomo, name, value)
    result = invoke("login", "--url", address, "--profile", "work", "--client-id", "tui")
    assert result.exit_code == (3 if "down" in change else 1)
    assert words in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert no_secret_in(result, matomo)
    assert not (config / "config.toml").exists()
    assert not (config / "logins" / "work.json").exists()


async def test_a_browser_that_never_answers_is_waited_for_no_longer_than_a_code_lives() -> None:
    async with RedirectListener("state") as listener:
        with pytest.raises(TimedOut, match="sent no answer"):
            await listener.code(patience=0.01)


@pytest.mark.parametrize("sent", [b"", b"GET /callback?code=x", b"\x16\x03\x01\r\n\r\n", b"A" * 70_000 + b"\r\n\r\n"])
async def test_what_is_no_request_is_dropped(sent: bytes) -> None:
    async with RedirectListener("state") as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(listener.redirect_uri).port)
        writer.write(sent)
        writer.write_eof()
        with suppress(ConnectionError):
            assert (await reader.read()).partition(b"\r\n")[0] in (b"", b"HTTP/1.1 404 Not Found")
        writer.close()
        status, _ = await asyncio.to_thread(visit, f"{listener.redirect_uri}?code=right&state=state")
        assert status == 200
        assert (await listener.code()).reveal() == "right"


def of_ops(matomo: OAuthMatomo, folder: Path) -> list[str]:
    """The arguments of a login that needs nobody: those of the client ``ops``, with its secret in a file."""
    secret = folder / "secret"
    secret.write_text(f"{matomo.clients['ops'].secret}\n")
    secret.chmod(0o600)
    return ["--client-id", "ops", "--client-credentials", "--secret-file", str(secret)]


def test_client_credentials_for_a_screen_that_nobody_logs_in_to(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, tmp_path: Path
) -> None:
    arguments = ["--profile", "wall", *of_ops(matomo, tmp_path)]
    result = invoke("login", "--url", address, *arguments)
    assert result.exit_code == 0, result.output
    assert "scope matomo:read" in result.output
    assert no_secret_in(result, matomo)
    assert stored(config, "wall")["client_secret"] == matomo.clients["ops"].secret
    assert "refresh_token" not in stored(config, "wall")
    assert "renewed by itself with the client's secret" in invoke("check").output


def test_a_name_that_differs_only_in_capitals_is_refused_before_a_token_is_issued(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, tmp_path: Path
) -> None:
    (config / "config.toml").write_text(f'[profiles.wall]\nurl = "{address}"\n')
    arguments = ["--profile", "WALL", *of_ops(matomo, tmp_path)]
    result = invoke("login", "--url", address, *arguments)
    assert result.exit_code == 2
    assert "There is a profile 'wall' already" in result.output
    assert matomo.forms == []


def test_the_secret_of_a_client_may_come_from_a_command(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str
) -> None:
    (config / "config.toml").write_text(
        f'[profiles.wall]\nurl = "{address}"\noauth_client_id = "ops"\n'
        f"oauth_secret_command = ['echo', '{matomo.clients['ops'].secret}']\n"
    )
    result = invoke("check")
    assert result.exit_code == 0, result.output
    assert matomo.forms[0]["grant_type"] == "client_credentials"
    assert "client_secret" not in stored(config, "wall")
    assert invoke("check").exit_code == 0
    assert len(matomo.forms) == 1
    assert no_secret_in(result, matomo)


def test_a_secret_is_not_asked_for_without_a_terminal(invoke: Invoke, address: str) -> None:
    result = invoke("login", "--url", address, "--client-id", "ops", "--client-credentials")
    assert result.exit_code == 2
    assert "--secret-file" in result.output


def logged_in(invoke: Invoke, address: str, *flags: str) -> None:
    assert invoke("login", "--url", address, "--profile", "work", "--client-id", "tui", *flags).exit_code == 0


def test_check_shows_the_scope_and_the_minutes_left(
    invoke: Invoke, matomo: OAuthMatomo, address: str, browser: list[tuple[int, str]]
) -> None:
    matomo.lifetime = 3599
    logged_in(invoke, address, "--read-only")
    result = invoke("check")
    assert result.exit_code == 0, result.output
    assert "✓ Token            from the login" in result.output
    assert re.search(
        r"✓ Login +scope matomo:read, 59 minutes left; renewed by itself; ends on \d+ \w+ \d{4}", result.output
    )
    assert matomo.wrong_tokens == 0
    assert no_secret_in(result, matomo)
    found = {one["name"]: one["detail"] for one in json.loads(invoke("check", "--json").output)["checks"]}
    assert found["login"].startswith("scope matomo:read, 59 minutes left")


def test_an_expired_token_is_renewed_before_it_is_sent(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, browser: list[tuple[int, str]]
) -> None:
    matomo.lifetime = 1
    logged_in(invoke, address)
    first = stored(config)["refresh_token"]
    matomo.lifetime = 3600
    for login in matomo.access.values():
        login.expires = 0
    (config / "logins" / "work.json").write_text(json.dumps({**stored(config), "expires_at": 0}))
    assert invoke("check").exit_code == 0
    assert (matomo.wrong_tokens, matomo.reused) == (0, 0)
    assert stored(config)["refresh_token"] != first


@pytest.mark.parametrize("error", ["invalid_request", "invalid_grant"])
def test_a_login_that_has_ended_says_how_to_log_in_again(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, browser: list[tuple[int, str]], error: str
) -> None:
    matomo.refused_refresh = error
    logged_in(invoke, address)
    matomo.used |= {*matomo.refresh}
    (config / "logins" / "work.json").write_text(json.dumps({**stored(config), "expires_at": 0}))
    result = invoke("check")
    assert result.exit_code == 1
    assert "✗ Token" in result.output
    assert "Log in again with `matomo-tui login`." in result.output
    assert matomo.wrong_tokens == 0
    assert no_secret_in(result, matomo)


def test_a_login_for_another_address_or_client_is_not_used(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, browser: list[tuple[int, str]]
) -> None:
    logged_in(invoke, address)
    text = (config / "config.toml").read_text()
    (config / "config.toml").write_text(text.replace('"tui"', '"other"'))
    result = invoke("check")
    assert result.exit_code == 1
    assert "There is no login for profile 'work'. Run `matomo-tui login`." in result.output
    (config / "config.toml").write_text(text.replace("127.0.0.1", "localhost"))
    assert "There is no login" in invoke("check").output


def test_logging_out_revokes_and_removes(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, browser: list[tuple[int, str]]
) -> None:
    logged_in(invoke, address)
    result = invoke("logout")
    assert result.exit_code == 0, result.output
    assert matomo.access == {}
    assert {*matomo.refresh} <= matomo.used
    assert [file.name for file in (config / "logins").iterdir()] == []
    assert 'oauth_client_id = "tui"' in (config / "config.toml").read_text()
    assert no_secret_in(result, matomo)
    assert invoke("logout").exit_code == 2
    assert invoke("login").exit_code == 0


@pytest.mark.parametrize(
    ("change", "words"), [({"revokes": False}, "cannot revoke tokens"), ({"publishes": False}, "cannot revoke tokens")]
)
def test_logging_out_of_a_matomo_that_cannot_revoke(
    invoke: Invoke,
    config: Path,
    matomo: OAuthMatomo,
    address: str,
    browser: list[tuple[int, str]],
    change: dict[str, Any],
    words: str,
) -> None:
    for name, value in change.items():
        setattr(matomo, name, value)
    logged_in(invoke, address)
    assert words in invoke("logout").output
    assert not (config / "logins" / "work.json").exists()


def test_profiles_take_their_login_along(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, browser: list[tuple[int, str]], tmp_path: Path
) -> None:
    logged_in(invoke, address)
    assert "the login of `matomo-tui login`" in invoke("profiles", "list").output
    state = {"MATOMO_TUI_STATE_DIR": str(tmp_path / "state")}
    assert "logins/office.json" in invoke("profiles", "rename", "work", "office", **state).output
    assert invoke("check").exit_code == 0
    assert "logins/office.json" in invoke("profiles", "remove", "office", input="y\n", **state).output
    assert list((config / "logins").iterdir()) == []


def test_a_matomo_without_the_plugin_says_so(invoke: Invoke, matomo: OAuthMatomo, address: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cr3t-value")
    secret.chmod(0o600)
    for status, words in ((404, "The plugin OAuth2 was not found."), (500, "The plugin OAuth2 is not enabled.")):
        matomo.post = lambda *_: html_response("Matomo › Error", words, status)  # type: ignore[method-assign] # noqa: B023
        arguments = ["--client-id", "ops", "--client-credentials", "--secret-file", str(secret)]
        result = invoke("login", "--url", address, *arguments)
        assert result.exit_code == 1
        assert "has no OAuth2 plug-in, or it is not active" in result.output


def test_nothing_is_asked_where_there_is_no_plugin(
    invoke: Invoke, matomo: OAuthMatomo, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging_in, "read_line", lambda: pytest.fail("a question"))
    matomo.get = lambda target: html_response("Matomo › Error", "The plugin OAuth2 was not found.", 404)  # type: ignore[method-assign]
    result = invoke("login", "--url", address)
    assert result.exit_code == 1
    assert "has no OAuth2 plug-in, or it is not active" in result.output
    assert "Client ID" not in result.output


def test_the_client_is_asked_for_where_the_plugin_is_there(
    invoke: Invoke, matomo: OAuthMatomo, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging_in, "read_line", lambda: "tui\n")
    result = invoke("login", "--no-browser", "--url", address)
    assert result.output.startswith("Client ID (in Matomo: Administration, Platform, OAuth2): ")
    assert "client_id=tui" in result.output


def test_a_new_profile_is_called_like_the_host(
    invoke: Invoke, config: Path, matomo: OAuthMatomo, address: str, browser: list[tuple[int, str]]
) -> None:
    (config / "config.toml").write_text('[profiles.other]\nurl = "https://other.example"\n')
    assert invoke("login", "--url", address, "--client-id", "tui").exit_code == 0
    assert '[profiles."127.0.0.1"]' in (config / "config.toml").read_text()
    assert "https://other.example" in (config / "config.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--client-id", "x"], "--url https://matomo.example"),
        (["--profile", "nope", "--client-id", "x"], "no profile 'nope'"),
        (["--url", "ftp://x"], "https:// or http://"),
        (["--url", "x.example", "--profile", "a/b", "--client-id", "x"], "letters, digits"),
        (["--token", "x"], "There is no --token"),
        (["--scope", "all"], "'read', 'write', 'admin', 'superuser'"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_a_sentence(invoke: Invoke, arguments: list[str], says: str) -> None:
    result = invoke("login", *arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("environ", "has"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/0"}, False),
        ({"WAYLAND_DISPLAY": "w", "SSH_CONNECTION": "1"}, False),
        ({}, False),
    ],
)
def test_a_browser_is_used_where_there_is_a_desktop(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], has: bool
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(webbrowser, "get", lambda: None)
    assert logging_in._has_browser(environ) is has


def test_the_start_of_the_program_imports_nothing_of_logins_that_nobody_has(environment: dict[str, str]) -> None:
    code = (
        "import sys; from matomo_tui.cli.startup import prepare; prepare({'url': 'https://a.example'})\n"
        "print(*({'matomo_tui.api.oauth', 'matomo_tui.config.login_renewal', 'tomlkit', 'httpx'}"
        " & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == ""
