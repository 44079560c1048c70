"""Prints the errors that libraries log, for commands that serve."""

from __future__ import annotations

import logging

import click

from matomo_tui.api.secret import without_secrets
from matomo_tui.sanitize import sanitize


def print_errors_as_lines(command: str) -> None:
    """Print the errors that libraries log as lines on standard error, sanitized and without tracebacks, which may
    contain secrets. ``command`` begins each line."""
    root = logging.getLogger()
    root.handlers[:] = [_ErrorLines(command)]
    root.setLevel(logging.ERROR)


class _ErrorLines(logging.Handler):
    def __init__(self, command: str) -> None:
        super().__init__(logging.ERROR)
        self._command = command

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        raised = record.exc_info[1] if record.exc_info else None
        what = f" ({type(raised).__name__}: {raised})" if raised is not None else ""
        click.echo(f"{self._command}: {without_secrets(sanitize(record.getMessage() + what, 500))}", err=True)
