"""Imports what every section needs, soon after the first figures, while nobody waits.

They take an eighth of the time in which the first section opens. More would cost memory that a screen with the live
figures only never needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import Any

from textual.app import App

MODULES = (
    "matomo_tui.reports.catalogue",
    "matomo_tui.reports.periods",
    "matomo_tui.reports.query",
    "matomo_tui.reports.loader",
)
AFTER = 0.5
"""Seconds after the first figures."""
_BETWEEN = 0.02
"""Seconds between two modules, for keys and answers that came meanwhile."""


def import_soon(app: App[Any], names: Sequence[str] = MODULES, after: float = AFTER) -> None:
    """Import the modules ``names`` one by one, the first one ``after`` so many seconds."""
    if names:
        app.set_timer(after, partial(_import, app, names))


def _import(app: App[Any], names: Sequence[str]) -> None:
    import_module(names[0])
    import_soon(app, names[1:], _BETWEEN)
