"""Random keys, clicks and sizes on the demo: no crash, no hang, and the terminal is given back at the end."""

from __future__ import annotations

import fcntl
import random
import signal
import string
import struct
import sys
import termios
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pyte

from tests.benchmarks.programs import DATA, DEMO, ROOT
from tests.endurance.lines import Lines
from tests.endurance.terminal_state import left_on
from tests.pty_harness import PtyProcess

WALK = 300
"""Seconds of a walk. Each begins anew, with keys of its own."""
LOOK_EVERY = 150
"""Keys after which the program must answer: with the list of keys, which each screen has."""
LOOKED_AT = (110, 36)
"""The size at which it must answer. It is none of the others, so that everything is drawn again."""
SIZES = ((80, 24), (120, 40), (200, 60), (60, 15), (40, 10), (100, 30))
NAMED = ("\r", "\x1b", "\t", "\x1b[Z", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F")
CONTROL = ("\x10", "\x0e", "\x17", "\x14", "\x12", "\x01", "\x05", "\x0b", "\x15", "\x7f", "\x1b[1;5C", "\x1b[1;2A")
"""``ctrl`` with letters, except those that quit or stop the program."""
KEYS = (*(string.digits + string.ascii_letters + string.punctuation + " "), *NAMED, *NAMED, *CONTROL)
PAUSES = (0.01, 0.05, 0.05, 0.2, 0.4)
PATIENCE = 60.0
"""Seconds within which the program must answer after a storm of keys: reports of a year that they opened are computed
by the demo on the same core."""


def drawn(output: bytes, size: tuple[int, int]) -> str:
    """The screen after ``output``, which begins with everything drawn."""
    screen = pyte.Screen(*size)
    pyte.ByteStream(screen).feed(output)
    return "\n".join(line.rstrip() for line in screen.display).rstrip()


class Walk:
    """One run of the program. ``seed`` decides its keys."""

    def __init__(self, terminal: PtyProcess, seed: int) -> None:
        self._terminal = terminal
        self._random = random.Random(seed)
        self._size = SIZES[0]
        self.pressed: list[str] = []
        """The keys, the clicks and the sizes so far."""
        self.screen = ""
        """What was on the screen when the program last had to answer."""

    @property
    def has_ended(self) -> bool:
        """Whether the program is no longer running."""
        return self._terminal.process.poll() is not None

    def press(self) -> None:
        """Press one key, click, or resize the terminal."""
        self._bring_back()
        kind = self._random.random()
        if kind < 0.02:
            self._resize(self._random.choice(SIZES))
        elif kind < 0.08:
            width, height = self._size
            self._click(self._random.randint(1, width), self._random.randint(1, height))
        else:
            self._send(self._random.choice(KEYS))
        time.sleep(self._random.choice(PAUSES))

    def _send(self, key: str) -> None:
        self.pressed.append(key)
        self._terminal.send(key.encode())

    def _click(self, x: int, y: int) -> None:
        self._send(f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m")

    def _bring_back(self) -> None:
        """Do what ``fg`` does, if the palette's command to suspend was chosen."""
        if psutil.Process(self._terminal.process.pid).status() == psutil.STATUS_STOPPED:
            self.pressed.append("fg")
            self._terminal.signal(signal.SIGCONT)

    def _resize(self, size: tuple[int, int]) -> None:
        self._size = size
        self.pressed.append(f"{size[0]}x{size[1]}")
        fcntl.ioctl(self._terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def answers(self) -> bool:
        """Whether the program, back on the live screen, draws within ``PATIENCE`` what a key asks for."""
        self._bring_back()
        before = len(self._terminal.output)
        self._resize(LOOKED_AT)  # so that everything is drawn again
        for key in ("\x1b",) * 8 + ("1",):
            self._send(key)
            time.sleep(0.25)
        self._send("?")

        def shows_keys(output: bytes) -> bool:
            self.screen = drawn(output, LOOKED_AT)
            return "Keys" in self.screen

        try:
            self._terminal.wait_for(shows_keys, PATIENCE, since=before)
        except TimeoutError:
            return False
        finally:
            self._send("\x1b")
        return True


def _walk(seed: int, seconds: float, folder: Path) -> tuple[str, Walk]:
    """Walk for ``seconds``, or until a key quits; returns what went wrong, ``""`` if nothing did."""
    homes = {
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
    with PtyProcess(DEMO, width=SIZES[0][0], height=SIZES[0][1], env=homes, cwd=str(folder)) as terminal:
        terminal.wait_for(DATA, 60)
        walk = Walk(terminal, seed)
        until = time.monotonic() + seconds
        while time.monotonic() < until and not walk.has_ended:
            walk.press()
            if len(walk.pressed) % LOOK_EVERY == 0 and not walk.has_ended and not walk.answers():
                return "does not answer", walk
        terminal.send(b"\x1b" * 4)
        time.sleep(0.5)
        terminal.send(b"\x11\x11")  # the second one leaves in spite of a form that is filled in
        try:
            code, _ = terminal.wait_exit(PATIENCE)
        except TimeoutError:
            return "does not end", walk
        left = left_on(terminal.output)
        return (f"ended with {code}, and leaves {left}" if code or left else ""), walk


def walks(lines: Lines, seconds: int, first_seed: int = 1) -> None:
    """Walk for ``seconds`` in all; a walk that goes wrong leaves its keys and the screen on standard error."""
    begun, seed = time.monotonic(), first_seed
    while (left := begun + seconds - time.monotonic()) > 0:
        with TemporaryDirectory() as folder:
            wrong, walk = _walk(seed, min(left, WALK), Path(folder))
            crashes = [file.read_text() for file in Path(folder).rglob("crash-*.txt")]
        if wrong:
            told = [f"{wrong}; the last keys: {walk.pressed[-40:]}", walk.screen, *crashes]
            sys.stderr.write("\n".join(told) + "\n")
        lines.equal(f"a walk of random keys, seed {seed}", wrong, "", keys=len(walk.pressed), crashes=len(crashes))
        seed += 1
