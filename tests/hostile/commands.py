"""Every command against a hostile Matomo: the roads of text to standard output and standard error."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
from click.testing import CliRunner, Result, _NamedTextIOWrapper

from matomo_tui import session
from matomo_tui.cli.main import cli
from matomo_tui.cli.output import Output
from matomo_tui.demo.app import DemoMatomo
from tests.hostile import corpus, outputs
from tests.hostile.hostile_matomo import HostileMatomo, Poison
from tests.serving import served

RULES = """
[[profiles.hostile.alerts]]
name = "Rush"
metric = "visits_30"
above = 0
site = "all"
command = ["true", "{site}", "{message}"]

[[profiles.hostile.alerts]]
name = "Searched"
feed = "search"
above = 0
notify = ["bell", "terminal"]
"""


@dataclass(frozen=True)
class Road:
    """A command line and how its output is checked. With ``formats`` it runs in each format that the command has."""

    words: tuple[str, ...]
    check: outputs.Check = outputs.text
    formats: bool = False
    ends: bool = True
    """False if it runs until it is interrupted: then its reader goes away after the first output."""
    codes: tuple[int, ...] = (0,)


def _road(words: str, check: outputs.Check = outputs.text, **options: Any) -> Road:
    return Road(tuple(words.split()), check, **options)


ROADS: dict[str, tuple[Road, ...]] = {
    "report": (
        _road("report Actions.getPageUrls --period day --date yesterday --limit 40", formats=True),
        _road("report Actions.getPageUrls --flat --all --compare previous --date yesterday", formats=True),
        _road("report VisitsSummary.get --date yesterday", formats=True),
        _road("report --list", outputs.table),
        _road("report no-such-report", codes=(1, 2)),
    ),
    "get": (
        _road("get Actions.getPageTitles idSite=1 period=day date=yesterday", formats=True),
        _road("get SitesManager.getSiteFromId idSite=1", formats=True),
        _road("get Live.getLastVisitsDetails idSite=1 period=day date=today filter_limit=20", formats=True),
        _road("get Referrers.getWebsites idSite=1 period=day date=last3 --all", formats=True),
        _road("get No.such", codes=(1, 2)),
    ),
    "watch": (
        _road("watch visits --since 10m --interval 2", outputs.json_lines, ends=False),
        _road("watch pages --since 10m --interval 2", outputs.json_lines, ends=False),
        _road("watch counters --interval 2", outputs.json_lines, ends=False),
    ),
    "sites": (_road("sites", formats=True), _road("sites a", formats=True)),
    "goals": (_road("goals", formats=True),),
    "segments": (_road("segments", formats=True),),
    "alerts history": (_road("alerts history"), _road("alerts history --json", outputs.json_lines)),
    "alerts list": (_road("alerts list"), _road("alerts list --json", outputs.json_lines)),
    "alerts test": (_road("alerts test Rush --deliver"), _road("alerts test Searched")),
    "metrics": (_road("metrics --once --site 1", outputs.metrics),),
    "audit": (_road("audit"), _road("audit --json", outputs.json_lines)),
    "check": (_road("check"), _road("check --json", outputs.json_document)),
    "config show": (_road("config show"), _road("config show --json", outputs.json_document)),
    "profiles list": (_road("profiles list"), _road("profiles list --json", outputs.json_lines)),
}
"""The roads of each command."""

PATIENCE = 20.0
"""Seconds after which a command that goes on is interrupted."""

PLAIN = _road("--plain --interval 2", ends=False)
"""The live screen as lines, an option of the program itself."""

WITHOUT = {
    "alerts watch": "prints the sentences of alerts test as they come",
    "config check": "reads files of this computer only",
    "config edit": "reads files of this computer only",
    "config path": "reads files of this computer only",
    "keys": "prints texts of the program",
    "completion": "prints texts of the program",
    "manual": "prints texts of the program",
    "examples": "prints texts of the program",
    "login": "its texts are those of a server of OAuth: tests/api/test_oauth.py",
    "logout": "its texts are those of a server of OAuth: tests/api/test_oauth.py",
    "profiles default": "reads files of this computer only",
    "profiles remove": "reads files of this computer only",
    "profiles rename": "reads files of this computer only",
    "replay": "shows a recording on the screen of test_screens, by way of test_recordings",
    "mcp": "its tools: test_tools",
    "serve": "sends the bytes of the screen: test_screens",
    "demo-server": "is a Matomo, and shows none",
}
"""Commands without a road here, and why."""


def commands() -> Iterator[tuple[str, click.Command]]:
    """All commands of the program that do something."""

    def below(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
        if not isinstance(command, click.Group):
            yield " ".join(path), command
            return
        context = click.Context(command)
        for name in command.list_commands(context):
            if (found := command.get_command(context, name)) is not None:
                yield from below(found, (*path, name))

    yield from below(cli, ())


def formats_of(command: click.Command) -> tuple[str, ...]:
    """The formats that a command offers."""
    for option in command.params:
        if option.name in ("format", "kind", "output_format") and isinstance(option.type, click.Choice):
            return tuple(map(str, option.type.choices))
    return ()


def variants(road: Road, command: click.Command | None) -> Iterator[Road]:
    """The road in each format that the command offers."""
    if not road.formats or command is None:
        yield road
        return
    for name in formats_of(command):
        yield replace(road, words=(*road.words, "--format", name), check=outputs.FORMATS[name], formats=False)


class HostileHome:
    """A user's computer with a profile for a hostile Matomo, and files with hostile texts of earlier."""

    def __init__(self, folder: Path, url: str, token: str) -> None:
        self._environment: Mapping[str, str | None] = {
            "HOME": str(folder),
            "MATOMO_TUI_CONFIG_DIR": str(folder / "config"),
            "MATOMO_TUI_STATE_DIR": str(folder / "state"),
            "MATOMO_TOKEN": token,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "NO_COLOR": None,
            "COLUMNS": "100",
        }
        (folder / "config").mkdir(mode=0o700, parents=True)
        (folder / "state").mkdir(mode=0o700)
        profile = f'default = "hostile"\n[profiles.hostile]\nurl = "{url}"\nsite = 1\n{RULES}'
        (folder / "config" / "config.toml").write_text(profile, encoding="utf-8")
        _write_history(folder / "state")

    def run(self, words: tuple[str, ...], *, terminal: bool = False, ends: bool = True) -> Result:
        """Run a command in this process; its output goes to a pipe, or to a terminal of 100 columns."""
        session._rejections.clear()
        written: list[str] = []
        last = time.monotonic() + PATIENCE
        write = Output.write

        def keep(self: Output, text: str) -> None:
            write(self, text)
            written.append(text)

        def is_gone(self: Output) -> bool:
            return not ends and (bool(written) or time.monotonic() > last)

        with (
            patch.object(Output, "write", keep),
            patch.object(Output, "reader_is_gone", is_gone),
            patch.object(_NamedTextIOWrapper, "isatty", lambda _self: terminal, create=True),
        ):
            return CliRunner().invoke(cli, words, env=self._environment, prog_name="matomo-tui")


def _write_history(state: Path) -> None:
    """Files of earlier with a line for each text of the corpus."""
    with (
        (state / "audit.jsonl").open("w", encoding="utf-8") as audit,
        (state / "alerts.jsonl").open("w", encoding="utf-8") as alerts,
    ):
        for text in corpus.TEXTS.values():
            names = dict.fromkeys(("method", "what", "outcome", "profile", "server", "login", "user", "detail"), text)
            audit.write(json.dumps({**names, "when": "2026-11-29T10:00:00Z", "before": {text: text}}) + "\n")
            words = dict.fromkeys(("state", "profile", "rule", "site", "message"), text)
            alerts.write(json.dumps({**words, "at": 1_795_437_064.0, "site_id": 1}) + "\n")


@contextmanager
def hostile_home(folder: Path, poison: Poison, *, make: Callable[[], DemoMatomo] = DemoMatomo) -> Iterator[HostileHome]:
    """A hostile Matomo on the loopback interface, and a user's computer that knows it."""
    demo = make()
    with served(HostileMatomo(demo, poison)) as url:
        yield HostileHome(folder, url, demo.tokens["superuser"])


def problems(home: HostileHome, road: Road, *, terminal: bool = False, any_code: bool = False) -> list[str]:
    """What is wrong with the output of a road. ``any_code`` allows that it ends with a sentence and any exit code."""
    result = home.run(road.words, terminal=terminal, ends=road.ends)
    name = " ".join(road.words) + (" (terminal)" if terminal else "")
    output = result.stdout_bytes.decode("utf-8")
    found = road.check(output) if result.exit_code == 0 or output else []
    found += outputs.remarks(result.stderr_bytes.decode("utf-8"))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        found.append(f"it crashed: {result.exception!r:.300}")
    if road.ends and not any_code and result.exit_code not in road.codes:
        found.append(f"exit code {result.exit_code}: {result.stderr[-300:]!a}")
    if not output and not result.stderr:
        found.append("it says nothing")
    return [f"{name}: {problem}" for problem in dict.fromkeys(found)]
