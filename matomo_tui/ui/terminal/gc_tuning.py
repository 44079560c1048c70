"""Garbage collection: off during start-up; objects built by then are never scanned."""

from __future__ import annotations

import gc

from textual.app import App

STARTED_AFTER = 2.0
"""Seconds after which the start is over: what is imported and built by then stays for good."""


def resume_gc_after_start(app: App[int]) -> None:
    """Begin to collect once ``app`` has started, where the command line switched it off for the start.

    What is there by then is left out of every later collection: going through it takes longer than a frame may.
    """
    if not gc.isenabled():
        app.set_timer(STARTED_AFTER, _begin)


def _begin() -> None:
    gc.freeze()
    gc.enable()
