"""Takes away the caches that each line on the screen has for its parts.

Textual gives every ``Strip`` seven caches: a kilobyte with nothing in them, and several times that with the parts of
the line between other widgets.
"""

from __future__ import annotations

from typing import Any

from textual.cache import FIFOCache
from textual.strip import Strip


class _NoCache(FIFOCache[Any, Any]):
    """A cache that stays empty."""

    def set(self, key: Any, value: Any) -> None:
        """Keep nothing."""

    __setitem__ = set


_NO_CACHE = _NoCache(0)


def without_caches(strip: Strip) -> Strip:
    """Return ``strip``, which works out its parts again from now on: of the lines that widgets keep, only those that
    change are cut again."""
    strip._divide_cache = strip._crop_cache = strip._style_cache = strip._filter_cache = _NO_CACHE
    strip._line_length_cache = strip._crop_extend_cache = strip._offsets_cache = _NO_CACHE
    return strip
