"""The evolution pane: a report over time as a chart or as numbers, with annotations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from matomo_tui.api.annotations import Annotation
from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.loader import REBUILT_EVERY, ReportLoader
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.annotations import AnnotationService, annotated_periods
from matomo_tui.ui.reports.chart_data import ChartSubject, LoadedChart, load_chart
from matomo_tui.ui.reports.chart_text import ChartText
from matomo_tui.ui.reports.report_columns import heading
from matomo_tui.ui.widgets.async_pane import AsyncPane, age_words
from matomo_tui.ui.widgets.line_chart import LineChart
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.rows import ListRows
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred, is_working

LEGEND_FROM = 8
"""Height in lines from which the curves are named below the chart; in a lower pane the title names them."""


class EvolutionPane(AsyncPane):
    """One metric of a report over time, of several rows in one chart, or beside an earlier time."""

    TITLE = "Over time"
    DEFAULT_CSS = """
    EvolutionPane > .evolution--legend { height: 1; width: 1fr; padding: 0 1; display: none; }
    EvolutionPane.-numbers > LineChart { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("evolution")]

    class Drawn(FieldMessage):
        """Another chart was drawn."""

        chart: LoadedChart

    def __init__(
        self,
        loader: ReportLoader,
        annotations: AnnotationService | None = None,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._loader = loader
        self._annotations = annotations
        self._line_chart = LineChart()
        self._table: VirtualTable[int] = VirtualTable((), header=True, spacing=2)
        self._legend = Static("", classes="evolution--legend", markup=False)
        self._shows_numbers = False
        self._failed = False
        self._notes: tuple[Annotation, ...] | None = None
        """The annotations of the subject; ``None`` until they are read."""
        self._notes_error: MatomoError | None = None
        self._unread: tuple[ChartSubject, Sequence[Period], bool] | None = None
        """The annotations that were asked for and have not come: of what, and whether they are to be read again."""
        self.subject: ChartSubject | None = None
        """The report or rows that are charted or being loaded."""
        self.column = ""
        """The key of the metric charted."""
        self.chart: LoadedChart | None = None
        """The chart that is drawn; ``None`` before the first and after a failure."""

    def compose_content(self) -> ComposeResult:
        yield self._line_chart
        yield self._table
        yield self._legend

    def on_mount(self) -> None:
        """Begin with the chart."""
        self._arrange()

    # Loading

    def show(self, request: ReportRequest, column: str = "", paths: tuple[tuple[str, ...], ...] = ()) -> None:
        """Chart a single-row report, or the rows at ``paths`` (labels from the top level down), unless they are charted
        already. ``column`` is the key of the metric; by default that charted before, if the report has it."""
        subject = ChartSubject(request, paths)
        wanted = subject.column(column or self.column)
        key = wanted.key if wanted is not None else ""
        if subject != self.subject:
            self._notes = self._notes_error = None
        if subject != self.subject or key != self.column:
            self.subject, self.column = subject, key
            self._request()
        elif self._unread is not None and self._unread[0] == subject and not self._is_loading:
            # The figures came, but the pane was left before the annotations did.
            self.run_worker(deferred(self._load_notes, *self._unread), group="notes", exclusive=True)

    @property
    def _is_loading(self) -> bool:
        return is_working(self, "evolution") or is_working(self, "notes")

    def forget_request(self) -> None:
        """Load again in :meth:`show`."""
        self.subject = None

    def forget_answer(self) -> None:
        """Forget the chart."""
        super().forget_answer()
        self.chart = None

    def discard_answer(self) -> None:
        """Forget the annotations too."""
        super().discard_answer()
        self._notes = self._notes_error = None
        self.refresh_bindings()

    def reload(self) -> None:
        """Load the chart again from Matomo."""
        self._request(reload=True)

    def retry(self) -> None:
        self.reload()

    def update_age(self) -> None:
        """Update the age. Reload a chart that still grows once Matomo can have rebuilt its report."""
        chart = self.chart
        if chart is None or chart.asked_at is None or self.is_waiting or self._failed:
            return
        self._update_title()
        if chart.growing and self._loader.age(chart.asked_at) >= REBUILT_EVERY:
            self._request(reload=True)

    def _request(self, *, reload: bool = False) -> None:
        subject = self.subject
        if subject is None:
            return
        self._failed = False
        if subject.column(self.column) is None:
            self.workers.cancel_group(self, "evolution")
            self.end_request()
            self.forget_answer()
            self.set_state(PaneState.EMPTY, "This report has no figures to draw.")
            self.draw_bare_title()
            return
        self.ask((subject, self.column), again=reload)
        self.run_worker(deferred(self._load, subject, self.column, reload), group="evolution", exclusive=True)

    async def _load(self, subject: ChartSubject, key: str, reload: bool) -> None:
        column = subject.column(key)
        if column is None:
            return
        try:
            chart = await load_chart(self._loader, subject, column, reload=reload)
        except MatomoError as error:
            self._failed = True
            self.failed(error)
            self.refresh_bindings()
            if self.chart is not None and self._unread is not None and self._unread[0] == subject:
                await self._load_notes(*self._unread)  # those of the chart that stays: this load has stopped theirs
            return
        self.answered()
        # The annotations that are known stay until they are read again: the chart is drawn once then.
        self._draw(self._annotated(chart))
        await self._load_notes(subject, chart.data.periods, reload)

    async def _load_notes(self, subject: ChartSubject, periods: Sequence[Period], reload: bool) -> None:
        """Load the annotations after the figures. If they fail, the chart stays without them."""
        if self._annotations is None:
            return
        self._unread = subject, periods, reload
        error: MatomoError | None = None
        try:
            notes = await self._annotations.read(subject.request.query, periods, reload=reload)
        except MatomoError as failure:
            notes, error = (), failure
        if subject != self.subject:
            return  # another site or period is shown by now
        self._unread = None
        before, self._notes, self._notes_error = self._notes or (), notes, error
        if self.chart is None or self.state is not PaneState.CONTENT:
            return  # the next chart is drawn with them
        noted = self._annotated(self.chart)
        if noted.data != self.chart.data or notes != before:
            self._draw(noted)

    def _annotated(self, chart: LoadedChart) -> LoadedChart:
        """``chart`` with marks for the annotations that are known."""
        noted = annotated_periods(self._notes or (), chart.data.periods)
        return replace(chart, data=replace(chart.data, noted=noted))

    # Drawing

    def _draw(self, chart: LoadedChart) -> None:
        self.chart = chart
        if chart.empty_text:
            self.set_state(PaneState.EMPTY, chart.empty_text)
        else:
            self.set_state(PaneState.CONTENT)
            self._line_chart.draw(chart.data)
            text = self._text(chart)
            self._table.set_columns(text.columns())
            self._table.set_rows(ListRows(text.rows()))
        self._arrange()
        self._update_title()
        self.refresh_bindings()  # the keys for numbers and annotations depend on the chart
        self.post_message(self.Drawn(chart))

    def _text(self, chart: LoadedChart) -> ChartText:
        return ChartText(chart, self._notes or (), glyphs_of(self))

    def draw_bare_title(self) -> None:
        """Draw the name of the metric that is being loaded."""
        if self.subject is None:
            self.set_title(title=self._title[0])  # that of the chart discarded, until the next one is asked for
            return
        column = self.subject.column(self.column)
        self.set_title(title=heading(column) if column is not None else None)

    def _arrange(self) -> None:
        """Show the chart or the numbers, and the legend of several curves if there is room for it."""
        if self.state not in (PaneState.CONTENT, PaneState.STALE):
            self._legend.display = False
            return
        hidden = self._line_chart if self._shows_numbers else self._table
        had = hidden.has_focus
        several = self.chart is not None and len(self.chart.data.curves) > 1
        self._line_chart.display, self._table.display = not self._shows_numbers, self._shows_numbers
        self._legend.display = several and not self._shows_numbers and self.outer_size.height >= LEGEND_FROM
        if had:
            self.focus_content()

    def focus_content(self) -> None:
        """Focus the chart or the numbers, whichever is visible."""
        (self._table if self._shows_numbers else self._line_chart).focus()

    def set_state(self, state: PaneState, message: str = "") -> None:
        """Set the state. Of chart and numbers, only the one chosen becomes visible again."""
        super().set_state(state, message)
        if self.is_mounted:
            self._arrange()

    def on_resize(self) -> None:
        """Show the legend if there is room for it now."""
        self._arrange()
        self._update_title()

    def _update_title(self) -> None:
        """Draw the metric, the figures at the cursor and their age, and the legend."""
        chart = self.chart
        if chart is None or self.subject is None:
            return
        if self.state is not PaneState.CONTENT:
            self.draw_bare_title()
            return
        age = age_words(self._loader.age(chart.asked_at)) if chart.asked_at is not None else ""
        text, cursor = self._text(chart), self._line_chart.cursor
        names_curves = not self._legend.display and not self._shows_numbers
        self.set_title(text.reading(cursor, names_curves=names_curves), title=heading(chart.column), headings=age)
        if self._legend.display:
            self._legend.update(text.legend(cursor))

    # Keys

    def on_line_chart_pointed(self, message: LineChart.Pointed) -> None:
        """Draw the figures at the cursor in the title."""
        message.stop()
        self._update_title()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Enable the keys that the chart, the report and the token allow."""
        content = self.state is PaneState.CONTENT
        several = self.subject is not None and len(self.subject.columns) > 1
        possible = {
            "metric": several,
            "numbers": content,
            "notes": self._annotations is not None and self.chart is not None,
            "annotate": self._annotations is not None and content and not self._refusal,
        }
        return possible.get(action, True)

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        if action == "annotate" and self._refusal:
            return self._refusal
        reasons = {"metric": "This report has one metric only.", "notes": "Only a chart over time has annotations."}
        return reasons.get(action, "There is no chart to act on.")

    @property
    def _refusal(self) -> str:
        if self._annotations is None or self.subject is None:
            return "Nothing to annotate."
        return self._annotations.refusal(self.subject.request.query.site)

    def action_numbers(self) -> None:
        """Switch between the chart and its numbers."""
        self._shows_numbers = not self._shows_numbers
        had = self._line_chart.has_focus or self._table.has_focus
        self._arrange()
        if had:
            self.focus_content()
        self._update_title()

    def action_metric(self) -> None:
        """Choose the metric to chart."""
        from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog

        if self.subject is None:
            return
        choices = [(column.key, heading(column)) for column in self.subject.columns]

        def chosen(key: str | None) -> None:
            if key is not None and key != self.column:
                self.column = key
                self._request()

        self.app.push_screen(ChoiceDialog("Show over time", choices, self.column), chosen)

    @property
    def _day(self) -> date | None:
        """The day to annotate: the last day of the period at the cursor, or today if that is earlier."""
        if self.chart is None or self.subject is None or not self.chart.data.periods:
            return None
        index = min(self._line_chart.cursor, len(self.chart.data.periods) - 1)
        return min(self.chart.data.periods[index].last, self._loader.today(self.subject.request.query))

    def action_notes(self) -> None:
        """Open the list of annotations."""
        from matomo_tui.ui.reports.dialogs.annotations_dialog import NotesDialog

        if self.subject is None:
            return
        if self._notes is None:
            self.notify("The annotations are still loading.", severity="warning", markup=False, timeout=4)
            return
        self.app.push_screen(
            NotesDialog(self._notes, self._notes_error, self._refusal),
            lambda wants_new: self.action_annotate() if wants_new else None,
        )

    def action_annotate(self) -> None:
        """Write an annotation, then load the annotations again."""
        from matomo_tui.ui.reports.dialogs.annotations_dialog import AnnotateDialog

        day, subject, chart, annotations = self._day, self.subject, self.chart, self._annotations
        if day is None or subject is None or chart is None or annotations is None or self._refusal:
            return
        query = subject.request.query

        def written(note: Annotation | None) -> None:
            if note is not None:
                work = deferred(self._load_notes, subject, chart.data.periods, True)
                self.run_worker(work, group="notes", exclusive=True)

        self.app.push_screen(AnnotateDialog(annotations, query.site, day, self._loader.today(query)), written)
