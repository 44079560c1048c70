"""Exit codes and messages of commands that fail."""

from __future__ import annotations

from typing import NoReturn

import click


class _CommandFailed(click.ClickException):
    exit_code = 2


def stop(sentence: str) -> NoReturn:
    """Exit with code 2 and print the sentence on standard error."""
    raise _CommandFailed(sentence)
