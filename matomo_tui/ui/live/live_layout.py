"""The live screen's layout by terminal size, and its text on smaller terminals."""

from __future__ import annotations

from pathlib import Path

from textual.css.stylesheet import Stylesheet
from textual.geometry import Size

from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.ui.drawing.formatting import number
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.widgets.screens import TINY
from matomo_tui.ui.widgets.status import state_word

LEAST = Size(40, 10)
"""The smallest terminal that the live screen is laid out for: state, counters and feed."""
COMPACT_FROM = Size(72, 20)
MEDIUM_FROM = Size(110, 34)
LARGE_FROM = Size(180, 50)
VAST_FROM = Size(201, 50)
NARROW_RANKING = 34
"""Cells of a ranking below which its columns stand closer, so that more of the label is visible."""
WHOLE = "-whole"
"""The class of a screen that shows a single pane."""

_STYLES = Path(__file__).parent / "layouts"
_STYLED = (WHOLE, "-small", "-compact", "-medium", "-large")
"""The classes whose rules are in files of their own: a program shows one or two of them in its life."""


def read_styles(stylesheet: Stylesheet, classes: dict[str, bool]) -> None:
    """Add the rules of the layout with these ``classes`` to ``stylesheet`` unless it has them."""
    for name in _STYLED:
        path = _STYLES / f"{name.removeprefix('-')}.tcss"
        if classes[name] and not stylesheet.has_source(str(path)):
            stylesheet.read(path)


def ranking_widths(width: int) -> tuple[int, int]:
    """Return the cells of the two columns of figures in a ranking of ``width``, including the space before each."""
    return (6, 7) if width >= NARROW_RANKING else (5, 5)


def layout_of(size: Size, *, whole: bool = False) -> dict[str, bool]:
    """Return the classes of the layout for a terminal of ``size``, each with True if it is set.

    ``whole``: a single pane fills the screen.
    """
    tiny = not _reaches(size, LEAST)
    large = _reaches(size, LARGE_FROM)
    medium = _reaches(size, MEDIUM_FROM) and not large
    compact = _reaches(size, COMPACT_FROM) and not (medium or large)
    shown = not tiny and not whole
    classes = {
        "-small": not (tiny or compact or medium or large),
        "-compact": compact,
        "-medium": medium,
        "-large": large,
        "-short": compact and size.height < 24,
        "-tall": (compact and size.height >= 34) or (medium and size.height >= 46),
        "-broad": compact and size.width >= 120,
        "-vast": large and _reaches(size, VAST_FROM),
        "-high": large and size.height >= 70,
    }
    return {TINY: tiny, WHOLE: whole and not tiny, **{name: on and shown for name, on in classes.items()}}


def _reaches(size: Size, least: Size) -> bool:
    return size.width >= least.width and size.height >= least.height


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
