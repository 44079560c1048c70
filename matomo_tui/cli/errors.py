"""Exit codes and messages of commands that fail."""

from __future__ import annotations

from typing import NoReturn

import click


def stop(sentence: str, code: int = 2) -> NoReturn:
    """Print the sentence on standard error and exit with ``code``: see ``headless.exit_codes``."""
    click.ClickException(sentence).show()
    raise SystemExit(code)
