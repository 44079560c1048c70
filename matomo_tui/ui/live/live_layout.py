"""The live screen's layout by terminal size (styles are in ``live.tcss``)."""

from __future__ import annotations

from textual.geometry import Size

from matomo_tui.ui.widgets.screens import NEEDS

MEDIUM_FROM = Size(110, 34)
LARGE_FROM = Size(180, 50)


def layout_of(size: Size) -> dict[str, bool]:
    """The classes of the layout for a terminal of ``size``."""
    tiny = size.width < NEEDS.width or size.height < NEEDS.height
    large = size.width >= LARGE_FROM.width and size.height >= LARGE_FROM.height
    medium = size.width >= MEDIUM_FROM.width and size.height >= MEDIUM_FROM.height and not large
    compact = not (tiny or medium or large)
    return {
        "-tiny": tiny,
        "-compact": compact,
        "-medium": medium,
        "-large": large,
        "-tall": (compact and size.height >= 34) or (medium and size.height >= 46),
        "-broad": compact and size.width >= 120,
    }
