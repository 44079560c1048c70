"""Latency of key presses while the program polls at its shortest interval."""

from __future__ import annotations

import random
import time

from tests.benchmarks.programs import DATA, SIZES, in_terminal, live, size_name
from tests.benchmarks.recorded_matomo import RecordedMatomo
from tests.benchmarks.report import Budget, middle, percentile, report
from tests.serving import served

KEY = Budget(25, 20)
DOWN, UP = b"\x1b[B", b"\x1b[A"


def key_to_frame(presses: int = 300) -> None:
    """From the key's last byte to the first byte of output, at a poll every 2 s."""
    rng = random.Random(5)
    with served(RecordedMatomo()) as address:
        for size in SIZES:
            with in_terminal(live(address, "--interval", "2"), size) as terminal:
                terminal.wait_for(DATA, 20)
                time.sleep(3)
                times = []
                for number in range(presses):
                    time.sleep(rng.uniform(0.03, 0.12))
                    before = len(terminal.output)
                    begun = time.monotonic()
                    terminal.send(UP if number % 2 else DOWN)
                    terminal.wait_for(bool, 5, since=before)
                    times.append((time.monotonic() - begun) * 1000)
            report("key to frame, p99", percentile(times, 99), "ms", KEY, size=size_name(size), median=middle(times))
