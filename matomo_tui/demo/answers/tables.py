"""The parameters that every method takes: which columns, which rows, in which order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from matomo_tui.demo.ask import Json, whole_number


def filtered(value: Json, params: Mapping[str, str], *, paged: bool) -> Json:
    """``value`` cut as ``showColumns``, ``hideColumns`` and the ``filter_`` parameters say.

    ``paged``: rows were chosen already, only columns are cut.
    """
    if isinstance(value, list):
        rows = value if paged else _rows(value, params)
        return [_columns(row, params) if isinstance(row, dict) else row for row in rows]
    if isinstance(value, dict):
        if value and all(isinstance(inner, dict | list) for inner in value.values()):
            return {key: filtered(inner, params, paged=paged) for key, inner in value.items()}
        return _columns(value, params)
    return value


def _columns(row: dict[str, Json], params: Mapping[str, str]) -> dict[str, Json]:
    shown, hidden = params.get("showColumns", ""), params.get("hideColumns", "")
    if shown:
        wanted = {"label", *shown.split(",")}
        row = {name: value for name, value in row.items() if name in wanted}
    if hidden:
        unwanted = set(hidden.split(","))
        row = {name: value for name, value in row.items() if name not in unwanted}
    return row


def _rows(rows: list[Json], params: Mapping[str, str]) -> list[Json]:
    pattern = params.get("filter_pattern", "")
    if pattern:
        column = params.get("filter_column", "label")
        wanted = _expression(pattern)
        rows = [row for row in rows if isinstance(row, dict) and wanted.search(str(row.get(column, "")))]
    column = params.get("filter_sort_column", "")
    if column and all(isinstance(row, dict) and column in row for row in rows):
        descending = params.get("filter_sort_order", "desc") != "asc"
        rows = sorted(rows, key=lambda row: _order(row[column]), reverse=descending)
    offset = max(0, whole_number(params.get("filter_offset", "0")))
    limit = whole_number(params.get("filter_limit") or "-1")
    return list(islice(rows, offset, None if limit < 0 else offset + limit))


def _expression(pattern: str) -> re.Pattern[str]:
    """A pattern is a regular expression, in any case; one that does not compile is taken as it stands."""
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(pattern), re.IGNORECASE)


def _order(value: Json) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return (0, value, "")
    return (1, 0.0, str(value).casefold())
