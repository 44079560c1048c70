"""Signal handling and forced shutdown: exit within 1 s and restore the terminal.

Textual leaves the terminal raw on SIGTERM, SIGHUP and SIGQUIT, waits for ever on a terminal that nobody reads, and on
one that hung up without a SIGHUP it spins. Signal handlers set with ``signal.signal`` run even while the event loop
is blocked in a write; they only hand the exit code to a thread, which asks the application to end and, where it does
not in time, ends the process itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, NoReturn

from textual.app import App

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

GRACE = 0.6
"""Seconds that the application has to end by itself."""
GRACE_QUIT = 2.0
"""The same where the user quit: a busy computer may need a second to restore the terminal, and nothing waits for it."""
TICK = 0.2
"""Seconds between two looks at the terminal: 0.2 s and the grace stay under a second."""
HUNG_UP = 129
"""The exit code for a terminal that went away: 128 + SIGHUP."""

_FLUSHES = 8
"""How often the terminal's output queue is emptied: one write of Textual's may fill it several times."""
_FLUSH_PAUSE = 0.005
"""Seconds between two of them."""

_SIGNALS = ("SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGBREAK")

# What Textual switches on, off again. The CAN first ends a sequence that was cut in two.
_RESTORE = (
    b"\x18\x1b[?2026l\x1b[?2048l\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    b"\x1b[<u\x1b[0m\x1b[?1049l\x1b[?25h\x1b[?1004l"
)

# Alternate screen, no cursor, focus reports, bracketed paste and no line wrap: what Textual begins with.
_TAKE = "\x1b[?1049h\x1b[?25l\x1b[?1004h\x1b[?2004h\x1b[?7l"


def install_signal_handlers(app: App[Any]) -> None:
    """Watch over ``app`` and its terminal; call from ``on_mount``, after Textual has set its own handlers.

    SIGHUP, SIGINT, SIGTERM, SIGQUIT (and SIGBREAK on Windows) end it with 128 + the signal's number, an inherited
    'ignore' included; a terminal that hung up ends it with 129. From then on the process does not outlive the
    application's end by more than ``GRACE`` seconds, even where a thread is stuck. Does nothing where there is no
    terminal (tests, screenshots).
    """
    if app.is_headless:
        return
    ways_out = _ShutdownWatchdog(app)
    for name in _SIGNALS:
        if number := getattr(signal, name, None):
            signal.signal(number, ways_out.on_signal)
    if hasattr(signal, "SIGCONT"):
        signal.signal(signal.SIGCONT, _Continued(app))
    ways_out.start()


def exit_now(code: int) -> NoReturn:
    """End the process at once with ``code``; to be called when the application has ended and the terminal is restored.

    Python would spend a fifth of a second on taking its modules apart, and wait for threads that are stuck.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            if stream is not None:
                stream.flush()
    os._exit(code)


class _Continued:
    """The handler of SIGCONT. Textual begins its whole application mode again for each one: after a SIGCONT alone, or
    a SIGSTOP that nobody can catch, two threads would read the keys, and the end would leave the terminal raw."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._loop = app._loop
        self._textuals = signal.getsignal(signal.SIGCONT)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if getattr(self._app._driver, "_must_signal_resume", False) and callable(self._textuals):
            self._textuals(number, frame)  # Textual had stopped by itself (ctrl+z)
        elif self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._draw_again)

    def _draw_again(self) -> None:
        """The shell may have taken the terminal meanwhile: make it ours again, and draw everything."""
        driver = self._app._driver
        if driver is None or not self._app.is_running:
            return
        with suppress(AttributeError, OSError):  # another driver than that of Linux and macOS
            _make_raw(driver)
            driver.write(_TAKE)
            driver._enable_mouse_support()  # type: ignore[attr-defined]
        driver.flush()
        self._app.refresh(layout=True)


def _make_raw(driver: Any) -> None:
    """The terminal's attributes as Textual wants them; those from before it are kept where it keeps them."""
    if termios is None:
        return
    import tty

    with suppress(termios.error):
        attributes = termios.tcgetattr(driver.fileno)
        attributes[tty.LFLAG] = driver._patch_lflag(attributes[tty.LFLAG])
        attributes[tty.IFLAG] = driver._patch_iflag(attributes[tty.IFLAG])
        attributes[tty.CC][termios.VMIN] = 1
        termios.tcsetattr(driver.fileno, termios.TCSANOW, attributes)


class _ShutdownWatchdog(threading.Thread):
    """Waits for the first reason to end, then sees to it that the process does."""

    def __init__(self, app: App[Any]) -> None:
        super().__init__(name="ways-out", daemon=True)
        self._app = app
        self._loop = app._loop
        self._has_quit = False
        # SimpleQueue.put is reentrant, so a signal handler may call it wherever it interrupted the main thread.
        self._codes: SimpleQueue[int] = SimpleQueue()
        self._terminal = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        self._codes.put(128 + number)

    def run(self) -> None:
        code = self._wait()
        if _hung_up(self._terminal):
            _detach()
        if self._app.is_running and self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(lambda: self._app.exit(return_code=code))
        time.sleep(GRACE_QUIT if self._has_quit else GRACE)
        self._end(code)

    def _wait(self) -> int:
        """The exit code, once there is a reason to end."""
        while True:
            with suppress(Empty):
                return self._codes.get(timeout=TICK)
            if not self._app.is_running:
                self._has_quit = True
                return self._app.return_code or 0
            if _hung_up(self._terminal):
                return HUNG_UP

    def _end(self, code: int) -> None:
        """The application did not manage: restore the terminal as far as it lets us, and go."""
        restore = threading.Thread(target=_restore, args=(self._terminal, _attributes(self._app)), daemon=True)
        restore.start()
        restore.join(0.2)
        os._exit(code)


def _hung_up(terminal: int) -> bool:
    """Whether the terminal went away; always false where the system cannot tell."""
    if termios is None or terminal < 0:
        return False
    try:
        termios.tcgetattr(terminal)
    except termios.error:
        return True
    return False


def _detach() -> None:
    """Put the null device in the terminal's place: what is still written must not fail (Python ends with 120 where it
    cannot flush)."""
    with suppress(OSError):
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
            if stream is not None and _hung_up(stream.fileno()):
                os.dup2(null, stream.fileno())


def _attributes(app: App[Any]) -> list[Any] | None:
    """The terminal's attributes from before Textual made it raw."""
    attributes: list[Any] | None = getattr(app._driver, "attrs_before", None)
    return attributes


def _restore(terminal: int, attributes: list[Any] | None) -> None:
    """Leave the alternate screen, mouse and raw mode; may block on a terminal that nobody reads."""
    with suppress(OSError, ValueError):
        screen = _take_from_writer()
        if termios is not None and terminal >= 0:
            with suppress(termios.error):
                if attributes is not None:
                    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
                for _ in range(_FLUSHES):
                    termios.tcflush(terminal, termios.TCOFLUSH)
                    time.sleep(_FLUSH_PAUSE)
        os.write(screen, _RESTORE)


def _take_from_writer() -> int:
    """A file descriptor of the terminal that nothing else writes to.

    Textual's writer thread may be blocked in the middle of a frame and would write the next one after the restoring
    sequences: what it writes from now on goes to the null device. Its current write is drained by flushing.

    Raises ``OSError`` or ``ValueError`` where there is no terminal to write to.
    """
    stream = sys.__stderr__
    if stream is None:
        raise ValueError("no standard error")
    screen = os.dup(stream.fileno())
    null = os.open(os.devnull, os.O_WRONLY)
    for output in (sys.__stdout__, sys.__stderr__):
        if output is not None and os.isatty(output.fileno()):
            os.dup2(null, output.fileno())
    return screen
