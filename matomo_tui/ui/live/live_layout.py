"""The live screen's layout by terminal size, and its text on smaller terminals. The styles are in ``live.tcss``."""

from __future__ import annotations

from textual.geometry import Size

from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.ui.drawing.formatting import number
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.widgets.screens import NEEDS
from matomo_tui.ui.widgets.status import state_word

MEDIUM_FROM = Size(110, 34)
LARGE_FROM = Size(180, 50)


def layout_of(size: Size) -> dict[str, bool]:
    """Return the classes of the layout for a terminal of ``size``, each with True if it is set."""
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


def small_lines(snapshot: LiveSnapshot, glyphs: Glyphs, *, demo: bool) -> tuple[list[str], list[str]]:
    """Return the lines above and below the size needed, for a terminal that is too small: the two main figures."""
    counters = snapshot.counters
    below = [
        "",
        f"{snapshot.site.name} {state_word(snapshot.poll, glyphs)}".strip(),
        f"{number(counters.active.value, glyphs.dash)} active, "
        f"{number(counters.visits_30.value, glyphs.dash)} in 30 min",
    ]
    return ["DEMO"] if demo else [], below
