"""Costs of long reports: time from answer to table, latency of scrolling, memory."""

from __future__ import annotations

import random
import re
import time

from tests.benchmarks.big_matomo import BigMatomo
from tests.benchmarks.keys import DOWN, KEY, UP
from tests.benchmarks.programs import DATA, SIZES, in_terminal, live, size_name
from tests.benchmarks.report import Budget, middle, percentile, report
from tests.pty_harness import PtyProcess
from tests.serving import served

DRAWN = {100: Budget(60, 40), 10_000: Budget(150, 100), 100_000: Budget(150, 100)}
PAGES_SECTION, EARLIER = b"3", b"["
WAIT = Budget(50, 40)
"""The longest that a key may wait."""
HELD = {"down": b"\x1b[B", "page down": b"\x1b[6~"}
LONG = 200_000
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


def keys_while_loading(rounds: int = 15) -> None:
    """From a key to the first byte of output, while an answer with very many rows is read and decoded."""
    rng = random.Random(7)
    size, rows = SIZES[1], 100_000
    matomo = BigMatomo(rows, at_once=True)
    times: list[float] = []
    with served(matomo) as address, in_terminal(live(address), size) as terminal:
        terminal.wait_for(DATA, 20)
        _opened(terminal, matomo)
        for _ in range(max(2, rounds // 5)):
            before, label = len(terminal.output), matomo.next_label
            terminal.send(EARLIER)
            while label not in terminal.output[before:]:
                times.append(_pressed(terminal, UP if len(times) % 2 else DOWN, rng.uniform(0.03, 0.06)))
            terminal.settle()
    worst, where = max(times), size_name(size)
    report("key to frame while 100,000 rows come", worst, "ms", WAIT, size=where, median=middle(times), keys=len(times))


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
