"""Crash reports: one sentence on the terminal, and a traceback file without values.

Textual's own traceback has the locals of every frame, which include the token.
"""

from __future__ import annotations

import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text
from textual.worker import WorkerFailed

from matomo_tui import __version__
from matomo_tui.api.secret import without_secrets
from matomo_tui.sanitize import drop_unprintable, sanitize
from matomo_tui.ui.terminal.pacing import PacedApp

EXIT_CODE = 1
"""The exit code of a crash."""
_KEEP = 10


def crash_text(error: BaseException) -> str:
    """The text of the crash file: versions, time, and the traceback without locals. It can be printed: messages of
    errors may have texts of the server in them."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=False).format()
    where = f"matomo-tui {__version__}, Python {platform.python_version()}, {sys.platform}, {os.environ.get('TERM')}"
    text = without_secrets(f"{where}\n{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n\n{''.join(lines)}")
    return "\n".join(map(drop_unprintable, text.split("\n")))


def crash_folder() -> Path:
    """The folder of crash files: the platform's log folder for this program."""
    from platformdirs import user_log_path

    return user_log_path("matomo-tui", appauthor=False)


def write_crash_file(error: BaseException, folder: Path | None = None) -> Path | None:
    """Write the traceback to a file that only its owner may read. Returns the path, or ``None`` on failure.

    Keeps the newest ``_KEEP`` files of the folder (``crash_folder()`` by default).
    """
    folder = folder or crash_folder()
    path = folder / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{os.getpid()}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(crash_text(error))
        for old in sorted(folder.glob("crash-*.txt"))[:-_KEEP]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def crash_message(error: BaseException, path: Path | None) -> str:
    """The message on the terminal: the error in a line, and the path of the traceback."""
    reason = sanitize(without_secrets(f"{type(error).__name__}: {error}".removesuffix(": ")), 200)
    if path is None:
        return f"matomo-tui crashed: {reason}\nNo traceback could be written to {crash_folder()}."
    return f"matomo-tui crashed: {reason}\nThe traceback is in {path} (no token in it)."


class CrashReportMixin(PacedApp):
    """Ends the application on an unhandled exception, also of a worker, with ``EXIT_CODE``, a sentence and a crash
    file."""

    def _fatal_error(self) -> None:
        # A private hook of Textual's: there is no public one for another crash screen.
        error: BaseException = self._exception or sys.exception() or RuntimeError("unknown")
        while isinstance(error, WorkerFailed):
            error = error.error
        self.bell()
        if not self._exit_renderables:
            self._exit_renderables.append(Text(crash_message(error, write_crash_file(error))))
        self._close_messages_no_wait()
