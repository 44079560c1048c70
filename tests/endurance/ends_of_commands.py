"""Ways out of the commands that run on: signals and a closed terminal, from outside."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.benchmarks.programs import ROOT
from tests.endurance.lines import Lines
from tests.endurance.terminal_state import left_on
from tests.processes import is_running
from tests.pty_harness import PtyProcess

PROGRAM = (sys.executable, "-m", "matomo_tui")
MOST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Command:
    """A command that runs until it is ended."""

    words: Sequence[str]
    ready: bytes = b""
    """What is on the terminal once it runs."""
    draws: bool = False
    meanwhile: Callable[[PtyProcess], AbstractContextManager[object]] = lambda _: nullcontext()
    """What lasts while it is ended."""
    after: float = 0.5
    """Seconds that it then runs on before it is ended."""


COMMANDS = {
    "the kiosk": Command(("--demo", "--kiosk"), b"\x1b[?1049h", draws=True),
    "replay": Command(("replay", "{home}/session.mtr"), b"\x1b[?1049h", draws=True),
    "watch": Command(("watch", "--demo", "--interval", "2"), b"{"),
    "--plain": Command(("--demo", "--plain", "--interval", "2"), b"\n"),
    "metrics": Command(("metrics", "--demo", "--listen", "127.0.0.1:0", "--interval", "2"), b"http://"),
    "metrics --textfile": Command(("metrics", "--demo", "--textfile", "{home}/figures.prom", "--interval", "2")),
    "serve": Command(("serve", "--demo", "--port", "0"), b"http://"),
    "mcp": Command(("mcp", "--demo")),
    "mcp --http": Command(("mcp", "--demo", "--http", "0"), b"http://"),
    "demo-server": Command(("demo-server", "--port", "0"), b"http://"),
}
SIGNALS = ("SIGHUP", "SIGINT", "SIGTERM")
_LEFT = (".tmp", ".part", ".lock", ".sock", ".prom")
_AGENT = '[agents.claude]\non_sites = "all"\nlive = "read"\n'


def commands(lines: Lines, condition: str = "") -> None:
    """Each command ends within a second of each signal, with its code, no traceback and nothing left behind."""
    with TemporaryDirectory() as folder:
        home = prepared(Path(folder))
        _record(home)
        for name, command in COMMANDS.items():
            for how in (*SIGNALS, "closed terminal"):
                end(lines, f"{name}, {how}{condition}", home, command, how)


def prepared(home: Path) -> Path:
    """``home`` with a configuration that grants an agent something."""
    (home / "config" / "matomo-tui").mkdir(parents=True)
    (home / "config" / "matomo-tui" / "config.toml").write_text(_AGENT)
    return home


def _started(home: Path, words: Sequence[str]) -> PtyProcess:
    env = {
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONFAULTHANDLER": "1",
        **{f"XDG_{one}_HOME": str(home / one.lower()) for one in ("CONFIG", "STATE", "CACHE", "DATA")},
    }
    return PtyProcess([*PROGRAM, *(word.format(home=home) for word in words)], env=env, cwd=str(ROOT))


def _record(home: Path) -> None:
    with _started(home, ("--demo", "--record", "{home}/session.mtr", "--interval", "2")) as terminal:
        terminal.wait_for(b"/min", 60)
        time.sleep(3.0)
        terminal.send(b"\x11")
        terminal.wait_exit(30)


def end(lines: Lines, line: str, home: Path, command: Command, how: str) -> None:
    """Start a command and end it by a signal or with its terminal: its exit code, what it leaves, and the seconds."""
    before = _files(home)
    with _started(home, command.words) as terminal, ExitStack() as meanwhile:
        if command.ready:
            terminal.wait_for(command.ready, 60)
        meanwhile.enter_context(command.meanwhile(terminal))
        while "{home}/figures.prom" in command.words and not (home / "figures.prom").exists():
            time.sleep(0.02)
        time.sleep(command.after)
        program = psutil.Process(terminal.process.pid)
        children = program.children(recursive=True)
        number = signal.SIGHUP if how == "closed terminal" else signal.Signals[how]
        if how == "closed terminal":
            terminal.hang_up()
        else:
            terminal.signal(number)
        try:
            code, took = terminal.wait_exit(20)
        except TimeoutError:
            lines.equal(f"{line}: it ends", False, True, where=_where(terminal))
            return
        left = [f"process {child.pid}" for child in children if is_running(child)]
        left += sorted(_files(home) - before)
        text = terminal.output
        left += [] if b"Traceback" not in text else ["a traceback"]
        if how != "closed terminal":
            left += left_on(text)
            left += [] if terminal.attributes() == terminal.attributes_before else ["attributes of the terminal"]
        # A server that was asked to end has done what it was asked.
        right = {128 + number, -number, *((0,) if not command.draws else ())}
        lines.equal(f"{line}: exit code, leftovers", (code in right, left), (True, []), code=code)
        lines.at_most(f"{line}: seconds", took, MOST_SECONDS)


def _where(terminal: PtyProcess) -> str:
    """What the threads of a program are doing, by Python's own handler of a fault."""
    before = len(terminal.output)
    terminal.signal(signal.SIGABRT)
    time.sleep(1.0)
    return terminal.output[before:].decode("utf-8", "replace")[-3000:]


def _files(home: Path) -> set[str]:
    """Files that no program leaves behind: temporary and unfinished ones, locks, sockets, and figures that get old."""
    names = {path.name for path in home.rglob("*")}
    return {name for name in names if name.startswith("tmp") or name.endswith(_LEFT)}
