"""A chart's figures as text: at the cursor, in the legend, and as table rows."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from textual.content import Content

from matomo_tui.api.annotations import Annotation
from matomo_tui.reports import values
from matomo_tui.reports.periods import Period
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.formatting import ascii_money
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.reports.annotations import day_of
from matomo_tui.ui.reports.chart_data import LoadedChart
from matomo_tui.ui.reports.report_columns import CHANGE_WIDTH, change_cell, figure, table_figure
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import Row

_CURVE_COLOURS = ("$accent", "$warning", "$success", "$error", "$foreground", "$text-muted")
_MOST_NOTES = 2


class ChartText(Struct, frozen=True):
    """Formats the figures of one chart. ``index`` counts periods, ``curve`` counts curves, both from 0."""

    chart: LoadedChart
    annotations: Sequence[Annotation]
    glyphs: Glyphs

    def reading(self, index: int, *, names_curves: bool) -> str:
        """The title at the cursor: ``22 Nov 81 ▲ +20 +33 %``, with ``so far`` for an unfinished period and its
        annotations. ``names_curves`` adds the figures of several curves: nothing else on screen shows them."""
        data = self.chart.data
        if index >= len(data.periods):
            return ""
        period = data.periods[index]
        parts = [period.label()]
        if len(data.curves) == 1:
            parts += [self.figure(0, index), self._change(index)]
        elif names_curves:
            parts += [self._numbered_figure(number, index) for number in range(len(data.curves))]
        if self._is_open(index):
            parts.append("so far")
        parts += [f"{self.glyphs.note} {note}" for note in self._notes(period, 60)[:_MOST_NOTES]]
        return "  ".join(filter(None, parts))

    def figure(self, curve: int, index: int) -> str:
        """The figure of a curve in one period, with its unit; a dash if there is none."""
        data = self.chart.data
        value, key = data.curves[curve].values[index], self.chart.column.key
        text = figure(value, data.kind, data.currency, key) or self.glyphs.dash
        return ascii_money(text) if self.glyphs.ascii else text

    def legend(self, index: int) -> Content:
        """Number, name and figure at the cursor of each curve, in the curve's colour."""
        parts: list[Content | tuple[str, str]] = []
        for number, curve in enumerate(self.chart.data.curves):
            colour = _CURVE_COLOURS[number % len(_CURVE_COLOURS)]
            when = f", {curve.periods[index].label()}:" if index < len(curve.periods) else ""
            parts.append((f"{number + 1} ", f"bold {colour}"))
            parts.append((f"{sanitize(curve.name, 48)}{when} ", colour))
            parts.append((f"{self.figure(number, index)}   ", "bold $foreground"))
        return Content.assemble(*parts)

    def columns(self) -> list[Column]:
        """The columns of :meth:`rows`: date, a figure for each curve, the change of a single one, annotations."""
        curves = self.chart.data.curves
        if len(curves) == 1:
            figures = [
                _value_column(0, self.chart.column.name),
                Column("change", "Change", CHANGE_WIDTH, align="right"),
            ]
        else:
            figures = [_value_column(number, f"{number + 1} {curve.name}") for number, curve in enumerate(curves)]
        return [Column("date", "Date", 24), *figures, Column("notes", "", 10, flex=3, hides=1)]

    def rows(self) -> list[Row[int]]:
        """A row for each period, newest first, under the index of the period."""
        curves = self.chart.data.curves
        known = [value for curve in curves for value in curve.values if value is not None]
        top, fractions = max(known, default=0.0), any(value % 1 for value in known)
        return [self._row(index, top, fractions) for index in reversed(range(len(self.chart.data.periods)))]

    def _row(self, index: int, top: float, fractions: bool) -> Row[int]:
        data = self.chart.data
        period, is_open = data.periods[index], self._is_open(index)
        cells: list[Cell] = [((period.label(), ""), (" so far" if is_open else "", "muted"))]
        for curve in data.curves:
            text = table_figure(self.chart.column, curve.values[index], data.currency, top, fractions=fractions)
            cells.append(((text or self.glyphs.dash, "strong"),))
        if len(data.curves) == 1:
            change = None if is_open else self._change_at(index)
            cells.append(change_cell(change, is_new=False, kind=data.kind, glyphs=self.glyphs))
        notes = self._notes(period)
        cells.append(((f"{self.glyphs.note} {'; '.join(notes)}" if notes else "", "warn"),))
        return Row(index, tuple(cells))

    def _is_open(self, index: int) -> bool:
        """Returns True for a period that is not over: its figures are not comparable yet."""
        data = self.chart.data
        return bool(data.open_curves) and index == len(data.periods) - 1

    def _change_at(self, index: int) -> values.Change | None:
        line = self.chart.data.curves[0].values
        return values.change(self.chart.column.key, line[index], line[index - 1]) if index else None

    def _change(self, index: int) -> str:
        change = self._change_at(index)
        if self._is_open(index):
            return ""
        if change is not None and not change.direction:
            return f"{self.glyphs.same} same"
        cell = change_cell(change, is_new=False, kind=self.chart.data.kind, glyphs=self.glyphs)
        text = cell if isinstance(cell, str) else "".join(part for part, _ in cell)
        return " ".join(text.split())

    def _numbered_figure(self, curve: int, index: int) -> str:
        """A figure after the number of its curve, and after its period if that is not the chart's."""
        periods = self.chart.data.curves[curve].periods
        when = f"{periods[index].label()} " if index < len(periods) else ""
        return f"{when}{curve + 1}: {self.figure(curve, index)}"

    def _notes(self, period: Period, most: int = 512) -> list[str]:
        """The annotations of ``period``, each cut to ``most`` characters."""
        dated = ((note, day_of(note)) for note in self.annotations)
        return [sanitize(note.note, most) for note, day in dated if day is not None and period.contains(day)]


def _value_column(number: int, name: str) -> Column:
    return Column(f"value{number}", name, 14, flex=1, most=28, align="right")
