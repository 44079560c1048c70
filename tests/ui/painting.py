"""Frames in the tests of the screen: painted when a test looks at the screen, not after each change.

A headless application computes each frame and throws it away, which took a fifth of the time of these tests. What a
test reads of the screen (``lines``, ``text``, a picture) is painted for it either way. Tests that count what is
painted, or keep the frames, use the fixture ``painted``; ``PAINT=1`` paints everything in all tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.screen import Screen

_on = bool(os.environ.get("PAINT"))
_paint = Screen._compositor_refresh


def install() -> None:
    """Leave out the frames of headless applications from now on."""
    setattr(Screen, "_compositor_refresh", _refresh)  # noqa: B010 (a generic class; Textual has no switch for it)


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
