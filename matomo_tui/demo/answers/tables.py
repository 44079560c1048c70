"""The generic filters of methods that are no reports with rows: columns, rows, order."""

from __future__ import annotations

from collections.abc import Mapping

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.reports.rows import page_of, pattern


def filtered_table(value: Json, params: Mapping[str, str]) -> Json:
    """Filter a report: rows, a single row, or either of them by site and period."""
    if isinstance(value, list):
        wanted = params.get("filter_pattern", "")
        columns = [params.get("filter_column", "label")]
        rows = _arranged(_matching(value, wanted, columns), params)
        return [_columns(row, params) for row in _page(rows, params)]
    if isinstance(value, dict):
        if value and all(isinstance(inner, dict | list) for inner in value.values()):
            return {key: filtered_table(inner, params) for key, inner in value.items()}
        figures = _columns(value, params)
        # A single row with a single column is reduced to its value.
        return next(iter(figures.values())) if len(figures) == 1 else figures
    return value


def filtered_list(value: Json, params: Mapping[str, str], *, paged: bool) -> Json:
    """Filter an answer that is no report.

    Only lists are filtered; they keep the method's order, and are searched only if ``filter_column[]`` names the
    columns. ``paged``: rows were selected already, only columns are filtered.
    """
    if not isinstance(value, list):
        return value
    if not paged:
        columns = [column for name, column in params.items() if name.startswith("filter_column[")]
        value = _page(_matching(value, params.get("filter_pattern", "") if columns else "", columns), params)
    return [_columns(row, params) if isinstance(row, dict) else row for row in value]


def _columns(row: dict[str, Json], params: Mapping[str, str]) -> dict[str, Json]:
    shown, hidden = params.get("showColumns", ""), params.get("hideColumns", "")
    if shown:
        wanted = {"label", *shown.split(",")}
        row = {name: value for name, value in row.items() if name in wanted}
    return _without(row, set(hidden.split(","))) if hidden else row


def _without(value: Json, unwanted: set[str]) -> Json:
    """Remove columns from a row and from all nested rows, such as the actions of a visit."""
    if isinstance(value, dict):
        return {name: _without(inner, unwanted) for name, inner in value.items() if name not in unwanted}
    return [_without(inner, unwanted) for inner in value] if isinstance(value, list) else value


def _matching(rows: list[Json], text: str, columns: list[str]) -> list[Json]:
    if not text:
        return rows
    wanted = pattern(text)
    return [
        row
        for row in rows
        if isinstance(row, dict) and any(wanted.search(str(row.get(column, ""))) for column in columns)
    ]


def _arranged(rows: list[Json], params: Mapping[str, str]) -> list[Json]:
    column = params.get("filter_sort_column", "")
    if not column or not all(column in row for row in rows):
        return rows
    descending = params.get("filter_sort_order", "desc") != "asc"
    return sorted(rows, key=lambda row: _order(row[column]), reverse=descending)


def _page(rows: list[Json], params: Mapping[str, str]) -> list[Json]:
    return rows[page_of(params)]


def _order(value: Json) -> tuple[int, float, str]:
    return (0, value, "") if isinstance(value, int | float) else (1, 0.0, str(value).casefold())
