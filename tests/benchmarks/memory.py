"""Resident memory after thousands of polls, run within minutes, and with all sections opened.

In the long run the clock advances as soon as a frame was drawn.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.programs import DATA, SIZES, in_terminal, live, size_name
from tests.benchmarks.report import Budget, report
from tests.endurance.weeks import DayMatomo
from tests.serving import served

LIVE = Budget(60, 55)
"""Megabytes of the live screen alone."""
RESIDENT = Budget(75, 70)
"""Megabytes with sections opened, or after an hour and more."""
SECTIONS = (b"2", b"3", b"4", b"5", b"6", b"7", b"0", b"8", b"1")
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


def sections(seconds: int = 3) -> None:
    """Open each section for ``seconds`` and go back to the live screen: what all hold until they are given back."""
    with served(DayMatomo(time.time)) as address:
        for size in SIZES:
            with in_terminal(live(address, "--interval", "5"), size) as terminal:
                terminal.wait_for(DATA, 60)
                time.sleep(2 * seconds)
                before = terminal.resident_bytes()
                for key in SECTIONS:
                    terminal.send(key)
                    time.sleep(seconds)
                after = terminal.resident_bytes()
            where = {"size": size_name(size), "live": before / 1e6}
            report("resident memory with all sections opened", after / 1e6, "MB", RESIDENT, **where)
