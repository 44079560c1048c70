"""Latency of key presses while the program polls at its shortest interval."""

from __future__ import annotations

import random
import sys
import time

from tests.benchmarks.programs import DATA, SIZES, in_terminal, live, size_name
from tests.benchmarks.recorded_matomo import RecordedMatomo
from tests.benchmarks.report import Budget, middle, percentile, report
from tests.serving import served

KEY = Budget(25, 20)
DOWN, UP = b"\x1b[B", b"\x1b[A"


_LIST = """
from textual.app import App
from textual.widgets import OptionList
class Listed(App):
    def compose(self):
        yield OptionList(*(f"{number:>6} /products/lamp" for number in range(500)))
    def on_mount(self):
        self.set_interval(1, lambda: None)
        self.call_after_refresh(self.query_one(OptionList).focus)
Listed().run()
"""
MINIMAL = [sys.executable, "-c", _LIST]
"""Textual alone with a list of rows and its cursor."""


def key_to_frame(presses: int = 300) -> None:
    """From the key's last byte to the first byte of output, at a poll every 2 s; and the same in a minimal program."""
    with served(RecordedMatomo()) as address:
        for size in SIZES:
            minimal, _ = _pressed(MINIMAL, b"lamp", size, presses)
            times, used = _pressed(live(address, "--interval", "2"), DATA, size, presses)
            report(
                "key to frame, p99",
                percentile(times, 99),
                "ms",
                KEY,
                size=size_name(size),
                median=middle(times),
                minimal_p99=percentile(minimal, 99),
                minimal_median=middle(minimal),
                processor=used,
            )


def _pressed(command: list[str], ready: bytes, size: tuple[int, int], presses: int) -> tuple[list[float], float]:
    """The latency of each key in milliseconds, and the processor time of the program per key, polls included."""
    rng = random.Random(5)
    with in_terminal(command, size) as terminal:
        terminal.wait_for(ready, 20)
        time.sleep(3)
        spent = terminal.cpu_seconds()
        times = []
        for number in range(presses):
            time.sleep(rng.uniform(0.03, 0.12))
            before = len(terminal.output)
            begun = time.monotonic()
            terminal.send(UP if number % 2 else DOWN)
            terminal.wait_for(bool, 5, since=before)
            times.append((time.monotonic() - begun) * 1000)
        return times, (terminal.cpu_seconds() - spent) * 1000 / presses
