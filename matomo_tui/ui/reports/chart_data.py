"""Data of charts over time: a metric with its earlier period, or several rows of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from msgspec import Struct, structs

from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.errors import MatomoError
from matomo_tui.reports import computed_metrics, values
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.lines import absence, label_text
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.pages import RowSeries
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison, Query, ReportRequest
from matomo_tui.ui.widgets.line_chart import MOST_CURVES, ChartData, ChartLine

_THIS = "this period"
_LEAST_POINTS = 2
_ENOUGH_POINTS = 4
"""Points from which on a chart shows a course; of fewer weeks, months or years their days are charted."""


class ChartSubject(Struct, frozen=True):
    """The report or the rows that a chart shows."""

    request: ReportRequest
    paths: tuple[tuple[str, ...], ...] = ()
    """For each row charted its labels from the top level down, as the server sent them; empty: a single-row report."""

    @property
    def columns(self) -> tuple[ReportColumn, ...]:
        """The metrics that can be charted."""
        numeric = tuple(column for column in self.request.shown_columns if column.type != "text")
        if not self.paths:
            return numeric
        has_goals = bool(self.request.report.goal_columns)
        return tuple(column for column in numeric if computed_metrics.is_over_time(column.key, has_goals=has_goals))

    def asked_by(self, query: Query) -> ChartSubject:
        """The same report and rows under another query."""
        return structs.replace(self, request=replace(self.request, query=query))

    def column(self, key: str) -> ReportColumn | None:
        """The metric ``key``, else the report's main one, else the first; ``None`` if none can be charted."""
        found = {column.key: column for column in self.columns}
        main = self.request.report.main_column
        return found.get(key) or (found.get(main.key) if main is not None else None) or next(iter(found.values()), None)


class LoadedChart(Struct, frozen=True):
    """A chart's data with their metric."""

    data: ChartData
    column: ReportColumn
    asked_at: float | None = None
    """When the data were requested, UTC epoch in seconds; ``None`` if unknown."""
    growing: bool = False
    """The period was not over when its data were requested, or the comparison period was not."""
    empty_text: str = ""
    """Why there is nothing to draw, as a sentence."""


async def load_chart(
    loader: ReportLoader, subject: ChartSubject, column: ReportColumn, *, reload: bool = False
) -> LoadedChart:
    """Load one metric of ``subject``: one curve for each row, and for a single curve the comparison period as a second.
    Raises ``MatomoError``."""
    request = subject.request
    if subject.paths:
        rows = await loader.row_evolution(request, subject.paths[:MOST_CURVES], column.key, reload=reload)
        periods = rows[0].periods if rows else ()
        curves = [ChartLine(_name(row.path), values.numeric(row.values)) for row in rows]
        if len(rows) == 1 and request.query.before is not None:
            curves = [
                structs.replace(curves[0], name=_THIS),
                await _row_before(loader, subject, column, rows[0]),
            ]
        if (finer := _finer(loader, request.query, periods, curves)) is not None:
            return await load_chart(loader, subject.asked_by(finer), column, reload=reload)
        return _charted(
            request.query, periods, curves, column, open_curves=len(rows) if any(row.growing for row in rows) else 0
        )
    series = await loader.evolution(request, reload=reload)
    periods = tuple(period for period, _ in series.points)
    curves = [ChartLine(_THIS if request.query.before is not None else "", series.figures(column.key))]
    growing = series.growing
    if request.query.before is not None:
        unit = series.evolution.kind
        window = window_before(request.query, len(periods), unit)
        earlier = await loader.evolution(replace(request, query=window), unit=unit)
        growing |= earlier.growing
        line = (*earlier.figures(column.key), *([None] * len(periods)))[: len(periods)]
        curves.append(ChartLine(before_name(request.query), line, tuple(period for period, _ in earlier.points)))
    if (finer := _finer(loader, request.query, periods, curves)) is not None:
        return await load_chart(loader, subject.asked_by(finer), column, reload=reload)
    open_curves = int(series.growing)
    return _charted(
        request.query, periods, curves, column, open_curves=open_curves, asked_at=series.asked_at, growing=growing
    )


async def _row_before(loader: ReportLoader, subject: ChartSubject, column: ReportColumn, row: RowSeries) -> ChartLine:
    """The same row in the comparison period. If that fails, an empty curve with the error as its name."""
    count = len(row.periods)
    unit = row.evolution.kind
    earlier_request = replace(subject.request, query=window_before(subject.request.query, count, unit))
    try:
        (earlier,) = await loader.row_evolution(earlier_request, subject.paths, column.key, unit=unit)
    except MatomoError as error:
        if error.stops_polling:
            raise
        return ChartLine(f"before: {error}", (None,) * count)
    line = (*values.numeric(earlier.values), *([None] * count))[:count]
    return ChartLine(before_name(subject.request.query), line, earlier.periods)


def before_name(query: Query) -> str:
    """The comparison of ``query`` as the name of a curve: ``the period before``, ``a year before``."""
    comparison = query.effective_comparison
    if comparison is Comparison.OWN and query.before is not None:
        return f"until {query.before.label()}" if query.before.kind != "range" else query.before.label()
    return {
        Comparison.WEEK: "a week before",
        Comparison.YEAR_WEEKDAY: "a year before, same weekdays",
    }.get(comparison, comparison.value)


def window_before(query: Query, points: int, unit: PeriodKind) -> Query:
    """The query for the comparison curve of a chart with ``points`` periods of the kind ``unit``. Compared with the
    period before, it is as many periods before; days move back by whole weeks then, so each is compared with the same
    day of the week. Any other comparison ends with the comparison period, in periods of the chart's kind; a range
    begins with it, and is no longer than the chart."""
    period, before = query.period, query.before
    if query.effective_comparison is not Comparison.PREVIOUS and before is not None:
        if period.kind == "range":
            whole = Period.days_between(before.first, before.last)
            drawn = whole.evolution(before.last, unit=unit).periods()[:points]
            moved = Period.days_between(before.first, min(before.last, drawn[-1].last))
        elif before.kind == period.kind:
            moved = before
        else:
            moved = Period.containing(period.kind, before.last)
    elif period.kind == "day":
        moved = Period.containing("day", period.first - timedelta(weeks=-(-points // 7)))
    elif period.kind == "range":
        moved = period.previous()
    else:
        for _ in range(points):
            period = period.previous()
        moved = period
    return query.at(moved).compared(Comparison.NONE)


def _charted(
    query: Query,
    periods: Sequence[Period],
    curves: Sequence[ChartLine],
    column: ReportColumn,
    *,
    open_curves: int,
    asked_at: float | None = None,
    growing: bool = False,
) -> LoadedChart:
    first = _first_shown(query, periods, curves)
    periods = periods[first:]
    curves = [structs.replace(curve, values=curve.values[first:], periods=curve.periods[first:]) for curve in curves]
    data = ChartData(
        periods=tuple(periods),
        curves=tuple(curves),
        kind=column.type,
        currency=query.site.currency,
        open_curves=open_curves if periods else 0,
    )
    known = any(value is not None for curve in curves for value in curve.values)
    reason = absence(column.key, periods[-1]) if periods else ""
    empty_text = "" if known else reason or "No figures in this time."
    return LoadedChart(data, column, asked_at, growing, empty_text)


def _first_shown(query: Query, periods: Sequence[Period], curves: Sequence[ChartLine]) -> int:
    """The index of the first period to draw: the empty ones before the site was created are left out, so that the chart
    of a young site is not empty for the most part."""
    created = query.site.created
    if created is None:
        return 0
    empty = 0
    for index, period in enumerate(periods[:-_LEAST_POINTS]):
        if period.last >= created or any(curve.values[index] for curve in curves):
            break
        empty = index + 1
    return empty


def _finer(loader: ReportLoader, query: Query, periods: Sequence[Period], curves: Sequence[ChartLine]) -> Query | None:
    """The query for the days of the few weeks, months or years that a young site has; ``None`` if there are enough
    points for a chart, or a comparison."""
    first = _first_shown(query, periods, curves)
    if not first or len(periods) - first >= _ENOUGH_POINTS or query.before is not None:
        return None
    if query.period.kind not in ("week", "month", "year"):
        return None
    return query.at(Period.days_between(periods[first].first, min(periods[-1].last, loader.today(query))))


def _name(path: Sequence[str]) -> str:
    return " › ".join(label_text(label, 80) for label in path)
