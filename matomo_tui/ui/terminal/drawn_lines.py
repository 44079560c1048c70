"""Lets the drawn lines of widgets go that are not on the screen: Textual keeps them, at a kilobyte each."""

from __future__ import annotations

from typing import Any

from textual._styles_cache import StylesCache
from textual.screen import Screen
from textual.widget import Widget


def forget_removed_widgets() -> None:
    """Release the line caches of widgets that are gone.

    Textual (8.2) caches the method ``StylesCache.get_inner_outer`` by its arguments, the object included: up to 1,024
    widgets, hundreds of lines each, stay in memory after they were removed. Those that are drawn fill the cache again.
    """
    clear = getattr(StylesCache.get_inner_outer, "cache_clear", None)
    if clear is not None:
        clear()


def forget_lines(screen: Screen[Any]) -> None:
    """Release the drawn lines of the widgets of ``screen``. They are drawn again when it is shown."""
    for widget in screen.walk_children(with_self=True):
        if isinstance(widget, Widget):
            widget._styles_cache.clear()
