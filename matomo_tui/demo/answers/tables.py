"""The generic filters of every method: columns, rows, order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from matomo_tui.demo.api_request import Json, whole_number

_USUAL_LIMIT = "100"


def filtered_table(value: Json, params: Mapping[str, str]) -> Json:
    """Filter a report: rows, a single row, or either of them by site and period."""
    if isinstance(value, list):
        return [_columns(row, params) for row in _page(_arranged(_matching_rows(value, params), params), params)]
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
    rows = value if paged else _page(_matching_list(value, params), params)
    return [_columns(row, params) if isinstance(row, dict) else row for row in rows]


def _columns(row: dict[str, Json], params: Mapping[str, str]) -> dict[str, Json]:
    shown, hidden = params.get("showColumns", ""), params.get("hideColumns", "")
    if shown:
        wanted = {"label", *shown.split(",")}
        row = {name: value for name, value in row.items() if name in wanted}
    return _without(row, set(hidden.split(","))) if hidden else row


def _without(row: dict[str, Json], unwanted: set[str]) -> dict[str, Json]:
    """Remove columns from a row and from all nested rows, such as the actions of a visit."""
    return {name: _within(value, unwanted) for name, value in row.items() if name not in unwanted}


def _within(value: Json, unwanted: set[str]) -> Json:
    if isinstance(value, dict):
        return _without(value, unwanted)
    return [_within(inner, unwanted) for inner in value] if isinstance(value, list) else value


def _matching_rows(rows: list[Json], params: Mapping[str, str]) -> list[Json]:
    pattern = params.get("filter_pattern", "")
    if not pattern:
        return rows
    column, wanted = params.get("filter_column", "label"), _expression(pattern)
    return [row for row in rows if wanted.search(str(row.get(column, "")))]


def _matching_list(rows: list[Json], params: Mapping[str, str]) -> list[Json]:
    pattern = params.get("filter_pattern", "")
    columns = [value for name, value in params.items() if name.startswith("filter_column[")]
    if not pattern or not columns:
        return rows
    wanted = _expression(pattern)
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
    offset = max(0, whole_number(params.get("filter_offset", "0")))
    limit = whole_number(params.get("filter_limit") or _USUAL_LIMIT)
    return list(islice(rows, offset, None if limit < 0 else offset + limit))


def _expression(pattern: str) -> re.Pattern[str]:
    """A case-insensitive regular expression; a pattern that does not compile is matched literally."""
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(pattern), re.IGNORECASE)


def _order(value: Json) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return (0, value, "")
    return (1, 0.0, str(value).casefold())
