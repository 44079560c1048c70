"""What a report screen does with room to spare: a taller chart above a short table, and the row explained beside it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget

from matomo_tui.ui.reports.evolution import EvolutionPane
from matomo_tui.ui.reports.metrics import MetricsPane
from matomo_tui.ui.reports.report_pane import ReportPane
from matomo_tui.ui.reports.row_pane import RowPane

ROOM_FOR_ROW = 180
"""Cells from which on all figures of the row under the cursor stand beside the report."""
_CHART_HEIGHTS = {False: 10, True: 16}
"""Lines of a chart above a long table, by whether the screen is large; as in ``section.tcss``."""
_LEAST_CHART = 9
"""Lines that a chart above the metrics of a single row keeps."""
_LEAST_TABLE = 8
"""Lines that a table keeps."""


def leaves_room(pane: ReportPane | MetricsPane, height: int, *, is_large: bool) -> bool | None:
    """Returns True if the rows of ``pane`` leave room for a chart in ``height`` lines; ``None`` if they are unknown."""
    wanted = pane.wanted_height
    if isinstance(pane, MetricsPane):
        return None if wanted is None else wanted <= height - _LEAST_CHART
    return None if wanted is None else wanted < height - _CHART_HEIGHTS[is_large]


def share_height(
    pane: ReportPane | MetricsPane, charts: Sequence[EvolutionPane], height: int, *, is_large: bool
) -> None:
    """Give the ``charts`` above the report in ``pane`` what a short table leaves of ``height`` lines."""
    wanted = pane.wanted_height
    is_short = bool(charts) and bool(leaves_room(pane, height, is_large=is_large))
    set_height(pane, max(wanted or 0, _LEAST_TABLE) if is_short else None)
    for chart in charts:
        set_height(chart, "1fr" if is_short else None)


def set_height(pane: Widget, height: int | str | None) -> None:
    """Set the height of ``pane``; ``None`` is that of the style sheet. Textual lays out the whole screen even for a
    ``None`` that changes nothing, so that one is left out."""
    if height is not None or pane.styles.inline.has_rule("height"):
        pane.styles.height = height


def explain_row(beside: RowPane, pane: ReportPane, *, has_room: bool) -> None:
    """Show the row under the cursor of ``pane`` in the pane ``beside`` it, if there is room."""
    beside.display = has_room
    line, data = pane.highlighted, pane.data
    if not has_room:
        return
    if line is None or data is None:
        beside.clear()
    else:
        beside.show(data.level_request(pane.table.cursor), line, data.path(pane.table.cursor))
