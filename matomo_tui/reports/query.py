"""The query shared by all panes (site, period, segment, comparison) and the request for one report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypedDict

from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.sites import Site
from matomo_tui.reports import daily, event_names, segments
from matomo_tui.reports.catalogue import Report, ReportColumn
from matomo_tui.reports.periods import Period


class Comparison(Enum):
    """With what a period is compared; the value is how it is said."""

    NONE = ""
    PREVIOUS = "the previous period"
    YEAR = "a year before"


class Where(TypedDict):
    """Which visits, for ``api``."""

    site_id: int
    period: PeriodKind
    date: str
    segment: str


@dataclass(frozen=True, slots=True)
class Query:
    """Which visits: of which site, when, who, compared with when. ``segment`` is Matomo's expression; ``segment_name``
    what a saved one is called, ``""`` where it is none."""

    site: Site
    period: Period
    segment: str = ""
    segment_name: str = ""
    comparison: Comparison = Comparison.NONE

    @property
    def before(self) -> Period | None:
        """The period compared with; ``None`` without a comparison."""
        if self.comparison is Comparison.NONE:
            return None
        return self.period.previous() if self.comparison is Comparison.PREVIOUS else self.period.year_before()

    @property
    def where(self) -> Where:
        """It as arguments for the calls of ``api``: ``insights.get_movers_and_shakers(id, **query.where)``."""
        return {
            "site_id": self.site.id,
            "period": self.period.kind,
            "date": self.period.api_date,
            "segment": self.segment,
        }

    def at(self, period: Period) -> Query:
        """The same for another period."""
        return replace(self, period=period)

    def of(self, site: Site) -> Query:
        """The same for another site, without the segment, which need not make sense there."""
        return replace(self, site=site, segment="", segment_name="")

    def segmented(self, segment: str, name: str = "") -> Query:
        """The same for other visits; ``""`` is everybody."""
        return replace(self, segment=segment, segment_name=name)

    def narrowed(self, segment: str) -> Query:
        """Only those of its visits that ``segment`` has too ('only this row')."""
        combined = segments.combine(self.segment, segment)
        return self if combined == self.segment else replace(self, segment=combined, segment_name="")

    def compared(self, comparison: Comparison) -> Query:
        """The same, compared with something else, or with nothing."""
        return replace(self, comparison=comparison)


@dataclass(frozen=True, slots=True)
class OpenedRow:
    """A row that was opened: its ``label`` (as the server sent it), the id of the table below it, and that of the one
    below the same row in the period compared with (0: it had none; ``None``: not known, so nothing is compared);
    ``pattern`` is what was searched for on the level that it stands on."""

    label: str
    subtable: int
    before: int | None = None
    pattern: str = ""


Path = tuple[OpenedRow, ...]
"""The opened rows from the top level down."""


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column; ``label`` is one too."""

    column: str
    ascending: bool = False

    def toggled(self, column: str) -> Sort:
        """By ``column``: the other way round where it is so already, else the biggest figure (or A) first."""
        return Sort(column, not self.ascending if column == self.column else column == "label")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One level of one report. ``columns`` are keys, ``()`` is all that the report is described with; ``pattern`` is
    searched for by the server."""

    query: Query
    report: Report
    path: Path = ()
    flat: bool = False
    sort: Sort | None = None
    pattern: str = ""
    columns: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = field(default=())
    """Parameters beside the report's own, such as ``secondaryDimension``."""
    origin: ReportRequest | None = field(default=None, compare=False)
    """Where one came from, if that is not the level above: one step up leads back there."""

    def below(self, step: OpenedRow) -> ReportRequest:
        """The level that opening a row leads to. A search through every level goes on there, unless the row itself is
        what was found: then all that is below it belongs to that."""
        goes_on = self.report.recursive and self.pattern.casefold() not in step.label.casefold()
        path = (*self.path, replace(step, pattern=self.pattern))
        return replace(self, path=path, pattern=self.pattern if goes_on else "")

    def asked_by(self, query: Query) -> ReportRequest:
        """The same for another query. Rows are opened by ids that belong to one period of one site: from them one
        comes back to the first level (``loader.find_level`` leads down again)."""
        same = replace(query, comparison=self.query.comparison, segment_name=self.query.segment_name) == self.query
        path = tuple(replace(step, before=None) for step in self.path) if same else ()
        return replace(self, query=query, path=path)

    def above(self) -> ReportRequest:
        """One level up, with what was searched for there; from another report's row, back to that report."""
        *path, last = self.path
        if self.origin is not None and not path:
            return self.origin.asked_by(self.query)
        return replace(self, path=tuple(path), pattern=last.pattern)

    @property
    def method(self) -> str:
        """What it is asked by."""
        report, second = self.report, dict(self.extra).get(event_names.SECOND, "")
        if not self.path:
            return report.method
        return event_names.sub_method(report.method, second) or report.sub_method

    @property
    def parameters(self) -> dict[str, str | int]:
        """Its fixed parameters."""
        found: dict[str, str | int] = {**dict(self.report.parameters), **dict(self.extra)}
        if self.report.module == "MultiSites":
            found["enhanced"] = 1  # without it there are no conversions and orders, and no sites without visits
        return found

    @property
    def dimension(self) -> str:
        """What its rows are."""
        report, second = self.report, dict(self.extra).get(event_names.SECOND, "")
        if not self.path:
            return report.dimension
        return event_names.NAMES.get(second) or report.sub_dimension or report.dimension

    @property
    def searches_levels(self) -> bool:
        """Its pattern is searched for in the rows below those of this level, too; those come along."""
        report = self.report
        return bool(self.pattern) and report.has_levels and not self.flat and (report.recursive or not self.path)

    @property
    def sums_days(self) -> bool:
        """What Matomo counts for single days only is a sum of days."""
        report = self.report
        return bool(report.dimension) and report.module != "MultiSites" and self.query.period.kind != "day"

    @property
    def described(self) -> tuple[ReportColumn, ...]:
        """The columns that the server describes, as they are for the query's period."""
        columns = self.report.columns
        return tuple(map(daily.of_days, columns)) if self.sums_days else columns

    def column(self, key: str) -> ReportColumn | None:
        """The column of that key, under whichever of its names for a day and for longer, goals' ones included."""
        key = daily.key_of(key, summed=self.sums_days)
        return next((column for column in (*self.described, *self.report.goal_columns) if column.key == key), None)

    @property
    def sorted_by(self) -> Sort | None:
        """The order asked of the server: the chosen one, or by the main metric; none where the rows have an order of
        their own (hours, days to conversion)."""
        if self.sort is not None:
            return replace(self.sort, column=daily.key_of(self.sort.column, summed=self.sums_days))
        main = self.report.main_column
        if self.report.constant_rows or self.report.is_single or main is None:
            return None
        return Sort(daily.key_of(main.key, summed=self.sums_days))

    @property
    def shown_columns(self) -> tuple[ReportColumn, ...]:
        """The columns to show, in the order chosen."""
        if not self.columns:
            return self.described
        return tuple(column for key in self.columns if (column := self.column(key)) is not None)
