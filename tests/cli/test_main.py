"""The command line: help, version, usage errors, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from matomo_tui import __version__
from matomo_tui.cli.error_lines import errors_as_lines
from matomo_tui.cli.main import main
from tests.cli.conftest import Invoke, Run

HEAVY = ("textual", "rich", "httpx", "msgspec", "tomlkit", "tomllib", "plotext", "keyring", "platformdirs", "asyncio")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["demo-server", "--help"]])
def test_help_and_version_import_nothing_heavy(environment: dict[str, str], arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['matomo-tui', *{arguments!r}]\n"
        "from matomo_tui.cli.main import main\n"
        "try:\n    main()\nfinally:\n"
        f"    sys.stderr.write(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == ""
    assert "matomo-tui" in done.stdout


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_help_and_version_import_few_modules(environment: dict[str, str], argument: str) -> None:
    """The benchmarks measure start-up time; this test limits its main cause."""
    code = (
        f"import sys; before = set(sys.modules); sys.argv = ['matomo-tui', {argument!r}]\n"
        "from matomo_tui.cli.main import main\n"
        "try:\n    main()\nfinally:\n    sys.stderr.write(str(len(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert int(done.stderr) < 120


def test_version(invoke: Invoke) -> None:
    result = invoke("--version")
    assert (result.exit_code, result.output) == (0, f"matomo-tui {__version__}\n")


@pytest.mark.parametrize(
    "option",
    [
        "--url ADDRESS",
        "--site ID|NAME",
        "--interval SECONDS",
        "--profile NAME",
        "--auth [post|bearer]",
        "--read-only",
        "--no-mouse",
        "--color [auto|none|16|256|truecolor]",
        "--ascii",
        "--demo",
        "--token-file FILE",
        "--ca-bundle FILE",
        "--version",
    ],
)
def test_every_option_is_in_the_help(invoke: Invoke, option: str) -> None:
    output = invoke("--help").output
    assert option in output
    assert "MATOMO_URL" in output
    assert "MATOMO_TOKEN" in output


def test_every_option_says_its_default(invoke: Invoke) -> None:
    words = " ".join(invoke("--help").output.split())
    defaults = ["default: the profile's]", "default: 5]", "default: post]", "default: off]", "default: Unicode]"]
    assert [default for default in defaults if default not in words] == []
    assert words.count("default:") >= 11


@pytest.mark.parametrize("arguments", [["--token", "s3cr3t-t0ken"], ["--token=s3cr3t-t0ken"], ["--token"]])
@pytest.mark.parametrize("command", [[], ["check"]])
def test_there_is_no_token_option_and_it_says_why(invoke: Invoke, command: list[str], arguments: list[str]) -> None:
    result = invoke(*command, *arguments)
    assert result.exit_code == 2
    assert "There is no --token" in result.output
    assert "--token-file" in result.output
    assert "s3cr3t" not in result.output
    assert "--token " not in invoke("--help").output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--interval", "1"], "2 to 3600 seconds, not 1"),
        (["--interval", "soon"], "must be a number"),
        (["--interval", "nan"], "must be a number"),
        (["--auth", "basic"], "'post', 'bearer'"),
        (["--color", "pink"], "'auto', 'none', '16', '256', 'truecolor'"),
        (["--url", "ftp://x.example"], "https:// or http://"),
        (["--url", ""], "The address is empty"),
        (["--ca-bundle", "/nowhere.pem"], "does not exist"),
        (["--sped", "3"], "No such option"),
        (["fly"], "No such command"),
        (["check", "--profile", "nope", "--url", "x.example"], "no profile 'nope'"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_a_sentence(invoke: Invoke, arguments: list[str], says: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [[], ["--demo"], ["--url", "https://x.example"]])
def test_without_a_terminal_it_says_so_and_ends_with_2(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "terminal" in done.stderr
    assert "matomo-tui --plain" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_broken_profile_file_is_exit_code_2_with_its_line(invoke: Invoke, config: Path) -> None:
    (config / "config.toml").write_text('[profiles.a]\nurl = "x.example"\ntoken = "s3cr3t"\n')
    result = invoke("check")
    assert result.exit_code == 2
    assert f"{config / 'config.toml'}, line 3" in result.output
    assert "s3cr3t" not in result.output


def test_the_demo_server_without_its_extra_says_what_to_install(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = invoke("demo-server", "--port", "0")
    assert result.exit_code == 2
    assert "matomo-tui[demo-server]" in result.output


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_the_demo_server_refuses_a_port_that_is_none(invoke: Invoke, port: str) -> None:
    assert invoke("demo-server", "--port", port).exit_code == 2


def test_a_bug_is_a_sentence_and_a_private_file_without_the_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    token = "5e0c7a91" * 4  # no part of a secret that another test may have left

    def broken(**_: object) -> None:
        raise LookupError(f"no answer for token_auth={token}")

    monkeypatch.setattr("matomo_tui.cli.main.cli", broken)
    monkeypatch.setattr("matomo_tui.config.crash_file.crash_folder", lambda: tmp_path)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "matomo-tui crashed: LookupError: no answer for token_auth=***" in said
    assert "Traceback" not in said
    (file,) = tmp_path.glob("crash-*.txt")
    assert "in broken" in file.read_text()
    assert token not in said + file.read_text()


def test_an_error_that_ends_a_thread_is_a_line_without_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    token = "5e0c7a91" * 4  # no part of a secret that another test may have left

    def broken() -> None:
        raise LookupError(f"no answer for token_auth={token}")

    with errors_as_lines("matomo-tui watch"):
        thread = threading.Thread(target=broken, name="worker")
        thread.start()
        thread.join()
    assert capsys.readouterr().err == (
        "matomo-tui watch: The thread worker ended (LookupError: no answer for token_auth=***\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="core dumps are POSIX")
def test_no_core_dump_has_the_memory_of_the_program() -> None:
    code = (
        "import resource as r; from matomo_tui.config.core_dumps import forbid_core_dumps as forbid\n"
        "hard = r.getrlimit(r.RLIMIT_CORE)[1]; r.setrlimit(r.RLIMIT_CORE, (hard, hard)); forbid()\n"
        "print(hard != 0, r.getrlimit(r.RLIMIT_CORE) == (0, hard))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    if done.stdout.startswith("False"):
        pytest.skip("core dumps are forbidden here anyway")
    assert done.stdout == "True True\n"
