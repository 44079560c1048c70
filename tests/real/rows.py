"""Compares rows of the program's tables with rows of raw answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.sanitize import sanitize
from tests.real.raw import figure, near

Row = Mapping[str, Any]
Problem = tuple[Any, Any]
"""What the program shows, and what the server says instead."""

UNNAMED = "(not set)"
"""What stands for a label that is empty."""

_OTHERS = ("Others", "-1")
_QUOTIENTS = {
    "nb_actions_per_visit": ("nb_actions", "nb_visits"),
    "avg_time_on_site": ("sum_visit_length", "nb_visits"),
    "bounce_rate": ("bounce_count", "nb_visits"),
    "conversion_rate": ("nb_visits_converted", "nb_visits"),
    "revenue_per_visit": ("revenue", "nb_visits"),
    "avg_order_revenue": ("revenue", "nb_conversions"),
    "avg_event_value": ("sum_event_value", "nb_events_with_value"),
    "interaction_rate": ("nb_interactions", "nb_impressions"),
}
"""Rates that a server may leave to be worked out from what it does send."""
_DAILY = {"nb_uniq_visitors": "sum_daily_nb_uniq_visitors", "nb_users": "sum_daily_nb_users"}
"""What stands for a metric that is not counted over several days."""
_COUNTED = {daily: counted for counted, daily in _DAILY.items()}
"""Days of the week send the sum under the other name."""


def listed(raw: Any) -> list[Row]:
    """Rows of a raw answer. A report with a dimension may send one row as an object (``MultiSites.getOne``)."""
    if type(raw) is dict:
        values = list(raw.values())
        return values if values and all(type(value) is dict for value in values) else [raw]
    return [row for row in raw if type(row) is dict] if type(raw) is list else []


def label_of(row: Row) -> str:
    """A row's label as displayed."""
    return sanitize(str(row.get("label") if row.get("label") is not None else "")).strip() or UNNAMED


def described(entry: Mapping[str, Any]) -> list[str]:
    """The metrics in the report's metadata."""
    found: dict[str, None] = {}
    for part in ("metrics", "processedMetrics"):
        names = entry.get(part)
        found.update(dict.fromkeys(names if type(names) is dict else ()))
    return [name for name in found if name != "label"]


def noted(raw: Any) -> str:
    """Describe how much was compared."""
    found = listed(raw)
    return "nothing there" if not any(found) else f"{len(found)} rows" if type(raw) is list else "one row"


def wanted(row: Row, column: str) -> Any:
    """The expected value in a column: as sent, or computed from the row."""
    sent = figure(row.get(column))
    if sent is None and column in _DAILY:
        sent = figure(row.get(_DAILY[column]))
    if sent is None and column in _COUNTED:
        sent = figure(row.get(_COUNTED[column]))
    if sent is None and column in _QUOTIENTS:
        part, whole = (figure(row.get(name)) for name in _QUOTIENTS[column])
        if isinstance(part, float) and isinstance(whole, float) and whole:
            return part / whole
    return sent


def _agree(shown: Any, row: Row, column: str) -> bool:
    expected = wanted(row, column)
    if near(shown, expected):
        return True
    # A missing metric may be omitted, or sent as 0 if it is requested by name.
    return not shown and not expected and not isinstance(expected, str)


def single(shown: Mapping[str, Any], raw: Any, entry: Mapping[str, Any]) -> Problem | None:
    """Compare the figures of a report with a single row."""
    row: Row = raw if type(raw) is dict else {}
    if type(raw) is list and len(raw) == 1 and type(raw[0]) is dict:
        row = raw[0]
    columns = dict.fromkeys([*shown, *(name for name in described(entry) if figure(row.get(name)))])
    wrong = [name for name in columns if not _agree(_shown(shown, name), row, name)]
    if not wrong:
        return None
    return {name: _shown(shown, name) for name in wrong}, {name: wanted(row, name) for name in wrong}


def _shown(shown: Mapping[str, Any], name: str) -> Any:
    return shown.get(name, shown.get(_DAILY.get(name, "")))


def compared(
    table: TableModel, request: ReportRequest, raw: Any, entry: Mapping[str, Any], first: int
) -> Problem | None:
    """Compare the first rows of a table with a complete raw answer: their order, metrics and number."""
    rows = listed(raw)
    lines = [line for line in table.lines(0, first) if line is not None]
    if len(lines) < min(first, len(rows)):
        return (
            f"{len(lines)} rows: {[line.label for line in lines]}",
            f"{len(rows)}: {[label_of(r) for r in rows[:first]]}",
        )
    by_label: dict[str, list[Row]] = {}
    for row in rows:
        by_label.setdefault(label_of(row), []).append(row)
    for line in lines:
        versions = rows if type(raw) is dict and len(rows) == 1 else by_label.get(line.label)
        if not versions:
            return f"a row “{line.label}”", f"none of that name: {sorted(by_label)[:first]}"
        problems = [_line_problem(line, row, request, entry) for row in versions]
        if all(problems):
            return problems[0]
    return _order_problem([line.label for line in lines], [line.row.values for line in lines], request, rows, first)


def _line_problem(line: Any, row: Row, request: ReportRequest, entry: Mapping[str, Any]) -> Problem | None:
    columns = dict.fromkeys(column.key for column in request.shown_columns)
    columns |= dict.fromkeys(name for name in described(entry) if figure(row.get(name)))
    wrong = {}
    for name in columns:
        shown = line.value(name)
        if shown is None and name in _DAILY:
            shown = line.value(_DAILY[name])
        if not _agree(shown, row, name):
            wrong[name] = shown, wanted(row, name)
    if not wrong:
        return None
    return (
        f"“{line.label}”: { ({name: pair[0] for name, pair in wrong.items()}) }",
        {name: pair[1] for name, pair in wrong.items()},
    )


def _order_problem(
    labels: list[str], values: list[Mapping[str, Any]], request: ReportRequest, rows: list[Row], first: int
) -> Problem | None:
    """Check that the largest rows are first, unless the report has an order of its own."""
    sort = request.sorted_by
    if sort is None:
        wanted_labels = [label_of(row) for row in rows[:first]]
        return None if labels == wanted_labels[: len(labels)] else (labels, wanted_labels)
    column = sort.column
    kept = [row for row in rows if str(row.get("label")) not in _OTHERS]
    figures = [wanted(row, column) for row in kept]
    if not figures or not all(isinstance(value, float) for value in figures):
        return None
    best = sorted(figures, reverse=not sort.ascending)[: len(labels)]
    shown = [
        figure(row.get(column, row.get(_DAILY.get(column, ""))))
        for label, row in zip(labels, values, strict=True)
        if label not in _OTHERS
    ]
    if all(near(one, other) for one, other in zip(shown, best, strict=False)):
        return None
    return f"by {column}: {shown}", best


def only_below(tree: list[Row]) -> str | None:
    """A label of the second level that does not occur within the first level's labels."""
    tops = " ".join(label_of(row) for row in tree).casefold()
    for row in tree:
        for below in row.get("subtable") or ():
            label = label_of(below).strip("/")
            if len(label) > 3 and label.isalnum() and label.casefold() not in tops:
                return label
    return None


def holds(row: Row, pattern: str) -> bool:
    """Return True if ``pattern`` is in the label of a row or of a row below it."""
    if pattern.casefold() in label_of(row).casefold():
        return True
    return any(holds(below, pattern) for below in row.get("subtable") or ())
