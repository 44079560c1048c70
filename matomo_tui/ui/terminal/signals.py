"""Signal handling and forced shutdown: exit within 1 s and restore the terminal.

Textual leaves the terminal raw on SIGTERM, SIGHUP and SIGQUIT, waits for ever on a terminal that nobody reads, and
spins on one that hung up without a SIGHUP. Handlers set with ``signal.signal`` run even while the event loop is blocked
in a write. They only pass the exit code to a thread, which asks the application to exit and ends the process itself if
that takes too long.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, NoReturn

from textual.app import App

from matomo_tui.ui.terminal.lean_frames import LeanFramesMixin

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

GRACE = 0.6
"""Seconds that the application has to exit by itself."""
GRACE_HUNG_UP = 0.4
"""The same once the terminal is gone: nothing of it is to be restored."""
GRACE_QUIT = 2.0
"""The same after the user quit: a busy computer may need a second to restore the terminal, and nothing waits for it."""
TICK = 0.2
"""Seconds between two checks of the terminal: with the grace they stay under a second."""
HUNG_UP = 129
"""The exit code after the terminal hung up: 128 + SIGHUP."""

_PATIENCE = 0.3
"""Seconds that a write of Textual's, blocked by a terminal that nobody reads, has to come to its end."""
_FLUSH_PAUSE = 0.005
"""Seconds between two times that the terminal's output queue is emptied for it."""

_SIGNALS = (
    *("SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT", "SIGBREAK"),
    # These would end the process as it is, with the terminal raw.
    *("SIGUSR1", "SIGUSR2", "SIGALRM", "SIGABRT", "SIGXCPU", "SIGVTALRM", "SIGPROF"),
)

# Switches off what Textual switches on. The leading CAN ends a sequence that was cut in two.
_CANCEL = b"\x18"
"""Ends an escape sequence that was cut in two, and does nothing else."""
_RESTORE = (
    _CANCEL + b"\x1b[?2026l\x1b[?2048l\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    b"\x1b[<u\x1b[0m\x1b[?1049l\x1b[?25h\x1b[?1004l"
)

# What Textual starts with: alternate screen, no cursor, focus reports, bracketed paste and no line wrap.
_TAKE = "\x1b[?1049h\x1b[?25l\x1b[?1004h\x1b[?2004h\x1b[?7l"


def install_signal_handlers(app: App[Any]) -> None:
    """Install signal handlers and a watchdog for ``app``; call from ``on_mount``, after Textual has set its own
    handlers.

    Each signal that would end the process and can be caught ends the application with 128 + the signal's number, even
    if an ignored signal was inherited; a hung-up terminal, and a parent killed below a shell, end it with 129. The
    process then outlives the application by at most ``GRACE`` seconds, even if a thread is stuck. Does nothing without
    a terminal (tests, screenshots).
    """
    if app.is_headless:
        return
    watchdog = _ShutdownWatchdog(app)
    for name in _SIGNALS:
        if number := getattr(signal, name, None):
            signal.signal(number, watchdog.on_signal)
    if hasattr(signal, "SIGCONT"):
        signal.signal(signal.SIGCONT, _Continued(app))
    watchdog.start()


@contextmanager
def ending_at_signals() -> Iterator[None]:
    """End with 128 + the signal's number at a signal that comes before :func:`install_signal_handlers`.

    Only ctrl+c ends the event loop so that Textual restores the terminal: the other signals are passed on as one.
    """
    code = 128 + signal.SIGINT

    def pass_on(number: int, _frame: FrameType | None) -> None:
        nonlocal code
        code = 128 + number
        signal.raise_signal(signal.SIGINT)

    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number not in (None, signal.SIGINT):
            signal.signal(number, pass_on)
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(code) from None


def exit_now(code: int) -> NoReturn:
    """End the process at once with ``code``. Call it after the application has ended and the terminal is restored.

    Python's own shutdown takes a fifth of a second and waits for stuck threads.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            if stream is not None:
                stream.flush()
    os._exit(code)


class _Continued:
    """The handler of SIGCONT.

    Textual starts application mode again on each SIGCONT. After one without a stop by Textual, or after a SIGSTOP,
    which cannot be caught, two threads would read the keys and the exit would leave the terminal raw.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._loop = app._loop
        self._textual_handler = signal.getsignal(signal.SIGCONT)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if getattr(self._app._driver, "_must_signal_resume", False) and callable(self._textual_handler):
            self._textual_handler(number, frame)  # Textual had stopped by itself (ctrl+z)
            self._forget_screen()
            if self._loop is not None:
                with suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._redraw)
        elif self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._draw_again)

    def _draw_again(self) -> None:
        """Set up the terminal again and redraw everything, as the shell may have changed it."""
        driver = self._app._driver
        if driver is None or not self._app.is_running:
            return
        with suppress(AttributeError, OSError):  # another driver than that of Linux and macOS
            _make_raw(driver)
            driver.write(_TAKE)
            driver._enable_mouse_support()  # type: ignore[attr-defined]
        driver.flush()
        self._redraw()

    def _redraw(self) -> None:
        self._forget_screen()
        self._app.refresh(layout=True)

    def _forget_screen(self) -> None:
        if isinstance(self._app, LeanFramesMixin):
            self._app.forget_screen()


def _make_raw(driver: Any) -> None:
    """Set the terminal's attributes as Textual does, without replacing those that it saved."""
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
    """Waits for a signal, the application's exit or a hang-up, then makes sure that the process ends."""

    def __init__(self, app: App[Any]) -> None:
        super().__init__(name="shutdown-watchdog", daemon=True)
        self._app = app
        self._loop = app._loop
        self._has_quit = False
        # SimpleQueue.put is reentrant, so a signal handler may call it at any point of the main thread.
        self._codes: SimpleQueue[int] = SimpleQueue()
        self._terminal = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
        self._parent = os.getppid()

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._codes.put(128 + number)

    def run(self) -> None:
        code = self._wait()
        hung_up = _hung_up(self._terminal)
        if hung_up:
            _detach()
        if self._app.is_running and self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(lambda: self._app.exit(return_code=code))
        time.sleep(GRACE_QUIT if self._has_quit else GRACE_HUNG_UP if hung_up else GRACE)
        if hung_up:
            os._exit(code)
        self._end(code)

    def _wait(self) -> int:
        """Wait for a reason to end, and return its exit code."""
        while True:
            with suppress(Empty):
                return self._codes.get(timeout=TICK)
            if not self._app.is_running:
                self._has_quit = True
                return self._app.return_code or 0
            if _hung_up(self._terminal) or _is_cut_off(self._terminal, self._parent):
                return HUNG_UP

    def _end(self, code: int) -> None:
        """Restore the terminal as far as possible and end the process: the application did not exit in time."""
        restore = threading.Thread(target=_restore, args=(self._terminal, _attributes(self._app)), daemon=True)
        restore.start()
        restore.join(_PATIENCE + 0.1)
        os._exit(code)


def _hung_up(terminal: int) -> bool:
    """Whether the terminal has hung up, or the pipe of a dashboard in a browser; always false if the system cannot
    tell."""
    if termios is None or terminal < 0:
        return False
    try:
        termios.tcgetattr(terminal)
    except termios.error:
        return not _is_open_pipe(terminal)
    return False


def _is_cut_off(terminal: int, parent: int) -> bool:
    """Whether the ``parent`` was killed and the shell above it has taken the terminal back.

    No signal tells: the program could neither read the terminal nor stop, and would go on drawing over the shell.
    """
    if os.name != "posix" or terminal < 0 or os.getppid() == parent:
        return False
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:
        return False


def _is_open_pipe(descriptor: int) -> bool:
    """Whether it is a pipe or a socket whose other end is open."""
    try:
        mode = os.fstat(descriptor).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            return False
        poller = select.poll()
        poller.register(descriptor, 0)
        return not any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poller.poll(0))
    except OSError:
        return False


def _detach() -> None:
    """Replace the terminal by the null device, so that later writes do not fail (Python exits with 120 if it cannot
    flush)."""
    with suppress(OSError):
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
            if stream is not None and _hung_up(stream.fileno()):
                os.dup2(null, stream.fileno())


def _attributes(app: App[Any]) -> list[Any] | None:
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
                _drain(terminal, screen)
        os.write(screen, _RESTORE)


def _drain(terminal: int, screen: int) -> None:
    """Empty the output queue until Textual's write under way is over, which then has no room to wait for.

    Writes to a terminal come one after the other: a byte of our own gets through once the one before has. Emptying the
    queue a fixed number of times is not enough, as a busy machine may not wake the writer in between.
    """
    probe = threading.Thread(target=os.write, args=(screen, _CANCEL), daemon=True)
    probe.start()
    deadline = time.monotonic() + _PATIENCE
    while probe.is_alive() and time.monotonic() < deadline:
        termios.tcflush(terminal, termios.TCOFLUSH)
        probe.join(_FLUSH_PAUSE)
    termios.tcflush(terminal, termios.TCOFLUSH)


def _take_from_writer() -> int:
    """Return a file descriptor of the terminal that nothing else writes to.

    Textual's writer thread may be blocked within a frame and would write the next one after the restoring sequences:
    its later writes go to the null device, and flushing drains the present one.

    Raises ``OSError`` or ``ValueError`` without a terminal to write to.
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
