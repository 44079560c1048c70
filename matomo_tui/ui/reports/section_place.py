"""What remains of a report screen without its widgets, so that it can be built again at the same place."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.reports.report_rows import Key
from matomo_tui.ui.reports.table_positions import TablePosition
from matomo_tui.ui.widgets.table.table_places import TablePlaces


class SectionPlace(Struct, frozen=True):
    """The place of the user in one section."""

    request: ReportRequest | None = None
    """The request shown."""
    chosen: ReportRequest | None = None
    """The request chosen last, which ``request`` stands in for while the catalogue lacks its report."""
    last_requests: Mapping[str, ReportRequest] = field(default_factory=dict)
    """The last request shown of each report, by the report's id."""
    shows_list: bool = False
    """The list of reports is open in place of the report."""
    tables: TablePlaces = field(default_factory=dict)
    """The rows under the cursors."""
    table: TablePosition | None = None
    """The open report with its rows."""
    marked: tuple[Key, ...] = ()
    """The marked rows of the open report."""
    pane: object = None
    """The choices of a section's only pane, such as its search; only that pane reads them."""
