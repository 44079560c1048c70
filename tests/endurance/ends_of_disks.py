"""Full and read-only disks, as a small disk in memory: the program says what could not be written, and goes on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.programs import DATA, ROOT
from tests.endurance.lines import Lines
from tests.endurance.terminal_state import left_on
from tests.pty_harness import PtyProcess

PROGRAM = (sys.executable, "-B", "-m", "matomo_tui")
ROOM = 8192
"""Bytes that are left on a disk that gets full."""
_CONFIGURATION = """default = "work"
[profiles.work]
url = "https://matomo.example"
[profiles.other]
url = "https://other.example"
"""
_SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 256 kB at ``folder``, which root may mount."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, room: int) -> None:
    """Leave ``room`` bytes on the disk of ``folder``."""
    stat = os.statvfs(folder)
    (folder / "ballast").write_bytes(b"x" * max(0, stat.f_bavail * stat.f_frsize - room))


def environment(home: Path) -> dict[str, str]:
    """Everything that the program writes is below ``home``."""
    names = ("CONFIG", "STATE", "CACHE", "DATA")
    return {"HOME": str(home), "TMPDIR": str(home), **{f"XDG_{name}_HOME": str(home / name.lower()) for name in names}}


def disks(lines: Lines) -> None:
    """All of it, where this user may mount a disk."""
    if os.geteuid() != 0:
        return
    with TemporaryDirectory() as folder, small_disk(Path(folder) / "home") as home:
        configuration = home / "config" / "matomo-tui" / "config.toml"
        configuration.parent.mkdir(parents=True, mode=0o700)
        configuration.write_text(_CONFIGURATION)
        configuration.chmod(0o600)
        _dashboards(lines, home)
        fill(home, 0)
        _commands(lines, home, "a full disk")
        (home / "ballast").unlink()
        subprocess.run(["mount", "-o", "remount,ro", home], check=True)
        _commands(lines, home, "a read-only disk")
        _dashboard(lines, home, "the dashboard on a read-only disk", (), b"")
        argv = [*PROGRAM, "--demo", "--record", str(home / "session.mtr")]
        with PtyProcess(argv, env=environment(home), cwd=str(ROOT)) as terminal:
            code, _ = terminal.wait_exit(30)
            told = b"cannot be recorded to: Read-only file system" in terminal.output
        lines.equal("a recording on a read-only disk: exit code, sentence", (code, told), (2, True))
        same = configuration.read_text() == _CONFIGURATION
        lines.equal("the configuration after full and read-only disks is as before", same, True)


def _dashboards(lines: Lines, home: Path) -> None:
    fill(home, ROOM)
    recording = ("--record", str(home / "session.mtr"))
    _dashboard(lines, home, "a recording on a disk that gets full", recording, b"No space left")
    (home / "session.mtr").unlink(missing_ok=True)
    fill(home, 0)
    _dashboard(lines, home, "the dashboard on a full disk", (), b"")
    (home / "ballast").unlink()


def _dashboard(lines: Lines, home: Path, line: str, options: Sequence[str], said: bytes) -> None:
    """Look at sections, change a choice that is remembered, and quit."""
    argv = [*PROGRAM, "--demo", "--interval", "2", *options]
    with PtyProcess(argv, env=environment(home), cwd=str(ROOT)) as terminal:
        terminal.wait_for(DATA, 60)
        for key in (b"3", b"m", b"\x1b", b"t", b"\x1b[B", b"\r", b"1"):
            terminal.send(key)
            time.sleep(0.5)
        found = bool(options) and terminal_says(terminal, said, 60.0)
        terminal.send(b"\x11")
        code, _ = terminal.wait_exit(30)
        text = _SEQUENCE.sub(b"", terminal.output)
        clean = b"Traceback" not in text and b"crashed" not in text and not left_on(terminal.output)
        figure = (code, clean, found or not options)
        lines.equal(f"{line}: exit code, clean, says so", figure, (0, True, True))


def terminal_says(terminal: PtyProcess, said: bytes, seconds: float) -> bool:
    """Wait until the terminal shows ``said``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if said in _SEQUENCE.sub(b"", terminal.output):
            return True
        time.sleep(0.2)
    return False


def _run(home: Path, words: Sequence[str], output: Path | None = None) -> tuple[int, bytes]:
    """The exit code of a command, and its standard error; its output goes to ``output``."""
    env = {**os.environ, **environment(home)}
    with (output or Path(os.devnull)).open("wb") as stream:
        done = subprocess.run([*PROGRAM, *words], env=env, cwd=ROOT, stdout=stream, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stderr


def _commands(lines: Lines, home: Path, where: str) -> None:
    """What writes files says that it could not, with an exit code of its own; what only reads works."""
    for words, fails in (
        ("profiles default other", True),
        ("profiles rename other another", True),
        ("profiles remove other --yes", True),
        ("profiles list", False),
        ("sites --demo", False),
        ("report Actions.getPageUrls --demo", False),
        (f"metrics --demo --once --textfile {home}/figures.prom", True),
    ):
        code, said = _run(home, words.split())
        right = (code in (1, 2, 3)) == fails and b"Traceback" not in said and bool(said.strip() or not fails)
        details = {"code": code, "said": said.decode("utf-8", "replace").strip()[-200:]}
        lines.equal(f"{words.replace(str(home), '…')} on {where}: exit code, sentence", right, True, **details)
    if where == "a full disk":
        code, said = _run(home, ["report", "Actions.getPageUrls", "--demo", "--all"], home / "table.txt")
        right = code not in (0, 120) and b"Traceback" not in said and b"No space left" in said
        lines.equal(
            f"output to a file on {where}: exit code, sentence", right, True, code=code, said=said.decode()[-200:]
        )
