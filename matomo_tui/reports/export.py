"""Export of reports to CSV, TSV, JSON and Markdown. A file is written completely or not at all."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Literal, TypeVar

from msgspec import Struct

from matomo_tui.api.reports import ReportRow, Value
from matomo_tui.page_url import mask_tokens, shown
from matomo_tui.reports import computed_metrics, values
from matomo_tui.reports.atomic_file import AtomicFile
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.reports.values import Change
from matomo_tui.sanitize import drop_unprintable, sanitize

T = TypeVar("T")
Format = Literal["csv", "tsv", "json", "md"]
FORMATS: tuple[Format, ...] = ("csv", "tsv", "json", "md")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_AFTER_SEPARATOR = re.compile(r"(?<=[;,])(?=[=+\-@＝＋－＠])")
_FIGURE = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SEPARATING = re.compile(r'[",;\t]')
_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_CELL = 32_000  # a spreadsheet's cell takes 32,767 characters
_BATCH = 500


class Record(Struct, frozen=True):
    """One row to write."""

    label: str
    """The label as the server sent it."""
    values: tuple[Value, ...]
    """The values of the columns, in their order."""
    indent: int = 0
    """The depth in a tree, from 0."""


class Writer:
    """Formats records as text, piece by piece. ``dimension`` is the heading of the labels. With ``levels`` each record
    has its level, 1 at the top, because the figures of a row include those of the rows below it. ``end`` is the line
    break of CSV and TSV."""

    def __init__(
        self,
        kind: Format,
        columns: Sequence[ReportColumn],
        dimension: str,
        currency: str = "",
        *,
        levels: bool = False,
        end: str = "\r\n",
    ) -> None:
        self.kind = kind
        self.columns = tuple(columns)
        self._levels = levels
        self._end = end
        self._dimension = sanitize(dimension) or "Label"
        self._currency = currency
        self._first = True

    def header(self) -> str:
        """The text before the first record."""
        names = [self._dimension, *(column.name for column in self.columns)]
        if self.kind == "json":
            return "["
        if self.kind == "md":
            rule = ["---", *("---:" if column.type != "text" else "---" for column in self.columns)]
            return markdown_row(names) + markdown_row(rule, escape=False)
        if self._levels:
            names.insert(1, "Level")
        return delimited([harmless(name) for name in names], self.kind, self._end)

    def records(self, records: Iterable[Record]) -> Iterator[str]:
        """The text of each record."""
        for record in records:
            yield self._json(record) if self.kind == "json" else self._row(record)

    def footer(self) -> str:
        """The text after the last record."""
        if self.kind != "json":
            return ""
        return "]\n" if self._first else "\n]\n"

    def _row(self, record: Record) -> str:
        if self.kind == "md":
            label = "  " * record.indent + shown(record.label, 2000).strip()
            figures = [self._figure(record, place) for place in range(len(self.columns))]
            return markdown_row([label.replace("  ", "\u2003") if record.indent else label, *figures])
        level = [str(record.indent + 1)] if self._levels else []
        cells = [harmless(record.label), *level, *(_cell(value) for value in record.values)]
        return delimited(cells, self.kind, self._end)

    def _figure(self, record: Record, place: int) -> str:
        """A value for reading; the change of a rate in percentage points between the two rates before it."""
        value, column = record.values[place], self.columns[place]
        key = column.key.removesuffix("_change")
        if column.type == "percent" and place >= 2 and self.columns[place - 1].key == f"{key}_before":
            change = values.change(key, *record.values[place - 2 : place])
            return values.points_written(change) if change is not None else ""
        return values.written(value, column.type, self._currency, column=_rate_of(column))

    def json_line(self, record: Record) -> str:
        """The JSON object of a record in one line, for NDJSON."""
        return json.dumps(self._object(record), ensure_ascii=False) + "\n"

    def _object(self, record: Record) -> dict[str, Value | int]:
        found: dict[str, Value | int] = {"label": plain_line(record.label)}
        if self._levels:
            found["level"] = record.indent + 1
        for value, column in zip(record.values, self.columns, strict=True):
            found[column.key] = plain_line(value) if isinstance(value, str) else _finite(value)
        return found

    def _json(self, record: Record) -> str:
        separator = "\n" if self._first else ",\n"
        self._first = False
        return separator + json.dumps(self._object(record), ensure_ascii=False)


def visible_columns(table: TableModel, columns: Sequence[ReportColumn] = ()) -> tuple[ReportColumn, ...]:
    """The columns of :func:`visible_records`. With a comparison each metric is followed by its earlier value and its
    change, absolute and as a fraction (0.08 for +8 %)."""
    before = table.request.query.before
    columns = tuple(columns) or table.columns
    if before is None:
        return columns
    found: list[ReportColumn] = []
    for column in columns:
        found.append(column)
        if column.type != "text":
            key, name = column.key, column.name
            found.append(ReportColumn(f"{key}_before", f"{name}, {before.label()}", column.type))
            found.append(ReportColumn(f"{key}_change", f"{name}, change", column.type))
            found.append(ReportColumn(f"{key}_change_ratio", f"{name}, relative change", "percent"))
    return tuple(found)


def visible_records(table: TableModel, columns: Sequence[ReportColumn] = ()) -> Iterator[Record]:
    """The lines of a table as they are shown: loaded, opened, sorted, filtered and compared; with ``columns`` in place
    of all that the report has."""
    compared = table.request.query.before is not None
    for line in table.loaded_lines():
        found: list[Value] = []
        for column in columns or table.columns:
            found.append(line.value(column.key))
            if compared and column.type != "text":
                change = line.change(column.key)
                found.append(line.value_before(column.key))
                found += _rounded(change) if change is not None else [None, None]
        yield Record(line.row.label, tuple(found), line.indent)


def _rounded(change: Change) -> list[Value]:
    """The change and its ratio, rounded to six decimals."""
    ratio = change.ratio
    return [round(change.difference, 6), None if ratio is None else round(ratio, 6)]


def visible_writer(
    kind: Format, table: TableModel, records: Iterable[Record], columns: Sequence[ReportColumn] = ()
) -> Writer:
    """The writer for ``records`` from :func:`visible_records`, with levels if rows are open."""
    request = table.request
    levels = any(record.indent for record in records)
    written, currency = visible_columns(table, columns), request.query.site.currency
    return Writer(kind, written, request.dimension, currency, levels=levels)


def records(rows: Iterable[ReportRow], columns: Sequence[ReportColumn], indent: int = 0) -> Iterator[Record]:
    """Rows as records, each followed by the rows below it in an expanded answer."""
    for row in rows:
        yield Record(row.label, tuple(computed_metrics.value(row, column.key) for column in columns), indent)
        yield from records(row.rows, columns, indent + 1)


async def write_records(
    path: Path,
    writer: Writer,
    batches: AsyncIterator[Sequence[Record]],
    *,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> tuple[int, int]:
    """Write records as they arrive. ``progress`` is called with the number written so far. Returns the number of
    records and the size of the file in bytes.

    After an error or a cancellation no file is left, unless the cancellation came while the complete file was being
    named. Raises ``FileExistsError`` if the file exists and ``overwrite`` is not set, ``OSError`` if it cannot be
    written, and the errors of ``batches``.
    """
    written = 0
    with AtomicFile(path, overwrite=overwrite) as file:

        def write(pieces: Iterable[str]) -> None:
            for piece in pieces:
                file.write(piece)

        write([writer.header()])
        async for batch in batches:
            await _to_the_end(partial(write, writer.records(batch)))
            written += len(batch)
            if progress is not None:
                progress(written)
        write([writer.footer()])
        size = await _to_the_end(file.settle, unless=lambda: file.settled)
    return written, size


async def batched(found: Sequence[Record]) -> AsyncIterator[Sequence[Record]]:
    """Existing records in batches, for :func:`write_records`."""
    for start in range(0, len(found), _BATCH):
        yield found[start : start + _BATCH]


async def as_records(
    pages: AsyncIterator[tuple[ReportRow, ...]], columns: Sequence[ReportColumn]
) -> AsyncIterator[Sequence[Record]]:
    """Pages of rows (``loader.rows``), for :func:`write_records`."""
    async for rows in pages:
        yield list(records(rows, columns))


async def _to_the_end(work: Callable[[], T], unless: Callable[[], bool] = lambda: False) -> T:
    """Run ``work`` in a thread and return its result. A cancellation takes effect when the thread has ended, because
    the thread uses the open file; it has no effect if ``unless`` returns True by then."""
    thread = asyncio.ensure_future(asyncio.to_thread(work))
    cancelled = False
    while not thread.done():
        try:
            await asyncio.wait([thread])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled and not unless():
        thread.exception()  # retrieved, because no other code does
        raise asyncio.CancelledError
    return thread.result()


def suggested_name(request: ReportRequest, kind: Format) -> str:
    """A file name such as ``Shop-Page-URLs-2026-11-22.csv``: site, report, opened rows and date, in ASCII letters,
    digits and ``._-``."""
    query = request.query
    date = query.period.api_date.replace(",", "_")
    if query.period.kind in ("week", "month", "year"):
        date = f"{query.period.kind}-{date}"
    parts = [
        query.site.name or f"site-{query.site.id}",
        request.report.name,
        *(mask_tokens(step.label) for step in request.path),
    ]
    name = "-".join(filter(None, (_IN_A_NAME.sub("-", part).strip("-.")[:40] for part in (*parts, date))))
    return f"{name[:120]}.{kind}"


def free_name(path: Path) -> Path:
    """``path``, or the first of ``name-2.csv``, ``name-3.csv`` … that does not exist."""
    candidate, count = path, 1
    try:
        while candidate.exists():
            count += 1
            candidate = path.with_name(f"{path.stem}-{count}{path.suffix}")
    except OSError:
        return path  # writing the file raises the error
    return candidate


def delimited(cells: Sequence[str], kind: Format, end: str = "\r\n") -> str:
    """One line of CSV (RFC 4180) or TSV; ``end`` is the line break."""
    return ("\t" if kind == "tsv" else ",").join(map(_quoted, cells)) + end


def _quoted(cell: str) -> str:
    """``cell`` quoted by RFC 4180, and also if it has a semicolon, which many spreadsheets use as separator."""
    return '"{}"'.format(cell.replace('"', '""')) if _SEPARATING.search(cell) else cell


def _rate_of(column: ReportColumn) -> str:
    """The key of the column, ``""`` for a change: a rate of whole percent may change by a part of one."""
    return "" if column.key.endswith(("_change", "_change_ratio")) else column.key


def _cell(value: Value) -> str:
    if isinstance(value, str):
        return harmless(value)
    figure = _finite(value)
    return "" if figure is None else repr(figure)


def _finite(value: float | None) -> float | None:
    """``value`` if JSON and spreadsheets can represent it; ``None`` for infinity and NaN."""
    return value if value is not None and isfinite(value) else None


def harmless(text: str, limit: int = _LONGEST_CELL) -> str:
    """``text`` so that no spreadsheet evaluates it or a part of it as a formula; a number stays unchanged.

    A spreadsheet that is set to another separator than the file's begins a cell behind each semicolon or comma."""
    plain = plain_line(text, limit)
    if _FIGURE.fullmatch(plain):
        return plain
    plain = _AFTER_SEPARATOR.sub("'", plain)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) else plain


def plain_line(text: str, limit: int = _LONGEST_CELL) -> str:
    """``text`` in one line, without control characters, with tokens masked, and cut after ``limit`` characters."""
    return mask_tokens(drop_unprintable(" ".join(text[:limit].splitlines()).replace("\t", " ")))


def markdown_row(cells: Sequence[str], *, escape: bool = True) -> str:
    """One line of a Markdown table."""
    shown = [_escaped(cell) if escape else cell for cell in cells]
    return f"| {' | '.join(shown)} |\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\|`*_\[\]<>#])", r"\\\1", text)
