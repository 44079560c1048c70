"""The marked rows of a report."""

from __future__ import annotations

from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.reports.report_rows import Key


class RowMarks(dict[Key, None]):
    """The marked rows, in the order in which they were marked."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: object = None

    def keep_for(self, request: ReportRequest) -> None:
        """Unmark all rows if those of ``request`` are others: of another site or report, or flat ones, whose labels are
        made of those of several levels."""
        rows = (request.query.site.id, request.report.id, request.extra, request.flat)
        if rows != self._rows:
            self._rows = rows
            self.clear()
