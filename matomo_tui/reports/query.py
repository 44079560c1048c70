"""The query shared by all panes (site, period, segment, comparison) and the request for one report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypedDict

from msgspec import Struct, structs

from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.site import Site
from matomo_tui.reports import daily, event_names, segments
from matomo_tui.reports.catalogue import Report, ReportColumn
from matomo_tui.reports.periods import Period


class Comparison(Enum):
    """What a period is compared with; the value is its name for the user."""

    NONE = "nothing"
    PREVIOUS = "the period before"
    WEEK = "the same weekday a week before"
    YEAR = "a year before"
    YEAR_WEEKDAY = "the same weekday a year before"
    OWN = "a date of your own"


class Where(TypedDict):
    """The arguments of an ``api`` call that select visits."""

    site_id: int
    period: PeriodKind
    date: str
    segment: str


class Query(Struct, frozen=True):
    """A selection of visits by site, period and segment, with a comparison period."""

    site: Site
    period: Period
    segment: str = ""
    """Matomo's segment expression; ``""`` selects all visits."""
    segment_name: str = ""
    """The name of a saved segment; ``""`` for any other."""
    comparison: Comparison = Comparison.NONE
    own: Period | None = None
    """The period of ``Comparison.OWN``, which stays the same when the query's period changes."""

    @property
    def before(self) -> Period | None:
        """The comparison period; ``None`` without a comparison."""
        return self.compared_period(self.comparison)

    @property
    def effective_comparison(self) -> Comparison:
        """The comparison that this period allows: weeks, months and years have no weekday to keep, so that the same
        weekday is the period before, or a year before."""
        return self._effective(self.comparison)

    def compared_period(self, comparison: Comparison) -> Period | None:
        """The period that ``comparison`` stands for; ``None`` for none."""
        period, effective = self.period, self._effective(comparison)
        if effective is Comparison.OWN:
            return self.own
        periods: dict[Comparison, Callable[[], Period]] = {
            Comparison.PREVIOUS: period.previous,
            Comparison.WEEK: lambda: period.moved(-7),
            Comparison.YEAR: period.year_before,
            Comparison.YEAR_WEEKDAY: lambda: period.moved(-364),
        }
        found = periods.get(effective)
        return None if found is None else found()

    def _effective(self, comparison: Comparison) -> Comparison:
        if self.period.kind in ("day", "range"):
            return comparison
        whole = {Comparison.WEEK: Comparison.PREVIOUS, Comparison.YEAR_WEEKDAY: Comparison.YEAR}
        return whole.get(comparison, comparison)

    @property
    def where(self) -> Where:
        """The query as arguments of an ``api`` call: ``insights.get_movers_and_shakers_overview(**query.where)``."""
        return {
            "site_id": self.site.id,
            "period": self.period.kind,
            "date": self.period.api_date,
            "segment": self.segment,
        }

    def at(self, period: Period) -> Query:
        """The query for another period."""
        return structs.replace(self, period=period)

    def of(self, site: Site) -> Query:
        """The query for another site, without the segment, whose goals or dimensions may not exist there."""
        return structs.replace(self, site=site, segment="", segment_name="")

    def segmented(self, segment: str, name: str = "") -> Query:
        """The query with another segment; ``""`` for all visits."""
        return structs.replace(self, segment=segment, segment_name=name)

    def narrowed(self, segment: str) -> Query:
        """The query with the conditions of ``segment`` added."""
        combined = segments.combine(self.segment, segment)
        return self if combined == self.segment else structs.replace(self, segment=combined, segment_name="")

    def compared(self, comparison: Comparison, own: Period | None = None) -> Query:
        """The query with another comparison; ``own`` is the period of ``Comparison.OWN``."""
        return structs.replace(self, comparison=comparison, own=own)


class OpenedRow(Struct, frozen=True):
    """A row whose subtable is open."""

    label: str
    """The row's label, as the server sent it."""
    subtable: int
    """The id of the subtable (``idSubtable``), valid for one period of one site."""
    before: int | None = None
    """The id of the same row's subtable in the comparison period; 0 if it had none, ``None`` if unknown: then the
    level below is not compared."""
    pattern: str = ""
    """The search on the level of the row."""


Path = tuple[OpenedRow, ...]
"""The opened rows from the top level down."""


class Sort(Struct, frozen=True):
    """A sort order: the key of a column, which may be ``label``."""

    column: str
    ascending: bool = False

    def toggled(self, column: str) -> Sort:
        """The order after choosing ``column``: reversed if it is the sort column already, else descending (labels
        ascending)."""
        return Sort(column, not self.ascending if column == self.column else column == "label")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One level of one report."""

    query: Query
    report: Report
    path: Path = ()
    flat: bool = False
    """All levels in one list."""
    sort: Sort | None = None
    """The order chosen; ``None`` for the report's own."""
    pattern: str = ""
    """The text that the server searches the labels for."""
    columns: tuple[str, ...] = ()
    """The keys of the columns chosen; ``()`` for all that the metadata describe."""
    extra: tuple[tuple[str, str], ...] = field(default=())
    """Parameters beside the report's own, such as ``secondaryDimension``."""
    origin: ReportRequest | None = field(default=None, compare=False)
    """The request that :meth:`above` leads back to, if it is not the level above."""

    def below(self, step: OpenedRow) -> ReportRequest:
        """The request for the level below a row. A search through all levels continues there, unless the row itself
        matches: then all rows below it are shown."""
        goes_on = self.report.recursive and self.pattern.casefold() not in step.label.casefold()
        path = (*self.path, structs.replace(step, pattern=self.pattern))
        return replace(self, path=path, pattern=self.pattern if goes_on else "")

    def asked_by(self, query: Query) -> ReportRequest:
        """The request under another query. Subtable ids are valid for one period of one site, so open rows are closed;
        ``loader.find_level`` opens them again, and finds those of another comparison."""

        def rows(query: Query) -> Query:
            return query.compared(Comparison.NONE).segmented(query.segment)

        path = self.path if rows(query) == rows(self.query) else ()
        if query.before != self.query.before:
            path = tuple(structs.replace(step, before=None) for step in path)
        return replace(self, query=query, path=path)

    def above(self) -> ReportRequest:
        """The request for the level above, with its search; from a row of another report, the request of that
        report."""
        *path, last = self.path
        if self.origin is not None and not path:
            return self.origin.asked_by(self.query)
        return replace(self, path=tuple(path), pattern=last.pattern)

    @property
    def method(self) -> str:
        """The API method of the level."""
        report, second = self.report, dict(self.extra).get(event_names.SECOND, "")
        if not self.path:
            return report.method
        return event_names.sub_method(report.method, second) or report.sub_method

    @property
    def parameters(self) -> dict[str, str | int]:
        """The report's parameters for the API."""
        found: dict[str, str | int] = {**dict(self.report.parameters), **dict(self.extra)}
        if self.report.module == "MultiSites":
            found["enhanced"] = 1  # without it conversions, orders and sites without visits are missing
        return found

    @property
    def dimension(self) -> str:
        """The dimension of the level's rows."""
        report, second = self.report, dict(self.extra).get(event_names.SECOND, "")
        if not self.path:
            return report.dimension
        return event_names.NAMES.get(second) or report.sub_dimension or report.dimension

    @property
    def searches_levels(self) -> bool:
        """Returns True if the search also covers the levels below, whose matching rows are sent along."""
        report = self.report
        return bool(self.pattern) and report.has_levels and not self.flat and (report.recursive or not self.path)

    @property
    def sums_days(self) -> bool:
        """Returns True if metrics that Matomo counts for single days only are sums of days."""
        report = self.report
        return bool(report.dimension) and report.module != "MultiSites" and self.query.period.kind != "day"

    @property
    def described(self) -> tuple[ReportColumn, ...]:
        """The columns of the metadata, with their keys for the query's period."""
        columns = self.report.columns
        return tuple(map(daily.of_days, columns)) if self.sums_days else columns

    def column(self, key: str) -> ReportColumn | None:
        """The column for ``key``, goal columns included. ``key`` may be the one for a day or for a longer period."""
        key = daily.key_of(key, summed=self.sums_days)
        return next((column for column in (*self.described, *self.report.goal_columns) if column.key == key), None)

    @property
    def sorted_by(self) -> Sort | None:
        """The order requested: the chosen one, else by the main metric; ``None`` if the rows have a fixed order, such
        as hours."""
        if self.sort is not None:
            return structs.replace(self.sort, column=daily.key_of(self.sort.column, summed=self.sums_days))
        main = self.report.main_column
        if self.report.constant_rows or self.report.is_single or main is None:
            return None
        return Sort(daily.key_of(main.key, summed=self.sums_days))

    @property
    def shown_columns(self) -> tuple[ReportColumn, ...]:
        """The columns to show, in order."""
        if not self.columns:
            return self.described
        return tuple(column for key in self.columns if (column := self.column(key)) is not None)
