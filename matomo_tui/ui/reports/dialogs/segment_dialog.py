"""The segment dialog: saved segments, conditions, or a typed expression."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from matomo_tui.api import metadata, reports, segment_editor
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.metadata import SegmentDimension
from matomo_tui.api.segment_editor import SavedSegment
from matomo_tui.reports import segments
from matomo_tui.reports.segments import Clause, Condition
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.dialogs.condition_dialog import ConditionDialog
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.dialog import NEXT_FIELD, Dialog
from matomo_tui.ui.widgets.pane import LOADING_AFTER
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

Place = tuple[int, int]
"""The position of a condition: the index of its clause, and its index in the clause."""
NEW: Place = (-1, -1)

SAVED = (Column("name", "Saved", 16, flex=2), Column("words", "", 20, flex=3, hides=1))
CONDITIONS = (Column("joint", "", 4, align="right"), Column("words", "", 20, flex=1))


class SegmentDialog(Dialog[tuple[str, str] | None]):
    """Dismisses with the expression (``""`` for all visits) and the name of the saved segment (``""`` for none), or
    with ``None``. An expression is tested on the server first."""

    DEFAULT_CSS = """
    SegmentDialog > .dialog--box { width: 96; max-width: 100%; height: 24; max-height: 100%; }
    SegmentDialog .segment--now { height: auto; max-height: 3; color: $foreground; padding: 0 2; }
    SegmentDialog .segment--label { height: 1; color: $text-muted; padding: 0 2; }
    SegmentDialog #saved { height: 2fr; margin: 0 1; }
    SegmentDialog #conditions { height: 3fr; margin: 0 1; }
    SegmentDialog Input { margin: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "take", tooltip="Use the saved segment, or change the condition"),
        Binding("a", "add", "and", tooltip="Add an AND condition"),
        Binding("o", "add(True)", "or", tooltip="Add an OR condition"),
        Binding("x,delete", "remove", "remove", tooltip="Remove the condition"),
        NEXT_FIELD,
        Binding("ctrl+o", "use", "use expression", priority=True, tooltip="Use the expression"),
    ]
    AUTO_FOCUS = "#saved"

    def __init__(self, desk: ReportContext) -> None:
        super().__init__("Segment: which visits count", " ")
        self._desk = desk
        self._query = desk.query
        self._saved_segments: tuple[SavedSegment, ...] = ()
        self._dimensions: tuple[SegmentDimension, ...] = ()
        self._clauses: list[list[Condition]] = []
        self._now = Static("", classes="segment--now", markup=False)
        self._saved: VirtualTable[int] = VirtualTable(SAVED, id="saved")
        self._conditions: VirtualTable[Place] = VirtualTable(CONDITIONS, id="conditions")
        self._expression = Input(
            placeholder="Matomo's expression: deviceType==smartphone;countryCode==de", compact=True
        )
        self._waiting = Debouncer(self, LOADING_AFTER, partial(self.set_status, "Testing it on the server"))
        self._trying = ""

    def compose_body(self) -> ComposeResult:
        yield self._now
        yield self._saved
        yield Static("Conditions", classes="segment--label", markup=False)
        yield self._conditions
        yield Static("Expression", classes="segment--label", markup=False)
        yield self._expression

    def on_mount(self) -> None:
        with self._expression.prevent(Input.Changed):
            self._expression.value = self._query.segment
        self._read(self._query.segment)
        self._show_saved()
        self._say_now()
        self.run_worker(deferred(self._load), group="segments", exclusive=True)

    async def _load(self) -> None:
        try:
            self._dimensions = await self._desk.dimensions()
            self._say_now()
            self._show_conditions()
        except MatomoError as error:
            self._say(str(error), error=True)
        try:
            self._saved_segments = await self._desk.loader.ask(segment_editor.get_all(self._query.site.id), self._query)
            self._show_saved()
        except MatomoError as error:
            self._say(f"The saved segments cannot be read: {error}", error=True)

    # Showing

    @property
    def _names(self) -> dict[str, str]:
        return {one.segment: one.name for one in self._dimensions}

    def _say_now(self) -> None:
        query = self._query
        name = sanitize(query.segment_name)
        words = segments.describe(query.segment, self._names) if query.segment else "all visits"
        self._now.update(f"Now: {name}, {words}" if name else f"Now: {words}")

    def _say(self, text: str, *, error: bool = False) -> None:
        self._waiting.cancel()
        self.set_status(text, error=error)

    def _show_saved(self) -> None:
        glyphs = glyphs_of(self)
        here = self._query.segment
        rows: list[Row[int]] = [
            Row(-1, ((("All visits", "strong"),), ""), mark=(glyphs.chosen, "good") if not here else ("", ""))
        ]
        for place, saved in enumerate(self._saved_segments):
            words = segments.describe(saved.definition, self._names)
            mark = (glyphs.chosen, "good") if saved.definition == here else ("", "")
            rows.append(Row(place, (sanitize(saved.name, 80), ((words, "muted"),)), mark=mark))  # type: ignore[arg-type]
        self._saved.set_rows(ListRows(rows))

    def _show_conditions(self) -> None:
        rows: list[Row[Place]] = []
        for number, clause in enumerate(self._clauses):
            for within, condition in enumerate(clause):
                joint = "or" if within else "and" if number else ""
                rows.append(Row((number, within), (((joint, "accent"),), condition.words(self._names))))
        rows.append(Row(NEW, ((("+", "accent"),), (("Add a condition", "muted"),))))
        self._conditions.set_rows(ListRows(rows))

    # Conditions

    def _read(self, expression: str) -> bool:
        """Parse an expression into conditions. Returns True if it can be parsed."""
        try:
            self._clauses = [list(clause) for clause in segments.parse(expression)]
        except ValueError as error:
            self._say(sanitize(str(error)), error=True)
            return False
        self._show_conditions()
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        """Parse the expression on each edit."""
        event.stop()
        if self._read(event.value):
            self._say("")

    def _write(self, place: Place | None = None) -> None:
        """Build the expression from the conditions, and move the cursor to the one at ``place``."""
        self._show_conditions()
        row = self._conditions.rows.index_of(place) if place is not None else None
        if row is not None:
            self._conditions.move_cursor(row)
        clauses: list[Clause] = [tuple(clause) for clause in self._clauses]
        with self._expression.prevent(Input.Changed):
            self._expression.value = segments.build(clauses)
        self._say("")

    @property
    def _place(self) -> Place:
        return self._conditions.cursor_key or NEW

    def _edit(self, place: Place, *, alternative: bool = False) -> None:
        """Change the condition at ``place``, or add one: an ``alternative`` in its clause, or a clause of its own."""
        if not self._dimensions:
            self._say("The server's dimensions are not loaded: write an expression instead.", error=True)
            return
        change = place != NEW and not alternative
        condition = self._clauses[place[0]][place[1]] if change else None

        def taken(found: Condition | None) -> None:
            if found is None:
                return
            if change:
                self._clauses[place[0]][place[1]] = found
                at = place
            elif alternative and place != NEW:
                self._clauses[place[0]].append(found)
                at = (place[0], len(self._clauses[place[0]]) - 1)
            else:
                self._clauses.append([found])
                at = (len(self._clauses) - 1, 0)
            self._write(at)
            self._conditions.focus()

        self.app.push_screen(ConditionDialog(self._dimensions, self._suggest, condition), taken)

    async def _suggest(self, dimension: str) -> Sequence[str]:
        call = metadata.get_suggested_values_for_segment(self._query.site.id, dimension)
        return await self._desk.loader.ask(call, self._query)

    def action_add(self, alternative: bool = False) -> None:
        """Add a condition."""
        self._edit(self._place if alternative else NEW, alternative=alternative)

    def action_remove(self) -> None:
        """Remove the condition under the cursor."""
        clause, within = self._place
        if clause >= 0:
            del self._clauses[clause][within]
            self._clauses = [one for one in self._clauses if one]
            self._write()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Conditions are added and removed in their list."""
        if action in ("add", "remove"):
            return self._conditions.has_focus and (action == "add" or self._place != NEW)
        return True

    # Choosing

    def action_choose(self) -> None:
        """Dismiss with the saved segment, or change the condition, under the cursor."""
        if self._saved.has_focus and self._saved.cursor_key is not None:
            self._choose_saved(self._saved.cursor_key)
        elif self._conditions.has_focus:
            self._edit(self._place)

    def _choose_saved(self, key: int) -> None:
        if key < 0:
            self.dismiss(("", ""))
        else:
            saved = self._saved_segments[key]
            self.dismiss((saved.definition, sanitize(saved.name, 80)))

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        event.stop()
        self.action_choose()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_use()

    def action_use(self) -> None:
        """Dismiss with the expression once the server has accepted it."""
        expression = self._expression.value.strip()
        if expression == self._trying and expression:
            return
        if not expression:
            self.dismiss(("", ""))
        elif self._read(expression):
            self._trying = expression
            self._waiting.restart()
            self.run_worker(deferred(self._try, expression), group="try", exclusive=True)

    async def _try(self, expression: str) -> None:
        """Test the expression by the cheapest report: the visits of today."""
        query = self._query
        call = reports.table(
            "VisitsSummary.get",
            site_id=query.site.id,
            period="day",
            date=str(self._desk.today(query.site)),
            segment=expression,
            columns=("nb_visits",),
        )
        try:
            await self._desk.loader.ask(call)
        except MatomoError as error:
            self._trying = ""
            self._say(str(error), error=True)
            return
        names = {saved.definition: sanitize(saved.name, 80) for saved in self._saved_segments}
        self.dismiss((expression, names.get(expression, "")))
