"""Resident memory after thousands of polls, run within minutes: the clock advances as soon as a frame was drawn."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.programs import SIZES, in_terminal, size_name
from tests.benchmarks.report import Budget, report

RESIDENT = Budget(90, 75)
GROWTH = Budget(2.0, 0.5)
FROM = 8_000
WHOLE_DAY = 17_280
"""Polls of a day at one every 5 s."""


def soak(polls: int = 10_000) -> None:
    """Run ``polls`` polls of the recorded session at full screen size; growth is measured from the 8,000th poll on."""
    with TemporaryDirectory() as folder:
        measured = Path(folder) / "measured.json"
        command = [sys.executable, "-m", "tests.benchmarks.soak", str(polls), str(measured)]
        begun = time.monotonic()
        with in_terminal(command, SIZES[1]) as terminal:
            code, _ = terminal.wait_exit(polls * 0.5 + 120)
        took = time.monotonic() - begun
        if code != 0:
            raise RuntimeError(f"the long run ended with {code}: {terminal.output[-500:]!r}")
        rss: dict[str, int] = json.loads(measured.read_text())
    marks = sorted((int(poll), size) for poll, size in rss.items())
    at = dict(marks)
    last, end = marks[-1]
    first = max((poll for poll in at if poll <= FROM), default=marks[0][0])
    details = {"size": size_name(SIZES[1]), "polls": last, "seconds": took}
    report("resident memory after a long run", end / 1e6, "MB", RESIDENT, **details, start=marks[0][1] / 1e6)
    growth = (end - at[first]) / at[first] * 100
    report(
        "growth of resident memory",
        growth,
        "%",
        GROWTH,
        **details,
        since=first,
        course=[s // 10**5 / 10 for _, s in marks],
    )
