"""Holds frames back while the terminal does not take them, as on a slow line.

Textual queues 30 writes and then waits, with keys and polls, for the terminal. Here a frame is not drawn as long as the
terminal is behind: what changed stays marked, and one frame with all changes is drawn when the line is free. No key is
lost and none waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import IO, Any

from textual.driver import Driver

from matomo_tui.ui.terminal.app_part import AppPart
from matomo_tui.ui.terminal.pen import RESET

PATIENCE = 0.1
"""Seconds that a write may take before frames are held back: a fast terminal takes a thousandth of that."""
LOOK_AGAIN = 0.05
"""Seconds until a frame that was held back is tried again."""


class WritePace:
    """Counts the writes that are queued and those that the terminal has taken.

    The application counts the former and Textual's writer thread the latter, so no lock is needed.
    """

    def __init__(self) -> None:
        self._queued = self._written = self._taken = 0
        self._since = 0.0

    @property
    def is_behind(self) -> bool:
        """Whether a write has been waiting for longer than ``PATIENCE``."""
        return self._queued > self._taken and time.monotonic() - self._since > PATIENCE

    @property
    def is_idle(self) -> bool:
        """Whether the terminal has taken all writes."""
        return self._queued == self._taken

    def queue(self) -> None:
        """A write is about to be queued."""
        if self._queued == self._taken:
            self._since = time.monotonic()
        self._queued += 1

    def write(self) -> None:
        """A write was passed to the terminal's buffer."""
        self._written += 1

    def flush(self) -> None:
        """The terminal has taken everything that was written."""
        self._taken = self._written


class PacedFile:
    """The terminal as Textual's writer thread sees it."""

    def __init__(self, file: IO[str], pace: WritePace) -> None:
        self._file = file
        self._pace = pace

    def write(self, text: str) -> int:
        """Write ``text``; blocks while the terminal takes nothing."""
        count = self._file.write(text)
        self._pace.write()
        return count

    def flush(self) -> None:
        """Write what is buffered; blocks while the terminal takes nothing."""
        self._file.flush()
        self._pace.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class PacedApp(AppPart):
    """An application whose driver counts what the terminal has taken."""

    _pace: WritePace | None = None
    _after_batch: Callable[[], None] | None = None

    def call_after_writing(self, callback: Callable[[], None], tries: int = 20) -> None:
        """Call ``callback`` when the terminal has taken the last frame, or after ``tries`` milliseconds at the latest.

        Textual writes in a thread of its own, which gets hardly any time while this one is busy.
        """
        if tries and self._pace is not None and not self._pace.is_idle:
            self.set_timer(0.001, partial(self.call_after_writing, callback, tries - 1))
        else:
            self.call_later(callback)

    def call_after_batch(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when no batch of updates is open any more, instead of the one given before."""
        self._after_batch = callback

    def _end_batch(self) -> None:
        super()._end_batch()
        if not self._batch_count and self._after_batch is not None:
            callback, self._after_batch = self._after_batch, None
            self.call_later(callback)

    @property
    def is_terminal_behind(self) -> bool:
        """Whether the terminal has not taken the frames before."""
        return self._pace is not None and self._pace.is_behind

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver, which reads its input by a parser of the program's own, and counts its writes if it writes
        to a terminal."""
        driver_class = super().get_driver_class()
        app = self

        class PacedDriver(driver_class):  # type: ignore[misc, valid-type]  # the class is chosen when the program runs
            """Textual's driver with a pace."""

            _is_stopped = False

            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                file = getattr(self, "_file", None)
                if file is not None:
                    app._pace = self._pace = WritePace()
                    self._file = PacedFile(file, self._pace)

            def write(self, data: str) -> None:
                """Queue ``data`` for the terminal, unless it was given back: a frame may follow a bug at the start."""
                if self._is_stopped:
                    return
                if (pace := getattr(self, "_pace", None)) is not None:
                    pace.queue()
                super().write(data)

            def start_application_mode(self) -> None:
                """Take the terminal, also after a stop."""
                from matomo_tui.ui.terminal.input_parser import parse_input_of  # the input is parsed from here on

                parse_input_of(driver_class)
                self._is_stopped = False
                super().start_application_mode()

            def stop_application_mode(self) -> None:
                """Leave the terminal's own colours: frames end with those of their last text."""
                self.write(RESET)
                super().stop_application_mode()
                self._is_stopped = True

        return PacedDriver
