"""Prints pages of a report: the formats of an export, NDJSON, and a table with formatted figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from matomo_tui.headless.formats import OutputFormat
from matomo_tui.headless.text_table import TextTable
from matomo_tui.reports import values
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.export import Format, Record, Writer, plain_line, visible_columns, visible_records
from matomo_tui.reports.lines import ReportLine, metrics
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.reports.values import Change, ColumnType
from matomo_tui.sanitize import escape_unprintable

_KINDS: dict[OutputFormat, Format] = {"csv": "csv", "tsv": "tsv", "json": "json", "markdown": "md", "ndjson": "json"}
_LONGEST_LABEL = 2_000


class ReportPrinter:
    """The text of a report's pages in one format. ``width`` is the terminal's, ``None`` for a pipe; ``emphasize`` marks
    the header of a table."""

    def __init__(
        self,
        request: ReportRequest,
        kind: OutputFormat,
        *,
        width: int | None = None,
        emphasize: Callable[[str], str] = str,
    ) -> None:
        self._request = request
        self._kind = kind
        self._width = width
        self._emphasize = emphasize
        self._writer: Writer | None = None
        self._table: TextTable | None = None
        self._columns: tuple[ReportColumn, ...] = ()
        self.rows = 0
        """Rows printed so far."""

    @property
    def left_out(self) -> int:
        """The number of columns for which the terminal has no room."""
        return self._table.left_out if self._table is not None else 0

    @property
    def columns(self) -> int:
        """The number of columns of the table."""
        return self._table.columns if self._table is not None else 0

    def page(self, page: ReportPage) -> str:
        """The text of a page, with the header before the first one."""
        page = _labelled(page)
        if self._kind == "table" and page.request.report.is_single:
            return self._metrics(page)
        table = TableModel(page.request)
        # A page longer than the table keeps is still added whole.
        table.add(replace(page, offset=0, complete=True))
        if self._kind == "table":
            return self._lines(table)
        records = list(visible_records(table))
        self.rows += len(records)
        if self._writer is None:
            columns, currency = visible_columns(table), page.request.query.site.currency
            dimension = "Date" if page.request.report.is_single else page.request.dimension
            levels = any(record.indent for record in records)
            self._columns = columns
            self._writer = Writer(_KINDS[self._kind], columns, dimension, currency, levels=levels, end="\n")
            header = "" if self._kind == "ndjson" else self._writer.header()
        else:
            header = ""
        return header + self._records(self._writer, records)

    def end(self) -> str:
        """The text after the last page."""
        if self._kind == "json" and self._writer is None:
            return "[]\n"
        return self._writer.footer() if self._writer is not None and self._kind == "json" else ""

    def _records(self, writer: Writer, records: Sequence[Record]) -> str:
        if self._kind == "ndjson":
            return escape_unprintable("".join(map(writer.json_line, records)))
        text = "".join(writer.records(records))
        return escape_unprintable(text) if self._kind == "json" else text

    def _metrics(self, page: ReportPage) -> str:
        """A single-row report: a line for each metric."""
        if page.only is None:
            return ""
        self.rows += 1
        currency, compared = page.request.query.site.currency, page.request.query.before
        lines = []
        for metric in metrics(page):
            column = metric.column
            cells = [plain_line(column.name), values.written(metric.value, column.type, currency, column=column.key)]
            if compared is not None:
                cells += [
                    values.written(metric.before, column.type, currency, column=column.key),
                    _changed(metric.change, column.type),
                ]
            lines.append(cells)
        period = page.request.query.period
        names = ["Metric", period.label(), *([compared.label(), "Change"] if compared is not None else [])]
        table = TextTable(names, lines, [False, *[True] * (len(names) - 1)], self._width)
        return self._emphasize(table.header()) + "".join(map(table.line, lines))

    def _lines(self, table: TableModel) -> str:
        lines = list(table.loaded_lines())
        self.rows += len(lines)
        header = ""
        if self._table is None:
            if not lines:
                return ""
            self._columns = table.filled_columns
        cells = [self._cells(line) for line in lines]
        if self._table is None:
            names, numeric = self._names()
            self._table = TextTable(names, cells, numeric, self._width)
            header = self._emphasize(self._table.header())
        return header + "".join(map(self._table.line, cells))

    def _names(self) -> tuple[list[str], list[bool]]:
        names, numeric = [plain_line(self._request.dimension) or "Label"], [False]
        for column in self._columns:
            figures = column.type != "text"
            names.append(plain_line(column.name))
            numeric.append(figures)
            if figures and self._request.query.before is not None:
                names.append("Change")
                numeric.append(True)
        return names, numeric

    def _cells(self, line: ReportLine) -> list[str]:
        currency = self._request.query.site.currency
        cells = ["  " * line.indent + plain_line(line.row.label, _LONGEST_LABEL).strip()]
        for column in self._columns:
            cells.append(values.written(line.value(column.key), column.type, currency, column=column.key))
            if column.type != "text" and self._request.query.before is not None:
                cells.append("new" if line.is_new else _changed(line.change(column.key), column.type))
        return cells


def _changed(change: Change | None, kind: ColumnType) -> str:
    """``+8.3 %``, of a rate ``+5 pp``; ``""`` if the change is unknown, or infinite."""
    if change is not None and kind == "percent":
        points = values.points_written(change)
        return points if points.startswith("-") else f"+{points}"
    if change is None or change.ratio is None:
        return ""
    return f"{change.ratio * 100:+,.1f} %"


def _labelled(page: ReportPage) -> ReportPage:
    """``page`` with the date as the label of a single row, in both periods."""
    if not page.request.report.is_single:
        return page
    label = page.request.query.period.api_date
    rows = tuple(msgspec.structs.replace(row, label=label) for row in page.rows)
    before = page.before
    if before is not None:
        before = dict.fromkeys([label], page.only_before) if page.only_before is not None else {}
    return replace(page, rows=rows, before=before)


def heading(request: ReportRequest) -> Iterator[str]:
    """Parts that say what is printed: report, site, period, comparison, segment, opened rows. All are sanitized."""
    query = request.query
    yield f"{request.report.name} ({request.report.method})"
    yield from (plain_line(step.label, 100) for step in request.path)
    yield plain_line(query.site.name, 100)
    before = query.before
    yield query.period.label() + (f" compared with {before.label()}" if before is not None else "")
    if query.segment:
        yield f"segment {plain_line(query.segment_name or query.segment, 200)}"
