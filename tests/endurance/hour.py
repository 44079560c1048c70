"""The program in a terminal, at a poll every 5 s in real time: memory, descriptors and threads through an hour.

The live screen can show itself as it was up to an hour ago, and keeps a snapshot of each poll for that. So an hour goes
before the one that is measured: until then memory grows by what is kept.
"""

from __future__ import annotations

import fcntl
import json
import struct
import sys
import termios
import time

import psutil

from tests.benchmarks.programs import DATA, in_terminal, live
from tests.endurance.lines import Lines
from tests.endurance.weeks import GROWTH, DayMatomo
from tests.pty_harness import PtyProcess
from tests.serving import served

WHOLE_HOUR = 3_600
"""Seconds of the hour that is measured, and of the one before it."""
MEASURED_EVERY = 300
BUSY = 300
"""Sections are opened in the first five minutes of each half; what they hold is given back ten minutes later."""
VISITS = (b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"1", b"?", b"\x1b", b"\x10", b"\x1b", b"s", b"\x1b")
"""The keys pressed one after the other: sections and dialogs."""
KEY_EVERY = 10
SIZES = ((200, 60), (80, 24), (120, 40))


def _measured(terminal: PtyProcess, second: int) -> dict[str, float]:
    process = psutil.Process(terminal.process.pid)
    with process.oneshot():
        return {
            "minute": second / 60,
            "resident": float(process.memory_info().rss),
            "descriptors": float(process.num_fds()),
            "threads": float(process.num_threads()),
            "sockets": float(len(process.net_connections())),
        }


def _act(terminal: PtyProcess, within: int) -> None:
    """Do what is due in this second of a half."""
    if within < BUSY and within % KEY_EVERY == 0:
        number = within // KEY_EVERY
        terminal.send(VISITS[number % len(VISITS)])
        if number % 7 == 0:
            width, height = SIZES[number // 7 % len(SIZES)]
            fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    elif within in (BUSY, BUSY + 2, BUSY + 4):
        terminal.send(b"\x1b" if within < BUSY + 4 else b"1")
        fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))


def hour(lines: Lines, seconds: int = WHOLE_HOUR) -> None:
    """Run the program for twice ``seconds``, measured every five minutes; growth is that between the ends of the halves
    of the second hour."""
    held: list[dict[str, float]] = []
    with served(DayMatomo(time.time)) as address, in_terminal(live(address, "--interval", "5"), SIZES[0]) as terminal:
        terminal.wait_for(DATA, 60)
        begun = time.monotonic()
        for second in range(1, 2 * seconds + 1):
            time.sleep(max(0.0, begun + second - time.monotonic()))
            _act(terminal, second % (seconds // 2))
            if second % MEASURED_EVERY == 0:
                held.append(_measured(terminal, second))
                sys.stderr.write(json.dumps(held[-1]) + "\n")
        terminal.send(b"\x11")
        code, _ = terminal.wait_exit(30)
    lines.equal("exit code after an hour", code, 0, seconds=2 * seconds)
    middle, last = held[len(held) // 4 * 3 - 1], held[-1]
    course = [round(one["resident"] / 1e6, 1) for one in held]
    growth = (last["resident"] - middle["resident"]) / middle["resident"] * 100
    lines.at_most("growth of memory in the second half of an hour, %", growth, GROWTH, course=course)
    for name in ("descriptors", "threads", "sockets"):
        course = [int(one[name]) for one in held]
        lines.at_most(f"{name} at the end of an hour", last[name], middle[name], course=course)
