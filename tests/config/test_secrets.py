"""Token sources, their order, and refused tokens."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.pretty import pretty_repr

from matomo_tui.api.secret import Secret
from matomo_tui.config.alert_settings import AlertSetting
from matomo_tui.config.secrets import SecretError, TokenSource, read_secret_file
from matomo_tui.config.settings import Settings
from tests.config.keyrings import NO_KEYRING, MemoryKeyring

posix_only = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
SHOP = Settings(profile="shop", url="https://shop.example")


def private(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o600)
    return file


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def every_place(folder: Path) -> tuple[Settings, MemoryKeyring, str]:
    keyring = MemoryKeyring()
    keyring.store("shop", Secret("from-keyring"))
    private(folder / "tokens" / "shop", "from-stored-file\n")
    flag_file = private(folder / "flag", "from-flag-file\n")
    return replace(SHOP, token_command=python("print('from-command')")), keyring, str(flag_file)


def test_the_places_are_asked_in_order(tmp_path: Path) -> None:
    settings, keyring, flag_file = every_place(tmp_path)
    environment: Secret | None = Secret("from-environment")
    seen = []
    for take_away in ("flag", "environment", "command", "file", "keyring"):
        source = TokenSource(settings, environment=environment, token_file=flag_file, folder=tmp_path, keyring=keyring)
        seen.append(source().reveal())
        assert source.source is not None
        seen.append(source.source.kind)
        if take_away == "flag":
            flag_file = ""
        elif take_away == "environment":
            environment = None
        elif take_away == "command":
            settings = SHOP
        elif take_away == "file":
            (tmp_path / "tokens" / "shop").unlink()
    assert seen == [
        "from-flag-file",
        "file",
        "from-environment",
        "environment",
        "from-command",
        "command",
        "from-stored-file",
        "stored",
        "from-keyring",
        "keyring",
    ]


def test_a_missing_configuration_is_reported_with_a_remedy(tmp_path: Path) -> None:
    source = TokenSource(SHOP, folder=tmp_path, keyring=NO_KEYRING)
    assert not source.may_find()
    assert source.find() is None
    with pytest.raises(SecretError, match=r"no token for profile 'shop'.*--token-file, MATOMO_TOKEN"):
        source()


def test_without_a_profile_neither_keyring_nor_stored_file_is_asked(tmp_path: Path) -> None:
    _, keyring, _ = every_place(tmp_path)
    source = TokenSource(Settings(url="https://other.example"), folder=tmp_path, keyring=keyring)
    assert source.find() is None


@posix_only
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int) -> None:
    file = private(tmp_path / "my token", "8d1f3c5e7a9b\n")
    file.chmod(mode)
    with pytest.raises(SecretError) as caught:
        read_secret_file(file)
    assert f"chmod 600 '{file}'" in str(caught.value)
    assert f"{mode:04o}" in str(caught.value)
    assert "8d1f3c5e7a9b" not in str(caught.value)
    file.chmod(0o400)
    assert read_secret_file(file).reveal() == "8d1f3c5e7a9b"


@posix_only
@pytest.mark.parametrize("place", ["flag", "profile", "stored"])
def test_it_is_refused_wherever_the_file_is_named(tmp_path: Path, place: str) -> None:
    file = private(tmp_path / "tokens" / "shop", "abc\n")
    file.chmod(0o644)
    settings = replace(SHOP, token_file=str(file)) if place == "profile" else SHOP
    source = TokenSource(
        settings,
        token_file=str(file) if place == "flag" else "",
        folder=tmp_path if place == "stored" else tmp_path / "empty",
        keyring=NO_KEYRING,
    )
    with pytest.raises(SecretError, match="chmod 600"):
        source.at_hand()
    with pytest.raises(SecretError, match="chmod 600"):
        source()


def test_the_first_line_of_a_file_counts(tmp_path: Path) -> None:
    assert read_secret_file(private(tmp_path / "t", "  abc123 \r\nsecond line\n")).reveal() == "abc123"


@pytest.mark.parametrize("content", ["", "\nabc", "a b", "töken", "a\x1b[2Jb", "a\0b"])
def test_invalid_tokens_are_refused_without_being_repeated(tmp_path: Path, content: str) -> None:
    with pytest.raises(SecretError) as caught:
        read_secret_file(private(tmp_path / "t", content))
    assert str(caught.value).isprintable()
    assert not content.strip() or content.strip() not in str(caught.value)


def test_a_missing_file_or_a_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="There is no token file"):
        read_secret_file(tmp_path / "nope")
    with pytest.raises(SecretError, match="cannot be read"):
        read_secret_file(tmp_path)


@posix_only
def test_a_pipe_is_a_fine_token_file() -> None:
    reader, writer = os.pipe()
    try:
        os.write(writer, b"piped-token\n")
        os.close(writer)
        assert read_secret_file(Path(f"/dev/fd/{reader}")).reveal() == "piped-token"
    finally:
        os.close(reader)


@posix_only
def test_a_token_from_a_pipe_is_kept_for_the_next_use(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    writer = threading.Thread(target=lambda: pipe.write_text("piped-token\n"), daemon=True)
    writer.start()
    source = TokenSource(SHOP, token_file=str(pipe), folder=tmp_path, keyring=NO_KEYRING)
    assert source.at_hand() is not None
    writer.join()
    assert source().reveal() == "piped-token"
    assert source().reveal() == "piped-token"


def test_a_replaced_token_file_is_read_again(tmp_path: Path) -> None:
    file = private(tmp_path / "secrets" / "t", "first\n")
    source = TokenSource(replace(SHOP, token_file="secrets/t"), folder=tmp_path, keyring=NO_KEYRING)
    assert source().reveal() == "first"
    private(file, "second\n")
    assert source().reveal() == "second"


def command_source(
    folder: Path, *words: str, timeout: float = 20.0, monotonic: Callable[[], float] = time.monotonic
) -> TokenSource:
    settings = replace(SHOP, token_command=words)
    return TokenSource(settings, folder=folder, keyring=NO_KEYRING, command_timeout=timeout, monotonic=monotonic)


def test_no_shell_sees_the_command(tmp_path: Path) -> None:
    spoil = tmp_path / "spoiled"
    code = "import sys; print('-'.join(str(len(a)) for a in sys.argv[1:]))"
    source = command_source(
        tmp_path, *python(code), f"; touch {spoil}", f"$(touch {spoil})", f"`touch {spoil}`", "|", "*"
    )
    lengths = [len(f"; touch {spoil}"), len(f"$(touch {spoil})"), len(f"`touch {spoil}`"), 1, 1]
    assert source().reveal() == "-".join(map(str, lengths))
    assert not spoil.exists()


def test_a_command_that_fails_is_quoted_cleaned(tmp_path: Path) -> None:
    code = "import sys; print('the-token'); sys.stderr.write('\\x1b[31mlocked\\x07 vault\\n'); sys.exit(3)"
    with pytest.raises(SecretError) as caught:
        command_source(tmp_path, *python(code))()
    sentence = str(caught.value)
    assert "exit code 3" in sentence
    assert "locked vault" in sentence
    assert sentence.isprintable()
    assert "the-token" not in sentence


def test_a_missing_command_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"token_command of profile 'shop' could not be started: 'no-such-cmd-x'"):
        command_source(tmp_path, "no-such-cmd-x", "show")()


def test_a_command_without_output_gives_no_token(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="first line is empty"):
        command_source(tmp_path, *python("pass"))()


@posix_only
def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    began = time.monotonic()
    with pytest.raises(SecretError, match=r"no answer in 1\.5 seconds"):
        command_source(tmp_path, "sh", "-c", f"sleep 60 & echo $! > '{pid_file}'; wait", timeout=1.5)()
    assert time.monotonic() - began < 30
    assert not alive(int(pid_file.read_text()))


def alive(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        if Path(f"/proc/{pid}/stat").exists() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return False
        time.sleep(0.05)
    return True


def test_a_command_does_not_see_the_token_of_the_environment_and_has_no_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATOMO_TOKEN", "secret-of-mine")
    code = "import os, sys; print('MATOMO_TOKEN' in os.environ, len(sys.stdin.read()), sep='-')"
    assert command_source(tmp_path, *python(code))().reveal() == "False-0"


def test_the_command_is_run_again_for_a_rejected_token(tmp_path: Path) -> None:
    counter = tmp_path / "runs"
    code = (
        f"import pathlib; f = pathlib.Path({str(counter)!r}); n = len(f.read_text()) if f.exists() else 0; "
        "f.write_text('x' * (n + 1)); print(f'token-{min(n, 1)}')"
    )
    source = command_source(tmp_path, *python(code))
    first = source()
    second = source.renew(first)
    assert second == Secret("token-1")
    assert source.renew(first) == second, "it could not be used yet: the command is not run for it again"
    assert len(counter.read_text()) == 2
    assert source.renew(second) is None
    assert len(counter.read_text()) == 3


@pytest.mark.parametrize(("last", "found"), [("third", Secret("third")), ("first", None)])
def test_a_token_that_expired_before_it_could_be_used_is_replaced_in_turn(
    tmp_path: Path, last: str, found: Secret | None
) -> None:
    counter, seconds = tmp_path / "runs", iter([0.0, 60.0, 3600.0])
    code = (
        f"import pathlib; f = pathlib.Path({str(counter)!r}); n = len(f.read_text()) if f.exists() else 0; "
        f"f.write_text('x' * (n + 1)); print(['first', 'second', {last!r}][n])"
    )
    source = command_source(tmp_path, *python(code), monotonic=lambda: next(seconds))
    first = source()
    assert [source.renew(first), source.renew(first), source.renew(first)] == [
        Secret("second"),
        Secret("second"),
        found,
    ]
    assert len(counter.read_text()) == 3


def test_other_places_have_no_other_token(tmp_path: Path) -> None:
    source = TokenSource(SHOP, environment=Secret("abc"), folder=tmp_path, keyring=NO_KEYRING)
    assert source.renew(source()) is None


async def test_a_command_leaves_the_event_loop_free_and_ends_when_cancelled(tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(60)"
    task = asyncio.create_task(command_source(tmp_path, *python(code), timeout=60).fetch())
    while not started.exists():  # noqa: ASYNC110 (another process's doing)
        await asyncio.sleep(0.02)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 30


async def test_fetching_raises_the_same_errors_as_calling(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="There is no token"):
        await TokenSource(SHOP, folder=tmp_path, keyring=NO_KEYRING).fetch()
    assert (await TokenSource(SHOP, environment=Secret("abc"), folder=tmp_path).fetch()).reveal() == "abc"


def test_at_hand_runs_no_command(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    source = command_source(tmp_path, *python(f"open({str(marker)!r}, 'w').close(); print('x')"))
    assert source.at_hand() is None
    assert not marker.exists()
    assert source.may_find()


def test_settings_and_sources_never_show_a_secret(tmp_path: Path) -> None:
    source = TokenSource(
        replace(SHOP, headers=(("X-Key", "hidden-value"),)), environment=Secret("hidden-token"), folder=tmp_path
    )
    settings = replace(SHOP, headers=(("a", "hidden"),), alerts=(AlertSetting({"webhook": "hidden"}),))
    for value in (source.find(), source, source.source, settings):
        assert "hidden" not in repr(value)
        assert "hidden" not in pretty_repr(value)  # asks objects for their fields
    assert "shop.example" in repr(settings)
    assert "shop.example" in pretty_repr(settings)
