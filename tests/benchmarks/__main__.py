"""``python -m tests.benchmarks [NAME…] [--quick] [--polls N]``: runs all benchmarks or those named."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from tests.benchmarks import keys, leaving, memory, startup, steady, tables

BENCHMARKS: dict[str, tuple[Callable[[int], None], int, int]] = {
    "command-line": (startup.command_line, 15, 5),
    "first-frame": (startup.first_frame, 7, 3),
    "busy": (steady.busy, 60, 20),
    "quiet": (steady.quiet, 60, 20),
    "warm": (steady.warm, 600, 200),
    "keys": (keys.key_to_frame, 300, 60),
    "table": (tables.answer_to_drawn, 15, 5),
    "opened": (tables.sections_opened, 5, 2),
    "scrolling": (tables.scrolling, 300, 60),
    "rows": (tables.memory, 200, 40),
    "exit": (leaving.on_signals, 5, 2),
    "sections": (memory.sections, 3, 2),
    "memory": (memory.soak, 10_000, 600),
}
"""Name → what to run, with how many rounds, seconds, presses or polls: thorough, and quick."""


def main() -> None:
    """Run the benchmarks one after another; each prints its own lines."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Measured beside budget, as JSON lines."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: minutes instead of a quarter of an hour")
    parser.add_argument("--polls", type=int, help="polls of the memory benchmark (10000; a whole day is 17280)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    for name, (run, thorough, quick) in BENCHMARKS.items():
        if arguments.names and name not in arguments.names:
            continue
        amount = quick if arguments.quick else thorough
        run(arguments.polls if name == "memory" and arguments.polls else amount)


if __name__ == "__main__":
    main()
