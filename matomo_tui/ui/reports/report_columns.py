"""Columns of a report table: widths, hiding order and cell formats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from msgspec import Struct
from rich.cells import cell_len

from matomo_tui.api.reports import Value
from matomo_tui.page_url import shown
from matomo_tui.reports import values
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.daily import is_sum
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.values import Change, ColumnType
from matomo_tui.rounding import hundredths, whole
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.drawing.short_names import SHORT_METRIC_NAMES
from matomo_tui.ui.widgets.table.columns import Column, Plain, StyleName

LABEL = "label"
CHANGE = "change:"
"""Prefix of a change column, before the key of its metric."""

_WIDTHS: dict[ColumnType, int] = {
    "number": 9,
    "percent": 7,
    "money": 11,
    "duration_s": 7,
    "duration_ms": 9,
    "byte": 9,
    "text": 12,
}
CHANGE_WIDTH = 16
_LEAST_LABEL, _LEAST_ADDRESS = 23, 26
"""Addresses of pages that begin alike are told apart by their ends."""
_LEAST_HEADING, _WIDEST_HEADING = 11, 24
_HEADING_FLEX = 40
"""Spare width goes to complete headings before longer labels …"""
_LABEL_FLEX = {False: 4, True: 160}
"""… but after the labels of a flat list (``True``), which are as long as all levels together."""
_HOUR = 3600
_TIMING = re.compile(r"(avg|min|max)_time_(network|server|transfer|dom_|on_load|generation)|avg_page_load_time")
"""Times of loading a page, which are parts of a second."""
NO_CENTS = 1000
"""The highest amount of a column from which on all its amounts are without cents."""
_NO_DECIMALS_FROM = 9.95
"""Percentage points from which on a difference has no room for a decimal."""
_HIGHEST = 1e15
"""Limit for a difference: of two large figures it can exceed the range of a float."""


class ColumnLayout(Struct, frozen=True):
    """The columns of a report table."""

    columns: tuple[Column, ...]
    metrics: tuple[ReportColumn, ...]
    """The metrics shown, in the order of their columns."""
    main: str
    """The key of the metric whose share is the bar behind the label; ``""`` for none."""


def layout_columns(request: ReportRequest, shown: Sequence[ReportColumn]) -> ColumnLayout:
    """The columns for the metrics ``shown``: the label and the metrics. On a narrow screen the last metrics hide first,
    then the change of the first one; the sort column never hides."""
    metrics = _of_one_goal(tuple(column for column in shown if column.key != LABEL))
    compared = request.query.before is not None
    sort = request.sorted_by
    main = _main(request, metrics)
    least = _LEAST_ADDRESS if request.report.module == "Actions" else _LEAST_LABEL
    label = Column(LABEL, sanitize(request.dimension, 40), least, flex=_LABEL_FLEX[request.flat])
    columns = [label]
    for place, metric in enumerate(metrics):
        sorts = sort is not None and metric.key == sort.column
        hides = 0 if place == 0 or sorts else 10 + place
        columns.append(_column(metric, hides, sorts=sorts))
        if compared:
            columns.append(Column(f"{CHANGE}{metric.key}", "change", CHANGE_WIDTH, align="right", hides=hides + 1))
    return ColumnLayout(tuple(columns), metrics, main)


def _of_one_goal(metrics: tuple[ReportColumn, ...]) -> tuple[ReportColumn, ...]:
    """``metrics`` with short names if there is one goal among them only: the table's title names it."""
    if len({metric.goal for metric in metrics if metric.goal}) != 1:
        return metrics
    return tuple(replace(one, name=one.short_name) if one.goal else one for one in metrics)


def _main(request: ReportRequest, metrics: Sequence[ReportColumn]) -> str:
    """The key of the metric with the bars: the sort column if it is a quantity, else the report's main column."""
    keys = {metric.key: metric for metric in metrics}
    sort = request.sorted_by
    if sort is not None and sort.column in keys and keys[sort.column].type in ("number", "money"):
        return sort.column
    main = request.report.main_column
    if main is not None and main.key in keys:
        return main.key
    return next((metric.key for metric in metrics if metric.type in ("number", "money")), "")


def _column(metric: ReportColumn, hides: int, *, sorts: bool = False) -> Column:
    """The column of a metric: as wide as its figures and its short heading, and wider for a longer one if there is
    room. Headings are shortened before columns are hidden."""
    name = heading(metric)
    width = max(_WIDTHS[metric.type], min(_LEAST_HEADING, cell_len(SHORT_METRIC_NAMES.get(name, name)) + 2))
    widest = _WIDEST_HEADING
    if sorts:  # the sign of the order stands before the heading
        width = max(width, min(_WIDEST_HEADING, cell_len(SHORT_METRIC_NAMES.get(name, name)) + 2))
    if is_sum(metric.key):  # cut short, the name would be that of another metric
        width, widest = max(width, cell_len(SHORT_METRIC_NAMES.get(name, "")) + 2), cell_len(name) + 2
    most = max(width, min(widest, cell_len(name) + 2))
    align: Literal["left", "right"] = "right" if metric.type != "text" else "left"
    flex = _HEADING_FLEX if most > width else 0
    return Column(metric.key, name, width, flex, most, align, hides, SHORT_METRIC_NAMES.get(name, ""))


def heading(metric: ReportColumn) -> str:
    """The heading of a metric: its name without a unit that its figures are not formatted in."""
    return metric.name.removesuffix(" (in seconds)")


def figure(value: Value, kind: ColumnType, currency: str, column: str = "") -> str:
    """``value`` with as many decimals as all others of its ``column`` (the key); ``""`` if there is no figure."""
    if value is None or not values.is_figure(value):
        return ""
    if isinstance(value, str):
        return shown(value)
    if kind == "percent":
        return f"{hundredths(value):,} %" if values.is_whole_percent(column) else f"{value * 100:,.1f} %"
    if kind == "money":
        return formatting.money(value, currency)
    if kind == "duration_s":
        return formatting.duration(value) if value >= 10 or value == int(value) else f"{value:.2f} s"
    if kind == "number":
        return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    return values.written(value, kind, currency)


def table_figure(metric: ReportColumn, value: Value, currency: str, top: float, *, fractions: bool = False) -> str:
    """:func:`figure` in a table, with one format in the whole column: its highest figure is ``top``, and with
    ``fractions`` some are no whole numbers."""
    if not isinstance(value, int | float) or not values.is_figure(value):
        return figure(value, metric.type, currency, metric.key)
    if metric.type == "money":
        return formatting.money(value, currency, cents=fractions and top < NO_CENTS)
    if metric.type == "number" and fractions:
        return f"{value:,.1f}"
    if metric.type != "duration_s":
        return figure(value, metric.type, currency, metric.key)
    if _TIMING.match(metric.key):
        return f"{value:.2f} s"
    return formatting.duration(round(value), hours=top >= _HOUR)


def with_cents(amounts: Iterable[Value]) -> bool:
    """Returns True if ``amounts``, which stand below each other, are to be written with cents."""
    known = [abs(amount) for amount in amounts if isinstance(amount, int | float)]
    return any(amount % 1 for amount in known) and max(known) < NO_CENTS


def change_cell(
    change: Change | None, *, is_new: bool, kind: ColumnType, glyphs: Glyphs, growing: bool = False
) -> Plain:
    """``▲   +120   +8 %``: arrow, difference and ratio, aligned in columns. Grey if neither direction is better, or if
    the period is not over (``growing``): half a day is not comparable with a whole one."""
    if is_new:
        return (("new", "muted"),)
    if change is None:
        return ""
    size = difference(change, kind)
    if not size:
        return ((glyphs.same, "muted"),)
    arrow = glyphs.up if change.direction > 0 else glyphs.down
    good = 0 if growing else change.good
    look: StyleName = {1: "good", -1: "bad"}.get(good, "muted")  # type: ignore[assignment]
    ratio = formatting.signed_percent(change.ratio) if change.ratio is not None else ""
    return ((f"{arrow}{size:>7} {ratio:>7}", look),)


def difference(change: Change, kind: ColumnType) -> str:
    """The absolute change with its sign, in at most seven cells: ``+120``, ``-1.2k``, ``+3.1 pp``, ``-0:12``; ``""`` if
    there is none to be seen."""
    if not change.direction:
        return ""
    sign = "+" if change.direction > 0 else "-"
    if kind == "percent":
        points = _points(change)
        return f"{sign}{points} pp" if points else ""
    size = min(abs(change.difference), _HIGHEST)
    if kind == "duration_s":
        return f"{sign}{formatting.duration(size) if size >= 1 else f'{size:.2f}'}"
    if kind in ("duration_ms", "byte"):
        return f"{sign}{formatting.short_number(size)}"
    return f"{sign}{size:.1f}" if size < 10 and size != int(size) else f"{sign}{formatting.short_number(size)}"


def _points(change: Change) -> str:
    """The percentage points between the two rates as they are written; ``""`` for none between two that are written in
    whole percent."""
    size = abs(values.points(change, 1))
    if change.is_whole_percent:
        return formatting.short_number(size) if size else ""
    return formatting.short_number(whole(size)) if size >= _NO_DECIMALS_FROM else f"{size:.1f}"
