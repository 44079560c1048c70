"""The segment dialog: saved segments, conditions, or a typed expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
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
from matomo_tui.ui.widgets.pane import LOADING_AFTER
from matomo_tui.ui.widgets.screens import ModalScreen
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

Place = tuple[int, int]
"""A condition: the number of its clause, and its number in that."""
NEW: Place = (-1, -1)

SAVED = (Column("name", "Saved", 16, flex=2), Column("words", "", 20, flex=3, hides=1))
CONDITIONS = (Column("joint", "", 4, align="right"), Column("words", "", 20, flex=1))
_HINT = "Enter takes it; a and, o or, x removes a condition; ctrl+o uses the expression; esc closes"


class SegmentDialog(ModalScreen[tuple[str, str] | None]):
    """Dismisses with the expression (``""``: all visits) and the name of a saved segment (``""``: it has none), or
    with ``None``. An expression is tried on the server before it is taken."""

    DEFAULT_CSS = """
    SegmentDialog { align: center middle; }
    SegmentDialog > Vertical {
        width: 96; max-width: 100%; height: 24; max-height: 100%; background: $background; padding: 0 1;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    SegmentDialog .segment--now { height: auto; max-height: 3; color: $foreground; padding: 0 1; }
    SegmentDialog .segment--label { height: 1; color: $text-muted; padding: 0 1; }
    SegmentDialog #saved { height: 2fr; }
    SegmentDialog #conditions { height: 3fr; }
    SegmentDialog Input { height: 1; border: none; padding: 0 1; background: $surface; }
    SegmentDialog Input:focus { background: $panel; }
    SegmentDialog .segment--said { height: auto; min-height: 2; padding: 0 1; color: $text-muted; }
    SegmentDialog .segment--said.-error { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", priority=True, tooltip="Change nothing"),
        Binding("ctrl+o", "use", "use", priority=True, tooltip="Use the expression"),
        Binding("enter", "choose", "choose"),
        Binding("a", "add", "and", tooltip="Add an AND condition"),
        Binding("o", "add(True)", "or", tooltip="Add an OR condition"),
        Binding("x,delete", "remove", "remove", tooltip="Remove the condition"),
    ]
    AUTO_FOCUS = "#saved"

    def __init__(self, desk: ReportContext) -> None:
        super().__init__()
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
        self._said = Static(_HINT, classes="segment--said", markup=False)
        self._waiting: Timer | None = None
        self._trying = ""

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Segment: which visits count"
            yield self._now
            yield self._saved
            yield Static("Conditions", classes="segment--label", markup=False)
            yield self._conditions
            yield Static("Expression", classes="segment--label", markup=False)
            yield self._expression
            yield self._said

    def on_mount(self) -> None:
        """What is known at once; then what the server has."""
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
            self._saved_segments = await self._desk.loader.request(
                segment_editor.get_all(self._query.site.id), self._query
            )
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
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        self._said.set_class(error, "-error")
        self._said.update(text)

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
        """Take an expression apart; whether it can be."""
        try:
            self._clauses = [list(clause) for clause in segments.parse(expression)]
        except ValueError as error:
            self._say(sanitize(str(error)), error=True)
            return False
        self._show_conditions()
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        """The conditions follow what is typed."""
        event.stop()
        if self._read(event.value):
            self._say(_HINT)

    def _write(self, place: Place | None = None) -> None:
        """The expression follows the conditions; the cursor goes to the one at ``place``."""
        self._show_conditions()
        row = self._conditions.rows.index_of(place) if place is not None else None
        if row is not None:
            self._conditions.move_cursor(row)
        clauses: list[Clause] = [tuple(clause) for clause in self._clauses]
        with self._expression.prevent(Input.Changed):
            self._expression.value = segments.build(clauses)
        self._say(_HINT)

    @property
    def _place(self) -> Place:
        return self._conditions.cursor_key or NEW

    def _edit(self, place: Place, *, alternative: bool = False) -> None:
        """Change the condition at ``place``, or add one: to the end, or (``alternative``) beside that at ``place``."""
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
        return await self._desk.loader.request(call, self._query)

    def action_add(self, alternative: bool = False) -> None:
        """One more condition."""
        self._edit(self._place if alternative else NEW, alternative=alternative)

    def action_remove(self) -> None:
        """Without the condition under the cursor."""
        clause, within = self._place
        if clause >= 0:
            del self._clauses[clause][within]
            self._clauses = [one for one in self._clauses if one]
            self._write()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """The keys of conditions are theirs alone."""
        if action in ("add", "remove"):
            return self._conditions.has_focus and (action == "add" or self._place != NEW)
        return True

    # Taking one

    def action_choose(self) -> None:
        """Take the saved segment, or change the condition, under the cursor."""
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
        """A double click."""
        event.stop()
        self.action_choose()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Use what is written."""
        event.stop()
        self.action_use()

    def action_use(self) -> None:
        """Use the expression, once the server has taken it."""
        expression = self._expression.value.strip()
        if expression == self._trying and expression:
            return
        if not expression:
            self.dismiss(("", ""))
        elif self._read(expression):
            self._trying = expression
            self._waiting = self.set_timer(LOADING_AFTER, lambda: self._said.update("Testing it on the server"))
            self.run_worker(deferred(self._try, expression), group="try", exclusive=True)

    async def _try(self, expression: str) -> None:
        """Ask for the visits that it leaves: the cheapest report there is."""
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
            await self._desk.loader.request(call)
        except MatomoError as error:
            self._trying = ""
            self._say(str(error), error=True)
            return
        names = {saved.definition: sanitize(saved.name, 80) for saved in self._saved_segments}
        self.dismiss((expression, names.get(expression, "")))

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)
