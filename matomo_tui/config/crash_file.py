"""Crash reports: one sentence, and a file with a traceback without values.

Python's own traceback ends with the error's message, and Textual's has the locals of every frame: both may have a
token.
"""

from __future__ import annotations

import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from matomo_tui import __version__
from matomo_tui.api.secret import without_secrets
from matomo_tui.sanitize import drop_unprintable, sanitize

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
