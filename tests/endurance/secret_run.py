"""Runs commands and screens in a home of their own, and collects everything that they wrote, showed and started."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pyte

from tests.benchmarks.programs import ROOT
from tests.endurance.secret_search import Search, of_terminal
from tests.pty_harness import PtyProcess

PROGRAM = (sys.executable, "-m", "matomo_tui")

# What pyte does not know: the kitty keyboard, questions about modes, the pointer's shape.
_UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*[a-z]|\x1b\[\?[0-9]+\$p|\x1b\]22;[^\x07\x1b]*(?:\x07|\x1b\\\\)")

# Writes its arguments, environment and input where they are searched.
_WITNESS = """#!{python}
import os, sys
with open(os.path.join({folder!r}, f"witness-{{os.getpid()}}"), "w", errors="backslashreplace") as file:
    print(sys.argv, dict(os.environ), sep="\\n", file=file)
{does}
"""


class Processes(threading.Thread):
    """Notes the command lines of all processes below one, and the environments of all but its own, while it runs.

    The program's own environment at its start is the caller's, who may have put the token there.
    """

    def __init__(self, pid: int, *, own: Callable[[Sequence[str]], bool]) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._own = own
        self._ends = threading.Event()
        self._words: list[str] = []
        self.seen: dict[str, bytes] = {}

    def run(self) -> None:
        while not self._ends.is_set():
            with suppress(psutil.Error):
                root = psutil.Process(self._pid)
                for process in (root, *root.children(recursive=True)):
                    with suppress(psutil.Error, OSError):
                        self._note(process)
            self._ends.wait(0.02)

    def _note(self, process: psutil.Process) -> None:
        words = process.cmdline()
        self.seen[f"command line of {process.pid} {words[:1]} {len(words)}"] = "\0".join(words).encode()
        if process.pid == self._pid:
            self._words = words
        elif words != self._words and not self._own(words):  # the same words: not yet another program
            data = Path(f"/proc/{process.pid}/environ").read_bytes()
            self.seen[f"environment of {process.pid} {len(words)}"] = data

    def close(self) -> dict[str, bytes]:
        """Stop, and return what was seen."""
        self._ends.set()
        self.join()
        return self.seen


class Place:
    """A home folder with witnesses: programs that write down with which arguments and environment they were started.

    ``allowed`` are files that have a secret by right.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.seen = folder / "seen"
        self.allowed: set[Path] = set()
        self.environment = {
            "HOME": str(self.home),
            **{f"XDG_{name}_HOME": str(self.home / name.lower()) for name in ("CONFIG", "STATE", "CACHE", "DATA")},
            "TMPDIR": str(self.home / "tmp"),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        for path in (self.seen, self.home / "tmp", self.configuration.parent):
            path.mkdir(parents=True, exist_ok=True)

    @property
    def configuration(self) -> Path:
        """The configuration file."""
        return self.home / "config" / "matomo-tui" / "config.toml"

    def witness(self, name: str, does: str = "") -> str:
        """Write an executable that notes how it was started, and then does something; returns its path."""
        path = self.folder / name
        path.write_text(_WITNESS.format(python=f"{sys.executable} -I", folder=str(self.seen), does=does))
        path.chmod(0o700)
        return str(path)

    def secret_file(self, name: str, value: str) -> str:
        """Write a private file with a secret, which is not searched; returns its path."""
        path = self.folder / name
        path.write_text(value + "\n")
        path.chmod(0o600)
        return str(path)

    def files(self) -> dict[str, bytes]:
        """The content of each file in the home and of each witness, and the names of all files."""
        found: dict[str, bytes] = {}
        names: list[str] = []
        for base in (self.home, self.seen):
            for path in sorted(base.rglob("*")):
                names.append(str(path))
                if path.is_file() and path not in self.allowed:
                    found[str(path.relative_to(self.folder))] = path.read_bytes()
        return {**found, "names of files": "\n".join(names).encode()}


class Ran:
    """What one program wrote, showed and started, by its place."""

    def __init__(self) -> None:
        self.places: dict[str, bytes] = {}
        self.code: int | None = None

    def found(self, search: Search) -> list[str]:
        """Return each place with a secret, and which."""
        return [f"{place}: {what}" for place, data in self.places.items() for what in search.find(data)]

    @property
    def size(self) -> int:
        """Bytes that are searched."""
        return sum(map(len, self.places.values()))


def _is_own(words: Sequence[str]) -> bool:
    """True for the program itself below the launcher that gives it a terminal, whose environment is the caller's."""
    return "-m" in words and "matomo_tui" in words


def command(
    place: Place,
    words: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    typed: bytes = b"",
    act: Callable[[subprocess.Popen[bytes]], None] | None = None,
    program: Sequence[str] = PROGRAM,
    seconds: float = 60.0,
) -> Ran:
    """Run a command with pipes. ``act`` is called while it runs, and ends it by SIGTERM when it returns."""
    ran = Ran()
    process = subprocess.Popen(
        [*program, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**place.environment, **(environment or {})},
        cwd=place.home,
    )
    processes = Processes(process.pid, own=lambda _: False)
    processes.start()
    try:
        if act is not None:
            act(process)
            process.terminate()
        output, errors = process.communicate(typed or None, timeout=seconds)
    finally:
        process.kill()
        seen = processes.close()
    ran.code = process.returncode
    ran.places = {"output": output, "errors": errors, **seen, **place.files()}
    return ran


def screen(
    place: Place,
    words: Sequence[str],
    keys: Iterable[bytes | str],
    *,
    environment: Mapping[str, str] | None = None,
    ready: bytes = b"/min",
    size: tuple[int, int] = (120, 40),
    program: Sequence[str] = PROGRAM,
    quiet: float = 0.25,
    ends: bool = True,
) -> Ran:
    """Run the dashboard in a terminal, press ``keys`` one after the other, and quit.

    A text among them is waited for on the screen. Raises ``TimeoutError`` if it does not come.
    """
    ran = Ran()
    shown: list[str] = []
    drawn = pyte.Screen(*size)
    stream = pyte.ByteStream(drawn)
    everything = {**place.environment, **(environment or {})}
    with PtyProcess([*program, *words], width=size[0], height=size[1], env=everything, cwd=str(place.home)) as terminal:
        processes = Processes(terminal.process.pid, own=_is_own)
        processes.start()
        fed = 0

        def look() -> None:
            nonlocal fed
            data = terminal.output
            stream.feed(_UNKNOWN.sub(b"", data[fed:]))
            fed = len(data)
            shown.append("\n".join(drawn.display))

        terminal.wait_for(ready, 60)
        look()
        for key in keys:
            before = len(terminal.chunks)
            if isinstance(key, str):
                deadline = time.monotonic() + 20.0
                while key not in shown[-1]:
                    if time.monotonic() > deadline:
                        raise TimeoutError(f"not drawn: {key}; but {shown[-1]}")
                    time.sleep(0.05)
                    look()
                continue
            terminal.send(key)
            with suppress(TimeoutError):
                terminal.wait_for(lambda _, before=before: len(terminal.chunks) > before, 1.0)  # type: ignore[misc]
            terminal.settle(quiet, 3.0)
            look()
        if ends:
            terminal.send(b"\x11")
            time.sleep(0.1)
            terminal.send(b"\x11")  # with unsaved input in a form, the first one warns
        ran.code, _ = terminal.wait_exit(30)
        look()
        ran.places = {
            **of_terminal(terminal.output),
            "drawn screens": "\n".join(shown).encode(),
            **processes.close(),
            **place.files(),
        }
    return ran
