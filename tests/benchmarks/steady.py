"""Costs of a running live screen at a poll every 5 s: CPU, bytes to the terminal, bytes over HTTP."""

from __future__ import annotations

import json
import struct
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.memory import LIVE
from tests.benchmarks.programs import DATA, SIZES, in_terminal, live, size_name
from tests.benchmarks.recorded_matomo import NEW_VISITS, RecordedMatomo
from tests.benchmarks.report import Budget, report
from tests.benchmarks.soak import START
from tests.serving import served

CPU = {(200, 60): Budget(0.7, 0.5)}
WARM = Budget(0.7, 0.5)
TERMINAL = {(80, 24): Budget(1200, 600), (200, 60): Budget(5000, 2500)}
NOTHING_CHANGED = Budget(40, 20)
REQUESTS = Budget(1, 1)
HTTP_BYTES, HTTP_GZIPPED = Budget(6_000, 3_000), Budget(1_500, 1_000)
INTERVAL = 5.0
SETTLING = 12.0


def busy(seconds: float = 60.0) -> None:
    """The recorded session, with more than one new visit per second."""
    for size in SIZES:
        _run(size, seconds, quiet=False, compress=False)
    _run(SIZES[0], seconds, quiet=False, compress=True)


def quiet(seconds: float = 60.0) -> None:
    """A site without activity."""
    for size in SIZES:
        _run(size, seconds, quiet=True, compress=False)


def warm(seconds: int = 600) -> None:
    """The processor's work for one second of the screen's life, if seconds follow each other at once.

    A program that runs for a hundredth of each second finds the processor's caches filled by others: measured by the
    clock on the wall, the same work takes several times as long on a busy computer, and that of an empty program too.
    A minimal Textual program is measured beside it.
    """
    for size in SIZES:
        cost = {what: _second(what, size, seconds) * 100 for what in ("minimal", "dashboard")}
        details = {"size": size_name(size), "seconds": seconds}
        report(
            "processor, of one core, run warm",
            cost["dashboard"],
            "%",
            WARM,
            **details,
            minimal_textual_program=cost["minimal"],
            times_minimal=cost["dashboard"] / cost["minimal"],
        )


def _second(what: str, size: tuple[int, int], seconds: int) -> float:
    """The processor time of a second, in seconds."""
    with TemporaryDirectory() as folder:
        clock = Path(folder) / "clock"
        clock.write_bytes(struct.pack("d", START))

        def now() -> float:
            written = clock.read_bytes()
            return float(struct.unpack("d", written)[0]) if len(written) == 8 else now()

        with served(RecordedMatomo(now)) as address:
            command = [sys.executable, "-m", "tests.benchmarks.second", what, address, str(seconds), folder]
            with in_terminal(command, size) as terminal:
                code, _ = terminal.wait_exit(seconds * 0.5 + 120)
                if code != 0:
                    raise RuntimeError(f"{what} ended with {code}: {terminal.output[-1500:]!r}")
        cost: float = json.loads((Path(folder) / "cost.json").read_text())
    return cost


def _run(size: tuple[int, int], seconds: float, *, quiet: bool, compress: bool) -> None:
    matomo = RecordedMatomo(quiet=quiet, compress=compress)
    with served(matomo) as address, in_terminal(live(address, "--interval", str(INTERVAL)), size) as terminal:
        terminal.wait_for(DATA, 20)
        time.sleep(SETTLING)
        written, used, begun = len(terminal.output), terminal.cpu_seconds(), time.monotonic()
        asked, sent = matomo.requests, matomo.bytes_out
        time.sleep(seconds)
        took = time.monotonic() - begun
        to_terminal = (len(terminal.output) - written) / took
        cpu = (terminal.cpu_seconds() - used) / took * 100
        resident = terminal.resident_bytes()
        requests, received = matomo.requests - asked, matomo.bytes_out - sent
    what = "nothing happens" if quiet else "more than one visit a second"
    where = {"size": size_name(size), "while": what}
    if compress:
        report("HTTP bytes a poll, gzipped", received / requests, "B", HTTP_GZIPPED, **where)
        return
    report("processor, of one core", cpu, "%", CPU.get(size), **where)
    budget = NOTHING_CHANGED if quiet else TERMINAL[size]
    report("bytes to the terminal a second", to_terminal, "B/s", budget, **where)
    report("resident memory, live", resident / 1e6, "MB", LIVE, **where)
    if not quiet:
        report("HTTP requests a poll", requests / round(took / INTERVAL), "", REQUESTS, **where)
        report("HTTP bytes a poll", received / requests, "B", HTTP_BYTES, **where, new_visits_a_second=NEW_VISITS)
