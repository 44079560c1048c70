"""Exit codes and messages of commands that fail."""

from __future__ import annotations

from typing import NoReturn

import click


class _Refusal(click.ClickException):
    exit_code = 2


def stop(sentence: str) -> NoReturn:
    """End with exit code 2 and a sentence on standard error."""
    raise _Refusal(sentence)
