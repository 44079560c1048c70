"""What a second of a running program costs, with seconds that follow each other at once: ``second WHAT ADDRESS SECONDS
FOLDER``.

Runs in a terminal and writes the processor time of ``SECONDS`` seconds to ``FOLDER/cost.json``. ``WHAT`` is
``dashboard``, which polls ``ADDRESS``, or ``minimal``: a Textual program with a clock that ticks every second and a
list of 20 rows that changes every 5 s.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import Static

from matomo_tui.api.client import Client
from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session, open_session
from matomo_tui.ui.app import MatomoApp
from tests.benchmarks.soak import FRAME, START

SETTLING = 60
"""Seconds that are not measured: caches are filled."""
ROWS, CHANGES = 20, 5


class Meter:
    """Measures the processor time from one second to another and ends the program."""

    def __init__(self, seconds: int, folder: Path, end: Callable[[], None]) -> None:
        self._seconds, self._folder, self._end = seconds, folder, end
        self._passed = 0
        self._begun = 0.0

    def second(self) -> None:
        """A second has passed."""
        self._passed += 1
        if self._passed == SETTLING:
            self._begun = time.process_time()
        elif self._passed == SETTLING + self._seconds:
            (self._folder / "cost.json").write_text(json.dumps((time.process_time() - self._begun) / self._seconds))
            self._end()


class FastClock:
    """A clock whose seconds take as long as a frame. ``on_second`` is called after each; ``file`` tells the server."""

    def __init__(self, file: Path) -> None:
        self._passed = 0.0
        self._file = os.open(file, os.O_WRONLY)
        self.on_second: Callable[[], None] = lambda: None
        self._tell()

    def now(self) -> float:
        return START + self._passed

    def monotonic(self) -> float:
        return self._passed

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        left = timeout
        while left > 0 and not event.is_set():
            before, step = int(self._passed), min(1.0, left)
            left -= step
            self._passed += step
            self._tell()
            if int(self._passed) > before:
                self.on_second()
            await asyncio.sleep(FRAME)
        return event.is_set()

    def _tell(self) -> None:
        os.pwrite(
            self._file, struct.pack("d", self.now()), 0
        )  # not a tenth of what is measured, as opening it each time


def dashboard(address: str, seconds: int, folder: Path) -> App[int]:
    """The live screen, whose tick is called by the fast clock too."""

    clock = FastClock(folder / "clock")

    async def connector(settings: Settings, token: Secret | None) -> Session:
        session = await open_session(settings, token)
        return replace(session, client=Client(session.client.transport, now=clock.now))

    settings = Settings(url=address, interval=float(CHANGES))
    app = MatomoApp(None, settings, connector, clock=clock, token=lambda: Secret("0" * 32))
    meter = Meter(seconds, folder, lambda: app.exit(return_code=0))

    def second() -> None:
        app.live._tick()
        meter.second()

    clock.on_second = second
    return app


class Minimal(App[int]):
    """A clock and a list."""

    def __init__(self, seconds: int, folder: Path) -> None:
        super().__init__()
        self._meter = Meter(seconds, folder, lambda: self.exit(return_code=0))

    def compose(self) -> ComposeResult:
        yield Static("", id="clock", markup=False)
        yield Static("\n" * (ROWS - 1), id="list", markup=False)

    async def on_mount(self) -> None:
        self.run_worker(self._run())

    async def _run(self) -> None:
        clock, rows = self.query_one("#clock", Static), self.query_one("#list", Static)
        for second in range(10**9):
            clock.update(f"{second // 60:02}:{second % 60:02}", layout=False)
            if second % CHANGES == 0:
                rows.update("\n".join(f"{second:>8} {row} /products/lamp" for row in range(ROWS)), layout=False)
            self._meter.second()
            await asyncio.sleep(FRAME)


def main() -> int:
    """Run the given program."""
    what, address, seconds, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    app: App[Any] = dashboard(address, seconds, folder) if what == "dashboard" else Minimal(seconds, folder)
    app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
