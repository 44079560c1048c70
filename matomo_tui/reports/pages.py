"""Results of the loader: rows of a level, a report over time, a row over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow, Value
from matomo_tui.reports import computed_metrics
from matomo_tui.reports.periods import Evolution, Period
from matomo_tui.reports.query import ReportRequest

PAGE = 100
"""Rows asked for at a time."""


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Rows ``offset`` to ``offset + len(rows)`` of one level of a report.

    ``complete``: the level ends with them. ``before``: with a comparison, the rows of the period compared with, by
    label (``None`` without one, or where it failed, with ``before_error``); ``before_complete``: a row that is not
    among them had no visits then. ``visits``: how many the whole query has; asked only where there are no rows, to
    tell why. ``asked_at``: UTC epoch; ``growing``: the period was not over then.
    """

    request: ReportRequest
    offset: int
    rows: tuple[ReportRow, ...]
    complete: bool
    asked_at: float
    growing: bool
    single: bool = False
    before: Mapping[str, ReportRow] | None = None
    before_complete: bool = False
    before_error: MatomoError | None = None
    visits: int | None = None

    @property
    def only(self) -> ReportRow | None:
        """The one row of a report that is a single row."""
        return self.rows[0] if self.rows else None


@dataclass(frozen=True, slots=True)
class Series:
    """A report of a single row over time: for each period its row, ``None`` where the server has none for it."""

    request: ReportRequest
    evolution: Evolution
    points: tuple[tuple[Period, ReportRow | None], ...]
    asked_at: float

    def values(self, column: str) -> tuple[Value, ...]:
        """The metric in each period; ``None`` where there is none."""
        return tuple(None if row is None else computed_metrics.value(row, column) for _, row in self.points)


@dataclass(frozen=True, slots=True)
class RowSeries:
    """One metric of a row over time: ``values`` for ``periods``, ``None`` where it has no such row. ``path``: its
    labels from the top level down, as the server sent them."""

    path: tuple[str, ...]
    evolution: Evolution
    periods: tuple[Period, ...]
    values: tuple[Value, ...]
