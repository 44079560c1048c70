"""Terminals on slow lines, with long round trips, of other kinds and without UTF-8."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pyte

from tests.benchmarks.programs import DATA, in_terminal, live
from tests.benchmarks.recorded_matomo import RecordedMatomo
from tests.endurance.lines import Lines
from tests.endurance.terminal_state import left_on
from tests.pty_harness import Chunk, PtyProcess
from tests.serving import served

BITS = 9600
BYTES_A_SECOND = BITS / 10
"""A byte takes ten bits on the line."""
BACKLOG = 12.0
"""Seconds after which a key is on the screen at the latest: a whole screen of 80×24 takes ten."""
TERMS = (
    *("xterm-256color", "xterm", "screen", "tmux-256color", "linux", "vt100", "rxvt-unicode-256color", "foot"),
    *("xterm-kitty", "an-unknown-one"),
)
ROUND_TRIP = 0.3


class Line:
    """Passes the output of a program on at ``rate`` bytes a second, each ``delay`` seconds late."""

    def __init__(self, terminal: PtyProcess, rate: float, delay: float = 0.0) -> None:
        self._terminal, self._rate, self._delay = terminal, rate, delay
        self._ends = threading.Event()
        terminal.stall()
        self._thread = threading.Thread(target=self._pass, daemon=True)
        self._thread.start()

    def _pass(self) -> None:
        slice_bytes = max(1, int(self._rate / 20))
        while not self._ends.is_set():
            ready, _, _ = select.select([self._terminal.master], [], [], 0.05)
            if not ready:
                continue
            try:
                data = os.read(self._terminal.master, slice_bytes)
            except OSError:
                return
            time.sleep(len(data) / self._rate)
            self._terminal.chunks.append(Chunk(time.monotonic() - self._terminal.started + self._delay, data))

    def close(self) -> None:
        """Stop reading."""
        self._ends.set()
        self._thread.join(1.0)


class _Seen:
    """What the output is on a screen of 80×24: letters that are drawn one at a time are no text in the output."""

    def __init__(self, terminal: PtyProcess) -> None:
        self._terminal = terminal
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self._fed = 0

    def shows(self, text: str) -> bool:
        """Whether a line of the screen has ``text`` now."""
        more = bytes(self._terminal.output[self._fed :])
        self._fed += len(more)
        self._stream.feed(more)
        return any(text in line for line in self._screen.display)


def _until(condition: Callable[[], bool], seconds: float) -> float | None:
    """Seconds until ``condition``, ``None`` if it does not come."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if condition():
            return time.monotonic() - begun
        time.sleep(0.02)
    return None


def slow(lines: Lines, seconds: int) -> None:
    """Poll every 2 s on a line of 9,600 bit/s for ``seconds``, then type keys: all arrive, and soon."""
    with served(RecordedMatomo()) as address, in_terminal(live(address, "--interval", "2"), (80, 24)) as terminal:
        terminal.wait_for(DATA, 60)
        line = Line(terminal, BYTES_A_SECOND)
        time.sleep(seconds)
        before = len(terminal.output)
        terminal.send(b"?")
        took = _until(lambda: b"Keys" in terminal.output[before:], 120)
        lines.at_most("a key to the screen at 9,600 bit/s, s", took or 120.0, BACKLOG, after_seconds=seconds)
        terminal.send(b"\x1b")
        time.sleep(0.2)
        terminal.send(b"/qzjx")
        screen = _Seen(terminal)
        took = _until(lambda: screen.shows("qzjx"), 120)
        lines.at_most("keys typed ahead at 9,600 bit/s, none lost, s", took or 120.0, 2 * BACKLOG)
        terminal.send(b"\x11")
        code, left = terminal.wait_exit(30)
        line.close()
        lines.equal("exit code of ctrl+q at 9,600 bit/s", code, 0, seconds=round(left, 1))


def round_trip(lines: Lines) -> None:
    """A key goes and its frame comes over a line of 300 ms: nothing in the program waits for a second trip."""
    with served(RecordedMatomo()) as address, in_terminal(live(address, "--interval", "2"), (80, 24)) as terminal:
        terminal.wait_for(DATA, 60)
        time.sleep(1.0)
        worst = 0.0
        for key, word in ((b"?", b"Keys"), (b"\x1b", DATA), (b"?", b"Keys")):
            before, begun = len(terminal.output), time.monotonic()
            time.sleep(ROUND_TRIP / 2)
            terminal.send(key)
            with suppress(TimeoutError):
                terminal.wait_for(word, 20, since=before)
            worst = max(worst, time.monotonic() - begun + ROUND_TRIP / 2)
        lines.at_most("key to frame with a round trip of 300 ms, s", worst, ROUND_TRIP + 0.5)


def kinds(lines: Lines) -> None:
    """The live screen on each kind of terminal: figures, no crash, and a clean end."""
    with served(RecordedMatomo()) as address:
        for term in TERMS:
            _kind(lines, f"TERM={term}", live(address), {"TERM": term, "COLORTERM": ""})
        no_utf_8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        for name, env, said in (
            ("LC_ALL=C", no_utf_8, b"encoding is"),
            ("LC_ALL=POSIX", {**no_utf_8, "LC_ALL": "POSIX"}, b"encoding is"),
            ("latin-1", {**no_utf_8, "PYTHONIOENCODING": "latin-1"}, b"encoding is"),
            ("ascii", {"PYTHONIOENCODING": "ascii"}, b"encoding is"),
            ("TERM=dumb", {"TERM": "dumb"}, b"no way to draw"),
            ("no TERM", {"TERM": ""}, b"no way to draw"),
        ):
            _refusal(lines, name, live(address), env, said)


def _kind(lines: Lines, name: str, argv: list[str], env: dict[str, str]) -> None:
    with in_terminal(["env", *(f"{key}={value}" for key, value in env.items()), *argv], (80, 24)) as terminal:
        try:
            terminal.wait_for(DATA, 30)
            before = len(terminal.output)
            terminal.send(b"?")
            terminal.wait_for(b"Keys", 20, since=before)
            terminal.send(b"\x11")
            code, _ = terminal.wait_exit(20)
        except TimeoutError:
            code = -1
        broken = b"Traceback" in terminal.output or b"\\u2" in terminal.output
        restored = terminal.attributes() == terminal.attributes_before and not left_on(terminal.output)
        lines.equal(f"live screen, a key and end with {name}", (code, broken, restored), (0, False, True))


def _refusal(lines: Lines, name: str, argv: list[str], env: dict[str, str], said: bytes) -> None:
    with in_terminal(["env", *(f"{key}={value}" for key, value in env.items()), *argv], (80, 24)) as terminal:
        code, _ = terminal.wait_exit(20)
        told = said in terminal.output and b"Traceback" not in terminal.output
        lines.equal(f"a sentence and exit code 2 with {name}", (code, told), (2, True))


def all_lines(lines: Lines, seconds: int) -> None:
    """All lines and terminals."""
    slow(lines, seconds)
    round_trip(lines)
    kinds(lines)
