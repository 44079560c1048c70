"""Layout classes of the report screens by terminal size, and their breadcrumbs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size

from matomo_tui.reports.query import Query
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.widgets.breadcrumbs import Crumb, beside, path_crumbs
from matomo_tui.ui.widgets.screens import NEEDS

WIDE_FROM = 100
"""Width in cells from which the list of reports stands beside the report."""
TALL_FROM = 30
"""Height in lines from which there is room for a chart above the rows."""
LARGE_FROM = 50
"""Height in lines from which that chart is higher."""


def layout_of(size: Size) -> dict[str, bool]:
    """The layout classes at ``size``, each with True if it is to be set. A screen sets them while it composes, so that
    nothing is styled twice before the first frame."""
    return {
        "-tiny": size.width < NEEDS.width or size.height < NEEDS.height,
        "-wide": size.width >= WIDE_FROM,
        "-tall": size.height >= TALL_FROM,
        "-large": size.height >= LARGE_FROM,
    }


def too_small_text(size: Size, glyphs: Glyphs) -> str:
    """The two lines that a terminal too small for the screen shows."""
    times = glyphs.times
    return f"matomo-tui needs {NEEDS.width}{times}{NEEDS.height}\nthis is {size.width}{times}{size.height}"


def query_crumbs(
    names: Sequence[str], query: Query, segment_text: str, *, shows_comparison: bool = False
) -> list[Crumb]:
    """The breadcrumbs of a screen: the path ``names``, then the period, the comparison and the segment of ``query``.

    ``segment_text`` is the segment in words. All texts must be sanitized.
    """
    crumbs = [*path_crumbs(names), Crumb(query.period.label(), "text", 3, least=10)]
    if shows_comparison and query.before is not None:
        crumbs.append(Crumb(f"vs {beside(query.before, query.period)}", "muted", 5, least=10))
    if query.segment:
        crumbs.append(Crumb(segment_text, "only", 2, least=10))
    return crumbs
