"""Any Matomo report by method name: rows of metrics or a single row, for one period or for each of many.

``metadata.get_report_metadata`` lists the reports with their columns.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import BARE, Call, Params, PeriodKind, with_segment
from matomo_tui.api.language_segments import found_on_each_version
from matomo_tui.api.pattern_escape import literal
from matomo_tui.api.transport import BIG
from matomo_tui.late_pattern import late_pattern

Value = int | float | str | None
"""A figure, a text in columns of texts, or ``None`` if the server sent no value."""

_FIGURE = late_pattern(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
_DATE_KEY = late_pattern(r"\d{4}(-\d{2}(-\d{2}(,\d{4}-\d{2}-\d{2})?)?)?")
_GOAL = "idgoal="
_SUMMARY_LABELS = frozenset({"Others", "-1"})
_VISITOR = "idvisitor"
"""The column of texts that Matomo's own reports have (``UserId.getUsers``); some of its ids have digits only."""
_META = frozenset({"label", "segment", "url", "idsubdatatable", "goals", "subtable", "is_summary"})
_DEEPEST = 32
_BIGGEST = 2**63 - 1
_ROWS_AT_ONCE = 200
_REST = 0.0005
"""Seconds after so many rows: keys are handled meanwhile."""


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a report. Texts are unsanitized."""

    label: str = ""
    values: Mapping[str, Value] = {}
    """All columns of the answer: rates as fractions (0.38), money in the site's currency, durations in the unit of the
    report's metadata. Metrics of single goals are ``goal_1_nb_conversions``, ``goal_ecommerceOrder_revenue`` etc."""
    segment: str = ""
    """Segment expression that selects the row, encoded as the server sent it."""
    url: str = ""
    subtable: int | None = None
    """Id for :func:`table` to request the rows below this one; ``None`` if it has none."""
    rows: tuple[ReportRow, ...] = ()
    """Rows below this one, if requested with ``expanded``."""
    is_summary: bool = False
    """True for the sum of the rows beyond the server's limit (*Others*)."""

    def number(self, column: str) -> float | None:
        """Return the figure in ``column``; ``None`` if it is missing or a text."""
        value = self.values.get(column)
        return None if value is None or isinstance(value, str) else value


class ReportTable(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a report."""

    rows: tuple[ReportRow, ...] = ()
    single: bool = False
    """True if the answer was a single object of metrics, which is then the only row, and not a list of rows."""

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
    """Report ``method`` (``Actions.getPageUrls``) for one site and one period; not for a multi-date.

    ``params`` are fixed parameters of the report, such as ``idGoal``. ``subtable`` requests the rows below one row,
    ``flat`` all levels as one list, ``expanded`` all levels as a tree. ``limit`` -1 returns all rows. ``sort`` is a
    column. ``pattern`` searches the labels for a literal text, with ``recursive`` those of every level: the answer is
    then expanded. ``columns`` limits the columns. ``timeout`` in seconds replaces the transport's.
    """
    options: dict[str, str | int] = dict(params or {})
    if subtable is not None:
        options["idSubtable"] = subtable
    if flat:
        options["flat"] = 1
    if expanded or (pattern and recursive):  # otherwise the server searches only the first level
        options["expanded"] = 1
    if offset:
        options["filter_offset"] = offset
    if sort:
        options |= {"filter_sort_column": sort, "filter_sort_order": "asc" if ascending else "desc"}
    sent = _report_params(site_id, period, date, limit, columns, options | _pattern(pattern, recursive))
    return Call(method, with_segment(sent, segment), table_of, timeout=timeout)


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
    """Report ``method`` for each period of a multi-date (``last30``, ``2026-10-25,2026-11-23``); see :func:`table`.

    The keys are Matomo's, in chronological order: ``2026-11-17``, ``2026-11-02,2026-11-08``, ``2026-10`` or ``2026``.
    With ``period="range"`` a pair of dates is one period, not a multi-date."""
    sent = _report_params(site_id, period, date, limit, columns, params or {})
    return Call(method, with_segment(sent, segment), tables_of, timeout=timeout)


def _report_params(
    site_id: int,
    period: PeriodKind,
    date: str,
    limit: int,
    columns: Sequence[str],
    options: Mapping[str, str | int],
) -> Params:
    return {
        "idSite": site_id,
        "period": period,
        "date": date,
        **BARE,
        **options,
        "filter_limit": limit,
        **_columns(columns),
    }


def table_of(body: bytes) -> ReportTable:
    """Decode an answer for one site and one date. Raises ``ValueError`` if it is not a report."""
    if len(body) <= BIG or not body.startswith(b"["):
        return read_table(json_decoding.parse(body))
    rows: list[ReportRow] = []
    for piece in json_decoding.parse_in_pieces(body):
        for start in range(0, len(piece), _ROWS_AT_ONCE):
            rows.extend(_rows(piece[start : start + _ROWS_AT_ONCE], 0))
            time.sleep(_REST)
    if not rows:
        raise ValueError("not a list of rows")
    return ReportTable(rows=tuple(rows))


def tables_of(body: bytes) -> Mapping[str, ReportTable]:
    """Decode an answer for a multi-date. Raises ``ValueError`` if it has no dates."""
    value = json_decoding.parse(body)
    if not value and type(value) in (list, dict):
        return {}
    if type(value) is not dict or not all(_DATE_KEY.fullmatch(key) for key in value):
        raise ValueError("no dates")
    return {key: read_table(inner) for key, inner in sorted(value.items())}


def read_table(value: Any) -> ReportTable:
    """Read a table from parsed JSON: rows, an object of metrics, a single figure, or nothing. Raises ``ValueError``."""
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
            raise ValueError("dates in the answer to a single date")
        return ReportTable(rows=(_row(value, 0),), single=True)
    figure = read_value(value)
    if figure is None:
        raise ValueError("no report")
    return ReportTable(rows=(ReportRow(values={"value": figure}),), single=True)


def read_value(value: Any) -> Value:
    """Read one cell: a number from a number or its digits, a fraction from ``"27.16%"``, or a text.

    ``None`` for empty values, and for lists and objects."""
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
    if _VISITOR in values:
        values[_VISITOR] = json_decoding.text(entry[_VISITOR])
    goals = entry.get("goals")
    if type(goals) is dict:
        for name, metrics in goals.items():
            if type(metrics) is dict:
                prefix = f"goal_{name.removeprefix(_GOAL)}_"
                values |= {prefix + metric: read_value(value) for metric, value in metrics.items()}
    below = entry.get("subtable")
    label = json_decoding.text(entry.get("label")) or ""
    segment = found_on_each_version(json_decoding.text(entry.get("segment")) or "")
    url = json_decoding.text(entry.get("url")) or ""
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
    """Parameters for a search, escaped because Matomo interprets patterns as regular expressions."""
    if not pattern:
        return {}
    if recursive:
        return {"filter_pattern_recursive": literal(pattern), "filter_column_recursive": "label"}
    return {"filter_pattern": literal(pattern), "filter_column": "label"}
