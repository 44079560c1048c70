"""Prints the errors that libraries log, for commands that serve."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from matomo_tui.api.secret import without_secrets
from matomo_tui.sanitize import sanitize


def print_errors_as_lines(command: str) -> None:
    """Print the errors that libraries log as lines on standard error, sanitized and without tracebacks, which may
    contain secrets. ``command`` begins each line."""
    root = logging.getLogger()
    root.handlers[:] = [_ErrorLines(command)]
    root.setLevel(logging.ERROR)
    threading.excepthook = _of_a_thread


@contextmanager
def errors_as_lines(command: str) -> Iterator[None]:
    """:func:`print_errors_as_lines` for as long as a command runs."""
    root = logging.getLogger()
    handlers, level, hook = root.handlers[:], root.level, threading.excepthook
    print_errors_as_lines(command)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        threading.excepthook = hook


def _of_a_thread(raised: threading.ExceptHookArgs) -> None:
    """Log an error that ended a thread, which Python would print with its traceback."""
    if raised.exc_value is not None:
        name = raised.thread.name if raised.thread is not None else "unknown"
        error = (raised.exc_type, raised.exc_value, raised.exc_traceback)
        logging.getLogger(__name__).error("The thread %s ended", name, exc_info=error)


class _ErrorLines(logging.Handler):
    def __init__(self, command: str) -> None:
        super().__init__(logging.ERROR)
        self._command = command

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        raised = record.exc_info[1] if record.exc_info else None
        what = f" ({type(raised).__name__}: {raised})" if raised is not None else ""
        click.echo(f"{self._command}: {without_secrets(sanitize(record.getMessage() + what, 500))}", err=True)
