"""Lets go what widgets that are not on the screen were drawn with: Textual keeps each line, at a kilobyte, and the
styles of each part, at six."""

from __future__ import annotations

from typing import Any

from textual._styles_cache import StylesCache
from textual.screen import Screen
from textual.widget import Widget


class Releasable:
    """What can be given back while it is not drawn."""

    def release(self) -> None:
        """Give it back; it comes again when it is asked for."""


def forget_removed_widgets() -> None:
    """Release the line caches of widgets that are gone.

    Textual (8.2) caches the method ``StylesCache.get_inner_outer`` by its arguments, the object included: up to 1,024
    widgets, hundreds of lines each, stay in memory after they were removed. Those that are drawn fill the cache again.
    """
    clear = getattr(StylesCache.get_inner_outer, "cache_clear", None)
    if clear is not None:
        clear()


def forget_lines(screen: Screen[Any]) -> None:
    """Release the drawn lines of the widgets of ``screen`` and the styles of their parts. They are drawn again when it
    is shown."""
    for widget in screen.walk_children(with_self=True):
        if isinstance(widget, Widget):
            widget._styles_cache.clear()
            if isinstance(parts := widget._component_styles, Releasable):
                parts.release()
