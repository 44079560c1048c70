"""Time until the program has exited."""

from __future__ import annotations

import signal

from tests.benchmarks.programs import DATA, SIZES, in_terminal, live
from tests.benchmarks.recorded_matomo import RecordedMatomo
from tests.benchmarks.report import Budget, middle, report
from tests.serving import served

EXIT = Budget(1.0, 0.5)


def on_signals(rounds: int = 5) -> None:
    """SIGTERM, SIGHUP and a closed terminal, while the dashboard polls."""
    with served(RecordedMatomo()) as address:
        for name in ("SIGTERM", "SIGHUP", "closed terminal"):
            times = []
            for _ in range(rounds):
                with in_terminal(live(address), SIZES[0]) as terminal:
                    terminal.wait_for(DATA, 20)
                    if name == "closed terminal":
                        terminal.hang_up()
                    else:
                        terminal.signal(signal.Signals[name])
                    times.append(terminal.wait_exit()[1])
            report(f"exit on {name}", middle(times), "s", EXIT, worst=max(times))
