"""Costs of a running live screen at a poll every 5 s: CPU, bytes to the terminal, bytes over HTTP."""

from __future__ import annotations

import time

from tests.benchmarks.programs import DATA, SIZES, in_terminal, live, size_name
from tests.benchmarks.recorded_matomo import NEW_VISITS, RecordedMatomo
from tests.benchmarks.report import Budget, report
from tests.serving import served

CPU = {(200, 60): Budget(1.5, 0.7)}
TERMINAL = {(80, 24): Budget(1200, 600), (200, 60): Budget(5000, 2500)}
NOTHING_CHANGED = Budget(200, 40)
REQUESTS = Budget(1, 1)
HTTP_BYTES = Budget(12_000, 3_000)
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
        report("HTTP bytes a poll, gzipped", received / requests, "B", HTTP_BYTES, **where)
        return
    report("processor, of one core", cpu, "%", CPU.get(size), **where)
    budget = NOTHING_CHANGED if quiet else TERMINAL[size]
    report("bytes to the terminal a second", to_terminal, "B/s", budget, **where)
    report("resident memory, live", resident / 1e6, "MB", Budget(90, 75), **where)
    if not quiet:
        report("HTTP requests a poll", requests / round(took / INTERVAL), "", REQUESTS, **where)
        report("HTTP bytes a poll", received / requests, "B", HTTP_BYTES, **where, new_visits_a_second=NEW_VISITS)
