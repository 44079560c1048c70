"""Results of the loader: rows of a level, a report over time, a row over time."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow, Value
from matomo_tui.reports import computed_metrics, values
from matomo_tui.reports.periods import Evolution, Period
from matomo_tui.reports.query import ReportRequest

PAGE = 100
"""Number of rows requested at a time."""


class ReportPage(Struct, frozen=True):
    """Rows ``offset`` to ``offset + len(rows)`` of one level of a report."""

    request: ReportRequest
    offset: int
    """Index of the first row, from 0."""
    rows: tuple[ReportRow, ...]
    complete: bool
    """The level ends with these rows."""
    asked_at: float
    """When the rows were requested, UTC epoch in seconds."""
    growing: bool
    """The period was not over then, so the figures still grow."""
    total: int | None = None
    """The number of rows of the level, if the answer tells it."""
    among: int | None = None
    """The number of rows in the order wanted, if the level has more; see :mod:`whole_levels`."""
    single: bool = False
    """The report has a single row of metrics."""
    before: Mapping[str, ReportRow] | None = None
    """Rows of the comparison period by label; ``None`` without a comparison, or if it failed."""
    before_complete: bool = False
    """``before`` has all rows: a row that is missing there had no visits."""
    before_error: MatomoError | None = None
    """Why the comparison failed."""
    before_growing: bool = False
    """The comparison period was not over when its rows were requested."""
    visits: int | None = None
    """Visits of the whole query, loaded only if there are no rows, to tell why; ``None`` if not loaded."""

    @property
    def any_growing(self) -> bool:
        """Returns True if either period was not over: there are newer figures, and the changes are not those of whole
        periods."""
        return self.growing or self.before_growing

    @property
    def only(self) -> ReportRow | None:
        """The row of a single-row report; ``None`` if it is empty."""
        return self.rows[0] if self.rows else None

    @property
    def only_before(self) -> ReportRow | None:
        """The row of a single-row report in the comparison period; ``None`` without one."""
        return next(iter(self.before.values()), None) if self.before else None


class Series(Struct, frozen=True):
    """A single-row report over time."""

    request: ReportRequest
    evolution: Evolution
    points: tuple[tuple[Period, ReportRow | None], ...]
    """Each period with its row, oldest first: without values if there were no visits; ``None`` if the answer lacks the
    period."""
    asked_at: float
    """When the rows were requested, UTC epoch in seconds."""
    growing: bool
    """The last period was not over then."""

    def values(self, column: str) -> tuple[Value, ...]:
        """The figure of ``column`` in each period, 0 for counts in a period without visits; ``None`` if there is
        none."""
        found = [None if row is None else computed_metrics.value(row, column) for _, row in self.points]
        return values.over_time(column, found, [row is not None and not row.values for _, row in self.points])

    def figures(self, column: str) -> tuple[float | None, ...]:
        """As :meth:`values`, with ``None`` also for texts."""
        return values.numeric(self.values(column))


class RowSeries(Struct, frozen=True):
    """One metric of a row over time."""

    path: tuple[str, ...]
    """The row's labels from the top level down, as the server sent them."""
    evolution: Evolution
    periods: tuple[Period, ...]
    values: tuple[Value, ...]
    """A figure for each of ``periods``, 0 for counts if the row did not exist then; ``None`` if there is none."""
    growing: bool
    """The last period was not over when the figures were requested."""
