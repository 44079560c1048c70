"""Remembers the cursor and the open rows of tables that the user left."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from msgspec import Struct, structs

from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.ui.reports.report_rows import Key

MOST = 12
"""Number of tables remembered: about as many as a user goes back through."""


class TablePosition(Struct, frozen=True):
    """One table at the moment the user left it."""

    table: TableModel
    """The table with the pages that were loaded and the rows that were open."""
    page: ReportPage
    """Its first page: the table is reused only while this is still the newest answer."""
    row: Key
    """The labels from the top level down to the row under the cursor."""

    def line_in(self, table: TableModel) -> int:
        """The line of the remembered row in ``table``, else that of its nearest ancestor; 0 if none is loaded."""
        paths = (self.row[:depth] for depth in range(len(self.row), 0, -1))
        return next((line for path in paths if (line := table.find(path)) is not None), 0)


class TablePositions:
    """The positions in the tables left last, by request."""

    def __init__(self) -> None:
        self._positions: OrderedDict[ReportRequest, TablePosition] = OrderedDict()

    def save(self, table: TableModel, page: ReportPage, row: Key | None) -> None:
        """Remember ``table`` with the cursor on ``row``; without a row there is nothing to remember."""
        if row:
            key = _key(table.request)
            self._positions[key] = TablePosition(table, page, row)
            self._positions.move_to_end(key)
            while len(self._positions) > MOST:
                self._positions.popitem(last=False)

    def get(self, request: ReportRequest) -> TablePosition | None:
        """The position saved for ``request``; ``None`` if there is none any more."""
        return self._positions.get(_key(request))


def _key(request: ReportRequest) -> ReportRequest:
    """``request`` without the subtable ids of the comparison period: they may be known for a row at one time and
    unknown at another."""
    return replace(request, path=tuple(structs.replace(step, before=None) for step in request.path))
