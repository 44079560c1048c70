"""Changes of a report's rows: Matomo's Insights module, and ``API.getRowEvolution``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_plus

from matomo_tui.demo import data
from matomo_tui.demo.answers import load
from matomo_tui.demo.api_request import ApiRequest, Json, method
from matomo_tui.demo.errors import refusal, refuse_if
from matomo_tui.demo.formats import before, number, percent, rate
from matomo_tui.demo.reports.report_table import ReportDescription, reports_of, subtables_of
from matomo_tui.demo.reports.reporting import ROWS, ReportQuery, query_of
from matomo_tui.demo.reports.rows import RATES, Shape, TableRow, arranged, figure, flattened, found_row, row_id, shown
from matomo_tui.demo.world import StoredSite

_MOST_LABELS = 10
_NOTICED, _MOVED = 0.004, 0.08

Changes = list[dict[str, Json]]


async def _visits(query: ReportQuery, name: str, *, flat: bool) -> dict[str, float]:
    """Visits by label; empty if there are too many rows to compare."""
    if query.page_archive is not None:
        return {}
    rows, shape = ROWS[name]
    found = shown(await rows(query), {"filter_limit": "-1", "flat": "1" if flat else "0"}, shape)
    return {str(row["label"]): figure(row.get("nb_visits")) for row in found}


async def _changes(query: ReportQuery, name: str, *, flat: bool) -> Changes:
    """Every row whose change is notable, largest impact first; ``isMoverAndShaker``: it changed more than the total."""
    load(name.partition(".")[0])
    past = before(query.period, max(1, query.call.number("comparedToXPeriods", 1)))
    earlier = query_of(query.call, query.site, past)
    now, then = await _visits(query, name, flat=flat), await _visits(earlier, name, flat=flat)
    total, total_then = (await query.whole()).visits, (await earlier.whole()).visits
    everywhere = (total - total_then) / total_then if total_then else 0.0
    found = []
    for label in now | then:
        value, old = now.get(label, 0.0), then.get(label, 0.0)
        growth = (value - old) / old if old else 1.0
        if max(value, old) < max(1.0, _NOTICED * total) or abs(growth) < _MOVED:
            continue
        beyond = abs(growth - everywhere) > _MOVED and abs(value - old) > _NOTICED * max(total, total_then)
        found.append(_change(label, int(value), int(old), growth) | {"isMoverAndShaker": beyond})
    return sorted(found, key=lambda row: -row["importance"])


def _change(label: str, value: int, old: int, growth: float) -> dict[str, Json]:
    return {
        "label": label,
        "nb_visits": value,
        "growth_percent": percent(growth),
        "growth_percent_numeric": percent(growth).removesuffix("%").replace(",", ""),
        "grown": value >= old,
        "value_old": old,
        "value_new": value,
        "difference": value - old,
        "importance": abs(value - old),
        "isDisappeared": value == 0,
        "isNew": old == 0,
        "isMover": value > 0 and old > 0,
    }


def _cut(rows: Changes, call: ApiRequest, *, movers: bool) -> Changes:
    """The top rows that grew, then those that shrank; with ``movers`` only those that changed more than the total."""
    if movers:
        shown_columns = [name for name in rows[0] if name != "isMoverAndShaker"] if rows else []
        rows = [{name: row[name] for name in shown_columns} for row in rows if row["isMoverAndShaker"]]
    usual = 4 if movers else 5
    grown = [row for row in rows if row["grown"]][: max(0, call.number("limitIncreaser", usual))]
    shrunk = [row for row in rows if not row["grown"]][: max(0, call.number("limitDecreaser", usual))]
    return [*grown, *shrunk]


def _query(call: ApiRequest) -> ReportQuery:
    site = call.site()
    periods, many = call.periods(site)
    refuse_if(many, "several dates", what="Insights")
    return query_of(call, site, periods[0])


def _report(call: ApiRequest) -> str:
    parts: Sequence[str] = call.text("reportUniqueId").split("_")
    if len(parts) > 1:
        load(parts[0])
    name = ".".join(parts[:2])
    refuse_if(name not in ROWS, "unknown report id", id=call.text("reportUniqueId"))
    return name


method("Insights.canGenerateInsights", "view")(
    lambda call: "," not in call.text("date") and call.text("period") != "range"
)


def _insights(action: str, *, movers: bool) -> None:
    """Register the changes of one report, and those of the most important ones."""

    @method(f"Insights.{action}", filters_itself=True)
    async def one(call: ApiRequest) -> Json:
        query, name = _query(call), _report(call)
        flat = name.startswith(("Actions.getPage", "Actions.getEntry", "Actions.getExit"))
        return _cut(await _changes(query, name, flat=flat), call, movers=movers)

    @method(f"Insights.{action}Overview", filters_itself=True)
    async def overview(call: ApiRequest) -> Json:
        query, latest = _query(call), call.options.matomo.has_ai
        return {
            title: _cut(await _changes(query, name, flat=title == "Page URLs"), call, movers=movers)
            for title, name in data.load("tables")["insights"].items()
            if latest or title != "AI Assistants"
        }


_insights("getMoversAndShakers", movers=True)
_insights("getInsights", movers=False)


Tables = Mapping[str, Sequence[TableRow]]


def _described(call: ApiRequest, site: StoredSite) -> ReportDescription:
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
    if call.params.get("showGoalMetricsForGoal"):
        tables = {key: [_of_goals(row, call) for row in rows] for key, rows in tables.items()}
        columns = {name: name for rows in tables.values() for row in rows for name in row.columns}
    if len(labels) == 1:
        return _one(labels[0], tables, columns, report.dimension, call)
    return _several(labels[:_MOST_LABELS], tables, columns, report.dimension, call)


def _of_goals(row: TableRow, call: ApiRequest) -> TableRow:
    """The row with its metrics of one goal, or of all for the id 0, in place of its own."""
    wanted = call.params["showGoalMetricsForGoal"]
    visits = figure(row.columns.get("nb_visits"))
    found: dict[str, Json] = {"nb_visits": number(visits)}
    goals = row.columns.get("goals")
    for name, metrics in goals.items() if isinstance(goals, dict) else ():
        goal = name.removeprefix("idgoal=")
        if wanted in ("0", goal):
            reached, revenue = figure(metrics.get("nb_conversions")), figure(metrics.get("revenue"))
            found |= {
                f"goal_{goal}_conversion_rate": number(reached / max(1.0, visits), 4),
                f"goal_{goal}_nb_conversions": number(reached),
                f"goal_{goal}_revenue_per_visit": number(revenue / max(1.0, visits), 2),
                f"goal_{goal}_revenue": number(revenue),
            }
    return TableRow(row.label, found, row.meta, [_of_goals(each, call) for each in row.below or ()])


def _largest(tables: Tables, shape: Shape) -> list[str]:
    last: Sequence[TableRow] = next((rows for rows in reversed(list(tables.values())) if rows), [])
    return [row.label for row in arranged(last, {}, shape)[:5]]


def _value(row: TableRow, column: str, call: ApiRequest) -> Json | None:
    """The value of a column; averages and rates of visits are computed."""
    found = row.columns.get(column)
    if found is None:
        over, under, digits = data.load("tables")["derived metrics"].get(column, ("", "", 0))
        if over not in row.columns or not figure(row.columns.get(under)):
            return None
        found = number(figure(row.columns[over]) / figure(row.columns[under]), digits)
    if column in RATES:
        return rate(found, 1, formatted=call.params.get("format_metrics", "") != "0")
    return number(figure(found), 4)


def _points(label: str, tables: Tables) -> tuple[str, dict[str, tuple[tuple[str, ...], TableRow] | None]]:
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
