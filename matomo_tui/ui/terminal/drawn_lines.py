"""Lets the drawn lines of removed widgets go, which Textual keeps."""

from __future__ import annotations

from textual._styles_cache import StylesCache


def forget_removed_widgets() -> None:
    """Release the line caches of widgets that are gone.

    Textual (8.2) caches the method ``StylesCache.get_inner_outer`` by its arguments, the object included: up to 1,024
    widgets, hundreds of lines each, stay in memory after they were removed. Those that are drawn fill the cache again.
    """
    clear = getattr(StylesCache.get_inner_outer, "cache_clear", None)
    if clear is not None:
        clear()
