"""Garbage collection: off during start-up; objects built by then are never scanned."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from textual.app import App

STARTED_AFTER = 2.0
"""Seconds after the first frame after which start-up is over: the objects imported and built by then stay for good."""


def resume_gc_after_start(app: App[int]) -> None:
    """Enable garbage collection after the first frame of ``app``, if the command line disabled it.

    The objects that stay are frozen, so that collections skip them: scanning them takes longer than a frame. Nearly all
    of those at the first frame stay (modules, styles, widgets), so they are frozen at once; of what is built later, the
    garbage is collected first, for which a key may have to wait.
    """
    if not gc.isenabled():
        gc.freeze()
        app.set_timer(STARTED_AFTER, _begin)


@contextmanager
def paused() -> Iterator[None]:
    """Collect no garbage meanwhile: nothing that is imported is any, and looking for some takes a third of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _begin() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
