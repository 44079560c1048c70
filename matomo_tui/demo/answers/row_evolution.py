"""Matomo's API module: evolution of one or several rows of a report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_plus

from matomo_tui.demo.answers import load
from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import refusal, refuse_if
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.number_formats import number, rate
from matomo_tui.demo.reports.report_table import ReportEntry, reports_of, subtables_of
from matomo_tui.demo.reports.reporting import ROWS, query_of
from matomo_tui.demo.reports.rows import RATES, Shape, TableRow, arranged, figure, flattened, found_row, row_id

_MOST_LABELS = 10
_DERIVED = {
    "nb_actions_per_visit": ("nb_actions", "nb_visits", 1),
    "avg_time_on_site": ("sum_visit_length", "nb_visits", 0),
    "bounce_rate": ("bounce_count", "nb_visits", 4),
    "conversion_rate": ("nb_visits_converted", "nb_visits", 4),
}
"""Averages and rates of visits: dividend, divisor, digits."""

Tables = Mapping[str, Sequence[TableRow]]
"""The rows of each period."""


def _described(call: ApiRequest, site: StoredSite) -> ReportEntry:
    """The report named by ``apiModule`` and ``apiAction``. Raises ``ApiError``."""
    method, goal = f"{call.text('apiModule')}.{call.text('apiAction')}", call.params.get("idGoal", "")
    version = call.options.matomo
    for report in [*reports_of(site, version), *subtables_of(site, version)]:
        if report.method == method and (not report.parameters or str(report.parameters.get("idGoal")) == goal):
            return report
    raise refusal("unknown report")


async def _rows_by_period(call: ApiRequest, site: StoredSite, name: str) -> tuple[Tables, Shape]:
    load(name.partition(".")[0])
    refuse_if(name not in ROWS, "no dimension", report=name)
    rows, shape = ROWS[name]
    periods, _ = call.periods(site)
    tables: Tables = {period.key: await rows(query_of(call, site, period)) for period in periods}
    if call.flag("flat"):
        tables = {key: list(flattened(rows, shape)) for key, rows in tables.items()}
    return tables, shape


@method("API.getRowEvolution", filters_itself=True)
async def get_row_evolution(call: ApiRequest) -> Json:
    """The rows with the given labels, or else the largest ones; for several rows the evolution has a single column."""
    site = call.site()
    report = _described(call, site)
    refuse_if(not report.dimension, "no dimension", report=report.method)
    tables, shape = await _rows_by_period(call, site, report.method)
    text = call.params.get("label", "")
    labels = [part.strip() for part in text.split(",")] if text else _largest(tables, shape)
    columns = report.names_of(name for name in (*report.columns.metrics, *report.columns.processed) if name != "label")
    if len(labels) == 1:
        return _one(labels[0], tables, columns, report.dimension, call)
    return _several(labels[:_MOST_LABELS], tables, columns, report.dimension, call)


def _largest(tables: Tables, shape: Shape) -> list[str]:
    last: Sequence[TableRow] = next((rows for rows in reversed(list(tables.values())) if rows), [])
    return [row.label for row in arranged(last, {}, shape)[:5]]


def _value(row: TableRow, column: str, call: ApiRequest) -> Json | None:
    """The value of a column; averages and rates of visits are computed."""
    found = row.columns.get(column)
    if found is None:
        over, under, digits = _DERIVED.get(column, ("", "", 0))
        if over not in row.columns or not figure(row.columns.get(under)):
            return None
        found = number(figure(row.columns[over]) / figure(row.columns[under]), digits)
    if column in RATES:
        return rate(found, 1, formatted=call.params.get("format_metrics", "") != "0")
    return number(figure(found), 4)


def _points(label: str, tables: Tables) -> tuple[str, dict[str, tuple[tuple[str, ...], TableRow] | None]]:
    """The row in each period, and its name: a URL if it has one."""
    found = {key: found_row(rows, label) for key, rows in tables.items()}
    known = next((each for each in found.values() if each is not None), None)
    if known is None:
        return " > ".join(unquote_plus(part).strip() for part in re.split(r"\s*>\s*", label)), found
    path, row = known
    address = str(row.meta.get("url", ""))
    return (address.partition("://")[2] or address or " - ".join(path)), found


def _one(label: str, tables: Tables, columns: dict[str, str], dimension: str, call: ApiRequest) -> Json:
    name, points = _points(label, tables)
    wanted = [column for column in call.params.get("column", "").split(",") if column in columns] or list(columns)
    data: dict[str, Json] = {}
    series: dict[str, list[float]] = {column: [] for column in wanted}
    for key, point in points.items():
        values = {column: None if point is None else _value(point[1], column, call) for column in wanted}
        for column, value in values.items():
            series[column].append(figure(value))
        known = {column: value for column, value in values.items() if value is not None}
        below = {"idsubdatatable": row_id(point[0])} if point and point[1].below else {}
        data[key] = [] if point is None else [known | below]
    seen = any(point is not None for point in points.values())
    metrics = {
        column: _metric(columns[column], series[column] if seen and any(series[column]) else []) for column in wanted
    }
    return {"label": name, "reportData": data, "metadata": {"metrics": metrics, "dimension": dimension}}


def _metric(name: str, values: Sequence[float]) -> dict[str, Json]:
    """A metric's name, minimum, maximum, and change from the first date to the last."""
    if not values:
        return {"name": name}
    metric: dict[str, Json] = {"name": name, "min": number(min(values)), "max": number(max(values))}
    if values[0]:
        change = round((values[-1] - values[0]) / values[0] * 100)
        metric["change"] = f"{change:+,}%" if change else "0%"
    return metric


def _several(labels: Sequence[str], tables: Tables, columns: dict[str, str], dimension: str, call: ApiRequest) -> Json:
    column = call.params.get("column", "")
    column = column if column in columns else next(iter(columns))
    names, metrics = [], {}
    data: dict[str, dict[str, Json]] = {key: {} for key in tables}
    for index, label in enumerate(labels):
        name, points = _points(label, tables)
        values = {key: None if point is None else _value(point[1], column, call) for key, point in points.items()}
        for key, value in values.items():
            data[key][f"{column}_{index}"] = value or 0
        names.append(name)
        metrics[f"{column}_{index}"] = _metric(f"{name} ({columns[column]})", [figure(v) for v in values.values()])
    return {
        "column": column,
        "reportData": {key: [values] for key, values in data.items()},
        "labels": names,
        "metadata": {"metrics": metrics, "dimension": dimension, "columns": columns},
    }
