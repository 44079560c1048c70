"""All figures of one row of a report, as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.content import Content

from matomo_tui.api.reports import Value
from matomo_tui.page_url import shown
from matomo_tui.reports import segments
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.lines import ReportLine, absence
from matomo_tui.reports.names import is_code, undescribed
from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.reports.report_columns import CHANGE_WIDTH, LABEL, change_cell, figure, table_figure
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import Row

LONGEST = 2048
"""Characters of a label, a URL or a text that are shown."""

Figure = tuple[str, str, str, str]
"""Key, name, text, and reason of absence."""


def row_head(line: ReportLine, path: Sequence[str], glyphs: Glyphs) -> Content:
    """The labels down to the row, its URL and its segment in words; ``path`` has the labels as the server sent them."""
    labels = [shown(label, LONGEST).strip() or line.label for label in path]
    lines = [Content.styled(f" {glyphs.crumb} ".join(labels), "bold")]
    if line.row.url:
        lines.append(Content.styled(shown(line.row.url, LONGEST), "$text-muted"))
    if line.row.segment:
        lines.append(Content.styled(f"Segment: {segments.describe(line.row.segment)}", "$text-muted"))
    return Content("\n").join(lines)


def figure_columns(line: ReportLine) -> tuple[Column, ...]:
    """The columns of :func:`figure_rows`."""
    columns = [
        Column("name", "Metric", 24, flex=8, most=64),
        Column("value", "Value", 12, flex=1, most=24, align="right"),
    ]
    if line.compared:
        columns += [
            Column("change", "Change", CHANGE_WIDTH, align="right", hides=2),
            Column("before", "Before", 12, align="right", hides=1),
        ]
    return (*columns, Column("why", "", 0, flex=1))


def row_figures(request: ReportRequest, line: ReportLine) -> list[Figure]:
    """The described columns first, then all else that the server sent. Of goals only those that were reached."""
    report, currency = request.report, request.query.site.currency
    described = {column.key: column for column in (*request.described, *report.goal_columns) if column.key != LABEL}
    found = []
    for key, column in described.items():
        value = line.value(key)
        why = absence(key, request.query.period) if value is None else ""
        if value or (not column.goal and (value is not None or why)):
            found.append((key, column.name, _written(column, value, currency), why))
    for key, value in line.row.values.items():
        if key not in described and value is not None and not is_code(key):
            column = _undescribed(key, report.goal_columns)
            text = shown(value, LONGEST) if isinstance(value, str) else _written(column, value, currency)
            found.append((key, column.name, text, ""))
    return found


def _written(column: ReportColumn, value: Value, currency: str) -> str:
    """The figure; times of loading a page in parts of a second."""
    if column.type == "duration_s":
        return table_figure(column, value, currency, 0.0)
    return figure(value, column.type, currency, column.key)


def _undescribed(key: str, goal_columns: Sequence[ReportColumn]) -> ReportColumn:
    """The column for a ``key`` without metadata; that of a goal has the goal's name."""
    for column in goal_columns:
        prefix = f"goal_{column.goal}_"
        if column.goal and key.startswith(prefix):
            goal_name = column.name.removesuffix(column.short_name)
            rest = undescribed(key.removeprefix(prefix))
            return replace(rest, key=key, name=f"{goal_name}{rest.name}")
    return undescribed(key)


def figure_rows(request: ReportRequest, line: ReportLine, figures: Sequence[Figure], glyphs: Glyphs) -> list[Row[str]]:
    """A row for each of ``figures``: its name, its text, with a comparison the change and the figure before, and why it
    is missing."""
    return [_row(request, line, one, glyphs) for one in figures]


def _row(request: ReportRequest, line: ReportLine, one: Figure, glyphs: Glyphs) -> Row[str]:
    key, name, text, why = one
    column = request.column(key)
    kind = column.type if column is not None else "number"
    cells: list[Cell] = [name, ((text or glyphs.dash, "strong"),)]
    if line.compared:
        change = line.change(key) if column is not None and not line.is_new else None
        currency = request.query.site.currency
        before = figure(line.value_before(key), kind, currency, key) if column is not None else ""
        cells += [
            change_cell(change, is_new=line.is_new, kind=kind, glyphs=glyphs, growing=line.growing),
            ((before, "muted"),),
        ]
    return Row(key, (*cells, ((why, "muted"),)))
