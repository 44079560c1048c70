"""Frames in the tests of the screen: painted when a test looks at the screen, not after each change.

A headless application computes each frame and throws it away, which took a fifth of the time of these tests. What a
test reads of the screen (``lines``, ``text``, a picture) is painted for it either way, once for all that it reads
before the program goes on. Tests that count what is painted, or keep the frames, use the fixture ``painted``;
``PAINT=1`` paints everything in all tests.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from tests.ui import idle

_on = bool(os.environ.get("PAINT"))
_paint = Screen._compositor_refresh
_refresh_widget = Widget.refresh
_changes = 0
"""How often a widget was to be drawn again."""


def install() -> None:
    """Leave out the frames of headless applications from now on."""
    setattr(Screen, "_compositor_refresh", _refresh)  # noqa: B010 (a generic class; Textual has no switch for it)
    setattr(Widget, "refresh", _counted)  # noqa: B010 (generic in its own type)


def _counted(self: Widget, *regions: Any, **options: Any) -> Widget:
    global _changes
    _changes += 1
    return _refresh_widget(self, *regions, **options)


def lines_of(app: App[Any]) -> list[str]:
    """What is on the screen, line by line, without trailing blanks."""
    loop = asyncio.get_running_loop().__dict__
    now = app.screen, _changes, idle.turn()
    at, lines = loop.get("_painted", (None, []))
    if at != now:
        strips = app.screen._compositor.render_strips()
        lines = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
        loop["_painted"] = now, lines
    return [*lines]


@contextmanager
def painted() -> Iterator[None]:
    """Paint each frame while the block runs."""
    global _on
    before, _on = _on, True
    try:
        yield
    finally:
        _on = before


def _refresh(self: Screen[Any]) -> None:
    if _on or not self.app.is_headless or self is not self.app.screen:
        _paint(self)
        return
    self._compositor._dirty_regions.clear()
    self._dirty_widgets.clear()
    self.app._update_mouse_over(self)
