"""Every way out of the live dashboard while it polls: exit code, terminal, message and leftovers, from outside."""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.benchmarks.programs import DATA, ROOT
from tests.benchmarks.recorded_matomo import RecordedMatomo
from tests.endurance.ends_of_commands import commands
from tests.endurance.ends_of_disks import disks
from tests.endurance.ends_with_others import clients, waiting
from tests.endurance.lines import Lines
from tests.endurance.load import busy
from tests.endurance.terminal_state import left_on
from tests.processes import is_running
from tests.pty_harness import ALT_SCREEN_OFF, PtyProcess
from tests.serving import served

MOST_SECONDS = 1.0
SIGNALS = ("SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGABRT", "SIGALRM")

_BROKEN = """
import sys
from matomo_tui.cli.main import main
def broken(*_arguments, **_options):
    raise LookupError("a bug")
{patch}
sys.argv[0] = "matomo-tui"
main()
"""
BUGS = {
    "a worker": "from matomo_tui.live.site_state import SiteState; SiteState.absorb = broken",
    "a handler": "from matomo_tui.ui.live.live_screen import LiveScreen; LiveScreen.show = broken",
    "a timer": "from matomo_tui.ui.live.live_screen import LiveScreen; LiveScreen._tick = broken",
    "the start": "from matomo_tui.ui.app import MatomoApp; MatomoApp.on_mount = broken",
    "what comes before the start": "import matomo_tui.cli.dashboard as part; part.run_app = broken",
    "the end": (
        "import matomo_tui.cli.dashboard as part; run = part.run_app\n"
        "def run_app(*arguments, **options): run(*arguments, **options); broken()\n"
        "part.run_app = run_app"
    ),
    "drawing": (
        "from matomo_tui.ui.widgets.table.virtual_table import VirtualTable; VirtualTable.render_line = broken"
    ),
}


_SENTENCE = b"crashed: LookupError: a bug"


class Run:
    """The dashboard in a terminal with a home of its own."""

    def __init__(self, terminal: PtyProcess, home: Path) -> None:
        self.terminal, self.home = terminal, home
        self.is_restored = False
        """Whether the terminal is as before the start."""
        self.leftovers: list[str] = []
        """Unfinished files."""

    def end(self) -> None:
        """Look at what the program left, before its home is removed."""
        self.is_restored = self._is_restored()
        unfinished = (".tmp", ".part", ".lock")
        self.leftovers = [path.name for path in self.home.rglob("*") if path.suffix in unfinished]

    def _is_restored(self) -> bool:
        return not left_on(self.terminal.output) and (
            self.terminal.master < 0 or self.terminal.attributes() == self.terminal.attributes_before
        )


def run(
    address: str,
    act: Callable[[Run], None],
    *,
    options: Sequence[str] = (),
    program: Sequence[str] = (sys.executable, "-m", "matomo_tui"),
    ready: bytes = DATA,
    prepare: Callable[[Path], None] | None = None,
) -> tuple[Run, int, float]:
    """Start the dashboard, act once ``ready`` was drawn, and return its exit code and the seconds that it took."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        token = Path(folder) / "token"
        token.write_text("0" * 32)
        token.chmod(0o600)
        if prepare is not None:
            prepare(home)
        argv = [*program, "--url", address, "--token-file", str(token), "--interval", "2", *options]
        env = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
        with PtyProcess(argv, env=env, cwd=str(ROOT)) as terminal:
            terminal.wait_for(ready, 60)
            found = Run(terminal, home)
            act(found)
            code, took = terminal.wait_exit(30)
            found.end()
            return found, code, took


def signals(lines: Lines, address: str, condition: str = "") -> None:
    """Each signal while the dashboard polls: 128 + its number within a second."""
    for name in SIGNALS:
        number = signal.Signals[name]
        run_, code, took = run(address, lambda on, number=number: on.terminal.signal(number))  # type: ignore[misc]
        lines.equal(
            f"{name}{condition}: exit code, terminal, leftovers",
            (code, run_.is_restored, run_.leftovers),
            (128 + number, True, []),
        )
        lines.at_most(f"{name}{condition}: seconds", took, MOST_SECONDS)
    _, code, took = run(address, lambda on: on.terminal.hang_up())
    lines.equal(f"closed terminal{condition}: exit code", code, 129)
    lines.at_most(f"closed terminal{condition}: seconds", took, MOST_SECONDS)


def pauses(lines: Lines, address: str) -> None:
    """SIGPIPE does nothing, and SIGTSTP gives the terminal back until SIGCONT draws everything again."""
    found: list[object] = []

    def pause(on: Run) -> None:
        terminal = on.terminal
        terminal.signal(signal.SIGPIPE)
        time.sleep(0.5)
        found.append(terminal.process.poll())
        terminal.signal(signal.SIGTSTP)
        process = psutil.Process(terminal.process.pid)
        while process.status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)
        terminal.settle()
        found.append((left_on(terminal.output), terminal.attributes() == terminal.attributes_before))
        before = len(terminal.output)
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(DATA, 20, since=before)
        terminal.settle()
        terminal.send(b"\x11")

    on, code, _ = run(address, pause)
    lines.equal(
        "SIGPIPE, SIGTSTP and SIGCONT: running, terminal while stopped, exit code, terminal",
        (*found, code, on.is_restored),
        (None, ([], True), 0, True),
    )


def killed_parent(lines: Lines, address: str) -> None:
    """The program between the terminal, or a shell, and the dashboard is killed: the dashboard ends too."""
    program = (sys.executable, "-m", "matomo_tui")
    wrapped = ("sh", "-c", '"$@"; exit $?', "sh", *program)
    _killed(lines, address, "the terminal's first program", wrapped, lambda first: first)
    _killed(
        lines,
        address,
        "the parent below a shell",
        (sys.executable, "-m", "tests.job_shell", *program),
        lambda first: first.children()[0],
    )


def _killed(
    lines: Lines,
    address: str,
    what: str,
    program: Sequence[str],
    victim: Callable[[psutil.Process], psutil.Process],
) -> None:
    left: list[float] = []

    def kill(on: Run) -> None:
        parent = victim(psutil.Process(on.terminal.process.pid))
        (dashboard,) = parent.children()
        begun = time.monotonic()
        parent.kill()
        while is_running(dashboard) and time.monotonic() - begun < 10:
            time.sleep(0.005)
        left.append(time.monotonic() - begun)
        if is_running(dashboard):
            dashboard.kill()
        on.terminal.process.kill()

    run(address, kill, program=program)
    lines.at_most(f"{what} is killed: seconds until the dashboard has ended", left[0], MOST_SECONDS)


def _quit(on: Run) -> None:
    on.terminal.send(b"\x11")


def _wait(_on: Run) -> None:
    """The bug ends it."""


def bugs(lines: Lines, address: str) -> None:
    """An exception in a worker, a handler and while drawing: a sentence, a private report, exit code 1."""
    for where, patch in BUGS.items():
        program = (sys.executable, "-c", _BROKEN.format(patch=patch))
        ready = DATA if where == "the end" else _SENTENCE
        on, code, _ = run(address, _quit if where == "the end" else _wait, program=program, ready=ready)
        said = on.terminal.output[max(0, on.terminal.output.rfind(ALT_SCREEN_OFF)) :]
        told = _SENTENCE in said and b"Traceback" not in said
        lines.equal(f"bug in {where}: exit code, terminal, sentence", (code, on.is_restored, told), (1, True, True))


def files(lines: Lines, address: str) -> None:
    """Full disks and an unwritable home: the dashboard runs on, or says why it does not."""

    def leave(on: Run) -> None:
        time.sleep(5.0)
        on.terminal.send(b"\x11")

    # A file where a folder is to be: nobody can write below it, root included.
    def no_state(home: Path) -> None:
        (home / "state").write_text("")

    def no_configuration(home: Path) -> None:
        (home / "config").write_text("")

    _file(lines, "no room for any file", run(address, leave, program=_limited(0)), {0})
    _file(lines, "no folder for the state", run(address, leave, prepare=no_state), {0})
    refused = run(address, lambda _on: None, prepare=no_configuration, ready=b"cannot be read")
    _file(lines, "no folder for the configuration", refused, {2})
    with TemporaryDirectory() as folder:
        options = ("--record", str(Path(folder) / "session.mtr"))
        _file(lines, "a recording on a full disk", run(address, leave, program=_limited(20), options=options), {0, 1})


def _limited(blocks: int) -> tuple[str, ...]:
    """The program where no file can be longer than so many blocks of 512 bytes, as on a full disk.

    Before 3.14 Python itself may leave halves of compiled modules there, so it writes none.
    """
    return ("sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", sys.executable, "-B", "-m", "matomo_tui")


def _file(lines: Lines, name: str, end: tuple[Run, int, float], codes: set[int]) -> None:
    on, code, _ = end
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", on.terminal.output)
    clean = b"Traceback" not in text and b"crashed" not in text
    figure = (code in codes, on.is_restored, clean)
    lines.equal(f"{name}: exit code, terminal, no traceback", figure, (True, True, True), code=code)


def all_ends(lines: Lines, rounds: int) -> None:
    """All ways out, ``rounds`` times."""
    with served(RecordedMatomo()) as address:
        for _ in range(rounds):
            signals(lines, address)
            pauses(lines, address)
            killed_parent(lines, address)
            bugs(lines, address)
            files(lines, address)
            disks(lines)
            commands(lines)
            waiting(lines)
            clients(lines)
            with busy():
                signals(lines, address, ", all cores busy")
                commands(lines, ", all cores busy")
                clients(lines, ", all cores busy")
