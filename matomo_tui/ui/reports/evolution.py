"""The evolution pane: a report over time as a chart or as numbers, with annotations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from matomo_tui.api.annotations import Annotation
from matomo_tui.api.errors import MatomoError
from matomo_tui.reports import values
from matomo_tui.reports.loader import REBUILT_EVERY, ReportLoader
from matomo_tui.reports.query import ReportRequest
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import ascii_money
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.annotations import AnnotationService, annotated_periods, day_of
from matomo_tui.ui.reports.chart_data import ChartSubject, LoadedChart, load_chart
from matomo_tui.ui.reports.dialogs.annotations_dialog import AnnotateDialog, NotesDialog
from matomo_tui.ui.reports.report_columns import change_cell, figure
from matomo_tui.ui.widgets.async_pane import AsyncPane, age_words
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog
from matomo_tui.ui.widgets.line_chart import LineChart
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

LEGEND_FROM = 8
"""Lines from which on there is room for a line that names the curves; with fewer the title does."""


class EvolutionPane(AsyncPane):
    """One metric of a report over time, of several rows in one chart, or beside an earlier time."""

    TITLE = "Over time"
    DEFAULT_CSS = """
    EvolutionPane > .evolution--legend { height: 1; width: 1fr; padding: 0 1; display: none; }
    EvolutionPane.-numbers > LineChart { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("evolution")]

    class Drawn(Message):
        """Another course is drawn."""

        def __init__(self, load_chart: LoadedChart) -> None:
            super().__init__()
            self.charted = load_chart

    def __init__(
        self,
        loader: ReportLoader,
        notebook: AnnotationService | None = None,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._loader = loader
        self._notebook = notebook
        self._chart = LineChart()
        self._table: VirtualTable[int] = VirtualTable((), header=True, spacing=2)
        self._legend = Static("", classes="evolution--legend", markup=False)
        self._numbers = False
        self._failed = False
        self._notes: tuple[Annotation, ...] = ()
        self._notes_error: MatomoError | None = None
        self.subject: ChartSubject | None = None
        self.column = ""
        self.charted: LoadedChart | None = None

    def compose_content(self) -> ComposeResult:
        yield self._chart
        yield self._table
        yield self._legend

    def on_mount(self) -> None:
        """The chart first; the numbers are behind a key."""
        self._arrange()

    # Asking

    def show(self, request: ReportRequest, column: str = "", paths: tuple[tuple[str, ...], ...] = ()) -> None:
        """Chart a report of a single row, or the rows that ``paths`` lead to; nothing where they are charted already.
        ``column`` is the metric to begin with: the one charted before stays, where it is in the report."""
        subject = ChartSubject(request, paths)
        wanted = subject.column(column or self.column)
        key = wanted.key if wanted is not None else ""
        if subject != self.subject or key != self.column:
            self.subject, self.column = subject, key
            self._ask()

    def forget_asked(self) -> None:
        """Ask when it is shown again."""
        self.subject = None

    def reload(self) -> None:
        """Reload from Matomo."""
        self._ask(reload=True)

    def grow_older(self) -> None:
        """A moment later: the age, and new figures where the server can have any by now."""
        found = self.charted
        if found is None or found.asked_at is None or self.is_asking or self._failed:
            return
        self._say()
        if found.course.open_curves and self._loader.age(found.asked_at) >= REBUILT_EVERY:
            self._ask(reload=True)

    def _ask(self, *, reload: bool = False) -> None:
        subject = self.subject
        if subject is None:
            return
        self._failed = False
        if subject.column(self.column) is None:
            self.ask_ended()
            self.charted = None
            self.set_state(PaneState.EMPTY, "This report has no figures to draw.")
            self.draw_bare_title()
            return
        self.ask_began(quietly=reload and self.state is PaneState.CONTENT)
        self.run_worker(deferred(self._load, subject, self.column, reload), group="evolution", exclusive=True)

    async def _load(self, subject: ChartSubject, key: str, reload: bool) -> None:
        column = subject.column(key)
        if column is None:
            return
        try:
            found = await load_chart(self._loader, subject, column, reload=reload)
        except MatomoError as error:
            self._failed = True
            if reload and self.charted is not None:
                self.ask_ended()
                self.set_state(PaneState.STALE)  # what is drawn is still worth looking at
            else:
                self.fail(error)
            self.refresh_bindings()
            return
        self.ask_ended()
        self._draw(found)
        await self._read_notes(subject, found, reload)

    async def _read_notes(self, subject: ChartSubject, found: LoadedChart, reload: bool) -> None:
        """The annotations come after the figures, and do no harm where they do not come."""
        if self._notebook is None:
            return
        try:
            notes = await self._notebook.read(subject.request.query, found.course.periods, reload=reload)
        except MatomoError as error:
            self._notes, self._notes_error = (), error
            return
        before, self._notes, self._notes_error = self._notes, notes, None
        course = replace(found.course, noted=annotated_periods(notes, found.course.periods))
        if course != found.course or notes != before:
            self._draw(replace(found, course=course))

    # Drawing

    def _draw(self, found: LoadedChart) -> None:
        self.charted = found
        if found.nothing:
            self.set_state(PaneState.EMPTY, found.nothing)
        else:
            self.set_state(PaneState.CONTENT)
            self._chart.draw(found.course)
            self._fill_numbers()
        self._arrange()
        self._say()
        self.refresh_bindings()  # there is something to tell numbers and notes of
        self.post_message(self.Drawn(found))

    def draw_bare_title(self) -> None:
        """The metric that is asked for."""
        column = self.subject.column(self.column) if self.subject is not None else None
        self.set_title(title=column.name if column is not None else None)

    def fail(self, error: MatomoError) -> None:
        """As every pane; what was charted before is gone."""
        self.charted = None
        super().fail(error)

    def _arrange(self) -> None:
        """Chart or numbers; the line that names the curves where there are several."""
        if self.state not in (PaneState.CONTENT, PaneState.STALE):
            self._legend.display = False
            return
        had = self._chart.has_focus or self._table.has_focus
        several = self.charted is not None and len(self.charted.course.curves) > 1
        self._chart.display, self._table.display = not self._numbers, self._numbers
        self._legend.display = several and not self._numbers and self.size.height >= LEGEND_FROM
        if had:
            self.focus_content()

    def focus_content(self) -> None:
        """Give the focus to what is shown."""
        (self._table if self._numbers else self._chart).focus()

    def set_state(self, state: PaneState, message: str = "") -> None:
        """As every pane; of its content only one of chart and numbers comes back."""
        super().set_state(state, message)
        if self.is_mounted:
            self._arrange()

    def on_resize(self) -> None:
        """There may be room for the legend now."""
        self._arrange()
        self._say()

    def _say(self) -> None:
        """Metric, the figures at the cursor, how old they are."""
        found = self.charted
        if found is None or self.subject is None:
            return
        if self.state is not PaneState.CONTENT:
            self.draw_bare_title()
            return
        age = age_words(self._loader.age(found.asked_at)) if found.asked_at is not None else ""
        self.set_title(self._reading(found), title=found.column.name, headings=age)
        if self._legend.display:
            self._legend.update(self._legend_of(found))

    def _reading(self, found: LoadedChart) -> str:
        """``22 Nov 81 ▲ +20 +33 %``; ``so far`` where the period is not over; the note, where there is one."""
        course, index = found.course, self._chart.cursor
        if index >= len(course.periods):
            return ""
        period, glyphs = course.periods[index], glyphs_of(self)
        parts = [period.label()]
        if len(course.curves) == 1:
            parts.append(self._figure(found, 0, index))
            parts.append(self._change(found, index))
        elif not self._legend.display and not self._numbers:
            parts += [self._named_figure(found, number, index) for number in range(len(course.curves))]
        if course.open_curves and index == len(course.periods) - 1:
            parts.append("so far")
        notes = [sanitize(note.note, 60) for note in self._notes if (day := day_of(note)) and period.contains(day)]
        parts += [f"{glyphs.note} {note}" for note in notes[:2]]
        return "  ".join(filter(None, parts))

    def _named_figure(self, found: LoadedChart, curve: int, index: int) -> str:
        """A figure of several, with the number of its curve, and with its period where that is not the chart's."""
        periods = found.course.curves[curve].periods
        when = f"{periods[index].label()} " if index < len(periods) else ""
        return f"{when}{curve + 1}: {self._figure(found, curve, index)}"

    def _figure(self, found: LoadedChart, curve: int, index: int) -> str:
        value = found.course.curves[curve].values[index]
        glyphs = glyphs_of(self)
        text = figure(value, found.course.kind, found.course.currency) or glyphs.dash
        return ascii_money(text) if glyphs.ascii else text

    def _change(self, found: LoadedChart, index: int) -> str:
        line = found.course.curves[0].values
        change = values.change(found.column.key, line[index], line[index - 1]) if index else None
        if found.course.open_curves and index == len(line) - 1:
            return ""  # half a day beside a whole one says nothing
        if change is not None and not change.direction:
            return f"{glyphs_of(self).same} same"
        cell = change_cell(change, is_new=False, kind=found.course.kind, glyphs=glyphs_of(self))
        words = cell if isinstance(cell, str) else "".join(text for text, _ in cell)
        return " ".join(words.split())

    def _legend_of(self, found: LoadedChart) -> Content:
        """Each curve's number, name and figure at the cursor, in its colour."""
        parts: list[Content | tuple[str, str]] = []
        looks = ("$accent", "$warning", "$success", "$error", "$foreground", "$text-muted")
        for number, curve in enumerate(found.course.curves):
            parts.append((f"{number + 1} ", f"bold {looks[number % len(looks)]}"))
            index = self._chart.cursor
            # Of a week its number is enough beside the dates of the whole curve.
            when = f", {curve.periods[index].label().split(',')[0]}:" if index < len(curve.periods) else ""
            parts.append(Content(f"{sanitize(curve.name, 48)}{when} "))
            parts.append((f"{self._figure(found, number, index)}   ", "bold $foreground"))
        return Content.assemble(*parts)

    def _fill_numbers(self) -> None:
        """The numbers, newest first, each with its change on the one before."""
        found = self.charted
        if found is None:
            return
        course = found.course
        several = len(course.curves) > 1
        columns = [Column("date", "Date", 24)]
        for number, curve in enumerate(course.curves):
            name = f"{number + 1} {curve.name}" if several else found.column.name
            columns.append(Column(f"value{number}", name, 14, flex=1, most=28, align="right"))
            if not several:
                columns.append(Column("change", "Change", 15, align="right"))
        columns.append(Column("notes", "", 10, flex=3, hides=1))
        self._table.set_columns(columns)
        self._table.set_rows(ListRows([self._row(found, index) for index in reversed(range(len(course.periods)))]))

    def _row(self, found: LoadedChart, index: int) -> Row[int]:
        course, glyphs = found.course, glyphs_of(self)
        period = course.periods[index]
        open_now = course.open_curves and index == len(course.periods) - 1
        cells: list[Cell] = [((period.label(), ""), (" so far" if open_now else "", "muted"))]
        for number in range(len(course.curves)):
            cells.append(((self._figure(found, number, index), "strong"),))
            if len(course.curves) == 1:
                line = course.curves[0].values
                before = line[index - 1] if index else None
                change = None if open_now else values.change(found.column.key, line[index], before)
                cells.append(change_cell(change, is_new=False, kind=course.kind, glyphs=glyphs))
        notes = [sanitize(note.note) for note in self._notes if (day := day_of(note)) and period.contains(day)]
        cells.append(((f"{glyphs.note} {'; '.join(notes)}" if notes else "", "warn"),))
        return Row(index, tuple(cells))

    # Keys

    def on_line_chart_pointed(self, message: LineChart.Pointed) -> None:
        """The title tells the figures at the cursor."""
        message.stop()
        self._say()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Only what can be done now."""
        content = self.state is PaneState.CONTENT
        several = self.subject is not None and len(self.subject.columns) > 1
        possible = {
            "metric": several,
            "numbers": content,
            "notes": self._notebook is not None and self.charted is not None,
            "annotate": self._notebook is not None and content and not self._refusal,
            "retry": self._failed,
        }
        return possible.get(action, True)

    @property
    def _refusal(self) -> str:
        if self._notebook is None or self.subject is None:
            return "Nothing to annotate."
        return self._notebook.refusal(self.subject.request.query.site)

    def action_retry(self) -> None:
        """Reload from Matomo."""
        self._ask(reload=True)

    def action_numbers(self) -> None:
        """The numbers, or the chart again."""
        self._numbers = not self._numbers
        had = self._chart.has_focus or self._table.has_focus
        self._arrange()
        if had:
            self.focus_content()
        self._say()

    def action_metric(self) -> None:
        """Choose another metric of the report."""
        if self.subject is None:
            return
        choices = [(column.key, column.name) for column in self.subject.columns]

        def chosen(key: str | None) -> None:
            if key is not None and key != self.column:
                self.column = key
                self._ask()

        self.app.push_screen(ChoiceDialog("Show over time", choices, self.column), chosen)

    @property
    def _day(self) -> date | None:
        """The day to annotate: the last of the period at the cursor that is not after today."""
        if self.charted is None or self.subject is None or not self.charted.course.periods:
            return None
        index = min(self._chart.cursor, len(self.charted.course.periods) - 1)
        return min(self.charted.course.periods[index].last, self._loader.today(self.subject.request.query))

    def action_notes(self) -> None:
        """The list of annotations."""
        if self.subject is None:
            return
        self.app.push_screen(
            NotesDialog(self._notes, self._notes_error, self._refusal),
            lambda wish: self.action_annotate() if wish else None,
        )

    def action_annotate(self) -> None:
        """Write an annotation; it is read back afterwards."""
        day, subject, notebook = self._day, self.subject, self._notebook
        if day is None or subject is None or notebook is None or self._refusal:
            return
        query = subject.request.query

        def written(note: Annotation | None) -> None:
            if note is not None and self.charted is not None:
                self.run_worker(deferred(self._read_notes, subject, self.charted, True), group="notes", exclusive=True)

        self.app.push_screen(AnnotateDialog(notebook, query.site, day, self._loader.today(query)), written)
