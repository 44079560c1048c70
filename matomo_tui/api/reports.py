"""Any Matomo report by method name: rows of metrics, one row of metrics, or either for each date.

Which reports there are, and what their columns mean, is told by ``metadata.get_report_metadata``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import BARE, Call, Params, PeriodKind, with_segment
from matomo_tui.api.pattern_escape import literal

Value = int | float | str | None
"""A figure, a text where a column holds texts, ``None`` where the server sent none."""

_FIGURE = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
_DATE_KEY = re.compile(r"\d{4}(-\d{2}(-\d{2}(,\d{4}-\d{2}-\d{2})?)?)?")
_GOAL = "idgoal="
_SUMMARY_LABELS = frozenset({"Others", "-1"})
_META = frozenset({"label", "segment", "url", "idsubdatatable", "goals", "subtable", "is_summary"})
_DEEPEST = 32
_BIGGEST = 2**63 - 1


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row. Texts are as the server sent them, not clean.

    ``label`` is ``""`` where the row has none. ``values`` has every column that came: rates as fractions (0.38),
    money in the site's currency, durations as the report's metadata says; the metrics of single goals as
    ``goal_1_nb_conversions``, ``goal_ecommerceOrder_revenue``. ``segment`` narrows a query to this row (as the server
    encodes it). ``subtable`` opens the row; ``rows`` are those below it, where they were asked for (``expanded``).
    ``is_summary``: everything that the server cut off, summed.
    """

    label: str = ""
    values: Mapping[str, Value] = {}
    segment: str = ""
    url: str = ""
    subtable: int | None = None
    rows: tuple[ReportRow, ...] = ()
    is_summary: bool = False

    def number(self, column: str) -> float | None:
        """The figure in ``column``; ``None`` where there is none, or a text."""
        value = self.values.get(column)
        return None if value is None or isinstance(value, str) else value


class ReportTable(msgspec.Struct, frozen=True, kw_only=True):
    """``single``: the answer was one object of metrics (then there is one row) and not a list of rows."""

    rows: tuple[ReportRow, ...] = ()
    single: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ReportRow]:
        return iter(self.rows)


def table(
    method: str,
    *,
    site_id: int,
    period: PeriodKind,
    date: str,
    segment: str = "",
    params: Mapping[str, str | int] | None = None,
    subtable: int | None = None,
    flat: bool = False,
    expanded: bool = False,
    limit: int = 100,
    offset: int = 0,
    sort: str = "",
    ascending: bool = False,
    pattern: str = "",
    recursive: bool = False,
    columns: Sequence[str] = (),
    timeout: float | None = None,
) -> Call[ReportTable]:
    """Report ``method`` (``Actions.getPageUrls``) for one site and one period, which is not a multi-date.

    ``params`` are what the report is fixed by, such as ``idGoal``; ``subtable`` the row to open; ``limit`` -1 is
    all rows; ``sort`` a column; ``pattern`` is searched for in the labels as it stands (in those of every level where
    ``recursive``: then the rows have those below them in which it was found, as with ``expanded``); ``columns``: only
    these.
    """
    asked: dict[str, str | int] = {"idSite": site_id, "period": period, "date": date, **BARE, **(params or {})}
    if subtable is not None:
        asked["idSubtable"] = subtable
    if flat:
        asked["flat"] = 1
    if expanded or (pattern and recursive):  # without it the server searches no level but the first
        asked["expanded"] = 1
    asked["filter_limit"] = limit
    if offset:
        asked["filter_offset"] = offset
    if sort:
        asked |= {"filter_sort_column": sort, "filter_sort_order": "asc" if ascending else "desc"}
    asked |= _pattern(pattern, recursive)
    asked |= _columns(columns)
    return Call(method, with_segment(asked, segment), table_of, timeout=timeout)


def tables_by_date(
    method: str,
    *,
    site_id: int,
    period: PeriodKind,
    date: str,
    segment: str = "",
    params: Mapping[str, str | int] | None = None,
    limit: int = 100,
    columns: Sequence[str] = (),
    timeout: float | None = None,
) -> Call[Mapping[str, ReportTable]]:
    """The same report for each period of a multi-date (``last30``, ``2026-10-25,2026-11-23``), by Matomo's key:
    ``2026-11-17``, ``2026-11-02,2026-11-08``, ``2026-10`` or ``2026``, in order of time. With ``period="range"`` a
    date pair is one period, not many."""
    asked: dict[str, str | int] = {"idSite": site_id, "period": period, "date": date, **BARE, **(params or {})}
    asked["filter_limit"] = limit
    asked |= _columns(columns)
    return Call(method, with_segment(asked, segment), tables_of, timeout=timeout)


def tables_by_site(
    method: str, *, site_ids: Sequence[int], period: PeriodKind, date: str, segment: str = "", limit: int = 100
) -> Call[Mapping[int, ReportTable]]:
    """The same report for several sites, by ``idSite`` (one date, not a multi-date)."""
    asked: Params = {"idSite": ",".join(map(str, site_ids)), "period": period, "date": date, **BARE}
    asked = {**asked, "filter_limit": limit}

    def decode(body: bytes) -> Mapping[int, ReportTable]:
        value = json_decoding.parse(body)
        if len(site_ids) == 1 and not (type(value) is dict and value.keys() == {str(site_ids[0])}):
            return {site_ids[0]: read_table(value)}
        if type(value) is not dict:
            raise ValueError("no sites")
        return {int(key): read_table(inner) for key, inner in value.items() if key.isdecimal()}

    return Call(method, with_segment(asked, segment), decode)


def table_of(body: bytes) -> ReportTable:
    """An answer for one site and one date. Raises ``ValueError`` where it is no report."""
    return read_table(json_decoding.parse(body))


def tables_of(body: bytes) -> Mapping[str, ReportTable]:
    """An answer for a multi-date. Raises ``ValueError`` where it is none."""
    value = json_decoding.parse(body)
    if not value and type(value) in (list, dict):
        return {}
    if type(value) is not dict or not all(_DATE_KEY.fullmatch(key) for key in value):
        raise ValueError("no dates")
    return {key: read_table(inner) for key, inner in sorted(value.items())}


def read_table(value: Any) -> ReportTable:
    """Parsed JSON as a table: rows, an object of metrics, a bare figure, or nothing. Raises ``ValueError``."""
    if value is None or value is False or value == [] or value == {}:
        return ReportTable()
    if type(value) is list:
        rows = _rows(value, 0)
        if not rows:
            raise ValueError("not a list of rows")
        return ReportTable(rows=rows)
    if type(value) is dict:
        if all(key.isdecimal() for key in value) and all(type(inner) is dict for inner in value.values()):
            return ReportTable(rows=_rows(list(value.values()), 0))
        if any(_DATE_KEY.fullmatch(key) and type(inner) in (dict, list) for key, inner in value.items()):
            raise ValueError("a level of dates that was not asked for")
        return ReportTable(rows=(_row(value, 0),), single=True)
    figure = read_value(value)
    if figure is None:
        raise ValueError("no report")
    return ReportTable(rows=(ReportRow(values={"value": figure}),), single=True)


def read_value(value: Any) -> Value:
    """One cell: a figure from a number or its digits, a fraction from ``"27.16%"``, else a text; ``None`` for
    nothing and for what is no single value."""
    kind = type(value)
    if kind is int:
        figure: int = value
        return figure if -_BIGGEST <= figure <= _BIGGEST else None
    if kind is float:
        return json_decoding.number(value)
    if kind is bool:
        return int(value) if value else None
    if kind is not str:
        return None
    if _FIGURE.fullmatch(value):
        return json_decoding.number(value) if not value.lstrip("-").isdecimal() else int(value)
    if value.endswith("%") and (rate := json_decoding.fraction(value)) is not None:
        return rate
    text: str = value
    return text


def _rows(entries: Iterable[Any], depth: int) -> tuple[ReportRow, ...]:
    return tuple(_row(entry, depth) for entry in entries if type(entry) is dict)


def _row(entry: Mapping[str, Any], depth: int) -> ReportRow:
    values = {key: read_value(value) for key, value in entry.items() if key not in _META}
    goals = entry.get("goals")
    if type(goals) is dict:
        for name, metrics in goals.items():
            if type(metrics) is dict:
                prefix = f"goal_{name.removeprefix(_GOAL)}_"
                values |= {prefix + metric: read_value(value) for metric, value in metrics.items()}
    below = entry.get("subtable")
    label = json_decoding.text(entry.get("label")) or ""
    segment, url = json_decoding.text(entry.get("segment")) or "", json_decoding.text(entry.get("url")) or ""
    subtable = json_decoding.integer(entry.get("idsubdatatable"))
    summary = bool(entry.get("is_summary")) or (
        label in _SUMMARY_LABELS and not segment and not url and subtable is None
    )
    return ReportRow(
        label=label,
        values=values,
        segment=segment,
        url=url,
        subtable=subtable,
        rows=_rows(below, depth + 1) if type(below) is list and depth < _DEEPEST else (),
        is_summary=summary,
    )


def _columns(columns: Sequence[str]) -> dict[str, str]:
    if not columns:
        return {}
    return {"showColumns": ",".join(dict.fromkeys(("label", *columns, "segment", "url", "idsubdatatable")))}


def _pattern(pattern: str, recursive: bool) -> dict[str, str]:
    """Matomo takes a pattern for a regular expression."""
    if not pattern:
        return {}
    if recursive:
        return {"filter_pattern_recursive": literal(pattern), "filter_column_recursive": "label"}
    return {"filter_pattern": literal(pattern), "filter_column": "label"}
