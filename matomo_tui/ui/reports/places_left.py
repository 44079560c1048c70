"""Where the cursor was, and which rows were open, on the tables that a person went on from."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.ui.reports.report_rows import Key

MOST = 12
"""Tables that are remembered: about as many as one goes back through."""


@dataclass(frozen=True, slots=True)
class PlaceLeft:
    """A ``table`` as it was, its first ``page``, and the labels that lead to the row under the cursor."""

    table: TableModel
    page: ReportPage
    row: Key

    def line_in(self, table: TableModel) -> int:
        """Where its row is in a ``table`` of the same report, else the row above it that is there; 0 for none."""
        paths = (self.row[:depth] for depth in range(len(self.row), 0, -1))
        return next((line for path in paths if (line := table.find(path)) is not None), 0)


class PlacesLeft:
    """The places by what was asked there, the last ones only."""

    def __init__(self) -> None:
        self._places: OrderedDict[ReportRequest, PlaceLeft] = OrderedDict()

    def leave(self, table: TableModel, page: ReportPage, row: Key | None) -> None:
        """A person goes on from ``row`` of ``table``."""
        if row:
            key = _key(table.request)
            self._places[key] = PlaceLeft(table, page, row)
            self._places.move_to_end(key)
            while len(self._places) > MOST:
                self._places.popitem(last=False)

    def at(self, request: ReportRequest) -> PlaceLeft | None:
        """How ``request`` was left; ``None`` where it was not, or long ago."""
        return self._places.get(_key(request))


def _key(request: ReportRequest) -> ReportRequest:
    """What is compared with may be known of a row at one time and not at another."""
    return replace(request, path=tuple(replace(step, before=None) for step in request.path))
