"""The manual page and the completion scripts: up to date, well-formed, in the wheel, and working in their shells."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from matomo_tui.cli.completion import SCRIPTS
from matomo_tui.cli.main import cli
from matomo_tui.config.settings import ENVIRONMENT
from matomo_tui.config.validation import CHECKS
from tests import share
from tests.pty_harness import PtyProcess

ROOT = share.SHARE.parent.parent
MAN = (share.SHARE / "man" / "man1" / "matomo-tui.1").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", share.files(), ids=str)
def test_the_files_are_up_to_date(path: Path) -> None:
    assert (share.SHARE / path).read_text(encoding="utf-8") == share.files()[path], "python -m tests.share writes it"


def test_there_are_no_others() -> None:
    there = {file.relative_to(share.SHARE) for file in share.SHARE.rglob("*") if file.is_file()}
    assert there == set(share.files())


def test_the_wheel_and_the_source_package_have_them() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert build["wheel"]["shared-data"] == {"matomo_tui/share": "share"}
    assert "/matomo_tui" in build["sdist"]["include"]


def commands(group: click.Group, name: str = "matomo-tui") -> dict[str, click.Command]:
    ctx = click.Context(group)
    found: dict[str, click.Command] = {}
    for sub in group.list_commands(ctx):
        command = group.get_command(ctx, sub)
        assert command is not None
        found[f"{name} {sub}"] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{name} {sub}")
    return found


def test_the_manual_has_every_command_option_setting_and_variable() -> None:
    words = MAN.replace("\\-", "-")
    for path, command in commands(cli).items():
        assert f".SS {path}\n" in words
        assert all(
            name in words for option in command.params if isinstance(option, click.Option) for name in option.opts
        )
    assert all(f"\\fB{key}\\fR\n" in words for key in (*CHECKS, *ENVIRONMENT.values(), "MATOMO_TOKEN"))


def test_every_line_of_the_manual_is_text_or_a_known_request() -> None:
    requests = {line.split()[0] for line in MAN.splitlines() if line.startswith((".", "'"))}
    assert requests <= {".TH", ".SH", ".SS", ".PP", ".TP", ".nf", ".fi"}
    assert MAN.isascii()
    assert not re.search(r"`|\\(?![-e&]|f[BR]|\(aq|\(ha|\(ti|\[u[0-9A-F]{4,5}\])", MAN)


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_manual_is_formatted_without_a_warning() -> None:
    file = share.SHARE / "man" / "man1" / "matomo-tui.1"
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", str(file)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "watch a Matomo site live in the terminal" in done.stdout


def test_the_command_prints_the_manual() -> None:
    assert CliRunner().invoke(cli, ["manual"], prog_name="matomo-tui").output == MAN


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_command_prints_the_script(shell: str) -> None:
    assert CliRunner().invoke(cli, ["completion", shell]).output == SCRIPTS[shell]
    assert CliRunner().invoke(cli, ["completion"], env={"SHELL": f"/usr/bin/{shell}"}).output == SCRIPTS[shell]
    assert f"matomo-tui completion {shell} >" in SCRIPTS[shell]


def test_an_unknown_shell_is_a_sentence() -> None:
    result = CliRunner().invoke(cli, ["completion"], env={"SHELL": "/bin/tcsh"})
    assert result.exit_code == 2
    assert "bash, zsh, fish" in result.output


def completed(words: str, folder: Path) -> list[str]:
    """What the program answers to the completion of the last word, in bash's format."""
    parts = words.split(" ")
    env = {
        "MATOMO_TUI_CONFIG_DIR": str(folder),
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(parts) - 1),
        "_MATOMO_TUI_COMPLETE": "bash_complete",
    }
    output = CliRunner().invoke(cli, [], env=env, prog_name="matomo-tui").output
    return [line.partition(",")[2] for line in output.split()]


def test_commands_options_and_profiles_are_completed(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[profiles.work]\nurl = "a.example"\n[profiles.home]\nurl = "b.example"\n')
    assert completed("matomo-tui pro", tmp_path) == ["profiles"]
    assert completed("matomo-tui profiles re", tmp_path) == ["remove", "rename"]
    assert completed("matomo-tui profiles remove ", tmp_path) == ["work", "home"]
    assert completed("matomo-tui check --profile w", tmp_path) == ["work"]
    assert completed("matomo-tui --color tr", tmp_path) == ["truecolor"]
    assert "--read-only" in completed("matomo-tui --r", tmp_path)
    (tmp_path / "config.toml").write_text("[broken")
    assert completed("matomo-tui --profile ", tmp_path) == []


def program(folder: Path) -> dict[str, str]:
    """An environment with the program on the PATH, and one profile."""
    (folder / "bin").mkdir()
    script = folder / "bin" / "matomo-tui"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m matomo_tui "$@"\n')
    script.chmod(0o700)
    (folder / "config.toml").write_text('[profiles.work]\nurl = "a.example"\n')
    return {
        **os.environ,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "MATOMO_TUI_CONFIG_DIR": str(folder),
    }


IN_SHELLS = {
    "bash": [
        "bash",
        "--norc",
        "-c",
        'eval "$(matomo-tui completion bash)"; COMP_WORDS=(matomo-tui check --profile w); COMP_CWORD=3; '
        '_matomo_tui_completion matomo-tui; echo "${COMPREPLY[@]}"',
    ],
    "fish": [
        "fish",
        "--no-config",
        "-c",
        'matomo-tui completion fish | source; complete --do-complete "matomo-tui check --profile w"',
    ],
    "zsh": [
        "zsh",
        "-f",
        "-c",
        'compdef() { :; }; compadd() { print -r -- $plain; }; eval "$(matomo-tui completion zsh)"; '
        "words=(matomo-tui check --profile w); CURRENT=4; _matomo_tui_completion",
    ],
}


@pytest.mark.terminal
@pytest.mark.parametrize("shell", IN_SHELLS)
def test_the_script_works_in_its_shell(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    done = subprocess.run(IN_SHELLS[shell], env=program(tmp_path), capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["work"], done.stderr


INTERACTIVE = {
    "bash": ["bash", "--norc", "-i"],
    "fish": ["fish", "--no-config"],
    "zsh": ["zsh", "-f"],
}


@pytest.mark.terminal
@pytest.mark.parametrize("shell", INTERACTIVE)
def test_a_value_is_completed_behind_its_option_and_the_sign(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    environment = program(tmp_path) | {"HISTFILE": "", "fish_history": ""}
    (tmp_path / "bin" / "matomo-tui").write_text(
        f'#!/bin/sh\n[ "$_MATOMO_TUI_COMPLETE" ] && exec {sys.executable} -m matomo_tui\necho "RAN[$*]"\n'
    )
    script = tmp_path / "script"
    script.write_text(SCRIPTS[shell])
    (tmp_path / "token").touch()
    with PtyProcess(INTERACTIVE[shell], width=200, env=environment, cwd=str(tmp_path)) as terminal:
        if shell == "zsh":
            terminal.send(b"autoload -Uz compinit; compinit -D -u\n")
        terminal.send(f". {script}; echo REA''DY\n".encode())
        terminal.wait_for(b"READY")
        for typed, whole in (
            ("--profile=w", "--profile=work"),
            ("check --profile=", "check --profile=work"),
            ("--color=tr", "--color=truecolor"),
            ("--token-file=tok", "--token-file=token"),
            ("--url=https://a.example chec", "--url=https://a.example check"),
        ):
            terminal.send(f"matomo-tui {typed}\t\n".encode())
            terminal.wait_for(f"RAN[{whole}]".encode())
