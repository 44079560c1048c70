"""The README agrees with the program: keys, settings, flags, dependencies; and each of its commands runs.

Commands that need the network (installing and uninstalling) are not run: what they name is compared with the project
instead. Commands that open the dashboard are run without a terminal, where they must get as far as asking for one.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from matomo_tui.cli.main import cli
from matomo_tui.config import paths
from matomo_tui.config.validation import CHECKS
from matomo_tui.ui.drawing.palette import COLORS
from tests import readme

TEXT = readme.README.read_text(encoding="utf-8")
CONFIGURATION = readme.CONFIGURATION.read_text(encoding="utf-8")
PROJECT = tomllib.loads((readme.README.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_tables_are_those_of_the_program() -> None:
    assert readme.key_table() in TEXT
    assert readme.setting_table() in CONFIGURATION
    assert readme.written_configuration() == CONFIGURATION, "python -m tests.readme writes it"
    assert readme.written() == TEXT, "python -m tests.readme writes it"


def test_every_setting_of_a_profile_is_in_the_reference() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", CONFIGURATION, re.MULTILINE))
    assert set(CHECKS) <= rows


def test_every_flag_of_the_dashboard_is_named() -> None:
    flags = {
        name
        for parameter in cli.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for name in parameter.opts
        if name.startswith("--") and name not in ("--help", "--version")
    }
    assert flags
    both = TEXT + CONFIGURATION
    assert {flag for flag in flags if f"`{flag}" not in both and f" {flag}" not in both} == set()


def test_every_dependency_is_named_with_its_reason() -> None:
    requirements = [*PROJECT["dependencies"]]
    for extra, members in PROJECT["optional-dependencies"].items():
        requirements += members if extra != "dev" else []
    rows = set(re.findall(r"^\| ([\w-]+)(?: \(extra[^|]*\))? \| \S", TEXT, re.MULTILINE))
    assert {re.split(r"[<>=\[]", requirement)[0] for requirement in requirements} <= rows


def test_the_keys_of_the_questions_exist() -> None:
    table = TEXT.partition("## What it answers")[2].partition("\n## ")[0]
    keys = {key for row in table.splitlines() for key in re.findall(r"`([^` ]+)`", row.rpartition(" | ")[2])}
    assert len(keys) > 8
    assert keys <= readme.known_keys()


def test_the_chapters_that_a_newcomer_needs_come_in_their_order() -> None:
    chapters = re.findall(r"^## (.*)", TEXT, re.MULTILINE)
    assert chapters[:6] == [
        "What it answers",
        "Install",
        "Connect in 15 seconds",
        "Keys",
        "Configuration",
        "SSH and tmux",
    ]
    assert len(TEXT.splitlines()) < 320


def test_every_configuration_in_it_is_accepted(tmp_path: Path) -> None:
    theme, *configurations = re.findall(r"^```toml\n(.*?)^```$", CONFIGURATION + TEXT, re.DOTALL | re.MULTILINE)
    assert len(configurations) == 4
    for config in configurations:
        (tmp_path / "config.toml").write_text(config)
        done = CliRunner().invoke(cli, ["keys"], env={"MATOMO_TUI_CONFIG_DIR": str(tmp_path)})
        assert done.exit_code == 0, done.output
    assert set(tomllib.loads(theme)) <= set(COLORS)


NETWORK = ("uv tool install .", "pipx install .", "uv tool uninstall matomo-tui", "pipx uninstall matomo-tui")
"""Commands that download, or undo it."""
OPENS = ("matomo-tui", "matomo-tui --demo", "matomo-tui --site 3")
"""Commands that open the dashboard."""
PRINTS = (
    "matomo-tui check --demo",
    "matomo-tui keys",
    "matomo-tui audit --since 7d",
    "matomo-tui config show",
    "matomo-tui config check",
    "matomo-tui profiles list",
    "matomo-tui report pages --date yesterday --compare week --demo",
    "matomo-tui get Actions.getPageUrls idSite=1 period=day date=yesterday flat=1 --all --format ndjson --demo",
    "matomo-tui sites --format csv --demo",
)
LOGS_IN = "matomo-tui login --url https://matomo.example --client-id ID --read-only"
"""The command that opens a browser: only its options are looked at."""
SHELL = ("git clone", "rm -r", "eval")
"""Commands that a test below runs in a shell."""
ENVIRONMENTS = ("python3 -m venv .venv", ".venv/bin/pip install", ".venv/bin/pytest")
"""Commands on an environment: ``.ci/run`` runs them."""


def steps() -> list[tuple[str, dict[str, str]]]:
    """The commands, one by one, without the variables before them, which are beside them."""
    found = []
    for line in readme.commands():
        for step in line.split(" && "):
            words = shlex.split(step) if not step.startswith("eval") else [step]
            variables = [word for word in words if re.match(r"[A-Z_]+=", word)]
            named = step if step.startswith("eval") else " ".join(words[len(variables) :])
            found.append(
                (
                    named.removeprefix(".venv/bin/") if "matomo-tui" in named else named,
                    dict(word.split("=", 1) for word in variables),
                )
            )
    return found


def test_every_command_is_run_or_compared_by_a_test() -> None:
    known = (*NETWORK, *OPENS, *PRINTS, LOGS_IN)
    others = [step for step, _ in steps() if step not in known and not step.startswith((*SHELL, *ENVIRONMENTS, "cd "))]
    assert others == []
    assert {*known} <= {step for step, _ in steps()}


def test_what_is_installed_is_this_project_and_its_command() -> None:
    module, _, function = PROJECT["scripts"]["matomo-tui"].partition(":")
    assert PROJECT["name"] == "matomo-tui"
    assert callable(getattr(import_module(module), function))
    assert sys.version_info >= (3, 11)
    assert PROJECT["requires-python"] == ">=3.11"


@pytest.mark.parametrize("command", PRINTS)
def test_a_command_that_prints(command: str, tmp_path: Path) -> None:
    env = {"MATOMO_TUI_CONFIG_DIR": str(tmp_path), "MATOMO_TUI_STATE_DIR": str(tmp_path)}
    done = CliRunner().invoke(cli, shlex.split(command)[1:], env=env, prog_name="matomo-tui")
    assert done.exit_code == 0, done.output
    assert done.output


def test_the_options_of_the_login_exist() -> None:
    output = CliRunner().invoke(cli, ["login", "--help"], prog_name="matomo-tui").output
    assert all(option in output for option in LOGS_IN.split() if option.startswith("--"))


@pytest.mark.parametrize("command", OPENS)
def test_a_command_that_opens_the_dashboard_gets_as_far_as_the_terminal(command: str, tmp_path: Path) -> None:
    variables = next(variables for step, variables in steps() if step == command)
    env = {"MATOMO_TUI_CONFIG_DIR": str(tmp_path), **variables}
    done = CliRunner().invoke(cli, shlex.split(command)[1:], env=env, prog_name="matomo-tui")
    assert done.exit_code == 2
    assert "terminal" in done.output


def test_cloning(tmp_path: Path) -> None:
    (command,) = [step for step, _ in steps() if step.startswith("git clone")]
    root = readme.README.parent
    if not (root / ".git").exists():
        pytest.skip("this is not a clone")
    words = [str(root) if word == "ADDRESS-OF-THIS-REPOSITORY" else word for word in shlex.split(command)]
    subprocess.run([*words[:2], "--quiet", "--no-checkout", *words[2:]], cwd=tmp_path, check=True)
    assert (tmp_path / "matomo-tui" / ".git").is_dir()


def test_completion() -> None:
    (command,) = [step for step, _ in steps() if step.startswith("eval")]
    here = f'matomo-tui() {{ {shlex.quote(sys.executable)} -m matomo_tui "$@"; }}; '
    env = {**os.environ, "PYTHONPATH": str(readme.README.parent)}
    shell = ["bash", "--norc", "-c", f"{here}{command}; complete -p matomo-tui"]
    done = subprocess.run(shell, env=env, capture_output=True, text=True, check=False)
    assert "complete" in done.stdout, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the folders are those of Linux")
def test_removal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = [step for step, _ in steps() if step.startswith("rm -r")]
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    folders = [paths.config_dir({}), paths.state_dir({})]
    for folder in folders:
        folder.mkdir(parents=True)
    subprocess.run(["sh", "-c", command], check=True)
    assert not any(folder.exists() for folder in folders)


def test_there_is_one_test_command() -> None:
    blocks = re.findall(r"<!-- test-command -->\n```sh\n(.*)\n```\n<!-- /test-command -->", TEXT)
    assert len(blocks) == 1
    assert "pytest" in blocks[0]
