"""Every fault under the commands: a sentence, an exit code, and no traceback."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner, Result

from matomo_tui import session
from matomo_tui.cli import get
from matomo_tui.cli.main import cli
from tests.faults.program import happening
from tests.faults.raw_server import RawServer
from tests.faults.table import NOTHING, Fault

COMMANDS: dict[str, tuple[str, ...]] = {
    "check": ("check",),
    "sites": ("sites",),
    "goals": ("goals",),
    "segments": ("segments",),
    "get": ("get", "VisitsSummary.get", "idSite=1", "period=day", "date=today"),
    "get --all": ("get", "Actions.getPageUrls", "idSite=1", "period=day", "date=yesterday", "flat=1", "--all"),
    "report": ("report", "Actions.getPageUrls"),
    "metrics": ("metrics", "--once", "--site", "1"),
    "watch": ("watch", "--fail-fast"),
}
ENDLESS = ("watch",)
"""Commands that only an error ends."""
TIMEOUT = 4
FIRST_TRIES = 10
SLOWEST = 30.0
"""Seconds that a command may take at the most, with its own limit of 4 s for each request."""


@dataclass
class CommandOutcome:
    """What a command did under a fault."""

    command: str
    fault: Fault
    code: int = 0
    sentence: str = ""
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


@contextmanager
def at_home(server: RawServer, home: str) -> Iterator[None]:
    """The environment of a user whose files are in ``home``."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    kept |= {f"XDG_{name}_HOME": f"{home}/{name.lower()}" for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    kept |= {
        "HOME": home,
    }
    file = Path(home, "config", "matomo-tui", "config.toml")
    file.parent.mkdir(parents=True, exist_ok=True)
    url = f"http://localhost:{server.port}/"
    text = f'default = "f"\n[profiles.f]\nurl = "{url}"\ntimeout = {TIMEOUT}\nsite = "1"\n'
    file.write_text(text, encoding="utf-8")
    with patch.dict(os.environ, kept, clear=True):
        yield


def try_command(server: RawServer, command: str, fault: Fault) -> CommandOutcome:
    """Run ``command`` under ``fault``. Call it :func:`at_home`."""
    if not server.sent:
        _work_at_all(server)
    outcome, started = CommandOutcome(command, fault), time.monotonic()
    if command in ENDLESS and (fault.state not in ("stale", "stopped") or fault.group == "bulk"):
        return outcome  # it would go on
    with happening(server, fault):
        result = _run(server, command)
    outcome.seconds, outcome.code = time.monotonic() - started, result.exit_code
    said = (result.stderr.strip() or result.output.strip()).splitlines()
    outcome.sentence = said[-1] if said else ""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        outcome.problems.append(f"it crashed: {result.exception!r}")
    if "Traceback" in result.output + result.stderr:
        outcome.problems.append("a traceback")
    if fault.state in ("stale", "stopped") and outcome.code != 0 and not outcome.sentence:
        outcome.problems.append("no sentence")
    tells_nothing = fault.name in NOTHING and command.startswith("get")  # it prints whatever the answer is
    if fault.state in ("stale", "stopped") and fault.group != "bulk" and outcome.code == 0 and not tells_nothing:
        outcome.problems.append("exit code 0")
    if fault.state == "live" and fault.group in ("encodings", "network") and outcome.code != 0:
        outcome.problems.append(f"exit code {outcome.code}")
    if server.demo.tokens["superuser"] in result.output + result.stderr:
        outcome.problems.append("the token is shown")
    if outcome.seconds > SLOWEST:
        outcome.problems.append(f"it took {outcome.seconds:.0f} s")
    return outcome


def _work_at_all(server: RawServer) -> None:
    """Without a fault the commands must work, soon at least: the server's first answer takes its time."""
    for _ in range(FIRST_TRIES):
        result = _run(server, "sites")
        if not result.exit_code:
            return
    raise RuntimeError(result.output)


def _run(server: RawServer, command: str) -> Result:
    # A process of its own would know of no rejections, and have the token in its environment.
    session._rejections.clear()
    env = {"MATOMO_TOKEN": server.demo.tokens["superuser"]}
    with patch.object(get, "_TIMEOUT", TIMEOUT):  # of its own: a large report takes its time
        return CliRunner().invoke(cli, COMMANDS[command], env=env, prog_name="matomo-tui")
