"""Layout classes of the report screens by terminal size, and their breadcrumbs."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.reports.query import Query
from matomo_tui.ui.widgets.breadcrumbs import Crumb, beside, path_crumbs
from matomo_tui.ui.widgets.key_footer import QUIT_AND_HELP
from matomo_tui.ui.widgets.screens import NEEDS, TINY, Breakpoints

FOLDING = "-folding"
"""The class of a screen on which the list of reports stands beside the report only while it has the focus."""
WIDTHS: Breakpoints = [(0, TINY), (NEEDS.width, "-narrow"), (100, FOLDING), (140, "-wide")]
"""Wide: the list of reports always stands beside the report. Narrow: in its place."""
HEIGHTS: Breakpoints = [(0, TINY), (NEEDS.height, "-short"), (30, "-tall"), (50, "-large")]
"""Tall: there is room for a chart above rows. Large: for a higher one."""

KEPT_KEYS = ("pick_period", "compare", "export", *QUIT_AND_HELP)
"""Actions of a report that the footer names at every width: what is shown is theirs, whichever pane has the focus."""


def query_crumbs(
    names: Sequence[str],
    query: Query,
    segment_text: str,
    *,
    shows_comparison: bool = False,
    actions: Sequence[str] = (),
) -> list[Crumb]:
    """The breadcrumbs of a screen: the path ``names``, then the period, the comparison and the segment of ``query``.

    ``segment_text`` is the segment in words; ``actions`` has what a click on each name does. All texts must be
    sanitized.
    """
    crumbs = [*path_crumbs(names, actions), Crumb(query.period.label(), "text", 3, least=10, action="pick_period")]
    if shows_comparison and query.before is not None:
        crumbs.append(Crumb(f"vs {beside(query.before, query.period)}", "muted", 5, least=10, action="compare"))
    if query.segment:
        crumbs.append(Crumb(segment_text, "only", 2, least=10, action="segment"))
    return crumbs
