"""Columns of a report table: widths, hiding order and cell formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

from matomo_tui.api.reports import Value
from matomo_tui.page_url import shown
from matomo_tui.reports import values
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.daily import is_sum
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.values import Change, ColumnType
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.drawing.short_names import SHORT_METRIC_NAMES
from matomo_tui.ui.widgets.table.columns import Column, Plain, StyleName

LABEL = "label"
BAR = "bar"
CHANGE = "change:"
"""Before the key of a metric: how that changed."""

_WIDTHS: dict[ColumnType, int] = {
    "number": 9,
    "percent": 7,
    "money": 11,
    "duration_s": 7,
    "duration_ms": 9,
    "byte": 9,
    "text": 12,
}
_CHANGE_WIDTH = 15
_LEAST_HEADING, _WIDEST_HEADING = 11, 24
_HEADING_FLEX = 40
"""Whole headings come before longer labels and bars."""
_LABEL_FLEX = {False: 4, True: 160}
"""But not before those of a flat list, which are as long as all levels together."""
_BAR_WIDTH = 8
_HIGHEST = 1e15
"""What a difference is written as at most: it may be beyond every number where both figures are none too small."""


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """A table's columns beside what they show: ``metrics`` in the order of the columns after the label; ``main`` is
    the one with the share bar, ``""`` for none."""

    columns: tuple[Column, ...]
    metrics: tuple[ReportColumn, ...]
    main: str
    compared: bool


def layout_columns(request: ReportRequest, shown: Sequence[ReportColumn]) -> ColumnLayout:
    """The columns for the metrics ``shown``: the label, the metrics, and the share bar behind the main one. On a narrow
    screen the last metrics hide first, then the bar, then how the first one changed; what the rows are sorted by never
    does."""
    metrics = tuple(column for column in shown if column.key != LABEL)
    compared = request.query.before is not None
    sort = request.sorted_by
    main = _main(request, metrics)
    label = Column(LABEL, sanitize(request.dimension, 40), 26, flex=_LABEL_FLEX[request.flat], most=80)
    columns = [label]
    for place, metric in enumerate(metrics):
        first = place == 0
        hides = 0 if first or (sort is not None and metric.key == sort.column) else 10 + place
        columns.append(_column(metric, hides))
        if metric.key == main:
            columns.append(Column(BAR, "", _BAR_WIDTH, flex=1, most=16, hides=hides + 3 if hides else 3))
        if compared:
            columns.append(Column(f"{CHANGE}{metric.key}", "change", _CHANGE_WIDTH, align="right", hides=hides + 1))
    return ColumnLayout(tuple(columns), metrics, main, compared)


def _main(request: ReportRequest, metrics: Sequence[ReportColumn]) -> str:
    """The column with the bar: the sorted one where that is a quantity, else the report's own main one."""
    keys = {metric.key: metric for metric in metrics}
    sort = request.sorted_by
    if sort is not None and sort.column in keys and keys[sort.column].type in ("number", "money"):
        return sort.column
    main = request.report.main_column
    if main is not None and main.key in keys:
        return main.key
    return next((metric.key for metric in metrics if metric.type in ("number", "money")), "")


def _column(metric: ReportColumn, hides: int) -> Column:
    """As wide as its figures; what is left over goes to headings that are longer."""
    name = heading(metric)
    width = max(_WIDTHS[metric.type], min(_LEAST_HEADING, cell_len(name) + 2))
    widest = _WIDEST_HEADING
    if is_sum(metric.key):  # a name without room for what it says would be that of another figure
        width, widest = max(width, cell_len(SHORT_METRIC_NAMES.get(name, "")) + 2), cell_len(name) + 2
    most = max(width, min(widest, cell_len(name) + 2))
    align: Literal["left", "right"] = "right" if metric.type != "text" else "left"
    flex = _HEADING_FLEX if most > width else 0
    return Column(metric.key, name, width, flex, most, align, hides, SHORT_METRIC_NAMES.get(name, ""))


def heading(metric: ReportColumn) -> str:
    """What a metric is called: its name, without the unit that its figures are not written in."""
    return metric.name.removesuffix(" (in seconds)")


def figure(value: Value, kind: ColumnType, currency: str) -> str:
    """A figure in a column where each has as many decimals as those above it; ``""`` for nothing."""
    if value is None or not values.is_figure(value):
        return ""
    if isinstance(value, str):
        return shown(value)
    if kind == "percent":
        return f"{value * 100:,.1f} %"
    if kind == "money":
        return formatting.money(value, currency)
    if kind == "duration_s":
        return formatting.duration(value) if value >= 10 or value == int(value) else f"{value:.2f} s"
    if kind == "number":
        return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    return values.written(value, kind, currency)


def change_cell(
    change: Change | None, *, is_new: bool, kind: ColumnType, glyphs: Glyphs, growing: bool = False
) -> Plain:
    """``▲   +120   +8 %``: arrow, sign and colour, in steady columns; grey where neither way is better, and where the
    time is not over (``growing``): half a day beside a whole one is neither."""
    if is_new:
        return (("new", "muted"),)
    if change is None:
        return ""
    if not change.direction:
        return ((glyphs.same, "muted"),)
    arrow = glyphs.up if change.direction > 0 else glyphs.down
    good = 0 if growing else change.good
    look: StyleName = {1: "good", -1: "bad"}.get(good, "muted")  # type: ignore[assignment]
    size = difference(change, kind)
    ratio = formatting.signed_percent(change.ratio) if change.ratio is not None else ""
    return ((f"{arrow}{size:>7}{ratio:>7}", look),)


def difference(change: Change, kind: ColumnType) -> str:
    """The absolute change with its sign, in at most seven cells: ``+120``, ``-1.2k``, ``+3.1 pp``, ``-0:12``."""
    sign = "+" if change.direction > 0 else "-"
    size = min(abs(change.difference), _HIGHEST)
    if kind == "percent":
        return f"{sign}{size * 100:.1f}pp"
    if kind == "duration_s":
        return f"{sign}{formatting.duration(size) if size >= 1 else f'{size:.2f}'}"
    if kind in ("duration_ms", "byte"):
        return f"{sign}{formatting.short_number(size)}"
    return f"{sign}{size:.1f}" if size < 10 and size != int(size) else f"{sign}{formatting.short_number(size)}"
