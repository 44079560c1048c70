"""The dashboard through a day of polls, with a clock that jumps to the next poll: ``day ADDRESS POLLS FOLDER``.

Runs in a terminal. It writes the present time to ``FOLDER/clock``, for the server, and what it holds once an hour to
``FOLDER/held.json``: at the live screen, with nothing opened for half an hour, before the server's outage.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import json
import struct
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import psutil
from textual.pilot import Pilot

from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.live.clock import Clock
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.session import Session, open_session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.live.before_polling import new_poller
from tests.benchmarks.soak import FRAME, START

EVERY = 720
"""Polls of an hour. The recorded session and the outages repeat with it, so that visits are as new or old whenever what
is held is measured: with other visits a feed holds some MB more or less."""
BUSY = range(60, 260)
"""The polls of each hour in which screens are opened."""
MEASURED = 620
"""The poll of each hour after which it is measured: after more than the ten minutes after which screens are given back,
and before the outage."""
SIZES = ((200, 60), (80, 24), (120, 40), (60, 15))
VISITS = (
    ("2",),
    ("3", "down", "down", "enter"),
    ("4", "left_square_bracket"),
    ("5",),
    ("6",),
    ("7",),
    ("0",),
    ("8",),
    ("9",),
    ("1", "question_mark", "escape"),
    ("1", "down", "down", "enter", "escape"),
    ("1", "ctrl+p", "escape"),
    ("3", "d", "escape", "S", "escape"),
    ("1", "s", "down", "enter"),
)
"""The keys pressed one after the other: sections, dialogs and another site."""


class DayClock:
    """A clock whose waits end as soon as a frame was drawn. ``file`` tells the server the time."""

    def __init__(self, file: Path) -> None:
        self._passed = 0.0
        self._file = file
        self._tell()

    def now(self) -> float:
        return START + self._passed

    def monotonic(self) -> float:
        return self._passed

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        await asyncio.sleep(FRAME)
        if event.is_set():
            return True
        self._passed += timeout
        self._tell()
        return False

    def _tell(self) -> None:
        self._file.write_bytes(struct.pack("d", self.now()))


class Day:
    """Presses keys and measures while the application polls."""

    def __init__(self, address: str, polls: int, folder: Path) -> None:
        self._polls, self._folder = polls, folder
        self._process = psutil.Process()
        self._held: list[dict[str, float]] = []
        self._passed = 0
        self._pressing: asyncio.Task[None] | None = None
        self.clock = DayClock(folder / "clock")
        settings = Settings(url=address, interval=5.0)

        async def connector(settings: Settings, token: Secret | None) -> Session:
            return await open_session(settings, token)

        def poller_for(session: Session, clock: Clock) -> Poller:
            poller = new_poller(session, clock)
            poller.subscribe(self._polled)
            return poller

        self.app = MatomoApp(
            None, settings, connector, clock=self.clock, token=lambda: Secret("0" * 32), poller_for=poller_for
        )

    def _polled(self, snapshot: LiveSnapshot) -> None:
        passed = int(self.clock.monotonic() / 5)
        if passed == self._passed:
            return
        before, self._passed = self._passed, passed
        if before // 12 != passed // 12:
            self.app.release_unseen()  # the timer of the application goes by the time of this computer
        within = passed % EVERY
        if before % EVERY < MEASURED <= within:
            self._measure()
        # All sites are polled every 30 s only, so that the number of a poll may be passed over.
        if before // 10 != passed // 10 and (self._pressing is None or self._pressing.done()):
            number = passed // 10
            if within in BUSY:
                self._pressing = asyncio.create_task(self._press(VISITS[number % len(VISITS)], number))
            elif len(self.app.screen_stack) > 1 or (self.app.size.width, self.app.size.height) != SIZES[0]:
                self._pressing = asyncio.create_task(self._press(("escape", "escape", "1"), 0))
        if passed >= self._polls:
            self.app.exit(return_code=0)

    async def _press(self, keys: Sequence[str], number: int) -> None:
        width, height = SIZES[number % len(SIZES)]
        fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))  # type: ignore[union-attr]
        await Pilot(self.app).press(*keys)

    def _measure(self) -> None:
        gc.collect()
        self._held.append(
            {
                "polls": self._passed,
                "resident": float(self._process.memory_info().rss),
                "blocks": float(sys.getallocatedblocks()),
                "tasks": float(len(asyncio.all_tasks())),
                "widgets": float(len(self.app._registry)),
                "sockets": float(len(self._process.net_connections())),
                "descriptors": float(self._process.num_fds()),
                "screens": float(len(self.app.screen_stack)),
            }
        )
        (self._folder / "held.json").write_text(json.dumps(self._held))


def main() -> int:
    """Run the given number of polls."""
    day = Day(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
    day.app.run()
    return day.app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
