"""Report rows before JSON encoding, and the filters of reports and of other answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote_plus
from zlib import crc32

from msgspec import Struct, field

from matomo_tui.demo.api_request import Json, whole_number
from matomo_tui.demo.formats import number, rate

RATES = frozenset(
    {"bounce_rate", "exit_rate", "conversion_rate", "interaction_rate", "nb_visits_percentage", "cache_hit_rate"}
)
"""Columns that are fractions here, and formatted as ``"38%"`` in answers by default."""

T = TypeVar("T")
_KEPT_META = ("segment", "idsubdatatable")
_REVENUE = "9"
"""Matomo's number of the revenue in rows of visits."""


class TableRow(Struct):
    label: str
    columns: dict[str, Json]
    meta: dict[str, Json] = field(default_factory=dict)
    below: Sequence[TableRow] | None = None


class Shape(Struct, frozen=True):
    sort: str = "nb_visits"
    """The default sort column; ``""``: rows keep their order."""
    joint: str = " - "
    lead: str = ""
    named: Callable[[Sequence[str]], Mapping[str, Json]] | None = None
    """Additional columns of a flat row, by its labels."""
    narrows_below: bool = False
    """In an expanded answer, rows of every level have segments."""
    unsaid_below: frozenset[str] = frozenset()
    """Columns omitted from subtable rows in an expanded answer."""


def shown(rows: Sequence[TableRow], params: Mapping[str, str], shape: Shape, path: tuple[str, ...] = ()) -> list[Json]:
    """The selected rows, sorted and filtered; ``path`` has the labels that lead to them."""
    if params.get("idSubtable"):
        path, rows = _opened(rows, whole_number(params["idSubtable"]))
    if _on(params, "flat"):
        rows = list(flattened(rows, shape, path))
    if params.get("label"):
        found = found_row(rows, params["label"])
        rows = [] if found is None else [found[1]]
        path = path if found is None else (*path, *found[0][:-1])
    rows = _truncated(arranged(_matching(rows, params), params, shape), params)
    writer = RowWriter(params, shape)
    return [writer.write(row, path) for row in rows[page_of(params)]]


def page_of(params: Mapping[str, str]) -> slice:
    offset = max(0, whole_number(params.get("filter_offset", "0")))
    limit = whole_number(params.get("filter_limit") or "100")
    return slice(offset, None if limit < 0 else offset + limit)


def _on(params: Mapping[str, str], name: str) -> bool:
    return params.get(name, "") not in ("", "0", "false")


def row_id(path: Iterable[str]) -> int:
    """The id of the subtable of a row: a stable hash of its labels."""
    return crc32("\x1f".join(path).encode("utf-8", "surrogatepass")) % 0x7FFF_FFFE + 1


def _opened(
    rows: Sequence[TableRow], wanted: int, path: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], Sequence[TableRow]]:
    """The rows of the subtable with an id, and the labels that lead there; empty if it does not exist."""
    for row in rows:
        if row.below:
            here = (*path, row.label)
            if row_id(here) == wanted:
                return here, row.below
            found = _opened(row.below, wanted, here)
            if found[1]:
                return found
    return (), []


def flattened(
    rows: Sequence[TableRow], shape: Shape, path: tuple[str, ...] = (), above: str = ""
) -> Iterator[TableRow]:
    """The leaves; ``above`` is the segment of their parent rows, which a page's own segment includes already."""
    for row in rows:
        here = (*path, row.label)
        own = str(row.meta.get("segment", ""))
        conditions = (own,) if shape.joint == "/" else (*above.split(";"), *own.split(";"))
        narrowed = ";".join(dict.fromkeys(filter(None, conditions)))
        if row.below:
            yield from flattened(row.below, shape, here, narrowed)
        else:
            named = {} if shape.named is None else shape.named(here)
            meta = {name: value for name, value in row.meta.items() if name not in _KEPT_META}
            segment = {"segment": narrowed} if narrowed else {}
            yield TableRow(_joined(here, shape), row.columns, {**meta, **named, **segment})


def _joined(labels: Sequence[str], shape: Shape) -> str:
    if shape.joint != "/":
        return shape.joint.join(labels)
    return shape.lead + "/".join(label.strip().strip("/") for label in labels)


def found_row(rows: Sequence[TableRow], label: str) -> tuple[tuple[str, ...], TableRow] | None:
    """The row that ``label`` denotes: labels from the top down, each encoded once more, joined by ``>``."""
    path: list[str] = []
    row: TableRow | None = None
    for part in re.split(r"\s*>\s*", label):
        wanted = unquote_plus(part).strip()
        row = next((each for each in rows if each.label.strip() == wanted), None)
        if row is None and not path:
            # A page may be named without the slash that distinguishes it from a folder.
            row = next((each for each in rows if each.label.strip().lstrip("/") == wanted.lstrip("/")), None)
        if row is None:
            return None
        path.append(row.label)
        rows = row.below or ()
    return None if row is None else (tuple(path), row)


def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern as Matomo does: literally if it is not a valid expression."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(text), re.IGNORECASE)


def _matching(rows: Sequence[TableRow], params: Mapping[str, str]) -> list[TableRow]:
    if params.get("filter_pattern"):
        wanted, column = pattern(params["filter_pattern"]), params.get("filter_column", "label")
        rows = [row for row in rows if wanted.search(str(row.label if column == "label" else row.columns.get(column)))]
    if params.get("filter_pattern_recursive"):
        # Matomo searches only the tables it has loaded: subtables only if all are requested.
        below = _on(params, "expanded")
        rows = list(_searched(rows, pattern(params["filter_pattern_recursive"]), below=below))
    if column := params.get("filter_excludelowpop", ""):
        least = figure(params.get("filter_excludelowpop_value") or "1")
        rows = [row for row in rows if figure(row.columns.get(column)) >= least]
    return list(rows)


def _searched(rows: Iterable[TableRow], wanted: re.Pattern[str], *, below: bool) -> Iterator[TableRow]:
    """Matching rows and, with ``below``, the ancestors of matching rows, reduced to the matching branches."""
    for row in rows:
        if wanted.search(row.label):
            yield row
        elif row.below and below:
            found = list(_searched(row.below, wanted, below=True))
            if found:
                yield TableRow(row.label, row.columns, row.meta, found)


def two_level_rows(
    tallies: Mapping[Any, T],
    outer: Callable[[str, T, list[TableRow] | None], TableRow],
    inner: Callable[[str, T], TableRow],
) -> list[TableRow]:
    """Rows with subtables, from sums by pairs of labels; the second label is ``None`` for the parent rows."""
    below: dict[str, list[TableRow]] = {}
    for (first, second), tally in tallies.items():
        if second is not None:
            below.setdefault(first, []).append(inner(second, tally))
    return [outer(first, tally, below.get(first)) for (first, second), tally in tallies.items() if second is None]


def figure(value: Json) -> float:
    """A column's value as a number, 0 if it is not numeric."""
    if isinstance(value, str):
        try:
            return float(value.rstrip("%"))
        except ValueError:
            return 0.0
    return float(value) if isinstance(value, int | float) else 0.0


def arranged(rows: Sequence[TableRow], params: Mapping[str, str], shape: Shape) -> list[TableRow]:
    """The rows sorted; like Matomo, ties are sorted by label."""
    column = params.get("filter_sort_column", "") or shape.sort
    if not column:
        return list(rows)
    descending = params.get("filter_sort_order", "desc") != "asc"
    if column == "label":
        return sorted(rows, key=lambda row: row.label.casefold(), reverse=descending)
    if column in ("revenue", _REVENUE) and any("nb_visits" in row.columns for row in rows):
        # Matomo finds the revenue by its number, and in flat rows by its name.
        column = "revenue" if (column == _REVENUE) is not _on(params, "flat") else shape.sort
    if not any(column in row.columns for row in rows):
        column = shape.sort
    labelled = sorted(rows, key=lambda row: row.label)
    return sorted(labelled, key=lambda row: figure(row.columns.get(column)), reverse=descending)


def _truncated(rows: list[TableRow], params: Mapping[str, str]) -> list[TableRow]:
    """The rows after the first ``filter_truncate`` in one, without rates and averages, which cannot be added."""
    text = params.get("filter_truncate", "")
    if not text or (keep := whole_number(text)) < 0 or len(rows) <= keep + 1:
        return rows
    columns: dict[str, Json] = {}
    for row in rows[keep:]:
        for name, value in row.columns.items():
            merge = min if name.startswith("min_") else max if name.startswith("max_") else None
            if merge is not None and name in columns:
                columns[name] = merge(columns[name], number(figure(value), 4))
            elif name not in RATES and not name.startswith("avg_") and not isinstance(value, dict):
                columns[name] = number(figure(columns.get(name, 0)) + figure(value), 4)
    return [*rows[:keep], TableRow("Others", columns)]


class RowWriter:
    def __init__(self, params: Mapping[str, str], shape: Shape) -> None:
        self._params = params
        self._shape = shape
        self._expanded = _on(params, "expanded")
        self._formatted = params.get("format_metrics", "") != "0"
        self._shown = set(filter(None, params.get("showColumns", "").split(",")))
        self._hidden = set(filter(None, params.get("hideColumns", "").split(",")))

    def _figure(self, name: str, value: Json) -> Json:
        if name == "conversion_rate" and not self._formatted:
            return round(figure(value), 4)  # the only rate with more than whole percents
        return rate(value, 1, formatted=self._formatted) if name in RATES else value

    def write(self, row: TableRow, path: tuple[str, ...] = (), *, below: bool = False) -> dict[str, Json]:
        """The row, to which the labels of ``path`` lead; ``below``: in an expanded subtable."""
        written: dict[str, Json] = {} if "label" in self._hidden else {"label": row.label}
        unsaid = self._shape.unsaid_below | self._hidden if below else self._hidden
        for name, value in row.columns.items():
            if (not self._shown or name in self._shown) and name not in unsaid:
                written[name] = self._figure(name, value)
        if not below or self._shape.narrows_below:
            written |= row.meta
        if row.below:
            here = (*path, row.label)
            written["idsubdatatable"] = row_id(here)
            if self._expanded:
                rows = arranged(row.below, self._params, self._shape)
                written["subtable"] = [self.write(each, here, below=True) for each in rows]
        return written


def filtered_table(value: Json, params: Mapping[str, str]) -> Json:
    """Filter a report: rows, a single row, or either of them by site and period."""
    if isinstance(value, list):
        wanted = params.get("filter_pattern", "")
        columns = [params.get("filter_column", "label")]
        rows = _sorted(_found(value, wanted, columns), params)
        return [_narrowed(row, params) for row in _page(rows, params)]
    if isinstance(value, dict):
        if value and all(isinstance(inner, dict | list) for inner in value.values()):
            return {key: filtered_table(inner, params) for key, inner in value.items()}
        figures = _narrowed(value, params)
        # A single row with a single column is reduced to its value.
        return next(iter(figures.values())) if len(figures) == 1 else figures
    return value


def filtered_list(value: Json, params: Mapping[str, str], *, paged: bool) -> Json:
    """Filter a list that is no report, searched only with ``filter_column[]``; ``paged``: it is one page."""
    if not isinstance(value, list):
        return value
    if not paged:
        columns = [column for name, column in params.items() if name.startswith("filter_column[")]
        value = _page(_found(value, params.get("filter_pattern", "") if columns else "", columns), params)
    return [_narrowed(row, params) if isinstance(row, dict) else row for row in value]


def _narrowed(row: dict[str, Json], params: Mapping[str, str]) -> dict[str, Json]:
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


def _found(rows: list[Json], text: str, columns: list[str]) -> list[Json]:
    if not text:
        return rows
    wanted = pattern(text)
    return [
        row
        for row in rows
        if isinstance(row, dict) and any(wanted.search(str(row.get(column, ""))) for column in columns)
    ]


def _sorted(rows: list[Json], params: Mapping[str, str]) -> list[Json]:
    column = params.get("filter_sort_column", "")
    if not column or not all(column in row for row in rows):
        return rows
    descending = params.get("filter_sort_order", "desc") != "asc"
    return sorted(rows, key=lambda row: _order(row[column]), reverse=descending)


def _page(rows: list[Json], params: Mapping[str, str]) -> list[Json]:
    return rows[page_of(params)]


def _order(value: Json) -> tuple[int, float, str]:
    return (0, value, "") if isinstance(value, int | float) else (1, 0.0, str(value).casefold())
