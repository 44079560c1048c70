"""A day at a poll every 5 s, within minutes: memory in its second half, and what is held at rest."""

from __future__ import annotations

import json
import statistics
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.programs import ROOT
from tests.benchmarks.recorded_matomo import SITE, Message, RecordedMatomo
from tests.benchmarks.soak import START
from tests.endurance.lines import Lines
from tests.pty_harness import PtyProcess
from tests.serving import served
from tests.ui.reports.sectioning import matomo

WHOLE_DAY = 17_280
GROWTH = 2.0
"""Per cent by which memory may grow in the second half of a day."""
OUTAGE_EVERY, OUTAGE = 3600.0, 120.0
"""Seconds from one outage to the next, and of each: the server answers 503."""


class DayMatomo(RecordedMatomo):
    """The recorded session with a second site, reports, and outages. ``now`` is its clock (UTC epoch in seconds)."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(now)
        self._time = now
        self._reports = matomo()

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if (self._time() - START) % OUTAGE_EVERY > OUTAGE_EVERY - OUTAGE:
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b"Down."})
        else:
            await super().__call__(scope, receive, send)

    def _answer(self, call: dict[str, str]) -> Any:
        method = call.get("method", "")
        if method == "SitesManager.getSitesIdWithViewAccess":
            return [1, 2]
        if method in ("SitesManager.getSiteFromId", "SitesManager.getPatternMatchSites"):
            sites = [SITE, {**SITE, "idsite": "2", "name": "Blog"}]
            return sites[int(call["idSite"]) - 1] if "idSite" in call else sites
        found = super()._answer(call)
        if (isinstance(found, dict) and found.get("result") == "error" and "period" in call) or "Metadata" in method:
            return self._reports._answer(call)
        return found


def clock_in(file: Path) -> Callable[[], float]:
    """The time that the program writes to ``file``; before it does, that of its start."""

    def now() -> float:
        try:
            return float(struct.unpack("d", file.read_bytes())[0])
        except (OSError, struct.error):
            return START

    return now


def day(lines: Lines, polls: int = WHOLE_DAY) -> None:
    """Run ``polls`` polls with sections, dialogs, resizes, site switches, outages and midnights."""
    with TemporaryDirectory() as folder:
        begun = time.monotonic()
        with served(DayMatomo(clock_in(Path(folder) / "clock"))) as address:
            command = [sys.executable, "-m", "tests.endurance.day", address, str(polls), folder]
            with PtyProcess(command, width=200, height=60, env={"HOME": folder}, cwd=str(ROOT)) as terminal:
                code, _ = terminal.wait_exit(polls * 0.6 + 120)
                if code != 0:
                    raise RuntimeError(f"the day ended with {code}: {terminal.output[-1500:]!r}")
        held: list[dict[str, float]] = json.loads((Path(folder) / "held.json").read_text())
    details = {"polls": polls, "seconds": round(time.monotonic() - begun)}
    middle, last = _usual(held, len(held) // 2), _usual(held, len(held) - 2)
    course = [round(one["resident"] / 1e6, 1) for one in held]
    growth = (last["resident"] - middle["resident"]) / middle["resident"] * 100
    lines.at_most("growth of memory in the second half of a day, %", growth, GROWTH, course=course, **details)
    # Memory includes what Python's allocator keeps of pools that are partly free: blocks tell whether anything stays.
    more = (last["blocks"] - middle["blocks"]) / middle["blocks"] * 100
    course = [int(one["blocks"]) for one in held]
    lines.at_most("growth of allocated blocks in the second half of a day, %", more, GROWTH, course=course, **details)
    for name in ("tasks", "widgets", "sockets", "descriptors", "screens"):
        course = [int(one[name]) for one in held]
        before, after = held[len(held) // 2][name], held[-1][name]
        lines.at_most(f"{name} at rest at the end of a day", after, before, course=course, **details)


def _usual(held: list[dict[str, float]], at: int) -> dict[str, float]:
    """The figures in the middle of three hours around ``at``: what is opened in an hour differs."""
    near = held[max(0, at - 1) : at + 2]
    return {name: statistics.median(one[name] for one in near) for name in near[0]}
