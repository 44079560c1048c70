"""Start-up times, as a ratio to an empty program started in the same minute."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.benchmarks.programs import DATA, DEMO, EMPTY, FRAME, PLAIN, ROOT, SIZES, in_terminal, live, size_name
from tests.benchmarks.recorded_matomo import RecordedMatomo
from tests.benchmarks.report import Budget, middle, report
from tests.serving import served

TEXT_ONLY = Budget(5.0, 4.0)
FIRST_FRAME = Budget(1.3, 1.2)
FIRST_DATA = Budget(2.2, 2.0)
_PLAIN = "plain widgets and one request"


def command_line(rounds: int = 15) -> None:
    """``--help`` and ``--version``, compared to an empty interpreter."""
    commands = {
        "empty": [sys.executable, "-c", "pass"],
        "--help": [sys.executable, "-m", "matomo_tui", "--help"],
        "--version": [sys.executable, "-m", "matomo_tui", "--version"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            begun = time.perf_counter()
            subprocess.run(argv, cwd=ROOT, check=True, capture_output=True)
            times[name].append(time.perf_counter() - begun)
    empty = middle(times["empty"])
    for name in ("--help", "--version"):
        took = middle(times[name])
        report(f"{name} / empty interpreter", took / empty, "×", TEXT_ONLY, ms=took * 1000, empty_ms=empty * 1000)


def first_frame(rounds: int = 7) -> None:
    """First frame and first data, in the demo and over HTTP, compared to an empty Textual application.

    Two more lines show the part of Textual and httpx: a program of as many plain widgets, which sends one request."""
    with served(RecordedMatomo()) as address:
        for size in SIZES:
            _first_frame(size, {"demo": DEMO, "live": live(address)}, [*PLAIN, address], rounds)


def _first_frame(size: tuple[int, int], programs: dict[str, list[str]], plain: list[str], rounds: int) -> None:
    empty: list[float] = []
    frames: dict[str, list[float]] = {name: [] for name in programs}
    data: dict[str, list[float]] = {name: [] for name in programs}
    frames[_PLAIN], data[_PLAIN] = [], []
    for _ in range(rounds):
        with in_terminal(EMPTY, size) as terminal:
            empty.append(terminal.wait_for(b"READY", 20))
        with in_terminal(plain, size) as terminal:
            frames[_PLAIN].append(terminal.wait_for(b"READY", 20))
            data[_PLAIN].append(terminal.wait_for(b"ANSWERED", 20))
        for name, argv in programs.items():
            with in_terminal(argv, size) as terminal:
                frames[name].append(terminal.wait_for(FRAME, 20))
                data[name].append(terminal.wait_for(DATA, 20))
    base = middle(empty)
    for name in frames:
        for what, times, budget in (("frame", frames, FIRST_FRAME), ("data", data, FIRST_DATA)):
            took = middle(times[name])
            title = f"first {what}, {name} / empty Textual application"
            limit = None if name == _PLAIN else budget
            report(title, took / base, "×", limit, size=size_name(size), ms=took * 1000, empty_ms=base * 1000)
