"""Returns to the system what the C library keeps of freed memory: some 5 MB after sections were given back."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache


@cache
def _trim() -> Callable[[int], int] | None:
    """glibc's ``malloc_trim``; ``None`` with other C libraries and systems."""
    import ctypes

    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    return found


def return_freed_memory() -> None:
    """Return the whole pages that nothing uses any more. Takes a millisecond or two; does nothing without glibc.

    By itself glibc returns only the end of its heap, so that one small object there keeps all that is free before it.
    """
    trim = _trim()
    if trim is not None:
        trim(0)
