"""Exit codes and messages of commands that fail."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn, TextIO

import click


def stop(sentence: str, code: int = 2) -> NoReturn:
    """Print the sentence on standard error and exit with ``code``: see ``headless.exit_codes``."""
    fail(click.ClickException(sentence), code)


def fail(error: click.ClickException, code: int) -> NoReturn:
    """Print ``error`` on standard error and exit with ``code``, also if nobody reads the message."""
    try:
        error.show()
    except BrokenPipeError:
        forget(sys.stderr)
    raise SystemExit(code)


def forget(stream: TextIO) -> None:
    """Discard the output that could not be written, so that Python does not try once more when it exits."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
