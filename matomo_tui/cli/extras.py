"""Extras: packages that only some commands need."""

from __future__ import annotations

import importlib.util

from matomo_tui.cli.errors import stop


def require_extra(extra: str, module: str, what: str) -> None:
    """Exit with code 2 and the command that installs ``extra`` if its ``module`` is missing; ``what`` needs it."""
    if importlib.util.find_spec(module) is None:
        stop(f"{what} needs the extra '{extra}': pip install 'matomo-tui[{extra}]'")
