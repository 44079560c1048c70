"""The dashboard as a process in a terminal: it starts, draws and exits, and its output never contains the token."""

from __future__ import annotations

import json
import os
import re
import select
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.cli import dashboard
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from tests.cli.conftest import Invoke
from tests.small_matomo import TOKENS, SmallMatomo, serving

if os.name != "posix":
    pytest.skip("pseudo-terminals are POSIX", allow_module_level=True)

from tests.pty_harness import ALT_SCREEN_OFF, ALT_SCREEN_ON, PtyProcess

CTRL_Q = b"\x11"
COLOUR = re.compile(rb"\x1b\[[0-9;]*(?:3[0-7]|38|4[0-7]|48|9[0-7]|10[0-7])[;m]")


@pytest.fixture
def env(config: Path) -> dict[str, str]:
    return {
        "MATOMO_TUI_CONFIG_DIR": str(config),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


@pytest.fixture
def matomo() -> SmallMatomo:
    return SmallMatomo()


@pytest.fixture
def address(matomo: SmallMatomo) -> Iterator[str]:
    with serving(matomo) as url:
        yield url


def started(env: dict[str, str], *arguments: str, **variables: str) -> PtyProcess:
    return PtyProcess([sys.executable, "-m", "matomo_tui", *arguments], env={**env, **variables})


def quit_cleanly(process: PtyProcess) -> None:
    process.settle()
    process.send(CTRL_Q)
    code, _ = process.wait_exit()
    assert code == 0
    assert process.output.count(ALT_SCREEN_ON) == process.output.count(ALT_SCREEN_OFF) == 1
    assert b"Traceback" not in process.output


def shown(process: PtyProcess) -> str:
    """The output without escape sequences."""
    return re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", process.output).decode("utf-8", "replace")


def test_the_demo_shows_follows_the_mouse_and_ends_with_0(env: dict[str, str]) -> None:
    with started(env, "--demo") as process:
        process.wait_for(b"DEMO")
        quit_cleanly(process)
        assert b"\x1b[?1003h" in process.output


def test_without_anything_the_connect_screen_opens(env: dict[str, str]) -> None:
    with started(env) as process:
        process.wait_for(b"Connect to a Matomo")
        process.settle(0.2)  # its cursor blinks: it is never quiet for longer
        process.send(b"\x1b")
        time.sleep(0.3)
        assert process.process.poll() is None
        quit_cleanly(process)


def test_an_address_and_a_token_in_the_environment_are_enough(
    env: dict[str, str], address: str, matomo: SmallMatomo
) -> None:
    with started(env, "--site", "Blog", MATOMO_URL=address, MATOMO_TOKEN=TOKENS["admin"]) as process:
        process.wait_for(lambda output: b"Blog" in output and bool(matomo.tokens_sent))
        process.settle()
        command_line = Path(f"/proc/{process.process.pid}/cmdline")
        if command_line.exists():
            assert TOKENS["admin"].encode() not in command_line.read_bytes()
        quit_cleanly(process)
        assert TOKENS["admin"].encode() not in process.output
    assert set(matomo.tokens_sent) == {TOKENS["admin"]}


def test_a_token_in_the_environment_is_used_for_the_address_that_is_typed(
    env: dict[str, str], address: str, matomo: SmallMatomo
) -> None:
    with started(env, MATOMO_TOKEN=TOKENS["view"]) as process:
        process.wait_for(b"Empty: MATOMO_TOKEN")
        process.send(f"{address}\r".encode())
        process.wait_for(b"Opens with")
        quit_cleanly(process)
    assert set(matomo.tokens_sent) == {TOKENS["view"]}


def test_a_wrong_token_stops_after_one_request(env: dict[str, str], address: str, matomo: SmallMatomo) -> None:
    with started(env, "--url", address, MATOMO_TOKEN="wrong-0123456789-pty") as process:
        process.wait_for(lambda output: b"token" in output)
        process.settle(1.0)
        quit_cleanly(process)
        assert b"wrong-0123456789" not in process.output
    assert len(matomo.tokens_sent) == 1


def test_a_token_file_that_others_can_read_ends_with_2_before_the_screen_opens(
    env: dict[str, str], address: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(TOKENS["view"])
    file.chmod(0o640)
    with started(env, "--url", address, "--token-file", str(file)) as process:
        code, _ = process.wait_exit()
        assert code == 2
        assert f"chmod 600 {file}" in " ".join(shown(process).split())
        assert ALT_SCREEN_ON not in process.output


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(["--interval", "60"], {}), ([], {"MATOMO_TUI_INTERVAL": "60"})],
    ids=["flag", "variable"],
)
def test_the_tabs_of_all_profiles_have_the_interval_of_the_run_and_the_language_of_the_locale(
    invoke: Invoke, config: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], variables: dict[str, str]
) -> None:
    (config / "config.toml").write_text(
        '[profiles.a]\nurl = "a.example"\n[profiles.b]\nurl = "b.example"\ninterval = 9\n'
        '[profiles.c]\nurl = "c.example"\nlanguage = "fr"\n'
    )
    tabs: list[Settings] = []

    def run_app(settings: Settings, *_: Any, more: Sequence[tuple[Settings, TokenSource]], **_others: Any) -> int:
        tabs.extend((settings, *(other for other, _ in more)))
        return 0

    monkeypatch.setattr(dashboard, "run_app", run_app)
    monkeypatch.setattr(dashboard, "ensure_terminal", lambda: None)
    monkeypatch.setattr(dashboard, "finish", lambda *_: None)
    names = [word for name in "abc" for word in ("--profile", name)]
    result = invoke(*names, *arguments, LANG="de_DE.UTF-8", LC_ALL="", LC_MESSAGES="", **variables)
    assert result.exit_code == 0, result.output
    assert [(one.profile, one.interval, one.language) for one in tabs] == [
        ("a", 60, "de"),
        ("b", 60, "de"),
        ("c", 60, "fr"),
    ]


@pytest.mark.parametrize("kind", ["dumb", ""])
def test_a_dumb_terminal_ends_with_2_and_a_sentence(env: dict[str, str], kind: str) -> None:
    with started(env, "--demo", TERM=kind) as process:
        code, _ = process.wait_exit()
        assert code == 2
        assert b"TERM" in process.output
        assert b"\x1b" not in process.output


@pytest.mark.parametrize(("arguments", "variables"), [(["--color", "none"], {}), ([], {"NO_COLOR": "1"})])
def test_no_colour_is_no_colour(env: dict[str, str], arguments: list[str], variables: dict[str, str]) -> None:
    with started(env, "--demo", *arguments, **variables) as process:
        process.wait_for(b"DEMO")
        process.settle()
        assert COLOUR.search(process.output) is None
        quit_cleanly(process)


@pytest.mark.parametrize(
    ("color", "expected", "forbidden"),
    [("truecolor", rb"\x1b\[[0-9;]*38;2;", None), ("16", rb"\x1b\[", rb"38;[25];")],
)
def test_as_many_colours_as_asked_for(
    env: dict[str, str], color: str, expected: bytes, forbidden: bytes | None
) -> None:
    with started(env, "--demo", "--color", color, NO_COLOR="1") as process:
        process.wait_for(b"DEMO")
        process.settle()
        quit_cleanly(process)
        assert re.search(expected, process.output)
        assert forbidden is None or re.search(forbidden, process.output) is None


def test_ascii_draws_no_symbols_and_no_mouse_leaves_the_mouse_to_the_terminal(env: dict[str, str]) -> None:
    """No braille and no blocks either, whatever the colours."""
    with started(env, "--demo", "--ascii", "--no-mouse", "--color", "256", NO_COLOR="1") as process:
        process.wait_for(b"DEMO")
        process.settle()
        quit_cleanly(process)
        assert b"\x1b[?1003h" not in process.output
        symbols = {char for char in shown(process) if 0x2580 <= ord(char) <= 0x28FF or ord(char) >= 0x1F000}
        assert symbols == set()
        assert b"38;5;" in process.output
        assert b"38;2;" not in process.output


@pytest.mark.parametrize(
    "settings",
    ["token_command = {}", 'basic_auth_user = "u"\nbasic_auth_password_command = {}'],
    ids=["the token", "the password in front"],
)
def test_quitting_while_a_command_is_asked_for_a_secret_is_not_held_up_and_ends_the_command(
    env: dict[str, str], config: Path, settings: str
) -> None:
    held = config / "held"
    os.mkfifo(held)
    reader = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    command = json.dumps(["sh", "-c", f"exec 1> {held}; echo running; exec sleep 50"])
    table = f'[profiles.slow]\nurl = "http://127.0.0.1:9"\n{settings.format(command)}\n'
    (config / "config.toml").write_text(table)
    token = {} if "token_command" in table else {"MATOMO_TOKEN": "0123456789abcdef" * 2}
    with started(env, **token) as process:
        process.wait_for(b"connecting")
        assert select.select([reader], [], [], 60.0)[0]
        assert os.read(reader, 100) == b"running\n"
        process.send(CTRL_Q)
        code, took = process.wait_exit()
        assert code == 0
        assert took < 20  # the command sleeps for 50
    assert select.select([reader], [], [], 10.0)[0], "the command holds its output open as long as it runs"
    assert os.read(reader, 100) == b""
    os.close(reader)
