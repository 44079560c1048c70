"""Export of reports to CSV, TSV, JSON and Markdown: complete or not at all, without overwriting unasked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Literal, TypeVar

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
_FIGURE = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SEPARATING = re.compile(r'[",;\t]')
_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_CELL = 32_000  # a spreadsheet's cell takes 32,767 characters
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Record:
    """One row to write: its ``label`` (raw), ``indent`` in a tree, and the values of the columns, in their order."""

    label: str
    values: tuple[Value, ...]
    indent: int = 0


class Writer:
    """Turns records into one format's text, piece by piece. ``dimension`` heads the labels. With ``levels`` each record
    says how deep it lies, 1 at the top: a row's figures are those of the rows below it, too."""

    def __init__(
        self, kind: Format, columns: Sequence[ReportColumn], dimension: str, currency: str = "", *, levels: bool = False
    ) -> None:
        self.kind = kind
        self.columns = tuple(columns)
        self._levels = levels
        self._dimension = sanitize(dimension) or "Label"
        self._currency = currency
        self._first = True

    def header(self) -> str:
        """What stands before the first record."""
        names = [self._dimension, *(column.name for column in self.columns)]
        if self.kind == "json":
            return "["
        if self.kind == "md":
            rule = ["---", *("---:" if column.type != "text" else "---" for column in self.columns)]
            return _markdown(names) + _markdown(rule, escape=False)
        if self._levels:
            names.insert(1, "Level")
        return _delimited([_harmless(name) for name in names], self.kind)

    def records(self, records: Iterable[Record]) -> Iterator[str]:
        """Each record's text."""
        for record in records:
            yield self._json(record) if self.kind == "json" else self._row(record)

    def footer(self) -> str:
        """What stands after the last one."""
        return "\n]\n" if self.kind == "json" else ""

    def _row(self, record: Record) -> str:
        if self.kind == "md":
            label = "  " * record.indent + shown(record.label, 2000).strip()
            figures = [
                values.written(value, column.type, self._currency)
                for value, column in zip(record.values, self.columns, strict=True)
            ]
            return _markdown([label.replace("  ", "\u2003") if record.indent else label, *figures])
        level = [str(record.indent + 1)] if self._levels else []
        return _delimited([_harmless(record.label), *level, *(_cell(value) for value in record.values)], self.kind)

    def _json(self, record: Record) -> str:
        found: dict[str, Value | int] = {"label": _plain(record.label)}
        if self._levels:
            found["level"] = record.indent + 1
        for value, column in zip(record.values, self.columns, strict=True):
            found[column.key] = _plain(value) if isinstance(value, str) else _finite(value)
        separator = "\n" if self._first else ",\n"
        self._first = False
        return separator + json.dumps(found, ensure_ascii=False)


def seen_columns(table: TableModel) -> tuple[ReportColumn, ...]:
    """The columns of :func:`seen`: where the table is compared with another time, behind each metric what it was then
    and how it changed, absolute and as a fraction (0.08 for +8 %)."""
    before = table.request.query.before
    if before is None:
        return table.columns
    found: list[ReportColumn] = []
    for column in table.columns:
        found.append(column)
        if column.type != "text":
            key, name = column.key, column.name
            found.append(ReportColumn(f"{key}_before", f"{name}, {before.label()}", column.type))
            found.append(ReportColumn(f"{key}_change", f"{name}, change", column.type))
            found.append(ReportColumn(f"{key}_change_ratio", f"{name}, change in %", "percent"))
    return tuple(found)


def seen(table: TableModel) -> Iterator[Record]:
    """What a table shows, line by line: loaded, opened, sorted, filtered and compared as it is."""
    compared = table.request.query.before is not None
    for line in table.loaded_lines():
        found: list[Value] = []
        for column in table.columns:
            found.append(line.value(column.key))
            if compared and column.type != "text":
                change = line.change(column.key)
                found.append(line.value_before(column.key))
                found += _rounded(change) if change is not None else [None, None]
        yield Record(line.row.label, tuple(found), line.indent)


def _rounded(change: Change) -> list[Value]:
    """What was worked out here, without the noise of binary fractions."""
    ratio = change.ratio
    return [round(change.difference, 6), None if ratio is None else round(ratio, 6)]


def seen_writer(kind: Format, table: TableModel, records: Iterable[Record]) -> Writer:
    """The writer for what :func:`seen` gave: with levels where rows are opened."""
    request = table.request
    levels = any(record.indent for record in records)
    columns, currency = seen_columns(table), request.query.site.currency
    return Writer(kind, columns, request.dimension, currency, levels=levels)


def records(rows: Iterable[ReportRow], columns: Sequence[ReportColumn], indent: int = 0) -> Iterator[Record]:
    """Rows as records, those below them (of an expanded answer) after them."""
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
    """Write records as they come, telling ``progress`` how many are written; how many they were, and the file's size
    in bytes. Cancelled, or on an error, nothing is left behind; what is cancelled as the file is given its name, is
    written. Raises ``FileExistsError`` where there is a file already and ``overwrite`` was not asked for, ``OSError``
    where it cannot be written, and what ``batches`` raises."""
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
    """Records that are at hand, for :func:`write_records`."""
    for start in range(0, len(found), _BATCH):
        yield found[start : start + _BATCH]


async def as_records(
    pages: AsyncIterator[tuple[ReportRow, ...]], columns: Sequence[ReportColumn]
) -> AsyncIterator[Sequence[Record]]:
    """Pages of rows (``loader.rows``), for :func:`write_records`."""
    async for rows in pages:
        yield list(records(rows, columns))


async def _to_the_end(work: Callable[[], T], unless: Callable[[], bool] = lambda: False) -> T:
    """The result of ``work`` in a thread, which is waited for even if one is cancelled meanwhile: it uses what would
    be taken away under it. A cancellation counts afterwards, ``unless`` it came too late."""
    thread = asyncio.ensure_future(asyncio.to_thread(work))
    cancelled = False
    while not thread.done():
        try:
            await asyncio.wait([thread])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled and not unless():
        thread.exception()  # looked at, as nobody else will
        raise asyncio.CancelledError
    return thread.result()


def suggested_name(request: ReportRequest, kind: Format) -> str:
    """``Shop-Page-URLs-2026-11-22.csv``: site, report, opened rows and date, in letters that every system takes."""
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
    """``path``, or the first of ``name-2.csv``, ``name-3.csv``… that is not taken."""
    candidate, count = path, 1
    try:
        while candidate.exists():
            count += 1
            candidate = path.with_name(f"{path.stem}-{count}{path.suffix}")
    except OSError:
        return path  # whoever writes it is told why it cannot be
    return candidate


def _delimited(cells: Sequence[str], kind: Format) -> str:
    return ("\t" if kind == "tsv" else ",").join(map(_quoted, cells)) + "\r\n"


def _quoted(cell: str) -> str:
    """As RFC 4180 has it; also what holds a semicolon, by which spreadsheets of half the world take lines apart."""
    return '"{}"'.format(cell.replace('"', '""')) if _SEPARATING.search(cell) else cell


def _cell(value: Value) -> str:
    if isinstance(value, str):
        return _harmless(value)
    figure = _finite(value)
    return "" if figure is None else repr(figure)


def _finite(value: float | None) -> float | None:
    """A figure that JSON and spreadsheets know: a quotient of very large and very small ones may be none."""
    return value if value is not None and isfinite(value) else None


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula; one that is a number stays one."""
    plain = _plain(text)
    if _FIGURE.fullmatch(plain):
        return plain
    return f"'{plain}" if plain.lstrip(" ").startswith(_FORMULA) else plain


def _plain(text: str) -> str:
    """As it was sent, but in one line and without a character that anything obeys."""
    return mask_tokens(drop_unprintable(" ".join(text[:_LONGEST_CELL].splitlines()).replace("\t", " ")))


def _markdown(cells: Sequence[str], *, escape: bool = True) -> str:
    shown = [_escaped(cell) if escape else cell for cell in cells]
    return f"| {' | '.join(shown)} |\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\|`*_\[\]<>#])", r"\\\1", text)
