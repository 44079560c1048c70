"""Runs a program in a pseudo-terminal and records its output with timestamps. POSIX only.

Used by tests of exiting and by the benchmarks.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import psutil

ALT_SCREEN_ON = b"\x1b[?1049h"
ALT_SCREEN_OFF = b"\x1b[?1049l"
CURSOR_ON = b"\x1b[?25h"
MOUSE_OFF = b"\x1b[?1003l"

# What Textual asks a terminal for, and what a terminal with synchronized output, without in-band resizing, answers.
_ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y"}

# The new session's leader takes the terminal for its own, so that closing it sends SIGHUP, and becomes the program.
# A shell has its background jobs ignore SIGINT: the program does not inherit that.
_LAUNCHER = (
    "import fcntl,os,signal,sys,termios;signal.signal(signal.SIGINT,signal.SIG_DFL);"
    "fcntl.ioctl(0,termios.TIOCSCTTY,0);os.execvp(sys.argv[1],sys.argv[1:])"
)
_IGNORING_HUP = "import signal;signal.signal(signal.SIGHUP,signal.SIG_IGN);" + _LAUNCHER


@dataclass(frozen=True, slots=True)
class Chunk:
    """Output of the program, ``at`` seconds after its start."""

    at: float
    data: bytes


class PtyProcess:
    """A program in a terminal of ``width`` × ``height``; a context manager that kills it at the end.

    ``env`` is added to a clean environment (``TERM=xterm-256color``, true colour, UTF-8). ``ignore_hup`` starts it as
    ``nohup`` does. ``own_terminal=False`` keeps the terminal from being the session's controlling terminal, so that no
    SIGHUP is sent.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        width: int = 80,
        height: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        ignore_hup: bool = False,
        own_terminal: bool = True,
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.attributes_before = termios.tcgetattr(self.master)
        command = [*argv]
        if own_terminal:
            launcher = _IGNORING_HUP if ignore_hup else _LAUNCHER
            command = [sys.executable, "-I", "-S", "-c", launcher, *argv]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=_environment(env), cwd=cwd
        )
        os.close(slave)
        self.chunks: list[Chunk] = []
        self._changed = threading.Condition()
        self._reading = threading.Event()
        self._reading.set()
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def output(self) -> bytes:
        """All output so far."""
        return b"".join(chunk.data for chunk in self.chunks)

    def _read(self) -> None:
        while not self._closing.is_set():
            if not self._reading.is_set():
                self._reading.wait(0.05)
                continue
            try:
                ready, _, _ = select.select([self.master], [], [], 0.05)
                data = os.read(self.master, 65536) if ready else b""
            except (OSError, ValueError):
                break
            if data:
                with self._changed:
                    self.chunks.append(Chunk(time.monotonic() - self.started, data))
                    self._changed.notify_all()
                for question, answer in _ANSWERS.items():
                    if question in data:
                        self.send(answer)

    def send(self, data: bytes) -> None:
        """Type ``data``."""
        with suppress(OSError):
            os.write(self.master, data)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def wait_for(self, wanted: bytes | Callable[[bytes], bool], timeout: float = 60.0, *, since: int = 0) -> float:
        """Return the time in seconds after the start at which the output contained ``wanted``, from its byte ``since``
        on.

        Raises ``TimeoutError`` with the end of the output.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                output = self.output[since:]
                if wanted in output if isinstance(wanted, bytes) else wanted(output):
                    return self.chunks[-1].at if self.chunks else 0.0
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"not seen in {timeout} s; the output ends with {output[-600:]!r}")
                self._changed.wait(min(left, 0.2))

    def settle(self, quiet: float = 0.3, timeout: float = 60.0) -> None:
        """Wait until there was no output for ``quiet`` seconds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            last = self.chunks[-1].at if self.chunks else 0.0
            if time.monotonic() - self.started - last >= quiet:
                return
            time.sleep(0.02)

    def stall(self) -> None:
        """Stop reading, as a frozen terminal does."""
        self._reading.clear()

    def resume(self) -> None:
        """Continue reading."""
        self._reading.set()

    def hang_up(self) -> None:
        """Close the terminal."""
        self._closing.set()
        self._reader.join()
        os.close(self.master)
        self.master = -1

    def wait_exit(self, timeout: float = 30.0) -> tuple[int, float]:
        """Return the exit code (negative: the signal's number) and the seconds that it took since this call.

        Raises ``TimeoutError`` if the program is still running.
        """
        begun = time.monotonic()
        # Popen.wait looks only every 50 ms.
        while (code := self.process.poll()) is None:
            if time.monotonic() - begun > timeout:
                raise TimeoutError(f"still running after {timeout} s: {self.output[-600:]!r}")
            time.sleep(0.002)
        took = time.monotonic() - begun
        if self.master >= 0 and self._reading.is_set():
            # The reader ends by itself when the last of the output was read: nobody has the other end open any more.
            self._reader.join(2.0)
        return code, took

    def attributes(self) -> list[Any]:
        """The terminal's current attributes."""
        return termios.tcgetattr(self.master)

    def cpu_seconds(self) -> float:
        """CPU time used by the program."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def resident_bytes(self) -> int:
        """The program's resident memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def close(self) -> None:
        """Kill the program if it is still running, and close the terminal."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(5)
        if self.master >= 0:
            self.hang_up()


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """A terminal user's environment without the variables of the current one."""
    kept = ("PATH", "HOME", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TMPDIR", "XDG_STATE_HOME")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    return environment | dict(extra or {})
