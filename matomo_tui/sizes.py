"""Sizes in bytes as a person reads them."""

from __future__ import annotations


def format_size(size: int) -> str:
    """``812 bytes``, ``14 kB``, ``3.2 MB``."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    return f"{size / 1e3:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"
