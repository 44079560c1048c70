"""Costs of long reports: time from answer to table, latency of scrolling, memory."""

from __future__ import annotations

import random
import re
import time

from tests.benchmarks.big_matomo import BigMatomo
from tests.benchmarks.keys import KEY
from tests.benchmarks.memory import SECTIONS as ALL_SECTIONS
from tests.benchmarks.programs import DATA, SIZES, in_terminal, live, size_name
from tests.benchmarks.recorded_matomo import RecordedMatomo
from tests.benchmarks.report import Budget, middle, percentile, report
from tests.pty_harness import PtyProcess
from tests.serving import served

DRAWN = {100: Budget(60, 40), 10_000: Budget(150, 100), 100_000: Budget(150, 100)}
PAGES_SECTION, EARLIER = b"3", b"["
HELD = {"down": b"\x1b[B", "page down": b"\x1b[6~"}
LONG = 200_000
OPENED = Budget(120, 80)
NEW_SCREEN = 600
"""Bytes that any other screen has at least."""
SECTIONS = tuple(key for key in ALL_SECTIONS if key not in b"018")
"""The keys of the sections that the token may see, but the live screen."""
_LOADED = re.compile(rb"([0-9,]+) of 200,000 rows")


def answer_to_drawn(rounds: int = 15) -> None:
    """Time from the answer to its first row on the terminal, for reports of several sizes: with pages of rows, and from
    a server that always sends all rows."""
    for at_once in (False, True):
        base = 0.0
        for rows, budget in DRAWN.items():
            fewer = max(2, rounds // 5) if at_once and rows > 1000 else rounds
            took = _answer_to_drawn(rows, fewer, at_once=at_once)
            base = base or middle(took)
            how = "all in one answer" if at_once else "a page of them"
            judged = None if at_once and rows > 100 else budget
            size, times = size_name(SIZES[1]), middle(took) / base
            report(
                "answer to drawn",
                middle(took),
                "ms",
                judged,
                size=size,
                rows=rows,
                answered=how,
                worst=max(took),
                times_100_rows=times,
            )


def _answer_to_drawn(rows: int, rounds: int, *, at_once: bool) -> list[float]:
    """Measure ``rounds`` days, in milliseconds."""
    matomo = BigMatomo(rows, at_once=at_once)
    took = []
    with served(matomo) as address, in_terminal(live(address), SIZES[1]) as terminal:
        terminal.wait_for(DATA, 20)
        _opened(terminal, matomo)
        for _ in range(rounds):
            before, label = len(terminal.output), matomo.next_label
            terminal.send(EARLIER)
            at = terminal.wait_for(label, 60, since=before)
            took.append((terminal.started + at - matomo.answered) * 1000)
            terminal.settle()
    return took


def sections_opened(rounds: int = 5) -> None:
    """Time from a section's key to its first frame, the first time that it is opened in a program that runs."""
    with served(RecordedMatomo()) as address:
        for size in SIZES:
            took: dict[str, list[float]] = {}
            used: list[float] = []
            for _ in range(rounds):
                with in_terminal(live(address, "--interval", "3600"), size) as terminal:
                    terminal.wait_for(DATA, 20)
                    terminal.settle(1.0)
                    for key in SECTIONS:
                        before, spent, begun = len(terminal.output), terminal.cpu_seconds(), time.monotonic()
                        terminal.send(key)
                        # A tick of the clock is shorter than any new screen.
                        at = terminal.wait_for(lambda output: len(output) > NEW_SCREEN, 20, since=before)
                        took.setdefault(key.decode(), []).append((terminal.started + at - begun) * 1000)
                        terminal.settle(1.0)
                        used.append((terminal.cpu_seconds() - spent) * 1000)
            medians = {key: middle(times) for key, times in took.items()}
            slowest = max(medians, key=lambda key: medians[key])
            details: dict[str, object] = {
                "size": size_name(size),
                "slowest": slowest,
                "each": {k: round(v) for k, v in medians.items()},
            }
            details["processor_until_drawn_whole"] = middle(used)
            report("a section first opened, to its first frame", medians[slowest], "ms", OPENED, **details)


def scrolling(presses: int = 300) -> None:
    """Time from a key, held down, to the first byte of output, in a report of 200,000 rows."""
    rng = random.Random(6)
    matomo = BigMatomo(LONG)
    with served(matomo) as address:
        for size in SIZES:
            for name, key in HELD.items():
                with in_terminal(live(address), size) as terminal:
                    terminal.wait_for(DATA, 20)
                    _opened(terminal, matomo)
                    asked = matomo.asked
                    times = [_pressed(terminal, key, rng.uniform(0.025, 0.045)) for _ in range(presses)]
                    terminal.settle()
                worst, requests = percentile(times, 99), matomo.asked - asked
                where, median = size_name(size), middle(times)
                report(
                    "scrolling: key to frame, p99",
                    worst,
                    "ms",
                    KEY,
                    size=where,
                    held=name,
                    median=median,
                    requests=requests,
                )


def memory(presses: int = 200) -> None:
    """Resident memory per loaded row, after scrolling through some screens."""
    size = SIZES[1]
    matomo = BigMatomo(LONG)
    with served(matomo) as address, in_terminal(live(address), size) as terminal:
        terminal.wait_for(DATA, 20)
        _opened(terminal, matomo)
        before, rows = terminal.resident_bytes(), _loaded(terminal)
        for _ in range(presses):
            _pressed(terminal, HELD["page down"], 0.1)
        terminal.settle()
        grown, more = terminal.resident_bytes() - before, _loaded(terminal) - rows
        where, held = size_name(size), rows + more
        report(
            "resident memory, rows held",
            (before + grown) / 1e6,
            "MB",
            Budget(90, 75),
            size=where,
            rows_held=held,
            rows=LONG,
        )
        report("growth of resident memory by rows held", grown / 1e6, "MB", size=where, rows_held=held)
        report("memory for each row held", grown / max(1, more), "B", size=where, rows_held=held)


def _opened(terminal: PtyProcess, matomo: BigMatomo) -> None:
    """Open the page report, and wait for its number of rows."""
    label = matomo.next_label
    terminal.send(PAGES_SECTION)
    terminal.wait_for(label, 60)
    terminal.settle()


def _pressed(terminal: PtyProcess, key: bytes, rest: float) -> float:
    """Measure the latency of a key in milliseconds, ``rest`` seconds after the one before."""
    time.sleep(rest)
    before = len(terminal.output)
    begun = time.monotonic()
    terminal.send(key)
    terminal.wait_for(bool, 5, since=before)
    return (time.monotonic() - begun) * 1000


def _loaded(terminal: PtyProcess) -> int:
    """The number of loaded rows in the title."""
    return int(_LOADED.findall(terminal.output)[-1].replace(b",", b""))
